"""The packs that a text states. Pure, and never a guess: what is not certain is None."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable
from dataclasses import dataclass, field
from decimal import Decimal
from functools import lru_cache
from importlib.resources import files

from checker import Serving
from checker.sale import bundle_words
from checker.serving import unit_names


@dataclass(frozen=True, slots=True)
class Pack:
    """How much a pack holds: pieces, grams, millilitres, or servings."""

    count: Decimal
    unit: str
    """As in `Serving.unit`; `count` for pieces of a kind not named, `serving` for servings."""
    words: str = field(default="", compare=False)
    """In lower case."""


_DATA = tomllib.loads((files("catalog") / "data" / "pack_words.toml").read_text("utf-8"))
COUNTED = frozenset(_DATA["counted"]) - {"serving"}
"""Units of pieces."""
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
_CONTAINER = re.compile(
    rf"(?:(?P<count>\d{{1,2}}|one|single)[ -]?)?(?P<word>{_one_of(_DATA['containers'])})(?:s|es)?"
    r"(?: of (?P<of>\d{1,2}))?"
)
_BARE = re.compile(r"(?<![\w.,+/–-])(?P<before>\d{1,2})\s?[x×]\s?(?P<count>\d{1,4})(?=\s*(?:$|[,;|)\]]))")
_PLURAL = re.compile(r"(?<![\w.,+/–-])(?P<count>\d{1,3})['’]?s(?!\w)")
_PATTERNS = (_PIECE, _MEASURE, _BARE, _PLURAL)
"""In the order of looking: what one has found the next does not see."""
_SEVERAL = re.compile(
    r"\b(?:pack|set|box|case|bundle)s? of \d|\b\d+[ -]?(?:packs?|pk|bottles|boxes|jars|tubs|pouches|bags)\b"
    r"|\b(?:twin|double|triple|multi|duo|trio)[ -]?pack|\b\d+er[ -]?(?:set|pack)|\+ ?[\d#]|\d ?[x×] ?#"
    r"|\b\d+ ?(?:free|extra|bonus)\b"
)
"""What tells that a price is of more than the one pack that the label describes, without saying how much of it."""


@lru_cache(maxsize=4096)
def packs(text: str, *, measures: bool = True) -> tuple[Pack, ...] | None:
    """The packs that a text states ("120 capsules", "90 ct", "60 Tablet(s)", "2 x 60"), each once.

    None when the text speaks of several packs without their content ("pack of 3"): nothing can be computed then.
    """
    found, rest = _read(text, [p for p in _PATTERNS if measures or p is not _MEASURE])
    return None if _SEVERAL.search(rest) or bundle_words(rest) else found


def counts(text: str) -> tuple[Pack, ...]:
    """The counts of pieces in a long text, each once, whatever they are of: packs, doses, other products."""
    return _read(text, [_PIECE, _BARE])[0]


def _read(text: str, patterns: Iterable[re.Pattern[str]]) -> tuple[tuple[Pack, ...], str]:
    """What the patterns find, and the text with "#" in place of it."""
    found: dict[Pack, None] = {}
    text = text.casefold()

    def take(match: re.Match[str]) -> str:
        given = match.groupdict()
        unit, factor = _unit(given.get("word"))
        times = int(given.get("before") or 1) * int(given.get("after") or 1)
        found.setdefault(Pack(Decimal(given["count"].replace(",", "")) * times * factor, unit, match.group()))
        return "#"

    for pattern in patterns:
        text = pattern.sub(take, text)
    return tuple(found), text


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
    agree = pack.unit == serving.unit or (pack.unit == "count" and serving.unit in COUNTED)
    return pack.count / serving.quantity if agree and pack.count > serving.quantity else None


@dataclass(frozen=True, slots=True)
class Containers:
    """How many containers a variant sells ("2 Pack", "3 Bottles")."""

    count: int
    word: str
    """`pack`, `bottle`, `jar` ..."""


@lru_cache(maxsize=4096)
def containers(name: str) -> Containers | None:
    """The containers that a variant's name states as a part of its own ("Lemon / 2 Pack", "Size: 2 Pack").

    None when it states none, or another number besides.
    """
    parts = [part.rpartition(": ")[2].strip() for part in re.split(" / |, ", name.casefold())]
    found = [match for part in parts if (match := _CONTAINER.fullmatch(part)) and (match["count"] or match["of"])]
    others = sum(any(map(str.isdigit, part)) for part in parts if not _CONTAINER.fullmatch(part))
    if len(found) != 1 or others or (found[0]["count"] and found[0]["of"]):
        return None
    number = found[0]["count"] or found[0]["of"]
    return Containers(int(number) if number.isdigit() else 1, found[0]["word"])
