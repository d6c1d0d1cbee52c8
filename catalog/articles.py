"""Which listings are the same article: by bar code for certain, by their words as a suggestion. Pure."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from typing import Any

from catalog.pricing import exact, valid_gtin
from checker import Listing

LEAST_SCORE = 90
"""Our choice, in percent: titles of one article with other words around it reach it; other flavours mostly do not."""


def gtin14(text: str | None) -> str | None:
    """A bar code as the GTIN-14 that UPC, EAN and GTIN-8 are written as among others (GS1 General Specifications, 3.2).

    None for what `valid_gtin` refuses, so that numbers which shops give themselves join nothing.
    """
    digits = valid_gtin(text)
    return digits and digits.zfill(14)


def gtins_of(listing: Listing) -> frozenset[str]:
    """The articles that a listing sells or describes: its offers' codes, and its own where no variants share it."""
    own = [listing.gtin] if len(listing.offers) < 2 else []
    return frozenset(filter(None, (gtin14(code) for code in [*(offer.gtin for offer in listing.offers), *own])))


def likeness_key(row: Mapping[str, Any]) -> str | None:
    """What two rows of the comparison must have in common before their titles are worth comparing.

    The brand's first word, the forms, the elemental mg of a unit and the units of a pack; None unless all are known.
    """
    brand = title_words(row["brand"] or row["title"])[:1]
    per_unit, quantity, servings = row["elemental_mg_per_unit"], row["serving_quantity"], row["servings_per_container"]
    if not (brand and row["forms"] and per_unit and quantity and servings):
        return None
    units = exact(quantity * servings)
    return f"{brand[0]}/{'+'.join(sorted(row['forms']))}/{per_unit:f} mg/{units:f} {row['serving_unit'] or ''}".strip()


_SILENT = dict.fromkeys(map(ord, "'’®™"))


def title_words(text: str) -> list[str]:
    """The words of a text without accents, apostrophes and numbers: amounts are compared as what was read of them."""
    plain = text.casefold()
    if not plain.isascii():
        plain = "".join(c for c in unicodedata.normalize("NFKD", plain) if not unicodedata.combining(c))
    plain = plain.translate(_SILENT)
    return [word for word in re.findall(r"[^\W\d_]+", plain) if word not in ("the", "dr")]


def likeness(one: tuple[str | None, str], other: tuple[str | None, str]) -> float:
    """How alike two articles are called, brand and title, in percent; a title that only says more is alike."""
    from rapidfuzz import fuzz

    texts = (" ".join(sorted(set(title_words(f"{brand or ''} {title}")))) for brand, title in (one, other))
    return float(fuzz.token_set_ratio(*texts))
