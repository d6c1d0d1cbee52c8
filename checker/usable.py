"""Which statements of a line count: those of this product, not of needs, studies, other products and titles."""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING

from checker.choose import names_unit
from checker.lexicon import mentions, says, section, words
from checker.rows import Statement
from checker.units import compares, of_a_day, of_a_food, of_a_part, of_a_unit, per_unit

if TYPE_CHECKING:
    from checker.lines import Line


def usable(line: Line, low: str) -> list[Statement]:
    """The statements of a line without those of needs, studies and other products, and without its title's."""
    if line.mention or not line.statements:
        return []
    if line.prose:
        text = low[line.start : line.end]
        said, others = _per_unit(text), compares(text)
        return [s for s in line.statements if (s.explicit and said) or _of_the_product(s, line, low, others)]
    firm = [s for s in line.statements if s.explicit or s.percent is not None or s.kind != "elemental"]
    if len(firm) < len(line.statements):
        text = low[line.start : line.end]
        if _is_loose_talk(text) or (not names_unit(text) and (_is_guess(text) or _is_told(line, low))):
            return firm
    if line.titles and not any([s.explicit for s in line.statements]):
        return [s for s in line.statements if not _repeats_title(s, line) or _beyond_a_title(s, low)]
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


_TALK = re.compile(r"[^\W\d_]+")
_TALK_WORDS = 8
"""Words of a sentence, at least: shorter lines are rows and headings."""


def _is_loose_talk(text: str) -> bool:
    """Whether a line is a sentence that names neither a serving nor anything that holds or gives magnesium."""
    if len(text) < 4 * _TALK_WORDS or "|" in text or "\n" in text or not says("sentence", text):
        return False
    return len(_TALK.findall(text)) >= _TALK_WORDS and not says("contains", text) and not names_unit(text)


@cache
def _guess() -> re.Pattern[str]:
    return re.compile(rf"(?:{section('about').pattern})\\.? ?\\d")


def _is_guess(text: str) -> bool:
    """Whether a line says "about" of an amount: "one banana contains about 30 mg"."""
    return mentions("about", text) and _guess().search(text) is not None


_TOLD_BEFORE, _TOLD = 3, 4
"""Words that are not known: before a line's only amount, and on the whole line, at least."""


@cache
def _known_words() -> frozenset[str]:
    kinds = ("filler", "and", "of", "per", "from", "restated", "total", "column", "coating", "daily", "ingredients")
    return frozenset(part for kind in kinds for word in words(kind) for part in word.split())


def _is_told(line: Line, low: str) -> bool:
    """Whether a line tells of its only amount in words of its own: "a doctor may prescribe 300 mg magnesium".

    A line that says what holds the amount is a statement.
    """
    text = low[line.start : line.end]
    if line.kinds.count("amount") != 1 or "|" in text or says("contains", text):
        return False
    amount = line.tokens[line.kinds.index("amount")].start
    if low[line.start : amount].rstrip().rpartition(" ")[2] in words("with"):
        return False
    places = [line.start, *(place for t in line.tokens for place in (t.start, t.end)), line.end]
    gaps = zip(places[::2], places[1::2], strict=True)
    own = [(a, w) for a, b in gaps for w in _TALK.findall(low[a:b]) if len(w) > 1 and w not in _known_words()]
    before = sum(place < amount for place, _ in own)
    return before >= _TOLD_BEFORE or (before > 0 and len(own) >= _TOLD)


_PER_UNIT = re.compile(
    r"\b(?:per|each|every|in one|pro|je)\s+"
    r"(?:serving|capsule|tablet|caplet|scoop|gummy|softgel|teaspoon|kapsel|tablette)"
)


def _per_unit(text: str) -> bool:
    return _PER_UNIT.search(text) is not None
