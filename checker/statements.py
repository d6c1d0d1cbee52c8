"""From tokens to statements: whose an amount is, and whether it is the metal's or the compound's weight."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from decimal import Decimal
from functools import cache

from checker.forms import EXCIPIENT_FORMS
from checker.lexicon import table, words
from checker.phrases import Phrase, adds_nothing, adjacent, coordinates
from checker.tokens import Token, milligrams

Amounts = tuple[Decimal | None, Decimal | None]
"""mg and percent of one serving column."""

_WORD = re.compile(r"[^\W\d_]+")
_BRACKET = re.compile(r"\([^()]*\)")
_PER_100 = re.compile(r"(?<![^\W_])100\s?(?:g|ml)(?![^\W\d_])|(?<=per )(?:kg|lit)")
_PER_VOLUME = re.compile(r"\s?(?:/|per |je |pro )\s?(?:\d+ ?)?(?:ml|l|kg|lit\w*|dl)(?![^\W\d_])")
_PER_PACK = re.compile(
    r"[^.\n|]{0,40}\b(?:per|pro|je|in each|por)\s+(?:bottle|container|pack|package|jar|bag|dose \(|packung)\b"
)
_GAP_WORDS = 5
"""Words that may stand between a name and its amount behind it, besides those in brackets."""


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
    """Nutrient of `other`."""
    per_100: bool = False
    """Per 100 g, 100 ml or a litre, not per serving."""
    nested: bool = False
    share: Decimal | None = None
    """Percent of magnesium in the compound, when printed in its name."""
    columns: list[Amounts] = field(default_factory=list)


@cache
def _of() -> re.Pattern[str]:
    """ "of", "de", "d'" between an amount and the name that owns it."""
    return re.compile(r"\s*(?:" + "|".join(map(re.escape, words("of"))) + r")(?![^\W\d_])")


@cache
def _unit_strength() -> re.Pattern[str]:
    """The unit of a strength: "120 mg capsules" tells a strength, not what a serving holds."""
    solid = ("capsule", "tablet", "softgel", "gummy", "sachet")
    units = sorted((u for k in solid for u in table("units")["serving"][k]), key=len, reverse=True)
    coat = r"(?:(?:veg\w*|vegan|soft|film|coated|chewable|film-coated) )?"
    return re.compile(r"[ -]" + coat + "(?:" + "|".join(map(re.escape, units)) + r")(?![^\W\d_])")


@dataclass(frozen=True, slots=True)
class Row:
    """A logical line while its amounts find their owners."""

    line: list[Token]
    names: list[Phrase]
    low: str
    number: int
    start: int
    known: dict[int, Statement] = field(default_factory=dict)
    """Index of an amount's token -> its statement."""


def read_line(line: list[Token], names: list[Phrase], low: str, number: int, start: int) -> list[Statement]:
    """The statements of a logical line that starts at `start`, in the order of their amounts."""
    row = Row(line, names, low, number, start)
    found: list[Statement] = _paired(row)
    for i, token in enumerate(line):
        if token.kind == "amount" and i not in row.known:
            statement = _statement(row, i)
            if statement:
                row.known[i] = statement
                if statement not in found:
                    found.append(statement)
        elif token.kind == "percent" and found:
            _percent(row, i, found)
    return found


def _percent(row: Row, i: int, found: list[Statement]) -> None:
    """Give a percent to the amount before it, unless another name stands between."""
    token = row.line[i]
    if token.key == "less":
        return
    for statement in reversed(found):
        if is_share(row.line, i):
            name_first = not row.low[statement.start].isdigit()
            statement.share = token.value if statement.kind == "compound" and name_first else None
            return
        if statement.end <= token.start:
            between = [t for t in row.line if statement.end <= t.start < token.start]
            if any(t.kind in ("magnesium", "ligand", "other") and t.depth == token.depth == 0 for t in between):
                return
            if statement.columns and statement.columns[-1][1] is None:
                statement.columns[-1] = (statement.columns[-1][0], token.value)
            if statement.percent is None:
                statement.percent = token.value
            return


def is_share(line: list[Token], i: int) -> bool:
    """ "Magnesium oxide (magnesium 60 %)": how much of the compound is magnesium, not a percent of the Daily Value."""
    return line[i].depth > 0 and i > 1 and line[i - 1].kind == "magnesium" and line[i - 2].kind == "open"


def _paired(row: Row) -> list[Statement]:
    """ "Magnesium citrate (of which magnesium) 1,000 mg (120 mg)": both names first, then both amounts."""
    amounts = [i for i, t in enumerate(row.line) if t.kind == "amount"]
    if len(amounts) < 2 or amounts[1] != amounts[0] + 2 or row.line[amounts[1]].depth != row.line[amounts[0]].depth + 1:
        return []
    names = [p for p in row.names if p.last < amounts[0]]
    if [p.kind for p in names] != ["compound", "elemental"] or names[1].depth <= names[0].depth:
        return []
    if not any(t.kind in ("equivalent", "elemental") for t in row.line[names[0].last : amounts[0]]):
        return []
    pair = []
    for phrase, i in zip(names, amounts, strict=False):
        statement = _stated(row, i, phrase)
        statement.explicit = phrase.kind == "elemental"
        statement.forms = names[0].forms
        row.known[i] = statement
        pair.append(statement)
    return pair


def _statement(row: Row, i: int) -> Statement | None:
    """The statement of an amount; None when it is nobody's, or a further column of the one before."""
    token = row.line[i]
    if _unit_strength().match(row.low, token.end) or _PER_PACK.match(row.low, token.end):
        return None
    mg = milligrams(token)
    owner = _owner(row, i)
    if owner is None or (mg is not None and owner.taken and owner.end < token.start):
        return _column(row, i, mg)
    if mg is None and owner.kind != "other":
        return None
    owner.taken = True
    if mg is None:
        return None
    return _stated(row, i, owner)


def _stated(row: Row, i: int, owner: Phrase) -> Statement:
    """The amount as the owner's."""
    token = row.line[i]
    mg = milligrams(token)
    start, end = min(owner.start, token.start), max(owner.end, token.end)
    owner.taken = True
    if owner.kind == "other" or (owner.kind in ("ligand", "source") and not _of_magnesium(row, owner)):
        return Statement("other", (), mg, start, end, row.number, key=owner.key)
    ion = token.key in ("mmol", "meq")
    part = owner.introduced and token.end <= owner.start
    metal = ion or part or owner.kind == "elemental" or owner.marked
    statement = Statement("elemental" if metal else "compound", owner.forms, mg, start, end, row.number)
    statement.high = milligrams(token, token.high) if token.high is not None else None
    statement.explicit = ion or owner.marked or _said_equivalent(row, i)
    statement.total = metal and any(t.kind == "total" for t in row.line[:i])
    place = row.low[row.start : token.start]
    statement.per_100 = bool(_PER_100.search(place) or _PER_VOLUME.match(row.low, token.end))
    statement.columns.append((mg, None))
    statement.nested = owner.introduced and not metal
    if owner.kind == "elemental":
        statement.forms = _sources(row, owner)
    elif not metal and _marked_after(row, i):
        statement.kind, statement.explicit = "elemental", True
    elif not metal:
        statement.forms = _shared(row, owner)
        statement.share = _share(row, owner, i)
    return statement


def _share(row: Row, owner: Phrase, i: int) -> Decimal | None:
    """The share of magnesium that is printed between a compound's name and its amount."""
    for j in range(owner.last + 1, i):
        if row.line[j].kind == "percent" and is_share(row.line, j):
            return row.line[j].value
    return None


def _of_magnesium(row: Row, owner: Phrase) -> bool:
    """Whether a form without the metal's name stands in a row of magnesium, not of another nutrient."""
    for phrase in reversed(row.names[: row.names.index(owner)]):
        if phrase.kind in ("elemental", "compound", "other"):
            return phrase.kind != "other"
    return False


def _said_equivalent(row: Row, i: int) -> bool:
    """Whether "equivalent to" stands before the amount, with no other amount between."""
    for token in reversed(row.line[:i]):
        if token.kind == "amount":
            return False
        if token.kind == "equivalent":
            return True
    return False


def _shared(row: Row, owner: Phrase) -> tuple[str, ...]:
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


def _marked_after(row: Row, i: int) -> bool:
    """Whether "(elemental magnesium)" and nothing else stands behind the amount."""
    rest = row.line[i + 1 : i + 5]
    kinds = [t.kind for t in rest]
    if kinds[:1] == ["open"]:
        return kinds[1:4] in (["magnesium", "elemental", "close"], ["elemental", "magnesium", "close"]) or (
            kinds[1:3] == ["elemental", "close"]
        )
    return kinds[:1] == ["elemental"] and rest[0].start - row.line[i].end <= 3 and kinds[1:2] != ["magnesium"]


def _column(row: Row, i: int, mg: Decimal | None) -> Statement | None:
    """A further amount behind a row's first: the next serving column."""
    names = ("magnesium", "ligand", "brand", "source", "other", "name", "open", "close", "equivalent", "from")
    for j in range(i - 1, -1, -1):
        if row.line[j].kind in names:
            return None
        if row.line[j].kind == "amount":
            statement = row.known.get(j)
            if statement and mg is not None:
                statement.columns.append((mg, None))
            return statement
    return None


def _owner(row: Row, i: int) -> Phrase | None:
    """The name that an amount belongs to: the one behind it when "of" joins them or none stands before, else that."""
    token = row.line[i]
    after = next((p for p in row.names if p.start >= token.end), None)
    before = _before(row, i)
    if not after or after.depth != token.depth or after.index > i + 3:
        return before
    between = row.low[token.end : after.start]
    marks = [t.kind for t in row.line[i + 1 : after.index]]
    free = before is None or before.taken
    if (marks in (["elemental"], ["total"]) and len(between) < 25) or (not marks and _of_joins(between)):
        return after
    if free and not marks and not after.introduced and _beside(between) and not _has_own_amount(row, after):
        return after
    if (
        before is None
        and token.depth
        and marks in (["stop"], [])
        and after.kind != "other"
        and re.fullmatch(r"\s*[;,]?\s*", between)
    ):
        return after
    if before is None and marks == ["from"] and after.kind in ("elemental", "compound"):
        return after
    if (
        after.kind == "elemental"
        and between == " "
        and not marks
        and before
        and before.kind == "compound"
        and _ends(row, after)
    ):
        return after
    if after.kind == "elemental" and not marks and _said_equivalent(row, i) and _beside(between):
        return after
    return before


def _has_own_amount(row: Row, phrase: Phrase) -> bool:
    """Whether an amount stands directly behind a name, so that the one before it is another's."""
    following = row.line[phrase.last + 1 : phrase.last + 2]
    return (
        bool(following)
        and following[0].kind == "amount"
        and not row.low[phrase.end : following[0].start].strip(" :.=-|")
    )


def _ends(row: Row, phrase: Phrase) -> bool:
    """Whether no amount or bracket follows a name: "... 100 mg magnesium per teaspoon"."""
    following = row.line[phrase.last + 1 : phrase.last + 2]
    return not following or following[0].kind not in ("amount", "open", "bar", "percent")


def _of_joins(between: str) -> bool:
    """ "900 mg of pure, fully reacted magnesium bisglycinate"."""
    match = _of().match(between)
    return bool(match) and len(between) < 60 and (adjacent(between.replace(",", "")) or _plain(between, 4))


def _beside(between: str) -> bool:
    """ "670 mg light basic magnesium carbonate"."""
    return adjacent(between.strip("= ")) or _plain(between, 2)


def _plain(between: str, most: int) -> bool:
    """Whether at most so many words stand between, without a comma, "and" or a number."""
    if re.search(r"[^\w\s'-]|\d|\n", between) or coordinates(between):
        return False
    return len(_WORD.findall(between)) <= most and not re.search(r"(?:^|\s)(?:and|und|et|y|e|plus|with)\s", between)


def _before(row: Row, i: int) -> Phrase | None:
    """The nearest name before an amount, at its bracket depth, in its sentence and not many words away."""
    token = row.line[i]
    lowest = token.depth
    for j in range(i - 1, -1, -1):
        passed = row.line[j]
        if passed.kind == "open" and passed.depth < lowest:
            if not _only_unit(row, j, i):
                return None
            lowest = passed.depth
        if passed.kind == "stop" and row.low[passed.start] in ".!?" and passed.depth == lowest:
            return None
        if passed.kind in ("magnesium", "ligand", "brand", "name", "other", "source", "mixture", "elemental"):
            for phrase in row.names:
                if phrase.last == j and phrase.depth == lowest and (phrase.kind != "source" or lowest):
                    return _introduced(row, phrase) if _within_reach(row, phrase, token) else None
    return None


def _within_reach(row: Row, phrase: Phrase, token: Token) -> bool:
    gap = row.low[phrase.end : token.start]
    if len(gap) < 12:
        return True
    while "(" in gap and (shorter := _BRACKET.sub(" ", gap)) != gap:
        gap = shorter
    return len(_WORD.findall(gap)) <= _GAP_WORDS or "|" in gap or "\n" in gap


def _only_unit(row: Row, opened: int, i: int) -> bool:
    """Whether a bracket holds just the amount: "Magnesium citrate (1000 mg)", "Magnesium (equivalent to 200 mg)"."""
    inside = [t.kind for t in row.line[opened + 1 : i]]
    closed = i + 1 < len(row.line) and row.line[i + 1].kind == "close"
    metal = [p.kind for p in row.names if p.last == opened - 1] == ["elemental"]
    return closed and (not inside or (inside == ["equivalent"] and metal))


def _introduced(row: Row, phrase: Phrase) -> Phrase:
    """ "Magnesium as magnesium citrate 200 mg": the amount is the metal's, when no amount stands between."""
    if phrase.kind == "other":
        return phrase
    place = row.names.index(phrase)
    joined = phrase.introduced
    for earlier in reversed(row.names[:place]):
        if earlier.depth != phrase.depth:
            continue
        between = row.line[earlier.last + 1 : phrase.index]
        if earlier.kind == "other" or any(t.kind in ("amount", "percent") for t in between):
            break
        if earlier.kind == "elemental":
            return earlier if joined and not earlier.taken else phrase
        joined = joined or earlier.introduced
    return phrase


def _sources(row: Row, owner: Phrase) -> tuple[str, ...]:
    """The forms that a row of the metal names, in brackets or behind "as" or "from"."""
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
            if not inside and phrase.taken:
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


def _sentence_ends(row: Row, first: Phrase, second: Phrase) -> bool:
    passed = row.line[first.last + 1 : second.index]
    return any(t.kind == "stop" and row.low[t.start] in ".!?" and t.depth == first.depth for t in passed)


def _named_before(row: Row, owner: Phrase) -> tuple[str, ...]:
    """ "Magnesium citrate 618 mg, of which magnesium 100 mg": the form of the compound before."""
    for phrase in reversed(row.names[: row.names.index(owner)]):
        if phrase.kind == "compound" and (phrase.taken or owner.depth > phrase.depth):
            return phrase.forms
        if phrase.kind == "other":
            break
    return ()
