"""Keeps what was collected and read; the only room with SQL. docs/CATALOG.md shows the tables."""

from catalog.details import ArticleOffer, LabelPeriod, OfferPeriod, Product, Suggestion
from catalog.held import Review
from catalog.history import ChangeReport, FieldChange, Item, PriceChange, Shrinkage
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
    Page,
    PricePoint,
    Selection,
    SourceInfo,
    SourceResult,
    SourceState,
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
    "ChangeReport",
    "ComparisonRow",
    "CrawlReport",
    "Difference",
    "Ending",
    "Example",
    "Facets",
    "FieldChange",
    "FormSummary",
    "Intake",
    "Item",
    "Known",
    "LabelPeriod",
    "OfferPeriod",
    "Page",
    "PriceChange",
    "PricePoint",
    "Product",
    "Review",
    "Run",
    "Selection",
    "Shrinkage",
    "SourceInfo",
    "SourceResult",
    "SourceState",
    "Suggestion",
    "open_catalog",
]
