"""Writing many rows: ids, inserts and batches, inside the one writer's transaction.

Rows pass as the driver takes and gives them (`Raw`): with the same SQL and types as SQLAlchemy's own executemany, which
works out the parameters of every row anew and takes more time for that than SQLite for the rows.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from itertools import islice
from typing import Any, TypeVar

import sqlalchemy as sa
from sqlalchemy.engine import Connection, Dialect

BATCH = 500
"""Rows written or asked for at a time: one by one it takes half as long again, and more at a time is no faster."""

T = TypeVar("T")
Raw = tuple[Any, ...]
"""A row with all columns of its table, in their order, as the database's driver has them."""


def batches(items: Iterable[T], size: int = BATCH) -> Iterator[list[T]]:
    """The items, so many at a time."""
    left = iter(items)
    while some := list(islice(left, size)):
        yield some


def next_id(connection: Connection, column: sa.Column[int]) -> int:
    """The next free id of a table; there is one writer, and its transaction holds the lock."""
    return (connection.scalar(sa.select(sa.func.max(column))) or 0) + 1


def insert(connection: Connection, table: sa.Table, rows: Iterable[Mapping[str, Any]]) -> None:
    """Insert rows in bulk; a column that a row does not name is NULL."""
    _insert(connection, table, raw(connection, table, rows))


def raw(connection: Connection, table: sa.Table, rows: Iterable[Mapping[str, Any]]) -> list[Raw]:
    """Rows to be written; a column that a row does not name is NULL."""
    converters = _converters(table, connection.dialect)
    return [tuple([to(row.get(name)) if to else row.get(name) for name, to in converters]) for row in rows]


def kept(connection: Connection, table: sa.Table, keys: Sequence[Any]) -> dict[Any, Raw]:
    """The rows that a table has, by their first column."""
    if not keys:
        return {}
    asked = sa.select(*(sa.type_coerce(column, sa.types.NullType()) for column in table.columns))
    return {row[0]: tuple(row) for row in connection.execute(asked.where(table.columns[0].in_(keys)))}


def renew(connection: Connection, table: sa.Table, before: Mapping[Any, Raw], now: Mapping[Any, Raw]) -> None:
    """Make the rows that were `before` those that are `now`, both by the first column, which is the table's key.

    Of a row that stays only the columns that differ are written, so that indexes of the others are not touched: each of
    their entries stands on another page.
    """
    if gone := list(before.keys() - now):
        connection.execute(sa.delete(table).where(table.columns[0].in_(gone)))
    _insert(connection, table, [row for key, row in now.items() if key not in before])
    changed: dict[tuple[int, ...], list[Raw]] = defaultdict(list)
    for key in before.keys() & now:
        if before[key] != now[key]:
            differ = (old != new for old, new in zip(before[key], now[key], strict=True))
            changed[tuple(place for place, other in enumerate(differ) if other)].append(now[key])
    for places, rows in changed.items():
        statement, names = _update(table, places, connection.dialect)
        _run(connection, statement, names, [tuple([row[place] for place in (*places, 0)]) for row in rows])


def _insert(connection: Connection, table: sa.Table, rows: list[Raw]) -> None:
    if rows:
        _run(connection, _insertion(table, connection.dialect), table.columns.keys(), rows)


def _run(connection: Connection, statement: str, names: Sequence[str], rows: list[Raw]) -> None:
    positional = connection.dialect.positional
    connection.exec_driver_sql(statement, rows if positional else [dict(zip(names, row, strict=True)) for row in rows])


@lru_cache(maxsize=100)
def _insertion(table: sa.Table, dialect: Dialect) -> str:
    return str(sa.insert(table).compile(dialect=dialect))


@lru_cache(maxsize=500)
def _update(table: sa.Table, places: tuple[int, ...], dialect: Dialect) -> tuple[str, list[str]]:
    """The SQL that sets the columns at these places in the row of a key, and the names of its parameters."""
    names = [table.columns[place].name for place in places]
    key = table.columns[0]
    changed = (
        sa.update(table).values({name: sa.bindparam(name) for name in names}).where(key == sa.bindparam("row_key"))
    )
    return str(changed.compile(dialect=dialect)), [*names, "row_key"]


@lru_cache(maxsize=100)
def _converters(table: sa.Table, dialect: Dialect) -> list[tuple[str, Any]]:
    """What converts each column's values; None for what needs no conversion."""
    return [(c.name, c.type.dialect_impl(dialect).bind_processor(dialect)) for c in table.columns]
