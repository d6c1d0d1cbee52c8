"""From printed prices and packs to numbers. Pure, and never a guess: what is not certain is None."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from functools import lru_cache
from importlib.resources import files

from price_parser import Price
from stdnum import ean

from checker import Label, Listing, Offer, Serving
from checker.serving import unit_names

THREE_DECIMALS = frozenset({"BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND"})
"""Currencies whose minor unit is a thousandth (ISO 4217)."""

LIMIT = Decimal(10) ** 12
"""Numbers from here on are no price and no amount, and do not fit the catalog's columns."""

SIX_PLACES = Decimal("0.000001")


def exact(value: Decimal | int | None) -> Decimal | None:
    """The number to the six places that the catalog keeps, no zeros trailing; None for what cannot be an amount."""
    number = Decimal("NaN") if value is None else Decimal(value)
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
class Pack:
    """How much a pack holds: pieces, grams, millilitres, or servings."""

    count: Decimal
    unit: str
    """As in `Serving.unit`; `count` for pieces of a kind not named, `serving` for servings."""


_DATA = tomllib.loads((files("catalog") / "data" / "pack_words.toml").read_text("utf-8"))
_COUNTED = frozenset(_DATA["counted"]) - {"serving"}
_PIECES = {word: unit for word, unit in unit_names().items() if unit in _DATA["counted"] and word not in _DATA["never"]}
_PIECES |= dict.fromkeys(_DATA["pieces"], "count") | {"soft gel": "softgel", "soft gels": "softgel"}
_MEASURES = {word: (unit, factor) for unit, words in _DATA["measures"].items() for word, factor in words.items()}


def _one_of(words: Iterable[str]) -> str:
    return "|".join(re.escape(word) for word in sorted(words, key=len, reverse=True))


_START = r"(?<![\w.,+/–-])(?:(?P<before>\d{1,2})\s?[x×]\s?)?"
_END = r"(?:\(s\)|s)?(?!\w)(?:\s?[x×]\s?(?P<after>\d{1,2})(?!\w))?"
_PIECE = re.compile(
    rf"{_START}(?P<count>\d{{1,3}}(?:,\d{{3}})+|\d{{1,5}})\s?-?\s?(?:(?:{_one_of(_DATA['adjectives'])})[ -]){{0,3}}"
    rf"(?P<word>{_one_of(_PIECES)}){_END}"
)
_MEASURE = re.compile(rf"{_START}(?P<count>\d{{1,5}}(?:\.\d+)?)\s?(?P<word>{_one_of(_MEASURES)}){_END}")
_BARE = re.compile(r"(?<![\w.,+/–-])(?P<before>\d{1,2})\s?[x×]\s?(?P<count>\d{1,4})(?=\s*(?:$|[,;|)\]]))")
_PLURAL = re.compile(r"(?<![\w.,+/–-])(?P<count>\d{1,3})['’]?s(?!\w)")
_SEVERAL = re.compile(
    r"\b(?:pack|set|box|case|bundle)s? of \d|\b\d+[ -]?(?:packs?|pk|bottles|boxes|jars|tubs|pouches|bags)\b"
    r"|\b(?:twin|double|triple|multi|duo|trio)[ -]?pack|\bbundle\b|\+ ?[\d#]|\d ?[x×] ?#|\b\d+ ?(?:free|extra|bonus)\b"
)
"""What tells that a price is of more than the one pack that the label describes, without saying how much of it."""


def packs(text: str, *, measures: bool = True) -> tuple[Pack, ...] | None:
    """The packs that a text states ("120 capsules", "90 ct", "60 Tablet(s)", "2 x 60"), each once.

    None when the text speaks of several packs without their content ("pack of 3"): nothing can be computed then.
    """
    found: dict[Pack, None] = {}
    text = text.casefold()

    def take(match: re.Match[str]) -> str:
        given = match.groupdict()
        unit, factor = _unit(given.get("word"))
        times = int(given.get("before") or 1) * int(given.get("after") or 1)
        found[Pack(Decimal(given["count"].replace(",", "")) * times * factor, unit)] = None
        return "#"

    for pattern in (_PIECE, _MEASURE, _BARE, _PLURAL):
        if measures or pattern is not _MEASURE:
            text = pattern.sub(take, text)
    return None if _SEVERAL.search(text) else tuple(found)


def _unit(word: str | None) -> tuple[str, int]:
    word = word or "count"
    return (_PIECES[word], 1) if word in _PIECES else _MEASURES[word]


def servings_in(pack: Pack, serving: Serving | None) -> Decimal | None:
    """Servings in a pack; None when the units disagree, the serving is a range, or the pack is no more than a serving
    ("2 capsules" in a name repeats the serving more often than it sells two).
    """
    if pack.unit == "serving":
        return pack.count
    if serving is None or not serving.quantity or serving.quantity_max not in (None, serving.quantity):
        return None
    agree = pack.unit == serving.unit or (pack.unit == "count" and serving.unit in _COUNTED)
    return pack.count / serving.quantity if agree and pack.count > serving.quantity else None


def servings_of(offer: Offer | None, listing: Listing, label: Label) -> int | None:
    """Whole servings in the pack that an offer sells, from its name, else the label, the listing's pack and the title.

    None when they contradict each other, and for variants at different prices whose names do not state their packs:
    the label describes only one of them.
    """
    named = packs(offer.name) if offer else ()
    if named is None:
        return None
    if len({(o.price, o.currency) for o in listing.offers}) > 1:
        return _agreed([servings_in(pack, label.serving) for pack in named])
    titled = packs(listing.title, measures=False)
    if titled is None:
        return None
    stated = [*named, *(packs(listing.pack or "") or ()), *titled]
    printed = label.servings_per_container
    return _agreed([servings_in(pack, label.serving) for pack in stated], printed)


def _agreed(numbers: list[Decimal | None], printed: int | None = None) -> int | None:
    known = [number for number in numbers if number] + ([Decimal(printed)] if printed else [])
    if not known or max(known) - min(known) >= 1 or max(known) >= LIMIT:
        return None
    return printed or _whole(known[0])


def _whole(servings: Decimal) -> int | None:
    """Rounded as 21 CFR 101.9(b)(8)(i) has it: to whole servings above five; up to five only what is whole already."""
    rounded = servings.to_integral_value(ROUND_HALF_UP)
    return int(rounded) if servings == rounded or servings > 5 else None


@dataclass(frozen=True, slots=True)
class Priced:
    """An offer in numbers."""

    offer: Offer
    price: Decimal | None
    currency: str | None
    servings: int | None
    price_per_serving: Decimal | None
    price_per_100mg: Decimal | None
    """Of elemental magnesium."""


def priced(offer: Offer, listing: Listing, label: Label) -> Priced:
    """What an offer costs: the pack, a serving, 100 mg of elemental magnesium."""
    currency = currency_code(offer.currency)
    price = parse_price(offer.price, currency)
    servings = servings_of(offer, listing, label)
    per_serving = price / servings if price and servings else None
    mg = exact(label.elemental_mg)
    per_100mg = per_serving / mg * 100 if per_serving and mg and currency else None
    return Priced(offer, price, currency, servings, exact(per_serving), exact(per_100mg))


def currency_code(text: str | None) -> str | None:
    """The ISO 4217 code in capitals, or None when it is no code."""
    code = (text or "").strip().upper()
    return code if re.fullmatch("[A-Z]{3}", code) else None


def best_offer(listing: Listing, label: Label) -> Priced | None:
    """The offer that stands for the listing: what is in stock before what may be and what is not; of these the lowest
    price of 100 mg elemental magnesium, else the lowest price; in the currency of the listing's first priced offer.
    """
    candidates = [priced(offer, listing, label) for offer in listing.offers]
    with_price = [c for c in candidates if c.price is not None]
    if not with_price:
        return candidates[0] if candidates else None
    same = [c for c in with_price if c.currency == with_price[0].currency]
    return min(same, key=_rank)


def _rank(candidate: Priced) -> tuple[int, bool, Decimal]:
    stock = ("in_stock", "unknown", "out_of_stock").index(candidate.offer.availability)
    known = candidate.price_per_100mg is not None
    return stock, not known, (candidate.price_per_100mg if known else candidate.price) or LIMIT
