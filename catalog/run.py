"""One refresh: sources hand over, and are published whole or not at all."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from datetime import UTC, datetime
from threading import Lock

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from catalog.models import CrawlReport, Outcome, Page, SourceInfo, SourceResult
from catalog.pages import any_remembered, remembered
from catalog.publish import Changes, Publication, next_id
from catalog.schema import comparison, listings, run_sources, runs, sources
from catalog.spool import Intake, storable
from catalog.store import Catalog


@contextmanager
def start_run(catalog: Catalog, infos: Sequence[SourceInfo]) -> Iterator[Run]:
    """Begin a refresh of these sources. There must be no other writer.

    What a killed run had not published is lost with it; the run itself is closed as `interrupted` by the next one.
    """
    started_at = datetime.now(UTC)
    with catalog.writing() as connection:
        connection.execute(sa.update(runs).where(runs.c.state == "running").values(state="interrupted"))
        run_id = next_id(connection, runs.c.id)
        connection.execute(sa.insert(runs).values(id=run_id, state="running", started_at=started_at))
        ids = {info.name: _keep_source(connection, info) for info in infos}
    run = Run(catalog, run_id, started_at, ids)
    state = "interrupted"
    try:
        yield run
        state = "finished"
    finally:
        run.close()
        with catalog.writing() as connection:
            ended = {"state": state, "finished_at": datetime.now(UTC)}
            connection.execute(sa.update(runs).where(runs.c.id == run_id).values(ended))


def _keep_source(connection: Connection, info: SourceInfo) -> int:
    """The id of a source, which is made, or changed when maglabel.toml now says something else about it."""
    known = connection.execute(sa.select(sources).where(sources.c.name == info.name)).one_or_none()
    values = asdict(info)
    if known is None:
        source_id = next_id(connection, sources.c.id)
        connection.execute(sa.insert(sources).values(id=source_id, **values))
        return source_id
    if any(getattr(known, name) != value for name, value in values.items()):
        connection.execute(sa.update(sources).where(sources.c.id == known.id).values(values))
    return int(known.id)


class Run:
    """A refresh under way. `publish` and `fail` may be called from any thread, one source at a time."""

    def __init__(self, catalog: Catalog, run_id: int, started_at: datetime, source_ids: dict[str, int]) -> None:
        self.id = run_id
        self.started_at = started_at
        self._catalog = catalog
        self._source_ids = source_ids
        self._intakes: dict[str, Intake] = {}
        self._writer = Lock()

    def intake(self, source: str) -> Intake:
        """Where the crawl of one source hands over; the same one until it is published or failed."""
        if source not in self._intakes:
            self._intakes[source] = Intake(source, self._catalog.folder, self._memory(source))
        return self._intakes[source]

    def _memory(self, source: str) -> Callable[[str], Page | None]:
        """Looks up what was kept of a page of the source."""

        def look_up(url: str) -> Page | None:
            with self._catalog.reading() as connection:
                return remembered(connection, source_id, url)

        source_id = self._source_ids[source]
        with self._catalog.reading() as connection:
            return look_up if any_remembered(connection, source_id) else lambda _: None

    def publish(self, source: str, report: CrawlReport) -> SourceResult:
        """Read, check and write all that was handed over, in one transaction: readers see all of it or nothing.

        A crawl that is not complete is recorded as failed instead, and its data dropped.
        """
        if report.ending != "complete":
            return self.fail(source, report)
        intake = self.intake(source)
        try:
            with self._writer, self._catalog.writing() as connection:
                publication = Publication(connection, self.id, self._source_ids[source])
                changes = publication.write(intake)
                skipped = dict(report.skipped) | ({"duplicate": intake.duplicates} if intake.duplicates else {})
                return self._record(connection, "fresh", source, report, changes, skipped)
        finally:
            self._forget(source)

    def fail(self, source: str, report: CrawlReport) -> SourceResult:
        """Record that the crawl failed; the source's last good data stays as it is."""
        self._forget(source)
        with self._writer, self._catalog.writing() as connection:
            return self._record(connection, "failed", source, report, Changes(), dict(report.skipped))

    def close(self) -> None:
        """Forget what was handed over and not published."""
        for source in list(self._intakes):
            self._forget(source)

    def _forget(self, source: str) -> None:
        if intake := self._intakes.pop(source, None):
            intake.close()

    def _record(
        self,
        connection: Connection,
        outcome: Outcome,
        source: str,
        report: CrawlReport,
        changes: Changes,
        skipped: dict[str, int],
    ) -> SourceResult:
        source_id = self._source_ids[source]
        result = SourceResult(
            source=source,
            outcome=outcome,
            message=storable(report.message),
            new=changes.new,
            changed=changes.changed,
            gone=changes.gone,
            skipped=skipped,
            requests=report.requests,
            bytes=report.bytes,
            seconds=report.seconds,
            **_totals(connection, source, source_id),
        )
        row = {**asdict(result), "run_id": self.id, "source_id": source_id, "finished_at": datetime.now(UTC)}
        del row["source"]
        connection.execute(sa.insert(run_sources).values({**row, "seen": report.seen, "kept": report.kept}))
        return result


def _totals(connection: Connection, source: str, source_id: int) -> dict[str, int]:
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
