"""From a listing, its label and its findings to one row of the comparison."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from decimal import Decimal
from hashlib import blake2b
from typing import Any

from catalog.articles import gtin14, likeness_key
from catalog.dosage import dosage_form
from catalog.pricing import Priced, best_offer, exact, valid_gtin
from catalog.servings import Sale
from checker import Finding, Label, Listing, Quote

ROWS_VERSION = "5"
"""Raised when equal labels would give other rows: published listings are then computed anew."""

SEVERITIES = ("error", "warning", "info")
"""The worst first."""

MIXED = ("sodium", "potassium")
"""Electrolytes of drinks and mixes that have columns of their own."""

LISTED = ("forms", "findings")
"""Columns of several keys; the table keeps them as one text with commas between."""

LINE_LENGTH = 200
"""Characters up to which a line is quoted whole: rows of a panel are shorter, paragraphs longer."""

SORT_TITLE_LENGTH = 200
"""Characters of a title that the index sorts by; PostgreSQL refuses index entries of a third of a page."""


SEARCH_TEXT_LENGTH, BRAND_KEY_LENGTH = 300, 100
"""Characters of what an index holds beside others."""


def row_values(listing: Listing, label: Label, findings: Iterable[Finding], read_at: datetime) -> dict[str, Any]:
    """The columns of the comparison but for `seen_at`, which the runs tell, with the types of `ComparisonRow`."""
    sale = Sale(listing, label)
    best = best_offer(sale)
    return {
        "source": listing.source,
        "source_key": listing.source_key,
        "url": listing.url,
        "title": listing.title,
        "brand": listing.brand,
        "gtin": _gtin(listing, best),
        "market": listing.market,
        **_magnesium(label),
        **_serving(label),
        "dosage_form": dosage_form(listing, label),
        **{f"{name}_mg": exact(label.electrolytes.get(name)) for name in MIXED},
        **_price(sale, best),
        **finding_columns(findings),
        "quote": elemental_quote(label, listing.label_text),
        "read_at": read_at,
        "reader_version": label.reader_version,
    }


def sort_columns(values: dict[str, Any]) -> dict[str, str | int | None]:
    """What the table has besides, to sort, search and join by."""
    words = " ".join(filter(None, (values["title"], values["brand"])))
    return {
        "sort_title": values["title"].casefold()[:SORT_TITLE_LENGTH],
        "search_text": words.casefold()[:SEARCH_TEXT_LENGTH],
        "brand_key": brand_key(values["brand"]),
        "lot": _lot(f"{values['source']}/{values['source_key']}"),
        "gtin14": gtin14(values["gtin"]),
        "likeness_key": likeness_key(values),
    }


def _lot(key: str) -> int:
    """A number that is as if drawn at random, and the same whenever the listing is written."""
    return int.from_bytes(blake2b(key.encode("utf-8", "surrogatepass"), digest_size=4).digest())


def brand_key(brand: str | None) -> str | None:
    """What a brand is known by: the same name in another case is the same brand."""
    return brand.casefold()[:BRAND_KEY_LENGTH] if brand else None


def form_group(forms: tuple[str, ...]) -> str:
    """The one form's key, `blend` for several, `unspecified` for none."""
    return "blend" if len(forms) > 1 else forms[0] if forms else "unspecified"


def elemental_quote(label: Label, text: str) -> str | None:
    """The lines of the label that gave the elemental amount or its bounds, verbatim; a long line as far as it counts.

    The reader quotes evidence for forms and servings too; the rules of those quotes start with these words.
    """
    if label.elemental_mg is None and label.elemental_range is None:
        return None
    evidence = [quote for quote in label.quotes if quote.rule.partition(".")[0] not in ("form", "serving")]
    return " … ".join(dict.fromkeys(_line(quote, text) for quote in evidence)) or None


def _line(quote: Quote, text: str) -> str:
    if quote.span is None:
        return quote.quote
    end = text.find("\n", quote.span[1])
    line = text[text.rfind("\n", 0, quote.span[0]) + 1 : len(text) if end < 0 else end].strip()
    return line if len(line) <= LINE_LENGTH else quote.quote.strip()


def _gtin(listing: Listing, best: Priced | None) -> str | None:
    """The shown offer's GTIN; the listing's only when there are no variants that it could belong to."""
    own = best.offer.gtin if best else None
    return valid_gtin(own) or (valid_gtin(listing.gtin) if len(listing.offers) < 2 else None)


def _magnesium(label: Label) -> dict[str, Any]:
    low, high = label.elemental_range or (None, None)
    return {
        "form_group": form_group(label.forms),
        "forms": label.forms,
        "contains_oxide": label.contains_oxide,
        "elemental_mg": exact(label.elemental_mg),
        "elemental_mg_low": exact(low),
        "elemental_mg_high": exact(high),
        "basis": label.basis,
        "compound_mg": exact(label.compound_mg),
        "percent_dv": exact(label.percent_dv),
    }


def _serving(label: Label) -> dict[str, Any]:
    serving, per_unit = label.serving, None
    quantity = exact(serving.quantity) if serving else None
    is_range = serving is not None and serving.quantity_max not in (None, serving.quantity)
    if label.elemental_mg is not None and quantity and not is_range:
        per_unit = exact(label.elemental_mg / quantity)
    return {
        "serving_quantity": quantity,
        "serving_unit": serving.unit if serving else None,
        "elemental_mg_per_unit": per_unit,
    }


def _price(sale: Sale, best: Priced | None) -> dict[str, Decimal | str | int | None]:
    servings = best.servings if best else sale.servings(None)
    return {
        "servings_per_container": servings.number if servings else None,
        "servings_quote": servings.quote if servings else None,
        "price": best.price if best else None,
        "currency": best.currency if best else None,
        "availability": best.offer.availability if best else None,
        "price_per_serving": best.price_per_serving if best else None,
        "price_per_100mg": best.price_per_100mg if best else None,
    }


def finding_columns(findings: Iterable[Finding]) -> dict[str, Any]:
    """The columns that tell a row's findings."""
    found = tuple(findings)
    severities = {finding.severity for finding in found}
    return {
        "findings": tuple(dict.fromkeys(finding.code for finding in found)),
        "worst_severity": next((s for s in SEVERITIES if s in severities), None),
    }
