"""A source that nobody collects from any more: its products leave the comparison, their history stays."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from catalog import Catalog
from catalog.schema import listings, offers, wordings
from checker import InputError, LockedError
from tests.catalog.shop import CITRATE, content, info, listing, refresh


@pytest.fixture
def two(catalog: Catalog) -> Catalog:
    """A catalog of two sources that sell one article."""
    for source in ("acme", "bravo"):
        refresh(
            catalog,
            [listing("g", gtin="4006381333931", source=source), listing("c", CITRATE, source=source)],
            source=source,
        )
    return catalog


def sources_shown(catalog: Catalog) -> set[str]:
    return {row.source for row in catalog.compare()}


def test_what_it_offered_is_gone_and_remembered(two: Catalog) -> None:
    before = content(two)
    seen = two.product("acme", "g")
    assert seen is not None
    as_of = two.as_of()
    result = two.retire("acme")
    assert (result.outcome, result.listings, result.gone) == ("retired", 0, 2)
    assert sources_shown(two) == {"bravo"}
    after = content(two)
    assert {name: len(after[name]) for name in ("listings", "offers", "wordings", "labels")} == {
        name: len(before[name]) for name in ("listings", "offers", "wordings", "labels")
    }
    gone = two.product("acme", "g")
    assert gone is not None
    assert (gone.gone, gone.last_seen, len(gone.price_history)) == (True, seen.last_seen, 1)
    left = two.product("bravo", "g")
    assert left is not None
    assert [offer.source for offer in left.same_product] == ["bravo"]
    assert two.as_of() == as_of, "nothing was collected"


def test_its_state_says_so_and_a_refresh_brings_it_back(two: Catalog) -> None:
    two.retire("acme")
    state = two.source_states()[0]
    assert (state.name, state.outcome, state.listings, state.gone) == ("acme", "retired", 0, 2)
    again = refresh(two, [listing("g", gtin="4006381333931"), listing("c", CITRATE)])
    assert (again.outcome, again.listings) == ("fresh", 2)
    assert sources_shown(two) == {"acme", "bravo"}


def test_the_products_of_a_source_that_was_retired_did_not_change(two: Catalog) -> None:
    since = datetime.now(UTC) - timedelta(days=1)
    two.retire("acme")
    assert two.changes(since).gone == ()


def test_what_waits_for_review_is_forgotten(catalog: Catalog) -> None:
    refresh(catalog, [listing(f"{n}") for n in range(12)])
    assert refresh(catalog, []).outcome == "held"
    catalog.retire("acme")
    assert catalog.reviews() == []
    assert catalog.count() == 0


def test_who_is_not_there_cannot_be_retired(two: Catalog) -> None:
    before = content(two, runs=True)
    with pytest.raises(InputError, match="has no source 'nobody'"):
        two.retire("nobody")
    with two.start_run([info()]), pytest.raises(LockedError):
        two.retire("acme")
    assert content(two) == {name: rows for name, rows in before.items() if name not in ("runs", "run_sources")}


def test_every_period_has_ended(two: Catalog) -> None:
    two.retire("acme")
    with two.reading() as connection:
        for table in (offers, wordings):
            open_ = table.join(listings).select().where(table.c.until_run_id.is_(None), listings.c.source_id == 1)
            assert connection.execute(open_).all() == []
