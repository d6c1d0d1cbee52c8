"""Percents that stand apart from their amount, and rows of magnesium without one: a percent only, a bare number."""

from __future__ import annotations

import re
from collections.abc import Sequence
from decimal import Decimal
from functools import cache
from typing import TYPE_CHECKING

from checker.candidates import names_of
from checker.lexicon import says, trie_pattern, words
from checker.owners import within_reach
from checker.phrases import Phrase
from checker.reference import fits, impossible
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
    rows = [row for line in lines if not (line.prose or line.mention or _tells(line, low)) for row in _rows(line, low)]
    if len({row.forms for row in rows if row.forms}) > 1:
        return None
    return rows[0] if rows else None


def _tells(line: Line, low: str) -> bool:
    """Whether a line tells what something consists of: "citrate contains 16 % of magnesium"."""
    if "percent" not in line.kinds:
        return False
    text = low[line.start : line.end]
    return (says("contains", text) or says("sentence", text)) and not says("daily_value", text)


def _rows(line: Line, low: str) -> list[Statement]:
    """The names of magnesium in a line that a bare percent belongs to."""
    rows = []
    for i, token in enumerate(line.tokens):
        if owner := _owner(line, i, low):
            forms = tuple(dict.fromkeys(f for p in owner for f in p.forms))
            rows.append(Statement("elemental", forms, None, owner[0].start, token.end, 0, percent=token.value))
    return rows


@cache
def _about() -> re.Pattern[str]:
    """ "About 60 %" is what a compound holds, not what a panel prints of a Daily Value."""
    return re.compile(rf"(?<![^\W\d_])(?:{trie_pattern(words('about'))}) ?$")


_LIST = re.compile(r",\s*[^\W\d_]")


def _owner(line: Line, i: int, low: str) -> list[Phrase]:
    """The names of magnesium that a bare percent belongs to; none when another nutrient or a comma stands between."""
    token = line.tokens[i]
    if token.kind != "percent" or token.key == "less" or token.value is None or not 0 < token.value <= _MOST_PERCENT:
        return []
    owner = [p for p in names_of(line, low) if p.last < i and p.depth <= token.depth]
    if not owner or is_share(line.tokens, i) or _LIST.search(low, owner[-1].end, token.start):
        return []
    between_them = low[owner[-1].end : token.start]
    if is_purity(token, low) or says("turn", between_them) or _about().search(between_them):
        return []
    if owner[-1].kind == "compound" and not owner[-1].introduced and not says("daily_value", low):
        return []  # "magnesium chloride 20 %" tells how strong something is
    if not within_reach(low, owner[-1], token):
        return []
    between = {t.kind for t in line.tokens[owner[-1].last + 1 : i]}
    after = line.tokens[i + 1 : i + 2]
    if between & {"other", "amount", "percent", "stop"} or (after and after[0].kind in ("magnesium", "ligand", "name")):
        return []
    return owner if owner[0].kind in ("elemental", "compound") else []


def percent_of(
    chosen: Statement,
    mg: Decimal | None,
    percent: Decimal | None,
    compound: list[Statement],
    low: str,
    market: str | None,
) -> Decimal | None:
    """The percent of the Daily Value that is printed for the dose: its own, or one elsewhere that is right for it."""
    if mg is None:
        return percent
    if percent is not None:
        return None if compound and _is_content(mg, percent, compound, market) else percent
    fitting = [p for p in _apart(chosen, compound, low) if fits(mg, p, market)]
    return fitting[0] if len(fitting) == 1 else None


def _is_content(mg: Decimal, percent: Decimal, compound: list[Statement], market: str | None) -> bool:
    """Whether a percent is no share of a Daily Value but of the compound: "2,000 mg ... elemental 320 mg (16 %)"."""
    shares = [mg * 100 / s.mg for s in compound if s.mg]
    near = any([abs(share - percent) <= 1 for share in shares])
    return near and not fits(mg, percent, market) and impossible(mg, percent, market)


def _apart(chosen: Statement, compound: list[Statement], low: str) -> list[Decimal]:
    """Percents behind another column, in the compound's row or as a bare number below "% NRV"."""
    printed = [percent for _, percent in chosen.columns] + [s.percent for s in compound]
    return [percent for percent in printed if percent] or _inside(chosen, low) or _headed(chosen, low)


_TO_HEADING = 800
"""Characters before a row in which the heading of its columns may stand."""
_PERCENT_HEADING = re.compile(r"% ?(?:of )?(?:nrv|rda|rdi|dv|daily|vnr|rws|ri\b|ajr|vrn|adh)")
_LAST_CELL = re.compile(r"[ |]{1,12}(\d{1,3}(?:[.,]\d)?)[ *|]*(?=\n|$)")


_OF_REFERENCE = re.compile(r"\((?:[^\W\d_]+ ){0,2}(?:nrv|rda|rdi|dv|vnr|vrn|ajr):? ?(\d{1,3}(?:[.,]\d)?) ?%\)")


def _inside(statement: Statement, low: str) -> list[Decimal]:
    """The percent in a bracket between a name and its amount: "Magnesium (EU NRV 80 %) 300 mg"."""
    found = _OF_REFERENCE.search(low, statement.start, statement.end)
    return [number(found[1], "%")] if found else []


def _headed(statement: Statement, low: str) -> list[Decimal]:
    """The bare number at a row's end below a heading such as "% NRV"."""
    cell = _LAST_CELL.match(low, statement.end)
    start = max(0, statement.start - _TO_HEADING)
    if cell is None or _PERCENT_HEADING.search(low, start, statement.start) is None:
        return []
    return [percent] if (percent := number(cell[1], "%")) else []


_PER_LITRE = re.compile(r"\bmg ?(?:/|per ) ?l(?:it(?:re|er))?\b")
_BARE = re.compile(
    rf"(?: ?\+\+| ?2\+)?[ :|=-]{{0,4}}(?P<number>{NUMBER})(?![\d.,]*\d)(?! ?(?:%|m?g\b|mcg|µg|mmol|ml\b))(?![^\W\d_])"
)


def unit_in_heading(lines: Sequence[Line], low: str) -> Statement | None:
    """The number of a water analysis whose heading says "mg/l": "Calcium 80, Magnesium 26"."""
    if "mg" not in low or not _PER_LITRE.search(low):
        return None
    for line in lines:
        for phrase in names_of(line, low):
            found = _BARE.match(low, phrase.end) if phrase.kind == "elemental" and not line.prose else None
            if found:
                return Statement("elemental", (), number(found["number"]), phrase.start, found.end(), 0)
    return None
