"""Writing many rows: ids, inserts and batches, inside the one writer's transaction.

Rows pass as the driver takes and gives them (`Raw`): with the same SQL and types as SQLAlchemy's own executemany, which
works out the parameters of every row anew and takes more time for that than SQLite for the rows.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
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
    insert_raw(connection, table, raw(connection.dialect, table, rows))


def raw(dialect: Dialect, table: sa.Table, rows: Iterable[Mapping[str, Any]]) -> list[Raw]:
    """Rows to be written; a column that a row does not name is NULL."""
    names, converters = table.columns.keys(), _converters(table, dialect)
    found = []
    for row in rows:
        values = list(map(row.get, names))
        for place, to in converters:
            values[place] = to(values[place])
        found.append(tuple(values))
    return found


def kept(connection: Connection, table: sa.Table, keys: Sequence[Any]) -> dict[Any, Raw]:
    """The rows that a table has, by their first column."""
    if not keys:
        return {}
    asked = sa.select(*(sa.type_coerce(column, sa.types.NullType()) for column in table.columns))
    return {row[0]: tuple(row) for row in connection.execute(asked.where(table.columns[0].in_(keys)))}


@dataclass(frozen=True, slots=True)
class Difference:
    """How rows of a table differ from those that it has, both by the first column, which is the table's key.

    Of a row that stays it holds only the columns that differ, so that indexes of the others are not touched: each of
    their entries stands on another page.
    """

    gone: list[Any]
    """Keys."""
    new: list[Raw]
    changed: dict[tuple[int, ...], list[Raw]]
    """By the places of the columns that differ: these columns' values, then the key."""


def difference(before: Mapping[Any, Raw], now: Mapping[Any, Raw]) -> Difference:
    """What makes the rows that were `before` those that are `now`."""
    changed: dict[tuple[int, ...], list[Raw]] = defaultdict(list)
    for key in before.keys() & now:
        if before[key] != now[key]:
            pairs = enumerate(zip(before[key], now[key], strict=True))
            places = tuple([place for place, (old, new) in pairs if old != new])
            changed[places].append(tuple([now[key][place] for place in (*places, 0)]))
    return Difference(list(before.keys() - now), [row for key, row in now.items() if key not in before], dict(changed))


def renew(connection: Connection, table: sa.Table, differs: Difference) -> None:
    """Write what differs."""
    if differs.gone:
        connection.execute(sa.delete(table).where(table.columns[0].in_(differs.gone)))
    insert_raw(connection, table, differs.new)
    for places, rows in differs.changed.items():
        statement, names = _update(table, places, connection.dialect)
        _run(connection, statement, names, rows)


def insert_raw(connection: Connection, table: sa.Table, rows: list[Raw]) -> None:
    """Insert rows in bulk."""
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
def _converters(table: sa.Table, dialect: Dialect) -> list[tuple[int, Any]]:
    """What converts values, by the places of the columns that need it."""
    found = [column.type.dialect_impl(dialect).bind_processor(dialect) for column in table.columns]
    return [(place, to) for place, to in enumerate(found) if to]
