"""What the catalog holds of a source already, for a crawl that asks for the rest only."""

from __future__ import annotations

from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from catalog.models import PUBLISHED
from catalog.schema import listings, run_sources


@dataclass(frozen=True, slots=True)
class Known:
    """The listings of a source that are not gone."""

    keys: frozenset[str] = frozenset()
    """Source keys."""
    urls: frozenset[str] = frozenset()
    """Addresses, as the listings give them."""
    whole: bool = False
    """Whether nothing was missing when the source was last published; else the keys have gaps anywhere."""


def known(connection: Connection, source_id: int) -> Known:
    """What is known of a source."""
    present = (listings.c.source_id == source_id) & listings.c.gone_run_id.is_(None)
    offered = connection.execute(sa.select(listings.c.source_key, listings.c.url).where(present)).all()
    published = (run_sources.c.source_id == source_id) & run_sources.c.outcome.in_(PUBLISHED)
    last = sa.select(run_sources.c.outcome).where(published).order_by(run_sources.c.run_id.desc()).limit(1)
    keys, urls = (frozenset(column) for column in zip(*offered, strict=True)) if offered else (frozenset(), frozenset())
    return Known(keys, urls, connection.scalar(last) == "fresh")
