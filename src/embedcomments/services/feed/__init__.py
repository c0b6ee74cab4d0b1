"""The hub: who watches which thread and what they are told. No socket and no HTTP in here."""
