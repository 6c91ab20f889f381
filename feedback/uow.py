"""The unit of work: the only place that commits or rolls back."""

import sqlite3
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from contextvars import ContextVar
from typing import Any, Generic, TypeVar
from weakref import WeakKeyDictionary

import sqlalchemy as sa
from sqlalchemy.orm import Session

from feedback.extensions import db
from feedback.kernel.prepared import Parameters, Prepared, Readers

Item = TypeVar("Item")
Result = TypeVar("Result")
MAX_PAUSE, QUIET = 0.02, 0.003  # seconds
BUSY, _STEP = 30_000, 8  # milliseconds: how long a writer waits for another process, and between two looks
_PATIENCE = 250  # milliseconds: how long the clean-up of files may make writers wait

# SQLite has one writer. Waiting on a lock of ours is fair and immediate; SQLite's own busy handler polls and sleeps.
_writer = threading.RLock()
_writing: ContextVar[bool] = ContextVar("writing", default=False)
_depth: ContextVar[int] = ContextVar("transaction_depth", default=0)
_readers: WeakKeyDictionary[sa.Engine, Readers] = WeakKeyDictionary()


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


def read_once(prepared: Prepared, parameters: Parameters) -> list[Any]:
    """The rows of one statement as of now, read without beginning anything that somebody would have to end."""
    engine = db.engine
    readers = None if _depth.get() else _readers.get(engine)
    return readers.rows(engine, prepared, parameters) if readers else prepared.rows(db.session.connection(), parameters)


@contextmanager
def _no_lock() -> Iterator[None]:
    yield


class _Entry(Generic[Item, Result]):
    """One request that waits: what it wants, and what came of it."""

    __slots__ = ("error", "finished", "item", "result", "turn")

    def __init__(self, item: Item) -> None:
        self.item = item
        self.result: Result | None = None
        self.error: BaseException | None = None
        self.finished = False
        self.turn = threading.Lock()  # held until the request is answered, or has to lead
        self.turn.acquire()

    def finish(self, outcome: Result | BaseException) -> None:
        if isinstance(outcome, BaseException):
            self.error = outcome
        else:
            self.result = outcome
        self.finished = True


class GroupCommit(Generic[Item, Result]):
    """Lets requests that wait for the writer at the same moment share one transaction.

    `work` gets the waiting items and answers one result (or exception) per item. When the shared transaction fails, each item
    is tried again alone, so that one bad request never fails its neighbours.

    The first request that finds nobody leading leads: it writes for all that wait, and hands the lead to the first of those
    that came meanwhile. A group has its price whatever its size, so a leader waits a moment for requests that can be expected:
    as many as were answered and waiting when the last group ended, while they keep coming. A request alone never waits.

    Requests that only read share a `snapshot` in the same way: some twenty statements cost the same for one as for sixteen.
    """

    def __init__(
        self,
        work: Callable[[Sequence[Item]], Sequence[Result | Exception]],
        *,
        limit: int = 64,
        scope: Callable[[], AbstractContextManager[Session]] = transaction,
    ) -> None:
        self._work, self._limit, self._scope = work, limit, scope
        self._waiting: list[_Entry[Item, Result]] = []
        self._arrival = threading.Condition(threading.Lock())
        self._led, self._expected = False, 1

    def submit(self, item: Item) -> Result:
        """Have `item` worked on; returns its result after its transaction is committed, or raises its error.

        Inside a transaction (a request with an Idempotency-Key) it joins that one: waiting for others would deadlock.
        """
        if _depth.get():
            result = self._work([item])[0]
            if isinstance(result, Exception):
                raise result
            return result
        entry: _Entry[Item, Result] = _Entry(item)
        if not self._join(entry):
            entry.turn.acquire()
        if not entry.finished:
            self._lead()
        if entry.error is not None:
            raise entry.error
        return entry.result  # type: ignore[return-value]

    def _join(self, entry: _Entry[Item, Result]) -> bool:
        """Queue up; answers whether this one leads."""
        with self._arrival:
            self._waiting.append(entry)
            leads, self._led = not self._led, True
            if len(self._waiting) == self._expected:
                self._arrival.notify()
        return leads

    def _lead(self) -> None:
        batch = self._gather()
        try:
            self._run(batch)
        except BaseException as error:  # the server is stopping: nobody may wait for a leader that is gone
            for entry in batch:
                if not entry.finished:
                    entry.finish(error)
            raise
        finally:
            self._hand_over(batch)

    def _gather(self) -> list[_Entry[Item, Result]]:
        with self._arrival:
            until = time.perf_counter() + MAX_PAUSE
            while (size := len(self._waiting)) < self._expected and time.perf_counter() < until:
                self._arrival.wait(QUIET)
                if len(self._waiting) == size:
                    break
            batch, self._waiting = self._waiting[: self._limit], self._waiting[self._limit :]
        return batch

    def _hand_over(self, batch: list[_Entry[Item, Result]]) -> None:
        with self._arrival:
            self._expected = min(self._limit, len(batch) + len(self._waiting))
            following = self._waiting[0] if self._waiting else None
            self._led = following is not None
        for entry in batch:
            entry.turn.release()
        if following is not None:
            following.turn.release()

    def _run(self, batch: list[_Entry[Item, Result]]) -> None:
        try:
            with self._scope():
                results = self._work([entry.item for entry in batch])
        except Exception as error:  # the group failed as a whole: find out whose fault it is, one by one
            if len(batch) == 1:
                batch[0].finish(error)
                return
            for entry in batch:
                self._run([entry])
            return
        for entry, result in zip(batch, results, strict=True):
            entry.finish(result)


@contextmanager
def bulk_writing() -> Iterator[None]:
    """Copy the write-ahead log into a SQLite file seldom while one process writes millions of rows.

    The pages of an index are changed again and again meanwhile; copied after each transaction they cost a fifth of an import.
    The log grows to some 64 MB. Durability is that of every other transaction.
    """
    _set_checkpoint(_SELDOM)
    try:
        yield
    finally:
        _set_checkpoint(_USUAL)


_SELDOM, _USUAL = 16_384, 1_000  # pages of the log


def _set_checkpoint(pages: int) -> None:
    if db.engine.dialect.name == "sqlite":
        db.session.rollback()  # gives its connection back, the one that the next transaction will use
        with db.engine.connect() as connection:
            driver: Any = connection.connection.driver_connection
            driver.execute(f"PRAGMA wal_autocheckpoint={pages}")


def clear_files(tables: Sequence[str] = ()) -> bool:
    """Take what was deleted out of the database's own files; False when it is too early: somebody reads the old state, or writes.

    SQLite overwrites what is deleted (`secure_delete`); the write-ahead log goes with its truncation, which waits a moment for
    readers and then gives up, because writers wait meanwhile. PostgreSQL lets go of dead rows in a VACUUM of these tables (of
    all without any); archives of its log are the operator's, and expire with the backups.
    """
    if is_writing():  # in the transaction of a keyed request: the job does it afterwards
        return False
    db.session.rollback()
    if db.engine.dialect.name == "sqlite":
        with db.engine.connect() as connection:
            driver: Any = connection.connection.driver_connection
            driver.execute(f"PRAGMA busy_timeout={_PATIENCE}")
            try:
                return bool(driver.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[0] == 0)
            finally:
                driver.execute(f"PRAGMA busy_timeout={BUSY}")
    with db.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        quote = connection.dialect.identifier_preparer.quote
        connection.exec_driver_sql(f"VACUUM {', '.join(map(quote, tables))}")
    return True


def configure_engine(engine: sa.Engine) -> None:
    """Connections for single reads; on SQLite durable and safe settings on every connection, and writers that take the lock."""
    _readers[engine] = Readers(engine)
    if engine.dialect.name == "sqlite":
        _configure_sqlite(engine)


def _configure_sqlite(engine: sa.Engine) -> None:
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
            f"busy_timeout={BUSY}",
            "cache_size=-65536",
            "temp_store=MEMORY",
        ):
            connection.execute(f"PRAGMA {pragma}")
        # its own knows ASCII only: a search for "иван" would not find Иван
        connection.create_function("lower", 1, lambda text: text.lower() if isinstance(text, str) else text, deterministic=True)

    @sa.event.listens_for(engine, "begin")
    def _begin(connection: sa.Connection) -> None:
        if not (is_writing() and _begins_soon(connection.connection.driver_connection)):
            connection.exec_driver_sql("BEGIN IMMEDIATE" if is_writing() else "BEGIN")


def _begins_soon(driver: Any) -> bool:
    """Take SQLite's write lock, asking every few milliseconds while another process has it; whether that worked.

    SQLite's own waiting grows to a tenth of a second between two looks and misses the pauses of an import, which are shorter.
    """
    stop = time.monotonic() + BUSY / 1000
    driver.execute(f"PRAGMA busy_timeout={_STEP}")
    try:
        while time.monotonic() < stop:
            try:
                driver.execute("BEGIN IMMEDIATE")
                return True
            except sqlite3.OperationalError as error:
                if error.sqlite_errorcode & 0xFF != sqlite3.SQLITE_BUSY:
                    return False  # tried once more through SQLAlchemy, which wraps what is wrong
        return False
    finally:
        driver.execute(f"PRAGMA busy_timeout={BUSY}")
