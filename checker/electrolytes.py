"""Sodium, potassium, calcium and chloride, which mixes print beside magnesium."""

from __future__ import annotations

import re
from decimal import Decimal
from functools import cache

from checker.lexicon import resolve, table, trie_pattern, words
from checker.scanner import NUMBER
from checker.tokens import MG, number, unit_key

ELECTROLYTES = ("sodium", "potassium", "calcium", "chloride")


_BEFORE = frozenset(("", *"\n|;,:.%)-=g0123456789"))
"""What may stand before a row or list item ("g" ends an amount): "magnesium chloride 500 mg" is no row of chloride."""
_OF_AN_ION = frozenset(("", *"\n|;.%)g0123456789"))
"""The same before chloride, also a form: "citrate, chloride 5 mg" is no row of it, "Sodium 5 mg, chloride" is."""


_BRACKET = r"(?: ?\((?:(?:[^()\n]++|\([^()\n]*+\))*+\)|[^()|\n]*+(?:\([^()\n]*+\)[^()|\n]*+)?(?=\|)))?"
"""The source of a row, with a bracket inside it or not closed before the next cell."""


@cache
def _units() -> str:
    return trie_pattern(unit for key in MG for unit in table("units")["amount"][key])


@cache
def _names() -> tuple[str, ...]:
    chloride = [word for word in table("forms")["chloride"]["ligands"] if " " not in word]
    return tuple(dict.fromkeys((*words("other", ELECTROLYTES), *chloride)))


@cache
def _row(ascii_only: bool) -> re.Pattern[str]:
    """The name at the start of a row or list item, perhaps its source in brackets, and the amount."""
    names = [word for word in _names() if word.isascii() or not ascii_only]
    return re.compile(
        rf"(?P<name>{trie_pattern(names)})(?![^\W\d_])(?: ?[2²]?\+|-(?= ))?"
        rf"(?:,? (?:elemental|complex))?{_BRACKET}[ :;|.-]{{0,12}}"
        rf"(?P<amount>{NUMBER}) ?(?P<unit>{_units()})(?![^\W\d_])"
    )


@cache
def _further() -> re.Pattern[str]:
    """The amount of the next serving column, perhaps behind the percent of this one."""
    return re.compile(rf"[ |/]{{0,8}}(?:<?\d+ ?%[ |/]{{0,8}})?(?P<amount>{NUMBER}) ?(?P<unit>{_units()})(?![^\W\d_])")


def read_electrolytes(low: str, column: int = 0) -> dict[str, Decimal]:
    """mg of each electrolyte, by its key: the first row that states it, in the serving's column."""
    found: dict[str, Decimal] = {}
    for match in _row(low.isascii()).finditer(low):
        key = resolve(match["name"])[1]
        before = low[max(0, match.start() - 3) : match.start()].strip(" ")
        if key == "chloride" and before[-1:] == ",":
            before = before[:-1]
        if before[-1:] not in (_OF_AN_ION if key == "chloride" else _BEFORE):
            continue
        mg = _milligrams(_of_column(match, low, column) if column else match)
        if mg:
            found.setdefault(key, mg)
    return found


def _of_column(match: re.Match[str], low: str, column: int) -> re.Match[str]:
    """The amount of a column; the first where the row has fewer."""
    cell = match
    for _ in range(column):
        following = _further().match(low, cell.end())
        if following is None:
            return match
        cell = following
    return cell


def _milligrams(match: re.Match[str]) -> Decimal:
    unit = unit_key(match["unit"])
    return number(match["amount"], unit) * MG[unit]
