"""What a user would do without closedloop, written fairly."""
