"""Reading ahead: a file is read, checked and converted by a process of its own while the caller writes what came before."""

import multiprocessing
import os
import pickle
import signal
from collections.abc import Iterator
from multiprocessing.connection import Connection
from typing import Any, TypeVar

Item = TypeVar("Item")
_ITEM, _END, _ERROR = range(3)


def can_read_ahead() -> bool:
    """Whether there is a second processor, and the system can fork."""
    processors = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return processors > 1 and "fork" in multiprocessing.get_all_start_methods()


def read_ahead(items: Iterator[Item]) -> Iterator[Item]:
    """The items of an iterator that runs in a forked process, one item ahead of the caller.

    The iterator must use neither the database nor threads: both belong to the caller's process. Items are pickled.

    Raises:
        Exception: what the iterator raised.
        RuntimeError: the process was killed.
    """
    context = multiprocessing.get_context("fork")
    receiver, sender = context.Pipe(duplex=False)
    process = context.Process(target=_run, args=(items, receiver, sender), daemon=True)
    process.start()
    sender.close()
    try:
        yield from _received(receiver)
    finally:
        receiver.close()
        process.terminate()
        process.join()


def _received(receiver: "Connection[Any, Any]") -> Iterator[Any]:
    while True:
        try:
            kind, item = pickle.loads(receiver.recv_bytes())  # noqa: S301  our own process wrote it
        except EOFError:
            raise RuntimeError("The process that reads the file was killed. Run the import again.") from None
        if kind == _END:
            return
        if kind == _ERROR:
            raise item
        yield item


def _run(items: Iterator[Any], receiver: "Connection[Any, Any]", sender: "Connection[Any, Any]") -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the caller decides, and ends this process
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    receiver.close()  # else a caller that was killed would leave this process waiting for itself
    try:
        for item in items:
            _send(sender, _ITEM, item)
        _send(sender, _END, None)
    except BrokenPipeError:
        pass
    except Exception as error:
        _send(sender, _ERROR, error)


def _send(sender: "Connection[Any, Any]", kind: int, item: Any) -> None:
    sender.send_bytes(pickle.dumps((kind, item), pickle.HIGHEST_PROTOCOL))
