"""What changed since a time: both databases, refreshes of a shop that changes."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from catalog import Catalog
from catalog.history import ChangeReport, FieldChange
from catalog.reread import reread
from checker import READER_VERSION, Offer
from tests.catalog.shop import (
    CITRATE,
    GLYCINATE,
    NO_MAGNESIUM,
    OXIDE,
    listing,
    read_by_an_older_reader,
    refresh,
)

D = Decimal
ZINC = listing("z", NO_MAGNESIUM, title="Zinc")


def usd(price: str, name: str = "", sku: str | None = None, **more: str) -> Offer:
    return Offer.model_validate({"name": name, "sku": sku, "price": price, "currency": "USD", **more})


def now() -> datetime:
    return datetime.now(UTC)


def nothing(report: ChangeReport) -> bool:
    """Whether a report tells of no change of any kind."""
    told = report.as_dict()
    return not any(told[name] for name in told.keys() - {"since", "as_of"})


def test_an_empty_catalog_has_no_changes(catalog: Catalog) -> None:
    report = catalog.changes(now() - timedelta(days=7))
    assert nothing(report)
    assert report.as_of is None


def test_a_source_that_is_new_is_told_as_a_source(catalog: Catalog) -> None:
    since = now()
    refresh(catalog, [listing("g"), listing("o", OXIDE), ZINC])
    report = catalog.changes(since)
    assert [(new.source, new.products) for new in report.new_sources] == [("acme", 2)]
    assert report.new_products == ()
    assert since < report.new_sources[0].since == report.as_of


def test_what_did_not_change_is_not_told(catalog: Catalog) -> None:
    refresh(catalog, [listing("g"), ZINC])
    since = now()
    refresh(catalog, [listing("g"), ZINC])
    refresh(catalog, [listing("g", OXIDE)], ending="failed")
    assert nothing(catalog.changes(since))


def test_products_come_go_and_come_back(catalog: Catalog) -> None:
    refresh(catalog, [listing("g"), listing("o", OXIDE), ZINC])
    start, last_seen = now(), catalog.as_of()
    refresh(catalog, [listing("g"), listing("c", CITRATE)])
    report = catalog.changes(start)
    assert [(x.item.source_key, x.missing_since) for x in report.new_products] == [("c", None)]
    assert [(x.item.source_key, x.last_seen) for x in report.gone] == [("o", last_seen)], "zinc is not our matter"
    assert report.back == ()
    missing, since = catalog.as_of(), now()
    refresh(catalog, [listing("g"), listing("o", OXIDE), listing("c", CITRATE)])
    report = catalog.changes(since)
    assert [(x.item.source_key, x.missing_since) for x in report.back] == [("o", missing)]
    assert report.gone == report.new_products == ()
    assert [x.item.source_key for x in catalog.changes(start).new_products] == ["c"]
    assert catalog.changes(start).gone == ()


def test_what_is_new_is_not_back_too(catalog: Catalog) -> None:
    refresh(catalog, [listing("g")])
    since = now()
    for shelf in ([listing("g"), listing("o", OXIDE)], [listing("g")], [listing("g"), listing("o", OXIDE)]):
        refresh(catalog, shelf)
    report = catalog.changes(since)
    assert ([x.item.source_key for x in report.new_products], report.back, report.gone) == (["o"], (), ())


def test_whom_the_data_is_from_is_said_where_its_changes_are(catalog: Catalog) -> None:
    refresh(catalog, [listing("g")])
    refresh(catalog, [listing("d", source="labels")], source="labels", kind="dsld")
    since = now()
    refresh(catalog, [listing("o", OXIDE)])
    assert catalog.changes(since).attributions == ()
    refresh(catalog, [listing("d", OXIDE, source="labels")], source="labels", kind="dsld")
    report = catalog.changes(since)
    assert [change.item.source for change in report.reformulations] == ["labels"]
    assert list(report.attributions) == catalog.attributions() != []


@pytest.mark.parametrize(("prices", "lowest"), [(["24.00", "18.00"], True), (["12.00", "24.00", "18.00"], False)])
def test_a_price_says_from_what_to_what_and_whether_it_was_ever_lower(
    catalog: Catalog, prices: list[str], lowest: bool
) -> None:
    for price in prices[:-1]:
        refresh(catalog, [listing("g", GLYCINATE, usd(price, "120 capsules"))])
    since = now()
    refresh(catalog, [listing("g", GLYCINATE, usd(prices[-1], "120 capsules"))])
    (change,) = catalog.changes(since).prices
    assert (change.before, change.now, change.currency, change.name) == (D(24), D(18), "USD", "120 capsules")
    assert change.new_lowest is lowest
    assert change.since == catalog.as_of()
    assert change.item.title == "Magnesium g"


def test_what_went_up_and_down_again_is_no_change(catalog: Catalog) -> None:
    refresh(catalog, [listing("g", GLYCINATE, usd("24.00"))])
    since = now()
    refresh(catalog, [listing("g", GLYCINATE, usd("30.00"))])
    middle = now()
    refresh(catalog, [listing("g", GLYCINATE, usd("24.00"))])
    assert nothing(catalog.changes(since))
    (change,) = catalog.changes(middle).prices
    assert (change.before, change.now, change.new_lowest) == (D(30), D(24), False)


def test_a_price_is_dated_by_its_own_change_not_by_that_of_the_stock(catalog: Catalog) -> None:
    refresh(catalog, [listing("g", GLYCINATE, usd("24.00"))])
    since = now()
    refresh(catalog, [listing("g", GLYCINATE, usd("18.00"))])
    changed = catalog.as_of()
    refresh(catalog, [listing("g", GLYCINATE, usd("18.00", availability="out_of_stock"))])
    (change,) = catalog.changes(since).prices
    assert (change.since, change.availability, change.new_lowest) == (changed, "out_of_stock", True)


@pytest.mark.parametrize(
    "after",
    [
        pytest.param(Offer(price="24.00", currency="EUR"), id="another currency"),
        pytest.param(Offer(currency="USD"), id="a price that is not known"),
        pytest.param(usd("20.00", "60 capsules"), id="another pack"),
    ],
)
def test_prices_that_cannot_be_compared_are_no_change(catalog: Catalog, after: Offer) -> None:
    refresh(catalog, [listing("g", GLYCINATE, usd("24.00", ""))])
    since = now()
    refresh(catalog, [listing("g", GLYCINATE, after)])
    assert catalog.changes(since).prices == ()


def test_each_pack_has_its_own_price(catalog: Catalog) -> None:
    refresh(catalog, [listing("g", CITRATE, usd("10.00", "60 capsules"), usd("18.00", "120 capsules"))])
    since = now()
    refresh(catalog, [listing("g", CITRATE, usd("10.00", "60 capsules"), usd("20.00", "120 capsules"))])
    assert [(c.name, c.before, c.now) for c in catalog.changes(since).prices] == [("120 capsules", D(18), D(20))]


def test_a_product_that_came_back_cheaper_tells_the_price_it_had(catalog: Catalog) -> None:
    refresh(catalog, [listing("g", GLYCINATE, usd("24.00")), listing("o", OXIDE)])
    refresh(catalog, [listing("o", OXIDE)])
    since = now()
    refresh(catalog, [listing("g", GLYCINATE, usd("18.00")), listing("o", OXIDE)])
    (change,) = catalog.changes(since).prices
    assert (change.before, change.now, change.new_lowest) == (D(24), D(18), True)


def test_a_label_that_states_something_else_is_told_with_both_quotes(catalog: Catalog) -> None:
    refresh(catalog, [listing("g", GLYCINATE)])
    since = now()
    weaker = GLYCINATE.replace("200 mg 48%", "150 mg 36%").replace("bisglycinate", "bisglycinate, magnesium oxide")
    refresh(catalog, [listing("g", weaker)])
    began = catalog.as_of()
    refresh(catalog, [listing("g", weaker, description="In a new bottle.")])
    report = catalog.changes(since)
    (change,) = report.reformulations
    assert change.changes == (
        FieldChange("forms", "glycinate", "glycinate, oxide"),
        FieldChange("elemental_mg", "200", "150"),
    )
    assert "Magnesium (as magnesium bisglycinate) 200 mg 48%" in change.quote_before
    assert "Magnesium (as magnesium bisglycinate, magnesium oxide) 150 mg 36%" in change.quote_now
    assert change.since == began
    assert (report.reader_changes, report.not_comparable) == ((), 0)


def test_a_label_that_went_back_is_no_reformulation(catalog: Catalog) -> None:
    refresh(catalog, [listing("g", GLYCINATE)])
    since = now()
    refresh(catalog, [listing("g", OXIDE)])
    middle = now()
    refresh(catalog, [listing("g", GLYCINATE)])
    assert catalog.changes(since).reformulations == ()
    (change,) = catalog.changes(middle).reformulations
    assert change.changes[0] == FieldChange("forms", "oxide", "glycinate")


def test_words_that_say_the_same_are_no_reformulation(catalog: Catalog) -> None:
    refresh(catalog, [listing("g", GLYCINATE)])
    since = now()
    refresh(catalog, [listing("g", GLYCINATE, title="Zen Magnesium", description="Take it with water.")])
    assert nothing(catalog.changes(since))


def test_what_only_the_reader_changed_is_told_apart(catalog: Catalog) -> None:
    refresh(catalog, [listing("g"), listing("c", CITRATE), ZINC])
    read_by_an_older_reader(catalog, elemental_mg=D(1), forms=("oxide",))
    since = now()
    reread(catalog)
    report = catalog.changes(since)
    assert {change.item.source_key for change in report.reader_changes} == {"g", "c"}
    change = next(c for c in report.reader_changes if c.item.source_key == "g")
    assert (change.reader_before, change.reader_now) == ("0.older", READER_VERSION)
    assert change.changes == (FieldChange("forms", "oxide", "glycinate"), FieldChange("elemental_mg", "1", "200"))
    assert "200 mg" in change.quote
    assert nothing(replace(report, reader_changes=()))
    refresh(catalog, [listing("g"), listing("c", CITRATE), ZINC])
    assert nothing(catalog.changes(now()))


def test_a_label_that_changed_with_the_reader_is_counted_and_not_blamed(catalog: Catalog) -> None:
    refresh(catalog, [listing("g", GLYCINATE)])
    read_by_an_older_reader(catalog)
    since = now()
    refresh(catalog, [listing("g", OXIDE)])
    report = catalog.changes(since)
    assert (report.reformulations, report.reader_changes, report.not_comparable) == ((), (), 1)


PACKED = CITRATE.replace("Magnesium (", "Servings Per Container: 40\nMagnesium (")


@pytest.mark.parametrize(
    ("before", "after", "numbers", "quotes"),
    [
        pytest.param(
            listing("g", CITRATE, usd("18.00", "120 capsules", "A1")),
            listing("g", CITRATE, usd("18.00", "90 capsules", "A1")),
            (D(120), D(90), "capsule"),
            ("120 capsules", "90 capsules"),
            id="the name of the pack",
        ),
        pytest.param(
            listing("g", CITRATE, title="Magnesium 120 tablets"),
            listing("g", CITRATE, title="Magnesium 100 tablets"),
            (D(120), D(100), "tablet"),
            ("Magnesium 120 tablets", "Magnesium 100 tablets"),
            id="the title",
        ),
        pytest.param(
            listing("g", CITRATE, pack="Net contents: 250 g"),
            listing("g", CITRATE, pack="Net contents: 200 g"),
            (D(250), D(200), "g"),
            ("Net contents: 250 g", "Net contents: 200 g"),
            id="the pack",
        ),
        pytest.param(
            listing("g", PACKED),
            listing("g", PACKED.replace("40", "30")),
            (D(120), D(90), "capsule"),
            (
                "Serving Size: 3 Capsules … Servings Per Container: 40",
                "Serving Size: 3 Capsules … Servings Per Container: 30",
            ),
            id="the label",
        ),
    ],
)
def test_a_pack_that_holds_less_is_told(
    catalog: Catalog, before: object, after: object, numbers: tuple[object, ...], quotes: tuple[str, str]
) -> None:
    refresh(catalog, [before])  # type: ignore[list-item]
    since = now()
    refresh(catalog, [after])  # type: ignore[list-item]
    (less,) = catalog.changes(since).shrinkage
    assert (less.before, less.now, less.unit) == numbers
    assert (less.quote_before, less.quote_now) == quotes
    assert less.price_before == less.price_now
    assert (less.currency, less.since) == ("USD", catalog.as_of())
    refresh(catalog, [before])  # type: ignore[list-item]
    assert catalog.changes(since).shrinkage == ()


@pytest.mark.parametrize(
    ("before", "after"),
    [
        pytest.param(usd("9.00", "120 capsules", "A"), usd("9.00", "120 tablets", "A"), id="another unit"),
        pytest.param(usd("9.00", "120 capsules", "A"), usd("9.00", "Lemon", "A"), id="no longer stated"),
        pytest.param(usd("9.00", "90 capsules", "A"), usd("9.00", "120 capsules", "A"), id="more"),
    ],
)
def test_a_pack_of_which_nobody_knows_that_it_holds_less_is_not_told(
    catalog: Catalog, before: Offer, after: Offer
) -> None:
    refresh(catalog, [listing("g", CITRATE, before)])
    since = now()
    refresh(catalog, [listing("g", CITRATE, after)])
    assert catalog.changes(since).shrinkage == ()


def test_a_pack_that_is_added_does_not_shrink_the_other(catalog: Catalog) -> None:
    large, small = usd("18.00", "120 capsules", "L"), usd("10.00", "60 capsules", "S")
    refresh(catalog, [listing("g", CITRATE, large)])
    since = now()
    refresh(catalog, [listing("g", CITRATE, small, large)])
    refresh(catalog, [listing("g", CITRATE, small)])
    assert catalog.changes(since).shrinkage == ()


def test_a_report_is_plain_values(catalog: Catalog) -> None:
    refresh(catalog, [listing("g", GLYCINATE, usd("24.00"))])
    since = now()
    refresh(catalog, [listing("g", OXIDE, usd("18.50"))])
    told = catalog.changes(since).as_dict()
    assert told["since"] == since.isoformat()
    assert told["prices"][0] | {"since": ""} == {
        "item": {
            "source": "acme",
            "source_key": "g",
            "url": "https://acme.example/products/g",
            "title": "Magnesium g",
        },
        "name": "",
        "before": "24",
        "now": "18.5",
        "currency": "USD",
        "availability": "unknown",
        "since": "",
        "new_lowest": True,
    }
    assert told["reformulations"][0]["changes"][0] == {"field": "forms", "before": "glycinate", "now": "oxide"}
