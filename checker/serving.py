"""Serving size, servings per container and a day, and what a printed unit means."""

from __future__ import annotations

import re
from collections.abc import Mapping
from decimal import Decimal
from functools import cache
from typing import NamedTuple

from checker.lexicon import Cues, cues, cues_of, section, table, trie_pattern, without_accents, words

Place = tuple[int, int]


class Portion(NamedTuple):
    """A serving as it is printed."""

    quantity: Decimal
    """How many units; the lower end of a range."""
    quantity_max: Decimal | None
    unit: str
    """Singular English key."""
    place: Place


_LETTER = r"[^\W\d_]"


@cache
def unit_names() -> dict[str, str]:
    """Unit word -> singular English key."""
    return {w: key for key, group in table("units")["serving"].items() for w in (*without_accents(group), *group)}


@cache
def _counts() -> dict[str, Decimal]:
    groups = table("units")["count"].items()
    return {w: Decimal(value) for value, group in groups for w in (*without_accents(group), *group)}


@cache
def _quantity() -> str:
    number = r"\d+(?:[.,]\d+)?(?![/\d])"
    count = rf"(?<!{_LETTER})(?:{trie_pattern(_counts())})(?!{_LETTER})"
    upper = rf"(?: ?(?:-|to|bis|à|a|or|o) ?(?P<high>{number}))?(?: ?\(\w+\))?"
    return rf"(?P<low>{count}|{number}){upper}"


@cache
def _unit() -> str:
    return rf"(?P<unit>{trie_pattern(unit_names())})(?:\(s\)|s)?(?!{_LETTER}(?<![あ当中당]))"


_HELD = ("=", "中", "あたり", "当たり", "당")
"""What stands behind a unit that holds something: a sign, or in Japanese and Korean."""


@cache
def _patterns() -> tuple[re.Pattern[str], ...]:
    """Where a serving may be stated, most telling first."""
    begin = rf"(?<!{_LETTER})"
    kinds = r"(?: [\w-]{2,12}){0,2}?"
    named = rf"{_quantity()} {{0,3}}-?(?:{trie_pattern(words('coating'))}[ -])*{_unit()}"
    per = rf"{begin}(?:{trie_pattern(words('per'))})"
    about = r"(?:about |ca\.? |approx\.? )?"
    held = r"(?: [\w+](?:[\w+-]|[.,](?=\d)){0,15}){0,4}?(?: ?\([^)\n]*\)|,[^,\n]{0,30},)? ?(?:typically )?"
    return (
        re.compile(
            rf"{begin}(?:{trie_pattern(words('serving_size'))})\s*[:=|-]?\s*\(?"
            rf"{about}{_quantity()}{kinds} {{0,3}}{_unit()}"
        ),
        re.compile(
            rf"{begin}(?:{trie_pattern(words('serving_of'))}) ?[:=|-]? ?\(?(?:d[ei] |of |von |van )?{about}{named}"
        ),
        re.compile(rf"{named} ?(?:per|each) serving"),
        re.compile(
            rf"{per} (?:(?:daily|tagesdosis|serving|portion|dose|dosis) ?){{0,2}}(?:\(|of |de |di |à |von )? ?{named}"
        ),
        re.compile(rf"{begin}{named}{held}(?:{section('contains').pattern}|{'|'.join(_HELD)})"),
        re.compile(rf"{per} (?:{trie_pattern(words('coating'))} )*{_unit()}"),
        re.compile(rf"{begin}(?:{trie_pattern(words('take'))}):? {named}"),
        re.compile(rf"excipient(?:s|e|i)?[^\n]{{0,20}}q\.?s\.?p?\.?[^\n]{{0,60}}? {named}"),
        re.compile(rf"(?m)(?:^|\() *{named}\.?(?: ?\([^()\n]{{0,20}}\))? ?(?::|\)|$)"),
        re.compile(rf"(?m)(?<!\d ){begin}{_unit()} containing"),
    )


@cache
def _needed() -> Mapping[int, Cues]:
    """Words without which a pattern, by its place, finds nothing: asked for where that is faster than the pattern."""
    return {
        1: cues_of("serving_of"),
        2: cues(("per serving", "each serving")),
        4: cues((*words("contains"), *_HELD)),
        6: cues_of("take"),
        9: cues((" containing",)),
    }


_SOLID = ("capsule", "tablet", "softgel", "gummy", "sachet", "vial")
_MOST_UNITS = 12
"""More capsules or the like behind a mere "per" or "by" are a pack, not a serving."""
_TOO_GENERAL = {3: ("g", "serving"), 5: ("g", "serving"), 8: ("serving",)}
"""Patterns by number, and units that tell nothing there: "per serving", "(60 servings)"."""


def read_serving(low: str) -> Portion | None:
    """The serving that the amounts belong to; None when the text states none."""
    for number, pattern in enumerate(_patterns()):
        needed = _needed().get(number)
        match = pattern.search(low) if needed is None or needed.within(low) else None
        if match is None:
            continue
        portion = _portion(match)
        general = _TOO_GENERAL.get(number, ())
        if portion.unit not in general and not (number in (3, 5) and portion.unit in _packed(portion)):
            return portion
    return None


def _packed(portion: Portion) -> tuple[str, ...]:
    """The units of which so many are a pack."""
    return _SOLID if portion.quantity > _MOST_UNITS else ()


def _portion(match: re.Match[str]) -> Portion:
    counted = "low" in match.re.groupindex
    low, high = match.group("low", "high") if counted else ("1", None)
    return Portion(_number(low), _number(high) if high else None, unit_names()[match["unit"]], match.span())


def counted(between: str) -> str:
    """The pattern of a number of units ("1-2 tablets"), with a pattern of what may stand before the unit."""
    return rf"{_quantity()} {{0,3}}-?{between}{_unit()}"


def read_count(match: re.Match[str]) -> tuple[Decimal, Decimal, str]:
    """Lower and upper number and the unit's key of a match of `counted`."""
    low = _number(match["low"])
    return low, _number(match["high"]) if match["high"] else low, unit_names()[match["unit"]]


def _number(text: str) -> Decimal:
    return _counts()[text] if text in _counts() else Decimal(text.replace(",", "."))


_AMOUNT_OF_SERVINGS = r"(?!\d|[.,]\d| ?(?:mg|g|%|capsule|tablet|scoop|ml|gumm|veg))"
_PER_CONTAINER = re.compile(
    r"(?:serv(?:ing|e)?s?\.? per (?:cont\w*|bottle|package|pack|tub|jar|box|bag)"
    r"|portionen pro (?:packung|dose|beutel)|porciones por envase|portions par \w+|dosi per confezione|servings)"
    r"\s*[:|]?\s*"
    rf"(?:about |approx\.? |approximately |~ ?|ca\.? )?(\d{{1,4}}){_AMOUNT_OF_SERVINGS}"
)
_COUNTED = re.compile(
    r"(\d{1,4})\s*(?:servings?|portionen|porciones|porções|dosi|doses|portions)\b(?!\s*(?:size|per day))"
)
_COUNTED_IN = cues(("serving", "portion", "porcion", "porç", "dosi", "doses"))
_ALTERNATIVE = re.compile(r"(?:\bor|/|\boder|\d ?-)\s*$")
_ALTERNATIVE_ENDS = frozenset("r/-")


def read_servings_per_container(low: str) -> tuple[int, Place] | None:
    """Servings per container with the place; None when not stated or stated as alternatives ("30 or 60 servings")."""
    match = _PER_CONTAINER.search(low) or (_COUNTED.search(low) if _COUNTED_IN.within(low) else None)
    if match is None:
        return None
    before = low[max(0, match.start() - 8) : match.start()].rstrip()
    if before[-1:] in _ALTERNATIVE_ENDS and _ALTERNATIVE.search(before):
        return None
    return int(match[1]), match.span()
