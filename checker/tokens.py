"""A label's text as a row of tokens: amounts, percents, names, brackets, line ends."""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal
from functools import cache, lru_cache

from checker.lexicon import resolve, table, trie_pattern, vocabulary, whole, wide

MG_PER_MMOL = Decimal("24.305")
"""Milligrams of magnesium in a millimole (its standard atomic weight)."""

MG = {"g": Decimal(1000), "mg": Decimal(1), "mcg": Decimal("0.001")}


@dataclass(slots=True)
class Token:
    """One token of the text; `start` and `end` are places in the lower-cased text."""

    kind: str
    """magnesium, ligand, name, elemental, equivalent, from, total, other, amount, percent, open, close, bar, stop."""
    start: int
    end: int
    key: str = ""
    """Form key of a ligand or name; nutrient of `other`; unit of an amount."""
    value: Decimal | None = None
    """Number as printed (the lower end of a range)."""
    high: Decimal | None = None
    depth: int = 0


NUMBER = (
    r"(?:(?<![^\W_])\d{1,2}(?: \d{3})+(?:[.,]\d+)?(?!\d)|\d{1,3}(?:[.,']\d{3})+(?:[.,]\d+)?(?!\d)"
    r"|\d+(?:[.,]\d+)?|(?<=\s)[.,]\d+)"
)


_ALPHABETS = "a-zß-öø-ÿā-žơư\u0400-\u04ff\u1ea0-\u1eff"
"""Letters of the scripts that put spaces between words: a word of them that is not known is passed as a whole."""


@cache
def scanner() -> re.Pattern[str]:
    """The pattern of all tokens."""
    units = sorted((u for group in table("units")["amount"].values() for u in group), key=len, reverse=True)
    unit = "|".join(re.escape(u) for u in units)
    upper = rf"(?: ?(?P<unit0>{unit})?\.? ?(?:-|to|bis) ?(?P<top>{NUMBER}))?"
    amount = rf"(?<!\d)(?<!\d[.,])(?<!\b[a-z])(?P<low>{NUMBER}){upper} ?-?(?P<unit>{unit})(?![^\W\d_])"
    percent = r"(?<![\w.,])(?<!\d-)(?<!\d- )(?P<less>< ?)?(?P<pct>\d+(?:[.,]\d+)?) ?%"
    words = rf"(?:{_metal()}|{whole(vocabulary())})|(?<=[^\W\d_]){_joined()}|{wide(vocabulary())}"
    return re.compile(
        rf"(?P<word>(?<![^\W\d_]){words})|(?P<unknown>[{_ALPHABETS}]+)"
        r"|(?P<open>\()|(?P<close>\))|(?P<stop>(?<!\.)(?<!\. )(?<!\.[a-z])[.!?;] (?!\.)|;|\|)"
        rf"|(?=[\d.,<])(?:(?P<amount>{amount})|(?P<percent>{percent}))"
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


_LONGEST_NUMBER = 15


@lru_cache(maxsize=4096)
def number(text: str, unit: str = "mg") -> Decimal:
    """A printed number: decimal comma or point, thousands by comma, point, apostrophe or space.

    One separator with just three digits behind it is a thousands mark before mg and mcg (2.500 mg), a decimal mark
    before g (1,500 g) and after a leading zero. A number too long to be an amount is 0, which is never one.
    """
    if len(text) > _LONGEST_NUMBER:
        return Decimal(0)
    if text.isdecimal():
        return Decimal(text)
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
    if token.key in MG:
        return value * MG[token.key]
    if token.key in ("mmol", "meq"):
        return (value * MG_PER_MMOL / (1 if token.key == "mmol" else 2)).quantize(Decimal("0.01"))
    return None


def tokens(low: str, start: int = 0, end: int | None = None) -> list[Token]:
    """Every token of lower-cased text (or of a part of it), in order, with its bracket depth."""
    found: list[Token] = []
    for match in scanner().finditer(low, start, len(low) if end is None else end):
        kind = match.lastgroup
        if kind != "unknown" and (token := _token(match, str(kind), found[-1] if found else None, low)):
            found.append(token)
    return _merged(_nested(found), low)


def _token(match: re.Match[str], kind: str, before: Token | None, low: str) -> Token | None:
    start, stop = match.span()
    if kind == "word":
        return _word(match[0], start, stop, before if before and before.end == start else None, low)
    if kind == "amount":
        unit = unit_key(match["unit"])
        high = number(match["top"], unit) if match["top"] else None
        return Token("amount", start, stop, unit, number(match["low"], unit), high)
    if kind == "percent":
        return Token("percent", start, stop, "less" if match["less"] else "", number(match["pct"], "%"))
    if kind == "open" and low[max(0, start - 3) : start] in ("bis", "tri"):
        return None
    return Token("bar" if kind == "stop" and match[0] == "|" else kind, start, stop)


def _nested(found: list[Token]) -> list[Token]:
    """Give every token its bracket depth; closing brackets that nothing opened are left out."""
    kept = []
    depth = 0
    for token in found:
        if token.kind == "close":
            if not depth:
                continue
            depth -= 1
        token.depth = depth
        depth += token.kind == "open"
        kept.append(token)
    return kept


def _merged(found: list[Token], low: str) -> list[Token]:
    """ "(elemental)" without its brackets, and an amount printed twice, as mg and as mmol, as one amount of mg."""
    kept: list[Token] = []
    i = 0
    while i < len(found):
        token = found[i]
        i += 1
        if token.kind == "open" and i + 1 < len(found) and found[i + 1].kind == "close":
            inside = found[i]
            if inside.kind == "elemental":
                inside.depth = token.depth
                kept.append(inside)
                i += 2
                continue
            if inside.kind == "amount" and kept and _restates(kept[-1], inside, low):
                kept[-1] = _restated(kept[-1], inside, found[i + 1].end)
                i += 2
                continue
        if token.kind == "amount" and kept and _restates(kept[-1], token, low):
            kept[-1] = _restated(kept[-1], token, token.end)
        else:
            kept.append(token)
    return kept


_SAME = re.compile(r"\s*(?:=|/|\(\s*(?:=|ca\.?|entspr\w*\.?)?|,\s*=|ou|or|oder|,)?\s*")


def _restates(first: Token, second: Token, low: str) -> bool:
    """Whether two neighbouring amounts are the same one: one in mg or g, the other in mmol or mEq."""
    if first.kind != "amount" or first.key == second.key or (first.key in MG and second.key in MG):
        return False
    known = (*MG, "mmol", "meq")
    return first.key in known and second.key in known and bool(_SAME.fullmatch(low, first.end, second.start))


def _restated(first: Token, second: Token, end: int) -> Token:
    """The amount in mg or g, over the place of both."""
    exact = second if second.key in MG else first
    return Token("amount", first.start, end, exact.key, exact.value, exact.high, first.depth)


def _word(word: str, start: int, stop: int, before: Token | None, low: str) -> Token | None:
    kind, key = resolve(word)
    if start and low[start - 1].isalpha() and not (before and before.kind in ("magnesium", "other", "ligand")):
        return None
    return Token(kind, start, stop, key)
