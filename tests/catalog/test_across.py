"""The findings that need several products, sources or visits: both databases, labels that the real reader read."""

from __future__ import annotations

import random
from collections.abc import Callable
from decimal import Decimal

import pytest
import sqlalchemy as sa

from catalog import Catalog, Selection, schema
from catalog.across import LEAST_POPULATION, outlier_scores
from catalog.findings import compare_across
from checker import Finding, Listing, Offer
from tests.catalog.shop import CITRATE, GLYCINATE, NO_MAGNESIUM, OXIDE, content, listing, refresh

D = Decimal
UPC, SAME_AS_EAN, ANOTHER = "036000291452", "0036000291452", "4006381333931"
BUFFERED = GLYCINATE.replace("bisglycinate", "bisglycinate, magnesium oxide")
ONE_CAPSULE = GLYCINATE.replace("2 Capsules", "1 Capsule").replace("200 mg 48%", "100 mg 24%")
STRONGER = GLYCINATE.replace("200 mg 48%", "250 mg 60%")


def found(catalog: Catalog, key: str, code: str, source: str = "acme") -> Finding | None:
    """A product's finding of a code; its row, its findings and what the tables keep must agree."""
    product = catalog.product(source, key)
    assert product is not None
    assert product.row.findings == tuple(dict.fromkeys(finding.code for finding in product.findings))
    if not product.gone and product.label.has_magnesium:
        assert product.row in catalog.compare(limit=None)
    return next((finding for finding in product.findings if finding.code == code), None)


def priced(
    key: str, price: str, facts: str = GLYCINATE, availability: str = "in_stock", currency: str = "USD"
) -> Listing:
    """A listing whose 100 mg of magnesium cost a 120th of the price."""
    return listing(
        key, facts, Offer.model_validate({"price": price, "currency": currency, "availability": availability})
    )


def shelf(*prices: str) -> list[Listing]:
    return [priced(str(number), price) for number, price in enumerate(prices)]


USUAL = ("10.00", "11.00", "12.00", "13.00", "14.00", "15.00", "16.00")


def of_article(key: str, facts: str, source: str = "acme", gtin: str = UPC, **more: object) -> Listing:
    return listing(key, facts, Offer(price="24.00", currency="USD", gtin=gtin), source=source, **more)


def test_a_price_far_from_those_of_its_form_is_told_with_the_numbers(catalog: Catalog) -> None:
    refresh(catalog, shelf(*USUAL, "120.00"))
    finding = found(catalog, "7", "price-outlier")
    assert finding is not None
    assert finding.severity == "info"
    assert finding.message == (
        "100 mg of magnesium cost 1 USD; the median of 8 products with magnesium glycinate in stock is 0.1125 USD."
    )
    assert finding.quote == "Magnesium (as magnesium bisglycinate) 200 mg 48%"
    score = finding.numbers["robust_z_score"]
    assert score > D("3.5")
    assert finding.numbers == {
        "price_per_100mg": D(1),
        "median_price_per_100mg": D("0.1125"),
        "products": D(8),
        "robust_z_score": score,
    }
    assert not any(found(catalog, str(number), "price-outlier") for number in range(7))


def test_a_price_far_below_is_told_too(catalog: Catalog) -> None:
    refresh(catalog, shelf(*USUAL, "1.00"))
    finding = found(catalog, "7", "price-outlier")
    assert finding is not None
    assert finding.numbers["robust_z_score"] < D("-3.5")


@pytest.mark.parametrize(
    "others",
    [
        pytest.param([], id="only one product"),
        pytest.param(shelf(*USUAL[1:]), id="one product too few"),
        pytest.param(shelf("12.00", "12.00", "12.00", "12.00", "12.00", "10.00", "14.00"), id="no spread"),
        pytest.param([*shelf(*USUAL[1:]), priced("6", "16.00", availability="out_of_stock")], id="not in stock"),
        pytest.param([*shelf(*USUAL[1:]), priced("6", "16.00", OXIDE)], id="another form"),
        pytest.param([*shelf(*USUAL[1:]), priced("6", "16.00", currency="EUR")], id="another currency"),
    ],
)
def test_no_price_is_an_outlier_where_none_is_usual(catalog: Catalog, others: list[Listing]) -> None:
    refresh(catalog, [*others, priced("far", "120.00")])
    assert found(catalog, "far", "price-outlier") is None


def test_products_without_one_form_have_no_usual_price(catalog: Catalog) -> None:
    refresh(catalog, [priced(str(n), price, BUFFERED) for n, price in enumerate((*USUAL, "120.00"))])
    assert {row.form_group for row in catalog.compare()} == {"blend"}
    assert found(catalog, "7", "price-outlier") is None


def test_another_sources_prices_make_and_unmake_an_outlier(catalog: Catalog) -> None:
    refresh(catalog, [priced("far", "120.00")])
    bravo = [x.model_copy(update={"source": "bravo"}) for x in shelf(*USUAL)]
    refresh(catalog, bravo, source="bravo")
    assert found(catalog, "far", "price-outlier") is not None
    refresh(catalog, bravo[:-1], source="bravo")
    assert found(catalog, "far", "price-outlier") is None


def test_the_score_does_not_depend_on_the_unit_of_money_and_needs_a_population() -> None:
    prices = [float(price) for price in (*USUAL, "120.00")]
    ((place, score),) = outlier_scores(prices).items()
    assert place == 7
    assert outlier_scores([price * 1e6 for price in prices]) == {7: pytest.approx(score)}
    assert outlier_scores(prices[-LEAST_POPULATION + 1 :]) == {}
    assert outlier_scores([]) == outlier_scores([3.0] * 20) == outlier_scores([3.0] * 20 + [900.0]) == {}


@pytest.mark.parametrize("gtin", [UPC, SAME_AS_EAN])
def test_two_sources_whose_labels_of_one_article_differ_are_told_of_each_other(catalog: Catalog, gtin: str) -> None:
    refresh(catalog, [of_article("g", GLYCINATE)])
    refresh(catalog, [of_article("o", CITRATE, "bravo", gtin)], source="bravo")
    one, other = found(catalog, "g", "sources-disagree"), found(catalog, "o", "sources-disagree", "bravo")
    assert one is not None
    assert other is not None
    assert one.severity == "warning"
    assert one.message == (
        "This label says 200 mg of magnesium as magnesium glycinate per 2 capsules; "
        "the label of the same bar code at bravo says 150 mg of magnesium as magnesium citrate per 3 capsules."
    )
    assert one.quote == "Magnesium (as magnesium bisglycinate) 200 mg 48%"
    assert one.numbers == {
        "elemental_mg": D(200),
        "serving_quantity": D(2),
        "elemental_mg_other": D(150),
        "serving_quantity_other": D(3),
    }
    assert "at acme says 200 mg" in other.message
    assert other.quote == "Magnesium (as magnesium citrate) 150 mg 36%"
    assert {row.worst_severity for row in catalog.compare()} == {"warning"}
    assert catalog.count(Selection(no_warnings=True)) == 0


ALIKE = {
    "the same label": GLYCINATE,
    "per capsule": ONE_CAPSULE,
    "a little rounding": GLYCINATE.replace("200 mg 48%", "185 mg 44%"),
    "no form stated": "Serving Size: 2 Capsules\nMagnesium 200 mg 48%",
    "the family of the form": GLYCINATE.replace("magnesium bisglycinate", "magnesium amino acid chelate"),
    "no amount": "Serving Size: 2 Capsules\nIngredients: magnesium bisglycinate, cellulose.",
    "no serving": "Magnesium (as magnesium bisglycinate) 100 mg 24%",
    "no magnesium": NO_MAGNESIUM,
}


@pytest.mark.parametrize("name", ALIKE)
def test_labels_that_can_both_be_right_do_not_disagree(catalog: Catalog, name: str) -> None:
    refresh(catalog, [of_article("g", GLYCINATE)])
    refresh(catalog, [of_article("o", ALIKE[name], "bravo", title="Kapseln")], source="bravo")
    assert found(catalog, "g", "sources-disagree") is None
    assert found(catalog, "o", "sources-disagree", "bravo") is None


@pytest.mark.parametrize("facts", [STRONGER, BUFFERED, GLYCINATE.replace("2 Capsules", "1 Capsule")])
def test_another_amount_another_form_or_another_serving_of_the_amount_is_a_difference(
    catalog: Catalog, facts: str
) -> None:
    refresh(catalog, [of_article("g", GLYCINATE)])
    refresh(catalog, [of_article("o", facts, "bravo")], source="bravo")
    assert found(catalog, "g", "sources-disagree") is not None


@pytest.mark.parametrize(
    ("mine", "others"),
    [
        pytest.param([of_article("g", GLYCINATE), of_article("o", OXIDE)], [], id="one source"),
        pytest.param([of_article("g", GLYCINATE)], [("o", OXIDE, ANOTHER)], id="another article"),
        pytest.param([of_article("g", GLYCINATE, gtin="123")], [("o", OXIDE, "123")], id="no bar code"),
        pytest.param([of_article("g", GLYCINATE)], [("o", OXIDE, UPC), ("c", CITRATE, UPC)], id="reused by its source"),
    ],
)
def test_only_one_article_of_two_sources_is_compared(
    catalog: Catalog, mine: list[Listing], others: list[tuple[str, str, str]]
) -> None:
    refresh(catalog, mine)
    refresh(catalog, [of_article(key, facts, "bravo", gtin) for key, facts, gtin in others], source="bravo")
    assert found(catalog, "g", "sources-disagree") is None


@pytest.mark.parametrize(
    "mended",
    [
        pytest.param(lambda: [of_article("o", GLYCINATE, "bravo")], id="resolved"),
        pytest.param(lambda: [of_article("o", OXIDE, "bravo", ANOTHER)], id="another bar code"),
        pytest.param(lambda: [of_article("o", NO_MAGNESIUM, "bravo", title="Zinc")], id="no magnesium"),
        pytest.param(lambda: [listing("z", NO_MAGNESIUM, title="Zinc", source="bravo")], id="gone"),
    ],
)
def test_a_disagreement_ends_for_both_when_one_changes_or_goes(
    catalog: Catalog, mended: Callable[[], list[Listing]]
) -> None:
    refresh(catalog, [of_article("g", GLYCINATE)])
    before = content(catalog)["findings"]
    refresh(catalog, [of_article("o", OXIDE, "bravo")], source="bravo")
    assert found(catalog, "g", "sources-disagree") is not None
    assert catalog.compare(Selection(sources=("acme",)))[0].worst_severity == "warning"
    refresh(catalog, mended(), source="bravo")
    for key, source in (("g", "acme"), ("o", "bravo")):
        assert found(catalog, key, "sources-disagree", source) is None
    of_acme = {row[0] for row in before}
    assert [row for row in content(catalog)["findings"] if row[0] in of_acme] == before
    with catalog.reading() as connection:
        kept = connection.scalars(sa.select(schema.findings.c.code)).all()
    assert "sources-disagree" not in kept


def test_a_disagreement_stays_through_refreshes_that_do_not_touch_it_and_they_write_nothing(catalog: Catalog) -> None:
    mine, theirs = of_article("g", GLYCINATE), of_article("o", OXIDE, "bravo")
    refresh(catalog, [mine])
    refresh(catalog, [theirs], source="bravo")
    before = content(catalog)
    refresh(catalog, [mine])
    refresh(catalog, [theirs], source="bravo")
    assert content(catalog) == before
    cheaper = mine.model_copy(update={"offers": (Offer(price="20.00", currency="USD", gtin=UPC),)})
    refresh(catalog, [cheaper])
    assert content(catalog)["findings"] == before["findings"]
    refresh(catalog, [cheaper], ending="failed")
    assert found(catalog, "g", "sources-disagree") is not None


def test_labels_that_different_readers_read_do_not_disagree(catalog: Catalog) -> None:
    refresh(catalog, [of_article("g", GLYCINATE)])
    with catalog.writing() as connection:  # as an older version of this program would have left it
        for table in (schema.labels, schema.comparison):
            connection.execute(sa.update(table).values(reader_version="0.older"))
    refresh(catalog, [of_article("o", OXIDE, "bravo")], source="bravo")
    assert found(catalog, "o", "sources-disagree", "bravo") is None


def test_a_label_that_changes_says_from_what_to_what(catalog: Catalog) -> None:
    refresh(catalog, [listing("g", GLYCINATE)])
    day = catalog.compare()[0].read_at
    refresh(catalog, [listing("g", BUFFERED.replace("200 mg 48%", "150 mg 36%"))])
    finding = found(catalog, "g", "reformulated")
    assert finding is not None
    assert finding.severity == "info"
    assert finding.message == (
        f"On {day:%Y-%m-%d} the label said 200 mg of magnesium as magnesium glycinate per 2 capsules; "
        "now it says 150 mg of magnesium as magnesium glycinate and magnesium oxide per 2 capsules."
    )
    assert finding.quote is not None
    assert "150 mg" in finding.quote
    assert finding.numbers == {
        "elemental_mg_before": D(200),
        "serving_quantity_before": D(2),
        "elemental_mg": D(150),
        "serving_quantity": D(2),
    }


@pytest.mark.parametrize("facts", [STRONGER, BUFFERED, ONE_CAPSULE, GLYCINATE.replace("2 Capsules", "2 Tablets")])
def test_form_amount_and_serving_make_a_label_another(catalog: Catalog, facts: str) -> None:
    refresh(catalog, [listing("g", GLYCINATE)])
    assert found(catalog, "g", "reformulated") is None
    refresh(catalog, [listing("g", facts)])
    assert found(catalog, "g", "reformulated") is not None


@pytest.mark.parametrize(
    "after",
    [
        pytest.param(listing("g", GLYCINATE, title="Zen Magnesium"), id="a new title"),
        pytest.param(listing("g", GLYCINATE, description="Now in a new bottle."), id="other words around it"),
        pytest.param(listing("g", GLYCINATE, Offer(price="9.00", currency="USD")), id="a new price"),
        pytest.param(listing("g", "Serving Size: 2 Capsules\nMagnesium 200 mg 48%"), id="the form no longer named"),
        pytest.param(listing("g", NO_MAGNESIUM, title="Zinc"), id="no magnesium any more"),
    ],
)
def test_what_does_not_say_otherwise_is_no_reformulation(catalog: Catalog, after: Listing) -> None:
    refresh(catalog, [listing("g", GLYCINATE)])
    refresh(catalog, [after])
    assert found(catalog, "g", "reformulated") is None


def test_a_reformulation_stays_known_and_may_go_back_and_forth(catalog: Catalog) -> None:
    refresh(catalog, [listing("g", GLYCINATE)])
    refresh(catalog, [listing("g", OXIDE)])
    refresh(catalog, [listing("g", OXIDE, description="Now in a new bottle.")])
    finding = found(catalog, "g", "reformulated")
    assert finding is not None
    assert "said 200 mg of magnesium as magnesium glycinate" in finding.message
    before = content(catalog)
    refresh(catalog, [listing("g", OXIDE, description="Now in a new bottle.")])
    assert content(catalog) == before
    refresh(catalog, [listing("g", GLYCINATE)])
    back = found(catalog, "g", "reformulated")
    assert back is not None
    assert (back.numbers["elemental_mg_before"], back.numbers["elemental_mg"]) == (D(400), D(200))


def test_of_several_earlier_labels_the_latest_is_told(catalog: Catalog) -> None:
    for facts in (GLYCINATE, CITRATE, OXIDE):
        refresh(catalog, [listing("g", facts)])
    finding = found(catalog, "g", "reformulated")
    assert finding is not None
    assert (finding.numbers["elemental_mg_before"], finding.numbers["elemental_mg"]) == (D(150), D(400))


def test_another_reader_alone_is_no_reformulation(catalog: Catalog) -> None:
    refresh(catalog, [listing("g", GLYCINATE)])
    refresh(catalog, [listing("g", OXIDE)])
    assert found(catalog, "g", "reformulated") is not None
    with catalog.writing() as connection:  # as an older version of this program would have left it
        for table in (schema.labels, schema.comparison):
            connection.execute(sa.update(table).values(reader_version="0.older"))
        connection.execute(sa.update(schema.listings).values(read_with="0.older/1"))
    refresh(catalog, [listing("g", OXIDE)])
    assert found(catalog, "g", "reformulated") is None


def test_many_outliers_are_written_in_batches(catalog: Catalog, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("catalog.findings.AT_A_TIME", 2)
    far = [priced(f"far{n}", f"12{n}.00") for n in range(5)]
    refresh(catalog, [*shelf(*USUAL, *USUAL), *far])
    assert all(found(catalog, x.source_key, "price-outlier") for x in far)
    refresh(catalog, shelf(*USUAL, *USUAL))
    assert not any(found(catalog, x.source_key, "price-outlier") for x in far)


@pytest.mark.parametrize("seed", range(3))
def test_comparing_only_what_changed_finds_what_comparing_all_would(catalog: Catalog, seed: int) -> None:
    """Shops that change at random: labels, prices, bar codes, what is on offer."""
    dice, codes = random.Random(seed), set()
    articles = {"a": UPC, "b": ANOTHER, "c": "96385074", "d": "00012345600012"}
    for _ in range(10):
        source = dice.choice(("acme", "bravo", "carol"))
        shown = [
            listing(
                key,
                dice.choice((GLYCINATE, STRONGER, OXIDE, NO_MAGNESIUM)),
                Offer(price=f"{dice.choice((10, 11, 12, 13, 400))}.00", currency="USD", availability="in_stock",
                      gtin=dice.choice((code, code, None))),
                source=source,
                description=dice.choice(("", "In a new bottle.")),
            )
            for key, code in articles.items()
            if dice.random() < 0.8
        ]  # fmt: skip
        refresh(catalog, shown, source=source, ending=dice.choice(("complete", "complete", "partial")))
        before = content(catalog)
        with catalog.writing() as connection:
            compare_across(connection)
        assert content(catalog) == before
        codes |= {row[2] for row in before["findings"]}
    assert "sources-disagree" in codes
