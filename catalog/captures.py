"""Keeping the responses that listings cite, each body once."""

from __future__ import annotations

from collections.abc import Collection

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from catalog.bulk import insert, next_id
from catalog.schema import captures
from catalog.spool import HandedOver


def keep_captures(connection: Connection, intake: HandedOver, cited: Collection[str | None]) -> dict[str | None, int]:
    """Ids by SHA-256 of the captures that listings cite; those not kept yet are kept."""
    asked = sa.select(captures.c.sha256, captures.c.id).where(captures.c.sha256.in_(cited))
    ids: dict[str | None, int] = {row.sha256: row.id for row in connection.execute(asked)}
    fresh = sorted(sha for sha in set(cited) - ids.keys() if sha)
    for capture_id, sha in enumerate(fresh, next_id(connection, captures.c.id) if fresh else 0):
        insert(connection, captures, [{"id": capture_id, **intake.stored(sha)}])
        ids[sha] = capture_id
    return ids
