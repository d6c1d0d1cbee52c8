"""Which name an amount belongs to."""

from __future__ import annotations

import re
from functools import cache

from checker.lexicon import trie_pattern, words
from checker.phrases import Phrase, adjacent, coordinates
from checker.rows import Row
from checker.serving import unit_names
from checker.tokens import Token

_WORD = re.compile(r"[^\W\d_]+")
_BRACKET = re.compile(r"\([^()]*\)")
_GAP_WORDS = 5
"""Words that may stand between a name and its amount behind it, besides those in brackets."""


_LIST = re.compile(r"\s*[;,]?\s*")
_COMMA = re.compile(r"(?<=[^\W\d_]),")
"""A comma between words without weight: "80 mg heavy, basic magnesium carbonate"."""
_NEAR = 25
"""Characters between an amount and the name that "elemental" or "total" joins to it."""


def find_owner(row: Row, i: int) -> Phrase | None:
    """The name that an amount belongs to: the one behind it when "of" joins them or none stands before, else that."""
    token = row.line[i]
    before = _before(row, i)
    after = None
    for phrase in row.names:
        if phrase.start >= token.end:
            after = phrase
            break
    if after is None or after.depth != token.depth or after.index > i + 4:
        return before
    start, first = token.end, i + 1
    if row.kinds[first : first + 3] == ["open", "percent", "close"]:  # "375 mg (100 % NRV) of magnesium"
        start, first = row.line[i + 3].end, i + 4
    between = row.low[start : after.start]
    marks = row.kinds[first : after.index]
    if marks:
        own = before is not None and _has_own_amount(row, after)
        joined = not own and _joined_by(marks, between, before, after, bool(token.depth))
    else:
        joined = _of_joins(between) or _stands_beside(row, i, before, after, between)
    return after if joined else before


def _joined_by(marks: list[str], between: str, before: Phrase | None, after: Phrase, inside: bool) -> bool:
    """Whether the words between an amount and the name behind it give it to that name."""
    if marks in (["elemental"], ["total"]):
        return len(between) < _NEAR
    if before is not None and not (before.taken and marks == ["from"]):
        return False
    if marks == ["from"]:
        return after.kind in ("elemental", "compound")
    return inside and marks == ["stop"] and after.kind != "other" and bool(_LIST.fullmatch(between))


def _stands_beside(row: Row, i: int, before: Phrase | None, after: Phrase, between: str) -> bool:
    """Whether an amount belongs to the name just behind it although no "of" says so."""
    token = row.line[i]
    if before is None and token.depth and after.kind != "other" and _LIST.fullmatch(between):
        return True
    if not _beside(between):
        return False
    if (before is None or before.taken or _begins_anew(row.low[before.end : token.start])) and not after.introduced:
        equated = row.low[max(0, token.start - 2) : token.start].strip() == "="
        if equated or not _has_own_amount(row, after):
            return True
    if after.kind != "elemental":
        return False
    if between == " " and row.low.startswith("elemental", after.start) and not _has_own_amount(row, after):
        return True  # "bisglycinate, 200 mg elemental Mg"
    behind_compound = before is not None and before.kind == "compound" and between == " "
    return (behind_compound and _ends(row, after)) or said_equivalent(row, i)


def _begins_anew(between: str) -> bool:
    """Whether "and" or a plus ends what a name says, so that the amount behind it is the next one's."""
    return "," not in between and coordinates(between)


@cache
def _turn() -> re.Pattern[str]:
    """ ", so", ", but": a sentence goes on with something else."""
    return re.compile(rf", ?(?:{'|'.join(words('turn'))})\b")


@cache
def _of() -> re.Pattern[str]:
    """ "of", "de", "d'" between an amount and the name that owns it."""
    return re.compile(r"\s*(?:" + "|".join(map(re.escape, words("of"))) + r")(?![^\W\d_])")


def _has_own_amount(row: Row, phrase: Phrase) -> bool:
    """Whether an amount stands directly behind a name, so that the one before it is another's."""
    start, first = phrase.end, phrase.last + 1
    if row.kinds[first : first + 1] == ["open"] and "close" in row.kinds[first:]:  # "magnesium (as citrate): 200 mg"
        first = row.kinds.index("close", first) + 1
        start = row.line[first - 1].end
    if row.kinds[first : first + 1] != ["amount"] or row.line[first].depth != phrase.depth:
        return False
    between = row.low[start : row.line[first].start]
    equated = "=" in between and row.kinds[first + 1 : first + 2] == ["magnesium"]
    return not equated and not between.strip(" :.=-|")


def _ends(row: Row, phrase: Phrase) -> bool:
    """Whether no amount or bracket follows a name: "... 100 mg magnesium per teaspoon"."""
    following = row.line[phrase.last + 1 : phrase.last + 2]
    return not following or following[0].kind not in ("amount", "open", "bar", "percent")


def _of_joins(between: str) -> bool:
    """ "900 mg of pure, fully reacted magnesium bisglycinate"."""
    match = _of().match(between)
    return bool(match) and len(between) < 60 and (adjacent(between.replace(",", "")) or _plain(between, 4))


def _beside(between: str) -> bool:
    """ "670 mg light basic magnesium carbonate", "90 mg per ounce high grade magnesium"."""
    if between.startswith(" per "):
        between = _per_unit().sub("", between)
    return adjacent(_COMMA.sub("", between.strip("= "))) or _plain(between, 2)


@cache
def _per_unit() -> re.Pattern[str]:
    return re.compile(rf"^ per (?:{trie_pattern(unit_names())})(?![^\W\d_])")


def _plain(between: str, most: int) -> bool:
    """Whether at most so many words stand between, without a comma, "and" or a number."""
    if re.search(r"[^\w\s'-]|\d|\n", between) or coordinates(between):
        return False
    return len(_WORD.findall(between)) <= most and not re.search(r"(?:^|\s)(?:and|und|et|y|e|plus|with)\s", between)


def _before(row: Row, i: int) -> Phrase | None:
    """The nearest name before an amount, at its bracket depth, in its sentence and not many words away."""
    token = row.line[i]
    if i and row.kinds[i - 1] == "close" and (inner := _equivalent_before(row, i)):
        return inner
    lowest = token.depth
    for j in range(i - 1, -1, -1):
        phrase = row.ends.get(j)
        if phrase is not None:
            if phrase.depth == lowest and (lowest or phrase.kind != "source"):
                return _introduced(row, phrase) if within_reach(row.low, phrase, token) else None
            continue
        kind = row.kinds[j]
        if kind == "open" and row.line[j].depth < lowest:
            if not _only_unit(row, j, i):
                return None
            lowest = row.line[j].depth
        elif kind == "stop" and row.low[row.line[j].start] in ".!?" and row.line[j].depth == lowest:
            return None
    return None


def _equivalent_before(row: Row, i: int) -> Phrase | None:
    """The metal in the bracket before an amount: "(equivalent to elemental magnesium) 220 mg"."""
    if "equivalent" not in row.kinds[max(0, i - 5) : i]:
        return None
    inside = row.kinds[max(0, i - 5) : i - 1]
    inside = inside[len(inside) - inside[::-1].index("open") :] if "open" in inside else []
    if inside[:1] != ["equivalent"] or set(inside) - {"equivalent", "elemental", "magnesium"}:
        return None
    return next((p for p in row.names if p.last in (i - 2, i - 3) and p.kind == "elemental" and not p.taken), None)


def within_reach(low: str, phrase: Phrase, token: Token) -> bool:
    """Whether not too many words stand between a name and an amount or a percent behind it."""
    gap = low[phrase.end : token.start]
    if "," in gap and _turn().search(gap):
        return False
    if len(gap) < 12 or gap.rfind("|") > gap.rfind(")") or len(_WORD.findall(gap)) <= _GAP_WORDS:
        return True
    while "(" in gap and (shorter := _BRACKET.sub(" ", gap)) != gap:
        gap = shorter
    return len(_WORD.findall(gap)) <= _GAP_WORDS or "|" in gap or "\n" in gap


def _only_unit(row: Row, opened: int, i: int) -> bool:
    """Whether a bracket holds just the amount: "Magnesium citrate (1000 mg)", "Magnesium (equivalent to 200 mg)".

    Or the amount and what it is equivalent to: "Magnesium glycinate (1,400 mg yielding 200 mg magnesium)".
    """
    inside = row.kinds[opened + 1 : i]
    behind = row.kinds[i + 1 : i + 2]
    if behind == ["elemental"] or row.kinds[i + 1 : i + 3] == ["amount", "elemental"]:
        last = opened - 1 - (row.kinds[opened - 1 : opened] == ["amount"])
        named = [p.kind for p in row.names if p.last == last] == ["compound"]
        return named and set(inside) <= {"equivalent", "amount"}
    owner = [p.kind for p in row.names if p.last == opened - 1]
    return behind in (["close"], ["equivalent"]) and (
        not inside or inside == ["elemental"] or (inside == ["equivalent"] and owner == ["elemental"])
    )


def _introduced(row: Row, phrase: Phrase) -> Phrase:
    """ "Magnesium as magnesium citrate 200 mg": the amount is the metal's, when no amount stands between."""
    if phrase.kind == "other":
        return phrase
    place = row.names.index(phrase)
    joined = phrase.introduced
    for earlier in reversed(row.names[:place]):
        if earlier.depth != phrase.depth:
            continue
        between = row.kinds[earlier.last + 1 : phrase.index]
        if earlier.kind == "other" or "amount" in between or "percent" in between:
            break
        if earlier.kind == "elemental":
            return earlier if joined and not earlier.taken else phrase
        joined = joined or earlier.introduced
    return phrase


def said_equivalent(row: Row, i: int) -> bool:
    """Whether "equivalent to" stands before the amount, with no other amount between."""
    if "equivalent" not in row.kinds:
        return False
    for kind in reversed(row.kinds[:i]):
        if kind in ("amount", "equivalent"):
            return kind == "equivalent"
    return False
