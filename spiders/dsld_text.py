"""A label of the database as text: one line a row, nested rows indented, every serving column.

Supplement Facts
Serving Size: 2 Capsule(s)
Servings Per Container: 60
Amount Per Serving | % Daily Value
Magnesium (as Magnesium Bisglycinate) | 200 mg | 48%
  Magnesium Bisglycinate | 2000 mg
Other Ingredients: rice flour
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Annotated

from pydantic import ConfigDict
from pydantic.alias_generators import to_camel

from spiders.answers import Key, Many, One, Shape, Text
from spiders.magnesium import may_contain_magnesium

ADULTS = "Adults and children 4 or more years of age"
"""The group that an unnamed %DV is for."""
NOT_PRINTED = "NP"
NOTE_WORDS = re.compile(r"\((?:Form|Alt\. Name):\s*")
"""The database's own words inside a row's note; the rest is the label's."""


class Camel(Shape):
    """A shape whose names the interface writes in camel case."""

    model_config = ConfigDict(alias_generator=to_camel)


class DailyValue(Shape):
    name: Text = ""
    operator: Text = ""
    percent: Text = ""


class Quantity(Camel):
    serving_size_order: int = 1
    serving_size_quantity: Text = ""
    serving_size_unit: Text = ""
    operator: Text = ""
    quantity: Text = ""
    unit: Text = ""
    daily_value_target_group: Annotated[tuple[DailyValue, ...], Many] = ()


class Form(Shape):
    prefix: Text = ""
    percent: Text = ""
    name: Text = ""


class Row(Camel):
    name: Text = ""
    ingredient_group: Text = ""
    notes: Text = ""
    forms: Annotated[tuple[Form, ...], Many] = ()
    quantity: Annotated[tuple[Quantity, ...], Many] = ()
    nested_rows: Annotated[tuple[Row, ...], Many] = ()


class Serving(Camel):
    min_quantity: Text = ""
    max_quantity: Text = ""
    unit: Text = ""
    notes: Text = ""


class Content(Shape):
    display: Text = ""


class OtherIngredient(Shape):
    name: Text = ""
    forms: Annotated[tuple[Form, ...], Many] = ()
    """What an entry such as "Contains <2% of:" holds."""


class OtherIngredients(Shape):
    text: Text = ""
    ingredients: Annotated[tuple[OtherIngredient, ...], Many] = ()


class Statement(Shape):
    type: Text = ""
    notes: Text = ""


class Label(Camel):
    """The parts of `/label/{id}` that a reader needs."""

    id: Key
    full_name: Text
    brand_name: Text = ""
    upc_sku: Text = ""
    servings_per_container: Text = ""
    net_contents: Annotated[tuple[Content, ...], Many] = ()
    serving_sizes: Annotated[tuple[Serving, ...], Many] = ()
    ingredient_rows: Annotated[tuple[Row, ...], Many] = ()
    otheringredients: Annotated[OtherIngredients, One] = OtherIngredients()
    statements: Annotated[tuple[Statement, ...], Many] = ()


Column = tuple[int, str]
"""Order of the serving, name of the daily value's group; "" is the amount."""


def label_text(label: Label) -> str:
    """The facts panel."""
    columns = _columns(label)
    lines = ["Supplement Facts", *(f"Serving Size: {_serving(size)}" for size in label.serving_sizes)]
    if label.servings_per_container:
        lines.append(f"Servings Per Container: {label.servings_per_container}")
    lines.append(_cells(columns.values()))
    lines += _rows(label.ingredient_rows, list(columns), "")
    other = label.otheringredients
    names = other.text or ", ".join(_other(ingredient) for ingredient in other.ingredients if ingredient.name)
    if names:
        lines.append(f"Other Ingredients: {_line(names)}")
    return "\n".join(filter(None, lines))


def has_magnesium_row(label: Label) -> bool:
    """Whether a row of the panel names magnesium; what stands under the other ingredients is an excipient."""
    rows = _walk(label.ingredient_rows)
    named = ((row.name, row.ingredient_group, row.notes, *(form.name for form in row.forms)) for row in rows)
    return any(may_contain_magnesium(*words) for words in named)


def statements_text(label: Label) -> str:
    """What the label says beside the panel and a reader can use: directions, and sentences about magnesium."""
    kept = (
        statement.notes
        for statement in label.statements
        if "Does NOT Contain" not in statement.type
        and ("Directions" in statement.type or "re: Type" in statement.type or may_contain_magnesium(statement.notes))
    )
    return "\n".join(dict.fromkeys(_line(line) for notes in kept for line in notes.splitlines() if line.strip()))


def _line(text: str) -> str:
    return " ".join(text.split())


def _other(ingredient: OtherIngredient) -> str:
    parts = ", ".join(form.name for form in ingredient.forms if form.name)
    return f"{ingredient.name} {parts}" if ingredient.name.endswith(":") else ingredient.name


def _serving(size: Serving) -> str:
    low, high = size.min_quantity, size.max_quantity
    amount = f"{low}-{high}" if high and high != low else low
    return _line(f"{amount} {size.unit} {size.notes}")


def _walk(rows: tuple[Row, ...]) -> Iterator[Row]:
    for row in rows:
        yield row
        yield from _walk(row.nested_rows)


def _columns(label: Label) -> dict[Column, str]:
    """The panel's columns with their headings: for each serving the amount, then each group's daily value.

    Where the serving is a range ("1-2 capsules") the heading says which amount of it the column is for.
    """
    headings: dict[Column, str] = {}
    for row in _walk(label.ingredient_rows):
        for quantity in row.quantity:
            order = quantity.serving_size_order
            size = _line(f"{quantity.serving_size_quantity} {quantity.serving_size_unit}")
            headings.setdefault((order, ""), f"Amount Per {size or 'Serving'}")
            for value in quantity.daily_value_target_group:
                group = "" if value.name == ADULTS else f" ({value.name})"
                headings.setdefault((order, value.name or ADULTS), f"% Daily Value{group}")
    plain = all(size.max_quantity in ("", size.min_quantity) for size in label.serving_sizes)
    if plain and len({order for order, _ in headings}) == 1:
        headings.update({column: "Amount Per Serving" for column in headings if not column[1]})
    in_order = sorted(headings, key=lambda column: (column[0], column[1] != "", column[1] != ADULTS))
    return {column: headings[column] for column in in_order}


def _rows(rows: tuple[Row, ...], columns: list[Column], indent: str) -> Iterator[str]:
    for row in rows:
        cells = _amounts(row)
        yield indent + _cells([_named(row), *(cells.get(column, "") for column in columns)])
        yield from _rows(row.nested_rows, columns, indent + "  ")


def _amounts(row: Row) -> dict[Column, str]:
    """The printed amounts and percents; what is not printed has no cell."""
    cells: dict[Column, str] = {}
    for quantity in row.quantity:
        order = quantity.serving_size_order
        if quantity.unit != NOT_PRINTED and quantity.quantity:
            sign = quantity.operator.replace("=", "")
            cells[order, ""] = _line(f"{sign}{quantity.quantity} {quantity.unit.strip('{}')}")
        for value in quantity.daily_value_target_group:
            if value.percent:
                cells[order, value.name or ADULTS] = f"{value.operator.replace('=', '')}{value.percent}%"
    return cells


def _cells(cells: Iterable[str]) -> str:
    return " | ".join(cells).strip(" |")


def _named(row: Row) -> str:
    """The row's name with its form as the label words it: `Magnesium (as Magnesium Oxide)`.

    `notes` holds the label's words, `forms` what the database made of them: a form is added when the notes lack it.
    """
    notes = _line(NOTE_WORDS.sub("(", row.notes))
    if NOTE_WORDS.search(row.notes):
        return notes if not notes.startswith("(") else f"{row.name} {notes}"
    said = set(_words(f"{row.name} {notes}"))
    forms = [form for form in row.forms if not set(_words(form.name)) <= said or not notes]
    parts = [notes, *(_form(form, first=not index) for index, form in enumerate(forms))]
    inside = "; ".join(filter(None, parts))
    return f"{row.name} ({inside})" if inside else row.name


def _form(form: Form, *, first: bool) -> str:
    share = f"{form.percent}%" if form.percent else ""
    return _line(f"{share} {form.prefix or ('as' if first else '')} {form.name}")


def _words(text: str) -> list[str]:
    return re.findall(r"\w+", text.lower())
