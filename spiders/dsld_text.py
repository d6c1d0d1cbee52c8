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
from collections.abc import Iterator
from typing import Annotated

from spiders.answers import Many, One, Shape, Text
from spiders.magnesium import may_contain_magnesium

ADULTS = "Adults and children 4 or more years of age"
"""The group that an unnamed %DV is for."""
NOT_PRINTED = "NP"
NOTE_WORDS = re.compile(r"\((?:Form|Alt\. Name):\s*")
"""The database's own words inside a row's note; the rest is the label's."""


class DailyValue(Shape):
    name: Text = ""
    operator: Text = ""
    percent: Text = ""


class Quantity(Shape):
    servingSizeOrder: int = 1
    servingSizeQuantity: Text = ""
    servingSizeUnit: Text = ""
    operator: Text = ""
    quantity: Text = ""
    unit: Text = ""
    dailyValueTargetGroup: Annotated[list[DailyValue], Many] = []


class Form(Shape):
    prefix: Text = ""
    percent: Text = ""
    name: Text = ""


class Row(Shape):
    name: Text = ""
    notes: Text = ""
    forms: Annotated[list[Form], Many] = []
    quantity: Annotated[list[Quantity], Many] = []
    nestedRows: Annotated[list[Row], Many] = []


class Serving(Shape):
    minQuantity: Text = ""
    maxQuantity: Text = ""
    unit: Text = ""
    notes: Text = ""


class Content(Shape):
    display: Text = ""


class OtherIngredient(Shape):
    name: Text = ""


class OtherIngredients(Shape):
    text: Text = ""
    ingredients: Annotated[list[OtherIngredient], Many] = []


class Statement(Shape):
    type: Text = ""
    notes: Text = ""


class Label(Shape):
    """The parts of `/label/{id}` that a reader needs; names are the interface's own."""

    id: Text
    fullName: Text
    brandName: Text = ""
    upcSku: Text = ""
    servingsPerContainer: Text = ""
    netContents: Annotated[list[Content], Many] = []
    servingSizes: Annotated[list[Serving], Many] = []
    ingredientRows: Annotated[list[Row], Many] = []
    otheringredients: Annotated[OtherIngredients, One] = OtherIngredients()
    statements: Annotated[list[Statement], Many] = []
    percentDvFootnote: Text = ""


Column = tuple[int, str]
"""Order of the serving, name of the daily value's group; "" is the amount."""


def label_text(label: Label) -> str:
    """The facts panel."""
    columns = _columns(label.ingredientRows)
    lines = ["Supplement Facts", *(f"Serving Size: {_serving(size)}" for size in label.servingSizes)]
    if label.servingsPerContainer:
        lines.append(f"Servings Per Container: {label.servingsPerContainer}")
    lines.append(_cells(columns.values()))
    lines += _rows(label.ingredientRows, list(columns), "")
    other = label.otheringredients
    names = other.text or ", ".join(ingredient.name for ingredient in other.ingredients if ingredient.name)
    if names:
        lines.append(f"Other Ingredients: {_line(names)}")
    return "\n".join(filter(None, lines))


def statements_text(label: Label) -> str:
    """What the label says beside the panel and a reader can use: directions, and sentences about magnesium."""
    kept = (
        statement.notes
        for statement in label.statements
        if "Does NOT Contain" not in statement.type
        and ("Directions" in statement.type or "re: Type" in statement.type or may_contain_magnesium(statement.notes))
    )
    return "\n".join(dict.fromkeys(_line(notes) for notes in kept if notes))


def _line(text: str) -> str:
    return " ".join(text.split())


def _serving(size: Serving) -> str:
    low, high = size.minQuantity, size.maxQuantity
    amount = f"{low}-{high}" if high and high != low else low
    return _line(f"{amount} {size.unit} {size.notes}")


def _walk(rows: list[Row]) -> Iterator[Row]:
    for row in rows:
        yield row
        yield from _walk(row.nestedRows)


def _columns(rows: list[Row]) -> dict[Column, str]:
    """The panel's columns with their headings: for each serving the amount, then each group's daily value."""
    headings: dict[Column, str] = {}
    for row in _walk(rows):
        for quantity in row.quantity:
            order = quantity.servingSizeOrder
            size = _line(f"{quantity.servingSizeQuantity} {quantity.servingSizeUnit}")
            headings.setdefault((order, ""), f"Amount Per {size or 'Serving'}")
            for value in quantity.dailyValueTargetGroup:
                group = "" if value.name == ADULTS else f" ({value.name})"
                headings.setdefault((order, value.name or ADULTS), f"% Daily Value{group}")
    if len({order for order, _ in headings}) == 1:
        headings.update({column: "Amount Per Serving" for column in headings if not column[1]})
    return {column: headings[column] for column in sorted(headings, key=lambda column: (column[0], column[1] != "", column[1] != ADULTS))}


def _rows(rows: list[Row], columns: list[Column], indent: str) -> Iterator[str]:
    for row in rows:
        cells = _amounts(row)
        yield indent + _cells([_named(row), *(cells.get(column, "") for column in columns)])
        yield from _rows(row.nestedRows, columns, indent + "  ")


def _amounts(row: Row) -> dict[Column, str]:
    """The printed amounts and percents; what is not printed has no cell."""
    cells: dict[Column, str] = {}
    for quantity in row.quantity:
        order = quantity.servingSizeOrder
        if quantity.unit != NOT_PRINTED and quantity.quantity:
            sign = quantity.operator.replace("=", "")
            cells[order, ""] = _line(f"{sign}{quantity.quantity} {quantity.unit.strip('{}')}")
        for value in quantity.dailyValueTargetGroup:
            if value.percent:
                cells[order, value.name or ADULTS] = f"{value.operator.replace('=', '')}{value.percent}%"
    return cells


def _cells(cells: object) -> str:
    return " | ".join(cells).strip(" |")  # type: ignore[call-overload]


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
