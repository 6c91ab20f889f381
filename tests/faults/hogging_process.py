"""Writes like an import: transactions of a third of a second with hardly a pause between them, until it is killed."""

import sqlite3
import sys
import time


def hog(database: str) -> None:
    """Hold the write lock again and again; says when it holds it first."""
    connection = sqlite3.connect(database, timeout=30, isolation_level=None)
    while True:
        connection.execute("BEGIN IMMEDIATE")
        sys.stdout.write("writing\n")
        sys.stdout.flush()
        time.sleep(0.3)
        connection.execute("COMMIT")
        time.sleep(0.01)


if __name__ == "__main__":
    hog(sys.argv[1])
