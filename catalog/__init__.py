"""Keeps what was collected and read; the only room with SQL. docs/CATALOG.md shows the tables."""

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
    "Ending",
    "Facets",
    "FormSummary",
    "Intake",
    "OfferPeriod",
    "Page",
    "PricePoint",
    "Product",
    "Run",
    "Selection",
    "SourceInfo",
    "SourceResult",
    "SourceState",
    "open_catalog",
]
