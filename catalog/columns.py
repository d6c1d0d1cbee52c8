"""How values are kept that SQLite has no type for: exact decimals and moments; and the types of ids and sorted text."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from functools import lru_cache
from typing import Any, TypeVar

import sqlalchemy as sa
from sqlalchemy.engine import Dialect
from sqlalchemy.types import TypeDecorator, TypeEngine

from catalog.pricing import exact

MICRO = Decimal(1_000_000)


class BadValueError(Exception):
    """A column holds what nobody could have written there."""


Key = TypeVar("Key")
Value = TypeVar("Value")


class Linked(dict[Key, Value]):
    """What rows say, by what other rows name them with: a name that leads nowhere is damage."""

    def __missing__(self, key: Key) -> Value:
        raise BadValueError(f"{key!r} leads nowhere")


class Exact(TypeDecorator[Decimal]):
    """An exact decimal with six places, sortable in SQL.

    PostgreSQL keeps it as NUMERIC(18, 6). SQLite has no exact decimal type, so there it is an INTEGER of millionths.
    """

    impl = sa.Numeric(18, 6)
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        return dialect.type_descriptor(sa.BigInteger() if dialect.name == "sqlite" else sa.Numeric(18, 6))

    def bind_processor(self, dialect: Dialect) -> Callable[[Any], Any] | None:
        return _to_millionths if dialect.name == "sqlite" else super().bind_processor(dialect)

    def result_processor(self, dialect: Dialect, coltype: object) -> Callable[[Any], Decimal | None]:  # noqa: ARG002
        return _from_millionths if dialect.name == "sqlite" else _from_numeric


@lru_cache(maxsize=4096)
def _to_millionths(value: Decimal | None) -> int | None:
    return None if value is None else int((value * MICRO).to_integral_value())


@lru_cache(maxsize=4096)
def _from_millionths(value: Any) -> Decimal | None:
    try:
        number = exact(Decimal(value) / MICRO) if value is not None else None
    except (InvalidOperation, TypeError):
        number = None
    if number is None and value is not None:
        raise BadValueError(f"{value!r} is no number of millionths")
    return number


def _from_numeric(value: Any) -> Decimal | None:
    return None if value is None else exact(Decimal(value))


class Utc(TypeDecorator[datetime]):
    """A moment in UTC. SQLite keeps it as text without a zone, which sorts by time."""

    impl = sa.DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        return value.astimezone(UTC).replace(tzinfo=None if dialect.name == "sqlite" else UTC)

    def result_processor(self, dialect: Dialect, coltype: object) -> Callable[[Any], datetime | None] | None:
        read = super().result_processor(dialect, coltype)

        def moment(value: Any) -> datetime | None:
            try:
                return read(value) if read else value
            except (ValueError, TypeError):
                raise BadValueError(f"{value!r} is no time") from None

        return moment

    def process_result_value(self, value: Any, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        moment: datetime = value
        return moment.replace(tzinfo=UTC) if dialect.name == "sqlite" else moment.astimezone(UTC)


Id = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
SortedText = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
"""Sorted by code point on both databases."""
