"""Refreshes that are killed at random moments: nothing is lost or half there, and the next one needs no help.

`make soak` kills 50 times on each database; MAGLABEL_KILLS says how often.
"""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from decimal import Decimal
from pathlib import Path
from typing import Any

from catalog import Catalog, ComparisonRow, Selection, open_catalog
from tests import processes
from tests.conftest import ROOT
from tests.spiders.sites import Answer, Site, page, product, serving, shop, variant

KILLS = int(os.environ.get("MAGLABEL_KILLS", "5"))
SIZE = 400
"""Products of a shop: writing them takes about as long as asking for them."""

FORMS = ("bisglycinate", "citrate", "malate")
SOURCES = ("acme", "bravo")


def shelf(version: int) -> list[dict[str, Any]]:
    """What a shop offers: another price of every product, another label of many, one product less and one more."""
    return [
        product(
            n,
            f"Magnesium {n}",
            body_html=f"Serving Size: 2 Capsules<br>Magnesium (as magnesium {FORMS[(n + version) % 3]}) 200 mg 48%",
            variants=[variant(price=f"20.{version:02}")],
        )
        for n in range(version, version + SIZE)
    ]


def restock(site: Site, version: int) -> None:
    """Let the shop offer another version from now on."""
    rows = shelf(version)
    site.answers[page(1)], site.answers[page(2)] = (Answer({"products": part}) for part in (rows[:250], rows[250:]))
    site.answers[page(3)] = Answer({"products": []})
    site.asked.clear()


@contextmanager
def refreshing(config: Path, url: str) -> Iterator[subprocess.Popen[bytes]]:
    """A refresh as the leader of a process group of its own."""
    command = [sys.executable, str(ROOT / "maglabel.py"), "refresh", "--config", str(config), "--database", url]
    with subprocess.Popen(command, cwd=ROOT, stderr=subprocess.PIPE, start_new_session=True) as child:
        yield child


def refresh(config: Path, url: str) -> None:
    """Refresh to the end; everything is fresh."""
    command = ("maglabel", "refresh", "--config", str(config), "--database", url)
    done = processes.run(*command, folder=ROOT, environment=os.environ)
    assert (done.returncode, done.stderr) == (0, "")


def kill_at(config: Path, url: str, site: Site, seconds: float) -> None:
    """Kill a refresh so long after it asked first."""
    with refreshing(config, url) as child:
        while not site.asked and child.poll() is None:
            time.sleep(0.005)
        time.sleep(seconds)
        os.killpg(child.pid, signal.SIGKILL)


def check_integrity(catalog: Catalog) -> None:
    with catalog.reading() as connection:
        if connection.dialect.name == "sqlite":
            assert connection.exec_driver_sql("PRAGMA integrity_check").scalars().all() == ["ok"]
            assert connection.exec_driver_sql("PRAGMA foreign_key_check").all() == []


def check_rows(catalog: Catalog, rows: list[ComparisonRow], sample: int) -> None:
    """The comparison says what listings, labels, findings and offers say."""
    for row in random.sample(rows, sample):
        told = catalog.product(row.source, row.source_key)
        assert told is not None
        assert told.row == row
        assert not told.gone
        assert [offer.price for offer in told.offers] == [row.price]
        assert (told.listing.facts_text or told.listing.description or "").count(FORMS[form_of(row)]) == 1


def form_of(row: ComparisonRow) -> int:
    return ("glycinate", "citrate", "malate").index(row.form_group)


def shown(catalog: Catalog, source: str) -> list[ComparisonRow]:
    return catalog.compare(Selection(sources=(source,)), sort="title", limit=None)


def version_shown(rows: list[ComparisonRow]) -> int:
    """The one version that all rows of a source are of."""
    assert len(rows) == SIZE
    (price,) = {row.price for row in rows}
    assert price is not None
    version = int((price - 20) * 100)
    assert {int(row.source_key) for row in rows} == set(range(version, version + SIZE))
    assert all(form_of(row) == (int(row.source_key) + version) % 3 for row in rows)
    return version


def test_a_refresh_that_is_killed_at_any_moment(url: str, tmp_path: Path) -> None:
    sites = [shop([]) for _ in SOURCES]
    config = tmp_path / "maglabel.toml"
    entry = '[sources.{}]\nurl = "{}"\nkind = "shopify"\ndelay = 0\ncurrency = "USD"\n'
    config.write_text("".join(entry.format(*pair) for pair in zip(SOURCES, (s.url for s in sites), strict=True)))
    with serving(*sites):
        for site in sites:
            restock(site, 0)
        refresh(config, url)
        longest = timed(config, url, sites)
        for version in range(2, KILLS + 2):
            killed_once(config, url, sites, version, random.uniform(0, longest))


def timed(config: Path, url: str, sites: list[Site]) -> float:
    """Seconds from a refresh's first question to its end."""
    for site in sites:
        restock(site, 1)
    with refreshing(config, url) as child:
        while not sites[0].asked:
            time.sleep(0.005)
        started = time.monotonic()
        child.communicate(timeout=120)
    return time.monotonic() - started


def killed_once(config: Path, url: str, sites: list[Site], version: int, seconds: float) -> None:
    with open_catalog(url, read_only=True) as catalog:
        before = {source: shown(catalog, source) for source in SOURCES}
    for site in sites:
        restock(site, version)
    kill_at(config, url, sites[0], seconds)
    with open_catalog(url, read_only=True) as catalog:
        check_integrity(catalog)
        for source in SOURCES:
            rows = shown(catalog, source)
            if version_shown(rows) != version:
                assert rows == before[source], "what was there is there as it was"
            check_rows(catalog, rows, 20)
    refresh(config, url)
    with open_catalog(url, read_only=True) as catalog:
        check_integrity(catalog)
        for source in SOURCES:
            rows = shown(catalog, source)
            assert version_shown(rows) == version
            check_rows(catalog, rows, 20)
            gone = catalog.product(source, str(version - 1))
            assert gone is not None
            assert gone.gone, "it is kept, and known to be gone"
            assert {offer.price for offer in gone.price_history} >= {Decimal(f"20.{version - 1:02}")}
