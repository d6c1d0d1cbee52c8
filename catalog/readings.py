"""From listings to what is kept of their labels: readings, findings, bar codes and rows of the comparison."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from operator import itemgetter
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from catalog.across import reformulated
from catalog.articles import gtins_of
from catalog.bulk import Raw, insert, kept, next_id, raw, renew
from catalog.comparison import LISTED, ROWS_VERSION, row_values, sort_columns
from catalog.findings import MARKET_CODES, finding_rows, load_findings, worst_first
from catalog.schema import comparison, findings, gtins, labels
from checker import READER_VERSION, Finding, Label, Listing, check_label, read_label

READ_WITH = f"{READER_VERSION}/{ROWS_VERSION}"
"""What a published listing was read with; another value means that it must be looked at again."""


@dataclass(slots=True)
class Reading:
    """A listing on its way through the reader."""

    listing_id: int
    source_id: int
    listing: Listing
    content_hash: str
    is_new: bool = False
    """Nothing is kept of it yet."""
    offered: bool = True
    """What is gone has no row in the comparison."""
    is_read: bool = False
    """This reader had not read these words before."""
    label_id: int = 0
    label: Label | None = None
    findings: tuple[Finding, ...] = ()
    read_at: datetime | None = None
    earlier: list[tuple[datetime, Label]] = field(default_factory=list)
    """What this reader read in the listing's other words, the latest first."""


class Readings:
    """Reads, checks and writes listings, some hundred at a time, inside the transaction of a connection."""

    def __init__(self, connection: Connection, run_id: int) -> None:
        self.connection, self.run_id = connection, run_id
        self.articles: set[str] = set()
        """Bar codes of the comparison's rows that came, went, or show another label."""
        self._next_label = next_id(connection, labels.c.id)

    def write(self, readings: list[Reading]) -> None:
        """Read what this reader has not read in these words; check all, because a new price may settle a finding."""
        known = [r for r in readings if not r.is_new]
        self._load(known)
        read, checked = [], []
        for r in readings:
            if r.label is None:
                r.label = read_label(r.listing.label_text, title=r.listing.title, market=r.listing.market)
                r.label_id, r.read_at = self._next_label, datetime.now(UTC)
                self._next_label += 1
                r.is_read = True
                read.append(self._label_row(r, r.label))
            market = tuple(finding for finding in r.findings if finding.code in MARKET_CODES)
            found = worst_first([*self._check(r, r.label), *market])
            if found != r.findings:
                r.findings = found
                checked.append(r)
        insert(self.connection, labels, read)
        self._write_findings(checked)
        self._write_gtins(readings, known)
        self._write_comparison(readings, known)

    def _load(self, known: list[Reading]) -> None:
        """Give listings the label that this reader already read in the same words."""
        by_id = {r.listing_id: r for r in known}
        asked = sa.select(labels).where(labels.c.listing_id.in_(list(by_id)), labels.c.reader_version == READER_VERSION)
        for row in self.connection.execute(asked.order_by(labels.c.id.desc())):
            r, label = by_id[row.listing_id], Label.model_validate_json(row.document)
            if row.content_hash == r.content_hash:
                r.label, r.label_id, r.read_at = label, row.id, row.read_at
            else:
                r.earlier.append((row.read_at, label))
        found = {r.label_id: r for r in known if r.label is not None}
        for label_id, finding in load_findings(self.connection, found):
            found[label_id].findings += (finding,)

    def _check(self, r: Reading, label: Label) -> tuple[Finding, ...]:
        """The findings of the label and its history; `compare_across` sees to those that other products give."""
        compared = label.has_magnesium and r.earlier
        changed = reformulated(label, r.listing.label_text, r.earlier) if compared else None
        return (*check_label(label, r.listing), *([changed] if changed else []))

    def _label_row(self, r: Reading, label: Label) -> dict[str, Any]:
        return {
            "id": r.label_id,
            "listing_id": r.listing_id,
            "content_hash": r.content_hash,
            "reader_version": label.reader_version,
            "has_magnesium": label.has_magnesium,
            "document": label.model_dump_json(exclude_defaults=True),
            "read_at": r.read_at,
            "run_id": self.run_id,
        }

    def _write_findings(self, checked: list[Reading]) -> None:
        before = [r.label_id for r in checked if not r.is_new]
        self.connection.execute(sa.delete(findings).where(findings.c.label_id.in_(before)))
        insert(self.connection, findings, [row for r in checked for row in finding_rows(r.label_id, r.findings)])

    def _write_gtins(self, readings: list[Reading], known: list[Reading]) -> None:
        """Bring the bar codes that join products up to date; writes what differs."""
        asked = sa.select(gtins).where(gtins.c.listing_id.in_([r.listing_id for r in known]))
        before = {(row.gtin14, row.listing_id) for row in self.connection.execute(asked)} if known else set()
        now = {(code, r.listing_id) for r in readings for code in gtins_of(r.listing)}
        for code, listing_id in sorted(before - now):
            row = (gtins.c.gtin14 == code) & (gtins.c.listing_id == listing_id)
            self.connection.execute(sa.delete(gtins).where(row))
        insert(self.connection, gtins, [{"gtin14": code, "listing_id": key} for code, key in sorted(now - before)])

    def _write_comparison(self, readings: list[Reading], known: list[Reading]) -> None:
        rows = raw(self.connection, comparison, (row for r in readings for row in _comparison_rows(r)))
        self._renew([r.listing_id for r in known], {row[0]: row for row in rows})

    def forget(self, listing_ids: Sequence[int]) -> None:
        """Take listings out of the comparison."""
        self._renew(listing_ids, {})

    def _renew(self, listing_ids: Sequence[int], now: Mapping[int, Raw]) -> None:
        """Replace rows of the comparison, and note the articles whose label is another, came or went."""
        before = kept(self.connection, comparison, listing_ids)
        renew(self.connection, comparison, before, now)
        shown = [{(key, *_shown(row)) for key, row in rows.items()} for rows in (before, now)]
        self.articles.update(code for _, code, _ in shown[0] ^ shown[1] if code)


_shown = itemgetter(*map(comparison.columns.keys().index, ("gtin14", "read_at")))
"""The article of a row of the comparison, and which label it shows: each was read at a time of its own."""


def _comparison_rows(r: Reading) -> Iterable[dict[str, Any]]:
    """The row of a listing with magnesium that is offered."""
    if r.offered and r.label is not None and r.read_at is not None and r.label.has_magnesium:
        values = row_values(r.listing, r.label, r.findings, r.read_at)
        values |= sort_columns(values) | {name: ",".join(values[name]) for name in LISTED}
        yield {"listing_id": r.listing_id, "source_id": r.source_id, **values}
