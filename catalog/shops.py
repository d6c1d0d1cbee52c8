"""Products across shops: joined by bar code, else suggested.

Whatever is needed to ask stands in each listing's own rows (`gtins`, `comparison.likeness_key`) and is written with
them, so a refresh matches only what changed, and no pair of listings is kept that a later refresh would have to unmake.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from catalog.articles import gtin14
from catalog.details import ArticleOffer
from catalog.schema import comparison, gtins, listings, offers, run_sources, sources
from catalog.seen import SAW_ALL, seen
from checker import Listing, Offer
from checker.sale import open_offers

FRESH_FOR = timedelta(days=14)
"""Our choice: prices that a source has not confirmed for two weeks do not rank."""


def same_product(connection: Connection, listing_id: int, fresh_for: timedelta) -> list[ArticleOffer]:
    """All offers of the articles of a listing; see `Product.same_product`."""
    mine = set(connection.scalars(sa.select(gtins.c.gtin14).where(gtins.c.listing_id == listing_id)))
    if not mine:
        return []
    oldest = datetime.now(UTC) - fresh_for
    rows = _listed(connection, mine)
    ids = [row.id for row in rows]
    codes = _by_listing(connection, sa.select(gtins).where(gtins.c.listing_id.in_(ids)))
    current = sa.select(offers).where(offers.c.listing_id.in_(ids), offers.c.until_run_id.is_(None))
    listed = _by_listing(connection, current.order_by(offers.c.listing_id, offers.c.position))
    found: list[ArticleOffer] = []
    for row in rows:
        own = {each.gtin14 for each in codes[row.id]}
        found += _offers_of(row, listed[row.id], own, mine, is_fresh=row.seen_at >= oldest)
    lowest: dict[tuple[str, str | None], Decimal] = {}
    for offer in found:
        if offer.is_current and offer.price is not None:
            key = offer.gtin14, offer.currency
            lowest[key] = min(offer.price, lowest.get(key, offer.price))
    marked = (replace(o, is_cheapest=o.is_current and o.price == lowest.get((o.gtin14, o.currency))) for o in found)
    return sorted(marked, key=_rank)


def _rank(offer: ArticleOffer) -> tuple[Any, ...]:
    price = offer.price is None, offer.price or 0
    return offer.gtin14, not offer.is_current, offer.currency or "~", *price, offer.source, offer.source_key


def _listed(connection: Connection, codes: Iterable[str]) -> list[sa.Row[Any]]:
    """Listings that are not gone and bear one of the codes, with the time at which each was last offered."""
    bearing = sa.select(gtins.c.listing_id).where(gtins.c.gtin14.in_(codes))
    here = sa.select(listings.c.id.label("listing_id"), listings.c.source_id)
    rows = here.where(listings.c.id.in_(bearing), listings.c.gone_run_id.is_(None)).subquery("bearing")
    seen_at, joined = seen(rows)
    columns = [listings.c[name] for name in ("id", "source_key", "url", "title")]
    asked = sa.select(*columns, sources.c.name.label("source"), seen_at)
    joined = joined.join(sources, sources.c.id == rows.c.source_id)
    return list(connection.execute(asked.select_from(joined).order_by(listings.c.id)))


def _by_listing(connection: Connection, asked: sa.Select[Any]) -> dict[int, list[sa.Row[Any]]]:
    found: dict[int, list[sa.Row[Any]]] = defaultdict(list)
    for row in connection.execute(asked):
        found[row.listing_id].append(row)
    return found


def _offers_of(
    row: sa.Row[Any], listed: list[sa.Row[Any]], own: set[str], codes: set[str], *, is_fresh: bool
) -> Iterator[ArticleOffer]:
    """What a listing offers of the articles; an offer without a code is of the listing's own, if it has only one."""
    place = (row.source, row.source_key, row.url, row.title)
    names = _for_everyone(row, [offer.name for offer in listed])
    for offer in listed:
        code = gtin14(offer.gtin) or (next(iter(own)) if len(own) == len(listed) == 1 else None)
        if code in codes:
            buyable = offer.availability == "in_stock" and bool(offer.price and offer.currency) and offer.name in names
            amount = (offer.price, offer.currency, offer.availability)
            now = (row.seen_at, buyable and is_fresh)
            yield ArticleOffer(str(code), *place, offer.name, *amount, *now, is_cheapest=False)
    for code in () if listed else sorted(own & codes):
        yield ArticleOffer(code, *place, "", None, None, None, row.seen_at, is_current=False, is_cheapest=False)


def _for_everyone(row: sa.Row[Any], names: list[str]) -> set[str]:
    """Names of offers whose price is not for subscribers only."""
    place = {"source": row.source, "source_key": row.source_key, "url": row.url, "title": row.title}
    return {offer.name for offer in open_offers(Listing(**place, offers=tuple(Offer(name=name) for name in names)))}


def is_cheapest(fresh_for: timedelta = FRESH_FOR) -> sa.ColumnElement[bool]:
    """Rows of the comparison without a current one of the same bar code and currency that ranks before them."""
    oldest = datetime.now(UTC) - fresh_for
    c, other = comparison.c, comparison.alias("other")
    cheaper = (other.c.price < c.price) | ((other.c.price == c.price) & (other.c.listing_id < c.listing_id))
    before = sa.not_(_is_current(comparison, oldest)) | cheaper
    article = (other.c.gtin14 == c.gtin14) & (other.c.currency == c.currency)
    return ~sa.exists().where(
        article, other.c.listing_id != c.listing_id, _is_current(other, oldest), before
    ).correlate(comparison)


def offers_of_article() -> sa.ColumnElement[int]:
    """How many rows of the comparison have a row's bar code."""
    other = comparison.alias("same_article")
    same = sa.select(sa.func.count()).where(other.c.gtin14 == comparison.c.gtin14).correlate(comparison)
    return sa.case((comparison.c.gtin14.is_(None), 1), else_=same.scalar_subquery()).label("offers")


def _is_current(rows: sa.FromClause, oldest: datetime) -> sa.ColumnElement[bool]:
    """Whether a row of the comparison is in stock and was seen lately, by a crawl of all or by one of a part.

    What crawls of all saw is asked first, for all rows at once: most need no second question.
    """
    lately = run_sources.c.finished_at >= oldest
    whole = sa.select(run_sources.c.source_id).where(SAW_ALL, lately)
    partly = (run_sources.c.run_id == listings.c.last_seen_run_id) & (run_sources.c.source_id == rows.c.source_id)
    marked = sa.exists().where(listings.c.id == rows.c.listing_id, partly, lately).correlate(rows)
    in_stock = (rows.c.availability == "in_stock") & rows.c.price.is_not(None)
    return in_stock & (rows.c.source_id.in_(whole) | marked)
