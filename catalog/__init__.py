"""Keeps what was collected and read; the only room with SQL. docs/CATALOG.md shows the tables."""

from catalog.held import Review
from catalog.known import Known
from catalog.models import (
    COMPARISON_COLUMNS,
    SORTS,
    Capture,
    ComparisonRow,
    CrawlReport,
    Ending,
    Facets,
    FormSummary,
    OfferPeriod,
    Page,
    PricePoint,
    Product,
    Selection,
    SourceInfo,
    SourceResult,
    SourceState,
)
from catalog.plausible import Difference, Example
from catalog.run import Run
from catalog.spool import Intake
from catalog.store import Catalog, open_catalog

__all__ = [
    "COMPARISON_COLUMNS",
    "SORTS",
    "Capture",
    "Catalog",
    "ComparisonRow",
    "CrawlReport",
    "Difference",
    "Ending",
    "Example",
    "Facets",
    "FormSummary",
    "Intake",
    "Known",
    "OfferPeriod",
    "Page",
    "PricePoint",
    "Product",
    "Review",
    "Run",
    "Selection",
    "SourceInfo",
    "SourceResult",
    "SourceState",
    "open_catalog",
]
