"""Test databases: a migrated SQLite file that is copied before each test, or a private PostgreSQL cluster."""

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg

USE_POSTGRESQL = os.environ.get("CLOSEDLOOP_TEST_DATABASE") == "postgresql"


def _postgresql_programs() -> Path:
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"))
    if not found:
        raise RuntimeError("PostgreSQL is not installed; 'make test' installs it.")
    return found[-1].parent


def _as_postgres(*command: str) -> None:
    prefix = ["runuser", "-u", "postgres", "--"] if os.geteuid() == 0 else []
    subprocess.run([*prefix, *command], check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


@contextmanager
def postgresql_cluster(*, durable: bool = False) -> Iterator[str]:
    """Start a private cluster on a Unix socket; yields the URL of an empty database.

    Args:
        durable: whether what is committed survives a power cut, as tests need not and measurements of commits do.
    """
    programs = _postgresql_programs()
    folder = Path(tempfile.mkdtemp(prefix="closedloop-pg-"))
    if os.geteuid() == 0:
        shutil.chown(folder, "postgres")
    _as_postgres(str(programs / "initdb"), "-D", str(folder / "data"), "-A", "trust", "--no-sync", "-U", "postgres", "-E", "UTF8")
    hasty = "" if durable else "-c fsync=off -c full_page_writes=off"
    options = f"-c listen_addresses= -k {folder} {hasty} -c max_connections=100"
    control = str(programs / "pg_ctl")
    log = str(folder / "log")
    _as_postgres(control, "-D", str(folder / "data"), "-o", options, "-l", log, "-w", "start")
    try:
        yield f"postgresql+psycopg://postgres@/postgres?host={folder}"
    finally:
        _as_postgres(control, "-D", str(folder / "data"), "-m", "immediate", "stop")
        shutil.rmtree(folder, ignore_errors=True)


def another_database(url: str, name: str) -> str:
    """The URL of a further, empty database of the cluster."""
    with psycopg.connect(url.replace("+psycopg", ""), autocommit=True) as connection:
        connection.execute(f'CREATE DATABASE "{name}"')  # type: ignore[call-overload]
    return url.replace("/postgres?", f"/{name}?")


def truncate_all(url: str) -> None:
    """Empty every table that holds rows, except what the migrations put there."""
    with psycopg.connect(url.replace("+psycopg", ""), autocommit=True) as connection:
        tables = connection.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'").fetchall()
        full = [
            name
            for (name,) in tables
            if name != "alembic_version" and connection.execute(f'SELECT 1 FROM "{name}" LIMIT 1').fetchone()  # noqa: S608
        ]
        if full:
            names = ", ".join(f'"{name}"' for name in full)
            connection.execute(f"TRUNCATE {names} RESTART IDENTITY CASCADE")
