"""The unit of work: the only place that commits or rolls back."""

import threading
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Generic, TypeVar

import sqlalchemy as sa
from sqlalchemy.orm import Session

from feedback.extensions import db

Item = TypeVar("Item")
Result = TypeVar("Result")
MAX_PAUSE = 0.01

# SQLite has one writer. Waiting on a lock of ours is fair and immediate; SQLite's own busy handler polls and sleeps.
_writer = threading.RLock()
_writing: ContextVar[bool] = ContextVar("writing", default=False)
_depth: ContextVar[int] = ContextVar("transaction_depth", default=0)


def is_writing() -> bool:
    """Whether the transaction that is about to begin will write (SQLite: BEGIN IMMEDIATE)."""
    return _writing.get()


@contextmanager
def transaction() -> Iterator[Session]:
    """Run the block as one write transaction: commit at the end, roll back on any error.

    Reads made before it in the same session are dropped, so load inside what you change. A nested use joins the outer one.
    """
    if _depth.get():
        yield db.session()
        return
    depth, writing = _depth.set(1), _writing.set(True)
    try:
        with _writer if db.engine.dialect.name == "sqlite" else _no_lock():
            db.session.rollback()
            try:
                yield db.session()
                db.session.commit()
            except BaseException:
                db.session.rollback()
                raise
    finally:
        _writing.reset(writing)
        _depth.reset(depth)


@contextmanager
def snapshot() -> Iterator[Session]:
    """Read several statements from one consistent state (PostgreSQL: REPEATABLE READ)."""
    if _depth.get():
        yield db.session()
        return
    db.session.rollback()
    if db.engine.dialect.name == "postgresql":
        db.session.connection(execution_options={"isolation_level": "REPEATABLE READ"})
    try:
        yield db.session()
    finally:
        db.session.rollback()


def end_reading() -> None:
    """Give back the connection and the snapshot that reads opened, before something slow that is not about the database."""
    db.session.rollback()


@contextmanager
def _no_lock() -> Iterator[None]:
    yield


class GroupCommit(Generic[Item, Result]):
    """Lets requests that wait for the writer at the same moment share one transaction.

    `work` gets the waiting items and answers one result (or exception) per item. When the shared transaction fails, each item
    is tried again alone, so that one bad request never fails its neighbours.
    """

    def __init__(self, work: Callable[[Sequence[Item]], Sequence[Result | Exception]], *, limit: int = 64) -> None:
        self._work, self._limit = work, limit
        self._waiting: list[tuple[Item, Future[Result]]] = []
        self._guard, self._leader = threading.Lock(), threading.Lock()
        self._pause = 0.0

    def submit(self, item: Item) -> Result:
        """Have `item` worked on; returns its result after its transaction is committed, or raises its error.

        Inside a transaction (a request with an Idempotency-Key) it joins that one: waiting for others would deadlock.
        """
        if _depth.get():
            result = self._work([item])[0]
            if isinstance(result, Exception):
                raise result
            return result
        future: Future[Result] = Future()
        with self._guard:
            self._waiting.append((item, future))
        while not future.done():
            with self._leader:
                if not future.done():
                    self._lead()
        return future.result()

    def _lead(self) -> None:
        # While requests come side by side, a short wait lets those join that were answered a moment ago: fewer, larger groups.
        # A request alone never waits.
        if self._pause:
            time.sleep(self._pause)
        started, batch = time.perf_counter(), self._take()
        self._run(batch)
        self._pause = min(MAX_PAUSE, (time.perf_counter() - started) / 2) if len(batch) > 1 else 0.0

    def _take(self) -> list[tuple[Item, "Future[Result]"]]:
        with self._guard:
            batch, self._waiting = self._waiting[: self._limit], self._waiting[self._limit :]
        return batch

    def _run(self, batch: list[tuple[Item, "Future[Result]"]]) -> None:
        try:
            with transaction():
                results = self._work([item for item, _ in batch])
        except Exception as error:  # the group failed as a whole: find out whose fault it is, one by one
            if len(batch) == 1:
                batch[0][1].set_exception(error)
                return
            for entry in batch:
                self._run([entry])
            return
        for (_, future), result in zip(batch, results, strict=True):
            if isinstance(result, Exception):
                future.set_exception(result)
            else:
                future.set_result(result)


def configure_sqlite(engine: sa.Engine) -> None:
    """Durable and safe settings on every SQLite connection; writers take the lock when they begin."""

    @sa.event.listens_for(engine, "connect")
    def _pragmas(connection, _record) -> None:  # type: ignore[no-untyped-def]
        connection.isolation_level = None
        for pragma in (
            "journal_mode=WAL",
            # FULL: an answer we thanked for survives a power cut; NORMAL loses the last ones.
            "synchronous=FULL",
            "foreign_keys=ON",
            # erased personal data must not stay readable in the file
            "secure_delete=ON",
            "busy_timeout=30000",
            "cache_size=-65536",
            "temp_store=MEMORY",
        ):
            connection.execute(f"PRAGMA {pragma}")
        # its own knows ASCII only: a search for "иван" would not find Иван
        connection.create_function("lower", 1, lambda text: text.lower() if isinstance(text, str) else text, deterministic=True)

    @sa.event.listens_for(engine, "begin")
    def _begin(connection: sa.Connection) -> None:
        connection.exec_driver_sql("BEGIN IMMEDIATE" if is_writing() else "BEGIN")
