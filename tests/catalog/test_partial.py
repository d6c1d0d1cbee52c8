"""A crawl that could not be finished: what it brought is published, of the rest nobody knows."""

from __future__ import annotations

from datetime import datetime

from catalog import Catalog
from tests.catalog.shop import CITRATE, OXIDE, content, info, listing, refresh


def seen(catalog: Catalog) -> dict[str, datetime]:
    return {row.source_key: row.seen_at for row in catalog.compare()}


def test_what_was_handed_over_is_published_and_nothing_is_gone(catalog: Catalog) -> None:
    refresh(catalog, [listing("g"), listing("o", OXIDE)])
    result = refresh(catalog, [listing("g", CITRATE), listing("new")], ending="partial")
    assert (result.outcome, result.message) == ("partial", "HTTP 503 at page 2")
    assert (result.new, result.changed, result.gone, result.listings) == (1, 1, 0, 3)
    assert {row.source_key: row.form_group for row in catalog.compare()} == {
        "g": "citrate",
        "o": "oxide",
        "new": "glycinate",
    }


def test_a_listing_is_as_old_as_the_last_run_that_surely_saw_it(catalog: Catalog) -> None:
    refresh(catalog, [listing("g"), listing("o", OXIDE)])
    whole = catalog.as_of()
    refresh(catalog, [listing("g"), listing("new")], ending="partial")
    partial = catalog.as_of()
    assert whole is not None
    assert partial is not None
    assert partial > whole
    assert seen(catalog) == {"g": partial, "new": partial, "o": whole}
    for key, moment in seen(catalog).items():
        product = catalog.product("acme", key)
        assert product is not None
        assert product.last_seen == product.row.seen_at == moment
    by_age = [row.source_key for row in catalog.compare(sort="seen_at")]
    assert by_age == ["o", "g", "new"]
    refresh(catalog, [listing("g"), listing("o", OXIDE), listing("new")])
    assert set(seen(catalog).values()) == {catalog.as_of()}


def test_the_last_success_stays_the_last_whole_run(catalog: Catalog) -> None:
    refresh(catalog, [listing("g")])
    whole = catalog.as_of()
    refresh(catalog, [listing("g"), listing("new")], ending="partial", skipped={"no_answer": 3})
    (state,) = catalog.source_states()
    assert (state.outcome, state.message) == ("partial", "HTTP 503 at page 2")
    assert state.last_success_at == whole
    assert (state.listings, state.with_magnesium, state.skipped) == (2, 2, {"no_answer": 3})
    assert state.last_run_at == catalog.as_of() != whole


def test_a_source_that_only_ever_was_partial_has_times(catalog: Catalog) -> None:
    refresh(catalog, [listing("g"), listing("o", OXIDE)], ending="partial")
    first = catalog.as_of()
    refresh(catalog, [listing("g")], ending="partial")
    assert seen(catalog) == {"g": catalog.as_of(), "o": first}
    (state,) = catalog.source_states()
    assert (state.last_success_at, state.listings) == (None, 2)
    product = catalog.product("acme", "o")
    assert product is not None
    assert (product.first_seen, product.last_seen, product.gone) == (first, first, False)


def test_what_goes_after_a_partial_run_was_last_seen_by_whichever_saw_it_last(catalog: Catalog) -> None:
    refresh(catalog, [listing("g"), listing("o", OXIDE), listing("c", CITRATE)])
    whole = catalog.as_of()
    refresh(catalog, [listing("o", OXIDE)], ending="partial")
    partial = catalog.as_of()
    assert refresh(catalog, [listing("g")]).gone == 2
    for key, moment in {"o": partial, "c": whole}.items():
        product = catalog.product("acme", key)
        assert product is not None
        assert (product.gone, product.last_seen) == (True, moment)


def test_what_was_gone_and_is_met_again_is_back(catalog: Catalog) -> None:
    refresh(catalog, [listing("g"), listing("o", OXIDE)])
    refresh(catalog, [listing("g")])
    result = refresh(catalog, [listing("o", OXIDE)], ending="partial")
    assert (result.new, result.changed, result.listings) == (0, 1, 2)
    assert seen(catalog)["o"] == catalog.as_of()


def test_a_partial_crawl_that_brought_nothing_has_failed(catalog: Catalog) -> None:
    refresh(catalog, [listing("g")])
    before = content(catalog)
    assert refresh(catalog, [], ending="partial").outcome == "failed"
    assert content(catalog) == before


def test_a_crawl_for_what_is_new_only_adds_and_says_nothing_of_the_rest(catalog: Catalog) -> None:
    refresh(catalog, [listing("g"), listing("o", OXIDE)])
    whole = catalog.as_of()
    result = refresh(catalog, [listing("new")], increment=True)
    assert (result.outcome, result.new, result.gone, result.listings) == ("fresh", 1, 0, 3)
    now = catalog.as_of()
    assert seen(catalog) == {"g": whole, "o": whole, "new": now}
    for key, moment in seen(catalog).items():
        product = catalog.product("acme", key)
        assert product is not None
        assert product.last_seen == moment
    assert refresh(catalog, [], increment=True).gone == 0
    assert refresh(catalog, [listing("g")]).gone == 2


def test_what_is_known_of_a_source_is_what_it_offers_and_whether_that_is_all(catalog: Catalog) -> None:
    def told() -> tuple[set[str], bool]:
        with catalog.start_run([info()]) as run:
            known = run.known("acme")
        return set(known.keys), known.whole

    assert told() == (set(), False)
    refresh(catalog, [listing("g"), listing("o", OXIDE)])
    assert told() == ({"g", "o"}, True)
    refresh(catalog, [listing("new")], ending="partial")
    assert told() == ({"g", "o", "new"}, False)
    refresh(catalog, [], ending="failed")
    assert told() == ({"g", "o", "new"}, False), "what failed changed nothing"
    refresh(catalog, [listing("g")])
    assert told() == ({"g"}, True), "what is gone is not known"
