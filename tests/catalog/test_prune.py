"""What retention forgets and what it never does, on both databases."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa

from catalog import Catalog, open_catalog, schema
from catalog.prune import PruneResult, prune
from catalog.reread import reread
from checker import LockedError, Offer
from tests.catalog.shop import GLYCINATE, OXIDE, content, listing, read_by_an_older_reader, refresh, sizes

YEAR = timedelta(days=365)


def usd(price: str) -> Offer:
    return Offer(price=price, currency="USD", availability="in_stock")


def aged(catalog: Catalog, days: int = 400) -> None:
    """Make all that the catalog holds so much older."""
    times = [c for table in schema.metadata.sorted_tables for c in table.c if isinstance(c.type, schema.Utc)]
    with catalog.writing() as connection:
        for column in times:
            for (moment,) in connection.execute(sa.select(column).where(column.is_not(None)).distinct()).all():
                older = sa.update(column.table).where(column == moment).values({column.name: moment - timedelta(days)})
                connection.execute(older)


def eventful(catalog: Catalog) -> None:
    """A shop whose prices and labels changed, with captures, readings and outcomes that are of no use any more."""
    for facts, price in ((GLYCINATE, "24.00"), (GLYCINATE, "20.00"), (GLYCINATE, "20.00"), (OXIDE, "20.00")):
        refresh(catalog, [listing("g", facts, usd(price)), listing("o", OXIDE)], page=f"{facts} for {price}")
    refresh(catalog, [listing("g", OXIDE, usd("20.00"))], page="the last page")
    read_by_an_older_reader(catalog)
    reread(catalog)


def test_what_is_of_no_use_is_forgotten_when_it_is_old(catalog: Catalog) -> None:
    eventful(catalog)
    aged(catalog)
    before, product = sizes(catalog), catalog.product("acme", "g")
    result = prune(catalog, YEAR)
    assert (result.captures, result.labels, result.outcomes) == (1, 1, 1), "a page, a reading, a quiet run"
    assert result.capture_bytes > 0
    after = sizes(catalog)
    assert before["captures"] - after["captures"] == 1
    assert before["labels"] - after["labels"] == 1
    assert before["findings"] - after["findings"] == result.findings
    assert before["run_sources"] - after["run_sources"] == 1
    for table in ("offers", "wordings", "listings", "listing_texts", "comparison", "runs", "gtins"):
        assert after[table] == before[table], table
    assert catalog.product("acme", "g") == product
    assert prune(catalog, YEAR) == PruneResult(0, 0, 0, 0, 0, dry_run=False)


def test_what_is_young_stays(catalog: Catalog) -> None:
    eventful(catalog)
    before = content(catalog, runs=True)
    assert prune(catalog, YEAR) == PruneResult(0, 0, 0, 0, 0, dry_run=False)
    assert content(catalog, runs=True) == before


def test_a_dry_run_counts_and_writes_nothing(catalog: Catalog) -> None:
    eventful(catalog)
    aged(catalog)
    before = content(catalog, runs=True)
    told = prune(catalog, YEAR, dry_run=True)
    assert content(catalog, runs=True) == before
    done = prune(catalog, YEAR)
    assert told.as_dict() | {"dry_run": False, "freed_bytes": done.freed_bytes} == done.as_dict()


def test_nobody_else_may_write_meanwhile(catalog: Catalog, url: str) -> None:
    eventful(catalog)
    aged(catalog)
    before = content(catalog, runs=True)
    with open_catalog(url) as other, other.alone():
        assert prune(catalog, YEAR, dry_run=True).captures == 1
        with pytest.raises(LockedError):
            prune(catalog, YEAR)
    assert content(catalog, runs=True) == before


def test_history_is_told_as_before(catalog: Catalog) -> None:
    eventful(catalog)
    aged(catalog)
    since = datetime.now(UTC) - timedelta(days=500)
    before = catalog.changes(since)
    prune(catalog, YEAR)
    after = catalog.changes(since)
    assert (after.prices, after.reformulations, after.gone, after.new_sources) == (
        before.prices,
        before.reformulations,
        before.gone,
        before.new_sources,
    )
    assert catalog.source_states()[0].last_success_at == catalog.as_of() == before.as_of


def test_a_refresh_goes_on_after_it(catalog: Catalog) -> None:
    eventful(catalog)
    aged(catalog)
    prune(catalog, YEAR)
    result = refresh(catalog, [listing("g", OXIDE, usd("20.00")), listing("o", OXIDE)])
    assert (result.new, result.changed, result.gone) == (0, 1, 0)


def test_a_file_that_became_half_empty_shrinks(tmp_path: Path) -> None:
    with open_catalog(f"sqlite:///{tmp_path / 'catalog.sqlite'}", create=True) as catalog:
        for number in range(40):
            page = "".join(chr(0x4E00 + (number * 7919 + place * 104729) % 20000) for place in range(20000))
            refresh(catalog, [listing("g", description=str(number))], page=page)
        with catalog.engine.connect() as connection:
            connection.execution_options(alone=True).exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
        aged(catalog)
        result = prune(catalog, YEAR)
        assert result.captures == 39
        assert result.freed_bytes > result.capture_bytes / 2 > 0
        assert catalog.product("acme", "g") is not None


def test_every_table_that_cites_a_run_or_a_capture_is_known(catalog: Catalog) -> None:
    """A row that is cited by a table of tomorrow stays: the citing columns come from the schema."""
    with catalog.reading() as connection:
        found = sa.inspect(connection)
        for target in ("captures", "runs"):
            citing = {
                (table, key["constrained_columns"][0])
                for table in found.get_table_names()
                for key in found.get_foreign_keys(table)
                if key["referred_table"] == target
            }
            known = schema.metadata.tables[target]
            assert citing == {
                (t.name, c.name) for t in schema.metadata.sorted_tables for c in t.c if c.references(known.c.id)
            }


@pytest.mark.parametrize("dry_run", [True, False])
def test_an_empty_catalog(catalog: Catalog, dry_run: bool) -> None:
    assert prune(catalog, YEAR, dry_run=dry_run) == PruneResult(0, 0, 0, 0, 0, dry_run=dry_run)


def test_the_last_crawl_of_all_is_remembered_through_any_number_that_asked_only_for_news(catalog: Catalog) -> None:
    refresh(catalog, [listing("g"), listing("o", OXIDE)])
    refresh(catalog, [listing("g"), listing("o", OXIDE)])
    for _ in range(3):
        refresh(catalog, [], increment=True)
    aged(catalog)
    before = catalog.compare()
    assert prune(catalog, YEAR).outcomes == 2
    assert catalog.compare() == before
    assert {row.seen_at for row in before} < {catalog.as_of(), *(row.seen_at for row in before)}
