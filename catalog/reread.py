"""All kept listings through the current reader, without the network.

Each transaction has some thousand of them, and `listings.read_with` says what is done: a reread that was stopped goes
on where it was.
"""

from __future__ import annotations

from array import array
from collections import Counter
from collections.abc import Callable, Generator, Mapping, Sequence
from contextlib import closing
from dataclasses import asdict, dataclass, field
from itertools import islice
from typing import Any, NamedTuple

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from catalog.bulk import next_id
from catalog.findings import STREAMED, compare_across
from catalog.groups import keep_groups
from catalog.readings import READ_WITH, Reading, Written, load, look, write
from catalog.run import Run, start_run
from catalog.schema import labels, listing_texts, listings
from catalog.store import Catalog
from catalog.stories import changed_fields
from catalog.workers import spread
from checker import READER_VERSION, Label, Listing

BATCH = 200
"""Listings looked at in one go: with 500 each process takes 12 MB more, and no less time."""

TOGETHER = 50
"""Batches written in one transaction: each writes whole pages of the indexes, however few of their entries change."""

LEAST = 10 * BATCH
"""Listings for which it is worth while to start a process: that takes as long as looking at so many."""


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


def reread(catalog: Catalog, on_progress: Callable[[int, int], None] | None = None, processes: int = 1) -> RereadResult:
    """Read what another version of the reader read last; `on_progress` hears how many of how many are done.

    There must be no other writer. Of a catalog that is up to date nothing is written. Of a large one, so many processes
    read and compute (`catalog.workers`); who asks for more than one must be a module that can be imported.
    """
    with catalog.reading() as connection:
        asked = sa.select(listings.c.id).where(listings.c.read_with != READ_WITH).order_by(listings.c.id)
        ids = array("q", connection.execution_options(**STREAMED).scalars(asked))
    if not ids:
        return RereadResult(0, 0)
    done, changed, fields = 0, 0, Counter[str]()
    processes = min(processes, len(ids) // LEAST)
    with start_run(catalog, []) as run, closing(_write(catalog, run, ids, processes)) as written:
        for looked in written:
            done += len(looked.ids)
            changed += len(looked.changed)
            fields.update(name for names in looked.changed for name in names)
            if on_progress:
                on_progress(done, len(ids))
    return RereadResult(done, changed, dict(fields.most_common()))


class Batch(NamedTuple):
    """Listings to look at."""

    run_id: int
    first_label: int
    """From here on there is an id for each of them."""
    ids: Sequence[int]


class Looked(NamedTuple):
    """What came of a batch."""

    ids: Sequence[int]
    written: Written
    changed: list[tuple[str, ...]]
    """The fields that changed of each listing whose label did."""


def _write(catalog: Catalog, run: Run, ids: Sequence[int], processes: int) -> Generator[Looked, None, None]:
    """Writes one batch after the other, and yields it.

    With the last batch all products are compared, as after a publication: nothing is left to do when it is written.
    """
    with catalog.reading() as connection:
        label_id = next_id(connection, labels.c.id)
    starts = range(0, len(ids), BATCH)
    batches = (Batch(run.id, label_id + start, ids[start : start + BATCH]) for start in starts)
    left = len(starts)
    with closing(spread(catalog, _look, batches, processes)) as looked:
        while left:
            with run.writing() as connection:
                for each in islice(looked, TOGETHER):
                    write(connection, each.written)
                    these = listings.c.id.in_(list(each.ids))
                    connection.execute(sa.update(listings).where(these).values(read_with=READ_WITH))
                    left -= 1
                    yield each
                if not left:
                    compare_across(connection)
                    keep_groups(connection)


def _look(catalog: Catalog, batch: Batch) -> Looked:
    with catalog.reading() as connection:
        readings = _readings(connection, batch.ids)
        load(connection, readings)
        before = _last_read(connection, [r.listing_id for r in readings if r.label is None])
    written = look(catalog.engine.dialect, batch.run_id, batch.first_label, readings)
    read = ((before[r.listing_id], r.label) for r in readings if r.listing_id in before)
    changed = [names for old, now in read if now and (names := changed_fields(old, now))]
    return Looked(batch.ids, written, changed)


def _readings(connection: Connection, ids: Sequence[int]) -> list[Reading]:
    columns = (listings.c.id, listings.c.source_id, listings.c.content_hash, listings.c.gone_run_id)
    asked = sa.select(*columns, listing_texts.c.document).join_from(listings, listing_texts)
    return [
        Reading(id_, source_id, Listing.model_validate_json(document), content_hash, offered=gone_run_id is None)
        for id_, source_id, content_hash, gone_run_id, document in connection.execute(
            asked.where(listings.c.id.in_(list(ids))).order_by(listings.c.id)
        )
    ]


def _last_read(connection: Connection, listing_ids: list[int]) -> dict[int, Label]:
    """What another version of the reader last read in the words that each listing shows."""
    words = (labels.c.listing_id == listings.c.id) & (labels.c.content_hash == listings.c.content_hash)
    asked = sa.select(labels.c.listing_id, labels.c.document).join(listings, words)
    other = asked.where(listings.c.id.in_(listing_ids), labels.c.reader_version != READER_VERSION)
    rows = connection.execute(other.order_by(labels.c.id)) if listing_ids else ()
    return {row.listing_id: Label.model_validate_json(row.document) for row in rows}
