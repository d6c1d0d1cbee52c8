"""A product of Open Food Facts as text, with every amount under the heading of what it is an amount of.

Serving Size: 2 capsules (1.2 g)
Amount Per Serving | % Daily Value | Amount Per 100 g
Magnesium | 260 mg |  | 21666.7 mg
Ingredients: magnesium bisglycinate, capsule (hydroxypropyl methylcellulose)
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Context, Decimal, InvalidOperation
from typing import Annotated, Any

from pydantic import Field

from spiders.answers import Key, Many, One, Shape, Text

NUTRIENTS = {
    "magnesium": "Magnesium",
    "calcium": "Calcium",
    "potassium": "Potassium",
    "sodium": "Sodium",
    "zinc": "Zinc",
}
"""Key in `nutriments` to the name on the line: magnesium, and the minerals it is mixed with."""
MG_PER_G = 1000
FIGURES = Context(prec=6)
"""Significant figures: the interface computes with binary fractions, and 0.1 g comes as 0.10000000149."""
MOST_GRAMS = 100
"""Of one nutrient in a serving or in 100 g; what is more was typed with a wrong unit."""
SIGNS = {"": "", "~": "~ "}
"""`*_modifier` as it stands before the amount; with another ("<", "-") the amount is a bound, or none."""
COLUMNS = {"serving": "Amount Per Serving", "dv": "% Daily Value", "100g": "Amount Per 100 g"}


class Product(Shape):
    """The parts of a product that a reader needs."""

    code: Key
    product_name: Text = ""
    brands: Text = ""
    quantity: Text = ""
    lang: Text = ""
    serving_size: Text = ""
    nutrition_data_per: Text = ""
    nutriments: Annotated[Mapping[str, Any], One] = Field(default_factory=dict)
    countries_tags: Annotated[tuple[Text, ...], Many] = ()
    ingredients: Annotated[Mapping[str, Text], One] = Field(default_factory=dict)
    """The list of ingredients by language; "" is the product's own language."""


FIELDS = ("code", "product_name", "brands", "quantity", "lang", "serving_size", "nutrition_data_per", "countries_tags")
LANGUAGES = ("", "en", "fr", "de", "es", "it", "nl", "pl", "pt")
"""Languages whose list of ingredients is asked for; "" is the product's own."""
ASKED = (*FIELDS, "nutriments", *("_".join(filter(None, ("ingredients_text", code))) for code in LANGUAGES))


def product_of(row: Any) -> dict[str, Any]:
    """A row of `products` in the shape of a Product."""
    if not isinstance(row, dict):
        return {}
    texts = {code: row.get(f"ingredients_text_{code}" if code else "ingredients_text") for code in LANGUAGES}
    kept = {code: text for code, text in texts.items() if isinstance(text, str) and text.strip()}
    return {name: row.get(name) for name in (*FIELDS, "nutriments")} | {"ingredients": kept}


def facts_text(product: Product) -> str:
    """The facts panel, with the ingredients in the language that the product's own label is in."""
    rows = {name: cells for key, name in NUTRIENTS.items() if (cells := _cells(product, key))}
    columns = [column for column in COLUMNS if any(column in cells for cells in rows.values())]
    if columns != ["100g"]:  # beside a serving's amounts, one per 100 g must not stand alone in its row
        rows = {name: cells for name, cells in rows.items() if set(cells) != {"100g"}}
    lines = []
    if product.serving_size and columns != ["100g"]:
        lines.append(f"Serving Size: {_line(product.serving_size)}")
    if columns:
        lines.append(" | ".join(COLUMNS[column] for column in columns))
    lines += [" | ".join([name, *(cells.get(c, "") for c in columns)]).rstrip(" |") for name, cells in rows.items()]
    if text := ingredients(product):
        lines.append(f"Ingredients: {text}")
    return "\n".join(lines)


def ingredients(product: Product) -> str:
    """In the product's own language, else in any."""
    texts = product.ingredients
    return _line(texts.get(product.lang) or texts.get("") or next(iter(texts.values()), ""))


def _line(text: str) -> str:
    return " ".join(text.replace("|", "/").split())


def _cells(product: Product, key: str) -> dict[str, str]:
    """What is stated of a nutrient, by column.

    `*_serving` and `*_100g` are grams, whatever was typed; `*_value` and `*_unit` keep that. A percentage of a Daily
    Value stays one: the grams beside it come from a Daily Value that the interface chose.
    """
    given = product.nutriments
    if (sign := SIGNS.get(str(given.get(f"{key}_modifier") or ""))) is None:
        return {}
    if "%" in str(given.get(f"{key}_unit") or ""):
        percent = _number(given.get(f"{key}_value")) if product.nutrition_data_per == "serving" else None
        return {} if percent is None else {"dv": f"{sign}{_plain(percent)}%"}
    cells = {column: _milligrams(given.get(f"{key}_{column}"), sign) for column in ("serving", "100g")}
    return {column: text for column, text in cells.items() if text}


def _milligrams(grams: object, sign: str) -> str:
    amount = _number(grams)
    return f"{sign}{_plain(amount * MG_PER_G)} mg" if amount is not None and 0 < amount <= MOST_GRAMS else ""


def _number(value: object) -> Decimal | None:
    """A number that came as one, or as text; None for anything else."""
    try:
        number = Decimal(str(value))
    except InvalidOperation:
        return None
    return number if number.is_finite() else None


def _plain(number: Decimal) -> str:
    return f"{FIGURES.create_decimal(number).normalize():f}"
