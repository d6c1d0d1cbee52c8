"""Writing many rows: ids, inserts and batches, inside the one writer's transaction."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import lru_cache
from itertools import islice
from typing import Any, TypeVar

import sqlalchemy as sa
from sqlalchemy.engine import Connection, Dialect

BATCH = 500
"""Rows written or asked for at a time: one by one it takes half as long again, and more at a time is no faster."""

T = TypeVar("T")


def batches(items: Iterable[T], size: int = BATCH) -> Iterator[list[T]]:
    """The items, so many at a time."""
    left = iter(items)
    while some := list(islice(left, size)):
        yield some


def next_id(connection: Connection, column: sa.Column[int]) -> int:
    """The next free id of a table; there is one writer, and its transaction holds the lock."""
    return (connection.scalar(sa.select(sa.func.max(column))) or 0) + 1


def insert(connection: Connection, table: sa.Table, rows: list[dict[str, Any]]) -> None:
    """Insert rows in bulk; a column that a row does not name is NULL.

    Same SQL and same types as SQLAlchemy's own executemany, which works out the parameters of every row anew and takes
    more time for that than SQLite for the rows.
    """
    if not rows:
        return
    statement, positional, converters = _insertion(table, connection.dialect)
    converted = (
        {name: convert(row.get(name)) if convert else row.get(name) for name, convert in converters} for row in rows
    )
    if positional:
        connection.exec_driver_sql(statement, [tuple(row.values()) for row in converted])
    else:
        connection.exec_driver_sql(statement, list(converted))


@lru_cache(maxsize=100)
def _insertion(table: sa.Table, dialect: Dialect) -> tuple[str, bool, list[tuple[str, Any]]]:
    """The SQL, whether its parameters have no names, and what converts each column's values."""
    compiled = sa.insert(table).compile(dialect=dialect)
    converters = [(c.name, c.type.dialect_impl(dialect).bind_processor(dialect)) for c in table.columns]
    return str(compiled), bool(compiled.positional), converters
