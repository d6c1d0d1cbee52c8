"""Data that looks wrong is kept aside until a person decides."""

from __future__ import annotations

from decimal import Decimal

import pytest

from catalog import Catalog, CrawlReport, Review, Selection
from catalog.schema import captures, held_listings
from checker import InputError, Listing, Offer
from tests.catalog.shop import CITRATE, GLYCINATE, NO_MAGNESIUM, content, info, listing, refresh, sizes

UNREADABLE = "Serving Size: 2 Capsules\nMagnesium (as magnesium bisglycinate): see the label"
SIZE = 12


def shelf(size: int = SIZE, facts: str = GLYCINATE, price: float = 20, currency: str = "USD") -> list[Listing]:
    """Products at a price and the next dollars."""
    return [
        listing(f"{n:03}", facts, Offer(price=f"{price + n:.2f}", currency=currency, availability="in_stock"))
        for n in range(size)
    ]


def shown(catalog: Catalog) -> dict[str, tuple[str, object]]:
    """What readers see."""
    tables = content(catalog)
    aside = {captures.name, held_listings.name, "held"}
    return {name: rows for name, rows in tables.items() if name not in aside}


def only_review(catalog: Catalog) -> Review:
    (review,) = catalog.reviews()
    return review


WRONG = {
    "gone": (shelf(5), "only 5 of last time's 12 listings are still there"),
    "other keys": ([listing(f"new-{n}") for n in range(12)], "only 0 of last time's 12 listings are still there"),
    "empty": ([], "it offers nothing any more; last time it had 12 listings"),
    "unreadable": (shelf(facts=UNREADABLE), "0 of 12 labels state their elemental magnesium, last time 12 of 12 did"),
    "no magnesium": (
        [*shelf(3), *(each.model_copy(update={"title": "Zinc"}) for each in shelf(facts=NO_MAGNESIUM)[3:])],
        "3 of 12 listings state magnesium, last time 12 of 12 did",
    ),
    "no prices": (
        [each.model_copy(update={"offers": (Offer(availability="in_stock"),)}) for each in shelf()],
        "0 of 12 products have a price, last time 12 of 12 did",
    ),
    "dearer": (shelf(price=60), "prices are 2.57 times what they were (median)"),
    "cheaper": (shelf(price=1), "prices are 0.25 times what they were (median)"),
    "currency": (shelf(currency="EUR"), "12 of 12 products changed their currency"),
}


def test_prices_in_a_currency_that_is_not_known_jump_too(catalog: Catalog) -> None:
    def unnamed(price: int) -> list[Listing]:
        offers = (Offer(price=f"{price}.00", availability="in_stock"),)
        return [each.model_copy(update={"offers": offers}) for each in shelf()]

    refresh(catalog, unnamed(20))
    assert refresh(catalog, unnamed(21)).outcome == "fresh"
    assert refresh(catalog, unnamed(60)).outcome == "held"


@pytest.mark.parametrize("case", WRONG)
def test_what_looks_wrong_is_kept_aside_and_readers_see_the_old(catalog: Catalog, case: str) -> None:
    given, reason = WRONG[case]
    refresh(catalog, shelf())
    before, as_of = shown(catalog), catalog.as_of()
    result = refresh(catalog, given, page="another page")
    assert result.outcome == "held"
    assert result.message == f"kept aside for review: {reason}"
    assert (result.new, result.changed, result.gone, result.listings) == (0, 0, 0, 12)
    assert shown(catalog) == before
    assert catalog.as_of() == as_of
    assert only_review(catalog).difference.reasons == (reason,)
    assert only_review(catalog).difference.examples
    (state,) = catalog.source_states()
    assert (state.outcome, state.last_success_at, state.held_since) == ("held", as_of, only_review(catalog).held_at)


RIGHT = {
    "a few go": shelf(6),
    "some more expensive": [*shelf(price=60)[:5], *shelf()[5:]],
    "a fifth off": shelf(price=15),
    "some unreadable": [*shelf(facts=UNREADABLE)[:3], *shelf()[3:]],
    "many more": shelf(40),
}


@pytest.mark.parametrize("case", RIGHT)
def test_an_ordinary_week_is_published(catalog: Catalog, case: str) -> None:
    refresh(catalog, shelf())
    assert refresh(catalog, RIGHT[case]).outcome == "fresh"
    assert catalog.reviews() == []


@pytest.mark.parametrize(("size", "left"), [(3, 1), (6, 2), (1, 1)])
def test_a_small_shop_may_change(catalog: Catalog, size: int, left: int) -> None:
    refresh(catalog, shelf(size))
    assert refresh(catalog, shelf(left, facts=CITRATE, price=90)).outcome == "fresh"


def test_the_first_crawl_is_never_held(catalog: Catalog) -> None:
    assert refresh(catalog, []).outcome == "fresh"
    assert refresh(catalog, shelf(facts=UNREADABLE)).outcome == "fresh"


def test_the_bundled_shops_are_shown_whatever_they_offer(catalog: Catalog) -> None:
    refresh(catalog, shelf(), demo=True)
    assert refresh(catalog, shelf(4, price=90), demo=True).outcome == "fresh"


def test_the_difference_is_shown_with_examples(catalog: Catalog) -> None:
    refresh(catalog, shelf())
    refresh(catalog, [*shelf(1, UNREADABLE, 20), *shelf(5, price=60)[1:], listing("new")])
    found = only_review(catalog).difference
    assert (found.before["listings"], found.after["listings"]) == (12, 6)
    assert (found.new, found.changed, found.gone) == (1, 5, 7)
    by_kind = {kind: [e for e in found.examples if e.kind == kind] for kind in ("gone", "unread", "price")}
    assert [(e.source_key, e.before, e.after) for e in by_kind["gone"]][:2] == [
        ("005", "25 USD", ""),
        ("006", "26 USD", ""),
    ]
    assert [(e.title, e.before, e.after) for e in by_kind["unread"]] == [("Magnesium 000", "200 mg", "")]
    assert {(e.before, e.after) for e in by_kind["price"]} >= {("21 USD", "61 USD")}
    assert only_review(catalog).as_dict()["examples"][0]["kind"] == "gone"


def test_what_is_accepted_is_published_as_of_when_it_was_collected(catalog: Catalog) -> None:
    refresh(catalog, shelf())
    refresh(catalog, shelf(4, CITRATE), page="another page", skipped={"no magnesium": 2})
    held_at = only_review(catalog).held_at
    refresh(catalog, [listing("g", source="bravo")], source="bravo")
    as_of, last_run = catalog.as_of(), catalog.last_run()
    result = catalog.accept("acme")
    assert (catalog.as_of(), catalog.last_run()) == (as_of, last_run + 1), "who caches must see that it changed"
    acme = Selection(sources=("acme",))
    assert (result.outcome, result.listings, result.changed, result.gone) == ("fresh", 4, 4, 8)
    assert result.skipped == {"no magnesium": 2}
    assert [row.form_group for row in catalog.compare(acme)] == ["citrate"] * 4
    assert {row.seen_at for row in catalog.compare(acme)} == {held_at}
    state, _ = catalog.source_states()
    assert (state.outcome, state.last_success_at, state.held_since, state.listings) == ("fresh", held_at, None, 4)
    assert catalog.reviews() == []
    product = catalog.product("acme", "000")
    assert product is not None
    assert product.capture_url == "https://acme.example/products.json?page=1"
    assert refresh(catalog, shelf(4, CITRATE)).outcome == "fresh", "from now on this is what is usual"
    assert sizes(catalog)["held_listings"] == 0


def test_accepting_gives_what_publishing_would_have(catalog: Catalog) -> None:
    refresh(catalog, shelf())
    refresh(catalog, shelf(price=60), page="another page")
    catalog.accept("acme")
    accepted = catalog.compare()
    assert {row.price for row in accepted} == {Decimal(60 + n) for n in range(12)}
    before = content(catalog)
    assert refresh(catalog, shelf(price=60), page="another page").changed == 0
    assert content(catalog) == before, "what was accepted is just what was collected"


def test_what_is_rejected_is_forgotten_and_its_run_has_failed(catalog: Catalog) -> None:
    refresh(catalog, shelf())
    before = shown(catalog)
    refresh(catalog, shelf(4))
    catalog.reject("acme")
    assert shown(catalog) == before
    assert catalog.reviews() == []
    (state,) = catalog.source_states()
    assert (state.outcome, state.held_since) == ("failed", None)
    assert state.message.startswith("rejected in review: kept aside for review: only 4 of")
    assert refresh(catalog, shelf(4)).outcome == "held", "it still looks wrong"


def test_a_newer_crawl_takes_the_place_of_what_is_held(catalog: Catalog) -> None:
    refresh(catalog, shelf())
    refresh(catalog, shelf(4))
    refresh(catalog, shelf(3))
    assert only_review(catalog).difference.after["listings"] == 3
    assert sizes(catalog)["held_listings"] == 3
    refresh(catalog, [], ending="failed")
    assert only_review(catalog).difference.after["listings"] == 3, "a failed crawl says nothing"
    assert refresh(catalog, shelf()).outcome == "fresh"
    assert catalog.reviews() == []
    assert sizes(catalog)["held_listings"] == 0


def test_a_partial_crawl_is_judged_by_its_prices_and_not_by_what_it_missed(catalog: Catalog) -> None:
    refresh(catalog, shelf(24))
    assert refresh(catalog, shelf(6), ending="partial").outcome == "partial"
    result = refresh(catalog, shelf(20, price=90), ending="partial")
    assert result.outcome == "held"
    assert result.message.endswith("(median); HTTP 503 at page 2")
    assert (catalog.accept("acme").outcome, catalog.count()) == ("partial", 24)


def test_one_source_is_held_and_another_published(catalog: Catalog) -> None:
    refresh(catalog, shelf())
    with catalog.start_run([info("acme"), info("bravo")]) as run:
        run.intake("bravo").listing(listing("g", source="bravo"))
        assert run.publish("acme", CrawlReport("acme", "complete")).outcome == "held"
        assert run.publish("bravo", CrawlReport("bravo", "complete")).outcome == "fresh"
    assert catalog.count(Selection(sources=("acme",))) == 12
    assert catalog.count(Selection(sources=("bravo",))) == 1


def test_many_listings_are_kept_aside_in_batches(catalog: Catalog) -> None:
    refresh(catalog, shelf(1300))
    assert refresh(catalog, shelf(600)).outcome == "held"
    assert catalog.accept("acme").listings == catalog.count() == 600


def test_a_decision_needs_something_to_decide(catalog: Catalog) -> None:
    refresh(catalog, shelf())
    for decide in (catalog.accept, catalog.reject):
        for source in ("acme", "unknown"):
            with pytest.raises(InputError, match=f"^Nothing of '{source}' waits for review\\.$"):
                decide(source)
