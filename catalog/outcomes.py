"""How a source came out of a run, as it is recorded and told."""

from __future__ import annotations

from dataclasses import asdict
from datetime import UTC, datetime

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from catalog.bulk import next_id
from catalog.models import CrawlReport, Outcome, SourceResult
from catalog.publish import Changes
from catalog.schema import comparison, listings, run_sources, runs
from catalog.spool import storable

NOTHING = Changes()
OWN = ("seen", "kept", "increment")
"""What a report says that is kept and not told."""


def record(
    connection: Connection,
    run_id: int,
    source_id: int,
    outcome: Outcome,
    report: CrawlReport,
    changes: Changes = NOTHING,
    *,
    finished_at: datetime | None = None,
) -> SourceResult:
    """Write the outcome of one source; `finished_at` is when it was collected, by default now."""
    result = SourceResult(
        source=report.source,
        outcome=outcome,
        message=storable(report.message),
        new=changes.new,
        changed=changes.changed,
        gone=changes.gone,
        skipped=dict(report.skipped),
        requests=report.requests,
        bytes=report.bytes,
        seconds=report.seconds,
        **totals(connection, report.source, source_id),
    )
    row = {**asdict(result), "run_id": run_id, "source_id": source_id, "finished_at": finished_at or datetime.now(UTC)}
    del row["source"]
    connection.execute(sa.insert(run_sources).values({**row, **{n: getattr(report, n) for n in OWN}}))
    return result


def finished_run(connection: Connection) -> int:
    """The id of a run that asks nobody: it begins and ends with the transaction of the connection."""
    run_id, now = next_id(connection, runs.c.id), datetime.now(UTC)
    connection.execute(sa.insert(runs).values(id=run_id, state="finished", started_at=now, finished_at=now))
    return run_id


def totals(connection: Connection, source: str, source_id: int) -> dict[str, int]:
    """What the catalog now holds of a source."""
    present = (listings.c.source_id == source_id) & listings.c.gone_run_id.is_(None)
    priced = comparison.c.price.is_not(None) & comparison.c.currency.is_not(None)
    rows = sa.select(
        sa.func.count().label("with_magnesium"),
        sa.func.count(comparison.c.elemental_mg).label("with_elemental"),
        sa.func.count(sa.case((priced, 1))).label("with_price"),
    ).where(comparison.c.source == source)
    counted = connection.execute(rows).one()._asdict()
    return {"listings": connection.scalar(sa.select(sa.func.count()).where(present)) or 0, **counted}
