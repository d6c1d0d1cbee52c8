"""Which forms a label names, and whether it declares magnesium at all."""

from __future__ import annotations

import re

from checker.asides import is_asked, links
from checker.candidates import is_list, is_of_ingredients, names_of
from checker.forms import FORMS
from checker.lexicon import mentions, says, section
from checker.lines import Line
from checker.phrases import CHELATE, Phrase, named_sources
from checker.talk import is_sentence

Named = tuple[tuple[str, ...], list[tuple[int, int]]]
"""Forms in the label's order, and the places that name them."""


def forms_named(
    stated: tuple[str, ...], lines: list[Line], low: str, titled: bool, title_forms: tuple[str, ...] = ()
) -> Named:
    """The forms of the dose's own rows; else of ingredient lists; else of any sentence.

    Sentences about needs and studies count only on a page whose title says that it is about magnesium (`titled`) and
    names no form; where a sentence names a form of the title (`title_forms`), those that name others speak of other
    products.
    """
    if stated:
        added = _buffers(lines, low)
        if not added:
            return stated, []
        return tuple(dict.fromkeys((*stated, *(f for p in added for f in p.forms)))), [(p.start, p.end) for p in added]
    aside = links(lines, low)
    calm = [n for n in lines if not n.mention and n not in aside and not says("alternative", low[n.start : n.end])]
    groups = [[n for n in calm if is_of_ingredients(n, low)], [n for n in calm if not n.prose]]
    if titled and not title_forms:
        groups.append([n for n in calm if not says("comparison", low[n.start : n.end])])
    for chosen in groups:
        found = [(line, _not_asked(named_sources(line.phrases, names_of(line, low)), low)) for line in chosen]
        places = _exact(_of_the_title(found, title_forms, low), low)
        if places:
            return tuple(dict.fromkeys(f for p in places for f in p.forms)), [(p.start, p.end) for p in places]
    return _only_form(calm)


def _not_asked(names: list[Phrase], low: str) -> list[Phrase]:
    """The names without those in questions."""
    return [name for name in names if not is_asked(low, name.end)] if "?" in low else names


def _of_the_title(found: list[tuple[Line, list[Phrase]]], title_forms: tuple[str, ...], low: str) -> list[Phrase]:
    """The names without those of sentences that leave out the title's forms, when a line names one of these."""
    titled = set(title_forms)
    theirs = [any([not titled.isdisjoint(p.forms) for p in places]) for _, places in found]
    named = any(theirs)
    return [
        place
        for (line, places), own in zip(found, theirs, strict=True)
        if own or not named or not _of_another(low[line.start : line.end])
        for place in places
    ]


_PRICE = re.compile(r"[$€£₹]")


def _of_another(text: str) -> bool:
    """Whether a line that leaves out the title's forms may be of another product: a sentence, or one with a price."""
    return _PRICE.search(text) is not None or says("sentence", text)


_CHELATES = frozenset(("glycinate", "glycinate_lysinate"))


def _exact(places: list[Phrase], low: str) -> list[Phrase]:
    """The names without "chelated magnesium" where the chelate itself is named."""
    if not any(_CHELATES.intersection(p.forms) for p in places):
        return places
    return [p for p in places if p.forms != (CHELATE,) or "amino" in low[p.start : p.end]]


def _buffers(lines: list[Line], low: str) -> list[Phrase]:
    """ "* buffered with magnesium oxide" below the panel names a form of its own."""
    if not mentions("buffered_with", low):
        return []
    return [
        phrase
        for line in lines
        for phrase in names_of(line, low)
        if phrase.kind == "compound"
        and section("buffered_with").search(low, max(line.start, phrase.start - 30), phrase.start)
    ]


def _only_form(lines: list[Line]) -> Named:
    """ "In the form of citrate" on a line of its own, when the lines speak of no other nutrient."""
    places = [p for line in lines for p in line.phrases if p.kind == "other"]
    if len(places) != 1 or places[0].key not in FORMS or not places[0].introduced:
        return (), []
    return (places[0].key,), [(places[0].start, places[0].end)]


_PRINTED = re.compile(r"[\s:.|,=-]*(?:\(m?c?g\)[\s:.|]*)?\(?(?=[\d.,]*[1-9])\d")


def declared(lines: list[Line], low: str) -> bool:
    """Whether magnesium stands in an ingredient list or in a row with a number that could not be understood."""
    for line in lines:
        metal = [p for p in names_of(line, low) if p.kind in ("elemental", "compound")]
        if line.mention or not metal:
            continue
        row = not line.prose and any(_PRINTED.match(low, p.end) for p in metal)
        amount = (
            any(t.kind == "amount" and t.value for t in line.tokens)
            and not line.prose
            and len(line.phrases) == len(metal)
            and not is_sentence(low[line.start : line.end])
        )
        if is_list(line, low) or row or amount:
            return True
    return False


def inferred_forms(low: str, title: str, forms: tuple[str, ...]) -> tuple[str, ...]:
    """Oxide, when a label says "buffered" without naming it."""
    if "oxide" in forms or ("glycinate" not in forms and "citrate" not in forms):
        return ()
    for text in (low, title):
        if mentions("buffered", text) and section("buffered").search(section("not_buffered").sub(" ", text)):
            return ("oxide",)
    return ()
