"""Tables whose cells are bare: amounts in a row below their names, or numbers whose unit stands in the heading."""

from __future__ import annotations

import re
from decimal import Decimal

from checker.candidates import names_of
from checker.lines import Line
from checker.phrases import Phrase
from checker.rows import Statement
from checker.scanner import NUMBER
from checker.tokens import MG, Token, milligrams, number
from checker.usable import usable

_COLUMNS = 3
"""Nutrients in a header row, at least."""
_ROWS = 5
"""Lines from a header row on in which the amounts may stand."""
_ABOVE = 1500
"""Characters between a row and the heading of its table, at most."""
_UNIT = re.compile(r"(?:^|[\s(])(?P<unit>m?c?g|µg)\)?(?: ?(?:per|/|pro|je|par|por) ?[^|]{1,24})?\s*$")
_CELL = re.compile(rf"\s*({NUMBER})\s*")
_PERCENT_HEAD = re.compile(r"%|\b(?:nrv|rdi|vnr|rda|dv)\b")


def read_tables(lines: list[Line], low: str) -> list[Statement]:
    """The usable statements of all lines; those of bare cells are added to their lines first."""
    _matrix(lines, low)
    stated = [s for line in lines for s in usable(line, low)]
    if "|" not in low or any([s.kind != "other" for s in stated]):
        return stated
    _under_units(lines, low)
    return [s for line in lines for s in usable(line, low)]


def _matrix(lines: list[Line], low: str) -> None:
    """A header row of nutrients and, below, as many amounts: the amounts belong to the names by place."""
    for index, line in enumerate(lines[:-1]):
        if len(line.tokens) < _COLUMNS or "amount" in line.kinds or "magnesium" not in line.kinds:
            continue
        heads = [p for p in line.phrases if p.kind in ("other", "elemental", "compound")]
        place = next((i for i, p in enumerate(heads) if p.kind != "other"), None)
        if len(heads) < _COLUMNS or place is None or "," in low[line.start : line.end]:
            continue
        for below in range(index + 1, min(index + _ROWS, len(lines))):
            amounts = [t for t in lines[below].tokens if t.kind == "amount"]
            if len(amounts) == len(heads) and not lines[below].statements:
                lines[below].statements.append(_cell(heads[place], amounts[place], below))
        return


def _cell(head: Phrase, amount: Token, line: int) -> Statement:
    """The amount below a name in a header row."""
    statement = Statement(head.kind, head.forms, milligrams(amount), amount.start, amount.end, line)
    statement.columns.append((statement.mg, None))
    return statement


def _under_units(lines: list[Line], low: str) -> None:
    """Rows of a name and numbers below a heading of units: "Mineral | mg | % NRV"."""
    for place, line in enumerate(lines):
        named = [p for p in names_of(line, low) if p.kind in ("elemental", "compound")]
        if not named or line.prose or line.mention or "|" not in low[line.start : line.end]:
            continue
        begin = low.rfind("\n", 0, named[0].start) + 1
        heads = _heading(low[max(0, begin - _ABOVE) : begin])
        row = low[begin : line.end].partition("\n")[0]
        if statement := _cells(row, begin, heads):
            statement.kind, statement.forms, statement.line = named[0].kind, named[0].forms, place
            statement.explicit = named[0].marked
            line.statements.append(statement)


def _heading(above: str) -> list[str]:
    """The cells of the nearest row above that has a unit in a cell of its own."""
    for text in reversed(above.split("\n")):
        cells = text.strip().strip("|").split("|")
        if len(cells) > 1 and any(_UNIT.search(cell) and not _CELL.fullmatch(cell) for cell in cells[1:]):
            return cells
    return []


def _cells(row: str, begin: int, heads: list[str]) -> Statement | None:
    """The amount and the percent of a row's bare cells, by the headings of their columns."""
    cells = row.split("|")
    start = begin + len(row) - len(row.lstrip(" |"))
    if not cells[0].strip():
        cells = cells[1:]
    found: Statement | None = None
    for cell, head in zip(cells[1:], heads[1:], strict=False):
        bare, unit = _CELL.fullmatch(cell), _UNIT.search(head)
        if bare is None:
            continue
        if found is None and unit and "%" not in head:
            mg: Decimal = number(bare[1], unit["unit"]) * MG["mcg" if unit["unit"] == "µg" else unit["unit"]]
            found = Statement("elemental", (), mg, start, begin + len(row.rstrip()), 0, columns=[(mg, None)])
        elif found is not None and _PERCENT_HEAD.search(head):
            found.percent = number(bare[1], "%")
            found.percent_end, found.columns = found.end, [(found.mg, found.percent)]
            break
    return found
