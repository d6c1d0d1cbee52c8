"""The catalog as its readers see it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from traceback import clear_frames
from types import TracebackType
from typing import TYPE_CHECKING

from sqlalchemy.engine import URL, Connection, Engine

from catalog import engine, lock, queries
from catalog.details import Product
from catalog.models import (
    ComparisonRow,
    Facets,
    FormSummary,
    PricePoint,
    Selection,
    SourceInfo,
    SourceResult,
    SourceState,
)
from catalog.shops import FRESH_FOR

if TYPE_CHECKING:
    from catalog.held import Review
    from catalog.history import ChangeReport
    from catalog.run import Run


def open_catalog(url: str, *, create: bool = False, read_only: bool = False) -> Catalog:
    """Open the catalog at an SQLAlchemy URL (`sqlite:////path/to/file`, `postgresql://user@host/database`).

    `create` makes folder, file and schema; an older schema is upgraded unless `read_only`. Raises CatalogError with one
    sentence when the catalog is missing, cannot be reached or written, is damaged, or was made by a newer version.
    """
    parsed = engine.parse_url(url)
    opened = Catalog(parsed, engine.make_engine(parsed, create=create, read_only=read_only))
    try:
        engine.check_schema(opened.engine, parsed, create=create, read_only=read_only)
    except BaseException:
        opened.close()
        raise
    return opened


class Catalog:
    """An open catalog; may be shared between threads that read. Make it with `open_catalog`."""

    def __init__(self, url: URL, sql: Engine) -> None:
        self._url = url
        self.engine = sql

    @property
    def url(self) -> str:
        """Where it is, without a password."""
        return engine.shown(self._url)

    @property
    def address(self) -> str:
        """Where it is, with its password: for another process of ours, and never to be shown."""
        return self._url.render_as_string(hide_password=False)

    @property
    def path(self) -> Path | None:
        """The SQLite file; None for PostgreSQL."""
        return Path(str(self._url.database)) if self.engine.dialect.name == "sqlite" else None

    @property
    def folder(self) -> Path | None:
        """The folder of an SQLite file: where there is room for the data there is room for what becomes data."""
        return self.path.parent if self.path else None

    def close(self) -> None:
        """Let go of all connections."""
        self.engine.dispose()

    def __enter__(self) -> Catalog:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """A transaction that sees one moment of the catalog; CatalogError instead of what a database raises."""
        with engine.one_sentence(self._url), self.engine.connect() as connection, connection.begin():
            yield connection

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """The one writer's transaction: all of it or nothing."""
        try:
            with (
                engine.one_sentence(self._url),
                self.engine.connect().execution_options(writes=True) as connection,
                connection.begin(),
            ):
                yield connection
        except (Exception, GeneratorExit):
            raise
        except BaseException as stopped:  # by a signal: SQLite's lock stays while any frame holds a cursor
            clear_frames(stopped.__traceback__)
            raise

    @contextmanager
    def alone(self) -> Iterator[None]:
        """Hold the lock that every writer takes for as long as it writes; raises LockedError. Not to be nested."""
        with engine.one_sentence(self._url), lock.writing_alone(self._url, self.engine):
            yield

    def vacuum(self, worth: float) -> int:
        """Give back what is free, of an SQLite file when that is more than `worth` of it (a part of 1).

        Returns by how many bytes the file shrank; on PostgreSQL, where room becomes free for new rows only, 0.
        """
        with engine.one_sentence(self._url):
            return engine.vacuum(self.engine, self.path, worth)

    def reviews(self) -> list[Review]:
        """What was kept aside because it looked wrong, and waits for `accept` or `reject`."""
        from catalog.held import reviews

        with self.reading() as connection:
            return reviews(connection)

    def accept(self, source: str) -> SourceResult:
        """Publish what was kept aside of a source; raises InputError when nothing was."""
        from catalog.held import accept

        return accept(self, source)

    def reject(self, source: str) -> None:
        """Forget what was kept aside of a source; raises InputError when nothing was."""
        from catalog.held import reject

        reject(self, source)

    def retire(self, source: str) -> SourceResult:
        """Say of all that a source offers that it is gone: nobody collects from it any more.

        Its history stays, and a refresh brings it back. Raises InputError when there is no such source, LockedError.
        """
        from catalog.held import retire

        return retire(self, source)

    def start_run(self, sources: Sequence[SourceInfo]) -> AbstractContextManager[Run]:
        """Begin a refresh of these sources; see `catalog.run.start_run`."""
        from catalog.run import start_run

        return start_run(self, sources)

    def compare(
        self,
        selection: Selection = queries.EVERYTHING,
        sort: str = queries.DEFAULT_SORT,
        descending: bool = False,
        limit: int | None = 20,
        offset: int = 0,
    ) -> list[ComparisonRow]:
        """The rows of the comparison; rows without the value sorted by come last.

        A sort by a price ranks each currency apart, the most frequent currency first. Raises CatalogError for a column
        that is not in `SORTS`.
        """
        with self.reading() as connection:
            return queries.compare(connection, selection, sort, descending, limit, offset)

    def count(self, selection: Selection = queries.EVERYTHING) -> int:
        """How many rows of the comparison a selection has."""
        with self.reading() as connection:
            return queries.count(connection, selection)

    def form_summaries(self, selection: Selection = queries.EVERYTHING) -> list[FormSummary]:
        """Each form in each currency, the leading forms first; rows without a currency are counted under None."""
        with self.reading() as connection:
            return queries.form_summaries(connection, selection)

    def price_points(self, selection: Selection, currency: str, limit: int = 400) -> list[PricePoint]:
        """Products with a price of 100 mg elemental magnesium in one currency, cheapest first.

        When there are more than `limit`, a sample drawn at random, the same until the products change.
        """
        with self.reading() as connection:
            return queries.price_points(connection, selection, currency, limit)

    def currencies(self) -> list[tuple[str, int]]:
        """Currencies and their numbers of rows, most frequent first."""
        with self.reading() as connection:
            return queries.currencies(connection)

    def facets(self) -> Facets:
        """What can be filtered by."""
        with self.reading() as connection:
            return queries.facets(connection)

    def coverage(self) -> dict[str, int]:
        """Products with magnesium by the basis of their amount (`Label.basis`): how much of it the labels settle."""
        with self.reading() as connection:
            return queries.coverage(connection)

    def unsettled(self) -> dict[str, int]:
        """Products whose label gives no exact amount, by the finding that says why; "" where none does."""
        with self.reading() as connection:
            return queries.unsettled(connection)

    def product(self, source: str, source_key: str, fresh_for: timedelta = FRESH_FOR) -> Product | None:
        """Everything about one listing, gone ones included; None when there is no such listing.

        What was not seen for longer than `fresh_for` never ranks as cheapest.
        """
        from catalog.product import product

        with self.reading() as connection:
            return product(connection, source, source_key, fresh_for)

    def changes(self, since: datetime) -> ChangeReport:
        """What changed since a time: prices, products, labels, and apart from them what only our reader changed."""
        from catalog.changes import changes

        with self.reading() as connection:
            return changes(connection, since)

    def source_states(self) -> list[SourceState]:
        """Every source by name."""
        with self.reading() as connection:
            return queries.source_states(connection)

    def is_demo(self) -> bool:
        """Whether any source holds made-up products."""
        with self.reading() as connection:
            return queries.is_demo(connection)

    def attributions(self) -> list[str]:
        """Whom any of the data is from, where its licence or its makers ask to be named; each once."""
        with self.reading() as connection:
            return queries.attributions(connection)

    def last_run(self) -> int:
        """Id of the last run that ended, 0 before the first: a review or a rereading changes data and not its age."""
        with self.reading() as connection:
            return queries.last_run(connection)

    def as_of(self) -> datetime | None:
        """When data was last published; None before the first time."""
        with self.reading() as connection:
            return queries.as_of(connection)
