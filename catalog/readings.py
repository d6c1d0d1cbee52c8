"""From listings to what is kept of their labels: readings, findings, bar codes and rows of the comparison.

What the tables have of some listings is loaded, then all of it is worked out without the database (`look`), then what
differs is written: a reread does the first two in several processes (`catalog.workers`).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from operator import itemgetter
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection, Dialect

from catalog.across import reformulated
from catalog.articles import gtins_of
from catalog.bulk import Difference, Raw, difference, insert_raw, kept, next_id, raw, renew
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
    label_id: int = 0
    """0 while this reader has not read these words."""
    label: Label | None = None
    findings: tuple[Finding, ...] = ()
    read_at: datetime | None = None
    earlier: list[tuple[datetime, Label]] = field(default_factory=list)
    """What this reader read in the listing's other words, the latest first."""
    gtins: set[str] = field(default_factory=set)
    """The bar codes that the catalog has of it."""
    row: Raw | None = None
    """The row of the comparison that the catalog has of it."""


@dataclass(frozen=True, slots=True)
class Written:
    """What is to be written of some listings: plain values, which another process may have worked out."""

    labels: list[Raw]
    checked: list[int]
    """Labels whose findings are replaced."""
    findings: list[Raw]
    gtins: list[Raw]
    gtins_gone: list[Raw]
    comparison: Difference
    articles: set[str]
    """Bar codes of the comparison's rows that came, went, or show another label."""


def load(connection: Connection, readings: Sequence[Reading]) -> None:
    """Give listings what the tables have of them, with the label that this reader already read in the same words."""
    by_id = {r.listing_id: r for r in readings if not r.is_new}
    if not by_id:
        return
    columns = (labels.c.id, labels.c.listing_id, labels.c.content_hash, labels.c.document, labels.c.read_at)
    asked = sa.select(*columns).where(labels.c.listing_id.in_(list(by_id)), labels.c.reader_version == READER_VERSION)
    for row in connection.execute(asked.order_by(labels.c.id.desc())):
        r, label = by_id[row.listing_id], Label.model_validate_json(row.document)
        if row.content_hash == r.content_hash:
            r.label, r.label_id, r.read_at = label, row.id, row.read_at
        else:
            r.earlier.append((row.read_at, label))
    read = {r.label_id: r for r in by_id.values() if r.label is not None}
    for label_id, finding in load_findings(connection, read):
        read[label_id].findings += (finding,)
    for code, listing_id in connection.execute(sa.select(gtins).where(gtins.c.listing_id.in_(list(by_id)))):
        by_id[listing_id].gtins.add(code)
    for listing_id, kept_row in kept(connection, comparison, list(by_id)).items():
        by_id[listing_id].row = kept_row


def look(dialect: Dialect, run_id: int, first_label: int, readings: Sequence[Reading]) -> Written:
    """Read what this reader has not read in these words; check all, because a new price may settle a finding."""
    read: list[dict[str, Any]] = []
    checked: list[Reading] = []
    for r in readings:
        if r.label is None:
            r.label = read_label(r.listing.label_text, title=r.listing.title, market=r.listing.market)
            r.label_id, r.read_at = first_label + len(read), datetime.now(UTC)
            read.append(_label_row(r, r.label, run_id))
        market = tuple(finding for finding in r.findings if finding.code in MARKET_CODES)
        found = worst_first([*_check(r, r.label), *market])
        if found != r.findings:
            r.findings = found
            checked.append(r)
    codes = {r.listing_id: gtins_of(r.listing) for r in readings}
    before = {r.listing_id: r.row for r in readings if r.row}
    rows = raw(dialect, comparison, (row for r in readings for row in _comparison_rows(r)))
    now = {row[0]: row for row in rows}
    return Written(
        labels=raw(dialect, labels, read),
        checked=[r.label_id for r in checked if not r.is_new],
        findings=raw(dialect, findings, (row for r in checked for row in finding_rows(r.label_id, r.findings))),
        gtins=[(code, r.listing_id) for r in readings for code in sorted(codes[r.listing_id] - r.gtins)],
        gtins_gone=[(code, r.listing_id) for r in readings for code in sorted(r.gtins - codes[r.listing_id])],
        comparison=difference(before, now),
        articles=_articles(before, now),
    )


def _check(r: Reading, label: Label) -> tuple[Finding, ...]:
    """The findings of the label and its history; `compare_across` sees to those that other products give."""
    compared = label.has_magnesium and r.earlier
    changed = reformulated(label, r.listing.label_text, r.earlier) if compared else None
    return (*check_label(label, r.listing), *([changed] if changed else []))


def _label_row(r: Reading, label: Label, run_id: int) -> dict[str, Any]:
    return {
        "id": r.label_id,
        "listing_id": r.listing_id,
        "content_hash": r.content_hash,
        "reader_version": label.reader_version,
        "has_magnesium": label.has_magnesium,
        "document": label.model_dump_json(exclude_defaults=True),
        "read_at": r.read_at,
        "run_id": run_id,
    }


def _comparison_rows(r: Reading) -> Iterator[dict[str, Any]]:
    """The row of a listing with magnesium that is offered."""
    if r.offered and r.label is not None and r.read_at is not None and r.label.has_magnesium:
        values = row_values(r.listing, r.label, r.findings, r.read_at)
        values |= sort_columns(values) | {name: ",".join(values[name]) for name in LISTED}
        yield {"listing_id": r.listing_id, "source_id": r.source_id, **values}


_shown = itemgetter(*map(comparison.columns.keys().index, ("gtin14", "read_at")))
"""The article of a row of the comparison, and which label it shows: each was read at a time of its own."""


def _articles(before: dict[int, Raw], now: dict[int, Raw]) -> set[str]:
    shown = [{key: _shown(row) for key, row in rows.items()} for rows in (before, now)]
    return {code for _, (code, _) in shown[0].items() ^ shown[1].items() if code}


def write(connection: Connection, written: Written) -> None:
    """Write what differs, inside the one writer's transaction."""
    insert_raw(connection, labels, written.labels)
    if written.checked:
        connection.execute(sa.delete(findings).where(findings.c.label_id.in_(written.checked)))
    insert_raw(connection, findings, written.findings)
    for code, listing_id in written.gtins_gone:
        row = (gtins.c.gtin14 == code) & (gtins.c.listing_id == listing_id)
        connection.execute(sa.delete(gtins).where(row))
    insert_raw(connection, gtins, written.gtins)
    renew(connection, comparison, written.comparison)


class Readings:
    """Reads, checks and writes listings, some hundred at a time, inside the transaction of a connection."""

    def __init__(self, connection: Connection, run_id: int) -> None:
        self.connection, self.run_id = connection, run_id
        self.articles: set[str] = set()
        """See `Written.articles`."""
        self._next_label = next_id(connection, labels.c.id)

    def write(self, readings: Sequence[Reading]) -> None:
        """Load some listings, look at them, and write what differs."""
        load(self.connection, readings)
        written = look(self.connection.dialect, self.run_id, self._next_label, readings)
        write(self.connection, written)
        self._next_label += len(written.labels)
        self.articles |= written.articles

    def forget(self, listing_ids: Sequence[int]) -> None:
        """Take listings out of the comparison."""
        before = kept(self.connection, comparison, listing_ids)
        renew(self.connection, comparison, difference(before, {}))
        self.articles |= _articles(before, {})
