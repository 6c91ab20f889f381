"""What partners are told, when it is tried again, and who wins: standard library only."""
