"""Which of a row's serving columns is the serving's."""

from __future__ import annotations

import re
from decimal import Decimal

from checker.rows import Amounts, Statement
from checker.serving import Portion

Column = tuple[str, Decimal | None, Decimal | None]
"""Heading, mg and percent."""

_COLUMN = re.compile(
    r"(?<![^\W\d_])(?:per|pro|je|amount per|por|par|pour|na|w|in) (?:\d+(?:[.,]\d+)? ?)?(?:x ?)?"
    r"(?:[^\W\d_]+(?: (?!(?:amount |)(?:per|pro|je|por|par|pour) )[^\W\d_]+)?)"
)


_PER_100 = re.compile(r"100\s?(?:g|ml)")
_HUNDRED = Decimal(100)
_SERVING = re.compile(r"serving|portion|tagesdosis|daily|dosis|dose|porci|dagdosering|porcja|dávka|adag")


def pick_column(chosen: Statement, low: str, serving: Portion | None, printed: list[Column]) -> Amounts:
    """The amount and percent of the serving's column; nothing when the columns cannot be told apart.

    Every column is added to `printed` with its heading.
    """
    columns = chosen.columns
    if len(columns) < 2:
        return (None, None) if _per_100_of_a_serving(chosen, low, serving) else (chosen.mg, chosen.percent)
    titles = _titles(low[: chosen.start], len(columns))
    printed.extend((title, *column) for title, column in zip(titles or [""] * len(columns), columns, strict=True))
    wanted = (serving.quantity_max or serving.quantity) if serving else None
    place = _by_title(titles, wanted)
    if place is None:
        place = _by_ratio([mg for mg, _ in columns], wanted)
    return columns[place] if place is not None else (None, None)


def _per_100_of_a_serving(chosen: Statement, low: str, serving: Portion | None) -> bool:
    """Whether the amount is per 100 g or ml, inline or by the one heading above it, and the serving another amount."""
    if serving is None or serving.quantity == _HUNDRED:
        return False
    if chosen.per_100 and _PER_100.search(low, max(0, chosen.start - 30), chosen.end + 20):
        return True
    if low.find("100", 0, chosen.start) < 0:
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


def _titles(above: str, count: int) -> list[str]:
    """The headings of the columns: the nearest line above that has as many."""
    for line in reversed(above.split("\n")[-25:]):
        found = [m[0].strip() for m in _COLUMN.finditer(line)]
        if len(found) == count:
            return found
    return []
