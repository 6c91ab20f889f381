"""Answers changed by hand, and people who are erased."""
