"""Measurements: ours, the limit, and what a user would do otherwise, in one run."""
