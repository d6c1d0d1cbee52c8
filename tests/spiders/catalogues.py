"""A small good catalogue per kind of source: six products on three pages, and then no more."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from spiders.dsld_search import Slice
from spiders.openfoodfacts import PATH

FACTS = "<p>Magnesium (as magnesium citrate) 100 mg 24%</p>"
Row = dict[str, Any]


@dataclass(frozen=True)
class Catalogue:
    """How a kind of source shows its products."""

    page: Callable[[int, int], str]
    """The path of a page of the list, by number (1 ...) and by how many products came before it."""
    body: Callable[[list[Row]], object]
    """The answer that holds these products."""
    row: Callable[[str, str, str | None, int], Row]
    """A product: key, title, price, number of packs."""
    single: Callable[[Row], Mapping[str, object]] = field(default=lambda _row: {})
    """What else belongs to a product: path to answer."""
    settings: Mapping[str, object] = field(default_factory=dict)
    """What the configuration says beside the address."""

    def pages(self, *lists: list[Row]) -> dict[str, bytes]:
        """Everything that the site answers: these pages, and an empty one after them."""
        found: dict[str, object] = {}
        before = 0
        for number, rows in enumerate([*lists, []], 1):
            found[self.page(number, before)] = self.body(rows)
            before += len(rows)
            for row in filter(lambda row: isinstance(row, dict), rows):
                found |= self.single(row)
        return {
            path: json.dumps(answer, ensure_ascii=False).encode("utf-8", "surrogatepass")
            for path, answer in found.items()
        }

    def rows(self, *keys: str, title: str = "Magnésium", price: str | None = "19.99", packs: int = 1) -> list[Row]:
        return [self.row(key, title, price, packs) for key in keys]


def _shopify_row(key: str, title: str, price: str | None, packs: int) -> Row:
    variants = [{"id": n, "title": f"{n + 1} capsules", "price": price, "available": True} for n in range(packs)]
    return {
        "id": int(key),
        "title": title,
        "handle": f"p-{key}",
        "body_html": FACTS,
        "vendor": "Acme",
        "variants": variants,
    }


def _woo_row(key: str, title: str, price: str | None, packs: int) -> Row:
    prices = {"price": price and price.replace(".", ""), "currency_code": "EUR", "currency_minor_unit": 2}
    texts = {"name": title, "permalink": f"https://acme.example/{key}", "description": FACTS}
    variations = [{"id": int(key) * 10_000 + n} for n in range(packs)] if packs > 1 else []
    return {"id": int(key), **texts, "prices": prices, "is_in_stock": True, "variations": variations}


def _woo_packs(row: Row) -> dict[str, object]:
    key = row.get("id")
    packs = [{**row, "id": each["id"], "parent": key, "variation": f"Size: {each['id']}", "variations": []}
             for each in row.get("variations") or ()]  # fmt: skip
    return {f"/wp-json/wc/store/v1/products?type=variation&parent={key}&per_page=100": packs} if packs else {}


def _dsld_row(key: str, title: str, _price: str | None, _packs: int) -> Row:
    return {"_id": key, "_source": {"allIngredients": [{"name": "Magnesium"}]}, "title": title}


def _dsld_label(row: Row) -> dict[str, object]:
    key = row.get("_id", "0")
    quantity = {"servingSizeOrder": 1, "quantity": 100, "unit": "mg", "operator": "="}
    ingredient = {"name": "Magnesium", "notes": "Magnesium (Form: as Magnesium Oxide)", "quantity": [quantity]}
    label = {
        "id": int(key),
        "fullName": row.get("title"),
        "brandName": "Acme (fictional)",
        "ingredientRows": [ingredient],
    }
    return {f"/dsld/v9/label/{key}": label}


def _food_row(key: str, title: str, _price: str | None, _packs: int) -> Row:
    return {"code": key, "product_name": title, "nutriments": {"magnesium_serving": 0.1}}


CATALOGUES: dict[str, Catalogue] = {
    "shopify": Catalogue(
        page=lambda number, _: f"/products.json?limit=250&page={number}",
        body=lambda rows: {"products": rows},
        row=_shopify_row,
        settings={"currency": "USD"},
    ),
    "woocommerce": Catalogue(
        page=lambda number, _: f"/wp-json/wc/store/v1/products?per_page=100&page={number}",
        body=lambda rows: rows,
        row=_woo_row,
        single=_woo_packs,
    ),
    "dsld": Catalogue(
        page=lambda _, before: Slice().path(before),
        body=lambda rows: {"hits": rows},
        row=_dsld_row,
        single=_dsld_label,
    ),
    "openfoodfacts": Catalogue(
        page=lambda number, _: f"/{PATH.format(page=number)}",
        body=lambda rows: {"products": rows},
        row=_food_row,
    ),
}
