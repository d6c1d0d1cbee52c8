"""From a URL to an engine whose schema is the one that this program knows, or to a CatalogError that says why not."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from json import JSONDecodeError
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import sqlalchemy as sa
from pydantic import ValidationError
from sqlalchemy.engine import URL, Connection, Engine, make_url
from sqlalchemy.exc import ArgumentError, DBAPIError, NoResultFound

from catalog import schema
from catalog.columns import BadValueError
from catalog.lock import KEEPALIVE, writing_alone
from checker import CatalogError

if TYPE_CHECKING:
    from alembic.config import Config

PAGE_SIZE = 16384
"""Bytes of an SQLite page: rows of some kB are written twice as fast as with the default, into half the file."""

CACHE_KB = {"reader": 16_000, "writer": 32_000}
"""Memory for pages of an SQLite file, for each connection; a busy dashboard keeps five. With the default of 2 MB a
reader beside a refresh fetches the index of a form anew for every question, and waits half as long again, and a reread
that changes every price takes twice the processor time for writing them."""

BUSY_SECONDS = 30
"""How long one connection waits for another's lock on an SQLite file, and for a PostgreSQL server to answer."""

HINT = "run `maglabel refresh` to make it"


def parse_url(text: str) -> URL:
    """Understand a database URL; raises CatalogError for what is neither an SQLite file nor PostgreSQL."""
    try:
        text.encode()  # bytes that are no UTF-8 have no place in a URL
        url = make_url(text)
    except (ArgumentError, UnicodeEncodeError):
        raise CatalogError(f"{text!r} is not a database URL; use sqlite:////path/to/file or postgresql://...") from None
    if url.drivername in ("postgres", "postgresql", "postgresql+psycopg"):
        return url.set(drivername="postgresql+psycopg")
    if url.drivername not in ("sqlite", "sqlite+pysqlite"):
        raise CatalogError(
            f"The catalog cannot live in {url.drivername!r}; use sqlite:////path/to/file or postgresql://..."
        )
    if not url.database or url.database == ":memory:" or url.query:
        raise CatalogError(f"{shown(url)} names no file; use sqlite:////path/to/file.")
    # One file has one lock, by whatever link it is reached.
    return url.set(drivername="sqlite", database=os.path.realpath(url.database))


def shown(url: URL) -> str:
    """The URL as a message may show it: without its password."""
    return url.render_as_string(hide_password=True)


def make_engine(url: URL, *, create: bool, read_only: bool) -> Engine:
    """Make an engine for a catalog that exists or, with `create`, may be made. Raises CatalogError."""
    if url.get_backend_name() == "postgresql":
        return _postgresql(url, read_only)
    path = Path(str(url.database))
    _check_file(path, create=create)
    return _sqlite(url, path, read_only)


def _check_file(path: Path, *, create: bool) -> None:
    try:
        if path.exists() and not path.is_file():  # SQLite would wait for ever at the end of a pipe
            raise CatalogError(
                f"{path} is {'a directory' if path.is_dir() else 'no file'}, the catalog must be a file."
            )
        if create:
            path.parent.mkdir(parents=True, exist_ok=True)
        elif not path.exists():
            raise CatalogError(f"There is no catalog at {path} yet; {HINT}.")
    except OSError as error:
        raise CatalogError(f"The catalog {path} cannot be {'made' if create else 'read'}: {error.strerror}.") from None


def _sqlite(url: URL, path: Path, read_only: bool) -> Engine:
    arguments: dict[str, Any] = {"timeout": BUSY_SECONDS}
    if read_only:
        # `immutable` promises that nobody writes; only a medium that nobody can write keeps that promise.
        flags = {"mode": "ro", "uri": "true"} | ({"immutable": "1"} if _frozen(path) else {})
        url = url.set(database=f"file:{quote(str(path))}", query=flags)
    engine = sa.create_engine(url, connect_args=arguments)

    @sa.event.listens_for(engine, "connect")
    def connected(connection: Any, _record: object) -> None:
        connection.isolation_level = None  # transactions begin below, so that the schema's changes are inside them too
        if not read_only:
            connection.execute(f"PRAGMA page_size = {PAGE_SIZE}")
            connection.execute("PRAGMA journal_mode = WAL")
            connection.execute("PRAGMA synchronous = NORMAL")
            connection.execute("PRAGMA journal_size_limit = 67108864")
        connection.execute("PRAGMA foreign_keys = ON")
        connection.execute(f"PRAGMA cache_size = -{CACHE_KB['reader' if read_only else 'writer']}")

    @sa.event.listens_for(engine, "begin")
    def begun(connection: Connection) -> None:
        options = connection.get_execution_options()
        if not options.get("alone"):
            connection.exec_driver_sql("BEGIN IMMEDIATE" if options.get("writes") else "BEGIN")

    return engine


def _frozen(path: Path) -> bool:
    """Whether the medium is read-only, and no write waits in a log beside the file."""
    log = path.with_name(f"{path.name}-wal")
    return bool(os.statvfs(path).f_flag & os.ST_RDONLY) and not (log.exists() and log.stat().st_size)


def _postgresql(url: URL, read_only: bool) -> Engine:
    arguments: dict[str, Any] = {"connect_timeout": BUSY_SECONDS, "client_encoding": "utf8"}
    arguments |= {f"keepalives_{name}": value for name, value in KEEPALIVE.items()}
    # Of a server that was restarted the pool holds connections that are dead: a long refresh goes on all the same.
    engine = sa.create_engine(url, connect_args=arguments, pool_pre_ping=True)

    @sa.event.listens_for(engine, "connect")
    def connected(connection: Any, _record: object) -> None:
        said = connection.info.parameter_status  # what the server says by itself: nothing is asked
        if said("server_encoding") != "UTF8":
            raise CatalogError(
                f"The database {shown(url)} is in {said('server_encoding')}, which cannot hold every label; "
                "give the catalog one that was made with ENCODING 'UTF8'."
            )
        if not said("DateStyle").startswith("ISO"):  # psycopg reads no other
            connection.execute("SET datestyle = 'ISO'")
            connection.commit()

    if not read_only:
        return engine
    # One answer may take several statements; all of them see the same moment.
    return engine.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)


@contextmanager
def one_sentence(url: URL) -> Iterator[None]:
    """Turn what a database reports into a CatalogError of one sentence that names the catalog."""
    place = url.database if url.get_backend_name() == "sqlite" else shown(url)
    try:
        yield
    except DBAPIError as error:
        raise CatalogError(f"The catalog {place} {_reason(error)}.") from error
    except UNREADABLE as error:
        raise CatalogError(f"The catalog {place} {DAMAGED}.") from error


DAMAGED = "is damaged; restore it from a backup, or move it away and refresh"
UNREADABLE = (ValidationError, JSONDecodeError, UnicodeDecodeError, NoResultFound, BadValueError)
"""What damage leads to that the database does not see: its values and links were right when they were written."""

REASONS = {
    r"not a database": "is not an SQLite database",
    r"malformed|corrupt|could not decode": DAMAGED,
    r"readonly database|unable to open": "cannot be written, and SQLite writes beside the file even to read it",
    r"read-only": "cannot be written",
    r"disk is full|No space left": "cannot be written: the disk is full",
    r"is locked": f"was locked by another program for {BUSY_SECONDS} seconds",
    r"connection (failed|to server)|could not|refused|timeout": "cannot be reached: {}",
}
"""What SQLite and PostgreSQL say, and the end of our sentence about it."""


def _reason(error: DBAPIError) -> str:
    said = str(error.orig)
    for pattern, reason in REASONS.items():
        if re.search(pattern, said, re.IGNORECASE):
            return reason.format(_first_line(error.orig or error))
    return f"cannot be used: {_first_line(error.orig or error)}"


def _first_line(error: BaseException) -> str:
    lines = str(error).strip().splitlines()
    return lines[0].rstrip(".") if lines else type(error).__name__


def check_schema(engine: Engine, url: URL, *, create: bool, read_only: bool) -> None:
    """See that the schema is the one this program knows. Raises CatalogError.

    Who opens it to write upgrades it; with `create` it is made.
    """
    with one_sentence(url), engine.connect() as connection:
        tables = set(sa.inspect(connection).get_table_names())
        found = None
        if schema.VERSION_TABLE in tables:
            found = connection.scalar(sa.text(f"SELECT version_num FROM {schema.VERSION_TABLE}"))
    if found == schema.REVISION:
        return
    if found is not None and found not in _known_revisions():
        raise CatalogError(
            f"The catalog {shown(url)} was made by a newer version of maglabel (schema {found}); update maglabel."
        )
    if found is None and tables:
        raise CatalogError(f"{shown(url)} holds tables of another program; give the catalog a database of its own.")
    if not create and found is None:
        raise CatalogError(f"There is no catalog in {shown(url)} yet; {HINT}.")
    if read_only:
        raise CatalogError(
            f"The catalog {shown(url)} is from an older version of maglabel; `maglabel reread` upgrades it."
        )
    with one_sentence(url), writing_alone(url, engine):
        _upgrade(engine)


def vacuum(engine: Engine, path: Path | None, worth: float) -> int:
    """See `Catalog.vacuum`."""
    if path is None:
        with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.execute(sa.text(f"VACUUM (ANALYZE) {', '.join(schema.metadata.tables)}"))
        return 0
    before = path.stat().st_size
    with engine.connect().execution_options(alone=True) as connection:  # VACUUM refuses to be part of a transaction
        free, pages = (connection.exec_driver_sql(f"PRAGMA {name}_count").scalar() for name in ("freelist", "page"))
        if (free or 0) > worth * (pages or 0):
            connection.exec_driver_sql("VACUUM")
            connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)").all()
    return before - path.stat().st_size


def alembic_config() -> Config:
    """How alembic finds the migrations; they are part of the package."""
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", "catalog:migrations")
    config.set_main_option("path_separator", "os")
    return config


def _known_revisions() -> set[str]:
    from alembic.script import ScriptDirectory

    return {script.revision for script in ScriptDirectory.from_config(alembic_config()).walk_revisions()}


def _upgrade(engine: Engine) -> None:
    """Bring the schema up to date, whole or not at all."""
    from alembic import command

    config = alembic_config()
    with engine.connect().execution_options(writes=True) as connection, connection.begin():
        config.attributes["connection"] = connection
        command.upgrade(config, "head")
