"""Which of a row's serving columns is the serving's."""

from __future__ import annotations

import re
from decimal import Decimal
from functools import cache

from checker.choose import near
from checker.daily import read_daily
from checker.lexicon import trie_pattern
from checker.reference import fits
from checker.rows import Amounts, Statement
from checker.serving import Portion, portion_before, unit_names

Column = tuple[str, Decimal | None, Decimal | None]
"""Heading, mg and percent."""

_COLUMN = re.compile(
    r"(?<![^\W\d_])(?:per|pro|je|amount per|por|par|pour|na|w|in) (?:\d+(?:[.,]\d+)? ?)?(?:x ?)?"
    r"(?:[^\W\d_]+(?: (?!(?:amount |)(?:per|pro|je|por|par|pour) )[^\W\d_]+)?)"
)


@cache
def _counted() -> re.Pattern[str]:
    """ "| 1 capsule | 2 capsules |": a cell that only counts units."""
    return re.compile(rf"(?<=\|) *(\d+(?:[.,]\d+)? ?(?:{trie_pattern(unit_names())})(?:\(s\)|s)?) *(?=\||\n|$)")


_PER_100 = re.compile(r"100\s?(?:g|ml)")
_HUNDRED = Decimal(100)
_SERVING = re.compile(r"serving|portion|tagesdosis|daily|dosis|dose|porci|dagdosering|porcja|dávka|adag")


def pick_column(
    chosen: Statement, low: str, serving: Portion | None, printed: list[Column], market: str | None
) -> tuple[Decimal | None, Decimal | None, int]:
    """The amount and percent of the serving's column, and its place; no amount when they cannot be told apart.

    Every column is added to `printed` with its heading.
    """
    columns = chosen.columns
    if len(columns) < 2:
        return (None, None, 0) if _per_100_of_a_serving(chosen, low, serving) else (chosen.mg, chosen.percent, 0)
    titles = _titles(low[: chosen.start], len(columns))
    printed.extend((title, *column) for title, column in zip(titles or [""] * len(columns), columns, strict=True))
    if all(mg and columns[0][0] and near(mg, columns[0][0]) for mg, _ in columns):
        return (*columns[0], 0)
    wanted = _directed(chosen, low, serving) or ((serving.quantity_max or serving.quantity) if serving else None)
    place = _by_title(titles, wanted)
    if place is None:
        place = _by_ratio([mg for mg, _ in columns], wanted)
    if place is None:
        place = _by_percent(columns, market)
    return (*columns[place], place) if place is not None else (None, None, 0)


def _directed(chosen: Statement, low: str, serving: Portion | None) -> Decimal | None:
    """The units that a label directs to take a day, when only the headings of its columns tell a serving."""
    if serving is None or serving.place[1] > chosen.start or low.count("\n", serving.place[1], chosen.start) > 2:
        return None
    daily = read_daily(low, serving)
    return daily[0] * serving.quantity if daily and daily[0] == daily[1] else None


def _per_100_of_a_serving(chosen: Statement, low: str, serving: Portion | None) -> bool:
    """Whether the amount is per 100 g or ml, inline or by the one heading above it, and the serving another amount."""
    if serving is None or serving.quantity == _HUNDRED:
        return False
    if chosen.per_100 and _PER_100.search(low, max(0, chosen.start - 30), chosen.end + 20):
        return True
    if low.find("100", 0, chosen.start) < 0:
        return False
    if portion_before(low[low.rfind("\n", 0, chosen.start) + 1 : chosen.start]) == (serving.quantity, serving.unit):
        return False
    headed = (found for line in reversed(low[: chosen.start].split("\n")[-25:-1]) if (found := _COLUMN.findall(line)))
    heading = next(headed, [])
    return len(heading) == 1 and _PER_100.search(heading[0]) is not None


def _by_title(titles: list[str], wanted: Decimal | None) -> int | None:
    """The place of the only column that is not per 100 g, of that for the serving's units, or of that per serving."""
    kept = [i for i, title in enumerate(titles) if not _PER_100.search(title)]
    if len(kept) == 1:
        return kept[0]
    numbers = {i: re.search(r"\d+", titles[i]) for i in kept}
    fitting = [i for i, number in numbers.items() if wanted and number and Decimal(number[0]) == wanted]
    return next(iter([*fitting, *(i for i in kept if _SERVING.search(titles[i]))]), None)


def _by_ratio(values: list[Decimal | None], wanted: Decimal | None) -> int | None:
    """The place of the larger of two amounts whose ratio is the number of units in a serving."""
    known = [mg for mg in values if mg]
    if len(values) != 2 or len(known) != 2 or not wanted or wanted <= 1:
        return None
    if abs(max(known) / min(known) - wanted) > wanted * Decimal("0.03"):
        return None
    return known.index(max(known))


def _by_percent(columns: list[Amounts], market: str | None) -> int | None:
    """The last column, when the row's only percent stands behind it and is right for it alone: the daily dose."""
    *others, (mg, percent) = columns
    if not mg or not percent or any(other for _, other in others) or not fits(mg, percent, market):
        return None
    told = not any(other and fits(other, percent, market) for other, _ in others)
    return len(others) if told else None


def _titles(above: str, count: int) -> list[str]:
    """The headings of the columns: the nearest line above that has as many."""
    for line in reversed(above.split("\n")[-25:]):
        found = [m[0].strip() for m in _COLUMN.finditer(line)]
        if len(found) != count and "|" in line:
            found = [m[1] for m in _counted().finditer(line)]
        if len(found) == count:
            return found
    return []
