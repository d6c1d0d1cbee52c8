"""Words that tell what kind of label it is: a medicine's, for pregnancy, a blend, magnesium as an additive."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cache

from checker.lexicon import table, words
from checker.models import Quote
from checker.text import Text


def find_marks(whole: Text, heading: Text, kinds: Iterable[str]) -> tuple[Quote, ...]:
    """The marks of some kinds in a label's text and title; `rule` is the kind as in data/marks.toml."""
    found = []
    for kind in kinds:
        places = _places(kind)
        for start, end in _whole_words(whole.low, places["text"]):
            start, end = whole.span(start, end)
            found.append(Quote(quote=whole.raw[start:end], span=(start, end), rule=kind))
        for start, end in _whole_words(heading.low, places.get("title", ())):
            start, end = heading.span(start, end)
            found.append(Quote(quote=heading.raw[start:end], span=None, rule=kind))
    return tuple(found)


@cache
def _places(kind: str) -> Mapping[str, Sequence[str]]:
    """Words of a kind in text and title: of data/marks.toml, else of the reader's own lists."""
    return table("marks").get(kind) or dict.fromkeys(("text", "title"), words(kind))


def _whole_words(low: str, entries: Sequence[str]) -> Iterator[tuple[int, int]]:
    """The first place of each word, to the end of the word that it begins."""
    for word in entries if low else ():
        place = low.find(word)
        if place >= 0 and not (place and low[place - 1].isalpha() and word.isascii()):
            end = place + len(word)
            while end < len(low) and low[end].isalpha():
                end += 1
            yield place, end
