"""Words that tell what kind of label it is: a medicine's, for pregnancy, a blend, magnesium as an additive."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cache

from checker.lexicon import Cues, cues, table, words
from checker.models import Quote, trusted
from checker.text import Text


def find_marks(whole: Text, heading: Text, kinds: tuple[str, ...]) -> tuple[Quote, ...]:
    """The marks of some kinds in a label's text and title; `rule` is the kind as in data/marks.toml."""
    asked = ((whole, "text"), (heading, "title"))
    places = [(text, place) for text, place in asked if text.low and _cues(kinds, place).within(text.low)]
    found = []
    for kind in kinds if places else ():
        for text, place in places:
            for span in _whole_words(text.low, _words(kind, place)):
                start, end = text.span(*span)
                place_in_text = (start, end) if text is whole else None
                found.append(trusted(Quote, quote=text.raw[start:end], span=place_in_text, rule=kind))
    return tuple(found)


@cache
def _words(kind: str, place: str) -> tuple[str, ...]:
    """Words of a kind in text or title: of data/marks.toml, else of the reader's own lists."""
    marks = table("marks").get(kind)
    return words(kind) if marks is None else tuple(marks.get(place, ()))


@cache
def _cues(kinds: tuple[str, ...], place: str) -> Cues:
    return cues(word for kind in kinds for word in _words(kind, place))


def _whole_words(low: str, entries: Sequence[str]) -> Iterator[tuple[int, int]]:
    """The first place of each word, to the end of the word that it begins."""
    for word in entries:
        place = low.find(word)
        if place >= 0 and not (place and low[place - 1].isalpha() and word.isascii()):
            end = place + len(word)
            while end < len(low) and low[end].isalpha():
                end += 1
            yield place, end
