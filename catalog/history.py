"""The report of what changed: what a shop, a label and our own reader changed are kept apart."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any, cast

from catalog.models import plain


@dataclass(frozen=True, slots=True)
class Item:
    """The listing that a change is about."""

    source: str
    source_key: str
    url: str
    title: str


@dataclass(frozen=True, slots=True)
class FieldChange:
    """One field of a label, as words; None is not known."""

    field: str
    before: str | None
    now: str | None


@dataclass(frozen=True, slots=True)
class PriceChange:
    """The price of one pack, in one currency."""

    item: Item
    name: str
    """The pack in the shop's words; empty when there is only one."""
    before: Decimal
    now: Decimal
    currency: str
    availability: str
    since: datetime
    new_lowest: bool
    """Lower than every price that this pack was ever seen at before."""


@dataclass(frozen=True, slots=True)
class Appearance:
    """A product that is new, or back."""

    item: Item
    since: datetime
    missing_since: datetime | None = None
    """When a crawl first did not see what is now back; None for what is new."""


@dataclass(frozen=True, slots=True)
class Disappearance:
    """A product that a whole crawl of its source did not see."""

    item: Item
    last_seen: datetime


@dataclass(frozen=True, slots=True)
class Reformulation:
    """A label whose words came to state something else, as one version of the reader read both."""

    item: Item
    since: datetime
    changes: tuple[FieldChange, ...]
    quote_before: str
    quote_now: str


@dataclass(frozen=True, slots=True)
class Shrinkage:
    """A pack that holds less than it did."""

    item: Item
    since: datetime
    unit: str
    before: Decimal
    now: Decimal
    quote_before: str
    quote_now: str
    price_before: Decimal | None
    price_now: Decimal | None
    currency: str | None
    """Of both prices; None when they cannot be compared."""


@dataclass(frozen=True, slots=True)
class ReaderChange:
    """The same words, read otherwise by a newer reader: the product did not change."""

    item: Item
    read_at: datetime
    reader_before: str
    reader_now: str
    changes: tuple[FieldChange, ...]
    quote: str


@dataclass(frozen=True, slots=True)
class NewSource:
    """A source that was first collected: all its products would be new."""

    source: str
    since: datetime
    products: int


@dataclass(frozen=True, slots=True)
class ChangeReport:
    """What changed since a time, each kind apart, of listings with magnesium."""

    since: datetime
    as_of: datetime | None
    """When data was last published."""
    prices: tuple[PriceChange, ...] = ()
    new_products: tuple[Appearance, ...] = ()
    back: tuple[Appearance, ...] = ()
    gone: tuple[Disappearance, ...] = ()
    reformulations: tuple[Reformulation, ...] = ()
    shrinkage: tuple[Shrinkage, ...] = ()
    reader_changes: tuple[ReaderChange, ...] = ()
    new_sources: tuple[NewSource, ...] = ()
    not_comparable: int = 0
    """Labels whose words changed while the reader did: no one reader read both."""
    attributions: tuple[str, ...] = ()
    """Whom what is told here is from, where its licence or its makers ask to be named."""

    def sources(self) -> set[str]:
        """The sources that it tells of."""
        told = (self.prices, self.new_products, self.back, self.gone, self.reformulations, self.shrinkage)
        items = {change.item.source for kind in (*told, self.reader_changes) for change in kind}
        return items | {new.source for new in self.new_sources}

    def as_dict(self) -> dict[str, Any]:
        """Plain values for JSON."""
        return cast("dict[str, Any]", plain(self))
