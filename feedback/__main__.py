"""`python -m feedback` is the `closedloop` command."""

from feedback.cli import main

main()
