"""Writes what one source handed over: only what changed, in batches, inside one transaction."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from catalog.bulk import batches, insert, next_id
from catalog.captures import keep_captures
from catalog.findings import compare_across
from catalog.groups import keep_groups
from catalog.pricing import currency_code, parse_price
from catalog.readings import READ_WITH, Reading, Readings
from catalog.schema import listing_texts, listings, offers, run_sources, wordings
from catalog.seen import SAW_ALL
from catalog.spool import Handed, HandedOver
from checker import Listing, Offer


@dataclass(slots=True)
class Changes:
    """What a publication changed, in listings."""

    new: int = 0
    changed: int = 0
    gone: int = 0
    read: int = 0
    """Looked at, be it only because another version of the reader had read them."""

    def __bool__(self) -> bool:
        return bool(self.read or self.gone)


@dataclass(slots=True)
class Work:
    """A listing that must be written, on its way through the tables."""

    id: int
    handed: Handed
    listing: Listing
    content_hash: str
    known: sa.Row[Any, Any, Any, Any, Any, Any] | None

    @property
    def same_input(self) -> bool:
        """Whether only the reading, or its being gone, is out of date."""
        return self.known is not None and self.known.input_hash == self.handed.input_hash

    @property
    def is_back(self) -> bool:
        """Whether it had been gone."""
        return self.known is not None and self.known.gone_run_id is not None

    @property
    def same_words(self) -> bool:
        """Whether it goes on showing the words that it showed last time."""
        return self.known is not None and self.known.content_hash == self.content_hash and not self.is_back


def on_offer(connection: Connection, source_id: int, which: sa.ColumnElement[bool]) -> Iterator[Handed]:
    """Listings of a source that the catalog has, as they were handed over; `which` is about `listings`."""
    here = (listings.c.source_id == source_id) & listings.c.gone_run_id.is_(None)
    ids = connection.scalars(sa.select(listings.c.id).where(here, which)).all()
    columns = (listings.c.source_key, listings.c.input_hash, listing_texts.c.document)
    asked = sa.select(*columns).join_from(listings, listing_texts)
    for some in batches(ids):
        for row in connection.execute(asked.where(listings.c.id.in_(some))).all():
            yield Handed(row.source_key, row.input_hash, None, row.document)


class Publication:
    """The writing of one source's data inside the transaction of a connection."""

    def __init__(self, connection: Connection, run_id: int, source_id: int) -> None:
        self.connection, self.run_id, self.source_id = connection, run_id, source_id
        self.changes = Changes()
        self._readings = Readings(connection, run_id)
        self._was_outdated = False
        self._next = {t.name: next_id(connection, t.c.id) for t in (listings, offers)}

    def write(self, intake: HandedOver, *, whole: bool) -> Changes:
        """Write all that was handed over; what was there before and was not seen is gone when this is the whole."""
        self._write_batches(intake, intake.handed())
        if whole:
            self._mark_gone(intake.latest)
        else:
            self._mark_seen(intake.latest)
        self._write_batches(intake, on_offer(self.connection, self.source_id, listings.c.read_with != READ_WITH))
        if self.changes:
            compare_across(self.connection, None if self._was_outdated else self._readings.articles)
            keep_groups(self.connection)
        return self.changes

    def _write_batches(self, intake: HandedOver, handed: Iterable[Handed]) -> None:
        for batch in batches(handed):
            if work := self._work(batch):
                self.changes.read += len(work)
                cited = {w.handed.capture_sha256 for w in work if not w.same_input} - {None}
                self._write_listings(work, keep_captures(self.connection, intake, cited))
                self._write_offers(work)
                self._write_wordings(work)
                self._readings.write(
                    [Reading(w.id, self.source_id, w.listing, w.content_hash, is_new=w.known is None) for w in work]
                )

    def _work(self, batch: list[Handed]) -> list[Work]:
        """What of a batch is new, changed, back, or read by another version."""
        columns = (listings.c.id, listings.c.source_key, listings.c.input_hash, listings.c.read_with)
        asked = sa.select(*columns, listings.c.gone_run_id, listings.c.content_hash).where(
            listings.c.source_id == self.source_id, listings.c.source_key.in_([h.source_key for h in batch])
        )
        known = {row.source_key: row for row in self.connection.execute(asked)}
        work = []
        for handed in batch:
            row = known.get(handed.source_key)
            self._was_outdated |= row is not None and row.read_with != READ_WITH
            found = row and (row.input_hash, row.read_with, row.gone_run_id)
            if found != (handed.input_hash, READ_WITH, None):
                listing = Listing.model_validate_json(handed.document)
                listing_id = row.id if row else self._new_id(listings)
                work.append(Work(listing_id, handed, listing, listing.content_hash, row))
        return work

    def _new_id(self, table: sa.Table) -> int:
        self._next[table.name] += 1
        return self._next[table.name] - 1

    def _update(self, table: sa.Table, rows: list[dict[str, Any]]) -> None:
        """Set the given columns by `row_id`; all rows name the same ones."""
        if rows:
            self.connection.execute(sa.update(table).where(table.c.id == sa.bindparam("row_id")), rows)

    def _write_listings(self, work: list[Work], capture_ids: Mapping[str | None, int]) -> None:
        new = [w for w in work if w.known is None]
        again = [w for w in work if w.same_input]
        changed = [w for w in work if w.known is not None and not w.same_input]
        here = {"read_with": READ_WITH, "gone_run_id": None, "last_seen_run_id": None}
        place = {"source_id": self.source_id, "first_run_id": self.run_id, **here}

        def values(w: Work) -> dict[str, Any]:
            texts = {"url": w.listing.url, "title": w.listing.title}
            hashes = {"input_hash": w.handed.input_hash, "content_hash": w.content_hash}
            cited = capture_ids.get(w.handed.capture_sha256)
            return {**texts, **hashes, "capture_id": cited, "changed_run_id": self.run_id}

        insert(
            self.connection,
            listings,
            [{"id": w.id, "source_key": w.handed.source_key, **place, **values(w)} for w in new],
        )
        self._update(listings, [{"row_id": w.id, **here, **values(w)} for w in changed])
        self._update(listings, [{"row_id": w.id, **here} for w in again])
        self._write_texts(work)
        self.changes.new += len(new)
        self.changes.changed += len(changed) + sum(w.is_back for w in again)

    def _write_texts(self, work: list[Work]) -> None:
        replaced = [w.id for w in work if w.known is not None and not w.same_input]
        if replaced:
            self.connection.execute(sa.delete(listing_texts).where(listing_texts.c.listing_id.in_(replaced)))
        texts = [{"listing_id": w.id, "document": w.handed.document} for w in work if not w.same_input]
        insert(self.connection, listing_texts, texts)

    def _write_wordings(self, work: list[Work]) -> None:
        """Append the words that a listing did not show before, and end what they replace."""
        other = [w for w in work if not w.same_words]
        self._end(wordings, [w.id for w in other if w.known is not None])
        rows = [
            {"listing_id": w.id, "since_run_id": self.run_id, "content_hash": w.content_hash}
            | {"title": w.listing.title, "pack": w.listing.pack}
            for w in other
        ]
        insert(self.connection, wordings, rows)

    def _end(self, table: sa.Table, listing_ids: list[int]) -> None:
        """Say of what listings showed until now that this run no longer saw it."""
        current = table.c.listing_id.in_(listing_ids) & table.c.until_run_id.is_(None)
        if listing_ids:
            self.connection.execute(sa.update(table).where(current).values(until_run_id=self.run_id))

    def _write_offers(self, work: list[Work]) -> None:
        """Append what is offered otherwise than before, and end what no longer is."""
        before: dict[int, dict[tuple[object, ...], int]] = {w.id: {} for w in work}
        asked = sa.select(offers).where(offers.c.listing_id.in_([w.id for w in work if w.known is not None]))
        for row in self.connection.execute(asked.where(offers.c.until_run_id.is_(None))):
            before[row.listing_id][tuple(row[3:-2])] = row.id
        new, ended = [], []
        for w in work:
            kept = set()
            for position, offer in enumerate(w.listing.offers):
                values = offer_values(offer)
                kept.add(key := tuple(values.values()))
                if key not in before[w.id]:
                    before[w.id][key] = self._new_id(offers)
                    place = {"id": before[w.id][key], "listing_id": w.id, "position": position}
                    new.append(place | values | {"since_run_id": self.run_id})
            gone = before[w.id].keys() - kept
            ended += [{"row_id": before[w.id][key], "until_run_id": self.run_id} for key in sorted(gone, key=str)]
        insert(self.connection, offers, new)
        self._update(offers, ended)

    def _mark_seen(self, seen: Iterable[str]) -> None:
        """Note which listings a crawl saw that did not see all: of the others nobody knows."""
        mine = sa.update(listings).where(listings.c.source_id == self.source_id)
        for keys in batches(seen):
            self.connection.execute(mine.where(listings.c.source_key.in_(keys)).values(last_seen_run_id=self.run_id))

    def _mark_gone(self, seen: Mapping[str, int]) -> None:
        """What a complete crawl did not see is gone; it is never deleted."""
        present = sa.select(listings.c.id, listings.c.source_key, listings.c.last_seen_run_id).where(
            listings.c.source_id == self.source_id, listings.c.gone_run_id.is_(None)
        )
        gone = [row for row in self.connection.execute(present) if row.source_key not in seen]
        last = self._last_run()
        ended = [
            {"row_id": row.id, "gone_run_id": self.run_id, "last_seen_run_id": max(last, row.last_seen_run_id or 0)}
            for row in gone
        ]
        self._update(listings, ended)
        for ids in batches(row.id for row in gone):
            self._readings.forget(ids)
            self._end(offers, ids)
            self._end(wordings, ids)
        self.changes.gone = len(gone)

    def _last_run(self) -> int:
        """The last run that saw this source whole, before this one; 0 when there was none."""
        fresh = (run_sources.c.source_id == self.source_id) & SAW_ALL
        return self.connection.scalar(sa.select(sa.func.max(run_sources.c.run_id)).where(fresh)) or 0


def offer_values(offer: Offer) -> dict[str, Any]:
    """The columns of an offer that make it another one when they change, in the table's order."""
    currency = currency_code(offer.currency)
    return {
        "name": offer.name,
        "sku": offer.sku,
        "gtin": offer.gtin,
        "price_text": offer.price,
        "price": parse_price(offer.price, currency),
        "currency": currency,
        "availability": offer.availability,
    }
