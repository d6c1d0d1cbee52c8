"""A copy of the catalog while others read and write it: one file, whole and checked, or none."""

from __future__ import annotations

import os
import shutil
import sqlite3
import subprocess
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from glob import escape
from pathlib import Path

import sqlalchemy as sa
from sqlalchemy.engine import URL

from catalog.engine import shown
from catalog.store import Catalog
from checker import CatalogError, InputError

ABANDONED = 86_400
"""Seconds after which nobody writes any more to what a backup that was killed left beside its file."""


def backup(catalog: Catalog, file: Path) -> int:
    """Copy the catalog to a file, which is replaced only when the copy is whole; returns its bytes.

    Of SQLite it is a catalog like any other, of PostgreSQL what `pg_dump --format=custom` writes. Raises InputError
    when the file cannot be written, CatalogError when the catalog is damaged or pg_dump is missing.
    """
    if file.exists() and not file.is_file():  # a device would be replaced
        raise InputError(f"{file} is {'a directory' if file.is_dir() else 'no file'}, the backup must be a file.")
    if catalog.path and file.exists() and file.samefile(catalog.path):
        raise InputError(f"{file} is the catalog itself; name another file for the backup.")
    with _replaced(file) as part:
        if catalog.path:
            _copy(catalog, part)
        else:
            _dump(catalog, part)
    return file.stat().st_size


@contextmanager
def _replaced(file: Path) -> Iterator[Path]:
    """A file beside it to write to, which takes its name in the end, or is gone."""
    part = file.with_name(f".{file.name}.{os.getpid()}.part")
    try:
        for left in file.parent.glob(f".{escape(file.name)}.*.part*"):
            if left.name.startswith(part.name) or time.time() - left.stat().st_mtime > ABANDONED:
                left.unlink()
        part.touch(exist_ok=False)
        yield part
        with part.open("rb") as written:
            os.fsync(written.fileno())
        part.replace(file)
    except OSError as error:
        raise InputError(f"The backup {file} cannot be written: {error.strerror}.") from None
    finally:
        for left in (part, part.with_name(f"{part.name}-journal")):
            left.unlink(missing_ok=True)


def _copy(catalog: Catalog, part: Path) -> None:
    """Copy what one moment of the file holds, by SQLite's own backup; other writers may go on meanwhile."""
    with catalog.reading() as connection, closing(sqlite3.connect(part)) as copy:
        source = connection.connection.driver_connection
        assert isinstance(source, sqlite3.Connection)
        try:
            source.backup(copy)
            copy.execute(
                "PRAGMA journal_mode = DELETE"
            )  # one file; a catalog that is opened for writing sets WAL again
            found = copy.execute("PRAGMA integrity_check(1)").fetchone()[0]
        except sqlite3.DatabaseError as error:
            raise CatalogError(f"The catalog {catalog.path} cannot be copied: {error}.") from None
    if found != "ok":
        raise CatalogError(f"The catalog {catalog.path} is damaged, no backup was made: {found.splitlines()[-1]}.")


def _dump(catalog: Catalog, part: Path) -> None:
    url = catalog.engine.url.set(drivername="postgresql")
    with catalog.reading() as connection:
        schema = connection.scalar(sa.text("SELECT current_schema()"))
    command = ["pg_dump", "--format=custom", f"--schema={schema}", f"--file={part}", f"--dbname={_address(url)}"]
    if not shutil.which("pg_dump"):
        ask = " ".join(["pg_dump", "--format=custom", "--file=FILE", shown(url)])
        raise CatalogError(f"pg_dump, which backs up PostgreSQL, is not on this machine; where it is, run: {ask}")
    password = {"PGPASSWORD": str(url.password)} if url.password else {}
    done = subprocess.run(command, env={**os.environ, **password}, capture_output=True, text=True, check=False)
    if done.returncode:
        said = (done.stderr.strip().splitlines() or ["it ended without a word"])[0].removeprefix("pg_dump: error: ")
        raise CatalogError(f"The catalog {shown(url)} cannot be backed up: pg_dump says: {said.rstrip('.')}.")


def _address(url: URL) -> str:
    """The URL as libpq's keywords, without its password, which must not show in a list of processes."""
    from psycopg.conninfo import make_conninfo

    parts = url.set(password=None).translate_connect_args(username="user", database="dbname")
    return make_conninfo("", **{**url.query, **parts})
