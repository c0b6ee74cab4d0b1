"""What things are. Standard library only: no I/O, no globals, nothing from the floors above."""
