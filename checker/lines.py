"""The logical lines of a label that may speak of magnesium: rows of the panel, sentences, ingredient lists."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from functools import cache

from checker.forms import EXCIPIENT_FORMS
from checker.lexicon import says, section, words
from checker.phrases import Phrase, phrases
from checker.printed import goes_on, near_magnesium
from checker.rows import Statement
from checker.statements import read_line
from checker.tokens import Token, tokens

_LONGEST = 150
"""Tokens of a logical line; longer ones are cut at a nutrient's name, so that the time stays linear."""

_WORD = re.compile(r"[^\W\d_]+")


@dataclass(slots=True)
class Line:
    """A logical line: a row of the panel, a sentence, an ingredient list."""

    tokens: list[Token]
    start: int
    end: int
    titles: list[tuple[int, int]] = field(default_factory=list)
    """Where it repeats a product title that prints a number."""
    prose: bool = False
    """Speaks of needs, studies or other products."""
    mention: bool = False
    """Praises what something is rich in."""
    row: bool = False
    """A row of a panel rather than a sentence."""
    kinds: list[str] = field(default_factory=list)
    """Of its tokens."""
    statements: list[Statement] = field(default_factory=list)
    phrases: list[Phrase] = field(default_factory=list)
    """Every name."""
    names: list[Phrase] | None = None
    """Those that may be a source, once they are asked for (`candidates.names_of`)."""


def read_lines(low: str, title: str, first: re.Match[str]) -> list[Line]:
    """The logical lines around the words that may speak of magnesium, with their statements.

    `title` is the product's, in lower case; `first` is the first of these words.
    """
    rows = _logical(low, first)
    title = title if any(map(str.isdigit, title)) else ""
    for number, line in enumerate(rows):
        line.kinds = [token.kind for token in line.tokens]
        line.phrases = phrases(line.tokens, low)
        if any([p.kind != "other" for p in line.phrases]):
            _classify(line, low, title)
        if not line.mention:
            read = read_line(line.tokens, line.kinds, line.phrases, low, number, line.start)
            line.statements = [s for s in read if EXCIPIENT_FORMS.isdisjoint(s.forms)]
    return rows


def _logical(low: str, first: re.Match[str]) -> list[Line]:
    rows: list[Line] = []
    last = -1
    for number, start, end in near_magnesium(low, first.re, first.start()):
        found = tokens(low, start, end)
        follows, last = number == last + 1, number
        if not rows or not follows or not _continues(rows[-1], found, start, end, low):
            rows.extend(_cut(found, start, end))
        else:
            rows[-1].tokens.extend(found)
            rows[-1].end = end
    return rows


def _cut(found: list[Token], start: int, end: int) -> list[Line]:
    """One logical line, or several when it is very long."""
    if len(found) <= _LONGEST:
        return [Line(found, start, end)]
    rows: list[Line] = []
    first = 0
    for i in range(1, len(found) + 1):
        here = i == len(found) or (found[i].depth == 0 and found[i].kind in ("magnesium", "other", "stop"))
        if i == len(found) or (i - first >= _LONGEST // 2 and here) or i - first >= _LONGEST:
            last = end if i == len(found) else found[i].start
            rows.append(Line(found[first:i], start, last))
            first, start = i, last
    return rows


_NAMES = frozenset(("magnesium", "name", "ligand", "brand"))
_NUTRIENTS = _NAMES | {"other", "source"}
_AMOUNTS = frozenset(("amount", "percent", "bar", "stop", "open", "close"))


_SENTENCE_ENDED = re.compile(r"[^\W\d_]{4}[.!?]\s*$")


def _continues(last: Line, found: list[Token], start: int, end: int, low: str) -> bool:
    """Whether a line goes on with the one before: a bracket or "from ..." does, and amounts below their name."""
    before = {t.kind for t in last.tokens}
    if len(last.tokens) > _LONGEST // 2 or not last.tokens:
        return False
    if before & _NAMES and goes_on().match(low, start):
        return low[start] == "(" or not _SENTENCE_ENDED.search(low, max(last.start, last.end - 8), last.end)
    kinds = {t.kind for t in found}
    if not kinds or not kinds <= _AMOUNTS or end - start >= 60 or _has_words(found, start, end, low):
        return False
    if not before & _NUTRIENTS or ("amount" in kinds and _has_amount(last)):
        return False
    ending = next((t.kind for t in reversed(last.tokens) if t.kind != "bar"), "")
    return ending in _NAMES or ending in ("close", "elemental") or (ending == "amount" and kinds == {"percent"})


def _has_amount(line: Line) -> bool:
    """Whether an amount stands behind the last name of a line, outside its brackets."""
    for token in reversed(line.tokens):
        if not token.depth and (token.kind == "amount" or token.kind in _NUTRIENTS):
            return token.kind == "amount"
    return "amount" in {token.kind for token in line.tokens}


@cache
def _values() -> frozenset[str]:
    return frozenset(words("daily_value"))


def _has_words(found: list[Token], start: int, end: int, low: str) -> bool:
    """Whether a line says more than its amounts: "Pack: 500 g" is no amount of the line above."""
    places = [start, *(place for token in found for place in (token.start, token.end)), end]
    gaps = zip(places[::2], places[1::2], strict=True)
    said = [word for left, right in gaps for word in _WORD.findall(low, left, right)]
    return bool(said) and not _values().issuperset(said)


def _classify(line: Line, low: str, title: str) -> None:
    """What kind of line it is."""
    text = low[line.start : line.end]
    row = line.row = _is_row(line, text)
    if title:
        line.titles = _occurrences(title, low, line.start, line.end)
    line.prose = ("percent" in line.kinds and _speaks("comparison", line, text)) or (
        not row and _speaks("prose", line, text)
    )
    line.mention = not row and says("mention", text)
    if (line.prose or line.mention) and not row and section("panel_start").search(text):  # a panel in one line
        line.prose, line.mention = says("comparison", text), False


def _speaks(kind: str, line: Line, text: str) -> bool:
    """Whether a line has a word of a kind, apart from what its percents are of."""
    return says(kind, text) and ("percent" not in line.kinds or says(kind, _OF_A_REFERENCE.sub(" ", text)))


_FULL_STOP = re.compile(r"\.\s")
_OF_A_REFERENCE = re.compile(r"(?:[mм][gг]|\()[\s(*,;=-]{0,6}\d++(?:[.,]\d++)?+ ?%[^%.,;()\n]{0,60}")
"""A percent of an amount with what it is of, no sentence about needs: "51 mg (12,8 % of the recommended intake"."""


_BEFORE_PERCENT = frozenset(("amount", "open", "close", "bar"))
"""Kinds of tokens before a percent that stands in a row: in a sentence words go before it."""


def _is_row(line: Line, text: str) -> bool:
    """Whether a line is a row of a panel rather than a sentence."""
    if len(text) >= 160 or "percent" not in line.kinds or _FULL_STOP.search(text):
        return False
    place = line.kinds.index("percent")
    if place and line.kinds[place - 1] in _BEFORE_PERCENT:
        return True
    return not says("sentence", text) or says("daily_value", text)


def _occurrences(words: str, low: str, start: int, end: int) -> list[tuple[int, int]]:
    """Where the words stand between two places of a text."""
    found = []
    while (place := low.find(words, start, end)) >= 0:
        start = place + len(words)
        found.append((place, start))
    return found
