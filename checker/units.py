"""What the words around an amount say that it is of: one unit, such as a capsule, or a whole day."""

from __future__ import annotations

import re
from functools import cache

from checker.lexicon import mentions, says, section, table, trie_pattern, words

_BEFORE, _BEHIND = 60, 45
"""Characters before and behind an amount in which its unit may stand."""
_SOLID = ("capsule", "tablet", "softgel", "gummy", "sachet", "vial", "scoop")
"""Units that only products for taking come in; a "portion" may be of any food."""


@cache
def _unit() -> str:
    return trie_pattern(word for key in _SOLID for word in table("units")["serving"][key]) + r"(?![^\W\d_])"


@cache
def _behind() -> re.Pattern[str]:
    coat = f"(?:(?:{trie_pattern(words('coating'))}) )?"
    return re.compile(rf"[^.;\n]*?(?<![^\W\d_])(?:{trie_pattern(words('per'))}|/) ?(?:1 )?{coat}{_unit()}")


@cache
def _before() -> re.Pattern[str]:
    between = r"(?: [\w+-]+){0,3}(?: \([^()\n]*\))?"
    holds = section("contains").pattern
    listed = rf"(?:{trie_pattern(words('per'))}) {_unit()}: ?\Z"
    return re.compile(rf"(?<![^\W\d_])(?:{_unit()}{between} (?:{holds})(?: [^\W\d_]+)?:? ?$|{listed})")


def compares(text: str) -> bool:
    """Whether a line speaks of other products."""
    return mentions("comparison", text) and section("comparison").search(text) is not None


def of_a_unit(text: str, start: int, end: int) -> bool:
    """Whether a line's amount is said to be of a capsule or the like: "a tablet contains 9 mg", "9 mg per tablet"."""
    return unit_contains(text[max(0, start - _BEFORE) : start]) or per_unit(text, end)


def per_unit(text: str, end: int) -> bool:
    """Whether "per tablet" stands behind an amount that ends here."""
    return _behind().match(text, end, end + _BEHIND) is not None


def unit_contains(before: str) -> bool:
    """Whether "one tablet contains" or "each sachet:" stands at the end of what is before an amount."""
    return _before().search(before) is not None


@cache
def _several() -> re.Pattern[str]:
    counts = [word for number in "2345" for word in table("units")["count"][number]]
    upto = r"(?: ?(?:-|to|bis|à|a|o|do|до) ?[2-9])?"
    often = f"(?:{trie_pattern(words('times'))})"
    return re.compile(
        rf"(?<![^\W_])(?:[1-9]{upto}(?<!1)|{trie_pattern(counts)}) ?-?{often} ?(?:{trie_pattern(words('daily'))})"
    )


def of_a_day(before: str) -> bool:
    """Whether "three times a day" stands before an amount on its line: it is the day's, not the serving's."""
    return mentions("daily", before) and _several().search(before) is not None


@cache
def _part() -> re.Pattern[str]:
    halves = [word for number in ("0.25", "0.5", "0.75") for word in table("units")["count"][number]]
    whole = trie_pattern(word for key in ("tablet", "sachet") for word in table("units")["serving"][key])
    return re.compile(rf"(?<![\w/.,])(?:{trie_pattern(halves)}|0[.,]5) ?{whole}(?![^\W\d_])")


def of_a_part(before: str) -> bool:
    """Whether half a tablet or the like stands before an amount on its line."""
    return ("/" in before or not before.isascii() or "hal" in before) and _part().search(before) is not None


@cache
def _weighed() -> re.Pattern[str]:
    each = trie_pattern(words("per"))
    weight = rf"100 ?(?:g|gr|gram\w*|г|гр\w*)|\d{{1,2}} ?dl|(?:{each}) gram\w*"
    return re.compile(rf"(?<![\w.,])(?:{weight})(?:of |d[ei] )? (?!(?:{each}) )[^\W\d_]")


@cache
def _food() -> re.Pattern[str]:
    """A food and a verb of having right before an amount: "oatmeal (50 g) provides 65 mg"."""
    verb = rf"(?:{section('contains').pattern}|(?<![^\W\d_])(?:{trie_pattern(words('has'))})(?![^\W\d_]))"
    return re.compile(rf"{section('food').pattern}(?: ?\([^()\n]*\))? (?:\w+ )?{verb}(?: [^\W\d_]+){{0,2}} ?\Z")


_MEASURE = re.compile(r"(?:\d|½|¼|¾) ?(?:cups?|ounces?|oz|slices?|packets?)\b")


def of_a_food(before: str) -> bool:
    """Whether "100 g of almonds", "2 dl milk", "each gram of", "spinach, ½ cup" stands before an amount."""
    if ("100" in before or "dl" in before or " gram" in before) and _weighed().search(before) is not None:
        return True
    if mentions("food", before) and _food().search(before) is not None:
        return True
    return _MEASURE.search(before) is not None and says("prepared", before)
