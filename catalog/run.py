"""One refresh: sources hand over, and are published whole or not at all."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, replace
from datetime import UTC, datetime
from threading import Lock

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from catalog.bulk import next_id
from catalog.held import drop, keep_aside
from catalog.known import Known, known
from catalog.models import CrawlReport, Page, SourceInfo, SourceResult
from catalog.outcomes import record
from catalog.pages import any_remembered, keep_pages, remembered
from catalog.plausible import Difference, difference
from catalog.publish import Changes, Publication
from catalog.schema import runs, sources
from catalog.spool import Intake
from catalog.store import Catalog
from checker import LockedError


@contextmanager
def start_run(catalog: Catalog, infos: Sequence[SourceInfo]) -> Iterator[Run]:
    """Begin a refresh of these sources; raises LockedError while another process writes.

    What a killed run had not published is lost with it; the run itself is closed as `interrupted` by the next one.
    A run that is closed writes nothing more, also when it lives on without its lock.
    """
    with catalog.alone(), _run(catalog, infos) as run:
        yield run


@contextmanager
def _run(catalog: Catalog, infos: Sequence[SourceInfo]) -> Iterator[Run]:
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
            mine = (runs.c.id == run_id) & (runs.c.state == "running")
            ended = {"state": state, "finished_at": datetime.now(UTC)}
            connection.execute(sa.update(runs).where(mine).values(ended))


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

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """A transaction of this run; raises LockedError when another run has begun since.

        That happens when the lock was lost: the server ended its session, or somebody deleted the lock file.
        """
        with self._catalog.writing() as connection:
            mine = sa.select(runs.c.state).where(runs.c.id == self.id)
            if connection.scalar(mine.with_for_update()) != "running":  # whoever begins now waits for our end
                raise LockedError(
                    f"The catalog {self._catalog.url} was taken over by another run, as this one had lost its lock; "
                    "nothing more of this one is written."
                )
            yield connection

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

    def known(self, source: str) -> Known:
        """What the catalog has of a source, published by earlier runs."""
        with self._catalog.reading() as connection:
            return known(connection, self._source_ids[source])

    def publish(self, source: str, report: CrawlReport) -> SourceResult:
        """Read, check and write all that was handed over, in one transaction: readers see all of it or nothing.

        After a partial crawl nothing is gone, nor after one that asked only for what is new. Data that looks wrong
        (`catalog.plausible`) is kept aside instead. When the crawl failed, or is partial and brought nothing, that is
        recorded and its data dropped.
        """
        intake = self.intake(source)
        if report.ending == "failed" or (report.ending == "partial" and not intake.latest):
            return self.fail(source, report)
        try:
            with self._writer:
                return self._publish_or_hold(intake, report)
        finally:
            self._forget(source)

    def _publish_or_hold(self, intake: Intake, report: CrawlReport) -> SourceResult:
        source, complete = intake.source, report.ending == "complete"
        whole = complete and not report.increment
        source_id = self._source_ids[source]
        skipped = dict(report.skipped) | ({"duplicate": intake.duplicates} if intake.duplicates else {})
        report = replace(report, skipped=skipped)
        with self.writing() as connection:
            changes = Publication(connection, self.id, source_id).write(intake, whole=whole)
            found = self._look(connection, source, changes)
            if not (found and found.reasons):
                drop(connection, source_id)
                keep_pages(connection, source_id, intake, whole=whole)
                return record(connection, self.id, source_id, "fresh" if complete else "partial", report, changes)
            connection.rollback()
        with self.writing() as connection:
            keep_aside(connection, self.id, source_id, intake, "complete" if whole else "partial", found)
            told = "; ".join(filter(None, [*found.reasons, report.message]))
            report = replace(report, message=f"kept aside for review: {told}")
            return record(connection, self.id, source_id, "held", report)

    def _look(self, connection: Connection, source: str, changes: Changes) -> Difference | None:
        """How the data that was just written differs from what readers still see; None when nothing can be odd.

        What the bundled shops offer changes with the program only, and is shown whatever it is.
        """
        source_id = self._source_ids[source]
        if not changes or connection.scalar(sa.select(sources.c.demo).where(sources.c.id == source_id)):
            return None
        with self._catalog.reading() as before:
            return difference(before, connection, source, source_id, changes)

    def fail(self, source: str, report: CrawlReport) -> SourceResult:
        """Record that the crawl failed; the source's last good data stays as it is."""
        self._forget(source)
        with self._writer, self.writing() as connection:
            return record(connection, self.id, self._source_ids[source], "failed", report)

    def close(self) -> None:
        """Forget what was handed over and not published."""
        for source in list(self._intakes):
            self._forget(source)

    def _forget(self, source: str) -> None:
        if intake := self._intakes.pop(source, None):
            intake.close()
