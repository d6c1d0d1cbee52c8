"""A shop to refresh from: listings with real label idioms, and the refresh itself."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime

import sqlalchemy as sa

from catalog import Capture, Catalog, CrawlReport, Ending, SourceInfo, SourceResult, schema
from checker import Label, Listing, Offer

GLYCINATE = "Serving Size: 2 Capsules\nServings Per Container: 60\nMagnesium (as magnesium bisglycinate) 200 mg 48%"
OXIDE = "Serving Size: 1 Tablet\nMagnesium (as magnesium oxide) 400 mg 95%"
CITRATE = "Serving Size: 3 Capsules\nMagnesium (as magnesium citrate) 150 mg 36%"
NO_MAGNESIUM = "Serving Size: 1 Tablet\nZinc (as zinc citrate) 15 mg 136%\nOther ingredients: magnesium stearate."


def listing(key: str, facts: str = GLYCINATE, *offers: Offer, source: str = "acme", **more: object) -> Listing:
    """A listing of a fictional shop."""
    given: dict[str, object] = {
        "title": f"Magnesium {key}",
        "brand": "Acme (fictional)",
        "market": "US",
        "url": f"https://{source}.example/products/{key}",
        "facts_text": facts,
        "offers": offers or (Offer(price="24.00", currency="USD", availability="in_stock"),),
    }
    return Listing(source=source, source_key=key, **(given | more))


def capture(body: str, url: str = "https://acme.example/products.json?page=1") -> Capture:
    """A page as fetched."""
    return Capture(url, 200, "application/json", {"content-type": "application/json"}, body.encode(), datetime.now(UTC))


def info(source: str = "acme", *, kind: str = "shopify", demo: bool = False) -> SourceInfo:
    """A source as the configuration names it."""
    return SourceInfo(source, kind, f"https://{source}.example/", "US", demo)


def refresh(
    catalog: Catalog,
    listings: Iterable[Listing],
    *,
    source: str = "acme",
    page: str = "the page",
    ending: Ending = "complete",
    skipped: Mapping[str, int] | None = None,
    kind: str = "shopify",
    demo: bool = False,
    increment: bool = False,
) -> SourceResult:
    """One run of one source, its listings cited from one page."""
    with catalog.start_run([info(source, kind=kind, demo=demo)]) as run:
        intake = run.intake(source)
        sha = intake.capture(capture(page))
        for each in listings:
            intake.listing(each, capture_sha256=sha)
        message = "" if ending == "complete" else "HTTP 503 at page 2"
        report = CrawlReport(source, ending, message, skipped=skipped or {}, increment=increment)
        return run.publish(source, report)


def content(catalog: Catalog, *, runs: bool = False) -> dict[str, list[tuple[object, ...]]]:
    """Every row of every table, as a second look compares it; without the tables that each run writes."""
    own = {schema.runs.name, schema.run_sources.name}
    with catalog.reading() as connection:
        return {
            table.name: [tuple(row) for row in connection.execute(sa.select(table).order_by(*table.primary_key))]
            for table in schema.metadata.sorted_tables
            if runs or table.name not in own
        }


def sizes(catalog: Catalog) -> dict[str, int]:
    """Number of rows of every table."""
    return {name: len(rows) for name, rows in content(catalog, runs=True).items()}


def read_by_an_older_reader(catalog: Catalog, **otherwise: object) -> None:
    """Leave the catalog as an older version of this program would have, whose labels stated these fields otherwise."""
    with catalog.writing() as connection:
        for row in connection.execute(sa.select(schema.labels.c.id, schema.labels.c.document)).all():
            label = Label.model_validate_json(row.document)
            older = label.model_copy(update={"reader_version": "0.older", **(otherwise if label.has_magnesium else {})})
            values = {"document": older.model_dump_json(exclude_defaults=True), "reader_version": "0.older"}
            connection.execute(sa.update(schema.labels).where(schema.labels.c.id == row.id).values(values))
        connection.execute(sa.update(schema.comparison).values(reader_version="0.older"))
        connection.execute(sa.update(schema.listings).values(read_with="0.older/0"))
