"""The demo's products: made up, varied, and chemically possible unless a trap says otherwise."""

from __future__ import annotations

from collections import Counter
from decimal import Decimal

import pytest
from stdnum import ean

from checker import FORMS
from spiders.demo.shops import Product, demo_shops, handle

PRODUCTS = [(shop, product) for shop in demo_shops() for product in shop.products]
WITH_MAGNESIUM = [p for _, p in PRODUCTS if "expect" in p and p["expect"].get("has_magnesium", True)]


def packs(product: Product) -> list[dict[str, str]]:
    return product.get("packs", [])


def test_there_is_enough_to_compare() -> None:
    assert len(WITH_MAGNESIUM) >= 60
    groups = Counter(form for product in WITH_MAGNESIUM for form in product["expect"]["forms"])
    assert min(groups[form] for form in ("glycinate", "citrate", "malate", "oxide")) >= 5
    assert len(groups) >= 18
    assert sum("trap" in product for product in WITH_MAGNESIUM) >= 15
    assert len(PRODUCTS) - len(WITH_MAGNESIUM) >= 8, "skipping must be seen too"


def test_everything_says_that_it_is_fictional() -> None:
    for shop, product in PRODUCTS:
        assert shop.name.startswith("demo-")
        assert shop.title.endswith("(fictional)")
        assert product["brand"].endswith("(fictional)"), product["title"]


def test_addresses_are_unique_within_a_shop() -> None:
    for shop in demo_shops():
        assert len({handle(product) for product in shop.products}) == len(shop.products)


def test_article_numbers_are_valid_and_belong_to_nobody() -> None:
    numbers = [pack["gtin"] for _, product in PRODUCTS for pack in packs(product) if "gtin" in pack]
    assert len(numbers) >= 10
    for number in numbers:
        assert ean.is_valid(number)
        assert number.startswith("29"), "GS1 reserves 20 to 29 for use inside a company"
    shared = Counter(numbers + [product["gtin"] for _, product in PRODUCTS if "gtin" in product])
    assert max(shared.values()) >= 2, "the same article in two shops"


@pytest.mark.parametrize("product", WITH_MAGNESIUM, ids=lambda product: product["title"])
def test_what_a_product_is_expected_to_state_is_possible(product: Product) -> None:
    expect = product["expect"]
    assert set(expect["forms"]) <= FORMS.keys()
    if "elemental_mg" in expect and "compound_mg" in expect and "trap" not in product:
        highest = FORMS[expect["forms"][0]].fractions
        assert highest is not None
        assert Decimal(expect["elemental_mg"]) <= Decimal(expect["compound_mg"]) * highest[1] * Decimal("1.02")
