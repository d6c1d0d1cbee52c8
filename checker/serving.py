"""Serving size, servings per container and a day, and what a printed unit means."""

from __future__ import annotations

import re
from collections.abc import Mapping
from decimal import Decimal
from functools import cache
from typing import NamedTuple

from checker.lexicon import WIDE, Cues, cues, cues_of, mentions, section, table, trie_pattern, without_accents, words

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


_FRACTION = r"(?:[½¼¾⅓⅔]|1/[234]|2/3|3/4)"


@cache
def _quantity() -> str:
    number = rf"(?<!\d)(?<!\d/)\d+(?:[.,]\d+)?(?: ?{_FRACTION})?(?![/\d])"
    count = rf"(?<!{_LETTER})(?:{trie_pattern(_counts())})(?!{_LETTER})"
    upper = rf"(?: ?(?:-|to|bis|à|a|or|o) ?(?P<high>{number}|{count}))?(?: ?\([\w-]+\))?"
    return rf"(?P<low>{count}|{number}){upper}"


@cache
def _unit() -> str:
    begin = rf"(?<!{_LETTER}(?![{WIDE}]))"
    return rf"{begin}(?P<unit>{trie_pattern(unit_names())})(?:\(s\)|s)?(?!{_LETTER}(?<![あ当中당중]))"


_HELD = ("=", "中", "あたり", "当たり", "당", "중")
"""What stands behind a unit that holds something: a sign, or in Japanese and Korean."""


@cache
def _patterns() -> tuple[re.Pattern[str], ...]:
    """Where a serving may be stated, most telling first."""
    begin = rf"(?<!{_LETTER})"
    kinds = r"(?: [\w-]{2,15}){0,2}?"
    named = rf"{_quantity()} {{0,3}}-?(?:{trie_pattern(words('coating'))}[ -])*{_unit()}"
    per = rf"{begin}(?:{trie_pattern(words('per'))})"
    about = r"(?:about |ca\.? |approx\.? )?"
    held = r"(?: [\w+](?:[\w+-]|[.,](?=\d)){0,15}){0,4}?(?: ?\([^)\n]*\)|,[^,\n]{0,30},)? ?(?:typically )?"
    return (
        re.compile(
            rf"{begin}(?:{trie_pattern(words('serving_size'))})\s*[:;,=|-]?\s*\(?"
            rf"{about}{_quantity()}{kinds} {{0,3}}{_unit()}"
        ),
        re.compile(
            rf"{begin}(?:{trie_pattern(words('serving_of'))}) ?[:=|-]? ?\(?(?:d[ei] |of |von |van )?{about}{named}"
        ),
        re.compile(rf"{named} ?(?:(?:per|each) serving|(?:serving|serve|portion)(?!{_LETTER}))"),
        re.compile(
            rf"(?:{per} |(?<=\dmg)[vwв](?=\d))(?:(?:daily|tagesdosis|serving|portion|dose|dosis) ?){{0,2}}"
            rf"(?:\(|of |de |di |à |von )? ?{named}"
        ),
        re.compile(rf"{begin}{named}{held}(?:{section('contains').pattern}|{'|'.join(_HELD)})"),
        re.compile(rf"{per} (?:{trie_pattern(words('coating'))} )*{_unit()}"),
        re.compile(rf"{begin}(?:{trie_pattern(words('take'))}):? {named}"),
        re.compile(rf"excipient(?:s|e|i)?[^\n]{{0,20}}q\.?s\.?p?\.?[^\n]{{0,60}}? {named}"),
        re.compile(rf"(?m)(?:^|\() *{named}\.?(?: ?\([^()\n]{{0,20}}\))? ?(?::|\)|$)"),
        re.compile(rf"(?m)(?<!\d ){begin}{_unit()} containing"),
        re.compile(rf"{begin}{named}(?:(?<=b[ae]n)|(?<=ssa))"),
    )


@cache
def _needed() -> Mapping[int, Cues]:
    """Words without which a pattern, by its place, finds nothing: asked for where that is faster than the pattern."""
    return {
        1: cues_of("serving_of"),
        2: cues(("serving", "serve", "portion")),
        4: cues((*words("contains"), *_HELD)),
        6: cues_of("take"),
        9: cues((" containing",)),
        10: cues(("ában", "akban", "issa")),
    }


_SOLID = ("capsule", "tablet", "softgel", "gummy", "sachet", "vial")
_MOST_UNITS = 12
"""More capsules or the like behind a mere "per" or "by" are a pack, not a serving."""
_TOO_GENERAL = {3: ("g", "serving"), 5: ("g", "serving"), 8: ("serving", "ounce")}
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


_SAID_OF = 3
"""Place of the pattern of "per 20 ml"."""


def portion_before(text: str) -> tuple[Decimal, str] | None:
    """Number and unit of the last "per 2 capsules" of a piece of text; None when it has none."""
    said = list(_patterns()[_SAID_OF].finditer(text.rpartition("\n")[2]))
    return (_number(said[-1]["low"]), unit_names()[said[-1]["unit"]]) if said else None


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


_PART = re.compile(rf" ?({_FRACTION})")
"""A fraction behind a whole number: "1 1/2"."""


def _number(text: str) -> Decimal:
    if text.isdecimal():
        return Decimal(text)
    if text in _counts():
        return _counts()[text]
    whole, *parts = _PART.split(text)
    return Decimal(whole.replace(",", ".")) + sum(_counts()[part] for part in parts if part)


_AMOUNT_OF_SERVINGS = r"(?!\d|[.,]\d| ?(?:mg|g|%|capsule|tablet|scoop|ml|gumm|veg))"


@cache
def _per_container() -> re.Pattern[str]:
    said = (
        r"serv(?:ing|e)?s?\.? per (?:cont\w*|bottle|package|pack|tub|jar|box|bag)|portions par \w+|servings"
        rf"|{trie_pattern(words('per_container'))}"
    )
    return re.compile(
        rf"(?:{said})\s*[:;|]?\s*(?:about |approx\.? |approximately |~ ?|ca\.? )?(\d{{1,4}}){_AMOUNT_OF_SERVINGS}"
    )


@cache
def _counted() -> re.Pattern[str]:
    return re.compile(rf"(\d{{1,4}})\s*(?:{trie_pattern(words('portions'))})\b(?!\s*(?:size|per day))")


_ALTERNATIVE = re.compile(r"(?:\bor|/|\boder|\d ?-)\s*$")
_ALTERNATIVE_ENDS = frozenset("r/-")


def read_servings_per_container(low: str) -> tuple[int, Place] | None:
    """Servings per container with the place; None when not stated or stated as alternatives ("30 or 60 servings")."""
    match = _per_container().search(low) or (_counted().search(low) if mentions("portions", low) else None)
    if match is None:
        return None
    before = low[max(0, match.start() - 8) : match.start()].rstrip()
    if before[-1:] in _ALTERNATIVE_ENDS and _ALTERNATIVE.search(before):
        return None
    return int(match[1]), match.span()
