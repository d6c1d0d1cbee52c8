"""What readers get, on both databases, from labels that the real reader read."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from decimal import Decimal
from itertools import groupby
from statistics import median
from typing import Any

import pytest
import sqlalchemy as sa

from catalog import COMPARISON_COLUMNS, SORTS, Catalog, FormSummary, PricePoint, Selection, open_catalog, queries
from checker import CatalogError, Listing, Offer
from tests.catalog.conftest import place
from tests.catalog.shop import GLYCINATE, NO_MAGNESIUM, info, listing, refresh

D = Decimal


def facts(form: str, mg: int, *, servings: int | None = 60, quantity: int = 2) -> str:
    """A US panel."""
    container = f"\nServings Per Container: {servings}" if servings else ""
    return f"Serving Size: {quantity} Capsules{container}\nMagnesium (as magnesium {form}) {mg} mg {mg * 100 // 420}%"


def priced(price: str, currency: str = "USD", availability: str = "in_stock") -> Offer:
    return Offer(price=price, currency=currency, availability=availability)


MIX = "Serving Size: 1 Scoop (10 g)\nMagnesium (as magnesium citrate) 200 mg 48%\nSodium 500 mg\nPotassium 250 mg"

ACME = [
    listing("g1", facts("bisglycinate", 200), priced("24.00"), title="Zen Glycinate"),
    listing("g2", facts("bisglycinate", 100, quantity=1), priced("24.00"), title="abc Glycinate 100%"),
    listing("c1", facts("citrate", 150), priced("9.00"), title="Citrate_plus", brand="Größe (fictional)"),
    listing("m1", facts("malate", 125), title="Malate", brand=None),
    listing("o1", facts("oxide", 400), priced("12.00"), title="Oxide"),
    listing("o2", facts("oxide", 250), priced("3.00"), title="Oxide small"),
    listing("n1", facts("citrate", 150, servings=None), priced("1.00"), title="Citrate, servings unknown"),
    listing("z1", NO_MAGNESIUM, title="Zinc"),
]
BRAVO = [
    listing("c2", facts("citrate", 150), priced("0.90", "EUR"), source="bravo", market="EU", title="Cheap in euro"),
    listing("b1", facts("oxide, magnesium citrate", 300), priced("30.00", "EUR"), source="bravo", market="EU"),
    listing("x1", MIX, Offer(price="5.00"), source="bravo", market="EU", title="No currency"),
]


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def shops(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Catalog]:
    """A catalog of two shops, one of them abroad; for tests that only read."""
    url = place(request.param, request, tmp_path_factory.mktemp("shops"))
    with open_catalog(url, create=True) as catalog:
        refresh(catalog, [x.model_copy(update={"offers": ()}) if x.source_key == "m1" else x for x in ACME])
        refresh(catalog, BRAVO, source="bravo")
    with open_catalog(url, read_only=True) as catalog:
        yield catalog


def keys(catalog: Catalog, selection: Selection = queries.EVERYTHING, **how: Any) -> list[str]:
    return [row.source_key for row in catalog.compare(selection, **how)]


def test_the_columns_are_those_of_every_export() -> None:
    assert ", ".join(COMPARISON_COLUMNS) == (
        "source, source_key, url, title, brand, gtin, market, form_group, forms, contains_oxide, elemental_mg, "
        "elemental_mg_low, elemental_mg_high, basis, compound_mg, percent_dv, serving_quantity, serving_unit, "
        "servings_per_container, servings_quote, elemental_mg_per_unit, dosage_form, sodium_mg, potassium_mg, price, "
        "currency, availability, "
        "price_per_serving, price_per_100mg, findings, worst_severity, quote, seen_at, read_at, reader_version, "
        "offers, attribution"
    )


def test_a_row_says_all_that_is_known(catalog: Catalog) -> None:
    offer = Offer(name="120 capsules", gtin="0 36000 29145 2", price="24.00", currency="usd", availability="in_stock")
    refresh(catalog, [listing("g", GLYCINATE, offer, title="Zen Glycinate")])
    (row,) = catalog.compare()
    known = {name: getattr(row, name) for name in COMPARISON_COLUMNS if name not in VARYING}
    assert known == {
        "source": "acme",
        "source_key": "g",
        "url": "https://acme.example/products/g",
        "title": "Zen Glycinate",
        "brand": "Acme (fictional)",
        "gtin": "036000291452",
        "market": "US",
        "form_group": "glycinate",
        "forms": ("glycinate",),
        "contains_oxide": False,
        "elemental_mg": D(200),
        "elemental_mg_low": None,
        "elemental_mg_high": None,
        "basis": "declared",
        "compound_mg": None,
        "percent_dv": D(48),
        "serving_quantity": D(2),
        "serving_unit": "capsule",
        "servings_per_container": 60,
        "servings_quote": "Servings Per Container: 60",
        "elemental_mg_per_unit": D(100),
        "dosage_form": "capsule",
        "sodium_mg": None,
        "potassium_mg": None,
        "price": D(24),
        "currency": "USD",
        "availability": "in_stock",
        "price_per_serving": D("0.4"),
        "price_per_100mg": D("0.2"),
        "quote": "Magnesium (as magnesium bisglycinate) 200 mg 48%",
        "offers": 1,
        "attribution": None,
    }
    assert row.seen_at == catalog.as_of()
    assert row.seen_at.utcoffset() == row.read_at.utcoffset() == row.seen_at - row.seen_at
    product = catalog.product("acme", "g")
    assert product is not None
    assert product.row == row
    assert row.findings == tuple(finding.code for finding in product.findings)


VARYING = {"seen_at", "read_at", "reader_version", "findings", "worst_severity"}


def test_a_wrong_gtin_stays_with_the_listing_only(catalog: Catalog) -> None:
    given = listing("g", GLYCINATE, Offer(gtin="036000291453", price="1.00"), gtin="not a gtin")
    refresh(catalog, [given])
    product = catalog.product("acme", "g")
    assert product is not None
    assert product.row.gtin is None
    assert catalog.compare()[0].gtin is None
    assert (product.listing.gtin, product.offers[0].gtin) == ("not a gtin", "036000291453")


def test_a_price_never_ranks_across_currencies_and_the_unknown_is_last(shops: Catalog) -> None:
    rows = shops.compare()
    assert [(row.currency, row.source_key) for row in rows[:7]] == [
        ("USD", "o2"),  # 0.02 a 100 mg
        ("USD", "o1"),  # 0.05
        ("USD", "c1"),  # 0.10
        ("USD", "g1"),  # 0.20
        ("USD", "g2"),  # 0.40
        ("EUR", "c2"),  # 0.01, yet in another currency
        ("EUR", "b1"),  # 0.1667
    ]
    assert {row.source_key for row in rows[7:]} == {"m1", "n1", "x1"}
    assert all(row.price_per_100mg is None for row in rows[7:])
    assert rows[6].price_per_100mg == D("0.166667")


def test_the_dearest_first_leaves_the_unknown_last(shops: Catalog) -> None:
    assert keys(shops, descending=True)[:7] == ["g2", "g1", "c1", "o1", "o2", "b1", "c2"]


@pytest.mark.parametrize("descending", [False, True])
@pytest.mark.parametrize("sort", SORTS)
def test_every_sort_is_in_order_with_the_unknown_last(shops: Catalog, sort: str, descending: bool) -> None:
    rows = shops.compare(sort=sort, descending=descending, limit=None)
    assert len(rows) == 10
    values = [getattr(row, sort) for row in rows]
    known = [value for value in values if value is not None]
    if sort in queries.PRICES:
        ranked = [row for row in rows if getattr(row, sort) is not None and row.currency]
        assert [currency for currency, _ in groupby(ranked, key=lambda row: row.currency)] == ["USD", "EUR"]
        assert ranked == rows[: len(ranked)]
        known = [getattr(row, sort) for row in ranked if row.currency == "USD"]
    else:
        assert values == known + [None] * (len(rows) - len(known))
    if sort == "title":
        known = [title.casefold() for title in known]
    assert known == sorted(known, reverse=descending)


@pytest.mark.parametrize("sort", SORTS)
def test_pages_put_together_are_the_whole(shops: Catalog, sort: str) -> None:
    whole = keys(shops, sort=sort, limit=None)
    for size in (1, 3, 4):
        pages = [keys(shops, sort=sort, limit=size, offset=offset) for offset in range(0, 12, size)]
        assert [key for page in pages for key in page] == whole


def test_an_unknown_sort_is_refused(shops: Catalog) -> None:
    with pytest.raises(CatalogError, match=r"cannot be sorted by 'colour'; it can by price_per_100mg, "):
        shops.compare(sort="colour")


@pytest.mark.parametrize(
    ("selection", "found"),
    [
        pytest.param(Selection(forms=("glycinate", "malate")), {"g1", "g2", "m1"}, id="forms"),
        pytest.param(Selection(forms=("blend",)), {"b1"}, id="blend"),
        pytest.param(Selection(sources=("bravo",)), {"c2", "b1", "x1"}, id="source"),
        pytest.param(Selection(markets=("EU",), forms=("citrate",)), {"c2", "x1"}, id="market and form"),
        pytest.param(Selection(currency="EUR"), {"c2", "b1"}, id="currency"),
        pytest.param(Selection(max_price=D("9.00")), {"c1", "o2", "n1", "c2", "x1"}, id="price"),
        pytest.param(Selection(no_oxide=True), {"g1", "g2", "c1", "m1", "n1", "c2", "x1"}, id="no oxide"),
        pytest.param(Selection(text="ZEN"), {"g1"}, id="words in any case"),
        pytest.param(Selection(text="glycinate fictional"), {"g1", "g2"}, id="words of title and brand"),
        pytest.param(Selection(text="GRÖSSE"), {"c1"}, id="case of any script"),
        pytest.param(Selection(text="100%"), {"g2"}, id="percent is a character"),
        pytest.param(Selection(text="e_p"), {"c1"}, id="underscore is a character"),
        pytest.param(Selection(text="'; DROP TABLE comparison; --"), set(), id="no SQL"),
        pytest.param(Selection(sources=("nowhere",)), set(), id="nothing"),
        pytest.param(Selection(brands=("Größe (fictional)",)), {"c1"}, id="brand"),
        pytest.param(Selection(dosage_forms=("powder",)), {"x1"}, id="dosage form"),
        pytest.param(Selection(in_stock=True, forms=("citrate",)), {"c1", "n1", "c2"}, id="in stock"),
        pytest.param(Selection(electrolytes=True), {"x1"}, id="electrolytes"),
    ],
)
def test_selections(shops: Catalog, selection: Selection, found: set[str]) -> None:
    assert set(keys(shops, selection)) == found
    assert shops.count(selection) == len(found)
    assert sum(summary.products for summary in shops.form_summaries(selection)) == len(found)


def test_no_warnings_leaves_out_labels_with_a_warning_or_an_error(shops: Catalog) -> None:
    rows = shops.compare(limit=None)
    calm = {row.source_key for row in rows if row.worst_severity in (None, "info")}
    assert set(keys(shops, Selection(no_warnings=True), limit=None)) == calm
    assert calm < {row.source_key for row in rows}, "400 mg of oxide is above the upper limit"
    for row in rows:
        product = shops.product(row.source, row.source_key)
        assert product is not None
        severities = {finding.severity for finding in product.findings}
        assert row.worst_severity == next((s for s in ("error", "warning", "info") if s in severities), None)


def test_summaries_of_the_forms(shops: Catalog) -> None:
    found = shops.form_summaries()
    assert [(s.form_group, s.currency, s.products) for s in found] == [
        ("glycinate", "USD", 2),
        ("citrate", "USD", 2),
        ("citrate", "EUR", 1),
        ("citrate", None, 1),
        ("malate", None, 1),
        ("oxide", "USD", 2),
        ("blend", "EUR", 1),
    ]
    expected = FormSummary("glycinate", "USD", 2, 2, D("0.3"), D("0.2"), D("0.4"), 0)
    assert replace(found[0], with_warnings=0) == expected
    assert (found[1].priced, found[1].median_price_per_100mg) == (1, D("0.1"))
    assert (found[4].priced, found[4].median_price_per_100mg, found[4].lowest) == (0, None, None)
    assert sum(s.with_warnings for s in found) == shops.count() - shops.count(Selection(no_warnings=True))


def test_the_medians_that_a_run_keeps_are_those_of_its_products(catalog: Catalog, many: list[Listing]) -> None:
    refresh(catalog, many)
    kept = {s.form_group: s.median_price_per_100mg for s in catalog.form_summaries()}
    prices: dict[str, list[Decimal]] = {}
    for row in catalog.compare(limit=None):
        prices.setdefault(row.form_group, []).extend(filter(None, [row.price_per_100mg]))
    assert kept == {form: median(found) for form, found in prices.items()}
    asked = {s.form_group: s.median_price_per_100mg for s in catalog.form_summaries(Selection(max_price=D(1000)))}
    assert asked == kept


def test_points_of_a_chart(shops: Catalog) -> None:
    points = shops.price_points(Selection(forms=("oxide",)), "USD")
    assert points == [
        PricePoint("oxide", "acme", "o2", "Oxide small", D("0.02"), D(125), True),
        PricePoint("oxide", "acme", "o1", "Oxide", D("0.05"), D(200), True),
    ]
    assert len(shops.price_points(Selection(), "EUR", limit=1)) == 1
    assert shops.price_points(Selection(), "KES") == []


def test_a_mix_says_its_electrolytes_and_nobody_else_does(shops: Catalog) -> None:
    rows = {row.source_key: row for row in shops.compare(limit=None)}
    assert (rows["x1"].sodium_mg, rows["x1"].potassium_mg) == (D(500), D(250))
    assert {rows[key].sodium_mg for key in rows.keys() - {"x1"}} == {None}


def test_what_was_not_seen_of_late_is_left_out(shops: Catalog) -> None:
    times = {state.name: state.last_success_at for state in shops.source_states()}
    assert {row.source for row in shops.compare(Selection(seen_since=times["bravo"]))} == {"bravo"}
    assert shops.count(Selection(seen_since=times["acme"])) == 10


def test_a_listing_that_a_partial_crawl_saw_counts_as_seen(catalog: Catalog) -> None:
    refresh(catalog, [listing("a"), listing("b")])
    refresh(catalog, [listing("b")], ending="partial")
    (last,) = (state.last_run_at for state in catalog.source_states())
    assert keys(catalog, Selection(seen_since=last)) == ["b"]


def test_facets_and_currencies_are_counted(shops: Catalog) -> None:
    assert shops.currencies() == [("USD", 6), ("EUR", 2)]
    facets = shops.facets()
    assert facets.forms == [("citrate", 4), ("glycinate", 2), ("oxide", 2), ("blend", 1), ("malate", 1)]
    assert facets.sources == [("acme", 7), ("bravo", 3)]
    assert facets.markets == [("US", 7), ("EU", 3)]
    assert facets.currencies == shops.currencies()
    assert facets.brands == [("Acme (fictional)", 8), ("Größe (fictional)", 1)]
    assert facets.dosage_forms == [("capsule", 9), ("powder", 1)]


def test_each_source_was_seen_at_its_own_time(shops: Catalog) -> None:
    times = {row.source: row.seen_at for row in shops.compare(limit=None)}
    assert times == {state.name: state.last_success_at for state in shops.source_states()}
    assert shops.as_of() == times["bravo"] > times["acme"]


def test_a_product_that_is_not_there_is_none(shops: Catalog) -> None:
    assert shops.product("acme", "nothing") is None
    assert shops.product("nowhere", "g1") is None


def test_a_product_without_magnesium_can_be_looked_up(shops: Catalog) -> None:
    product = shops.product("acme", "z1")
    assert product is not None
    assert not product.label.has_magnesium
    assert product.row.elemental_mg is None


def test_several_threads_read_at_once(url: str) -> None:
    with open_catalog(url, create=True) as writer:
        refresh(writer, ACME)
    with open_catalog(url, read_only=True) as reader, ThreadPoolExecutor(4) as threads:
        sizes = list(threads.map(lambda _: (reader.count(), len(reader.compare(limit=None))), range(20)))
    assert sizes == [(7, 7)] * 20


def plan(catalog: Catalog, selection: Selection, sort: str) -> str:
    """How the database walks to the first rows of a comparison."""
    with catalog.reading() as connection:
        query = next(queries.ranked(connection, selection, sort, descending=False)).limit(20)
        sql = str(query.compile(connection.engine, compile_kwargs={"literal_binds": True}))
        explain = "EXPLAIN QUERY PLAN" if connection.dialect.name == "sqlite" else "EXPLAIN"
        return "\n".join(str(row[-1]) for row in connection.exec_driver_sql(f"{explain} {sql}"))


@pytest.fixture(scope="module")
def many() -> list[Listing]:
    """Enough that a database with a choice takes an index."""
    forms = ("bisglycinate", "citrate", "malate", "oxide")
    common = [listing(str(n), facts(forms[n % 4], 50 + n % 300), priced(f"{5 + n % 50}.00")) for n in range(2000)]
    return [*common, *(listing(f"rare{n}", facts("taurate", 100), priced("30.00")) for n in range(5))]


def test_the_comparison_walks_an_index(catalog: Catalog, many: list[Listing]) -> None:
    refresh(catalog, many)
    if catalog.engine.dialect.name == "postgresql":
        with catalog.writing() as connection:
            connection.execute(sa.text("ANALYZE"))  # as the server itself does after a while
    walked = {
        "price_per_100mg": "ix_comparison_price_per_100mg ",
        "price": "ix_comparison_price ",
        "elemental_mg": "ix_comparison_elemental_mg ",
        "elemental_mg_per_unit": "ix_comparison_elemental_mg_per_unit ",
        "title": "ix_comparison_title",
    }
    for sort, index in walked.items():
        found = plan(catalog, Selection(), sort)
        assert index in f"{found} ", found
        assert "ORDER BY" not in found, found
        assert "Sort" not in found, found
    assert "ix_comparison_form " in plan(catalog, Selection(forms=("taurate",)), "price_per_100mg")


def test_a_chart_of_many_draws_a_fair_sample(catalog: Catalog, many: list[Listing]) -> None:
    refresh(catalog, many)
    whole, drawn = (catalog.price_points(Selection(), "USD", limit=limit) for limit in (5000, 400))
    assert (len(whole), len(drawn)) == (2005, 400)
    assert drawn == sorted(drawn, key=lambda point: point.price_per_100mg)
    for form in ("glycinate", "oxide"):
        share = sum(point.form_group == form for point in drawn) / len(drawn)
        assert 0.2 < share < 0.3, "a quarter of the products have this form"
    cheaper = sum(point.price_per_100mg < whole[1000].price_per_100mg for point in drawn)
    assert 150 < cheaper < 250, "half of the sample is cheaper than the median of all"


def test_names_of_any_length_fit_the_indexes(catalog: Catalog) -> None:
    wild = "".join(chr(0x10000 + 7919 * n % 60000) for n in range(20_000))  # which no database can compress
    refresh(catalog, [listing("a", title=wild, brand=wild[::-1])])
    (row,) = catalog.compare(Selection(brands=(wild[::-1],), text=wild[:20]))
    assert row.title == wild


def test_what_is_gone_is_counted_no_more(catalog: Catalog) -> None:
    refresh(catalog, [listing("a"), listing("b", brand="Bell (fictional)")])
    assert catalog.facets().brands == [("Acme (fictional)", 1), ("Bell (fictional)", 1)]
    refresh(catalog, [listing("a")])
    assert catalog.facets().brands == [("Acme (fictional)", 1)]
    assert catalog.facets().forms == [("glycinate", 1)]
    assert catalog.count(Selection(brands=("ACME (FICTIONAL)",))) == catalog.count() == 1


def test_who_is_made_up_says_so(catalog: Catalog) -> None:
    refresh(catalog, [listing("g")], demo=True)
    with catalog.start_run([info("bravo")]):
        pass
    assert catalog.is_demo()


def test_what_is_out_of_stock_never_ranks_as_cheapest(catalog: Catalog) -> None:
    stock = {"a": ("5.00", "out_of_stock"), "b": ("9.00", "in_stock"), "c": ("8.00", "unknown")}
    citrate = facts("citrate", 150)
    refresh(catalog, [listing(k, citrate, priced(price, availability=how)) for k, (price, how) in stock.items()])
    assert keys(catalog) == ["c", "b", "a"]
    assert keys(catalog, sort="price", descending=True) == ["b", "c", "a"]


def test_data_that_asks_for_it_names_whom_it_is_from(catalog: Catalog) -> None:
    for kind in ("shopify", "dsld", "openfoodfacts"):
        refresh(catalog, [listing("g", GLYCINATE, source=kind)], source=kind, kind=kind)
    refresh(catalog, [listing("g", GLYCINATE, source="made-up")], source="made-up", kind="dsld", demo=True)
    rows = {row.source: row for row in catalog.compare()}
    year = f"Dietary Supplement Label Database, {rows['dsld'].seen_at.year}. https://dsld.od.nih.gov/"
    assert year in (rows["dsld"].attribution or "")
    assert "Open Food Facts contributors, ODbL 1.0" in (rows["openfoodfacts"].attribution or "")
    assert rows["shopify"].attribution is rows["made-up"].attribution is None
    assert catalog.attributions() == [rows["dsld"].attribution, rows["openfoodfacts"].attribution]
    for source, row in rows.items():
        product = catalog.product(source, "g")
        assert product is not None
        assert product.row.attribution == row.attribution
