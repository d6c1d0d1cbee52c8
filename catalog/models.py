"""What is handed to the catalog and what it gives back.

Everything is frozen. Money and milligrams are `Decimal`, times are UTC; a value that is not known is `None`, never 0.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields, is_dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any, Literal, cast

Outcome = Literal["fresh", "partial", "failed", "held", "retired", "skipped"]
"""How a source came out of a run. `partial`: what was handed over is published, and nothing is gone. `held`: kept aside
for a person to look at. `retired`: nobody collects from it any more, and all of it is gone. `skipped`: not asked,
because it is fresh enough; that is told but not recorded."""

COLLECTED: tuple[Outcome, ...] = ("fresh", "partial")
"""Outcomes of runs whose data readers see."""

PUBLISHED: tuple[Outcome, ...] = (*COLLECTED, "retired")
"""Outcomes of runs that may have changed what readers see."""


@dataclass(frozen=True, slots=True)
class SourceInfo:
    """A source as maglabel.toml names it."""

    name: str
    kind: str
    url: str
    market: str | None = None
    demo: bool = False
    """True for made-up products: every screen and export of such a catalog says so."""


@dataclass(frozen=True, slots=True)
class Capture:
    """One response as fetched."""

    url: str
    status: int
    content_type: str | None
    headers: Mapping[str, str]
    body: bytes
    fetched_at: datetime


@dataclass(frozen=True, slots=True)
class Page:
    """A page of a source as it was when it was last read, and what its reading gave."""

    url: str
    """As asked for, before redirects."""
    made_with: str
    """Hash of all that the reading depends on beside the answer: another value means that it must be read again."""
    sha256: str
    """Of what was read of the answer, in hex."""
    etag: str | None
    last_modified: str | None
    listings: Mapping[str, str]
    """Source keys of the listings read from it, with the hashes of their documents (`Intake.listing`)."""
    reading: Mapping[str, Any]
    """What else the reading gave, for whoever read it: plain JSON."""


Ending = Literal["complete", "partial", "failed"]


@dataclass(frozen=True, slots=True)
class CrawlReport:
    """How the crawl of one source went, told by whoever crawled."""

    source: str
    ending: Ending
    """`complete` only when every page that the source lists was read: what was not seen is then gone. `partial` when
    listings were kept but answers are missing. `failed` when nothing good came, or the crawl was stopped."""
    message: str = ""
    seen: int = 0
    kept: int = 0
    skipped: Mapping[str, int] = field(default_factory=dict)
    """Reason to number of products."""
    requests: int = 0
    bytes: int = 0
    seconds: float = 0.0
    increment: bool = False
    """Whether only what is new was asked for: what was not seen is then as it was."""


@dataclass(frozen=True, slots=True)
class SourceResult:
    """The outcome of one source in one run."""

    source: str
    outcome: Outcome
    message: str
    listings: int
    """Listings now offered by the source; so for the counts below, whatever the outcome."""
    new: int
    changed: int
    gone: int
    """Listings that this run found missing."""
    with_magnesium: int
    with_elemental: int
    with_price: int
    """Rows of the comparison that have a price with its currency."""
    skipped: Mapping[str, int]
    requests: int
    bytes: int
    seconds: float

    def as_dict(self) -> dict[str, Any]:
        """Plain values for JSON."""
        return cast("dict[str, Any]", plain(self))


@dataclass(frozen=True, slots=True)
class SourceState:
    """What the catalog holds of one source, and how its last run ended."""

    name: str
    kind: str
    url: str
    market: str | None
    demo: bool
    last_run_at: datetime | None
    last_success_at: datetime | None
    """When it was last published whole."""
    outcome: Outcome | None
    """Of the last run that ended for this source; None before the first."""
    message: str
    listings: int
    gone: int
    with_magnesium: int
    with_elemental: int
    with_price: int
    skipped: Mapping[str, int]
    held_since: datetime | None = None
    """When data was collected that waits for review; None when none does."""

    def as_dict(self) -> dict[str, Any]:
        """Plain values for JSON."""
        return cast("dict[str, Any]", plain(self))


@dataclass(frozen=True, slots=True)
class ComparisonRow:
    """One product of one source, as the comparison and every export show it."""

    source: str
    source_key: str
    url: str
    title: str
    brand: str | None
    gtin: str | None
    """Only with a right check digit and a prefix that is unique in the world."""
    market: str | None
    form_group: str
    """The one form's key, `blend` for several, `unspecified` for none stated."""
    forms: tuple[str, ...]
    contains_oxide: bool
    elemental_mg: Decimal | None
    """Per serving, as are the bounds."""
    elemental_mg_low: Decimal | None
    elemental_mg_high: Decimal | None
    basis: str
    compound_mg: Decimal | None
    percent_dv: Decimal | None
    serving_quantity: Decimal | None
    serving_unit: str | None
    servings_per_container: int | None
    """Of the offer whose price is shown: from the label, else from the pack."""
    servings_quote: str | None
    """The words that gave `servings_per_container`: the label's or the shop's, or `address: ` and the address's."""
    elemental_mg_per_unit: Decimal | None
    """Per capsule, tablet, gram ..."""
    dosage_form: str | None
    """capsule, tablet, powder, gummy, liquid; None when neither serving nor title settles it."""
    sodium_mg: Decimal | None
    """Per serving, as a mix prints it beside magnesium; so is potassium."""
    potassium_mg: Decimal | None
    price: Decimal | None
    currency: str | None
    availability: str | None
    price_per_serving: Decimal | None
    price_per_100mg: Decimal | None
    """Price of 100 mg of elemental magnesium, in `currency`."""
    findings: tuple[str, ...]
    """Codes."""
    worst_severity: str | None
    quote: str | None
    """The words of the label that gave the elemental amount."""
    seen_at: datetime
    """When the source last offered it."""
    read_at: datetime
    reader_version: str
    offers: int = 1
    """Products on offer with this bar code, whichever the source and the currency, this one included."""
    attribution: str | None = None
    """Whom the data is from, to be shown with it, where its licence or its makers ask for that."""


COMPARISON_COLUMNS: tuple[str, ...] = tuple(f.name for f in fields(ComparisonRow))
"""Names of the columns of a comparison, in the order of every export."""

SORTS: tuple[str, ...] = (
    "price_per_100mg",
    "price_per_serving",
    "price",
    "elemental_mg",
    "elemental_mg_per_unit",
    "title",
    "brand",
    "source",
    "form_group",
    "seen_at",
)
"""What a comparison can be sorted by; the first is the default."""


@dataclass(frozen=True, slots=True)
class Selection:
    """Which rows of the comparison: all conditions hold, an empty one lets all through."""

    forms: tuple[str, ...] = ()
    """Keys of `form_group`."""
    sources: tuple[str, ...] = ()
    markets: tuple[str, ...] = ()
    brands: tuple[str, ...] = ()
    dosage_forms: tuple[str, ...] = ()
    currency: str | None = None
    max_price: Decimal | None = None
    """Of a pack, in the row's own currency."""
    no_oxide: bool = False
    no_warnings: bool = False
    in_stock: bool = False
    """Only what the source says can be bought."""
    electrolytes: bool = False
    """Only what states sodium or potassium beside magnesium."""
    seen_since: datetime | None = None
    cheapest: bool = False
    """Of rows with one bar code and currency only the cheapest that is in stock and was seen lately."""
    text: str = ""
    """Words that must all occur in title and brand, whatever their case."""


@dataclass(frozen=True, slots=True)
class FormSummary:
    """Rows of one form in one currency; prices are of 100 mg elemental magnesium."""

    form_group: str
    currency: str | None
    products: int
    priced: int
    median_price_per_100mg: Decimal | None
    lowest: Decimal | None
    highest: Decimal | None
    with_warnings: int


@dataclass(frozen=True, slots=True)
class PricePoint:
    """One product in a chart of prices."""

    form_group: str
    source: str
    source_key: str
    title: str
    price_per_100mg: Decimal
    elemental_mg_per_unit: Decimal | None
    contains_oxide: bool
    """Stated or implied, whatever the form."""


@dataclass(frozen=True, slots=True)
class Facets:
    """What can be filtered by, each value with its number of rows, most frequent first."""

    forms: list[tuple[str, int]]
    sources: list[tuple[str, int]]
    markets: list[tuple[str, int]]
    currencies: list[tuple[str, int]]
    brands: list[tuple[str, int]]
    """The most frequent ones."""
    dosage_forms: list[tuple[str, int]]


def plain(value: Any) -> Any:
    """A value as JSON has it: amounts as text, times in ISO 8601, dataclasses as objects."""
    if is_dataclass(value):
        return {field.name: plain(getattr(value, field.name)) for field in fields(value)}
    if isinstance(value, Mapping):
        return {name: plain(part) for name, part in value.items()}
    if isinstance(value, list | tuple):
        return [plain(part) for part in value]
    if isinstance(value, datetime):
        return value.isoformat()
    return f"{value:f}" if isinstance(value, Decimal) else value
