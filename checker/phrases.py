"""Names as a label writes them: the metal alone, a compound of it, or another nutrient."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from itertools import takewhile

from checker.forms import FORMS
from checker.lexicon import is_salt, is_wide, near_ligand, vocabulary, words
from checker.tokens import Token

CHELATE = "amino_acid_chelate"
"""The form of a chelate whose ligand is not named; beside a named ligand the word adds nothing."""

_MARINE = ("marine",)
_INORGANIC = frozenset(("oxide", "hydroxide", "carbonate", "chloride", "sulfate", "phosphate"))
"""Forms that are no chelates themselves: "oxide, HVP chelate" are two forms."""

_BARE_CHELATE = re.compile(r"chelate[sd]?$|chelat$|quela[dt]o$|chélate$|chelato$|chelát$|хелат$|amino acids?$")
_BEHIND = re.compile(r" ([a-z]{6,20})(?![^\W\d_])")
_SALT = re.compile(r"(?<![^\W\d_])([^\W\d_]{4,}(?:ate|ato))(?<!format[eo])(?<!chocolate) (?:de|di) \Z")
"""A salt that is not known, in front of the metal: "xylonate de magnésium"."""
_SALT_BEFORE = 32
_WORD = re.compile(r"[^\W\d_]+")
_BREAK = re.compile(r"[.;:|\n]")
_NO_JOINT = re.compile(r"[^\w\s,;/&+'-]|\d")
_SIGN = re.compile(r"[,;/&+]")
_TOUCHING = frozenset(("", " ", "-", "bis(", "-bis(", "-bis-(", "-bis-", "bis-"))
"""What may stand between the metal and its ligand, as in "Magnesiumbis(hydrogenaspartat)"."""
_STARTS = frozenset(("magnesium", "ligand", "name", "brand", "source", "other"))
"""Kinds of tokens that a name starts with."""
_PARTS = _STARTS | {"elemental", "mixture"}
"""Kinds of tokens that a name may hold."""


@dataclass(slots=True, eq=False)
class Phrase:
    """A name of one or several words."""

    kind: str
    """elemental (the metal alone), compound, ligand (a form without the metal), source (food, sea), other."""
    forms: tuple[str, ...]
    start: int
    end: int
    depth: int
    index: int
    """Of its first token."""
    last: int
    """Of its last token."""
    taken: bool = False
    """Whether an amount has been given to it."""
    key: str = ""
    """Nutrient of `other`."""
    marked: bool = False
    """Whether "elemental" or "total" stands beside it."""
    introduced: bool = False
    """Whether "as", "from" and the like stand before it."""
    branded: bool = False
    """Whether only a brand tells the form ("TRAACS")."""
    coordinated: bool = False
    """Whether it follows another name with only a comma, "and" or "+" between."""


@cache
def _fillers() -> frozenset[str]:
    return frozenset(words("filler"))


@cache
def _joiners() -> frozenset[str]:
    return frozenset(words("and"))


def adjacent(between: str) -> bool:
    """Whether only hyphens and words without weight ("de", "heavy", "fully reacted") stand between two tokens."""
    if between in _TOUCHING:
        return True
    return (
        len(between) < 60
        and not _WORD.sub("", between).strip(" -'\"\n")
        and _fillers().issuperset(_WORD.findall(between))
    )


def coordinates(between: str) -> bool:
    """Whether only a comma, a plus or "and" (and words without weight) stand between two names."""
    if len(between) > 40 or _NO_JOINT.search(between.replace(" u. ", " ")):
        return False
    found = _WORD.findall(between)
    joined = bool(_SIGN.search(between)) or any(word in _joiners() for word in found)
    return joined and all(word in _joiners() or word in _fillers() for word in found)


def phrases(line: list[Token], low: str) -> list[Phrase]:
    """The names of a logical line in order."""
    found: list[Phrase] = []
    last = -1
    for i in [i for i, token in enumerate(line) if token.kind in _STARTS]:
        if i <= last:
            continue
        phrase = _other_phrase(line, i, low) if line[i].kind == "other" else _magnesium_phrase(line, i, low, found)
        _relate(phrase, line, low, found)
        found.append(phrase)
        last = phrase.last
    for place, phrase in enumerate(found):
        if phrase.forms == (CHELATE,) and phrase.last + 1 < len(line) and line[phrase.last + 1].kind == "open":
            phrase.forms = _named_within(phrase, found[place + 1 :]) or phrase.forms
        elif phrase.forms == _MARINE and phrase.kind == "compound":
            phrase.forms += _within(phrase, found[place + 1 :])
        elif phrase.coordinated and phrase.kind == "compound" and line[phrase.index].kind == "ligand":
            _share_the_metal(found[: place + 1])
    return found


def _share_the_metal(names: list[Phrase]) -> None:
    """ "Bisglycinate et malate de magnésium": the ligands in front of the last one are of the same metal."""
    for before, name in zip(names[-2::-1], names[:0:-1], strict=True):
        if not name.coordinated or before.kind != "other" or before.key not in FORMS or before.index != before.last:
            return
        before.kind, before.forms, before.key = "compound", (before.key,), ""


def _within(name: Phrase, following: list[Phrase]) -> tuple[str, ...]:
    """The forms that the bracket behind a name holds."""
    inside = takewhile(lambda phrase: phrase.depth > name.depth and phrase.kind != "other", following)
    return tuple(dict.fromkeys(form for phrase in inside for form in phrase.forms if form not in name.forms))


def _named_within(chelate: Phrase, following: list[Phrase]) -> tuple[str, ...]:
    """ "Amino acid chelate (bisglycinate)": the ligands that the bracket names, unless it names a plain salt."""
    named = _within(chelate, following)
    return () if _INORGANIC.intersection(named) else named


def _relate(phrase: Phrase, line: list[Token], low: str, before: list[Phrase]) -> None:
    """Note what stands before a phrase: "as", or another name and a comma."""
    previous = line[phrase.index - 1] if phrase.index else None
    if previous and previous.kind == "from" and phrase.start - previous.end < 40:
        phrase.introduced = not _BREAK.search(low, previous.end, phrase.start)
    if before and phrase.depth == before[-1].depth + 1 and low[before[-1].end : phrase.start].strip() == "(":
        _named_outside(before[-1], phrase)
    if before and before[-1].depth == phrase.depth and before[-1].last >= phrase.index - 2:
        further = phrase.kind != "ligand" or not is_wide(low[phrase.start])
        phrase.coordinated = further and coordinates(low[before[-1].end : phrase.start])


def _named_outside(outer: Phrase, inner: Phrase) -> None:
    """ "magnesium bisglycinate (amino acid chelate)": the bracket tells nothing new."""
    if inner.forms == (CHELATE,) and outer.kind == "compound" and not _INORGANIC.intersection(outer.forms):
        inner.forms = outer.forms


def _near(left: Token, right: Token, low: str) -> bool:
    return left.depth == right.depth and adjacent(low[left.end : right.start])


def _other_phrase(line: list[Token], i: int, low: str) -> Phrase:
    """Another nutrient, with the ligands that belong to it."""
    last = i
    while (
        last + 1 < len(line) and line[last + 1].kind in ("ligand", "brand") and _near(line[last], line[last + 1], low)
    ):
        last += 1
    token = line[i]
    return Phrase("other", (), token.start, line[last].end, token.depth, i, last, key=token.key)


@dataclass(slots=True)
class _Growing:
    """A phrase while its tokens are read."""

    forms: list[str]
    brand: str = ""
    metal: bool = False
    marked: bool = False
    mixture: bool = False

    def takes(self, token: Token, previous: Token | None, low: str, apart: bool) -> bool:
        """Add a token; False when it starts something else."""
        kind = token.kind
        if kind == "magnesium":
            if self.metal:
                return False
            self.metal = True
        elif kind == "ligand":
            after_metal = previous and previous.kind == "magnesium" and token.key != CHELATE
            if after_metal and self.forms not in ([], [CHELATE]):
                return False
            if apart:
                self.forms.append(token.key)
            else:
                self._ligand(token, low)
        elif kind == "name":
            self.forms.append(token.key)
            self.metal = True
        elif kind == "brand":
            self.brand = self.brand or token.key
        elif kind == "source":
            self.forms = self.forms or [token.key]  # behind a named form it tells the origin
        elif kind == "elemental" and previous:
            self.marked = True
        elif kind == "mixture" and self.metal:
            self.mixture = True
        else:
            return False
        return True

    def _ligand(self, token: Token, low: str) -> None:
        if token.key == CHELATE and self.forms:
            bare = _BARE_CHELATE.search(low[token.start : token.end])
            if bare or not _INORGANIC.issuperset(self.forms):
                return
        if token.key != CHELATE and self.forms == [CHELATE]:
            self.forms.clear()
        self.forms.append(token.key)

    def named(self) -> tuple[str, ...]:
        """The forms, each once; a brand counts when nothing more exact is named."""
        if not self.forms:
            return (self.brand,) if self.brand else ()
        forms = dict.fromkeys(self.forms)
        if "glycinate_lysinate" in forms:
            forms.pop("glycinate", None)
        return tuple(forms)


def _magnesium_phrase(line: list[Token], i: int, low: str, before: list[Phrase]) -> Phrase:
    """The phrase that starts at a token of magnesium, a ligand or a brand."""
    first = previous = line[i]
    mixed = i > 0 and line[i - 1].kind == "mixture" and _near(line[i - 1], first, low)  # "komplex hořčíku"
    marks = i > 0 and line[i - 1].kind == "elemental" and first.start - line[i - 1].end < 6
    if first.kind == "magnesium" and not mixed and _stands_alone(line, i, low):
        return Phrase("elemental", (), first.start, first.end, first.depth, i, i, marked=marks)
    grown = _Growing([], mixture=mixed)
    grown.takes(first, None, low, False)
    last = i
    for j in range(i + 1, len(line)):
        token = line[j]
        if token.kind not in _PARTS:
            break
        apart = not _near(previous, token, low)
        if apart and not _further(line, j, last, grown, low):
            break
        if token.kind == "other" and not grown.metal and grown.forms and j == last + 1:
            return Phrase("other", (), first.start, token.end, token.depth, i, j, key=token.key)
        if not grown.takes(token, previous, low, apart):
            break
        previous, last = token, j
    branded = bool(grown.brand) and not grown.forms
    phrase = Phrase("elemental", _forms(grown, previous, low), first.start, previous.end, first.depth, i, last)
    phrase.marked, phrase.branded = marks or grown.marked, branded
    if not grown.metal:
        phrase.kind = "source" if first.kind == "source" else "ligand"
        if phrase.kind == "ligand" and not any([p.kind in ("elemental", "compound") for p in before]):
            phrase.kind, phrase.key, phrase.forms = "other", phrase.forms[0], ()
    elif phrase.forms or grown.mixture:
        phrase.kind = "compound"
    elif first.kind == "magnesium" and (salt := _SALT.search(low, max(0, first.start - _SALT_BEFORE), first.start)):
        phrase.kind, phrase.forms = "compound", tuple(filter(None, [near_ligand(salt[1])]))
    return phrase


def _stands_alone(line: list[Token], i: int, low: str) -> bool:
    """Whether nothing behind a token goes on with its name, not even a misspelt or unknown ligand."""
    return (i + 1 == len(line) or line[i + 1].kind not in _PARTS) and not _BEHIND.match(low, line[i].end)


def _forms(grown: _Growing, last: Token, low: str) -> tuple[str, ...]:
    """The forms of a phrase; a misspelt ligand behind the metal is understood, and an unknown salt is noted."""
    word = _BEHIND.match(low, last.end) if grown.metal and last.kind == "magnesium" else None
    if word and word[1] not in vocabulary():
        form = near_ligand(word[1])
        grown.forms.extend([form] if form else [])
        grown.mixture = grown.mixture or is_salt(word[1])  # "magnesium mandelate 500 mg"
    return grown.named()


def _further(line: list[Token], j: int, last: int, grown: _Growing, low: str) -> bool:
    """ "magnesium glycinate + malate": a further ligand of the same metal, unless it is another metal's."""
    token = line[j]
    if token.kind != "ligand" or token.depth != line[last].depth or line[last].kind != "ligand" or not grown.metal:
        return False
    if not coordinates(low[line[last].end : token.start]) or is_wide(low[token.start]):
        return False
    following = line[j + 1] if j + 1 < len(line) else None
    return not (following and following.kind in ("other", "magnesium", "name") and _near(token, following, low))


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
