"""What changed since a time, as the tables remember it. Nothing is written.

Runs say when: what an offer or a wording shows since or until a run was published when that run ended for its source.
Only listings that something happened to are looked at, so the time this takes grows with the changes.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from catalog.bulk import batches
from catalog.columns import Linked
from catalog.details import OfferPeriod
from catalog.history import Appearance, ChangeReport, Disappearance, Item, NewSource, PriceChange, ReaderChange
from catalog.models import PUBLISHED
from catalog.queries import as_of, attributions
from catalog.schema import labels, listings, offers, run_sources, runs, sources, wordings
from catalog.stories import (
    Story,
    Wording,
    back,
    changed_fields,
    field_changes,
    is_comparable,
    offers_other_packs,
    price_changes,
    quote_of,
    reformulation,
    shrinkage,
)
from checker import Label

ITEM = (sources.c.name.label("source"), listings.c.source_key, listings.c.url, listings.c.title)
"""The columns of an `Item`."""

_Times = Linked[tuple[str, int], datetime]


def changes(connection: Connection, since: datetime) -> ChangeReport:
    """All that changed since a time."""
    first = connection.scalar(sa.select(sa.func.min(run_sources.c.run_id)).where(run_sources.c.finished_at >= since))
    report = ChangeReport(
        since=since,
        as_of=as_of(connection),
        reader_changes=tuple(_reader_changes(connection, since)),
        new_sources=tuple(_new_sources(connection, since)),
    )
    if first is not None:
        young = {new.source for new in report.new_sources}
        new = [x for x in _new_products(connection, first, since) if x.item.source not in young]
        times = _publication_times(connection)
        prices, other_packs = _prices(connection, times, _reoffered(connection, first), since)
        told = _told(_stories(connection, times, sorted(_reworded(connection, first) | other_packs)), since)
        report = replace(report, prices=tuple(prices), new_products=tuple(new), **told)
        report = replace(report, gone=tuple(_gone(connection, first, since)))
    return replace(report, attributions=tuple(attributions(connection, report.sources())))


def _prices(
    connection: Connection, times: _Times, listing_ids: Iterable[int], since: datetime
) -> tuple[list[PriceChange], set[int]]:
    """The prices that changed, and the listings that offer other packs than they did, whose words must be looked at.

    Of most listings that something happened to it is only the price: nothing more is fetched of them.
    """
    found: list[PriceChange] = []
    other_packs: set[int] = set()
    for ids in batches(listing_ids):
        items = _items(connection, ids)
        for listing_id, periods in _offers(connection, times, items).items():
            found += price_changes(items[listing_id], periods, since)
            if offers_other_packs(periods, since):
                other_packs.add(listing_id)
    return found, other_packs


def _told(stories: Iterable[Story], since: datetime) -> dict[str, Any]:
    """The parts of the report that need a listing's whole story, of all stories in one go."""
    told: dict[str, list[Any]] = {"back": [], "reformulations": [], "shrinkage": []}
    not_comparable = 0
    for story in stories:
        told["back"] += filter(None, [back(story, since)])
        told["reformulations"] += filter(None, [reformulation(story, since)])
        told["shrinkage"] += shrinkage(story, since)
        not_comparable += not is_comparable(story, since)
    return {name: tuple(found) for name, found in told.items()} | {"not_comparable": not_comparable}


def with_magnesium() -> sa.ColumnElement[bool]:
    """Whether a listing's present words state magnesium, as any reader read them."""
    words = (labels.c.listing_id == listings.c.id) & (labels.c.content_hash == listings.c.content_hash)
    return sa.exists().where(words, labels.c.has_magnesium)


def _reoffered(connection: Connection, first: int) -> list[int]:
    """Listings whose offers changed since a run, after they were first seen."""
    ended = sa.select(offers.c.listing_id).where(offers.c.until_run_id >= first)
    return sorted(connection.scalars(sa.union(_begun(offers, first), ended)))


def _reworded(connection: Connection, first: int) -> set[int]:
    """Listings that show other words since a run, or are back, after they were first seen."""
    return set(connection.scalars(_begun(wordings, first)))


def _begun(table: sa.Table, first: int) -> sa.Select[int]:
    """Listings that show something since a run that was not the first to see them."""
    later = (table.c.since_run_id >= first) & (listings.c.first_run_id < table.c.since_run_id)
    return sa.select(table.c.listing_id).join(listings, listings.c.id == table.c.listing_id).where(later)


def _stories(connection: Connection, times: _Times, listing_ids: Iterable[int]) -> Iterator[Story]:
    """What is remembered of each listing with magnesium."""
    for ids in batches(listing_ids):
        items = _items(connection, ids)
        shown = _offers(connection, times, items), _wordings(connection, times, items), _labels(connection, list(items))
        for listing_id, item in items.items():
            yield Story(item, tuple(shown[0][listing_id]), tuple(shown[1][listing_id]), shown[2][listing_id])


def _items(connection: Connection, ids: list[int]) -> dict[int, Item]:
    """Those of the listings that state magnesium."""
    asked = sa.select(listings.c.id, *ITEM).join(sources, sources.c.id == listings.c.source_id)
    rows = connection.execute(asked.where(listings.c.id.in_(ids), with_magnesium()).order_by(listings.c.id))
    return {listing_id: Item(*item) for listing_id, *item in rows}


def _publication_times(connection: Connection) -> _Times:
    """When each run published a source, by the source's name and the run's id."""
    columns = (sources.c.name, run_sources.c.run_id, run_sources.c.finished_at)
    asked = sa.select(*columns).join_from(run_sources, sources)
    return Linked({(source, run_id): moment for source, run_id, moment in connection.execute(asked)})


def _offers(connection: Connection, times: _Times, items: Mapping[int, Item]) -> dict[int, list[OfferPeriod]]:
    found: dict[int, list[OfferPeriod]] = defaultdict(list)
    o = offers.c
    columns = (o.name, o.sku, o.gtin, o.price, o.currency, o.availability)
    for row in _periods(connection, offers, columns, items, o.position):
        listing_id, began, ended, name, sku, gtin, price, currency, availability = row
        source = items[listing_id].source
        shown = times[source, began], times[source, ended] if ended else None
        found[listing_id].append(OfferPeriod(name, sku, gtin, price, currency, availability, *shown))
    return found


def _wordings(connection: Connection, times: _Times, items: Mapping[int, Item]) -> dict[int, list[Wording]]:
    found: dict[int, list[Wording]] = defaultdict(list)
    w = wordings.c
    for row in _periods(connection, wordings, (w.content_hash, w.title, w.pack), items):
        listing_id, began, ended, content_hash, title, pack = row
        source = items[listing_id].source
        shown = times[source, began], times[source, ended] if ended else None
        found[listing_id].append(Wording(content_hash, title, pack, *shown))
    return found


def _periods(
    connection: Connection,
    table: sa.Table,
    columns: Iterable[sa.Column[Any]],
    listing_ids: Iterable[int],
    *order: sa.Column[Any],
) -> Sequence[Any]:
    """Listing, first and last run of each row of a table of periods, then the columns; the oldest first."""
    c = table.c
    asked = sa.select(c.listing_id, c.since_run_id, c.until_run_id, *columns)
    return connection.execute(
        asked.where(c.listing_id.in_(list(listing_ids))).order_by(c.listing_id, c.since_run_id, *order)
    ).all()


def _labels(connection: Connection, ids: list[int]) -> dict[int, dict[tuple[str, str], Label]]:
    """Readings by words and reader, the oldest first, of listings that showed more than one wording."""
    several = sa.select(wordings.c.listing_id).group_by(wordings.c.listing_id).having(sa.func.count() > 1)
    asked = sa.select(labels).where(labels.c.listing_id.in_(several.where(wordings.c.listing_id.in_(ids))))
    found: dict[int, dict[tuple[str, str], Label]] = defaultdict(dict)
    for row in connection.execute(asked.order_by(labels.c.id)):
        label = Label.model_validate_json(row.document)
        found[row.listing_id][row.content_hash, row.reader_version] = label
    return found


def _new_sources(connection: Connection, since: datetime) -> Iterator[NewSource]:
    """Sources whose first listings were published since a time."""
    brought = (run_sources.c.outcome.in_(PUBLISHED), run_sources.c.new > 0)
    began = sa.select(run_sources.c.source_id, sa.func.min(run_sources.c.run_id).label("run_id")).where(*brought)
    first = began.group_by(run_sources.c.source_id).subquery("first")
    of_first = (run_sources.c.run_id == first.c.run_id) & (run_sources.c.source_id == first.c.source_id)
    last = run_sources.alias("last")
    counted = sa.select(last.c.with_magnesium).where(last.c.source_id == sources.c.id)
    products = counted.order_by(last.c.finished_at.desc()).limit(1)
    asked = (
        sa.select(sources.c.name, run_sources.c.finished_at, products.correlate(sources).scalar_subquery())
        .select_from(sources)
        .join(first, first.c.source_id == sources.c.id)
        .join(run_sources, of_first)
        .where(run_sources.c.finished_at >= since)
        .order_by(sources.c.name)
    )
    yield from (NewSource(*row) for row in connection.execute(asked))


def _new_products(connection: Connection, first: int, since: datetime) -> Iterator[Appearance]:
    """Listings first seen since a time and still offered."""
    run = (run_sources.c.run_id == listings.c.first_run_id) & (run_sources.c.source_id == listings.c.source_id)
    asked = (
        sa.select(*ITEM, run_sources.c.finished_at)
        .join(sources, sources.c.id == listings.c.source_id)
        .join(wordings, wordings.c.listing_id == listings.c.id)
        .join(run_sources, run)
        .where(wordings.c.since_run_id >= first, wordings.c.since_run_id == listings.c.first_run_id)
        .where(run_sources.c.finished_at >= since, listings.c.gone_run_id.is_(None), with_magnesium())
        .order_by(sources.c.name, listings.c.id)
    )
    for row in connection.execute(asked):
        yield Appearance(Item(*row[:4]), row.finished_at)


def _gone(connection: Connection, first: int, since: datetime) -> Iterator[Disappearance]:
    """Listings that a crawl found missing since a time, and when they were last seen."""
    missed, last = run_sources.alias("missed"), run_sources.alias("last")
    asked = (
        sa.select(*ITEM, last.c.finished_at)
        .join(sources, sources.c.id == listings.c.source_id)
        .join(wordings, wordings.c.listing_id == listings.c.id)
        .join(missed, (missed.c.run_id == listings.c.gone_run_id) & (missed.c.source_id == listings.c.source_id))
        .join(last, (last.c.run_id == listings.c.last_seen_run_id) & (last.c.source_id == listings.c.source_id))
        .where(wordings.c.until_run_id >= first, wordings.c.until_run_id == listings.c.gone_run_id)
        .where(missed.c.finished_at >= since, missed.c.outcome != "retired", with_magnesium())
        .order_by(sources.c.name, listings.c.id)
    )
    for row in connection.execute(asked):
        yield Disappearance(Item(*row[:4]), row.finished_at)


def _reader_changes(connection: Connection, since: datetime) -> Iterator[ReaderChange]:
    """Present words that were read since a time, and otherwise by an earlier reader."""
    ended = sa.func.coalesce(runs.c.finished_at, runs.c.started_at)
    first = connection.scalar(sa.select(sa.func.min(runs.c.id)).where(ended >= since))
    if first is None:
        return
    earlier = labels.alias("earlier")
    before = (earlier.c.listing_id == labels.c.listing_id) & (earlier.c.content_hash == labels.c.content_hash)
    asked = sa.select(labels.c.listing_id).where(
        labels.c.run_id >= first, labels.c.read_at >= since, sa.exists().where(before, earlier.c.id < labels.c.id)
    )
    for ids in batches(sorted(set(connection.scalars(asked)))):
        for item, readings in _readings(connection, ids):
            at_first = [r for r in readings if r.read_at < since] or readings[:1]
            old, new = (
                Label.model_validate_json(at_first[-1].document),
                Label.model_validate_json(readings[-1].document),
            )
            if names := changed_fields(old, new):
                told = field_changes(old, new, names)
                versions = (at_first[-1].reader_version, readings[-1].reader_version)
                yield ReaderChange(item, readings[-1].read_at, *versions, told, quote_of(new) or quote_of(old))


def _readings(connection: Connection, ids: Sequence[int]) -> Iterator[tuple[Item, list[Any]]]:
    """The readings of the words that each listing shows, oldest first."""
    words = (labels.c.listing_id == listings.c.id) & (labels.c.content_hash == listings.c.content_hash)
    asked = sa.select(*ITEM, labels.c.document, labels.c.read_at, labels.c.reader_version).join(
        sources, sources.c.id == listings.c.source_id
    )
    some = asked.join(labels, words).where(listings.c.id.in_(ids)).order_by(listings.c.id, labels.c.id)
    by_item: dict[Item, list[Any]] = defaultdict(list)
    for row in connection.execute(some):
        by_item[Item(*row[:4])].append(row)
    yield from by_item.items()
