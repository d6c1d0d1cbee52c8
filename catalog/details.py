"""What the catalog gives back of one product: its history, and what other sources offer of the same article."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from catalog.models import ComparisonRow
from checker import Finding, Label, Listing


@dataclass(frozen=True, slots=True)
class OfferPeriod:
    """One pack at one price for the time in which neither changed."""

    name: str
    sku: str | None
    gtin: str | None
    price: Decimal | None
    currency: str | None
    availability: str
    since: datetime
    until: datetime | None
    """None while it is offered so."""


@dataclass(frozen=True, slots=True)
class LabelPeriod:
    """What a listing's label stated for the time in which its words did not change."""

    label: Label
    """As it was last read."""
    since: datetime
    until: datetime | None
    """None while it says so."""


@dataclass(frozen=True, slots=True)
class ArticleOffer:
    """An offer of one article, whichever the source; of a source without prices, that it lists the article."""

    gtin14: str
    source: str
    source_key: str
    url: str
    title: str
    name: str
    price: Decimal | None
    currency: str | None
    availability: str | None
    seen_at: datetime
    is_current: bool
    """In stock, for everyone and seen lately: what else is shown never ranks as cheapest."""
    is_cheapest: bool
    """No current offer of the article in this currency is cheaper."""


@dataclass(frozen=True, slots=True)
class Suggestion:
    """What another source may sell as the same article: brand, forms, mg of a unit and units agree, titles resemble."""

    row: ComparisonRow
    score: int
    """How alike brand and title are, in percent."""


@dataclass(frozen=True, slots=True)
class Product:
    """Everything about one listing."""

    row: ComparisonRow
    listing: Listing
    label: Label
    findings: tuple[Finding, ...]
    offers: tuple[OfferPeriod, ...]
    """What is offered now (empty when gone)."""
    price_history: tuple[OfferPeriod, ...]
    """All that was ever offered, oldest first."""
    capture_url: str | None
    first_seen: datetime
    last_seen: datetime
    gone: bool
    label_history: tuple[LabelPeriod, ...]
    """Oldest first."""
    same_product: tuple[ArticleOffer, ...]
    """Offers of the same bar codes at all sources, its own included: current ones first, the cheapest before others."""
    suggestions: tuple[Suggestion, ...]
    """Never joined: a person decides. Most alike first."""
