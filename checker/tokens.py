"""A label's text as a row of tokens: amounts, percents, names, brackets, line ends."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from decimal import Decimal
from functools import cache

from checker.lexicon import resolve, table, trie_pattern, vocabulary, whole, wide

MG_PER_MMOL = Decimal("24.305")
"""Milligrams of magnesium in a millimole (its standard atomic weight)."""

_SCALE = {"g": Decimal(1000), "mg": Decimal(1), "mcg": Decimal("0.001")}


@dataclass(slots=True)
class Token:
    """One token of the text; `start` and `end` are places in the lower-cased text."""

    kind: str
    """magnesium, ligand, name, elemental, equivalent, from, total, other, amount, percent, open, close, line, stop."""
    start: int
    end: int
    key: str = ""
    """Form key of a ligand or name; nutrient of `other`; unit of an amount."""
    value: Decimal | None = None
    """Number as printed (the lower end of a range)."""
    high: Decimal | None = None
    depth: int = 0
    used: bool = field(default=False, compare=False)


_NUMBER = r"(?:\d{1,3}(?:[.,']\d{3})+(?:[.,]\d+)?(?!\d)|\d+(?:[.,]\d+)?|(?<=\s)[.,]\d+)"


@cache
def scanner() -> re.Pattern[str]:
    """The pattern of all tokens."""
    units = sorted((u for group in table("units")["amount"].values() for u in group), key=len, reverse=True)
    unit = "|".join(re.escape(u) for u in units)
    return re.compile(
        rf"(?P<amount>(?<!\d)(?<!\d[.,])(?<!\b[a-z])(?P<low>{_NUMBER})(?: ?(?P<unit0>{unit})?\.? ?(?:-|to|bis) ?(?P<top>{_NUMBER}))? ?-?(?P<unit>{unit})(?![^\W\d_]))"
        rf"|(?P<percent>(?<![\w.,])(?P<less>< ?)?(?P<pct>\d+(?:[.,]\d+)?) ?%)"
        r"|(?P<open>\()|(?P<close>\))|(?P<line>\n+)|(?P<stop>[.!?;] |;|\|)"
        rf"|(?P<word>(?<![^\W\d_])(?:{_metal()}|{whole(vocabulary())})|(?<=[^\W\d_]){_joined()}|{wide(vocabulary())})"
    )


def _joined() -> str:
    """Ligands that may follow the metal without a space (Magnesiumcitrat)."""
    return whole(
        w for w, (kind, _) in vocabulary().items() if kind in ("ligand", "elemental") and " " not in w and len(w) > 3
    )


def _metal() -> str:
    """Magnesium and other metals when a ligand follows without a space."""
    metals = (w.rstrip("~") for w, (kind, _) in vocabulary().items() if kind in ("magnesium", "other") and len(w) > 4)
    return trie_pattern(metals) + rf"(?=-?(?:bis\(|[dl]{{1,2}}-)?(?:{_joined()})|(?:mono|di|tri)hydrat)"


@cache
def unit_key(unit: str) -> str:
    """mg, g, mcg, mmol, meq, iu ... of a unit as printed."""
    for key, group in table("units")["amount"].items():
        if unit in group:
            return str(key)
    raise KeyError(unit)


def number(text: str, unit: str = "mg") -> Decimal:
    """A printed number: decimal comma or point, thousands by comma, point, apostrophe or space.

    One separator with just three digits behind it is a thousands mark before mg and mcg (2.500 mg), a decimal mark
    before g (1,500 g) and after a leading zero.
    """
    text = text.replace(" ", "").replace("'", "")
    if "," in text and "." in text:
        mark = max(text.rfind(","), text.rfind("."))
        return Decimal(re.sub("[.,]", "", text[:mark]) + "." + text[mark + 1 :])
    if match := re.fullmatch(r"(\d{1,3})((?:[.,]\d{3})+)", text):
        groups = match[2].count(",") + match[2].count(".")
        if groups > 1 or (unit not in ("g", "ml", "l", "kg") and match[1] != "0"):
            return Decimal(re.sub("[.,]", "", text))
    return Decimal(text.replace(",", "."))


def milligrams(token: Token, value: Decimal | None = None) -> Decimal | None:
    """An amount's milligrams of magnesium: grams, mg, mcg, and mmol and mEq of the ion; None for other units."""
    value = token.value if value is None else value
    assert value is not None
    if token.key in _SCALE:
        return value * _SCALE[token.key]
    if token.key in ("mmol", "meq"):
        return (value * MG_PER_MMOL / (1 if token.key == "mmol" else 2)).quantize(Decimal("0.01"))
    return None


def tokens(low: str) -> list[Token]:
    """Every token of lower-cased text, in order, with its bracket depth."""
    found: list[Token] = []
    depth = 0
    end = 0
    for match in scanner().finditer(low):
        kind = match.lastgroup or ""
        start, stop = match.span()
        token: Token | None = None
        if match["amount"]:
            unit = unit_key(match["unit"])
            value = number(match["low"], unit)
            high = number(match["top"], unit) if match["top"] else None
            token = Token("amount", start, stop, unit, value, high)
        elif match["percent"]:
            token = Token("percent", start, stop, "less" if match["less"] else "", number(match["pct"], "%"))
        elif match["word"]:
            token = _word(match["word"], start, stop, found[-1] if found and end == start else None, low)
        elif match["open"]:
            if not (start and low[start - 1].isalpha() and low[start - 3 : start] in ("bis", "tri")):
                token = Token("open", start, stop, depth=depth)
                depth += 1
        elif match["close"]:
            if depth:
                depth -= 1
                token = Token("close", start, stop)
        elif match["line"]:
            if depth and not _closes_soon(low, stop):
                depth = 0
            token = Token("line", start, stop)
        else:
            token = Token("bar" if match["stop"] == "|" else "stop", start, stop)
        if token:
            if token.kind != "open":
                token.depth = depth
            found.append(token)
            end = stop
        del kind
    return found


def _closes_soon(low: str, place: int) -> bool:
    """Whether a bracket that is open at a line's end is closed on the next line."""
    end = low.find("\n", place)
    line = low[place : end if end >= 0 else len(low)]
    closing = line.find(")")
    return closing >= 0 and "(" not in line[:closing]


def _word(word: str, start: int, stop: int, before: Token | None, low: str) -> Token | None:
    kind, key = resolve(word)
    if start and low[start - 1].isalpha() and not (before and before.kind in ("magnesium", "other", "ligand")):
        return None
    return Token(kind, start, stop, key)
