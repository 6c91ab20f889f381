"""Whether a fix holds: who is asked, what they say, and what follows from it."""
