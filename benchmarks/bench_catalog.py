"""The catalog's speed beside bare sqlite3, in one run, because machines drift: read the ratios."""

from __future__ import annotations

import os
import sqlite3
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import sqlalchemy as sa

from catalog import Capture, Catalog, CrawlReport, Run, Selection, SourceInfo, open_catalog
from catalog.bulk import BATCH, insert
from catalog.schema import metadata
from checker import Listing, Offer, check_label, read_label

ROWS = int(os.environ.get("MAGLABEL_BENCH_ROWS", "10000"))
"""Listings to write."""

TABLES = metadata.sorted_tables
FORMS = ("bisglycinate", "citrate", "malate", "oxide", "taurate", "chloride")


def generated(count: int) -> Iterator[Listing]:
    """Listings with a label and a description of about 2 kB, all different."""
    for number in range(count):
        form, mg = FORMS[number % len(FORMS)], 50 + number % 351
        row = f"Magnesium (as magnesium {form}) {mg} mg {mg * 100 // 420}%"
        yield Listing(
            source="bench",
            source_key=str(number),
            url=f"https://bench.example/products/{number}",
            title=f"Magnesium {form} {number}",
            brand="Bench (fictional)",
            facts_text=f"Serving Size: 2 Capsules\nServings Per Container: 60\n{row}",
            description=f"Product {number}. " + "Take with water, with a meal. " * 60,
            market="US",
            offers=(
                Offer(name="120 capsules", price=f"{5 + number % 40}.99", currency="USD", availability="in_stock"),
            ),
        )


def hand_over(run: Run, listings: list[Listing]) -> None:
    """Give a run the listings, 250 to a page."""
    intake = run.intake("bench")
    for start in range(0, len(listings), 250):
        page = listings[start : start + 250]
        body = "\n".join(listing.title for listing in page).encode()
        sha = intake.capture(Capture(f"https://bench.example/{start}", 200, "text/plain", {}, body, run.started_at))
        for listing in page:
            intake.listing(listing, capture_sha256=sha)


def bare_copy(path: Path, copy: Path) -> float:
    """Seconds that sqlite3.executemany takes for every row of a catalog, into the same tables and indexes."""
    with closing(sqlite3.connect(path)) as source:
        rows = {table.name: source.execute(f"SELECT * FROM {table.name}").fetchall() for table in TABLES}
    open_catalog(f"sqlite:///{copy}", create=True).close()
    with closing(sqlite3.connect(copy, isolation_level=None)) as target:
        target.execute("PRAGMA synchronous = NORMAL")
        return seconds(lambda: _bare(target, rows))


def _bare(target: sqlite3.Connection, tables: dict[str, list[tuple[object, ...]]]) -> None:
    target.execute("BEGIN")
    for name, rows in tables.items():
        if rows:
            target.executemany(f"INSERT INTO {name} VALUES ({', '.join('?' * len(rows[0]))})", rows)
    target.execute("COMMIT")


def catalog_copy(path: Path, copy: Path) -> float:
    """Seconds that the catalog's own bulk inserts take for the same rows, `BATCH` at a time."""
    with open_catalog(f"sqlite:///{path}", read_only=True) as source, source.reading() as connection:
        rows = {t: [dict(r) for r in connection.execute(sa.select(t)).mappings()] for t in TABLES}
    with open_catalog(f"sqlite:///{copy}", create=True) as target:
        return seconds(lambda: _bulk(target, rows))


def _bulk(target: Catalog, tables: dict[sa.Table, list[dict[str, object]]]) -> None:
    with target.writing() as connection:
        for table, rows in tables.items():
            for start in range(0, len(rows), BATCH):
                insert(connection, table, rows[start : start + BATCH])


def seconds(work: Callable[[], object]) -> float:
    """How long a call takes."""
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def main() -> None:
    """Print one line a measurement."""
    listings = list(generated(ROWS))
    report = CrawlReport("bench", ending="complete")
    reading = seconds(lambda: [check_label(read_label(x.label_text, x.title, x.market), x) for x in listings])
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "catalog.sqlite"
        with open_catalog(f"sqlite:///{path}", create=True) as catalog:
            source = SourceInfo("bench", "shopify", "https://bench.example/", "US")
            with catalog.start_run([source]) as run:
                spooled = seconds(lambda: hand_over(run, listings))
                published = seconds(lambda: run.publish("bench", report))
            with catalog.start_run([source]) as run:
                hand_over(run, listings)
                unchanged = seconds(lambda: run.publish("bench", report))
            filters = Selection(forms=("glycinate",), no_oxide=True)
            shown = min(seconds(lambda: catalog.compare(filters, limit=100)) for _ in range(5))
        bare = min(bare_copy(path, Path(folder) / f"bare{n}.sqlite") for n in range(3))
        bulk = min(catalog_copy(path, Path(folder) / f"bulk{n}.sqlite") for n in range(3))
        size = path.stat().st_size
    print(f"bulk write          {bare / bulk:9.2f} x the speed of bare sqlite3.executemany of the same rows")
    print(f"hand over           {ROWS / spooled:9.0f} listings/s")
    print(
        f"publish, new        {ROWS / published:9.0f} listings/s, of which the reader takes {reading / published:.0%}"
    )
    print(f"publish, unchanged  {ROWS / unchanged:9.0f} listings/s, {published / unchanged:.0f} x as fast as new ones")
    print(f"top 100 of a form   {shown * 1000:9.1f} ms; file {size / ROWS:.0f} bytes a listing")


if __name__ == "__main__":
    main()
