"""What readers ask, as SQL. Each function takes a connection inside a transaction."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator
from dataclasses import fields
from datetime import datetime
from decimal import Decimal
from functools import partial
from typing import Any, get_args

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from catalog import groups
from catalog.attribution import attribution
from catalog.comparison import LISTED, brand_key
from catalog.models import (
    COLLECTED,
    COMPARISON_COLUMNS,
    PUBLISHED,
    SORTS,
    ComparisonRow,
    Facets,
    FormSummary,
    PricePoint,
    Selection,
    SourceState,
)
from catalog.schema import comparison, held, listings, run_sources, runs, sources
from catalog.seen import seen, seen_since
from catalog.shops import is_cheapest, offers_of_article
from checker import LEADING_FORMS, CatalogError
from checker.models import Basis

DEFAULT_SORT = SORTS[0]
EVERYTHING = Selection()
SETTLES_NOTHING = ("compound-only", "proprietary-blend", "facts-only-in-picture", "unit-slip", "percent-dv-mismatch")
"""Findings that say why a label gives no exact amount of elemental magnesium."""
PRICES = ("price_per_100mg", "price_per_serving", "price")
"""Sorts that rank each currency apart."""


def conditions(selection: Selection) -> list[sa.ColumnElement[bool]]:
    """The selection as conditions on the comparison."""
    c = comparison.c
    several = (
        (c.form_group, selection.forms),
        (c.source, selection.sources),
        (c.market, selection.markets),
        (c.brand_key, [brand_key(brand) for brand in selection.brands]),
        (c.dosage_form, selection.dosage_forms),
    )
    found: list[sa.ColumnElement[bool]] = [column.in_(values) for column, values in several if values]
    if selection.currency:
        found.append(c.currency == selection.currency)
    if selection.max_price is not None:
        found.append(c.price + 0 <= selection.max_price)  # no range of an index: the sorted walk finds the first sooner
    if selection.no_oxide:
        found.append(sa.not_(c.contains_oxide))
    if selection.no_warnings:
        found.append(c.worst_severity.is_(None) | (c.worst_severity == "info"))
    if selection.in_stock:
        found.append(c.availability == "in_stock")
    if selection.electrolytes:
        found.append(c.sodium_mg.is_not(None) | c.potassium_mg.is_not(None))
    if selection.seen_since:
        found.append(seen_since(comparison, selection.seen_since))
    if selection.cheapest:
        found.append(is_cheapest())
    return found + [c.search_text.contains(word.casefold(), autoescape=True) for word in selection.text.split()]


def comparison_query(selection: Selection) -> sa.Select[Any]:
    """What makes up a `ComparisonRow` (`_row`), unsorted."""
    seen_at, joined = seen(comparison)
    kept = [comparison.c[name] for name in COMPARISON_COLUMNS if name not in ("seen_at", "offers", "attribution")]
    joined = joined.join(sources, sources.c.id == comparison.c.source_id)
    columns = (*kept, seen_at, offers_of_article(), sources.c.kind, sources.c.demo)
    return sa.select(*columns).select_from(joined).where(*conditions(selection))


def ranked(connection: Connection, selection: Selection, sort: str, descending: bool) -> Iterator[sa.Select[Any]]:
    """The queries whose answers, one after the other, are the sorted comparison.

    Each walks one index from one end. A price sort has two for each currency, because what is out of stock never ranks
    before what can be bought; what is unknown comes last.
    """
    query = comparison_query(selection)
    key = (
        query.selected_columns.seen_at if sort == "seen_at" else comparison.c["sort_title" if sort == "title" else sort]
    )
    direction = sa.desc if descending else sa.asc
    order = (direction(key), direction(comparison.c.listing_id))
    if sort not in PRICES:
        yield query.where(key.is_not(None)).order_by(*order)
        yield query.where(key.is_(None)).order_by(*_by_title())
        return
    found = [code for code, _ in currencies(connection)]
    gone = comparison.c.availability == "out_of_stock"
    for code in found:
        if selection.currency in (None, code):
            for stock in (sa.not_(gone), gone):
                yield query.where(comparison.c.currency == code, key.is_not(None), stock).order_by(*order)
    unknown = (comparison.c.currency.in_(found) & key.is_(None)) | comparison.c.currency.is_(None)
    yield query.where(unknown).order_by(*_by_title())


def _by_title() -> tuple[sa.ColumnElement[Any], ...]:
    return comparison.c.sort_title, comparison.c.listing_id


def compare(
    connection: Connection, selection: Selection, sort: str, descending: bool, limit: int | None, offset: int
) -> list[ComparisonRow]:
    """See `Catalog.compare`."""
    if sort not in SORTS:
        raise CatalogError(f"The comparison cannot be sorted by {sort!r}; it can by {', '.join(SORTS)}.")
    rows: list[ComparisonRow] = []
    for query in ranked(connection, selection, sort, descending):
        if offset:
            size = _size(connection, query, sort)
            if size <= offset:
                offset -= size
                continue
        left = None if limit is None else limit - len(rows)
        rows += [row_of(row) for row in connection.execute(query.limit(left).offset(offset or None)).mappings()]
        offset = 0
        if limit is not None and len(rows) >= limit:
            break
    return rows


def row_of(row: sa.RowMapping) -> ComparisonRow:
    """A row of `comparison_query`."""
    values = dict(row)
    lists = {name: tuple(values[name].split(",")) if values[name] else () for name in LISTED}
    owed = attribution(values.pop("kind"), values["seen_at"], demo=values.pop("demo"))
    return ComparisonRow(**(values | lists), attribution=owed)


def _size(connection: Connection, query: sa.Select[Any], sort: str) -> int:
    """Rows of one of the `ranked` queries; what is joined to the comparison adds and takes none."""
    counted = query.with_only_columns(sa.func.count()).order_by(None)
    if sort != "seen_at" and query.whereclause is not None:
        counted = sa.select(sa.func.count()).select_from(comparison).where(query.whereclause)
    return connection.scalar(counted) or 0


def count(connection: Connection, selection: Selection) -> int:
    """See `Catalog.count`."""
    if groups.is_grouped(selection):
        return groups.count(connection, selection)
    return connection.scalar(sa.select(sa.func.count()).select_from(comparison).where(*conditions(selection))) or 0


def form_summaries(connection: Connection, selection: Selection) -> list[FormSummary]:
    """See `Catalog.form_summaries`."""
    rows = groups.summaries(connection, selection) if groups.is_grouped(selection) else _counted(connection, selection)
    kept = groups.medians(connection) if groups.is_whole(selection) else {}
    found = [FormSummary(**row, median_price_per_100mg=_median(connection, selection, row, kept)) for row in rows]
    totals: dict[str, int] = {}
    for summary in found:
        totals[summary.form_group] = totals.get(summary.form_group, 0) + summary.products
    leading = {form: place for place, form in enumerate(LEADING_FORMS)}

    def order(summary: FormSummary) -> tuple[object, ...]:
        form = summary.form_group
        return leading.get(form, len(leading)), -totals[form], form, summary.currency is None, -summary.products

    return sorted(found, key=order)


def _counted(connection: Connection, selection: Selection) -> list[dict[str, Any]]:
    """As `groups.summaries`, over the comparison itself."""
    c = comparison.c
    group = (c.form_group, c.currency)
    warned = sa.func.count(sa.case((c.worst_severity.in_(("warning", "error")), 1)))
    asked = sa.select(
        *group,
        sa.func.count().label("products"),
        sa.func.count(c.price_per_100mg).label("priced"),
        sa.func.min(c.price_per_100mg).label("lowest"),
        sa.func.max(c.price_per_100mg).label("highest"),
        warned.label("with_warnings"),
    )
    rows = connection.execute(asked.where(*conditions(selection)).group_by(*group)).mappings()
    return [dict(row) for row in rows]


def _median(connection: Connection, selection: Selection, row: dict[str, Any], kept: groups.Medians) -> Decimal | None:
    """Of one form in one currency, from the prices about its middle: exact on both databases."""
    if not row["priced"] or not row["currency"]:
        return None
    found = kept.get((row["form_group"], row["currency"]))
    lower, upper = found or groups.middle_prices(connection, row, conditions(selection))
    return (lower + upper) / 2


def price_points(connection: Connection, selection: Selection, currency: str, limit: int) -> list[PricePoint]:
    """See `Catalog.price_points`."""
    c = comparison.c
    columns = [c[field.name] for field in fields(PricePoint)]
    asked = sa.select(*columns).where(c.currency == currency, c.price_per_100mg.is_not(None), *conditions(selection))
    rows = connection.execute(asked.order_by(c.lot, c.listing_id).limit(limit)).mappings()
    return sorted((PricePoint(**row) for row in rows), key=lambda point: point.price_per_100mg)


def currencies(connection: Connection) -> list[tuple[str, int]]:
    """See `Catalog.currencies`."""
    return groups.frequencies(connection, "currency")


def facets(connection: Connection) -> Facets:
    """See `Catalog.facets`."""
    counted = partial(groups.frequencies, connection)
    return Facets(
        forms=counted("form_group"),
        sources=counted("source"),
        markets=counted("market"),
        currencies=counted("currency"),
        brands=groups.brands(connection),
        dosage_forms=counted("dosage_form"),
    )


def coverage(connection: Connection) -> dict[str, int]:
    """See `Catalog.coverage`."""
    c = comparison.c
    asked = sa.select(c.basis, sa.func.count().label("products")).group_by(c.basis)
    found = {row.basis: row.products for row in connection.execute(asked)}
    return {basis: found[basis] for basis in get_args(Basis) if basis in found}


def unsettled(connection: Connection) -> dict[str, int]:
    """See `Catalog.unsettled`."""
    c = comparison.c
    asked = sa.select(c.findings, sa.func.count().label("products")).where(c.elemental_mg.is_(None))
    found: Counter[str] = Counter()
    for row in connection.execute(asked.group_by(c.findings)):
        explained = [code for code in row.findings.split(",") if code in SETTLES_NOTHING]
        found.update(dict.fromkeys(explained or [""], row.products))
    return dict(found.most_common())


def source_states(connection: Connection) -> list[SourceState]:
    """See `Catalog.source_states`."""
    rows = connection.execute(sa.select(sources).order_by(sources.c.name)).all()
    return [_state(connection, row) for row in rows]


def _state(connection: Connection, source: sa.Row[Any]) -> SourceState:
    of_source = sa.select(run_sources).where(run_sources.c.source_id == source.id)
    latest = of_source.order_by(run_sources.c.run_id.desc()).limit(1)  # not by time: a clock may have been wrong
    last = connection.execute(latest).one_or_none()
    fresh = connection.execute(latest.where(run_sources.c.outcome == "fresh")).one_or_none()
    published = connection.execute(latest.where(run_sources.c.outcome.in_(PUBLISHED))).one_or_none()
    gone = sa.select(sa.func.count()).where(listings.c.source_id == source.id, listings.c.gone_run_id.is_not(None))
    shown = published or last
    waiting = (
        sa.select(run_sources.c.finished_at)
        .join(held, (held.c.run_id == run_sources.c.run_id) & (held.c.source_id == run_sources.c.source_id))
        .where(held.c.source_id == source.id)
    )
    counts = ("listings", "with_magnesium", "with_elemental", "with_price")
    return SourceState(
        name=source.name,
        kind=source.kind,
        url=source.url,
        market=source.market,
        demo=source.demo,
        last_run_at=last.finished_at if last else None,
        last_success_at=fresh.finished_at if fresh else None,
        outcome=last.outcome if last else None,
        message=last.message if last else "",
        gone=connection.scalar(gone) or 0,
        skipped=shown.skipped if shown else {},
        held_since=connection.scalar(waiting),
        **{name: getattr(shown, name) if shown else 0 for name in counts},
    )


def is_demo(connection: Connection) -> bool:
    """See `Catalog.is_demo`."""
    return bool(connection.scalar(sa.select(sa.func.count()).where(sources.c.demo)))


def attributions(connection: Connection, names: Collection[str] | None = None) -> list[str]:
    """See `Catalog.attributions`; `names` are those of the sources that it is about, by default all."""
    latest = sa.func.max(run_sources.c.finished_at)
    collected = (run_sources.c.source_id == sources.c.id) & run_sources.c.outcome.in_(COLLECTED)
    asked = sa.select(sources.c.kind, latest).join(run_sources, collected).where(sa.not_(sources.c.demo))
    if names is not None:
        asked = asked.where(sources.c.name.in_(names))
    found = connection.execute(asked.group_by(sources.c.kind).order_by(sources.c.kind))
    return [words for kind, moment in found if (words := attribution(kind, moment))]


def last_run(connection: Connection) -> int:
    """See `Catalog.last_run`."""
    return connection.scalar(sa.select(sa.func.max(runs.c.id)).where(runs.c.state != "running")) or 0


def as_of(connection: Connection) -> datetime | None:
    """See `Catalog.as_of`."""
    collected = sa.select(sa.func.max(run_sources.c.finished_at)).where(run_sources.c.outcome.in_(COLLECTED))
    moment: datetime | None = connection.scalar(collected)
    return moment
