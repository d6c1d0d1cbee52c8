"""A label's text as a row of tokens: amounts, percents, names, brackets, line ends."""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal
from functools import cache, lru_cache

from checker.lexicon import resolve, table, trie_pattern, words
from checker.scanner import NUMBER, by_pattern, known, scanner

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


@cache
def unit_key(unit: str) -> str:
    """mg, g, mcg, mmol, meq, iu ... of a unit as printed."""
    for key, group in table("units")["amount"].items():
        if unit in group:
            return str(key)
    raise KeyError(unit)


_BARE = re.compile(NUMBER)
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
    last = len(low) if end is None else end
    place: int | None = start
    while place is not None:
        place = _scan(low, place, last, found)
    kinds = [token.kind for token in found]
    if "open" in kinds or "close" in kinds:
        found = _nested(found)
    return _merged(found, low) if kinds.count("amount") > 1 or "elemental" in kinds else found


def _scan(low: str, start: int, last: int, found: list[Token]) -> int | None:
    """Add the tokens up to the first word that only the pattern can tell; the place behind that one."""
    for match in scanner().finditer(low, start, last):
        kind = match.lastgroup
        start, stop = match.span()
        if kind == "run":
            word = known(match[0])
            if word is None:
                continue
            name, key, longer = word
            if longer is not None and longer.match(low, stop, last):
                return _by_pattern(low, start, last, found)
            if name:
                found.append(Token(name, start, stop, key))
        elif kind == "odd":
            return _by_pattern(low, start, last, found)
        elif kind == "word":
            _add_word(match, low, found)
        elif kind == "headed":
            unit, begin = match["head"], match.start("bare")
            found.extend(
                Token("amount", begin + n.start(), begin + n.end(), unit_key(unit), number(n[0], unit_key(unit)))
                for n in _BARE.finditer(match["bare"])
            )
        else:
            found.append(_number(match) if kind in ("amount", "percent") else Token(str(kind), start, stop))
    return None


def _by_pattern(low: str, start: int, last: int, found: list[Token]) -> int:
    """Add the word of a place, if any; the place behind it."""
    match = by_pattern().match(low, start, last)
    if match is None:
        return start + 1
    if match.lastgroup == "word":
        _add_word(match, low, found)
    return match.end()


def _add_word(match: re.Match[str], low: str, found: list[Token]) -> None:
    """Add a word; one inside a run of letters only behind a metal or a ligand."""
    kind, key = resolve(match[0])
    start = match.start()
    if start and low[start - 1].isalpha():
        before = found[-1] if found else None
        if before is None or before.end != start or before.kind not in ("magnesium", "other", "ligand"):
            return
    found.append(Token(kind, start, match.end(), key))


def _number(match: re.Match[str]) -> Token:
    """An amount or a percent."""
    start, end = match.span()
    if match.lastgroup == "percent":
        return Token("percent", start, end, "less" if match["less"] else "", number(match["pct"], "%"))
    least, top, printed = match.group("low", "top", "unit")
    unit = unit_key(printed)
    return Token("amount", start, end, unit, number(least, unit), number(top, unit) if top else None)


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


@cache
def _same() -> re.Pattern[str]:
    """What may stand between the same amount in two units: nothing, a sign or "or"."""
    said = trie_pattern(words("restated"))
    return re.compile(rf"\s*(?:=|/|\(\s*(?:=|{said})?|,\s*=|,)?\s*(?:{said})?\s*")


def _restates(first: Token, second: Token, low: str) -> bool:
    """Whether two neighbouring amounts are the same one: one in mg or g, the other in mmol or mEq."""
    if first.kind != "amount" or first.key == second.key or (first.key in MG and second.key in MG):
        return False
    known = (*MG, "mmol", "meq")
    return first.key in known and second.key in known and bool(_same().fullmatch(low, first.end, second.start))


def _restated(first: Token, second: Token, end: int) -> Token:
    """The amount in mg or g, over the place of both."""
    exact = second if second.key in MG else first
    return Token("amount", first.start, end, exact.key, exact.value, exact.high, first.depth)
