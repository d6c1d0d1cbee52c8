"""Keeps what was collected and read; the only room with SQL. docs/CATALOG.md shows the tables."""

from catalog.held import Review
from catalog.models import (
    COMPARISON_COLUMNS,
    SORTS,
    ArticleOffer,
    Capture,
    ComparisonRow,
    CrawlReport,
    Ending,
    Facets,
    FormSummary,
    LabelPeriod,
    OfferPeriod,
    PricePoint,
    Product,
    Selection,
    SourceInfo,
    SourceResult,
    SourceState,
    Suggestion,
)
from catalog.plausible import Difference, Example
from catalog.run import Run
from catalog.shops import FRESH_FOR
from catalog.spool import Intake
from catalog.store import Catalog, open_catalog

__all__ = [
    "COMPARISON_COLUMNS",
    "FRESH_FOR",
    "SORTS",
    "ArticleOffer",
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
    "LabelPeriod",
    "OfferPeriod",
    "PricePoint",
    "Product",
    "Review",
    "Run",
    "Selection",
    "SourceInfo",
    "SourceResult",
    "SourceState",
    "Suggestion",
    "open_catalog",
]
