"""Names and amounts that stand apart: all the names of a line first, then as many amounts."""

from __future__ import annotations

import re

from checker.phrases import Phrase
from checker.rows import Row

Pairs = list[tuple[int, Phrase]]
"""Index of an amount's token, and the name that owns it."""

_JOINT = re.compile(r" ?(?:/|&|\+|,|, ?and|and) ?")
"""Between amounts that belong to several names: "1,000 mg/500 mg", "200 mg & 15 mg", "333 mg, 133 mg and 5 mg"."""
_TO_AMOUNTS = re.compile(r"[\s:-]*")


def compound_and_metal(row: Row) -> Pairs:
    """ "Magnesium citrate (of which magnesium) 1,000 mg (120 mg)"."""
    amounts = [i for i, kind in enumerate(row.kinds) if kind == "amount"]
    if amounts[1] != amounts[0] + 2:
        return []
    if row.line[amounts[1]].depth != row.line[amounts[0]].depth + 1:
        return []
    names = [p for p in row.names if p.last < amounts[0]]
    if [p.kind for p in names] != ["compound", "elemental"] or names[1].depth <= names[0].depth:
        return []
    if not any(t.kind in ("equivalent", "elemental") for t in row.line[names[0].last : amounts[0]]):
        return []
    return list(zip(amounts, names, strict=False))


def in_step(row: Row) -> Pairs:
    """ "Calcium/Magnesium 1,000 mg/500 mg", "Magnesium & Zinc 200 mg & 15 mg"."""
    first = next((i for i in range(1, len(row.kinds) - 1) if row.kinds[i : i + 2] == ["amount", "amount"]), 0)
    if not first:
        return []
    last = first
    while row.kinds[last + 1 : last + 2] == ["amount"] and _joined(row, last):
        last += 1
    place = next((n for n, p in enumerate(row.names) if p.last == first - 1), None)
    if place is None or not _TO_AMOUNTS.fullmatch(row.low, row.names[place].end, row.line[first].start):
        return []
    begin = place
    while begin and row.names[begin].coordinated:
        begin -= 1
    names, amounts = row.names[begin : place + 1], range(first, last + 1)
    if len(names) != len(amounts) or len({p.kind == "other" for p in names}) == 1:
        return []
    return list(zip(amounts, names, strict=True))


def _joined(row: Row, i: int) -> bool:
    """Whether only a sign or "and" stands between an amount and the next one."""
    return _JOINT.fullmatch(row.low, row.line[i].end, row.line[i + 1].start) is not None
