"""Words that tell what kind of label it is: a medicine's, for pregnancy, a blend, magnesium as an additive."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from checker.lexicon import table
from checker.models import Quote
from checker.text import Text


def find_marks(whole: Text, heading: Text, kinds: Iterable[str]) -> tuple[Quote, ...]:
    """The marks of some kinds in a label's text and title; `rule` is the kind as in data/marks.toml."""
    found = []
    for kind in kinds:
        places = table("marks")[kind]
        for start, end in _whole_words(whole.low, places["text"]):
            start, end = whole.span(start, end)
            found.append(Quote(quote=whole.raw[start:end], span=(start, end), rule=kind))
        for start, end in _whole_words(heading.low, places.get("title", ())):
            start, end = heading.span(start, end)
            found.append(Quote(quote=heading.raw[start:end], span=None, rule=kind))
    return tuple(found)


def _whole_words(low: str, words: list[str]) -> Iterator[tuple[int, int]]:
    """The first place of each word, to the end of the word that it begins."""
    for word in words if low else ():
        place = low.find(word)
        if place >= 0 and not (place and low[place - 1].isalpha() and word.isascii()):
            end = place + len(word)
            while end < len(low) and low[end].isalpha():
                end += 1
            yield place, end
