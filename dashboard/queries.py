"""The pages' questions to the catalog, cached until its next run. Only this module of the pages asks it anything."""

from __future__ import annotations

import os
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from functools import lru_cache
from pathlib import Path

import streamlit as st

from catalog import (
    Catalog,
    ComparisonRow,
    Facets,
    FormSummary,
    PricePoint,
    Product,
    Selection,
    SourceState,
    open_catalog,
)
from checker import CatalogError
from dashboard.changes import Section, remarks, sections
from dashboard.changes import changes_markdown as as_markdown
from dashboard.serve import DATABASE


@dataclass(frozen=True)
class Snapshot:
    """The catalog as of its last successful run. Answers are kept for as long as `version` stays the same."""

    version: tuple[str, ...]
    catalog: Catalog = field(compare=False)
    as_of: datetime | None = field(compare=False)
    demo: bool = field(compare=False)
    attributions: tuple[str, ...] = field(compare=False)
    """Whom data in it is from, where that is to be said."""


def snapshot() -> Snapshot:
    """Open the catalog read-only and look which run it shows; raises CatalogError when there is none."""
    url = os.environ.get(DATABASE)
    if not url:
        raise CatalogError(f"No catalog is named; {DATABASE} holds its address when started with: maglabel dashboard")
    place = (url, _file_identity(url))
    catalog = _open(place)
    return _snapshot(place, catalog, catalog.as_of(), catalog.last_run())


@lru_cache(maxsize=2)
def _snapshot(place: tuple[str, str], catalog: Catalog, as_of: datetime | None, last_run: int) -> Snapshot:
    version = (*place, str(as_of), str(last_run))
    return Snapshot(version, catalog, as_of, catalog.is_demo(), tuple(catalog.attributions()))


def _file_identity(url: str) -> str:
    """Tells a catalog file from another one put in its place; empty for a database server."""
    with suppress(OSError):
        status = Path(url.removeprefix("sqlite:///")).stat()
        return f"{status.st_dev}:{status.st_ino}"
    return ""


@st.cache_resource(max_entries=2, show_spinner=False, on_release=Catalog.close)
def _open(place: tuple[str, str]) -> Catalog:
    return open_catalog(place[0], read_only=True)


CHART_POINTS = 400
"""Marks that a chart shows at most: more say no more, and every visitor's browser must draw them."""

_kept = lru_cache(maxsize=32)
"""Keeps the last answers of a question, as they are: nobody changes them. A page of rows takes 0.2 MB."""


@_kept
def rows(
    snapshot: Snapshot, selection: Selection, sort: str, descending: bool, limit: int, offset: int
) -> list[ComparisonRow]:
    """One page of the comparison."""
    return snapshot.catalog.compare(selection, sort=sort, descending=descending, limit=limit, offset=offset)


def all_rows(snapshot: Snapshot, selection: Selection, sort: str, descending: bool) -> list[ComparisonRow]:
    """The whole comparison, which is too much to keep."""
    return snapshot.catalog.compare(selection, sort=sort, descending=descending, limit=None)


@_kept
def count(snapshot: Snapshot, selection: Selection) -> int:
    """How many products match."""
    return snapshot.catalog.count(selection)


@_kept
def form_summaries(snapshot: Snapshot, selection: Selection) -> list[FormSummary]:
    """Products, prices and warnings per form and currency."""
    return snapshot.catalog.form_summaries(selection)


@_kept
def price_points(snapshot: Snapshot, selection: Selection, currency: str) -> list[PricePoint]:
    """What the chart shows, in one currency."""
    return snapshot.catalog.price_points(selection, currency, CHART_POINTS)


@_kept
def facets(snapshot: Snapshot) -> Facets:
    """What there is to filter by."""
    return snapshot.catalog.facets()


@_kept
def coverage(snapshot: Snapshot) -> dict[str, int]:
    """Products by the basis of their amount."""
    return snapshot.catalog.coverage()


@_kept
def unsettled(snapshot: Snapshot) -> dict[str, int]:
    """Products without an exact amount, by the finding that says why."""
    return snapshot.catalog.unsettled()


@dataclass(frozen=True)
class Changed:
    """What changed since a time, each kind cut to so many entries."""

    sections: tuple[Section, ...]
    notes: tuple[str, ...]


@_kept
def changes(snapshot: Snapshot, since: datetime, most: int) -> Changed:
    """What changed since a time, at most so many entries of a kind: the whole may be as large as the catalog."""
    report = snapshot.catalog.changes(since)
    return Changed(tuple(sections(report, most)), tuple(remarks(report)))


def changes_markdown(snapshot: Snapshot, since: datetime) -> str:
    """All that changed since a time, as a file."""
    return as_markdown(snapshot.catalog.changes(since), snapshot.demo)


def source_states(snapshot: Snapshot) -> list[SourceState]:
    """Every source: its age and how its last run ended. Not kept, because a run that failed publishes nothing."""
    return snapshot.catalog.source_states()


def product(snapshot: Snapshot, source: str, source_key: str) -> Product | None:
    """Everything about one product; None when the catalog does not have it."""
    return snapshot.catalog.product(source, source_key)
