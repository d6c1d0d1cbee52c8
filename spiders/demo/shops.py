"""The demo shops' data, and each product as the interfaces would print it."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from html import escape
from importlib.resources import files
from typing import Any

Product = dict[str, Any]
"""One product of a data file: title, brand, facts or rows, packs, expect, trap."""

NOTICE = "Demo data: this shop and its products are made up."


@dataclass(frozen=True)
class Shop:
    """One demo shop."""

    name: str
    """Name of the source, `demo-...`."""
    kind: str
    """dsld, shopify or woocommerce."""
    title: str
    market: str
    currency: str | None
    products: tuple[Product, ...]


@cache
def demo_shops() -> tuple[Shop, ...]:
    """Every demo shop; the products are numbered from 1001 in the order of the file."""
    folder = files("spiders.demo") / "data"
    found = []
    for path in sorted(folder.iterdir(), key=lambda path: path.name):
        shop = tomllib.loads(path.read_text("utf-8"))
        numbered = tuple({"id": 1001 + index, **product} for index, product in enumerate(shop["product"]))
        name = path.name.removesuffix(".toml")
        found.append(Shop(name, shop["kind"], shop["title"], shop["market"], shop.get("currency"), numbered))
    return tuple(found)


def handle(product: Product) -> str:
    """The product's part of the address."""
    words = "".join(c if c.isascii() and c.isalnum() else " " for c in product["title"].lower()).split()
    return "-".join([*words[:6], str(product["id"])])


def facts_html(product: Product) -> str:
    """The facts panel as the product's `style` writes it: a table, a list, or lines in a paragraph."""
    lines = [[escape(cell.strip()) for cell in line.split(" | ")] for line in product["facts"].strip("\n").splitlines()]
    match product["style"]:
        case "table":
            cells = ("".join(f"<td>{cell}</td>" for cell in line) for line in lines)
            return "<table><tbody>" + "".join(f"<tr>{row}</tr>" for row in cells) + "</tbody></table>"
        case "list":
            return "<ul>" + "".join(f"<li>{' '.join(line)}</li>" for line in lines) + "</ul>"
        case _:
            return "<p>" + "<br>\n".join(" ".join(line) for line in lines) + "</p>"


def page_html(shop: Shop, product: Product) -> str:
    """The page for people."""
    title = escape(product["title"])
    body = facts_html(product) if "facts" in product else f"<pre>{escape(str(product['rows']))}</pre>"
    return (
        f'<!doctype html><html lang="en"><meta charset="utf-8"><title>{title}</title><h1>{title}</h1>'
        f"<p><strong>{NOTICE}</strong></p><p>{escape(product['brand'])}, {escape(shop.title)}</p>{body}</html>"
    )


def shopify_product(product: Product) -> dict[str, Any]:
    """A product in the shape of Shopify's `/products.json`."""
    variants = [
        {
            "id": product["id"] * 10 + number,
            "title": pack["name"],
            "option1": pack["name"],
            "option2": None,
            "option3": None,
            "sku": f"D{product['id']}-{number}",
            "price": pack.get("sale", pack["price"]),
            "compare_at_price": pack["price"] if "sale" in pack else None,
            "available": pack.get("available", True),
            "grams": 200,
        }
        for number, pack in enumerate(product["packs"])
    ]
    return {
        "id": product["id"],
        "title": product["title"],
        "handle": handle(product),
        "body_html": facts_html(product),
        "vendor": product["brand"],
        "product_type": "Supplements",
        "tags": ["demo"],
        "variants": variants,
        "images": [{"src": f"/cdn/{handle(product)}.png"}],
        "options": [{"name": "Size", "values": [pack["name"] for pack in product["packs"]]}],
    }


def shopify_single(product: Product, currency: str | None) -> dict[str, Any]:
    """The same product in the shape of `/products/{handle}.json`: with currency and barcode, without availability."""
    one = shopify_product(product)
    for variant, pack in zip(one["variants"], product["packs"], strict=True):
        del variant["available"]
        variant.update(price_currency=currency, barcode=pack.get("gtin", ""))
    return {"product": {**one, "tags": ", ".join(one["tags"])}}


def woocommerce_product(product: Product, currency: str | None, base: str) -> dict[str, Any]:
    """A product in the shape of the WooCommerce Store API; prices are strings in minor units."""
    pack = product["packs"][0]
    regular = str(int(Decimal(pack["price"]) * 100))
    price = str(int(Decimal(pack.get("sale", pack["price"])) * 100))
    return {
        "id": product["id"],
        "name": escape(product["title"]),
        "slug": handle(product),
        "type": "simple",
        "permalink": f"{base}/product/{handle(product)}/",
        "sku": f"D{product['id']}",
        "short_description": f"<p>{escape(product['brand'])}</p>",
        "description": facts_html(product) + f"<p>Pack: {escape(pack['name'])}</p>",
        "on_sale": "sale" in pack,
        "prices": {
            "price": price,
            "regular_price": regular,
            "sale_price": price,
            "price_range": None,
            "currency_code": currency,
            "currency_minor_unit": 2,
        },
        "images": [],
        "categories": [],
        "tags": [],
        "attributes": [],
        "brands": [{"name": product["brand"]}],
        "variations": [],
        "has_options": False,
        "is_purchasable": True,
        "is_in_stock": pack.get("available", True),
    }


def dsld_label(product: Product) -> dict[str, Any]:
    """A label in the shape of the label database's `/label/{id}`."""
    quantity, unit = product["serving"]
    return {
        "id": product["id"],
        "fullName": product["title"],
        "brandName": product["brand"],
        "upcSku": product.get("gtin", ""),
        "servingsPerContainer": str(product["servings"]) if "servings" in product else None,
        "netContents": [],
        "physicalState": {"langualCode": "E0159", "langualCodeDescription": unit.replace("(s)", "")},
        "servingSizes": [
            {
                "order": 1,
                "minQuantity": quantity,
                "maxQuantity": quantity,
                "minDailyServings": 1,
                "maxDailyServings": 1,
                "unit": unit,
                "notes": "",
            }
        ],
        "statements": [{"type": "Other", "notes": NOTICE}],
        "events": [],
        "offMarket": 0,
        "entryDate": "2026-01-15",
        "ingredientRows": [_dsld_row(row, order, quantity, unit) for order, row in enumerate(product["rows"], 1)],
        "otheringredients": {
            "text": product.get("other"),
            "ingredients": [
                {
                    "order": order,
                    "name": name.strip(),
                    "ingredientGroup": _group(name),
                    "category": "other",
                    "forms": [],
                }
                for order, name in enumerate(filter(None, product.get("other", "").split(",")), 1)
            ],
        },
    }


def dsld_hit(product: Product) -> dict[str, Any]:
    """A hit of `/search-filter`: names, no amounts."""
    label = dsld_label(product)
    rows = [
        {key: row[key] for key in ("name", "category", "ingredientGroup", "notes")}
        for row in _walk(label["ingredientRows"])
    ]
    source = {
        key: label[key] for key in ("fullName", "brandName", "physicalState", "netContents", "entryDate", "offMarket")
    }
    return {"_id": str(product["id"]), "_score": 1.0, "_source": {**source, "allIngredients": rows}}


def _walk(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [found for row in rows for found in (row, *_walk(row["nestedRows"]))]


def _group(name: str) -> str:
    return "Magnesium" if "magnesium" in name.lower() else name.strip()


def _dsld_row(row: dict[str, Any], order: int, serving: int, serving_unit: str) -> dict[str, Any]:
    amount, unit = row["amount"].split(" ") if "amount" in row else ("0", "NP")
    percent = row.get("percent")
    daily = [
        {"name": "Adults and children 4 or more years of age", "operator": "=", "percent": percent, "footnote": None}
    ]
    form = row.get("form")
    return {
        "order": order,
        "name": row["name"],
        "notes": f"{row['name']} (Form: as {form})" if form else "",
        "category": "mineral",
        "ingredientGroup": _group(row["name"]),
        "forms": [{"order": 1, "prefix": "as", "percent": None, "name": form}] if form else [],
        "quantity": [
            {
                "servingSizeOrder": 1,
                "servingSizeQuantity": serving,
                "servingSizeUnit": serving_unit,
                "operator": "=",
                "quantity": float(amount),
                "unit": unit,
                "dailyValueTargetGroup": daily if percent is not None else [],
            }
        ],
        "nestedRows": [
            _dsld_row(child, index, serving, serving_unit) for index, child in enumerate(row.get("nested", []), 1)
        ],
    }
