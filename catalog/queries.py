"""What readers ask, as SQL. Each function takes a connection inside a transaction."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from catalog.models import SORTS, ComparisonRow, Facets, FormSummary, PricePoint, Product, Selection, SourceState

DEFAULT_SORT = SORTS[0]


def compare(
    connection: Connection, selection: Selection, sort: str, descending: bool, limit: int | None, offset: int
) -> list[ComparisonRow]:
    raise NotImplementedError


def count(connection: Connection, selection: Selection) -> int:
    raise NotImplementedError


def form_summaries(connection: Connection, selection: Selection) -> list[FormSummary]:
    raise NotImplementedError


def price_points(connection: Connection, selection: Selection, currency: str, limit: int) -> list[PricePoint]:
    raise NotImplementedError


def currencies(connection: Connection) -> list[tuple[str, int]]:
    raise NotImplementedError


def facets(connection: Connection) -> Facets:
    raise NotImplementedError


def product(connection: Connection, source: str, source_key: str) -> Product | None:
    raise NotImplementedError


def source_states(connection: Connection) -> list[SourceState]:
    raise NotImplementedError


def is_demo(connection: Connection) -> bool:
    raise NotImplementedError


def as_of(connection: Connection) -> datetime | None:
    raise NotImplementedError
