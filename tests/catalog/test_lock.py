"""One writer at a time, told by real processes."""

from __future__ import annotations

import getpass
import os
import platform
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import psycopg
import pytest
import sqlalchemy as sa

from catalog import Catalog, CrawlReport, Ending, engine, lock, open_catalog
from checker import CatalogError, LockedError
from tests.catalog.shop import content, info, listing, refresh
from tests.conftest import ROOT

HOLDER = """
import sys
from catalog import open_catalog
from tests.catalog.shop import info

with open_catalog(sys.argv[1], create=True) as catalog, catalog.start_run([info()]):
    print("holding", flush=True)
    sys.stdin.read()
"""


@contextmanager
def another_process(url: str) -> Iterator[subprocess.Popen[str]]:
    """A refresh of somebody else that is under way."""
    command = [sys.executable, "-c", HOLDER, url]
    with subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as child:
        assert child.stdout is not None
        try:
            assert child.stdout.readline() == "holding\n"
            yield child
        finally:
            child.kill()


def test_who_comes_second_is_told_who_is_there_and_since_when(url: str) -> None:
    before = datetime.now(UTC).replace(microsecond=0)
    with another_process(url) as other, open_catalog(url, create=True) as catalog:
        with pytest.raises(LockedError) as told:
            refresh(catalog, [listing("g")])
        message = str(told.value)
        assert f"by process {other.pid} of {getpass.getuser()} on {platform.node()[:10]}" in message
        since = datetime.fromisoformat(message.partition("since ")[2].partition(" UTC")[0] + "+00:00")
        assert before <= since <= datetime.now(UTC)
        for decide in (catalog.accept, catalog.reject):
            with pytest.raises(LockedError):
                decide("acme")
        assert catalog.count() == 0, "whoever only reads is not kept waiting"


@pytest.mark.parametrize("words", [b"a b c d", b"\xff\xfe 1 c d", b""])
def test_a_holder_that_cannot_be_read_holds_all_the_same(tmp_path: Path, words: bytes) -> None:
    url = f"sqlite:///{tmp_path / 'catalog.sqlite'}"
    with another_process(url), open_catalog(url) as catalog:
        (tmp_path / "catalog.sqlite.lock").write_bytes(words)
        with pytest.raises(LockedError, match="is being written by another process"):
            refresh(catalog, [listing("g")])


def test_the_lock_is_free_when_its_holder_ends(url: str) -> None:
    with another_process(url) as other:
        other.communicate("", timeout=60)
        assert other.returncode == 0
    with open_catalog(url, create=True) as catalog:
        for _ in range(2):
            assert refresh(catalog, [listing("g")]).outcome == "fresh"


def test_a_lock_of_a_killed_process_does_not_block(url: str) -> None:
    with another_process(url) as other:
        other.send_signal(signal.SIGKILL)
        other.wait()
    with open_catalog(url, create=True) as catalog:
        assert refresh(catalog, [listing("g")]).outcome == "fresh"


def test_two_runs_in_one_process_are_two_writers(url: str) -> None:
    told = pytest.raises(LockedError, match=f"process {os.getpid()} ")
    with open_catalog(url, create=True) as catalog, catalog.start_run([info()]), told, catalog.start_run([info()]):
        pass


def test_one_file_has_one_lock_by_whatever_link_it_is_reached(tmp_path: Path) -> None:
    (tmp_path / "there").mkdir()
    file, link = tmp_path / "there" / "catalog.sqlite", tmp_path / "link.sqlite"
    link.symlink_to(file)
    with another_process(f"sqlite:///{link}"), open_catalog(f"sqlite:///{file}") as catalog:
        assert (catalog.path, catalog.folder) == (file, file.parent)
        with pytest.raises(LockedError):
            refresh(catalog, [listing("g")])
    with open_catalog(f"sqlite:///{link}") as catalog:
        assert catalog.path == file


def lose_the_lock(catalog: Catalog) -> None:
    """Delete the file, or end all sessions but one's own, as a restart of the server does."""
    if catalog.path:
        catalog.path.with_name(f"{catalog.path.name}.lock").unlink()
    else:
        with catalog.reading() as connection:
            sessions = "FROM pg_stat_activity WHERE backend_type = 'client backend' AND pid <> pg_backend_pid()"
            connection.execute(sa.text(f"SELECT pg_terminate_backend(pid, 5000) {sessions}"))


def test_a_refresh_that_lost_its_lock_goes_on_while_it_is_the_only_one(url: str) -> None:
    with open_catalog(url, create=True) as catalog, open_catalog(url) as other:
        with catalog.start_run([info()]) as run:
            run.intake("acme").listing(listing("g"))
            lose_the_lock(other)
            assert run.publish("acme", CrawlReport("acme", "complete")).outcome == "fresh"
        assert catalog.count() == 1


def test_a_refresh_that_lost_its_lock_writes_nothing_once_another_has_begun(url: str) -> None:
    with open_catalog(url, create=True) as catalog, open_catalog(url) as other:
        with catalog.start_run([info()]) as run:
            run.intake("acme").listing(listing("older"))
            lose_the_lock(other)
            refresh(other, [listing("newer")])
            endings: tuple[Ending, ...] = ("complete", "failed")
            for ending in endings:
                with pytest.raises(LockedError, match="taken over by another run"):
                    run.publish("acme", CrawlReport("acme", ending))
        assert [row.source_key for row in other.compare()] == ["newer"]
        assert [row[1] for row in content(other, runs=True)["runs"]] == ["interrupted", "finished"]


def test_catalogs_of_one_server_do_not_block_each_other(new_database: Callable[[], str]) -> None:
    with another_process(new_database()), open_catalog(new_database(), create=True) as catalog:
        assert refresh(catalog, [listing("g")]).outcome == "fresh"


def test_making_the_tables_is_writing(url: str) -> None:
    place = engine.parse_url(url)
    empty = engine.make_engine(place, create=True, read_only=False)
    with lock.writing_alone(place, empty), pytest.raises(LockedError):
        open_catalog(url, create=True)
    empty.dispose()
    open_catalog(url, create=True).close()


def test_a_lock_that_cannot_be_made_is_told(tmp_path: Path) -> None:
    with open_catalog(f"sqlite:///{tmp_path / 'catalog.sqlite'}", create=True) as catalog:
        (tmp_path / "catalog.sqlite.lock").unlink()
        (tmp_path / "catalog.sqlite.lock").mkdir()
        with pytest.raises(CatalogError, match=r"cannot be written: .*catalog.sqlite.lock: Is a directory\.$"):
            refresh(catalog, [listing("g")])


def test_a_silent_connection_to_the_server_is_kept_alive(new_database: Callable[[], str]) -> None:
    with open_catalog(new_database(), create=True) as catalog, catalog.reading() as connection:
        session = connection.connection.driver_connection
        assert isinstance(session, psycopg.Connection)
        asked = session.info.get_parameters()
        assert (asked["keepalives_idle"], asked["keepalives_interval"], asked["keepalives_count"]) == ("60", "10", "6")
