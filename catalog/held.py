"""Data that looked wrong, kept aside until a person decides: readers see what was there before."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from itertools import chain
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from catalog.bulk import BATCH, batches, insert
from catalog.captures import keep_captures
from catalog.models import CrawlReport, Ending, Outcome, SourceResult
from catalog.outcomes import finished_run, record
from catalog.pages import forget_pages
from catalog.plausible import Difference
from catalog.publish import Publication, on_offer
from catalog.schema import captures, held, held_listings, listings, run_sources, sources
from catalog.spool import SEEN, Handed, Intake
from catalog.store import Catalog
from checker import InputError


@dataclass(frozen=True, slots=True)
class Review:
    """What waits for a decision about one source."""

    source: str
    held_at: datetime
    """When the data was collected."""
    difference: Difference

    def as_dict(self) -> dict[str, Any]:
        """Plain values for JSON."""
        return {"source": self.source, "held_at": self.held_at.isoformat(), **self.difference.as_dict()}


class Aside:
    """What was kept aside of one source, as a publication takes it."""

    def __init__(self, connection: Connection, source_id: int) -> None:
        self._connection = connection
        self._mine = held_listings.c.source_id == source_id
        keys = sa.select(held_listings.c.source_key, held_listings.c.position).where(self._mine)
        self.latest: dict[str, int] = {row.source_key: row.position for row in connection.execute(keys)}

    def handed(self) -> Iterator[Handed]:
        """Every listing once."""
        columns = (held_listings.c.source_key, held_listings.c.input_hash, captures.c.sha256, held_listings.c.document)
        asked = sa.select(*columns).outerjoin_from(held_listings, captures).where(self._mine)
        for start in range(0, len(self.latest), BATCH):
            place = held_listings.c.position.between(start, start + BATCH - 1)
            for row in self._connection.execute(asked.where(place).order_by(held_listings.c.position)).all():
                yield Handed(*row)

    def stored(self, sha: str) -> dict[str, Any]:
        """Never asked for: the catalog has them all."""
        raise KeyError(sha)


def keep_aside(
    connection: Connection, run_id: int, source_id: int, intake: Intake, ending: Ending, found: Difference
) -> None:
    """Keep what was handed over, in place of what was kept aside of this source before."""
    drop(connection, source_id)
    row = {"source_id": source_id, "run_id": run_id, "ending": ending, "difference": json.dumps(found.as_dict())}
    connection.execute(sa.insert(held).values(row))
    for batch in batches(enumerate(chain(intake.handed(), _unchanged(connection, source_id, intake)))):
        ids = keep_captures(connection, intake, {h.capture_sha256 for _, h in batch} - {None})
        insert(connection, held_listings, [_row(source_id, position, h, ids) for position, h in batch])


def _unchanged(connection: Connection, source_id: int, intake: Intake) -> Iterator[Handed]:
    """What was on pages that have not changed: the catalog has it."""
    for keys in batches(key for key, line in intake.latest.items() if line == SEEN):
        yield from on_offer(connection, source_id, listings.c.source_key.in_(keys))


def _row(source_id: int, position: int, handed: Handed, capture_ids: Mapping[str | None, int]) -> dict[str, Any]:
    texts = {"source_key": handed.source_key, "input_hash": handed.input_hash, "document": handed.document}
    return {"source_id": source_id, "position": position, "capture_id": capture_ids.get(handed.capture_sha256), **texts}


def drop(connection: Connection, source_id: int) -> None:
    """Forget what was kept aside of a source; its captures stay until nothing cites them and they are pruned."""
    for table in (held_listings, held):
        connection.execute(sa.delete(table).where(table.c.source_id == source_id))


def reviews(connection: Connection) -> list[Review]:
    """What waits for a decision, by source."""
    return [
        Review(row.name, row.finished_at, Difference.from_dict(json.loads(row.difference)))
        for row in connection.execute(_waiting().order_by(sources.c.name))
    ]


def accept(catalog: Catalog, source: str) -> SourceResult:
    """Publish what was kept aside, as seen when it was collected, in a run of its own.

    Raises InputError when nothing was kept aside, and LockedError.
    """
    with catalog.alone(), catalog.writing() as connection:
        row = _one(connection, source)
        run_id = finished_run(connection)
        whole = row.ending == "complete"
        changes = Publication(connection, run_id, row.source_id).write(Aside(connection, row.source_id), whole=whole)
        drop(connection, row.source_id)
        forget_pages(connection, row.source_id)  # none of them was kept of the crawl that is published here
        report = CrawlReport(source, row.ending, "accepted in review", row.seen, row.kept, row.skipped)
        outcome: Outcome = "fresh" if whole else "partial"
        return record(connection, run_id, row.source_id, outcome, report, changes, finished_at=row.finished_at)


def retire(catalog: Catalog, source: str) -> SourceResult:
    """Say of all that a source offers that it is gone, and forget what was kept aside of it, in a run of its own.

    Raises InputError when the catalog has no such source, and LockedError.
    """
    with catalog.alone(), catalog.writing() as connection:
        source_id = connection.scalar(sa.select(sources.c.id).where(sources.c.name == source))
        if source_id is None:
            raise InputError(f"The catalog {catalog.url} has no source {source!r}.")
        run_id = finished_run(connection)
        drop(connection, source_id)
        nothing = Aside(connection, source_id)
        changes = Publication(connection, run_id, source_id).write(nothing, whole=True)
        forget_pages(connection, source_id)
        return record(connection, run_id, source_id, "retired", CrawlReport(source, "complete"), changes)


def reject(catalog: Catalog, source: str) -> None:
    """Forget what was kept aside: its run has failed; raises InputError when there is nothing, LockedError."""
    with catalog.alone(), catalog.writing() as connection:
        row = _one(connection, source)
        drop(connection, row.source_id)
        this = (run_sources.c.run_id == row.run_id) & (run_sources.c.source_id == row.source_id)
        told = f"rejected in review: {row.message}"
        connection.execute(sa.update(run_sources).where(this).values(outcome="failed", message=told))


def _waiting() -> sa.Select[Any]:
    outcome = (run_sources.c.run_id == held.c.run_id) & (run_sources.c.source_id == held.c.source_id)
    columns = [run_sources.c[name] for name in ("finished_at", "message", "seen", "kept", "skipped")]
    joined = held.join(sources).join(run_sources, outcome)
    return sa.select(held, sources.c.name, *columns).select_from(joined)


def _one(connection: Connection, source: str) -> sa.Row[Any]:
    row = connection.execute(_waiting().where(sources.c.name == source)).one_or_none()
    if row is None:
        raise InputError(f"Nothing of {source!r} waits for review.")
    return row
