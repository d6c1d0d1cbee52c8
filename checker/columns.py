"""The serving columns of a row, and which of them is the serving's."""

from __future__ import annotations

import re
from decimal import Decimal
from functools import cache

from checker.choose import near
from checker.daily import read_daily
from checker.lexicon import trie_pattern, words
from checker.reference import fits
from checker.rows import Amounts, Row, Statement
from checker.serving import Portion, portion_before, unit_names

Column = tuple[str, Decimal | None, Decimal | None]
"""Heading, mg and percent."""

_PER = r"per|pro|je|por|par|pour|na|w|in|v|vo|ve|в|на|pr\.?|pe|i"
_COLUMN = re.compile(
    rf"(?<![^\W\d_])(?:{_PER}|amount per) (?:\d+(?:[.,]\d+)? ?)?(?:x ?)?"
    rf"(?:[^\W\d_]+(?: (?!(?:amount |)(?:{_PER}) )[^\W\d_]+)?)"
)


@cache
def _counted() -> re.Pattern[str]:
    """ "| 1 capsule | 2 capsules |": a cell that only counts units."""
    return re.compile(rf"(?<=\|) *(\d+(?:[.,]\d+)? ?(?:{trie_pattern(unit_names())})(?:\(s\)|s)?) *(?=\||\n|$)")


_PER_100 = re.compile(r"100\s?(?:g|ml)")
_OWN_PORTION = re.compile(r"^[ ;]*(?:per|pro|je|por|par|pour) (?!100 ?(?:g|ml)).{0,40}:")
"""At the start of a row, before its nutrients: "Per scoop: Magnesium ..."."""
_HUNDRED = Decimal(100)
_PER_ML = re.compile(r"(?:g|mol|eq) ?/ ?ml\b")
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
        return *columns[0], 0
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
    if chosen.per_100 and _PER_ML.search(low, chosen.start, chosen.end + 6):
        return serving.unit != "ml" or serving.quantity != 1
    if chosen.per_100 and _PER_100.search(low, max(0, chosen.start - 30), chosen.end + 20):
        return True
    if low.find("100", 0, chosen.start) < 0:
        return False
    own = low[low.rfind("\n", 0, chosen.start) + 1 : chosen.start]
    if _OWN_PORTION.search(own) or portion_before(own) == (serving.quantity, serving.unit):
        return False
    above = reversed(low[: chosen.start].split("\n")[-25:-1])
    heading = next((found for line in above if (found := _COLUMN.findall(line))), [])
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


_ANOTHER = re.compile(r"[,;] *(?!(?:per|pro|je|por|par|pour|for|na|w) )[^\W\d_]")
"""A comma and a word that is not known: the next amount is that word's."""
_GAP_WORD = re.compile(r"[^\W\d_]+")


@cache
def _column_words() -> frozenset[str]:
    """Words between the columns of a row: "75 mg per tablet 225 mg", "83 mg DV 330 mg"."""
    return frozenset((*unit_names(), *words("per"), *words("column"), *words("daily_value")))


def _is_another(gap: str) -> bool:
    """Whether words between two amounts name another substance."""
    found = _GAP_WORD.findall(gap)
    if not found:
        return False
    return _ANOTHER.search(gap) is not None or found[-1] not in _column_words()


def _before_brackets(row: Row, i: int) -> int:
    """The index of an amount's token, or of the bracket before it with a percent or a unit: "(per capsule), 300 mg"."""
    i -= row.kinds[i - 1] == "bar"
    if row.kinds[max(0, i - 3) : i] == ["open", "percent", "close"]:
        return i - 3
    return i - 2 if row.kinds[max(0, i - 2) : i] == ["open", "close"] else i


def further_column(row: Row, i: int, mg: Decimal | None) -> Statement | None:
    """A further amount behind a row's first: the next serving column."""
    names = ("magnesium", "ligand", "brand", "source", "other", "name", "open", "close", "equivalent", "from")
    last = _before_brackets(row, i)
    for j in range(last - 1, -1, -1):
        if row.line[j].kind in names or (row.line[j].kind == "stop" and row.low[row.line[j].start] == "."):
            return None
        if row.line[j].kind == "amount":
            statement = row.known.get(j)
            if _is_another(row.low[row.line[j].end : row.line[i].start]):
                return None
            if statement and mg is not None:
                statement.columns.append((mg, None))
            return statement
    return None
