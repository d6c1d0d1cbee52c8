"""Which of a row's serving columns is the serving's."""

from __future__ import annotations

import re
from decimal import Decimal

from checker.models import Serving
from checker.rows import Statement

Column = tuple[str, Decimal | None, Decimal | None]
"""Heading, mg and percent."""

_COLUMN = re.compile(
    r"(?<![^\W\d_])(?:per|pro|je|amount per|por|par|pour|na|w|in) (?:\d+(?:[.,]\d+)? ?)?(?:x ?)?"
    r"(?:[^\W\d_]+(?: [^\W\d_]+)?)"
)


def pick_column(
    chosen: Statement, low: str, serving: Serving | None, printed: list[Column]
) -> tuple[Decimal | None, Decimal | None]:
    """The amount of the serving's column."""
    columns = chosen.columns
    if len(columns) < 2:
        return chosen.mg, chosen.percent
    titles = _titles(low[: chosen.start], len(columns))
    for index, (mg, percent) in enumerate(columns):
        printed.append((titles[index] if index < len(titles) else "", mg, percent))
    if len(titles) == len(columns):
        kept = [i for i, t in enumerate(titles) if not re.search(r"100\s?(?:g|ml)", t)]
        if len(kept) == 1:
            return columns[kept[0]]
        if serving and serving.quantity:
            wanted = serving.quantity_max or serving.quantity
            for i in kept:
                match = re.search(r"\d+", titles[i])
                if match and Decimal(match[0]) == wanted:
                    return columns[i]
        for i in kept:
            if re.search(r"serving|portion|tagesdosis|daily|dosis|dose|porci", titles[i]):
                return columns[i]
    values = [mg for mg, _ in columns if mg]
    if len(values) == 2 and serving:
        ratio = max(values) / min(values)
        times = serving.quantity_max or serving.quantity
        if times and times > 1 and abs(ratio - times) <= times * Decimal("0.03"):
            return columns[0] if columns[0][0] == max(values) else columns[1]
    return None, None


def _titles(above: str, count: int) -> list[str]:
    """The headings of the columns: the nearest line above that has as many."""
    for line in reversed(above.split("\n")[-25:]):
        found = [m[0].strip() for m in _COLUMN.finditer(line)]
        if len(found) == count:
            return found
    return []
