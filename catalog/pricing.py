"""From printed prices and packs to numbers. Pure, and never a guess: what is not certain is None."""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from importlib.resources import files

from price_parser import Price
from stdnum import ean

from checker import Label, Listing, Offer, Serving

THREE_DECIMALS = frozenset({"BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND"})
"""Currencies whose minor unit is a thousandth (ISO 4217)."""

LIMIT = Decimal(10) ** 12
"""Numbers from here on are no price and no amount, and do not fit the catalog's columns."""

SIX_PLACES = Decimal("0.000001")


def exact(value: Decimal | int | None) -> Decimal | None:
    """The number with the six places that the catalog keeps; None for one that cannot be an amount."""
    if value is None or not Decimal(value).is_finite() or abs(value) >= LIMIT:
        return None
    return Decimal(value).quantize(SIX_PLACES)


def parse_price(text: str | None, currency: str | None) -> Decimal | None:
    """The one amount that a price text states, in major units.

    None for no amount, for several ("10 - 20"), for zero (which shops print for what they do not sell), and where a
    separator before three digits may mean thousands or decimals: only the currency's decimals can tell.
    """
    numbers = re.findall(r"\d(?:[\d.,'\s]*\d)?", text or "")
    if len(numbers) != 1 or re.search(r"-\s*\W?\s*\d", text or ""):
        return None
    if grouped := re.fullmatch(r"(\d{1,3})([.,])(\d{3})", numbers[0]):
        if currency in THREE_DECIMALS and grouped[2] == ".":
            return exact(Decimal(numbers[0])) or None
        if currency is None or currency in THREE_DECIMALS:
            return None
    return exact(Price.fromstring(text).amount) or None


def valid_gtin(text: str | None) -> str | None:
    """The digits of a GTIN-8, -12, -13 or -14 with a right check digit that names one article in the world, else None.

    Numbers that GS1 leaves to shops and regions are refused: GTIN-8 from 0 and 2, prefixes 02, 04 and 20-29, and coupons
    05, 98, 99 (GS1 General Specifications, 1.4 "GS1 Prefixes").
    """
    if not text or not ean.is_valid(text):
        return None
    digits = ean.compact(text)
    if len(digits) == 8:
        return None if digits[0] in "02" else digits
    prefix = digits.zfill(14)[1:3]
    return None if prefix in {"02", "04", "05", "98", "99"} or prefix[0] == "2" or not int(digits) else digits


@dataclass(frozen=True, slots=True)
class Pack:
    """How much a pack holds: pieces of a unit, grams, millilitres, or servings."""

    count: int
    unit: str
    """As in `Serving.unit`; `count` for pieces of a kind not named, `serving` for servings."""


def _words() -> tuple[dict[str, tuple[str, int]], str, str]:
    """Word to (unit, factor), then the patterns of the pieces' and the measures' words, then of the adjectives."""
    data = tomllib.loads((files("catalog") / "data" / "pack_words.toml").read_text("utf-8"))
    pieces = {word: (unit, 1) for unit, words in data["pieces"].items() for word in words}
    measures = {word: (unit, factor) for unit, words in data["measures"].items() for word, factor in words.items()}
    adjectives = data["adjectives"]["words"]
    return pieces, measures, adjectives
