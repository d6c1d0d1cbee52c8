"""How many servings a day a label directs."""

from __future__ import annotations

import re
from decimal import Decimal
from functools import cache, lru_cache

from checker.lexicon import Cues, cues, table, trie_pattern, words
from checker.serving import Portion, counted, read_count

_BEFORE, _BEHIND = 48, 24
"""Characters before and behind the words for a day where the amount to take may stand."""


_NO_DIRECTION = "(?! (?:val|dos|serv|allow|intake|need|multi|req))"
"""What stands behind the words for a day in those of Daily Values, needs and names."""


@cache
def _days() -> Cues:
    return cues(words("daily"), _NO_DIRECTION)


@lru_cache(maxsize=256)
def _day(found: tuple[str, ...]) -> re.Pattern[str]:
    """Words for a day, of those that stand in the text."""
    return re.compile(f"(?:{trie_pattern(found)}){_NO_DIRECTION}")


@cache
def _often() -> dict[str, int]:
    """Words that tell how often: "twice", and number words before "times"."""
    counts = {word: int(n) for n in "234" for word in table("units")["count"][n]}
    return {"once": 1, "twice": 2, **counts}


@cache
def _times() -> re.Pattern[str]:
    """How many times a day, right before the words for a day."""
    upto = r"(?: ?(?:-|to|bis|or|oder|a|à|o|до) ?(?P<high>[1-6]))?"
    times = trie_pattern(words("times"))
    counted = rf"(?<![^\W\d_])(?P<count>{trie_pattern(_often())})(?: ?\(\d\))? (?:{times})"
    return re.compile(rf"(?:(?<!\d)(?P<low>[1-6]){upto} ?(?:{times})|\b(?P<word>once|twice)|{counted}) ?$")


@cache
def _amount() -> re.Pattern[str]:
    return re.compile(counted(rf"(?:{trie_pattern(words('coating'))}[ -])*"))


def read_daily(low: str, serving: Portion | None) -> tuple[Decimal, Decimal] | None:
    """Servings a day that the label directs, least and most: "2 capsules twice daily" is 2 for a serving of 2 capsules.

    None when it directs none, or in another unit than the serving's.
    """
    if not _days().within(low):
        return None
    for day in _day(_days().standing(low)).finditer(low):
        before = re.split(r"[.;\n]", low[max(0, day.start() - _BEFORE) : day.start()])[-1]
        times = _times().search(before)
        if "exceed" in before:
            continue
        taken = list(_amount().finditer(before, 0, times.start() if times else len(before)))
        behind = _amount().match(low, day.end() + 1, day.end() + _BEHIND) if times and not taken else None
        amount = behind or (taken[-1] if taken else None)
        if amount or times:
            return _servings(times, amount, serving)
    return None


def _servings(
    times: re.Match[str] | None, amount: re.Match[str] | None, serving: Portion | None
) -> tuple[Decimal, Decimal] | None:
    least = most = Decimal(1)
    if times:
        word = _often().get(times["word"] or times["count"] or "")
        least = Decimal(word or times["low"])
        most = Decimal(word or times["high"] or times["low"])
    if amount is None:
        return least, most
    first, last, unit = read_count(amount)
    if unit == "serving":
        return least * first, most * last
    if serving is None or serving.unit != unit or not serving.quantity:
        return None
    return least * first / serving.quantity, most * last / serving.quantity
