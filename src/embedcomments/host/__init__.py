"""The plugin host: declarations, discovery, order, dispatch with isolation, contexts and health."""
