"""A reread in several processes: both databases, real processes, some of them killed."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from dataclasses import replace
from multiprocessing import active_children
from pathlib import Path

import pytest
import sqlalchemy as sa

from catalog import Catalog, ComparisonRow, open_catalog
from catalog.reread import RereadResult, reread
from catalog.schema import comparison
from checker import READER_VERSION, CatalogError
from tests.catalog.shop import CITRATE, GLYCINATE, OXIDE, listing, read_by_an_older_reader, refresh
from tests.conftest import ROOT

COUNT = 40


@pytest.fixture
def stocked(catalog: Catalog, monkeypatch: pytest.MonkeyPatch) -> Catalog:
    """A catalog that is large enough for several processes."""
    monkeypatch.setattr("catalog.reread.BATCH", 1)
    monkeypatch.setattr("catalog.reread.TOGETHER", 8)
    monkeypatch.setattr("catalog.reread.LEAST", 1)
    texts = (GLYCINATE, OXIDE, CITRATE)
    refresh(catalog, [listing(f"{n:02}", texts[n % 3]) for n in range(COUNT)])
    return catalog


@pytest.fixture
def older(stocked: Catalog) -> Catalog:
    """The same, as an older reader read it."""
    read_by_an_older_reader(stocked, percent_dv=None)
    return stocked


def shown(catalog: Catalog) -> list[ComparisonRow]:
    """The comparison, but for when it was read."""
    rows = catalog.compare(limit=None)
    return [replace(row, read_at=row.seen_at) for row in rows]


def test_several_processes_write_what_a_refresh_does(stocked: Catalog) -> None:
    before = shown(stocked)
    read_by_an_older_reader(stocked, percent_dv=None)
    with stocked.writing() as connection:
        connection.execute(sa.delete(comparison))
    heard: list[tuple[int, int]] = []
    result = reread(stocked, lambda *about: heard.append(about), processes=3)
    assert result == RereadResult(COUNT, COUNT, {"percent_dv": COUNT})
    assert heard == [(n, COUNT) for n in range(1, COUNT + 1)]
    assert shown(stocked) == before
    assert active_children() == []
    assert reread(stocked, processes=3) == RereadResult(0, 0)


def test_a_process_that_somebody_ends_ends_the_reread_with_one_sentence(older: Catalog) -> None:
    def end_all(_done: int, _all: int) -> None:
        for child in active_children():
            child.kill()

    with pytest.raises(CatalogError, match="was ended from outside"):
        reread(older, end_all, processes=2)
    assert active_children() == []
    reread(older, processes=2)
    assert {row.reader_version for row in older.compare(limit=None)} == {READER_VERSION}


def test_a_catalog_that_is_damaged_is_told_from_where_it_is_read(older: Catalog) -> None:
    with older.writing() as connection:
        connection.exec_driver_sql("UPDATE listing_texts SET document = '{' WHERE listing_id = 7")
    with pytest.raises(CatalogError, match="is damaged"):
        reread(older, processes=2)


STOPPED = """
import sys, time
from multiprocessing import active_children
import catalog.reread as module
from catalog import open_catalog
module.BATCH, module.LEAST = 1, 1
def wait(done, total):
    print(*(child.pid for child in active_children()), flush=True)
    time.sleep(60)
module.reread(open_catalog(sys.argv[1]), wait, processes=2)
"""


@pytest.mark.usefixtures("older")
def test_processes_end_with_the_one_that_they_work_for(url: str) -> None:
    with subprocess.Popen([sys.executable, "-c", STOPPED, url], cwd=ROOT, stdout=subprocess.PIPE, text=True) as child:
        assert child.stdout
        workers = child.stdout.readline().split()
        assert len(workers) == 2
        os.kill(child.pid, signal.SIGKILL)
    deadline = time.monotonic() + 300
    while running(workers) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert running(workers) == []
    with open_catalog(url) as again:
        assert reread(again).listings == COUNT, "what was not yet written was not lost with them"


def running(pids: list[str]) -> list[str]:
    """Those of the processes that have not ended; one that nobody has buried yet has."""
    stats = {pid: Path(f"/proc/{pid}/stat") for pid in pids}
    return [
        pid for pid, stat in stats.items() if stat.exists() and stat.read_text().rpartition(")")[2].split()[0] != "Z"
    ]
