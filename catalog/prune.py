"""Forgetting what nothing cites any more. Never prices, availability, wordings, or the last reading of any words."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from catalog.schema import captures, findings, labels, listings, metadata, run_sources, runs
from catalog.store import Catalog

WORTH_VACUUM = 0.1
"""Part of an SQLite file that must be free before it is written anew without it: that takes as much room again."""


@dataclass(frozen=True, slots=True)
class PruneResult:
    """What was forgotten, or would be."""

    captures: int
    """Responses that no listing cites any more."""
    capture_bytes: int
    """Compressed."""
    labels: int
    """Readings that a newer reader of the same words replaced."""
    findings: int
    """Of those readings."""
    outcomes: int
    """Of sources in runs that changed nothing."""
    dry_run: bool
    freed_bytes: int = 0
    """By which the SQLite file shrank."""

    def as_dict(self) -> dict[str, Any]:
        """Plain values for JSON."""
        return asdict(self)


def prune(catalog: Catalog, keep: timedelta, *, dry_run: bool = False) -> PruneResult:
    """Forget what has been of no use for longer than `keep`; raises LockedError while another process writes.

    With `dry_run` nothing is written, only counted.
    """
    before = datetime.now(UTC) - keep
    if dry_run:
        with catalog.reading() as connection:
            return PruneResult(**_counts(connection, before), dry_run=True)
    with catalog.alone():
        with catalog.writing() as connection:
            counts = _counts(connection, before)
            old = sa.select(labels.c.id).where(superseded(before))
            connection.execute(sa.delete(findings).where(findings.c.label_id.in_(old)))
            for table, condition in _pruned(before):
                connection.execute(sa.delete(table).where(condition))
        freed = catalog.vacuum(WORTH_VACUUM)
    return PruneResult(**counts, dry_run=False, freed_bytes=freed)


def _pruned(before: datetime) -> tuple[tuple[sa.Table, sa.ColumnElement[bool]], ...]:
    return (captures, uncited(before)), (labels, superseded(before)), (run_sources, uneventful(before))


def _counts(connection: Connection, before: datetime) -> dict[str, int]:
    names = ("captures", "labels", "outcomes")
    counts = {
        name: connection.scalar(sa.select(sa.func.count()).select_from(table).where(condition)) or 0
        for name, (table, condition) in zip(names, _pruned(before), strict=True)
    }
    size = sa.select(sa.func.coalesce(sa.func.sum(sa.func.length(captures.c.body)), 0)).where(uncited(before))
    of_labels = sa.select(sa.func.count()).select_from(findings.join(labels)).where(superseded(before))
    more = {"capture_bytes": connection.scalar(size), "findings": connection.scalar(of_labels)}
    return counts | {name: int(count or 0) for name, count in more.items()}


def uncited(before: datetime) -> sa.ColumnElement[bool]:
    """Captures fetched before a time that no row of any table cites."""
    cites = [sa.exists().where(column == captures.c.id) for _, column in _citing(captures)]
    return (captures.c.fetched_at < before) & sa.not_(sa.or_(*cites))


def superseded(before: datetime) -> sa.ColumnElement[bool]:
    """Labels of words that a newer reader had read before a time.

    Not those whose reader also read other words of the listing: they may be all that earlier words compare with.
    """
    newer, others = labels.alias("newer"), labels.alias("others")
    words = (newer.c.listing_id == labels.c.listing_id) & (newer.c.content_hash == labels.c.content_hash)
    reader = (others.c.listing_id == labels.c.listing_id) & (others.c.reader_version == labels.c.reader_version)
    replaced = sa.exists().where(words, newer.c.id > labels.c.id, newer.c.read_at < before)
    return replaced & ~sa.exists().where(reader, others.c.content_hash != labels.c.content_hash)


def uneventful(before: datetime) -> sa.ColumnElement[bool]:
    """Outcomes of sources in runs before a time that no row cites, without the last of each kind."""
    this = sa.tuple_(run_sources.c.run_id, run_sources.c.source_id)
    kind = (run_sources.c.source_id, run_sources.c.outcome, run_sources.c.increment)
    last = sa.select(*kind, sa.func.max(run_sources.c.finished_at)).group_by(*kind)
    return (
        (run_sources.c.finished_at < before)
        & this.not_in(sa.union(*_cited_runs()))
        & sa.tuple_(*kind, run_sources.c.finished_at).not_in(last)
    )


def _cited_runs() -> Iterator[sa.Select[Any]]:
    """Runs and sources that anything remembered began or ended with."""
    for table, column in _citing(runs):
        if table is run_sources:
            continue
        if "source_id" in table.c:
            yield sa.select(column, table.c.source_id).where(column.is_not(None))
        else:
            joined = table.join(listings, listings.c.id == table.c.listing_id)
            yield sa.select(column, listings.c.source_id).select_from(joined).where(column.is_not(None))


def _citing(target: sa.Table) -> Iterator[tuple[sa.Table, sa.Column[Any]]]:
    """Every column of the catalog that refers to a table."""
    for table in metadata.sorted_tables:
        yield from ((table, column) for column in table.c if column.references(target.c.id))
