"""The comparison counted by what people filter it by, kept by each publication: a visit adds up a few hundred rows.

A group holds the products that agree in all of `KEYS`. Selections that ask for more than that (`is_grouped` is False)
are counted over the comparison itself.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from decimal import Decimal
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from catalog.columns import BadValueError
from catalog.models import Selection
from catalog.schema import comparison, comparison_brands, comparison_groups, comparison_medians

KEYS = ("form_group", "currency", "source", "market", "dosage_form", "availability", "contains_oxide")
"""Columns that are the same in both tables."""

Medians = dict[tuple[str, str], tuple[Decimal, Decimal]]
"""The two prices of 100 mg about the middle, the same twice of an odd number, by form and currency."""

BRANDS = 300
"""Of which the most frequent are kept to choose from: more are no list to choose from."""


def warned() -> sa.ColumnElement[bool]:
    """Whether a product has a warning or an error."""
    return sa.func.coalesce(comparison.c.worst_severity.in_(("warning", "error")), sa.false())


def is_mix() -> sa.ColumnElement[bool]:
    """Whether a product states sodium or potassium beside magnesium."""
    return comparison.c.sodium_mg.is_not(None) | comparison.c.potassium_mg.is_not(None)


def keep_groups(connection: Connection) -> None:
    """Count anew, inside the transaction of what changed the comparison."""
    c = comparison.c
    keys = [*(c[name] for name in KEYS), warned().label("warned"), is_mix().label("is_mix")]
    price = c.price_per_100mg
    counts = (sa.func.count(), sa.func.count(price), sa.func.min(price), sa.func.max(price))
    grouped = sa.select(*keys, *counts).group_by(*keys).subquery()
    _replace(connection, comparison_groups, grouped)
    number = sa.func.count().label("products")
    frequent = sa.select(c.brand, number).where(c.brand.is_not(None)).group_by(c.brand)
    _replace(connection, comparison_brands, frequent.order_by(number.desc(), c.brand).limit(BRANDS).subquery())
    _keep_medians(connection)


def _replace(connection: Connection, table: sa.Table, rows: sa.Subquery) -> None:
    connection.execute(sa.delete(table))
    number = sa.func.row_number().over()
    connection.execute(sa.insert(table).from_select(table.columns.keys(), sa.select(number, *rows.columns)))


def _keep_medians(connection: Connection) -> None:
    connection.execute(sa.delete(comparison_medians))
    rows = [row for row in summaries(connection, Selection()) if row["priced"] and row["currency"]]
    if rows:
        kept = [(row["form_group"], row["currency"], *middle_prices(connection, row)) for row in rows]
        names = comparison_medians.columns.keys()
        connection.execute(sa.insert(comparison_medians), [dict(zip(names, each, strict=True)) for each in kept])


def middle_prices(
    connection: Connection, row: dict[str, Any], conditions: Iterable[sa.ColumnElement[bool]] = ()
) -> tuple[Decimal, Decimal]:
    """The two prices about the middle of a form in a currency, twice the same of an odd number; an index finds them.

    `row` is of `summaries`, about products of the same conditions, and some of them have a price and a currency.
    """
    c, priced = comparison.c, row["priced"]
    group = (c.form_group == row["form_group"], c.currency == row["currency"], c.price_per_100mg.is_not(None))
    asked = sa.select(c.price_per_100mg).where(*group, *conditions).order_by(c.price_per_100mg)
    found = connection.scalars(asked.offset((priced - 1) // 2).limit(2 - priced % 2)).all()
    if not found:
        raise BadValueError(f"{priced} priced products of {row['form_group']} were counted, and are not there")
    return found[0], found[-1]


def medians(connection: Connection) -> Medians:
    """The middle prices of each form in each currency, for a selection of which `is_whole`."""
    m = comparison_medians.c
    found = connection.execute(sa.select(m.form_group, m.currency, m.lower, m.upper))
    return {(row.form_group, row.currency): (row.lower, row.upper) for row in found}


def is_whole(selection: Selection) -> bool:
    """Whether a selection has all of a form in a currency, or nothing of it."""
    return replace(selection, forms=(), currency=None) == Selection()


def is_grouped(selection: Selection) -> bool:
    """Whether the groups can answer for a selection."""
    beyond = (selection.text.strip(), selection.brands, selection.seen_since, selection.cheapest)
    return not any(beyond) and selection.max_price is None


def group_conditions(selection: Selection) -> list[sa.ColumnElement[bool]]:
    """A selection as conditions on the groups."""
    g = comparison_groups.c
    several = (
        (g.form_group, selection.forms),
        (g.source, selection.sources),
        (g.market, selection.markets),
        (g.dosage_form, selection.dosage_forms),
        (g.currency, (selection.currency,) if selection.currency else ()),
        (g.availability, ("in_stock",) if selection.in_stock else ()),
    )
    found: list[sa.ColumnElement[bool]] = [column.in_(values) for column, values in several if values]
    flags = ((selection.no_oxide, sa.not_(g.contains_oxide)), (selection.no_warnings, sa.not_(g.warned)))
    return found + [flag for asked, flag in (*flags, (selection.electrolytes, g.is_mix)) if asked]


def count(connection: Connection, selection: Selection) -> int:
    """Products of a selection that `is_grouped`."""
    asked = sa.select(sa.func.coalesce(sa.func.sum(comparison_groups.c.products), 0))
    return int(connection.scalar(asked.where(*group_conditions(selection))) or 0)


def frequencies(connection: Connection, name: str) -> list[tuple[str, int]]:
    """The values of one of `KEYS` with their numbers of products, the most frequent first."""
    column, number = comparison_groups.c[name], sa.func.sum(comparison_groups.c.products)
    asked = sa.select(column, number).where(column.is_not(None)).group_by(column).order_by(number.desc(), column)
    return [(value, int(products)) for value, products in connection.execute(asked)]


def brands(connection: Connection) -> list[tuple[str, int]]:
    """The most frequent brands."""
    b = comparison_brands.c
    return [(brand, n) for brand, n in connection.execute(sa.select(b.brand, b.products).order_by(b.id))]


def summaries(connection: Connection, selection: Selection) -> list[dict[str, Any]]:
    """Each form in each currency, without medians, of a selection that `is_grouped`."""
    g = comparison_groups.c
    asked = sa.select(
        g.form_group,
        g.currency,
        sa.func.sum(g.products).label("products"),
        sa.func.sum(g.priced).label("priced"),
        sa.func.min(g.lowest).label("lowest"),
        sa.func.max(g.highest).label("highest"),
        sa.func.sum(sa.case((g.warned, g.products), else_=0)).label("with_warnings"),
    )
    rows = connection.execute(asked.where(*group_conditions(selection)).group_by(g.form_group, g.currency)).mappings()
    numbers = ("products", "priced", "with_warnings")
    return [{**row, **{name: int(row[name]) for name in numbers}} for row in rows]
