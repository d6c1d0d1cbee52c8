"""From tokens to statements: which amount belongs to which name, and whether it is the metal's or the compound's weight."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from decimal import Decimal

from checker.phrases import Phrase, adjacent, coordinates, phrases
from checker.tokens import Token, milligrams

_GLUE = re.compile(
    r"\s*(?:of|de|d'|di|do|da|du|van|von|an|av|af|der|la|el|el|de la|of elemental|mg|pure|reines|del|dell'|des)?[\s:=-]*(?:pure|reines|reine|l-)?\s*"
)
_OF = re.compile(r"\s*(?:of|de|d'|di|do|da|du|van|von|an|av|af|del|of pure|de l')\s+(?:pure\s+|el\s+)?|\s*d'")
_SAME = re.compile(r"\s*(?:=|/|\(\s*=|\(|,\s*=|ou|or|oder|,?\s*entspr\w*\.?)\s*")
_PER_100 = re.compile(r"(?:per|pro|je|por|pour|na|/|auf)\s*100\s?(?:g|ml)\b|\b100\s?(?:g|ml)\s*(?::|\|)|per kg|per lit")


@dataclass(slots=True)
class Statement:
    """An amount with its owner."""

    kind: str
    """elemental, compound, other."""
    forms: tuple[str, ...]
    mg: Decimal | None
    start: int
    end: int
    line: int
    """Number of the logical line."""
    high: Decimal | None = None
    percent: Decimal | None = None
    total: bool = False
    explicit: bool = False
    """The label says "elemental", "of which", "equivalent to", or gives the amount of the ion."""
    key: str = ""
    per_100: bool = False
    nested: bool = False
    columns: list[tuple[Decimal | None, Decimal | None]] = field(default_factory=list)
    share: Decimal | None = None
    """Percent of magnesium that the label prints beside the compound."""


def read_line(line: list[Token], low: str, number: int) -> list[Statement]:
    """The statements of a logical line."""
    names = phrases(line, low)
    found: list[Statement] = []
    by_amount: dict[int, Statement] = {}
    for i, token in enumerate(line):
        if token.kind == "amount":
            statement = _statement(line, i, names, low, number, by_amount)
            if statement:
                by_amount[i] = statement
                if statement not in found:
                    found.append(statement)
        elif token.kind == "percent" and found:
            _percent(line, i, found, low)
    return found


def _percent(line: list[Token], i: int, found: list[Statement], low: str) -> None:
    token = line[i]
    if token.key == "less":
        return
    for statement in reversed(found):
        if statement.end <= token.start:
            between = [t for t in line if statement.end <= t.start < token.start]
            if any(t.kind in ("magnesium", "ligand", "other") and t.depth == token.depth == 0 for t in between):
                return
            if statement.columns and statement.columns[-1][1] is None:
                statement.columns[-1] = (statement.columns[-1][0], token.value)
            if statement.percent is None:
                statement.percent = token.value
            return


def _statement(
    line: list[Token], i: int, names: list[Phrase], low: str, number: int, known: dict[int, Statement]
) -> Statement | None:
    token = line[i]
    mg = milligrams(token)
    previous = line[i - 1] if i else None
    if (
        previous
        and previous.kind == "amount"
        and i - 1 in known
        and mg is not None
        and _SAME.fullmatch(low, previous.end, token.start)
    ):
        return None
    if (
        previous
        and previous.kind == "open"
        and i >= 2
        and line[i - 2].kind == "amount"
        and i - 2 in known
        and mg is not None
    ):
        if low[previous.end : token.start].strip() == "=":
            return None
    owner = _owner(line, i, names, low)
    if owner is None:
        return _column(line, i, known, mg)
    if mg is None:
        if owner.kind == "other":
            owner.taken = True
        return None
    if owner.taken and owner.end < token.start:
        return _column(line, i, known, mg)
    owner.taken = True
    if owner.kind == "other":
        return Statement("other", (), mg, token.start, token.end, number, key=owner.key)
    kind = owner.kind if owner.kind != "ligand" else "compound"
    if token.key in ("mmol", "meq"):
        kind = "elemental"
    explicit = owner.marked or token.key in ("mmol", "meq")
    before = [t for t in line[:i] if t.kind == "equivalent"]
    if before and kind == "elemental" and not any(t.kind == "amount" for t in line[line.index(before[-1]) + 1 : i]):
        explicit = True
    start = min(owner.start, token.start)
    end = max(owner.end, token.end)
    high = milligrams(token, token.high) if token.high is not None else None
    total = any(t.kind == "total" for t in line[:i]) and kind == "elemental"
    statement = Statement(kind, owner.forms, mg, start, end, number, high=high, explicit=explicit, total=total)
    statement.per_100 = bool(_PER_100.search(low, max(0, token.start - 40), token.end + 14))
    statement.columns.append((mg, None))
    statement.nested = owner.introduced and kind == "compound"
    if kind == "elemental":
        statement.forms = _sources(line, owner, names, low)
    elif _marked_after(line, i, low):
        statement.kind, statement.explicit = "elemental", True
    return statement


def _marked_after(line: list[Token], i: int, low: str) -> bool:
    """Whether "(elemental magnesium)" and nothing else stands behind the amount."""
    rest = line[i + 1 : i + 5]
    kinds = [t.kind for t in rest]
    if kinds[:1] == ["open"] and "elemental" in kinds[1:3] and "amount" not in kinds[:3]:
        return kinds[1:3] in (["magnesium", "elemental"], ["elemental", "magnesium"]) or kinds[1:3] == [
            "elemental",
            "close",
        ]
    return kinds[:1] == ["elemental"] and rest[0].start - line[i].end <= 2 and kinds[1:2] != ["magnesium"]


def _column(line: list[Token], i: int, known: dict[int, Statement], mg: Decimal | None) -> Statement | None:
    """A further amount behind a row's first: the next serving column."""
    for j in range(i - 1, -1, -1):
        if line[j].kind in ("magnesium", "ligand", "other", "name", "open", "close", "equivalent", "from"):
            return None
        if line[j].kind == "amount":
            statement = known.get(j)
            if statement and mg is not None:
                statement.columns.append((mg, None))
            return statement
    return None


def _owner(line: list[Token], i: int, names: list[Phrase], low: str) -> Phrase | None:
    token = line[i]
    after = next((p for p in names if p.start >= token.end), None)
    before = _before(line, i, names, low)
    if after and after.depth == token.depth and after.index <= i + 3:
        between = low[token.end : after.start]
        marks = [t.kind for t in line[i + 1 : after.index]]
        if _OF.fullmatch(between) or (marks in (["elemental"], ["total"]) and len(between) < 25):
            return after
        if (before is None or before.taken) and not marks and _GLUE.fullmatch(between) and not after.introduced:
            return after
        if (
            before is None
            and marks in (["stop"], [])
            and after.kind != "other"
            and re.fullmatch(r"\s*[;,]?\s*", between)
        ):
            return after
        if before is None and marks == ["from"] and after.kind == "elemental":
            return after
    return before


def _before(line: list[Token], i: int, names: list[Phrase], low: str) -> Phrase | None:
    """The nearest name before an amount at its bracket depth."""
    token = line[i]
    lowest = token.depth
    for j in range(i - 1, -1, -1):
        if line[j].kind == "open" and line[j].depth < lowest:
            if not _only_unit(line, j, i):
                return None
            lowest = line[j].depth
        if line[j].kind == "stop" and low[line[j].start] in ".!?" and line[j].depth == lowest:
            return None
        for phrase in names:
            if phrase.last == j and phrase.depth <= lowest:
                return _introduced(phrase, names, line, low) if phrase.depth == lowest else None
    return None


def _only_unit(line: list[Token], opened: int, i: int) -> bool:
    """Whether a bracket holds just the amount: "Magnesium citrate (1000 mg)"."""
    return opened == i - 1 and i + 1 < len(line) and line[i + 1].kind == "close"


def _introduced(phrase: Phrase, names: list[Phrase], line: list[Token], low: str) -> Phrase:
    """ "Magnesium as magnesium citrate 200 mg": the amount is the metal's, when no amount stands between."""
    if phrase.kind == "other":
        return phrase
    place = names.index(phrase)
    first = phrase
    for earlier in reversed(names[:place]):
        if earlier.depth != phrase.depth:
            continue
        if any(t.kind in ("amount", "percent") for t in line[earlier.last + 1 : phrase.index]):
            break
        if earlier.kind == "other":
            break
        if earlier.kind == "elemental" and not earlier.taken:
            if any(names[k].introduced for k in range(names.index(earlier) + 1, place + 1)):
                return earlier
            break
        first = earlier
    del first
    return phrase


def _sources(line: list[Token], owner: Phrase, names: list[Phrase], low: str) -> tuple[str, ...]:
    """The forms that a row of the metal names, in brackets or behind "as" or "from"."""
    forms: list[str] = []
    seen_other = False
    for phrase in names[names.index(owner) + 1 :]:
        if phrase.kind == "other":
            if phrase.depth <= owner.depth:
                break
            seen_other = True
            continue
        if phrase.kind == "elemental" and phrase.depth <= owner.depth and phrase.taken:
            break
        if phrase.kind == "ligand" and seen_other and phrase.depth == owner.depth:
            break
        forms.extend(phrase.forms)
    if not forms:
        for phrase in reversed(names[: names.index(owner)]):
            if phrase.kind == "compound" and (phrase.taken or owner.depth > phrase.depth):
                return phrase.forms
            if phrase.kind == "other":
                break
    return tuple(dict.fromkeys(forms))
