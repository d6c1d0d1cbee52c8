"""Sodium, potassium, calcium and chloride, which mixes print beside magnesium."""

from __future__ import annotations

import re
from decimal import Decimal
from functools import cache

from checker.lexicon import resolve, table, trie_pattern, words
from checker.scanner import NUMBER
from checker.tokens import MG, number, unit_key

ELECTROLYTES = ("sodium", "potassium", "calcium", "chloride")


_BEFORE = frozenset(("", *"\n|;,:.%)-g0123456789"))
"""What may stand before a row or list item ("g" ends an amount): "magnesium chloride 500 mg" is no row of chloride."""


@cache
def _row(ascii_only: bool) -> re.Pattern[str]:
    """The name at the start of a row or list item, perhaps its source in brackets, and the amount."""
    names = [word for word in words("other", ELECTROLYTES) if word.isascii() or not ascii_only]
    units = trie_pattern(unit for key in MG for unit in table("units")["amount"][key])
    return re.compile(
        rf"({trie_pattern(names)})(?![^\W\d_])"
        rf"(?: ?\([^()\n]{{0,80}}\))?[ :|.-]{{0,12}}({NUMBER}) ?({units})(?![^\W\d_])"
    )


def read_electrolytes(low: str) -> dict[str, Decimal]:
    """mg of each electrolyte, by its key: the first row that states it."""
    found: dict[str, Decimal] = {}
    for match in _row(low.isascii()).finditer(low):
        start = match.start()
        if low[max(0, start - 2) : start].strip(" ")[-1:] not in _BEFORE:
            continue
        name, amount, printed = match.groups()
        unit = unit_key(printed)
        mg = number(amount, unit) * MG[unit]
        if mg:
            found.setdefault(resolve(name)[1], mg)
    return found
