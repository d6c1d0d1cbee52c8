"""The catalog at size, beside bare sqlite3 in one run, because machines drift: read the ratios.

`python -m benchmarks.bench_catalog --listings 10000` is a quick look; MAGLABEL_BENCH_ROWS sets the number as well.
"""

from __future__ import annotations

import argparse
import os
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from functools import partial
from multiprocessing import active_children
from pathlib import Path

import sqlalchemy as sa

from benchmarks import shops
from catalog import Catalog, Selection, open_catalog
from catalog.backup import backup
from catalog.bulk import BATCH, batches, insert
from catalog.reread import reread
from catalog.schema import comparison, labels, listings, metadata
from catalog.workers import cores
from checker import CatalogError, check_label, read_label

ROWS = int(os.environ.get("MAGLABEL_BENCH_ROWS", "200000"))
"""Listings to keep."""

CHUNK = 5000
"""Rows that are in memory at a time while two ways to write them are compared."""

COPYING = "some = bytearray(64 << 20)\nwhile True: bytes(some)"
"""A program that takes a core and the caches from others as a refresh does, and no database."""

FORM = Selection(forms=("glycinate",), no_oxide=True)


def main() -> None:
    """Print one line a measurement."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--listings", type=int, default=ROWS)
    parser.add_argument("--one", nargs=2, metavar=("WHAT", "FILE"), help=argparse.SUPPRESS)
    given, _ = parser.parse_known_args()
    if given.one:
        return ALONE[given.one[0]](given.one[1], given.listings)
    with tempfile.TemporaryDirectory() as folder:
        _measure(Path(folder), given.listings)
    return None


def _measure(folder: Path, count: int) -> None:
    path = folder / "catalog.sqlite"
    _fill(path, count)
    _copies(folder, path)
    _unchanged(path, count)
    _readers(path, count)
    _asked(path, folder)
    _rereads(folder, path, count)


def show(what: str, value: str) -> None:
    """Print a line of the report."""
    print(f"{what:<20}{value}", flush=True)


def seconds(work: Callable[[], object]) -> float:
    """How long a call takes."""
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def alone(what: str, path: Path, count: int) -> subprocess.Popen[str]:
    """Start one of `ALONE` in a process of its own."""
    command = [sys.executable, "-m", "benchmarks.bench_catalog", "--listings", str(count), "--one", what, str(path)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True)


def said(process: subprocess.Popen[str]) -> list[float]:
    """The numbers that it printed in the end."""
    out, _ = process.communicate()
    if process.returncode:
        raise SystemExit(process.returncode)
    return [float(number) for number in out.split()]


def _fill(path: Path, count: int) -> None:
    some = list(shops.listings(0, min(2000, count)))

    def read() -> object:
        return [check_label(read_label(each.label_text, each.title, each.market), each) for each in some]

    read()  # compiles the patterns
    reading = seconds(read) / len(some)
    with open_catalog(f"sqlite:///{path}", create=True) as catalog:
        taken = seconds(lambda: shops.refresh(catalog, count))
        products = catalog.count()
    show("fill", f"{count / taken:9.0f} listings/s, of which the reader takes {reading * count / taken:.0%}")
    size = path.stat().st_size
    show("file", f"{size / 1e6:9.0f} MB, {size / count:.0f} bytes a listing; {products} in the comparison")


def _copies(folder: Path, path: Path) -> None:
    """The same rows, already read, into the same tables and indexes: by bare executemany, and as the catalog writes."""
    bare, bulk = folder / "bare.sqlite", folder / "bulk.sqlite"
    taken = {bare: 0.0, bulk: 0.0}
    for target in taken:
        open_catalog(f"sqlite:///{target}", create=True).close()
    with (
        open_catalog(f"sqlite:///{path}", read_only=True) as source,
        source.reading() as read,
        open_catalog(f"sqlite:///{bulk}", create=True) as target,
        target.writing() as ours,
        _transaction(bare) as theirs,
    ):
        for table in metadata.sorted_tables:
            statement = f"INSERT INTO {table.name} VALUES ({', '.join('?' * len(table.columns))})"
            for plain, rows in _chunks(path, table, read):
                taken[bare] += seconds(lambda: theirs.executemany(statement, plain))  # noqa: B023 - called at once
                taken[bulk] += seconds(lambda: [insert(ours, table, list(b)) for b in batches(rows, BATCH)])  # noqa: B023
        taken[bare] += seconds(theirs.commit)
        taken[bulk] += seconds(ours.commit)
    show("bulk write", f"{taken[bare] / taken[bulk]:9.2f} x the speed of bare sqlite3.executemany of the same rows")
    for target in taken:
        target.unlink()


@contextmanager
def _transaction(path: Path) -> Iterator[sqlite3.Connection]:
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.execute("PRAGMA synchronous = NORMAL")
        connection.execute("BEGIN")
        yield connection


def _chunks(
    path: Path, table: sa.Table, read: sa.Connection
) -> Iterator[tuple[list[tuple[object, ...]], list[dict[str, object]]]]:
    """The rows of a table, some thousands at a time: as sqlite3 and as the catalog has them."""
    with closing(sqlite3.connect(path)) as connection:
        plain = connection.execute(f"SELECT * FROM {table.name} ORDER BY rowid")
        ours = read.execution_options(yield_per=CHUNK).execute(sa.select(table).order_by(sa.text("rowid")))
        for part in ours.mappings().partitions(CHUNK):
            yield plain.fetchmany(CHUNK), [dict(row) for row in part]


def _unchanged(path: Path, count: int) -> None:
    with open_catalog(f"sqlite:///{path}") as catalog:
        before = _sizes(catalog)
        taken = seconds(lambda: shops.refresh(catalog, count))
        after = _sizes(catalog)
    more = {name: after[name] - before[name] for name in after if after[name] != before[name]}
    written = ", ".join(f"{name} {number:+d}" for name, number in more.items())
    log = path.with_name(f"{path.name}-wal")
    size = log.stat().st_size if log.exists() else 0
    show("unchanged refresh", f"{count / taken:9.0f} listings/s; wrote {written}; log {size / 1e3:.0f} kB")


def _sizes(catalog: Catalog) -> dict[str, int]:
    with catalog.reading() as connection:
        count = sa.func.count()
        return {t.name: connection.scalar(sa.select(count).select_from(t)) or 0 for t in metadata.sorted_tables}


def _readers(path: Path, count: int) -> None:
    """The top 100 of a form, while nobody writes and while a refresh changes every price."""
    with open_catalog(f"sqlite:///{path}", read_only=True) as catalog:
        idle, _ = _latencies(catalog, lambda taken: len(taken) < 400)
        with subprocess.Popen([sys.executable, "-c", COPYING]) as copying:
            beside, _ = _latencies(catalog, lambda taken: len(taken) < 400)
            copying.kill()
        since = datetime.now(UTC)
        writer = alone("dearer", path, count)
        busy, errors = _latencies(catalog, lambda _: writer.poll() is None)
        (rate,) = said(writer)
        changed = seconds(lambda: catalog.changes(since))
    show("every price changed", f"{rate:9.0f} listings/s; then asking what changed takes {changed:.1f} s")
    p95 = [statistics.quantiles(taken, n=20)[-1] for taken in (idle, beside, busy)]
    ratio = f"{p95[2] / p95[0]:9.2f} x the p95 of an idle catalog ({p95[0] * 1000:.1f} ms)"
    control = f"beside a process that only copies memory {p95[1] / p95[0]:.2f} x"
    show("readers beside it", f"{ratio}, {control}; {len(busy)} reads, {errors} errors")


def _latencies(catalog: Catalog, go_on: Callable[[list[float]], bool]) -> tuple[list[float], int]:
    taken: list[float] = []
    errors = 0
    while go_on(taken):
        try:
            taken.append(seconds(lambda: catalog.compare(FORM, limit=100)))
        except CatalogError:
            errors += 1
        time.sleep(0.01)
    return taken, errors


def _asked(path: Path, folder: Path) -> None:
    """What one reader waits for."""
    with open_catalog(f"sqlite:///{path}", read_only=True) as catalog:
        keys = [str(number) for number in range(1, 42, 2)]  # with bar codes, which every shop has
        taken = [seconds(partial(catalog.product, shops.shop(1).name, key)) for key in keys]
        cheapest = seconds(lambda: catalog.compare(Selection(cheapest=True), limit=100))
        copied = seconds(lambda: backup(catalog, folder / "copy.sqlite"))
    (folder / "copy.sqlite").unlink()
    first, usual = taken[0] * 1000, statistics.median(taken) * 1000
    show("one product", f"{usual:9.1f} ms with the offers of {shops.SHOPS} shops, cold {first:.1f} ms")
    show("cheapest 100", f"{cheapest * 1000:9.1f} ms")
    show("backup", f"{copied:9.1f} s, checked")


def _rereads(folder: Path, path: Path, count: int) -> None:
    """All labels through the reader, then only the comparison's rows anew, and the memory of a tenth of them."""
    small = folder / "small.sqlite"
    with open_catalog(f"sqlite:///{small}", create=True) as catalog:
        shops.refresh(catalog, count // 10)
    _, little = said(alone("reread", small, count // 10))
    taken, much = said(alone("reread", path, count))
    rebuilt, _ = said(alone("rebuild", path, count))
    show("reread", f"{count / taken:9.0f} labels/s; memory {much / little:.2f} x that of a tenth ({much / 1e3:.0f} MB)")
    show("comparison rebuilt", f"{rebuilt:9.1f} s for {count} listings on {cores()} cores, without the reader")


def held() -> int:
    """The memory that this program and those that work for it hold, in kB; what several share counts once."""
    working = [child.pid for child in active_children()]
    server = {_number(f"/proc/{pid}/status", "PPid") for pid in working}
    every = {os.getpid(), *working, *server} if working else {os.getpid()}
    return sum(_number(f"/proc/{pid}/smaps_rollup", "Pss") for pid in every)


def _number(file: str, name: str) -> int:
    lines = Path(file).read_text("ascii").splitlines()
    return int(next(line for line in lines if line.startswith(f"{name}:")).split()[1])


def _dearer(path: str, count: int) -> None:
    with open_catalog(f"sqlite:///{path}") as catalog:
        print(count / seconds(lambda: shops.refresh(catalog, count, dearer=True)))


def _reread(path: str, _: int) -> None:
    """As a newer version would find the catalog."""
    with open_catalog(f"sqlite:///{path}") as catalog:
        with catalog.writing() as connection:
            for table in (labels, comparison):
                connection.execute(sa.update(table).values(reader_version="0.older"))
        _rebuild(path, 0)


def _rebuild(path: str, _: int) -> None:
    """As a version would find it that computes other prices: every row and three of its indexes must be written."""
    with open_catalog(f"sqlite:///{path}") as catalog:
        with catalog.writing() as connection:
            connection.execute(sa.update(listings).values(read_with="0.older/0"))
            older = dict.fromkeys(("servings_per_container", "price_per_serving", "price_per_100mg"))
            connection.execute(sa.update(comparison).values(older))
        peaks = []
        taken = seconds(lambda: reread(catalog, lambda _done, _all: peaks.append(held()), processes=cores()))
    print(taken, max(peaks))


ALONE = {"dearer": _dearer, "reread": _reread, "rebuild": _rebuild}
"""What is measured in a process of its own, for its memory or beside others."""

if __name__ == "__main__":
    main()
