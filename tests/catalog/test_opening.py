"""Opening a catalog: what works, and the one sentence for what does not."""

from __future__ import annotations

import os
import shutil
import sqlite3
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory

from catalog import Catalog, SourceInfo, engine, open_catalog, schema
from checker import CatalogError
from tests.catalog.conftest import with_own_mounts
from tests.catalog.shop import listing, refresh
from tests.conftest import ROOT

SHOP = SourceInfo("acme", "shopify", "https://acme.example/")


def sentence(url: str, *, create: bool = False, read_only: bool = False) -> str:
    """The message with which opening ends."""
    with pytest.raises(CatalogError) as caught, open_catalog(url, create=create, read_only=read_only):
        pass
    message = str(caught.value)
    assert "\n" not in message
    assert message.endswith(".")
    return message


@contextmanager
def as_ordinary_user() -> Iterator[None]:
    """Root may do everything; without it, permissions mean something."""
    if os.geteuid() != 0:
        yield
        return
    os.seteuid(65534)
    try:
        yield
    finally:
        os.seteuid(0)


@pytest.fixture
def open_folder() -> Iterator[Path]:
    """A folder that every user can reach, unlike `tmp_path`."""
    folder = Path(tempfile.mkdtemp(prefix="maglabel-test-"))
    folder.chmod(0o755)
    yield folder
    folder.chmod(0o755)
    shutil.rmtree(folder)


def test_a_new_catalog_is_made_with_its_folder(tmp_path: Path) -> None:
    path = tmp_path / "a" / "b" / "catalog.sqlite"
    with open_catalog(f"sqlite:///{path}", create=True) as catalog:
        assert catalog.count() == 0
        assert catalog.compare() == []
        assert catalog.form_summaries() == []
        assert catalog.source_states() == []
        assert catalog.currencies() == []
        assert catalog.product("acme", "1") is None
        assert catalog.as_of() is None
        assert not catalog.is_demo()
        assert catalog.url == f"sqlite:///{path}"
    assert path.is_file()


def test_the_schema_of_the_migrations_is_the_one_that_the_program_speaks(catalog: Catalog) -> None:
    with catalog.engine.connect() as connection:
        context = MigrationContext.configure(
            connection, opts={"version_table": schema.VERSION_TABLE, "compare_type": False}
        )
        assert compare_metadata(context, schema.metadata) == []
        assert context.get_current_revision() == schema.REVISION
    assert ScriptDirectory.from_config(engine.alembic_config()).get_heads() == [schema.REVISION]


def test_opening_again_keeps_everything(url: str) -> None:
    for _ in range(2):
        with open_catalog(url, create=True) as catalog, catalog.start_run([SHOP]):
            pass
    with open_catalog(url, read_only=True) as catalog:
        assert [state.name for state in catalog.source_states()] == ["acme"]


def test_an_sqlite_catalog_is_made_for_readers_beside_a_writer(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'catalog.sqlite'}"
    with open_catalog(url, create=True) as catalog, catalog.reading() as connection:
        asked = {name: connection.exec_driver_sql(f"PRAGMA {name}").scalar() for name in PRAGMAS}
    assert asked == PRAGMAS
    with open_catalog(url, read_only=True) as catalog, catalog.reading() as connection:
        assert connection.exec_driver_sql("PRAGMA cache_size").scalar() == -engine.CACHE_KB["reader"]


PRAGMAS = {
    "journal_mode": "wal",
    "page_size": 16384,
    "synchronous": 1,
    "foreign_keys": 1,
    "busy_timeout": 30_000,
}


def test_who_only_reads_cannot_write(url: str) -> None:
    open_catalog(url, create=True).close()
    with open_catalog(url, read_only=True) as catalog:
        with pytest.raises(CatalogError, match="cannot be written"), catalog.start_run([SHOP]):
            pass
        assert catalog.source_states() == []


READ_ONLY_MEDIUM = """
mount -t tmpfs tmpfs {folder} || exit 77
{python} -c "
from catalog import *
with open_catalog('{url}', create=True) as catalog, catalog.start_run([SourceInfo('acme', 'dsld', 'x')]):
    pass
"
mount -o remount,ro {folder} || exit 77
{python} -c "
from catalog import *
with open_catalog('{url}', read_only=True) as catalog:
    print(catalog.source_states()[0].name)
"
"""


def test_a_catalog_on_a_read_only_medium_can_be_read(tmp_path: Path) -> None:
    script = READ_ONLY_MEDIUM.format(folder=tmp_path, python=sys.executable, url=f"sqlite:///{tmp_path}/catalog.sqlite")
    done = with_own_mounts(script)
    assert done.stdout == "acme\n", done.stderr


def test_a_reader_who_may_not_write_beside_the_file_is_told_so(open_folder: Path) -> None:
    path = open_folder / "catalog.sqlite"
    open_catalog(f"sqlite:///{path}", create=True).close()
    path.chmod(0o444)
    open_folder.chmod(0o555)
    with as_ordinary_user():
        expected = f"The catalog {path} cannot be written, and SQLite writes beside the file even to read it."
        assert sentence(f"sqlite:///{path}", read_only=True) == expected


def test_a_folder_that_cannot_be_written(open_folder: Path) -> None:
    open_folder.chmod(0o555)
    with as_ordinary_user():
        message = sentence(f"sqlite:///{open_folder / 'sub' / 'catalog.sqlite'}", create=True)
        assert message == f"The catalog {open_folder}/sub/catalog.sqlite cannot be made: Permission denied."
        message = sentence(f"sqlite:///{open_folder / 'catalog.sqlite'}", create=True)
        assert message.startswith(f"The catalog {open_folder}/catalog.sqlite cannot be written, ")


def test_a_file_that_cannot_be_written(open_folder: Path) -> None:
    path = open_folder / "catalog.sqlite"
    open_catalog(f"sqlite:///{path}", create=True).close()
    path.chmod(0o444)
    open_folder.chmod(0o555)
    with as_ordinary_user():
        assert sentence(f"sqlite:///{path}", create=True).startswith(f"The catalog {path} cannot be written, ")


def test_a_path_through_a_file(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    path = tmp_path / "file" / "catalog.sqlite"
    assert sentence(f"sqlite:///{path}", create=True) == f"The catalog {path} cannot be made: File exists."


def test_a_missing_catalog_says_what_to_run(tmp_path: Path) -> None:
    path = tmp_path / "catalog.sqlite"
    expected = f"There is no catalog at {path} yet; run `maglabel refresh` to make it."
    assert sentence(f"sqlite:///{path}") == sentence(f"sqlite:///{path}", read_only=True) == expected
    assert not path.exists()


def test_an_empty_database_says_what_to_run(new_database: Callable[[], str]) -> None:
    message = sentence(new_database(), read_only=True)
    assert message.startswith("There is no catalog in postgresql+psycopg://postgres")
    assert message.endswith(" yet; run `maglabel refresh` to make it.")


def test_a_directory(tmp_path: Path) -> None:
    assert sentence(f"sqlite:///{tmp_path}", create=True) == f"{tmp_path} is a directory, the catalog must be a file."


def test_a_pipe(tmp_path: Path) -> None:
    os.mkfifo(pipe := tmp_path / "pipe")
    assert sentence(f"sqlite:///{pipe}", read_only=True) == f"{pipe} is no file, the catalog must be a file."


def test_a_file_that_is_no_database(tmp_path: Path) -> None:
    path = tmp_path / "catalog.sqlite"
    path.write_bytes(b"These are words, and they are not a database at all. " * 100)
    before = path.read_bytes()
    for create in (False, True):
        assert sentence(f"sqlite:///{path}", create=create) == f"The catalog {path} is not an SQLite database."
    assert path.read_bytes() == before


def test_a_damaged_file(tmp_path: Path) -> None:
    path = tmp_path / "catalog.sqlite"
    with open_catalog(f"sqlite:///{path}", create=True) as catalog, catalog.start_run([SHOP]):
        pass
    content = bytearray(path.read_bytes())
    content[engine.PAGE_SIZE :] = b"\xff" * (len(content) - engine.PAGE_SIZE)
    path.write_bytes(content)
    assert sentence(f"sqlite:///{path}", read_only=True) == (
        f"The catalog {path} is damaged; restore it from a backup, or move it away and refresh."
    )


def test_a_catalog_from_a_newer_version(url: str) -> None:
    with open_catalog(url, create=True) as catalog, catalog.writing() as connection:
        connection.execute(sa.text(f"UPDATE {schema.VERSION_TABLE} SET version_num = '9999'"))
    for create in (False, True):
        assert "was made by a newer version of maglabel (schema 9999); update maglabel." in sentence(url, create=create)


def test_a_database_of_another_program_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "photos.sqlite"
    with sqlite3.connect(path) as other:
        other.execute("CREATE TABLE photos (id)")
    other.close()
    message = sentence(f"sqlite:///{path}", create=True)
    assert message == f"sqlite:///{path} holds tables of another program; give the catalog a database of its own."
    with sqlite3.connect(path) as other:
        assert other.execute("SELECT name FROM sqlite_master").fetchall() == [("photos",)]
    other.close()


def test_a_server_that_does_not_answer(tmp_path: Path) -> None:
    message = sentence(f"postgresql://me:secret@/catalog?host={tmp_path}", create=True)
    assert "cannot be reached" in message
    assert "secret" not in message


@pytest.mark.parametrize("url", ["postgresql://me@/x?host={}", "postgres://me@/x?host={}"])
def test_a_server_may_be_named_without_its_driver(url: str, tmp_path: Path) -> None:
    assert "cannot be reached" in sentence(url.format(tmp_path))


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("mysql://root@localhost/x", "The catalog cannot live in 'mysql'"),
        ("catalog.sqlite", "'catalog.sqlite' is not a database URL"),
        ("", "'' is not a database URL"),
        ("sqlite://", "names no file"),
        ("sqlite:///:memory:", "names no file"),
    ],
)
def test_what_is_no_place_for_a_catalog(url: str, said: str) -> None:
    assert said in sentence(url, create=True)


def test_a_password_is_never_shown() -> None:
    assert engine.shown(engine.parse_url("postgresql://me:secret@db.example/x")) == (
        "postgresql+psycopg://me:***@db.example/x"
    )


def test_a_path_may_hold_any_character(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'a b%20?#é' / 'catalog.sqlite'}".replace("?", "%3F")
    path = Path(engine.parse_url(url).database or "")
    open_catalog(url, create=True).close()
    assert path.is_file()
    with open_catalog(url, read_only=True) as catalog:
        assert catalog.count() == 0


def test_reading_loads_no_migrations(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'catalog.sqlite'}"
    open_catalog(url, create=True).close()
    code = f"import sys, catalog; catalog.open_catalog({url!r}, read_only=True); print('alembic' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT)
    assert done.stdout.strip() == "False"


def test_a_server_that_writes_dates_otherwise(new_database: Callable[[], str]) -> None:
    url = f"{new_database()} -c datestyle=German -c timezone=Asia/Kolkata".replace(" ", "%20")
    with open_catalog(url, create=True) as catalog:
        before = datetime.now(UTC)
        refresh(catalog, [listing("g")])
        (state,) = catalog.source_states()
    assert state.last_success_at is not None
    assert before <= state.last_success_at <= datetime.now(UTC)


def test_a_database_that_cannot_hold_every_character_is_refused(postgresql: sa.URL) -> None:
    server = sa.create_engine(postgresql, isolation_level="AUTOCOMMIT")
    for encoding in ("LATIN1", "SQL_ASCII"):
        name = f"in_{encoding.lower()}"
        made = f"CREATE DATABASE {name} ENCODING '{encoding}' TEMPLATE template0 LC_COLLATE 'C' LC_CTYPE 'C'"
        with server.connect() as connection:
            connection.execute(sa.text(made))
        with pytest.raises(CatalogError, match=f"is in {encoding}, which cannot hold every label"):
            open_catalog(postgresql.set(database=name).render_as_string(hide_password=False), create=True)
    server.dispose()
