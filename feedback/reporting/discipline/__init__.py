"""Selling discipline: was the gate asked before anybody sold, what followed where it was not, and where the effort went."""
