"""What ends the children of `closedloop up` when it is killed: they hold the reading end of a pipe that only it can write to."""

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Mapping, Sequence

LEAVE_WITHIN = 30.0


class Lifeline:
    """The parent's side. The kernel closes the writing end with the process, however that ends."""

    def __init__(self) -> None:
        self._read, self._write = os.pipe()  # neither is inherited, except where `start` says so

    def start(self, arguments: Sequence[str], environment: Mapping[str, str]) -> subprocess.Popen[bytes]:
        """A `closedloop` in a session of its own (Ctrl-C reaches the parent alone) that ends when the parent does."""
        command = [sys.executable, "-m", "feedback", "--lifeline", str(self._read), *arguments]
        return subprocess.Popen(command, env=dict(environment), start_new_session=True, pass_fds=[self._read])  # noqa: S603


def follow_parent(handle: int) -> None:
    """In a child: wait in the background for the parent's end, then leave as on SIGTERM, and by force if that takes too long."""
    threading.Thread(target=_wait_for_the_end, args=(handle,), name="lifeline", daemon=True).start()


def _wait_for_the_end(handle: int) -> None:
    os.read(handle, 1)  # nobody writes: it returns when the last writing end is closed
    force = threading.Timer(LEAVE_WITHIN, lambda: os.killpg(os.getpgrp(), signal.SIGKILL))
    force.daemon = True
    force.start()
    os.kill(os.getpid(), signal.SIGTERM)
