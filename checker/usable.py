"""Which statements of a line count: those of this product, not of needs, studies, other products and titles."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from checker.asides import is_asked
from checker.lexicon import mentions, says
from checker.rows import Statement
from checker.talk import is_talk
from checker.tokens import tokens
from checker.units import compares, of_a_day, of_a_food, of_a_part, of_a_unit, per_unit

if TYPE_CHECKING:
    from checker.lines import Line


def usable(line: Line, low: str) -> list[Statement]:
    """The statements of a line without those of needs, studies and other products, and without its title's."""
    if low.find("?", line.start, line.end) >= 0:
        line.statements = [s for s in line.statements if s.percent or not is_asked(low, s.end)]
    if line.mention or not line.statements:
        return []
    if line.prose:
        text = low[line.start : line.end]
        said, others = _per_unit(text), compares(text)
        return [s for s in line.statements if (s.explicit and said) or _of_the_product(s, line, low, others)]
    firm = [s for s in line.statements if s.explicit or s.percent is not None or s.kind != "elemental"]
    if len(firm) < len(line.statements) and is_talk(line, low):
        return firm
    if line.titles and not any([s.explicit for s in line.statements]):
        return [s for s in line.statements if not _repeats_title(s, line) or _beyond_a_title(s, low)]
    if len(firm) < len(line.statements) and _under_limits(line, low):
        return firm
    before = low[line.start : line.statements[-1].start]
    if of_a_part(before) or of_a_food(before):
        return []
    if any([s.explicit for s in line.statements]) and all([s.kind != "compound" for s in line.statements]):
        return [s for s in line.statements if not s.explicit or not of_a_day(low[line.start : s.start])]
    return line.statements


def _of_the_product(statement: Statement, line: Line, low: str, others: bool) -> bool:
    """Whether a sentence of needs and studies says what a unit or a serving holds, of this product or before others."""
    text = low[line.start : line.end]
    if not others and of_a_unit(text, statement.start - line.start, statement.end - line.start):
        return True
    behind = low[statement.end : statement.end + 20]
    serving = behind.startswith((" per", " in ")) and _per_unit(behind)
    return serving and not says("prose", low[line.start : statement.start])


def _repeats_title(statement: Statement, line: Line) -> bool:
    return any(statement.start < end and start < statement.end for start, end in line.titles)


def _beyond_a_title(statement: Statement, low: str) -> bool:
    """A title never gives a dose; what stands in brackets, with a percent, as elemental or of a unit is a statement."""
    words = low[max(0, statement.start - 2) : statement.end]
    said = statement.explicit or statement.percent is not None or words.count("(") > words.count(")")
    return said or per_unit(low, statement.end)


_TO_HEADING = 600
"""Characters before a row in which the heading of its list may stand."""
_HEADING = 80
"""Characters of a heading, at most."""
_HEADING_LINES = 2
_NAME_WORDS = 2
"""Lines of a heading, and words of a nutrient's name, at most."""


def _under_limits(line: Line, low: str) -> bool:
    """Whether a row stands in a list under a heading of needs or limits, and does not say that it is of a unit."""
    above = low[max(0, line.start - _TO_HEADING) : line.start]
    if line.prose or not mentions("limits", above) or per_unit(low, line.statements[-1].end):
        return False
    heading: list[str] = []
    for text in reversed(above.split("\n")[:-1]):
        if text.strip() and not any(map(str.isdigit, text)) and not _only_names(text):
            heading.append(text)
        elif heading and text.strip():
            break
    return any(len(text) <= _HEADING and "%" not in text and says("limits", text) for text in heading[:_HEADING_LINES])


def _only_names(text: str) -> bool:
    """Whether a line holds the name of a nutrient and nothing else."""
    found = tokens(text)
    return len(found) == 1 and len(text.split()) <= _NAME_WORDS


_PER_UNIT = re.compile(
    r"\b(?:per|each|every|in one|pro|je)\s+"
    r"(?:serving|dose|capsule|tablet|caplet|scoop|gummy|softgel|sachet|stick|teaspoon|kapsel|tablette)"
)


def _per_unit(text: str) -> bool:
    return _PER_UNIT.search(text) is not None
