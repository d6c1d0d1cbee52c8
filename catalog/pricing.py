"""From printed prices and packs to numbers. Pure, and never a guess: what is not certain is None."""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache

from price_parser import Price
from stdnum import ean

from catalog.servings import Sale, Servings
from checker import Offer

THREE_DECIMALS = frozenset({"BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND"})
"""Currencies whose minor unit is a thousandth (ISO 4217)."""

LIMIT = Decimal(10) ** 12
"""Numbers from here on are no price and no amount, and do not fit the catalog's columns."""

SIX_PLACES = Decimal("0.000001")


@lru_cache(maxsize=4096)
def exact(value: Decimal | int | None) -> Decimal | None:
    """The number to the six places that the catalog keeps, no zeros trailing; None for what cannot be an amount."""
    if value is None:
        return None
    number = Decimal(value)
    if not number.is_finite() or abs(number) >= LIMIT:
        return None
    number = number.quantize(SIX_PLACES)
    return number.quantize(Decimal(1)) if number == number.to_integral_value() else number.normalize()


@lru_cache(maxsize=4096)
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


@lru_cache(maxsize=4096)
def valid_gtin(text: str | None) -> str | None:
    """The digits of a GTIN-8, -12, -13 or -14 with a right check digit that names one article in the world, else None.

    Refused are numbers that GS1 leaves to shops and regions (GTIN-8 from 0 and 2, prefixes 02, 04 and 20 to 29) and
    coupons (05, 98, 99): GS1 General Specifications, 1.4 "GS1 Prefixes".
    """
    if not text or not ean.is_valid(text):
        return None
    digits = ean.compact(text)
    if len(digits) == 8:
        return None if digits[0] in "02" else digits
    prefix = digits.zfill(14)[1:3]
    return None if prefix in {"02", "04", "05", "98", "99"} or prefix[0] == "2" or not int(digits) else digits


@dataclass(frozen=True, slots=True)
class Priced:
    """An offer in numbers."""

    offer: Offer
    price: Decimal | None
    """What anyone pays; None for a price that only subscribers have."""
    currency: str | None
    servings: Servings | None
    price_per_serving: Decimal | None
    price_per_100mg: Decimal | None
    """Of elemental magnesium."""


def priced(offer: Offer, sale: Sale) -> Priced:
    """What an offer costs: the pack, a serving, 100 mg of elemental magnesium."""
    currency = currency_code(offer.currency)
    price = parse_price(offer.price, currency) if offer in sale.open_offers else None
    servings = sale.servings(offer)
    per_serving = price / servings.number if price and servings else None
    mg = exact(sale.label.elemental_mg)
    per_100mg = per_serving / mg * 100 if per_serving and mg and currency else None
    return Priced(offer, price, currency, servings, exact(per_serving), exact(per_100mg))


def currency_code(text: str | None) -> str | None:
    """The ISO 4217 code in capitals, or None when it is no code."""
    code = (text or "").strip().upper()
    return code if re.fullmatch("[A-Z]{3}", code) else None


def best_offer(sale: Sale) -> Priced | None:
    """The offer that stands for the listing: what is in stock before what may be and what is not; of these the lowest
    price of 100 mg elemental magnesium, else the lowest price; in the currency of the listing's first priced offer.
    A price for subscribers never stands for it.
    """
    candidates = [priced(offer, sale) for offer in sale.listing.offers]
    with_price = [c for c in candidates if c.price is not None]
    if not with_price:
        return candidates[0] if candidates else None
    same = [c for c in with_price if c.currency == with_price[0].currency]
    return min(same, key=_rank)


def _rank(candidate: Priced) -> tuple[int, bool, Decimal]:
    stock = ("in_stock", "unknown", "out_of_stock").index(candidate.offer.availability)
    known = candidate.price_per_100mg is not None
    return stock, not known, (candidate.price_per_100mg if known else candidate.price) or LIMIT
