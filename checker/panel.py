"""Which statements stand in the facts panel, and which elsewhere on the page."""

from __future__ import annotations

from checker.choose import agree, near
from checker.lexicon import says, section
from checker.reference import fits
from checker.rows import Statement

Statements = list[Statement]


def of_the_panel(
    elemental: Statements, compound: Statements, low: str, market: str | None
) -> tuple[Statements, Statements]:
    """The statements without those of other products: apart from the panel's row, with another amount or another form.

    Nothing is left out when the page has no panel row of magnesium, or several that differ.
    """
    if len(elemental) + len(compound) < 2:
        return elemental, compound
    rows = [s for s in elemental if s.percent and s.mg and fits(s.mg, s.percent, market)]
    rows = rows or [s for s in elemental if _in_a_panel(s, low)]
    if not rows:
        return elemental, _without_talk(elemental, compound, low)
    if not agree(rows):
        return elemental, compound
    row = rows[0]
    kept = [s for s in elemental if s in rows or _same(s, row) or not _apart(s, row, low)]
    forms = {form for s in kept for form in s.forms}
    compound = [s for s in compound if not forms or forms.issuperset(s.forms) or not _apart(s, row, low)]
    return kept, _without_talk(kept, compound, low)


def _without_talk(elemental: Statements, compound: Statements, low: str) -> Statements:
    """The compounds without those of which sentences tell, when rows name other forms."""
    if not compound or any(_is_talk(s, low) for s in elemental):
        return compound
    rows = [s for s in compound if not _is_talk(s, low)]
    forms = {form for s in (*elemental, *rows) for form in s.forms}
    return [s for s in compound if not forms or forms.issuperset(s.forms)]


def _is_talk(statement: Statement, low: str) -> bool:
    """Whether a statement stands in a sentence rather than in a row."""
    start = low.rfind("\n", 0, statement.start) + 1
    end = low.find("\n", statement.end)
    return says(
        "sentence", low[max(start, statement.start - 80) : min(end if end >= 0 else len(low), statement.end + 80)]
    )


def _same(statement: Statement, row: Statement) -> bool:
    """Whether a statement says again what the row says."""
    if statement.mg is None or row.mg is None or not near(statement.mg, row.mg):
        return False
    return not row.forms or set(row.forms).issuperset(statement.forms)


def _in_a_panel(statement: Statement, low: str) -> bool:
    """Whether the heading of a facts panel stands before a statement, and nothing that ends a panel between."""
    start = max((m.end() for m in section("panel").finditer(low, 0, statement.start)), default=None)
    return start is not None and section("panel_end").search(low, start, statement.start) is None


def _apart(statement: Statement, row: Statement, low: str) -> bool:
    """Whether the panel of the row begins behind a statement, or ends before it."""
    if statement.end <= row.start:
        return section("panel_start").search(low, statement.end, row.start) is not None
    if statement.start >= row.end:
        return section("panel_end").search(low, max(row.end, row.percent_end), statement.start) is not None
    return False
