"""Products across shops: joined by bar code, else suggested; both databases, labels that the real reader read."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import pytest
import sqlalchemy as sa

from catalog import Catalog, Product, Selection, schema
from catalog.articles import LEAST_SCORE, gtin14, gtins_of, likeness, likeness_key
from checker import Offer
from tests.catalog.shop import CITRATE, GLYCINATE, OXIDE, content, listing, refresh

D = Decimal
UPC, EAN, GTIN14, EAN8 = "036000291452", "0036000291452", "00036000291452", "96385074"
CASE, ANOTHER, IN_STORE = "10036000291459", "4006381333931", "2012345678909"


@pytest.mark.parametrize(
    ("printed", "normal"),
    [
        (UPC, GTIN14),
        (EAN, GTIN14),
        (GTIN14, GTIN14),
        ("0 36000 29145 2", GTIN14),
        (EAN8, "00000096385074"),
        (CASE, CASE),
        ("036000291453", None),
        (IN_STORE, None),
        ("0400000000008", None),
        ("B0DBM77H9J", None),
        ("", None),
        (None, None),
    ],
)
def test_a_bar_code_has_one_way_to_be_written(printed: str | None, normal: str | None) -> None:
    assert gtin14(printed) == normal


def test_the_codes_of_a_listing_are_those_of_its_packs() -> None:
    small, large = Offer(name="60", gtin=UPC), Offer(name="120", gtin=ANOTHER)
    assert gtins_of(listing("g", GLYCINATE, small, large, gtin=EAN8)) == {GTIN14, "04006381333931"}
    assert gtins_of(listing("g", GLYCINATE, Offer(), gtin=EAN8)) == {"00000096385074"}
    assert gtins_of(listing("g", GLYCINATE, gtin=IN_STORE)) == frozenset()


def offer(price: str | None, gtin: str | None = None, currency: str = "USD", stock: str = "in_stock") -> Offer:
    return Offer.model_validate({"price": price, "currency": currency, "gtin": gtin, "availability": stock})


def seen_at(catalog: Catalog, key: str = "g", source: str = "acme", days: int = 14) -> Product:
    found = catalog.product(source, key, timedelta(days=days))
    assert found is not None
    return found


def sold(catalog: Catalog, **offers: Offer) -> None:
    """One article, at each of these sources."""
    for source, each in offers.items():
        refresh(catalog, [listing("g", GLYCINATE, each, source=source)], source=source)


def test_all_offers_of_an_article_are_told_and_the_cheapest_of_each_currency_is_marked(catalog: Catalog) -> None:
    sold(
        catalog,
        acme=offer("24.00", UPC),
        bravo=offer("19.00", EAN),
        carol=offer("9.00", GTIN14, stock="out_of_stock"),
        delta=offer("21.00", UPC, "EUR"),
        other=offer("1.00", ANOTHER),
    )
    found = ("acme", "bravo", "carol", "delta")
    for source in found:
        offers = seen_at(catalog, source=source).same_product
        assert [(o.source, o.price, o.currency, o.is_current, o.is_cheapest) for o in offers] == [
            ("delta", D(21), "EUR", True, True),
            ("bravo", D(19), "USD", True, True),
            ("acme", D(24), "USD", True, False),
            ("carol", D(9), "USD", False, False),
        ]
    assert {o.gtin14 for o in offers} == {GTIN14}
    assert [o.source for o in seen_at(catalog, source="other").same_product] == ["other"]
    assert {row.source: row.offers for row in catalog.compare()} == dict.fromkeys(found, 4) | {"other": 1}
    cheapest = {row.source: row.offers for row in catalog.compare(Selection(cheapest=True))}
    assert cheapest == {"bravo": 4, "delta": 4, "other": 1}, "one of each currency, and how many there are"
    assert all(seen_at(catalog, source=source).row.offers == 4 for source in found)


def test_a_price_for_subscribers_is_never_the_cheapest(catalog: Catalog) -> None:
    once = offer("24.00", UPC).model_copy(update={"name": "One-time purchase"})
    refresh(
        catalog, [listing("g", GLYCINATE, once, offer("9.00", UPC).model_copy(update={"name": "Subscribe & save"}))]
    )
    offers = [(o.name, o.is_current, o.is_cheapest) for o in seen_at(catalog).same_product]
    assert offers == [("One-time purchase", True, True), ("Subscribe & save", False, False)]


def test_what_was_not_seen_lately_is_never_the_cheapest(catalog: Catalog) -> None:
    sold(catalog, acme=offer("24.00", UPC), bravo=offer("19.00", UPC))
    with catalog.writing() as connection:
        bravo = sa.select(schema.sources.c.id).where(schema.sources.c.name == "bravo").scalar_subquery()
        runs = schema.run_sources
        (old,) = connection.scalars(sa.select(runs.c.finished_at).where(runs.c.source_id == bravo))
        month_ago = sa.update(runs).where(runs.c.source_id == bravo).values(finished_at=old - timedelta(days=30))
        connection.execute(month_ago)
    offers = {o.source: (o.is_current, o.is_cheapest) for o in seen_at(catalog).same_product}
    assert offers == {"acme": (True, True), "bravo": (False, False)}
    offers = {o.source: (o.is_current, o.is_cheapest) for o in seen_at(catalog, days=60).same_product}
    assert offers == {"acme": (True, False), "bravo": (True, True)}
    assert [row.source for row in catalog.compare(Selection(cheapest=True))] == ["acme"]


def test_a_code_that_a_shop_gave_itself_joins_nothing(catalog: Catalog) -> None:
    sold(catalog, acme=offer("24.00", IN_STORE), bravo=offer("19.00", IN_STORE))
    assert seen_at(catalog).same_product == ()


def test_each_pack_is_an_article_of_its_own(catalog: Catalog) -> None:
    packs = (
        Offer(name="60 capsules", price="10.00", currency="USD", gtin=UPC, availability="in_stock"),
        Offer(name="120 capsules", price="18.00", currency="USD", gtin=ANOTHER, availability="in_stock"),
    )
    refresh(catalog, [listing("g", CITRATE, *packs)])
    refresh(catalog, [listing("b", CITRATE, offer("17.00", ANOTHER), source="bravo")], source="bravo")
    both = [(o.source, o.name, o.price) for o in seen_at(catalog, "b", "bravo").same_product]
    assert both == [("bravo", "", D(17)), ("acme", "120 capsules", D(18))]
    assert len(seen_at(catalog).same_product) == 3


def test_a_database_without_prices_is_joined_too(catalog: Catalog) -> None:
    sold(catalog, acme=offer("24.00", UPC))
    label = listing("l", GLYCINATE, source="labels", gtin=UPC).model_copy(update={"offers": ()})
    refresh(catalog, [label], source="labels")
    (shop, database) = seen_at(catalog).same_product
    assert (shop.source, database.source, database.price, database.is_current) == ("acme", "labels", None, False)


def test_codes_and_joins_follow_the_listings(catalog: Catalog) -> None:
    sold(catalog, acme=offer("24.00", UPC), bravo=offer("19.00", UPC))
    before = content(catalog)
    sold(catalog, bravo=offer("19.00", UPC))
    assert content(catalog) == before
    sold(catalog, bravo=offer("19.00", ANOTHER))
    assert [o.source for o in seen_at(catalog).same_product] == ["acme"]
    sold(catalog, bravo=offer("19.00", UPC))
    assert len(seen_at(catalog).same_product) == 2
    refresh(catalog, [listing("new", OXIDE, source="bravo")], source="bravo")
    assert [o.source for o in seen_at(catalog).same_product] == ["acme"]


def test_the_comparison_may_show_the_cheapest_of_each_article(catalog: Catalog) -> None:
    sold(catalog, acme=offer("24.00", UPC), bravo=offer("19.00", UPC), carol=offer("9.00", UPC, stock="out_of_stock"))
    sold(catalog, delta=offer("21.00", UPC, "EUR"), echo=offer("30.00"), other=offer("50.00", ANOTHER))
    chosen = Selection(cheapest=True)
    assert {row.source for row in catalog.compare(chosen)} == {"bravo", "delta", "echo", "other"}
    assert catalog.count(chosen) == 4
    sold(catalog, bravo=offer("19.00", UPC, stock="out_of_stock"))
    assert {row.source for row in catalog.compare(chosen)} == {"acme", "delta", "echo", "other"}


def test_of_equal_prices_one_is_shown(catalog: Catalog) -> None:
    sold(catalog, acme=offer("24.00", UPC), bravo=offer("24.00", UPC))
    assert [row.source for row in catalog.compare(Selection(cheapest=True))] == ["acme"]
    assert [o.is_cheapest for o in seen_at(catalog).same_product] == [True, True]


ACME = {"brand": "Acme Labs (fictional)", "title": "Acme Labs Magnesium Glycinate 120 Capsules"}
BRAVO = {"brand": "ACME LABS (fictional)", "title": "Magnesium Glycinate Capsules, High Absorption"}


@pytest.mark.parametrize(
    ("more", "score"),
    [
        pytest.param({}, 100, id="the same product in other words"),
        pytest.param({"brand": None, "title": "Acme Labs (fictional) Magnesium Glycinate"}, 100, id="no brand"),
        pytest.param({"facts_text": GLYCINATE.replace("200 mg 48%", "210 mg 50%")}, None, id="other mg"),
        pytest.param({"facts_text": GLYCINATE.replace("bisglycinate", "citrate")}, None, id="another form"),
        pytest.param({"facts_text": GLYCINATE.replace("60", "30")}, None, id="fewer units"),
        pytest.param({"facts_text": GLYCINATE.replace("Capsules", "Tablets")}, None, id="another unit"),
        pytest.param({"brand": "Zenith (fictional)"}, None, id="another brand"),
        pytest.param({"title": "Sleep Formula Lavender Orange"}, None, id="another title"),
    ],
)
def test_alike_products_without_a_code_are_suggested_and_never_joined(
    catalog: Catalog, more: dict[str, object], score: int | None
) -> None:
    refresh(catalog, [listing("g", **ACME), listing("o", OXIDE)])
    refresh(catalog, [listing("b", source="bravo", **{**BRAVO, **more})], source="bravo")
    for key, source, other in (("g", "acme", "bravo"), ("b", "bravo", "acme")):
        found = seen_at(catalog, key, source)
        assert found.same_product == ()
        assert [(s.row.source, s.score) for s in found.suggestions] == ([(other, score)] if score else [])


@pytest.mark.parametrize(
    ("mine", "theirs", "suggested"),
    [(UPC, None, True), (None, UPC, True), (UPC, ANOTHER, False), (UPC, UPC, False), (IN_STORE, IN_STORE, True)],
)
def test_a_bar_code_on_both_sides_decides(
    catalog: Catalog, mine: str | None, theirs: str | None, suggested: bool
) -> None:
    refresh(catalog, [listing("g", gtin=mine, **ACME)])
    refresh(catalog, [listing("b", source="bravo", gtin=theirs, **BRAVO)], source="bravo")
    for key, source in (("g", "acme"), ("b", "bravo")):
        assert bool(seen_at(catalog, key, source).suggestions) is suggested


def test_products_of_one_source_are_not_suggested_to_each_other(catalog: Catalog) -> None:
    refresh(catalog, [listing("g", **ACME), listing("b", **BRAVO)])
    assert seen_at(catalog).suggestions == ()


def test_what_is_gone_is_not_suggested(catalog: Catalog) -> None:
    refresh(catalog, [listing("g", **ACME)])
    refresh(catalog, [listing("b", source="bravo", **BRAVO)], source="bravo")
    refresh(catalog, [listing("o", OXIDE, source="bravo")], source="bravo")
    assert seen_at(catalog).suggestions == ()
    assert seen_at(catalog, "b", "bravo").suggestions == ()


@pytest.mark.parametrize("unknown", ["elemental_mg_per_unit", "serving_quantity", "servings_per_container", "forms"])
def test_what_is_not_known_is_like_nothing(unknown: str) -> None:
    row: dict[str, object] = {
        "brand": "Acme",
        "title": "Magnesium",
        "forms": ("glycinate",),
        "elemental_mg_per_unit": D(100),
        "serving_quantity": D(2),
        "serving_unit": "capsule",
        "servings_per_container": 60,
    }
    assert likeness_key(row) == "acme/glycinate/100 mg/120 capsule"
    assert likeness_key(row | {unknown: None}) is None


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Solgrove Magnesium Citrate Tablets 120", "Magnesium Citrate 120 Tablets"),
        ("Doctor's Pick, High Absorption Magnesium, 240 Tablets", "Doctors Pick High Absorption Magnesium Tablets"),
        ("Neuro-Mag® Magnesium L-Threonate", "Lifework Neuro-Mag Magnesium L-Threonate 90 Vegetarian Capsules"),
        ("Magnésium Bisglycinate 200 mg", "Magnesium bisglycinate 200mg"),
    ],
)
def test_titles_of_one_article_are_alike(one: str, other: str) -> None:
    assert likeness((None, one), (None, other)) >= LEAST_SCORE


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Magnesium Citrate Powder Lemon", "Magnesium Citrate Powder Orange"),
        ("Swan Magnesium Sleep Complex", "Swan Magnesium Muscle Support"),
        ("Kids Magnesium Gummies Strawberry", "Kids Magnesium Gummies Cherry"),
    ],
)
def test_other_flavours_and_formulas_are_not(one: str, other: str) -> None:
    assert likeness((None, one), (None, other)) < LEAST_SCORE


def test_a_product_tells_which_words_it_showed_from_when_until_when(catalog: Catalog) -> None:
    times = []
    for facts in (GLYCINATE, GLYCINATE, OXIDE, GLYCINATE):
        refresh(catalog, [listing("g", facts), listing("o", OXIDE)])
        times.append(catalog.as_of())
    told = [(p.label.forms, p.since, p.until) for p in seen_at(catalog).label_history]
    assert told == [
        (("glycinate",), times[0], times[2]),
        (("oxide",), times[2], times[3]),
        (("glycinate",), times[3], None),
    ]
    refresh(catalog, [listing("o", OXIDE)])
    assert seen_at(catalog).label_history[-1].until == catalog.as_of()
