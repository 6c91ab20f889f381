"""closedloop: earn the right to sell."""

import os

# The matrices here are small and the server has threads of its own: BLAS threads would only wait for each other (a factorisation
# of 200 × 200 took 90 ms instead of 1 on a busy machine with two cores). Must be set before numpy is imported.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
