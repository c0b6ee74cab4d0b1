"""Mail: written here, sent by a durable job. ``settings`` says how, ``message`` what, ``transport`` sends one."""
