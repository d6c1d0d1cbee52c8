"""When a listing was last seen.

A whole crawl saw every listing that is not gone, and writes nothing to any of them: their time is that of the source's
last fresh run. A crawl that was partial, or asked only for what is new, writes its run to each listing that it saw
(`last_seen_run_id`): the later one counts.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from catalog.columns import BadValueError, Linked
from catalog.models import PUBLISHED
from catalog.schema import listings, run_sources, sources

SAW_ALL = (run_sources.c.outcome == "fresh") & sa.not_(run_sources.c.increment)
"""Outcomes of the runs that saw all of a source."""


def seen(rows: sa.FromClause) -> tuple[sa.ColumnElement[datetime], sa.FromClause]:
    """The time at which each of the rows' listings was last offered, and the rows joined with what tells it.

    The rows have a `listing_id` and a `source_id`, and their listings are not gone.
    """
    fresh = (run_sources.c.source_id == sources.c.id) & SAW_ALL
    latest = sa.select(sa.func.max(run_sources.c.finished_at)).where(fresh).scalar_subquery()
    whole = sa.select(sources.c.id.label("source_id"), latest.label("seen_at")).subquery("last_success")
    partly = run_sources.alias("last_partial")
    marked = (partly.c.run_id == listings.c.last_seen_run_id) & (partly.c.source_id == rows.c.source_id)
    joined = (
        rows.join(whole, whole.c.source_id == rows.c.source_id)
        .join(listings, listings.c.id == rows.c.listing_id)
        .outerjoin(partly, marked)
    )
    later = whole.c.seen_at.is_(None) | (partly.c.finished_at > whole.c.seen_at)
    return sa.case((later, partly.c.finished_at), else_=whole.c.seen_at).label("seen_at"), joined


def seen_since(rows: sa.Table, moment: datetime) -> sa.ColumnElement[bool]:
    """Whether a row's listing was last offered at that time or later; see `seen`."""
    late = run_sources.c.finished_at >= moment
    whole = sa.select(run_sources.c.source_id).where(SAW_ALL, late)
    of_listing = (run_sources.c.run_id == listings.c.last_seen_run_id) & (
        run_sources.c.source_id == listings.c.source_id
    )
    marked = sa.select(listings.c.id).join(run_sources, of_listing).where(late)
    return rows.c.source_id.in_(whole) | rows.c.listing_id.in_(marked)


def publication_times(connection: Connection, source_id: int) -> Linked[int, datetime]:
    """When each run published a source."""
    asked = sa.select(run_sources.c.run_id, run_sources.c.finished_at).where(
        run_sources.c.source_id == source_id, run_sources.c.outcome.in_(PUBLISHED)
    )
    return Linked({row.run_id: row.finished_at for row in connection.execute(asked)})


def last_seen_at(connection: Connection, listing: sa.Row[Any]) -> datetime:
    """When a listing, gone or not, was last offered."""
    of_source = run_sources.c.source_id == listing.source_id
    saw = run_sources.c.run_id == listing.last_seen_run_id
    if not listing.gone_run_id:
        saw |= SAW_ALL
    moment: datetime | None = connection.scalar(sa.select(sa.func.max(run_sources.c.finished_at)).where(of_source, saw))
    if moment is None:
        raise BadValueError(f"no run saw listing {listing.id}")
    return moment
