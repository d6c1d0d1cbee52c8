"""Which forms a row of magnesium, or a line of names, names as its sources."""

from __future__ import annotations

from checker.forms import EXCIPIENT_FORMS
from checker.phrases import Phrase
from checker.rows import Row

_IONS = frozenset(("chloride", "sulfate", "phosphate", "carbonate"))
"""Forms whose ligands are also stated as minerals of their own."""


def sources_of(row: Row, owner: Phrase) -> tuple[str, ...]:
    """The forms that a row of the metal names, in brackets or behind "as" or "from"."""
    if _restates_a_compound(row, owner):
        return _named_before(row, owner)
    forms: list[str] = []
    foreign = False
    linked = False
    place = row.names.index(owner)
    for phrase in row.names[place + 1 :]:
        inside = phrase.depth > owner.depth
        if phrase.depth < owner.depth:
            break
        if phrase.kind == "other":
            if not inside:
                break
            foreign = True
            continue
        if phrase.kind == "elemental":
            if not inside and (phrase.taken or _has_its_own(row, row.names[place], phrase)):
                break
            continue
        if adds_nothing(phrase, row.names) or EXCIPIENT_FORMS.intersection(phrase.forms):
            continue
        if not inside and not phrase.introduced and _sentence_ends(row, row.names[place], phrase):
            break
        linked = inside or phrase.introduced or phrase.kind == "compound" or (linked and phrase.coordinated)
        if linked and not (phrase.kind == "ligand" and foreign and not inside):
            forms.extend(phrase.forms)
    return tuple(dict.fromkeys(forms)) or _named_before(row, owner)


def _has_its_own(row: Row, owner: Phrase, following: Phrase) -> bool:
    """Whether the metal is named again behind its amount, for another amount: "from oxide 100 mg, magnesium ..."."""
    between = [t for t in row.line[owner.last + 1 : following.index] if t.kind == "amount" and t.depth == owner.depth]
    return bool(between) and "amount" in row.kinds[following.last + 1 :]


def _restates_a_compound(row: Row, owner: Phrase) -> bool:
    """ "Magnesium oxide 500 mg equiv. magnesium 302 mg, magnesium citrate 100 mg ...": the one before, not the next."""
    place = row.names.index(owner)
    before = row.names[place - 1] if place else None
    if before is None or before.kind != "compound" or not before.taken or before.depth > owner.depth:
        return False
    return "equivalent" in row.kinds[before.last + 1 : owner.index]


def _sentence_ends(row: Row, first: Phrase, second: Phrase) -> bool:
    passed = row.line[first.last + 1 : second.index]
    return any(t.kind == "stop" and row.low[t.start] in ".!?" and t.depth == first.depth for t in passed)


def _named_before(row: Row, owner: Phrase) -> tuple[str, ...]:
    """ "Magnesium citrate 618 mg, of which magnesium 100 mg": the form of the compound before."""
    for phrase in reversed(row.names[: row.names.index(owner)]):
        if EXCIPIENT_FORMS.intersection(phrase.forms):
            continue
        if phrase.kind == "compound" and (phrase.taken or owner.depth > phrase.depth):
            return phrase.forms
        if phrase.kind == "other":
            break
    return ()


def sharing_forms(row: Row, owner: Phrase) -> tuple[str, ...]:
    """ "Magnesium oxide, magnesium citrate 400 mg": the forms of all names that share the amount."""
    forms = list(owner.forms)
    place = row.names.index(owner)
    while place and row.names[place].coordinated and row.names[place - 1].kind == "compound":
        place -= 1
        if row.names[place].taken:
            break
        row.names[place].taken = True
        forms = [*row.names[place].forms, *forms]
    return tuple(dict.fromkeys(forms))


def is_of_magnesium(row: Row, owner: Phrase) -> bool:
    """Whether a form without the metal's name stands in a row of magnesium, not of another nutrient.

    "Magnesium 56 mg, chloride 450 mg" tells of an ion of its own.
    """
    if not (owner.introduced or owner.depth) and _IONS.issuperset(owner.forms):
        return not any(p.taken and p.kind == "elemental" for p in row.names[: row.names.index(owner)])
    for phrase in reversed(row.names[: row.names.index(owner)]):
        if phrase.kind in ("elemental", "compound", "other"):
            return phrase.kind != "other"
    return False


def adds_nothing(phrase: Phrase, names: list[Phrase]) -> bool:
    """Whether a phrase only tells more of the name before it: its brand, the sea it is from, another metal's source."""
    place = names.index(phrase)
    if place and names[place - 1].kind == "other" and phrase.depth > names[place - 1].depth and phrase.introduced:
        return True
    if not place or not names[place - 1].forms:
        return False
    return (phrase.kind == "source" and phrase.introduced) or (phrase.branded and phrase.depth > names[place - 1].depth)


def named_sources(names: list[Phrase], allowed: list[Phrase]) -> list[Phrase]:
    """The compounds of magnesium among a line's names; "citrate" alone counts beside the metal only."""
    found: list[Phrase] = []
    metal = False
    for place, phrase in enumerate(names):
        if phrase.kind == "other":
            metal = False
        elif phrase in allowed and not adds_nothing(phrase, names):
            before = names[place - 1] if place else None
            listed = phrase.coordinated and before is not None and before.kind == "ligand" and before not in found
            if listed and before and (phrase.kind == "compound" or metal):
                found.append(before)
            metal = metal or phrase.kind in ("elemental", "compound")
            linked = phrase.introduced or phrase.coordinated or phrase.depth
            if phrase.forms and (phrase.kind == "compound" or (metal and linked)):
                found.append(phrase)
    return found
