"""Carriers of hints between processes. Losing a hint costs delay, never a comment: the hub's poll repairs.

Each is a ``domain.protocols.Publisher`` for whoever commits, and has ``start`` and ``stop`` for the side that
listens. ``publish`` works without ``start``, so a command that changes a thread is heard by the servers.
"""
