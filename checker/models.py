"""What goes into the reader (`Listing`) and what comes out of it (`Label`, `Finding`).

Everything here is frozen. Amounts are `Decimal` milligrams unless a field says otherwise; a value that is not known is
`None`, never 0. A listing holds text only, as printed; numbers are understood by `read_label` and nowhere else.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from decimal import Decimal
from typing import Literal, TypeVar

from pydantic import BaseModel, ConfigDict, Field

Basis = Literal["declared", "from_percent_dv", "from_compound", "sum", "undetermined"]
Severity = Literal["error", "warning", "info"]
Availability = Literal["in_stock", "out_of_stock", "unknown"]
Span = tuple[int, int]


class Model(BaseModel):
    """A frozen value that refuses fields it does not know."""

    model_config = ConfigDict(frozen=True, extra="forbid")


Made = TypeVar("Made", bound=Model)
_set_fields, _set_names, _set_extra, _set_private = [
    vars(BaseModel)[slot].__set__
    for slot in ("__dict__", "__pydantic_fields_set__", "__pydantic_extra__", "__pydantic_private__")
]
"""What `object.__setattr__` would look up anew for each value."""


def trusted(model: type[Made], **fields: object) -> Made:
    """A value whose fields, all of them, are known to be of their types: what `model_construct` makes, in a fifth of
    the time. For values that the checker itself makes; what comes from outside is validated.
    """
    made = object.__new__(model)
    _set_fields(made, fields)
    _set_names(made, set(fields))
    _set_extra(made, None)
    _set_private(made, None)
    return made


class Quote(Model):
    """Evidence: words of the label and the rule that used them."""

    quote: str
    """The words, verbatim."""
    span: Span | None
    """Where they stand in the text given to `read_label` (`text[start:end] == quote`); `None` for the title's."""
    rule: str
    """Stable name of the rule that read them, such as `row.as_form`."""


class Serving(Model):
    """The serving that the amounts belong to, such as 2 capsules."""

    quantity: Decimal | None
    """How many units; the lower end of a printed range."""
    quantity_max: Decimal | None = None
    """Upper end of a printed range ("1-2 capsules")."""
    unit: str | None = None
    """Singular English key: capsule, tablet, softgel, gummy, scoop, teaspoon, sachet, drop, ml, g ..."""
    text: str
    """As printed."""


class Column(Model):
    """One amount column of the panel: per capsule, per serving, per daily dose, per 100 g."""

    title: str
    """The column's heading as printed."""
    elemental_mg: Decimal | None = None
    percent_dv: Decimal | None = None


class MagnesiumSource(Model):
    """One stated source of magnesium. Elemental and compound weight never share a field."""

    form: str
    """Form key of `checker.FORMS`."""
    elemental_mg: Decimal | None = None
    """Magnesium from this source, when stated for it alone."""
    compound_mg: Decimal | None = None
    """Weight of the salt or chelate, when stated."""
    inferred: bool = False
    """True when the label implies the source without naming it (oxide from "buffered")."""
    quote: str
    span: Span | None


class Claim(Model):
    """A number or form that the title prints: kept for the checks, never a dose."""

    form: str | None
    mg: Decimal | None
    quote: str


class Label(Model):
    """What a label states about magnesium, as read by one version of the reader."""

    has_magnesium: bool
    """False when magnesium is only an excipient, only marketing, or absent."""
    forms: tuple[str, ...] = ()
    """Form keys that the label states, in its order; `("unspecified",)` when it states a dose but no form."""
    inferred_forms: tuple[str, ...] = ()
    """Forms that it implies without naming them."""
    elemental_mg: Decimal | None = None
    """Elemental mg per serving (per the unit the printed amount attaches to); only what the label determines."""
    elemental_range: tuple[Decimal, Decimal] | None = None
    """Bounds in mg when only bounds are known."""
    basis: Basis = "undetermined"
    percent_dv: Decimal | None = None
    daily_values: tuple[Decimal, ...] = ()
    """Reference values (mg) that the printed percent fits, such as 420 or 375; empty when none."""
    serving: Serving | None = None
    servings_per_container: int | None = None
    servings_per_day: tuple[Decimal, Decimal] | None = None
    """Servings a day that the label directs (least, most), when stated."""
    columns: tuple[Column, ...] = ()
    sources: tuple[MagnesiumSource, ...] = ()
    electrolytes: Mapping[str, Decimal] = Field(default_factory=dict)
    """Sodium, potassium, calcium, chloride in mg per serving, when stated."""
    claims: tuple[Claim, ...] = ()
    """What the title says."""
    quotes: tuple[Quote, ...] = ()
    """The evidence; a number without a quote does not exist."""
    marks: tuple[Quote, ...] = ()
    """Words that tell what kind of label it is; their `rule` is medicine, pregnancy, blend, buffered or excipient."""
    market: str | None = None
    """Market that the caller named: US, CA, UK, EU, AU ..."""
    reader_version: str

    @property
    def contains_oxide(self) -> bool:
        """Whether oxide is a stated or an inferred form."""
        return "oxide" in self.forms or "oxide" in self.inferred_forms

    @property
    def compound_mg(self) -> Decimal | None:
        """The compound weight in mg when exactly one source states it."""
        weights = [s.compound_mg for s in self.sources if s.compound_mg is not None]
        return weights[0] if len(weights) == 1 else None


class Finding(Model):
    """The outcome of one check."""

    code: str
    """Stable, documented in docs/FINDINGS.md."""
    severity: Severity
    """An `error` has no false positives; a `warning` may."""
    message: str
    """One sentence that a shopper understands; says what the label says."""
    quote: str | None = None
    """The label's own words."""
    numbers: Mapping[str, Decimal] = Field(default_factory=dict)
    """What was compared, by name with its unit (`elemental_mg`, `upper_limit_mg`)."""
    more: str
    """Where the check is documented: `docs/FINDINGS.md#code`."""


class Offer(Model):
    """One pack of a listing for sale, as printed by the shop."""

    name: str = ""
    """The variant's own words ("120 capsules"); empty when there is only one."""
    sku: str | None = None
    gtin: str | None = None
    """Digits as printed; not yet checked."""
    price: str | None = None
    """As printed, in major units ("19.99")."""
    currency: str | None = None
    """ISO 4217 code."""
    availability: Availability = "unknown"


class Listing(Model):
    """A product as one source offers it at one URL: text only, raw as printed."""

    source: str
    """Name of the source in maglabel.toml."""
    source_key: str
    """Stable key within the source (product id)."""
    url: str
    """Page for people."""
    title: str
    brand: str | None = None
    gtin: str | None = None
    facts_text: str | None = None
    """The facts panel as text, one row a line, when the source gives it apart from the description."""
    description: str | None = None
    """The description as text."""
    pack: str | None = None
    """The pack as printed ("120 capsules", "Net contents: 60 Tablet(s)")."""
    pictures: tuple[str, ...] = ()
    """URLs of pictures."""
    market: str | None = None
    offers: tuple[Offer, ...] = ()

    @property
    def label_text(self) -> str:
        """The text that the reader reads; spans of the listing's label point into it."""
        return "\n\n".join(part for part in (self.facts_text, self.description, self.pack) if part)

    @property
    def content_hash(self) -> str:
        """SHA-256 (hex) of what the reading depends on: equal hashes need not be read again."""
        parts = (self.label_text, self.title, self.brand or "", self.market or "", str(len(self.pictures)))
        return hashlib.sha256("\0".join(parts).encode("utf-8", "surrogatepass")).hexdigest()
