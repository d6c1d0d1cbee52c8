"""All kept listings through the current reader, without the network.

Each batch is a transaction, and `listings.read_with` says what is done: a reread that was stopped goes on where it was.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from catalog.findings import compare_across
from catalog.groups import keep_groups
from catalog.readings import READ_WITH, Reading, Readings
from catalog.run import Run, start_run
from catalog.schema import labels, listing_texts, listings
from catalog.store import Catalog
from catalog.stories import changed_fields
from checker import READER_VERSION, Label, Listing

BATCH = 2000
"""Listings read in one transaction: each writes whole pages of the indexes, however few of their entries change."""


@dataclass(frozen=True, slots=True)
class RereadResult:
    """What the current reader made of the kept listings."""

    listings: int
    """That had last been read by another version."""
    labels_changed: int
    """That now state something else in the same words."""
    fields: Mapping[str, int] = field(default_factory=dict)
    """How many labels changed by field, the most frequent first."""

    def as_dict(self) -> dict[str, Any]:
        """Plain values for JSON."""
        return asdict(self)


def reread(catalog: Catalog, on_progress: Callable[[int, int], None] | None = None) -> RereadResult:
    """Read what another version of the reader read last; `on_progress` hears how many of how many are done.

    There must be no other writer. Of a catalog that is up to date nothing is written.
    """
    with catalog.reading() as connection:
        total = connection.scalar(sa.select(sa.func.count()).where(listings.c.read_with != READ_WITH)) or 0
    if not total:
        return RereadResult(0, 0)
    done, changed, fields = 0, 0, Counter[str]()
    with start_run(catalog, []) as run:
        for batch in _batches(run):
            done += len(batch)
            changed += sum(bool(names) for names in batch)
            fields.update(name for names in batch for name in names)
            if on_progress:
                on_progress(done, total)
    return RereadResult(done, changed, dict(fields.most_common()))


def _batches(run: Run) -> Iterator[list[tuple[str, ...]]]:
    """Reads one batch after the other, each in its transaction; yields the fields that changed of each listing.

    With the last batch all products are compared, as after a publication: nothing is left to do when it is written.
    """
    last_id, more = 0, True
    while more:
        with run.writing() as connection:
            batch, more = _next(connection, last_id)
            Readings(connection, run.id).write(batch)
            before = _last_read(connection, [r.listing_id for r in batch if r.is_read])
            ids = [r.listing_id for r in batch]
            connection.execute(sa.update(listings).where(listings.c.id.in_(ids)).values(read_with=READ_WITH))
            if not more:
                compare_across(connection)
                keep_groups(connection)
        last_id = ids[-1] if ids else last_id
        yield [_changed(before.get(r.listing_id), r.label) for r in batch]


def _changed(before: Label | None, after: Label | None) -> tuple[str, ...]:
    return changed_fields(before, after) if before and after else ()


def _next(connection: Connection, last_id: int) -> tuple[list[Reading], bool]:
    """The next batch, and whether there is more behind it."""
    asked = (
        sa.select(listings, listing_texts.c.document)
        .join(listing_texts, listing_texts.c.listing_id == listings.c.id)
        .where(listings.c.id > last_id, listings.c.read_with != READ_WITH)
        .order_by(listings.c.id)
        .limit(BATCH + 1)
    )
    rows = connection.execute(asked).all()
    return [_reading(row) for row in rows[:BATCH]], len(rows) > BATCH


def _reading(row: sa.Row[Any]) -> Reading:
    listing = Listing.model_validate_json(row.document)
    return Reading(row.id, row.source_id, listing, row.content_hash, offered=row.gone_run_id is None)


def _last_read(connection: Connection, listing_ids: list[int]) -> dict[int, Label]:
    """What another version of the reader last read in the words that each listing shows."""
    words = (labels.c.listing_id == listings.c.id) & (labels.c.content_hash == listings.c.content_hash)
    asked = sa.select(labels.c.listing_id, labels.c.document).join(listings, words)
    other = asked.where(listings.c.id.in_(listing_ids), labels.c.reader_version != READER_VERSION)
    rows = connection.execute(other.order_by(labels.c.id)) if listing_ids else ()
    return {row.listing_id: Label.model_validate_json(row.document) for row in rows}
