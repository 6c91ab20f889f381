"""Measurements: ours, the limit, and what a user would do otherwise, in one run."""

import feedback  # noqa: F401  sets the number of BLAS threads before numpy is imported
