"""HTTP: blueprints, schemas, problems, CORS, the feed's sockets, the widget's files, the admin shell."""
