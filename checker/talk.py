"""Lines that tell of an amount without saying what holds it: no statement of a label."""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING

from checker.choose import names_unit
from checker.lexicon import mentions, says, section, table, trie_pattern, words

if TYPE_CHECKING:
    from checker.lines import Line

_WORD = re.compile(r"[^\W\d_]+")
_SENTENCE = 8
"""Words of a sentence, at least: shorter lines are rows and headings."""
_BEFORE, _IN_ALL = 3, 4
"""Words of a line's own: before its only amount, and on the whole line, at least."""


def is_talk(line: Line, low: str) -> bool:
    """Whether a line is a sentence that names neither a serving nor anything that holds or gives magnesium."""
    text = low[line.start : line.end]
    if is_sentence(text):
        return True
    if "|" in text or names_unit(text) or _serving().search(text):
        return False
    return _is_guess(text) or (not says("contains", text) and _is_told(line, low))


@cache
def _serving() -> re.Pattern[str]:
    return re.compile(rf"(?<![^\W\d_])(?:{trie_pattern(table('units')['serving']['serving'])})(?![^\W\d_])")


@cache
def _guess() -> re.Pattern[str]:
    return re.compile(rf"(?:{section('about').pattern})\.? ?\d")


def _is_guess(text: str) -> bool:
    """Whether a line says "about" of an amount: "one banana contains about 30 mg"."""
    return mentions("about", text) and _guess().search(text) is not None


def is_sentence(text: str) -> bool:
    """Whether a text is a sentence that names neither a serving nor anything that holds magnesium."""
    if len(text) < 4 * _SENTENCE or "|" in text or "\n" in text or not says("sentence", text):
        return False
    return len(_WORD.findall(text)) >= _SENTENCE and not says("contains", text) and not names_unit(text)


@cache
def _known() -> frozenset[str]:
    kinds = ("filler", "and", "of", "per", "from", "restated", "total", "column", "coating", "daily", "ingredients")
    return frozenset(part for kind in kinds for word in words(kind) for part in word.split())


def _is_told(line: Line, low: str) -> bool:
    """Whether a line tells of its only amount in words of its own: "a doctor may prescribe 300 mg magnesium"."""
    if line.kinds.count("amount") != 1:
        return False
    amount = line.tokens[line.kinds.index("amount")].start
    if low[line.start : amount].rstrip().rpartition(" ")[2] in words("with"):
        return False
    places = [line.start, *(place for t in line.tokens for place in (t.start, t.end)), line.end]
    gaps = zip(places[::2], places[1::2], strict=True)
    own = [a for a, b in gaps for word in _WORD.findall(low[a:b]) if len(word) > 1 and word not in _known()]
    before = sum(place < amount for place in own)
    return before >= _BEFORE or (before > 0 and len(own) >= _IN_ALL)
