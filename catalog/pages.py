"""The pages that listings were read from, so that an unchanged page is neither moved nor read again."""

from __future__ import annotations

from collections.abc import Mapping

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from catalog.bulk import batches, insert
from catalog.models import Page
from catalog.schema import listings, pages
from catalog.spool import PAGE_FIELDS, Intake


def any_remembered(connection: Connection, source_id: int) -> bool:
    """Whether there is anything to look up."""
    return bool(connection.scalar(sa.select(sa.exists().where(pages.c.source_id == source_id))))


def remembered(connection: Connection, source_id: int, url: str) -> Page | None:
    """What was kept of the page, if the catalog still holds exactly the listings that were read from it."""
    asked = sa.select(*(column for column in pages.c if column.name != "source_id"))
    row = connection.execute(asked.where(pages.c.source_id == source_id, pages.c.url == url)).one_or_none()
    if row is None:
        return None
    page = Page(**row._mapping)
    return page if _holds(connection, source_id, page.listings) else None


def _holds(connection: Connection, source_id: int, hashes: Mapping[str, str]) -> bool:
    """Whether all the listings are on offer, with these hashes."""
    here = (listings.c.source_id == source_id) & listings.c.gone_run_id.is_(None)
    asked = sa.select(listings.c.source_key, listings.c.input_hash).where(here)
    for keys in batches(hashes):
        kept = connection.execute(asked.where(listings.c.source_key.in_(keys)))
        if {row.source_key: row.input_hash for row in kept} != {key: hashes[key] for key in keys}:
            return False
    return True


def keep_pages(connection: Connection, source_id: int, intake: Intake, *, whole: bool) -> None:
    """Write the pages that were read; after a whole crawl, forget those that it did not meet."""
    mine = pages.c.source_id == source_id
    met = intake.unchanged_pages
    for some in batches(intake.pages()):
        latest = {
            page.url: {"source_id": source_id} | {name: getattr(page, name) for name in PAGE_FIELDS} for page in some
        }
        connection.execute(sa.delete(pages).where(mine, pages.c.url.in_(latest)))
        insert(connection, pages, list(latest.values()))
        met |= latest.keys()
    if whole:
        known = connection.scalars(sa.select(pages.c.url).where(mine)).all()
        for left in batches(url for url in known if url not in met):
            connection.execute(sa.delete(pages).where(mine, pages.c.url.in_(left)))


def forget_pages(connection: Connection, source_id: int) -> None:
    """Forget every page of a source: the next refresh reads it anew."""
    connection.execute(sa.delete(pages).where(pages.c.source_id == source_id))
