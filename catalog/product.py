"""Everything about one listing."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from catalog.articles import LEAST_SCORE, likeness
from catalog.attribution import attribution
from catalog.columns import Linked
from catalog.comparison import row_values
from catalog.details import LabelPeriod, OfferPeriod, Product, Suggestion
from catalog.findings import load_findings
from catalog.models import ComparisonRow
from catalog.queries import EVERYTHING, comparison_query, row_of
from catalog.schema import captures, comparison, gtins, labels, listing_texts, listings, offers, sources, wordings
from catalog.seen import last_seen_at, publication_times
from catalog.shops import offers_of_article, same_product
from checker import Label, Listing


def product(connection: Connection, source: str, source_key: str, fresh_for: timedelta) -> Product | None:
    """See `Catalog.product`."""
    asked = (
        sa.select(
            listings, listing_texts.c.document, captures.c.url.label("capture_url"), sources.c.kind, sources.c.demo
        )
        .join(sources, sources.c.id == listings.c.source_id)
        .join(listing_texts, listing_texts.c.listing_id == listings.c.id)
        .outerjoin(captures, captures.c.id == listings.c.capture_id)
        .where(sources.c.name == source, listings.c.source_key == source_key)
    )
    found = connection.execute(asked).one_or_none()
    if found is None:
        return None
    times = publication_times(connection, found.source_id)
    last_seen = last_seen_at(connection, found)
    listing = Listing.model_validate_json(found.document)
    read = _latest_label(connection, found.id, found.content_hash)
    label = Label.model_validate_json(read.document)
    problems = tuple(finding for _, finding in load_findings(connection, [read.id]))
    history = tuple(_offer_periods(connection, found.id, times))
    owed = attribution(found.kind, last_seen, demo=found.demo)
    article = connection.scalar(sa.select(offers_of_article()).where(comparison.c.listing_id == found.id)) or 1
    values = row_values(listing, label, problems, read.read_at)
    return Product(
        row=ComparisonRow(**values, seen_at=last_seen, offers=article, attribution=owed),
        listing=listing,
        label=label,
        findings=problems,
        offers=tuple(offer for offer in history if offer.until is None),
        price_history=history,
        capture_url=found.capture_url,
        first_seen=times[found.first_run_id],
        last_seen=last_seen,
        gone=found.gone_run_id is not None,
        label_history=tuple(_label_periods(connection, found.id, times)),
        same_product=tuple(same_product(connection, found.id, fresh_for)),
        suggestions=tuple(suggestions(connection, found.id)),
    )


def _latest_label(connection: Connection, listing_id: int, content_hash: str) -> sa.Row[Any]:
    words = (labels.c.listing_id == listing_id) & (labels.c.content_hash == content_hash)
    return connection.execute(sa.select(labels).where(words).order_by(labels.c.id.desc()).limit(1)).one()


def _offer_periods(connection: Connection, listing_id: int, times: Linked[int, datetime]) -> Iterable[OfferPeriod]:
    asked = sa.select(offers).where(offers.c.listing_id == listing_id)
    for o in connection.execute(asked.order_by(offers.c.since_run_id, offers.c.position)):
        until = times[o.until_run_id] if o.until_run_id else None
        amount = (o.price, o.currency, o.availability)
        yield OfferPeriod(o.name, o.sku, o.gtin, *amount, since=times[o.since_run_id], until=until)


def _label_periods(connection: Connection, listing_id: int, times: Linked[int, datetime]) -> Iterable[LabelPeriod]:
    """The words that the listing showed, one after the other, each as it was last read."""
    asked = sa.select(labels.c.content_hash, labels.c.document).where(labels.c.listing_id == listing_id)
    read = Linked({row.content_hash: row.document for row in connection.execute(asked.order_by(labels.c.id))})
    shown = sa.select(wordings).where(wordings.c.listing_id == listing_id).order_by(wordings.c.since_run_id)
    for w in connection.execute(shown):
        until = times[w.until_run_id] if w.until_run_id else None
        yield LabelPeriod(Label.model_validate_json(read[w.content_hash]), times[w.since_run_id], until)


def suggestions(connection: Connection, listing_id: int) -> list[Suggestion]:
    """What other sources may sell as the same article; see `Product.suggestions`.

    Bar codes decide where both sides have one: they join, or they tell that these are two articles.
    """
    mine = connection.execute(sa.select(comparison).where(comparison.c.listing_id == listing_id)).one_or_none()
    if mine is None or mine.likeness_key is None:
        return []
    asked = comparison_query(EVERYTHING)
    alike = (comparison.c.likeness_key == mine.likeness_key) & (comparison.c.source_id != mine.source_id)
    if connection.scalar(sa.select(sa.func.count()).where(gtins.c.listing_id == listing_id)):
        alike &= ~sa.exists().where(gtins.c.listing_id == comparison.c.listing_id)
    found = []
    for row in connection.execute(asked.where(alike)).mappings():
        score = int(likeness((mine.brand, mine.title), (row["brand"], row["title"])))
        if score >= LEAST_SCORE:
            found.append(Suggestion(row_of(row), score))
    return sorted(found, key=lambda suggestion: (-suggestion.score, suggestion.row.source, suggestion.row.source_key))
