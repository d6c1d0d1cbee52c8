"""Where the tokens of a text stand: patterns, and words that are looked up rather than matched letter by letter."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache, lru_cache
from typing import NamedTuple

from checker.lexicon import HYDRATED, WIDE, resolve, table, trie_pattern, vocabulary, whole, wide

NUMBER = (
    r"(?:(?<![^\W_])\d{1,2}+(?: \d{3})+(?:[.,]\d+)?(?!\d)|\d{1,3}+(?:[.,']\d{3})+(?:[.,]\d+)?(?!\d)"
    r"|\d++(?:[.,]\d++)?+|(?<=\s)[.,]\d+)"
)

_ALPHABETS = "a-zß-öø-ÿā-žơưµ\u0370-\u03ff\u0400-\u04ff\u1ea0-\u1eff"
"""Letters of the scripts that put spaces between words: a word of them that is not known is passed as a whole."""
_LONGEST_RUN = 40
"""Letters of a run that is worth remembering."""


@cache
def scanner() -> re.Pattern[str]:
    """The next token, or the next run of letters, for `known`; `odd` is where only `by_pattern` can tell.

    Blanks are taken in front of it (the first group), and a number that is no amount as a whole: to search on from each
    of their characters would cost more. What begins with a certain character is marked by an empty group at its end,
    since an alternative that begins with a group is entered in vain.
    """
    return re.compile(
        rf"([ \n:]*+)(?:[{_ALPHABETS}](?<![^\W\d_].)[{_ALPHABETS}]{{,{_LONGEST_RUN - 1}}}+(?![^\W\d_])(?P<run>)"
        r"|[^\W\d_](?P<odd>)|\|(?P<bar>)|\)(?P<close>)"
        rf"|[;.!?](?:(?<=;)|{_NO_STOP} (?!\.))(?P<stop>)"
        rf"|(?=[.,]?\d|<)(?:(?P<amount>{_amount()})|(?P<percent>{_PERCENT}))"
        rf"|(?P<headed>{_HEADED})|(?P<listed>{_listed()})|(?P<word>(?=[(-])(?:{_beginning_with_a_sign()}))"
        r"|\((?<!bis.)(?<!tri.)(?P<open>)|\d++)"
    )


_NO_STOP = (
    r"(?<! u.)(?<! ca.)(?<!bzw.)(?<!resp.)(?<!approx.)(?<!aprox.)(?<!entspr.)(?<!equiv.)"
    r"(?<!\..)(?<!\. .)(?<!\.[a-z].)"
)
"""What an abbreviation ends with: the stop behind it ends no sentence."""

_PERCENT = (
    r"(?:(?<!\w)(?<!\d,)|(?<=\dmg)|(?<=\d mg))"
    r"(?<!(?<!\.)\.)(?<!\d-)(?<!\d- )(?P<less>< ?)?(?P<pct>\d++(?:[.,]\d++)?+) ?%"
)


_HEADED = (
    rf"\((?P<heading>m?c?g|µg|мг)\)[ |:]{{1,8}}(?P<only>{NUMBER})"
    r"(?:[ |]{1,8}(?P<share>\d{1,3}+))?(?=[ |%*]*+(?:\n|$))"
)
"""The unit in the name's cell and one number behind it, perhaps with its percent: "Magnésio (mg) | 260 | 62"."""


_UP_TO = ("to", "bis", "až", "do", "до", "till", "til", "sampai", "hingga", "đến")
"""Between the bounds of a range, besides a dash."""


def _amount() -> str:
    """A number or a range with its unit; a look ahead tells cheaply that no unit can follow."""
    units = [unit for group in table("units")["amount"].values() for unit in group]
    unit = trie_pattern(units)
    first = "".join(sorted({unit[0] for unit in units} | {"t", "b"}))
    further = "|".join(word for word in _UP_TO if word[0] not in first)
    upper = rf"(?: ?+(?:{unit})?\.?+ ?+(?:-|{'|'.join(_UP_TO)}) ?(?P<top>{NUMBER}))?"
    return (
        rf"(?<!\d)(?<!\d[.,])(?<!\b[a-z])(?<![a-z]\d[a-z])(?<![a-z]\d[a-z][a-z])"
        rf"(?=[\d.,' -]{{1,40}}+(?:[\d.,' {first}|-]|{further}))"
        rf"(?P<low>{NUMBER}){upper}(?: {{0,8}}+-?+| ?\| ?)(?P<unit>{unit})"
        rf"(?:(?![^\W\d_])|(?=[{WIDE}])|(?<=\dmg)|(?<=\dмг))"
    )


def _listed() -> str:
    """Numbers behind their unit: "(mg) | 11 | 56"."""
    units = trie_pattern(unit for group in table("units")["amount"].values() for unit in group)
    return (
        rf"\((?:in )?(?P<head>mg|g|mcg|µg)\)[ :|]{{0,6}}(?P<bare>{NUMBER}(?:[ |]{{1,3}}{NUMBER}){{0,3}})"
        rf"(?![\d%])(?![.,]\d)(?! ?(?:%|(?:{units})(?![^\W\d_])))"
    )


def _beginning_with_a_sign() -> str:
    signed = [word for word in vocabulary() if not word[0].isalpha()]
    joined = [word for word in signed if word in _joining()]
    return rf"(?<![^\W\d_]){whole(signed)}|(?<=[^\W\d_]){whole(joined)}"


@cache
def by_pattern() -> re.Pattern[str]:
    """The word at a place: the longest name that stands there, also one of several words or grown together."""
    return re.compile(
        rf"(?P<word>(?<![^\W\d_]){_words()})|(?P<symbol>{_symbol()})|(?P<amount>{_UNIT_FIRST})|(?P<unknown>[{_ALPHABETS}]+)"
    )


def _symbol() -> str:
    """Mg as the metal's symbol: "Mg-citrate", "Mg 300 mg", "Mg elemental", "100 mg of Mg"."""
    elemental = trie_pattern(word for word, (kind, _) in vocabulary().items() if kind == "elemental")
    ahead = rf"-{_joined()}| ?:? ?\d+(?:[.,]\d+)? ?(?:m?g(?![^\W\d_])|%)| (?:{elemental})(?![^\W\d_])"
    amounts = (r"\dmg", r"\d mg", "mmol", r"\d mg d[ei]", r"\d mg of")
    behind = "|".join(rf"(?<={amount} )mg" for amount in amounts)
    return rf"(?:mg(?={ahead})|{behind})(?![^\W\d_]|[/²+2])"


_UNIT_FIRST = (
    r"(?:(?P<first>mg|мг) ?(?P<only>\d{2,4}+(?:[.,]\d{1,2}+)?|\d{1,2}[.,]\d{3})|g ?(?P<grams>\d{1,2}[.,]\d{1,3}+))"
    r"(?![.,]?\d)(?!-)(?! ?(?:[%x+:/]|m?c?g|мг|г|мл|µg|mmol|kcal|iu|ml)(?![^\W\d_]))"
)
"""Milligrams or grams before their number, as Italian medicines print them: "pari a mg 121,5 di magnesio"."""


def _words() -> str:
    return rf"(?:{_metal()}|{whole(vocabulary())})|(?<=[^\W\d_]){_joined()}|{wide(vocabulary())}"


def _joined() -> str:
    """Ligands that may follow the metal without a space (Magnesiumcitrat)."""
    return whole(_joining())


def _metal() -> str:
    """Magnesium and other metals when a ligand follows without a space."""
    return trie_pattern(_metals()) + rf"(?=-?(?:bis\(|[dl]{{1,2}}-)?(?:{_joined()})|(?:mono|di|tri)hydrat)"


@cache
def _joining() -> tuple[str, ...]:
    entries = vocabulary().items()
    return tuple(w for w, (kind, _) in entries if kind in ("ligand", "elemental") and " " not in w and len(w) > 3)


@cache
def _metals() -> tuple[str, ...]:
    entries = vocabulary().items()
    return tuple(w.rstrip("~") for w, (kind, _) in entries if kind in ("magnesium", "other") and len(w) > 4)


class Known(NamedTuple):
    """What a run of letters is."""

    kind: str
    """As of a token; empty for the first word of a longer name that is none by itself."""
    key: str
    longer: re.Pattern[str] | None
    """What stands behind it when it may be the first word of a longer name, or grown together from two."""


_GROWN = Known("", "", re.compile(""))
"""Perhaps grown together from two words."""


@lru_cache(maxsize=16384)
def known(run: str) -> Known | None:
    """What a run of letters between other characters is; None when it is no word of the data files."""
    match = by_pattern().match(run)
    whole_word = match is not None and match.lastgroup == "word" and match.end() == len(run)
    if not whole_word and run.startswith(_metals()):
        return _GROWN
    longer = _longer(run)
    if whole_word:
        return Known(*resolve(run), longer)
    return Known("", "", longer) if longer else None


def _longer(run: str) -> re.Pattern[str] | None:
    """The beginnings of what makes a longer name of a run."""
    cuts = [0, *(len(metal) for metal in _metals() if run.startswith(metal))] if run.startswith(_metals()) else [0]
    follow = [re.escape(rest) for cut in cuts for rest in _continuations().get(run[cut:], ())]
    if any(f"{run[:end]}~" in vocabulary() for end in range(1, len(run) + 1)):
        follow.append(rf"[\d_]|{HYDRATED}")
    if run in ("mg", "мг", "g"):
        follow.append("")
    return re.compile("|".join(follow)) if follow else None


@cache
def _continuations() -> Mapping[str, tuple[str, ...]]:
    """First run of letters of a name of several -> what follows it."""
    first = re.compile(f"[{_ALPHABETS}]+")
    found: dict[str, tuple[str, ...]] = {}
    for name in (word.rstrip("~") for word in vocabulary()):
        match = first.match(name)
        if match and match.end() < len(name):
            found[match[0]] = (*found.get(match[0], ()), name[match.end() :])
    return found
