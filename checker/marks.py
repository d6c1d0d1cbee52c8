"""Words that tell what kind of label it is: a medicine's, for pregnancy, a blend, magnesium as an additive."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from functools import cache

from checker.lexicon import Cues, cues, table, words
from checker.models import Quote
from checker.text import Text


def find_marks(whole: Text, heading: Text, kinds: Iterable[str]) -> tuple[Quote, ...]:
    """The marks of some kinds in a label's text and title; `rule` is the kind as in data/marks.toml."""
    found = []
    for kind in kinds:
        for text, place in ((whole, "text"), (heading, "title")):
            entries, beginnings = _words(kind, place)
            if not text.low or not beginnings.within(text.low):
                continue
            for span in _whole_words(text.low, entries):
                start, end = text.span(*span)
                found.append(Quote(quote=text.raw[start:end], span=(start, end) if text is whole else None, rule=kind))
    return tuple(found)


@cache
def _words(kind: str, place: str) -> tuple[Sequence[str], Cues]:
    """Words of a kind in text or title: of data/marks.toml, else of the reader's own lists."""
    marks = table("marks").get(kind)
    entries = words(kind) if marks is None else tuple(marks.get(place, ()))
    return entries, cues(entries)


def _whole_words(low: str, entries: Sequence[str]) -> Iterator[tuple[int, int]]:
    """The first place of each word, to the end of the word that it begins."""
    for word in entries:
        place = low.find(word)
        if place >= 0 and not (place and low[place - 1].isalpha() and word.isascii()):
            end = place + len(word)
            while end < len(low) and low[end].isalpha():
                end += 1
            yield place, end
