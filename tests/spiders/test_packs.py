"""Packs, bundles and subscriptions of shops, from the shop's answer to the row of the comparison."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

from catalog import ComparisonRow, open_catalog
from checker import Listing
from spiders.config import SourceConfig
from tests.spiders.crawling import Crawled, crawl_all
from tests.spiders.sites import Answer, Site, product, serving, shop, variant

FACTS = "<p>Serving Size: 2 Capsules</p><p>Magnesium (as magnesium citrate) 100 mg 24%</p>"


def pills(key: int, title: str, **values: Any) -> dict[str, Any]:
    return product(key, title, body_html=FACTS, **values)


def sized(option: str, *sizes: tuple[str, str]) -> dict[str, Any]:
    """Variants by one option."""
    return {
        "options": [{"name": option, "position": 1}],
        "variants": [variant(title=size, option1=size, price=price) for size, price in sizes],
    }


SHOPIFY = [
    pills(1, "Magnesium", **sized("Capsules", ("60", "9.00"), ("120", "15.00"))),
    pills(2, "Magnesium 60 capsules", **sized("Quantity", ("1 Bottle", "9.00"), ("3 Bottles", "24.00"))),
    pills(3, "Magnesium 60 capsules", **sized("Buy", ("Subscribe & Save", "7.00"), ("One-time purchase", "9.00"))),
    pills(4, "Magnesium 60 capsules and friends", product_type="Bundles"),
    pills(5, "Magnesium 60 capsules in a box", tags="sleep, bundle"),
    pills(6, "Magnesium 60 capsules for all", tags=["bundle-and-save", "Build your bundle"]),
    pills(7, "Magnesium", handle="magnesium-60-capsules"),
    pills(8, "Magnesium 60 capsules Auto renew"),
    pills(9, "Magnesium 60 capsules, old answer", options=["Size"]),
    pills(10, "Magnesium 60 capsules, odd answer", options=7, variants=5),
]


def priced_page(price: str) -> Answer:
    """A product's page whose schema.org data says a price in euro."""
    offer = {"@type": "Offer", "price": price, "priceCurrency": "EUR"}
    data = {"@context": "https://schema.org", "@type": "Product", "name": "Magnesium", "offers": offer}
    page = f'<!doctype html><h1>Magnesium</h1><script type="application/ld+json">{json.dumps(data)}</script>'
    return Answer(page, media="text/html")


def silent_shop(price: str) -> Site:
    """A shop whose currency stands on its pages only, beside this price."""
    site = shop([pills(1, "Magnesium", variants=[variant(price="20.00")])])
    site.answers |= {"/products/p-1.json": Answer(status=404), "/products/p-1": priced_page(price)}
    return site


BARCODE = "036000291452"


def coded_shop() -> Site:
    """A shop that tells bar codes for each product by itself; one of its products is gone, one answers no JSON."""
    packs = [variant(id=11, title="60 Capsules", price="9.00"), variant(id=12, title="90 Capsules", available=False)]
    site = shop([pills(1, "Magnesium", variants=packs), pills(2, "Gone magnesium"), pills(3, "Magnesium, in pieces")])
    codes = [{"id": 12, "barcode": BARCODE, "price_currency": "EUR"}, {"id": 11, "barcode": None}]
    site.answers["/products/p-1.json"] = Answer({"product": {**pills(1, "Magnesium"), "variants": codes}})
    site.answers["/products/p-2.json"] = Answer(status=404)
    site.answers["/products/p-3.json"] = Answer('{"product": ')
    return site


def woo(key: int, **values: Any) -> dict[str, Any]:
    prices = {"price": "900", "currency_code": "EUR", "currency_minor_unit": 2}
    link = f"https://acme.example/product/{key}/"
    return {
        "id": key,
        "name": "Magnesium 60 capsules",
        "permalink": link,
        "description": FACTS,
        "prices": prices,
    } | values


def woo_site() -> Site:
    def pack(key: int, **values: Any) -> dict[str, Any]:
        return woo(key, **{"parent": 3, "type": "variation", **values})

    many = [{"id": key} for key in range(1000, 1250)]
    listed = [
        woo(1, type="bundle"),
        woo(2, type="subscription"),
        woo(3, name="Magnesium", type="variable", variations=[{"id": 31}, {"id": 32}]),
        woo(4, name="Magnesium in all colours", type="variable", variations=many),
    ]
    variations = "/wp-json/wc/store/v1/products?type=variation&parent={}&per_page=100"
    return Site({
        "/wp-json/wc/store/v1/products?per_page=100&page=1": Answer(listed, headers={"X-WP-TotalPages": "1"}),
        variations.format(3): Answer([
            pack(31, variation="Size: 60 Capsules", prices={"price": "900", "currency_code": "EUR"}),
            pack(32, variation="Size: 120 Capsules", prices={"price": "1500", "currency_code": "EUR"}),
            pack(33, variation="Size: 120 Capsules", type="subscription_variation", prices={"price": "1200"}),
        ]),
        variations.format(4): Answer([woo(one["id"], parent=4, variation="Red") for one in many[:100]]),
    })  # fmt: skip


KINDS = {"woocommerce": "woocommerce"}
"""Of the sites that are no Shopify shops."""


@pytest.fixture(scope="module")
def crawled(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Crawled]:
    sites = {
        "shopify": shop(SHOPIFY),
        "woocommerce": woo_site(),
        "on_page": silent_shop("20"),
        "converted": silent_shop("18.40"),
        "coded": coded_shop(),
    }
    with serving(*sites.values()):
        sources = {
            name: SourceConfig(url=site.url, kind=KINDS.get(name, "shopify"), delay=0, barcodes=name == "coded")
            for name, site in sites.items()
        }
        yield crawl_all(sources, tmp_path_factory.mktemp("packs"))


@pytest.fixture(scope="module")
def rows(crawled: Crawled) -> dict[tuple[str, str], ComparisonRow]:
    with open_catalog(crawled.database, read_only=True) as catalog:
        return {(row.source, row.source_key): row for row in catalog.compare(limit=None)}


@pytest.mark.parametrize(
    ("source", "key", "price", "servings", "per_100mg"),
    [
        pytest.param("shopify", 1, "15", 60, "0.25", id="a number of the option Capsules"),
        pytest.param("shopify", 2, "24", 90, "0.266667", id="three bottles of what the label describes"),
        pytest.param("shopify", 3, "9", 30, "0.3", id="the price without a subscription"),
        pytest.param("shopify", 4, "19.99", None, None, id="a bundle by its type"),
        pytest.param("shopify", 5, "19.99", None, None, id="a bundle by a tag"),
        pytest.param("shopify", 6, "19.99", 30, "0.666333", id="tags that only speak of bundles"),
        pytest.param("shopify", 7, "19.99", 30, "0.666333", id="the pack stands in the address"),
        pytest.param("shopify", 8, None, 30, None, id="for subscribers only"),
        pytest.param("shopify", 9, "19.99", 30, "0.666333", id="options as names"),
        pytest.param("woocommerce", 1, "9", None, None, id="a bundle by its type"),
        pytest.param("woocommerce", 2, None, 30, None, id="a subscription by its type"),
        pytest.param("woocommerce", 3, "15", 60, "0.25", id="variations, one for subscribers"),
    ],
)
def test_what_a_pack_costs(
    rows: dict[tuple[str, str], ComparisonRow],
    source: str,
    key: int,
    price: str | None,
    servings: int | None,
    per_100mg: str | None,
) -> None:
    row = rows[source, str(key)]
    shown = (row.price, row.servings_per_container, row.price_per_100mg)
    assert tuple(value if value is None else str(value) for value in shown) == (
        price,
        servings and str(servings),
        per_100mg,
    )


def test_a_currency_on_the_page_counts_where_the_price_beside_it_is_the_lists(crawled: Crawled) -> None:
    def currency(source: str) -> str | None:
        return crawled.listing(source, "1").offers[0].currency

    assert (currency("on_page"), currency("converted")) == ("EUR", None)
    assert "the shop does not say its currency" in crawled.results["converted"]["message"]
    assert not crawled.results["on_page"]["message"]


def test_bar_codes_are_asked_for_where_that_is_wished(crawled: Crawled) -> None:
    listing, result = crawled.listing("coded", "1"), crawled.results["coded"]
    shown = [(offer.name, offer.gtin, offer.price, offer.availability) for offer in listing.offers]
    assert shown == [
        ("60 Capsules", None, "9.00", "in_stock"),
        ("90 Capsules", BARCODE, "19.99", "out_of_stock"),
    ]
    assert (result["outcome"], result["listings"], result["skipped"]) == (
        "partial",
        1,
        {"not_found": 1, "no_answer": 1},
    )
    assert crawled.results["shopify"]["requests"] == 4, "robots.txt, two pages, one currency"


def test_bundles_are_marked(rows: dict[tuple[str, str], ComparisonRow]) -> None:
    marked = {key for key, row in rows.items() if "sold-in-bundle" in row.findings}
    assert marked == {("shopify", "4"), ("shopify", "5"), ("woocommerce", "1")}


def test_variants_are_named_in_the_shops_words(crawled: Crawled) -> None:
    def names(listing: Listing) -> list[str]:
        return [offer.name for offer in listing.offers]

    assert names(crawled.listing("shopify", "1")) == ["60 Capsules", "120 Capsules"]
    assert names(crawled.listing("shopify", "2")) == ["1 Bottle", "3 Bottles"]
    assert names(crawled.listing("woocommerce", "3"))[-1] == "Size: 120 Capsules / subscription"


def test_packs_that_are_left_out_are_told(crawled: Crawled) -> None:
    assert len(crawled.listing("woocommerce", "4").offers) == 100
    assert "of Magnesium in all colours only the first 100 of 250 packs" in crawled.results["woocommerce"]["message"]


def test_a_product_of_an_odd_shape_does_not_hurt_the_others(crawled: Crawled) -> None:
    result = crawled.results["shopify"]
    assert (result["outcome"], result["listings"], result["skipped"]) == ("fresh", 9, {"unreadable": 1})
