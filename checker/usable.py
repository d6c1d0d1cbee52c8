"""Which of a line's statements are of the label's own dose, not of needs, foods, a day or half a tablet."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from checker.rows import Statement
from checker.units import compares, of_a_day, of_a_food, of_a_part, of_a_unit, per_unit

if TYPE_CHECKING:
    from checker.lines import Line


def usable(line: Line, low: str) -> list[Statement]:
    """The statements of a line that may tell the label's dose."""
    if line.mention:
        return []
    if line.prose:
        text = low[line.start : line.end]
        said = _per_unit(text)
        others = compares(text)
        at = line.start
        return [
            s
            for s in line.statements
            if (s.explicit and said) or (not others and of_a_unit(text, s.start - at, s.end - at))
        ]
    if line.titles and not any(s.explicit for s in line.statements):
        return [s for s in line.statements if not _repeats_title(s, line) or _beyond_a_title(s, low)]
    before = low[line.start : line.statements[-1].start] if line.statements else ""
    if of_a_part(before) or of_a_food(before):
        return []
    if any([s.explicit for s in line.statements]) and all([s.kind != "compound" for s in line.statements]):
        return [s for s in line.statements if not s.explicit or not of_a_day(low[line.start : s.start])]
    return line.statements


def _repeats_title(statement: Statement, line: Line) -> bool:
    return any(statement.start < end and start < statement.end for start, end in line.titles)


def _beyond_a_title(statement: Statement, low: str) -> bool:
    """A title never gives a dose; what stands in brackets, with a percent, as elemental or of a unit is a statement."""
    words = low[max(0, statement.start - 2) : statement.end]
    said = statement.explicit or statement.percent is not None or words.count("(") > words.count(")")
    return said or per_unit(low, statement.end)


def _per_unit(text: str) -> bool:
    return bool(
        re.search(
            r"\b(?:per|each|every|in one|pro|je)\s+"
            r"(?:serving|capsule|tablet|caplet|scoop|gummy|softgel|teaspoon|kapsel|tablette)",
            text,
        )
    )
