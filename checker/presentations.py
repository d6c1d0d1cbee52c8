"""Several presentations of a medicine on one page, a sachet and a vial: the title tells which one is sold."""

from __future__ import annotations

import re

from checker.choose import agree
from checker.rows import Statement
from checker.serving import unit_names

_WORD = re.compile(r"[^\W\d_]{2,}")
_SEVERAL = 2
_SHORTENED = 4
"""Letters of a unit's name that a title gives at least: "bust" for "bustina"."""
_BEFORE = 200
"""Characters before a statement, on its line, in which its unit is looked for."""
_MEASURES = frozenset(("g", "ml", "serving", "teaspoon", "tablespoon"))
"""Units that tell no presentation."""


def of_the_title(stated: list[Statement], low: str, title: str) -> list[Statement]:
    """The statements of the presentation that the title names, when others are of another one with other amounts."""
    of_the_metal = [s for s in stated if s.kind == "elemental" and s.mg]
    if len(of_the_metal) < 2 or not title or agree(of_the_metal):
        return stated
    units = [_unit_before(s, low) for s in stated]
    if len(set(units) - {""}) < _SEVERAL:
        return stated
    titled = _units(title)
    if not titled.intersection(units) or not set(units) - titled - {""}:
        return stated
    return [s for s, unit in zip(stated, units, strict=True) if not unit or unit in titled]


def _unit_before(statement: Statement, low: str) -> str:
    """The last unit that is named before a statement on its line; empty when there is none."""
    before = low[max(0, statement.start - _BEFORE) : statement.start].rpartition("\n")[2]
    named = [unit_names()[word] for word in _WORD.findall(before) if word in unit_names()]
    return next((unit for unit in reversed(named) if unit not in _MEASURES), "")


def _units(text: str) -> set[str]:
    """The units that a text names, also by the beginnings of their names."""
    found = set()
    for word in _WORD.findall(text):
        for name, unit in unit_names().items():
            if name == word or (len(word) >= _SHORTENED and name.startswith(word)):
                found.add(unit)
    return found - _MEASURES
