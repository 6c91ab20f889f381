"""Reading ahead in a process of its own: the same items, the same errors, and no process that stays behind."""

import multiprocessing
import os
import signal
from collections.abc import Iterator

import pytest

from feedback.importing.ahead import read_ahead
from feedback.importing.source import UnusableFile

pytestmark = pytest.mark.skipif("fork" not in multiprocessing.get_all_start_methods(), reason="the system cannot fork")


def _numbers(count: int) -> Iterator[tuple[int, int]]:
    for number in range(count):
        yield os.getpid(), number


def _broken() -> Iterator[int]:
    yield 1
    raise UnusableFile("The file ends in the middle.")


def _is_there(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    return True


def test_items_come_in_their_order_from_another_process() -> None:
    items = list(read_ahead(_numbers(50)))
    assert [number for _, number in items] == list(range(50))
    processes = {process for process, _ in items}
    assert len(processes) == 1
    assert processes != {os.getpid()}
    assert not _is_there(processes.pop())


def test_what_goes_wrong_there_is_raised_here() -> None:
    items = read_ahead(_broken())
    assert next(items) == 1
    with pytest.raises(UnusableFile, match="ends in the middle"):
        next(items)


def test_a_reader_that_was_killed_is_said() -> None:
    items = read_ahead(_numbers(1_000_000))
    process, _ = next(items)
    os.kill(process, signal.SIGKILL)
    with pytest.raises(RuntimeError, match="Run the import again"):
        list(items)


def test_who_stops_early_leaves_no_process_behind() -> None:
    items = read_ahead(_numbers(1_000_000))
    process, _ = next(items)
    items.close()
    assert not _is_there(process)
