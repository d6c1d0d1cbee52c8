"""Rows of magnesium without an amount: a percent only, or a number whose unit stands in a heading."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING

from checker.lexicon import says
from checker.owners import within_reach
from checker.phrases import Phrase
from checker.rows import Statement
from checker.scanner import NUMBER
from checker.statements import is_purity, is_share
from checker.tokens import number

if TYPE_CHECKING:
    from checker.lines import Line

_MOST_PERCENT = 400
"""A larger bare percent is no share of magnesium's Daily Value that a label would print."""


def percent_row(lines: Sequence[Line], low: str) -> Statement | None:
    """The first row of magnesium with a percent and no amount; none where each form has a percent of its own.

    "Oxide 60 %, citrate 16 %" tells how much magnesium compounds hold.
    """
    rows = [row for line in lines if not (line.prose or line.mention) and (row := _row(line, low))]
    if len({row.forms for row in rows if row.forms}) > 1:
        return None
    return rows[0] if rows else None


def _row(line: Line, low: str) -> Statement | None:
    """The first name of magnesium in a line that a bare percent belongs to."""
    for i, token in enumerate(line.tokens):
        if owner := _owner(line, i, low):
            forms = tuple(dict.fromkeys(f for p in owner for f in p.forms))
            return Statement("elemental", forms, None, owner[0].start, token.end, 0, percent=token.value)
    return None


_LIST = re.compile(r",\s*[^\W\d_]")


def _owner(line: Line, i: int, low: str) -> list[Phrase]:
    """The names of magnesium that a bare percent belongs to; none when another nutrient or a comma stands between."""
    token = line.tokens[i]
    if token.kind != "percent" or token.key == "less" or token.value is None or not 0 < token.value <= _MOST_PERCENT:
        return []
    owner = [p for p in line.names if p.last < i and p.depth <= token.depth]
    if not owner or is_share(line.tokens, i) or _LIST.search(low, owner[-1].end, token.start):
        return []
    if is_purity(token, low) or says("turn", low[owner[-1].end : token.start]):
        return []
    if not within_reach(low, owner[-1], token):
        return []
    between = {t.kind for t in line.tokens[owner[-1].last + 1 : i]}
    after = line.tokens[i + 1 : i + 2]
    if between & {"other", "amount", "percent", "stop"} or (after and after[0].kind in ("magnesium", "ligand", "name")):
        return []
    return owner if owner[0].kind in ("elemental", "compound") else []


_PER_LITRE = re.compile(r"\bmg ?(?:/|per ) ?l(?:it(?:re|er))?\b")
_BARE = re.compile(
    rf"(?: ?\+\+| ?2\+)?[ :|=-]{{0,4}}(?P<number>{NUMBER})(?![\d.,]*\d)(?! ?(?:%|m?g\b|mcg|µg|mmol|ml\b))(?![^\W\d_])"
)


def unit_in_heading(lines: Sequence[Line], low: str) -> Statement | None:
    """The number of a water analysis whose heading says "mg/l": "Calcium 80, Magnesium 26"."""
    if "mg" not in low or not _PER_LITRE.search(low):
        return None
    for line in lines:
        for phrase in line.names:
            found = _BARE.match(low, phrase.end) if phrase.kind == "elemental" and not line.prose else None
            if found:
                return Statement("elemental", (), number(found["number"]), phrase.start, found.end(), 0)
    return None
