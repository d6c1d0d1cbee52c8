"""One writer at a time, across processes: whoever comes second is told who is there, and since when.

Beside an SQLite file lies `NAME.lock`, locked with flock(2) while somebody writes; on PostgreSQL it is an advisory lock
for each schema. The system and the server free both when their holder dies, however it dies. The file itself stays.
"""

from __future__ import annotations

import fcntl
import getpass
import os
import platform
import zlib
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path

import sqlalchemy as sa
from sqlalchemy.engine import URL, Connection, Engine
from sqlalchemy.exc import DBAPIError

from checker import CatalogError, LockedError

SPACE = zlib.crc32(b"maglabel") >> 1
"""First half of the PostgreSQL lock's key, so that it is nobody else's; the second half names the schema."""

KEEPALIVE = {"idle": "60", "interval": "10", "count": "6"}
"""Seconds of silence on a connection to PostgreSQL after which the other side is asked whether it is there, seconds
between such questions, and how many may stay without an answer. By default the first comes after two hours: firewalls
have forgotten the connection that holds the lock by then."""


@contextmanager
def writing_alone(url: URL, engine: Engine) -> Iterator[None]:
    """Hold the catalog's lock; raises LockedError when somebody else does, CatalogError when it cannot be taken."""
    if url.get_backend_name() == "postgresql":
        with _server_lock(engine):
            yield
    else:
        with _file_lock(Path(str(url.database))):
            yield


@contextmanager
def _file_lock(catalog: Path) -> Iterator[None]:
    path = catalog.with_name(f"{catalog.name}.lock")
    try:
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o644)
    except OSError as error:
        raise CatalogError(f"The catalog {catalog} cannot be written: {path}: {error.strerror}.") from None
    with os.fdopen(descriptor, "r+", encoding="utf-8", errors="replace") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise _locked(str(catalog), file.read()) from None
        except OSError as error:
            raise CatalogError(f"The catalog {catalog} cannot be locked: {path}: {error.strerror}.") from None
        with suppress(OSError):  # on a full disk the lock holds all the same, it only does not say whose it is
            file.truncate()
            file.write(_me())
            file.flush()
        yield


@contextmanager
def _server_lock(engine: Engine) -> Iterator[None]:
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        keys = {"space": SPACE, "schema": _schema_key(connection)}
        taken = sa.text("SELECT pg_try_advisory_lock(:space, :schema)")
        if not connection.scalar(taken, keys):
            raise _locked(engine.url.render_as_string(hide_password=True), _holder(connection, keys))
        try:
            _set(connection, application_name=_me(), **{f"tcp_keepalives_{name}": it for name, it in KEEPALIVE.items()})
            yield
        finally:
            with suppress(DBAPIError):  # a session that broke holds nothing any more
                connection.execute(sa.text("SELECT pg_advisory_unlock(:space, :schema)"), keys)
            connection.invalidate()  # the session bears our name


def _set(connection: Connection, **settings: str) -> None:
    """Settings of the session: its name, and how soon the server notices that our machine lost its power."""
    connection.execute(sa.select(*(sa.func.set_config(name, value, False) for name, value in settings.items())))


def _schema_key(connection: Connection) -> int:
    name: str = connection.scalar(sa.text("SELECT current_schema()")) or ""
    return zlib.crc32(name.encode()) >> 1


def _holder(connection: Connection, keys: dict[str, int]) -> str:
    asked = sa.text(
        "SELECT application_name FROM pg_locks JOIN pg_stat_activity USING (pid)"
        " WHERE locktype = 'advisory' AND granted AND classid = :space AND objid = :schema AND objsubid = 2"
        " AND database = (SELECT oid FROM pg_database WHERE datname = current_database())"
    )
    return connection.scalar(asked, keys) or ""


def _me() -> str:
    """Who this process is: since, process, user, host; the last may be cut, as PostgreSQL keeps 63 bytes of it."""
    try:
        user = getpass.getuser()
    except (KeyError, OSError):  # a container may run as a number without a name
        user = str(os.getuid())
    return f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ} {os.getpid()} {user} {platform.node()}"


def _locked(catalog: str, holder: str) -> LockedError:
    """The sentence for who comes second; a holder that has not yet said who it is stays unknown."""
    try:
        since, pid, user, host = holder.split(" ", 3)
        when = datetime.fromisoformat(since)
    except ValueError:
        return LockedError(f"The catalog {catalog} is being written by another process.")
    return LockedError(
        f"The catalog {catalog} is being written since {when:%Y-%m-%d %H:%M:%S} UTC by process {pid} "
        f"of {user} on {host}."
    )
