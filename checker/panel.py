"""Which statements stand in the facts panel, and which elsewhere on the page."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from functools import cached_property

from checker.choose import agree, is_range, near
from checker.lexicon import mentions, says, section
from checker.reference import fits
from checker.rows import Statement

Statements = list[Statement]


class _Page:
    """Where panels begin and end on a page; looked for once, when asked."""

    def __init__(self, low: str) -> None:
        self._low = low

    def _places(self, kind: str) -> list[int]:
        return [m.start() for m in section(kind).finditer(self._low)] if mentions(kind, self._low) else []

    @cached_property
    def headings(self) -> list[int]:
        return self._places("panel")

    @cached_property
    def starts(self) -> list[int]:
        return self._places("panel_start")

    @cached_property
    def ends(self) -> list[int]:
        return self._places("panel_end")

    def holds(self, statement: Statement) -> bool:
        """Whether the heading of a facts panel stands before a statement, and nothing that ends a panel between."""
        before = bisect_left(self.headings, statement.start)
        return before > 0 and not _between(self.ends, self.headings[before - 1], statement.start)

    def parts(self, statement: Statement, row: Statement) -> bool:
        """Whether the panel of the row begins behind a statement, or ends before it."""
        if statement.end <= row.start:
            return _between(self.starts, statement.end, row.start)
        return _between(self.ends, max(row.end, row.percent_end), statement.start)


def _between(places: list[int], start: int, end: int) -> bool:
    return start < end and bisect_right(places, end) > bisect_left(places, start)


def of_the_panel(
    elemental: Statements, compound: Statements, low: str, market: str | None
) -> tuple[Statements, Statements]:
    """The statements without those of other products: apart from the panel's row, with another amount or another form.

    Nothing is left out when the page has no panel row of magnesium, or several that differ.
    """
    if len(elemental) + len(compound) < 2:
        return elemental, compound
    page = _Page(low)
    rows = [s for s in elemental if s.percent and s.mg and fits(s.mg, s.percent, market)]
    rows = rows or [s for s in elemental if page.holds(s)]
    elemental = _without_ranges(elemental, rows, low)
    if not rows:
        return elemental, _without_talk(elemental, compound, low)
    if not agree(rows):
        return elemental, compound
    row = rows[0]
    kept = [s for s in elemental if s in rows or _same(s, row) or not page.parts(s, row)]
    forms = {form for s in kept for form in s.forms}
    compound = [s for s in compound if not forms or forms.issuperset(s.forms) or not page.parts(s, row)]
    return kept, _without_talk(kept, compound, low)


def _without_ranges(elemental: Statements, rows: Statements, low: str) -> Statements:
    """The statements without ranges, such as of what to take, where a row states an exact amount of the same form."""
    exact = [s for s in elemental if not is_range(s) and (s in rows or (s.forms and not _is_talk(s, low)))]
    if not exact:
        return elemental
    forms = {form for s in exact for form in s.forms}
    sure = any(s in rows for s in exact)
    return [s for s in elemental if not is_range(s) or s in rows or not (sure or forms.issuperset(s.forms))]


def _without_talk(elemental: Statements, compound: Statements, low: str) -> Statements:
    """The compounds without those of which sentences tell, when rows name other forms."""
    if not compound or any(_is_talk(s, low) for s in elemental):
        return compound
    rows = [s for s in compound if not _is_talk(s, low)]
    forms = {form for s in (*elemental, *rows) for form in s.forms}
    return [s for s in compound if not forms or forms.issuperset(s.forms)]


_AROUND = 80
"""Characters before and behind a statement, on its line, in which the words of a sentence are looked for."""


def _is_talk(statement: Statement, low: str) -> bool:
    """Whether a statement stands in a sentence rather than in a row."""
    before = low[max(0, statement.start - _AROUND) : statement.start].rpartition("\n")[2]
    behind = low[statement.end : statement.end + _AROUND].partition("\n")[0]
    return says("sentence", before + low[statement.start : statement.end] + behind)


def _same(statement: Statement, row: Statement) -> bool:
    """Whether a statement says again what the row says."""
    if statement.mg is None or row.mg is None or not near(statement.mg, row.mg):
        return False
    return not row.forms or set(row.forms).issuperset(statement.forms)
