"""A label's text as a row of tokens: amounts, percents, names, brackets, line ends."""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal
from functools import cache, lru_cache

from checker.lexicon import is_wide, resolve, table, trie_pattern, words
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
    depth: int = 0
    """How many brackets it stands in."""
    value: Decimal | None = None
    """Number as printed (the lower end of a range)."""
    high: Decimal | None = None


@cache
def unit_key(unit: str) -> str:
    """mg, g, mcg, mmol, meq, iu ... of a unit as printed."""
    for key, group in table("units")["amount"].items():
        if unit in group:
            return str(key)
    raise KeyError(unit)


_BARE = re.compile(NUMBER)
_LONGEST_NUMBER = 15
_MOST_MG = 50_000
"""Milligrams; a larger amount of one ingredient is printed in grams."""
_TO_HEADING = 300
"""Characters between a row and the heading of its columns."""


@lru_cache(maxsize=4096)
def number(text: str, unit: str = "mg") -> Decimal:
    """A printed number: decimal comma or point, thousands by comma, point, apostrophe or space.

    One separator with just three digits behind it is a thousands mark before mg and mcg (2.500 mg), a decimal mark
    before g (1,500 g), after a leading zero, and where it would make more milligrams than any label's ("470,000 mg").
    A number too long to be an amount is 0, which is never one.
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
        value = Decimal(re.sub("[.,]", "", text))
        thousands = unit not in ("g", "ml", "l", "kg") and match[1] != "0" and (unit != "mg" or value < _MOST_MG)
        if groups > 1 or thousands:
            return value
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
    return _merged(found, low) if kinds.count("amount") > 1 or "elemental" in kinds else found


def _scan(low: str, start: int, last: int, found: list[Token]) -> int | None:
    """Add the tokens up to the first word that only the pattern can tell; the place behind that one."""
    depth = _depth_behind(found)
    for match in scanner().finditer(low, start, last):
        kind, start, stop = match.lastgroup, match.end(1), match.end()
        if kind == "run":
            word = known(low[start:stop])
            if word is None:
                continue
            name, key, longer = word
            if longer is not None and longer.match(low, stop, last):
                return _by_pattern(low, start, last, found)
            if name:
                found.append(Token(name, start, stop, key, depth))
        elif kind == "amount":
            found.append(_amount(match, start, stop, depth))
        elif kind == "percent":
            less, share = match.group("less", "pct")
            found.append(Token(kind, start, stop, "less" if less else "", depth, number(share, "%")))
        elif kind == "close":
            if depth:  # one that nothing opened is left out
                depth -= 1
                found.append(Token(kind, start, stop, "", depth))
        elif kind == "odd":
            return _by_pattern(low, start, last, found)
        elif kind == "word":
            _add_word(match, low, found)
        elif kind == "headed":
            found.extend(_headed(match, low, depth))
        elif kind == "listed":
            found.extend(_listed(match, low, depth))
        elif kind:
            found.append(Token(kind, start, stop, "", depth))
            depth += kind == "open"
    return None


def _depth_behind(found: list[Token]) -> int:
    """How many brackets are open behind the last token."""
    return found[-1].depth + (found[-1].kind == "open") if found else 0


def _by_pattern(low: str, start: int, last: int, found: list[Token]) -> int:
    """Add the word of a place, if any; the place behind it."""
    match = by_pattern().match(low, start, last)
    if match is None:
        return start + 1
    if match.lastgroup == "word":
        _add_word(match, low, found)
    elif match.lastgroup == "symbol":
        found.append(Token("magnesium", start, match.end(), "", _depth_behind(found)))
    elif match.lastgroup == "amount":
        unit, printed = ("mg", match["only"]) if match["first"] else ("g", match["grams"])
        found.append(Token("amount", start, match.end(), unit, _depth_behind(found), number(printed, unit)))
    return match.end()


def _add_word(match: re.Match[str], low: str, found: list[Token]) -> None:
    """Add a word; one inside a run of letters only behind a metal or a ligand, but for scripts without spaces."""
    kind, key = resolve(match["word"])
    start, end = match.span("word")
    if start and low[start - 1].isalpha() and not is_wide(match["word"]):
        before = found[-1] if found else None
        if before is None or before.end != start or before.kind not in ("magnesium", "other", "ligand"):
            return
    found.append(Token(kind, start, end, key, _depth_behind(found)))


def _amount(match: re.Match[str], start: int, end: int, depth: int) -> Token:
    least, top, printed = match.group("low", "top", "unit")
    unit = unit_key(printed)
    return Token("amount", start, end, unit, depth, number(least, unit), number(top, unit) if top else None)


def _headed(match: re.Match[str], low: str, depth: int) -> list[Token]:
    """The amount whose unit stands in the name's cell, and its percent when a heading above says that there is one."""
    unit = unit_key(match["heading"])
    start, end = match.span("headed")
    amount = Token("amount", start, match.end("only"), unit, depth, number(match["only"], unit))
    if match["share"] is None or "%" not in low[max(0, start - _TO_HEADING) : end + 8]:
        return [amount]
    return [amount, Token("percent", *match.span("share"), "", depth, number(match["share"], "%"))]


_WITH_PERCENT = 3
"""Numbers behind a name, at least, of which the last is a percent when a heading above says that there is one."""


def _listed(match: re.Match[str], low: str, depth: int) -> list[Token]:
    """The amounts of several columns whose unit stands in the name's cell, and their percent."""
    unit, begin = unit_key(match["head"]), match.start("bare")
    numbers = list(_BARE.finditer(match["bare"]))
    percent = len(numbers) >= _WITH_PERCENT and "%" in low[max(0, match.start() - _TO_HEADING) : match.start()]
    kinds = [("amount", unit)] * (len(numbers) - percent) + [("percent", "")] * percent
    return [
        Token(kind, begin + n.start(), begin + n.end(), key, depth, number(n[0], key or "%"))
        for n, (kind, key) in zip(numbers, kinds, strict=True)
    ]


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
        if token.kind == "open" and kept and (closing := _restating(kept[-1], found, i, low)):
            kept[-1] = _restated(kept[-1], found[i], found[closing].end)
            i = closing + 1
            continue
        if token.kind == "amount" and kept and _restates(kept[-1], token, low):
            kept[-1] = _restated(kept[-1], token, token.end)
        else:
            kept.append(token)
    return kept


def _restating(first: Token, found: list[Token], i: int, low: str) -> int:
    """The place of the bracket's end when all that it holds is the amount before it again: "(= 10 mmol or 20 mEq)"."""
    last = first
    while i < len(found) and found[i].kind == "amount" and _restates(last, found[i], low):
        last = found[i]
        i += 1
    return i if last is not first and i < len(found) and found[i].kind == "close" else 0


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
    return Token("amount", first.start, end, exact.key, first.depth, exact.value, exact.high)
