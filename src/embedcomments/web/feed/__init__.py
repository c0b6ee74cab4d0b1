"""The sockets of the live feed: the handshake, and one selector thread that reads and writes them all."""
