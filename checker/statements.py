"""From tokens to statements: whose an amount is, and whether it is the metal's or the compound's weight."""

from __future__ import annotations

import re
from decimal import Decimal
from functools import cache

from checker.columns import further_column
from checker.lexicon import table, trie_pattern, words
from checker.owners import find_owner, said_equivalent
from checker.pairs import compound_and_metal, in_step
from checker.phrases import Phrase
from checker.rows import Row, Statement
from checker.scanner import NUMBER
from checker.sources import is_of_magnesium, sharing_forms, sources_of
from checker.tokens import Token, milligrams, number

_PER_100 = re.compile(r"100(?<![^\W_]100)\s?(?:g|ml)(?![^\W\d_])|kg(?<=per kg)|lit(?<=per lit)")
_PER_VOLUME = re.compile(
    r"\s?(?:/|(?:per|je|pro|por|pour|na|на|la|i|pr\.?|w|v) )\s?"
    r"(?:(?:\d+ ?)?(?:ml|l|kg|lit\w*|dl|мл|дл|л|кг)|100 ?[gг])(?![^\W\d_])"
)
_PER_SERVING = re.compile(r"\bper (?!100)(?:\d+ ?(?:g|ml)\b|(?:\d )?(?:serv|portion|tablet|capsule|sachet|scoop))")
_PER = re.compile(r"(?:per|pro|je|in each|por)(?<!\w(?:per|pro|por))(?<!\wje)(?<!\win each)")
_PACK = re.compile(r"\s+(?:bottle|container|pack|package|jar|bag|dose \((?<=(?:pro|.je) dose \()|packung)\b")
_POTENCY = re.compile(r"\b(?:[dc]|lm|ch|dil\.? ?d) ?\d{1,4}\b|\b\d{1,4} ?(?:x|c|ch|dh|k|lm)\b")
"""A homeopathic potency between a name and the dilution's amount: "Magnesium phosphoricum D6 250 mg"."""
_BOUND_ENDS = frozenset("<>fonxm.")
_EVERY = re.compile(r"(?<![^\W\d_])per \Z")
"""Before an amount of which another is said: "elemental magnesium per 500 mg"."""
_LINE_END = re.compile(r"[.\n|]")
_BOUND = re.compile(
    r"(?:(<|\b(?:up to|less than|no more than|not more than|maximum|max\.?)(?: of)?)|>|\bmore than) *\Z"
)
METAL = "hydrogen_generating"
"""The form that is the metal itself."""
_TO_PACK = 40
"""Characters between an amount and the words that say that it is of a pack."""


@cache
def _unit_strength() -> re.Pattern[str]:
    """The unit of a strength: "120 mg capsules" tells a strength, not what a serving holds."""
    solid = ("capsule", "tablet", "softgel", "gummy", "sachet")
    units = trie_pattern(unit for key in solid for unit in table("units")["serving"][key])
    coat = r"(?:(?:veg\w*|vegan|soft|film|coated|chewable|film-coated) )?"
    return re.compile(rf"[ -]{coat}{units}(?![^\W\d_])")


def read_line(
    line: list[Token], kinds: list[str], names: list[Phrase], low: str, number: int, start: int
) -> list[Statement]:
    """The statements of a logical line that starts at `start`, in the order of their amounts."""
    if "amount" not in kinds:
        return []
    row = Row(line, kinds, names, low, number, start, {name.last: name for name in names})
    found: list[Statement] = _paired(row)
    for i, kind in enumerate(kinds):
        if kind == "amount" and i not in row.known:
            statement = _statement(row, i)
            if statement is not None:
                row.known[i] = statement
                if statement not in found:
                    found.append(statement)
        elif kind == "percent" and found:
            _percent(row, i, found)
    return found


def _percent(row: Row, i: int, found: list[Statement]) -> None:
    """Give a percent to the amount before it, unless another name stands between."""
    token = row.line[i]
    if token.key == "less" or is_purity(token, row.low):
        return
    if is_share(row.line, i):
        statement = found[-1]
        name_first = not row.low[statement.start].isdigit()
        statement.share = token.value if statement.kind == "compound" and name_first else None
        return
    for statement in reversed(found):
        if statement.end <= token.start or (statement.start < token.start and _is_read(row, statement, i)):
            if _name_between(row, statement, i):
                return
            if statement.columns and statement.columns[-1][1] is None:
                statement.columns[-1] = (statement.columns[-1][0], token.value)
            if statement.percent is None:
                statement.percent, statement.percent_end = token.value, token.end
            return


def _is_read(row: Row, statement: Statement, i: int) -> bool:
    """Whether a statement's amount stands before a token: "375 mg (100 %) of magnesium"."""
    return any(known is statement for j, known in row.known.items() if j < i)


def _name_between(row: Row, statement: Statement, i: int) -> bool:
    """Whether another name stands between a statement and a percent."""
    depth = row.line[i].depth
    between = [p for p in row.names if statement.end <= p.start < row.line[i].start]
    if between and all(p.kind == "compound" and not p.taken and (p.introduced or p.coordinated) for p in between):
        return False  # "420 mg magnesium from magnesium glycinate and magnesium oxide, 100 % DV"
    for token in reversed(row.line[:i]):
        if token.start < statement.end:
            return False
        if token.kind == "other" and token.depth <= depth:
            return True
        if token.kind in ("magnesium", "ligand") and token.depth == depth == 0:
            return True
    return False


@cache
def _purity(hundred: bool) -> re.Pattern[str]:
    """What a percent is of that is none of a Daily Value: "45 % w/w", "100 % natural"."""
    keys = [key for key in table("words")["purity"] if hundred or key != "hundred"]
    return re.compile(rf" ?(?:{trie_pattern(words('purity', keys))})")


def is_purity(percent: Token, low: str) -> bool:
    """Whether a percent tells how pure or strong something is."""
    if low[percent.end : percent.end + 1] in ("", "\n"):
        return False
    return _purity(percent.value == 100).match(low, percent.end) is not None


def is_share(line: list[Token], i: int) -> bool:
    """ "Magnesium oxide (magnesium 60 %)", "(60 % elemental magnesium)": how much of the compound is magnesium."""
    if not line[i].depth or i < 2:
        return False
    if line[i - 1].kind == "magnesium":
        return line[i - 2].kind == "open"
    behind = [t.kind for t in line[i + 1 : i + 4] if t.kind != "elemental"]
    return line[i - 1].kind == "open" and behind[:2] == ["magnesium", "close"]


def _paired(row: Row) -> list[Statement]:
    """The statements of names whose amounts stand behind all of them."""
    if row.kinds.count("amount") < 2:
        return []
    pairs = compound_and_metal(row)
    found = []
    for i, phrase in pairs or in_step(row):
        statement = _stated(row, i, phrase)
        if pairs:
            statement.explicit = phrase.kind == "elemental"
            statement.forms = pairs[0][1].forms
        row.known[i] = statement
        found.append(statement)
    return found


def _statement(row: Row, i: int) -> Statement | None:
    """The statement of an amount; None when it is nobody's, or a further column of the one before."""
    token = row.line[i]
    if _unit_strength().match(row.low, token.end) or _per_pack(row.low, token.end):
        return None
    if row.low[token.start - 2 : token.start] == "r " and _EVERY.search(row.low, max(0, token.start - 5), token.start):
        return None
    mg = milligrams(token)
    owner = find_owner(row, i)
    if owner is not None and owner.kind != "other" and _POTENCY.search(row.low, owner.end, token.start):
        return None
    if owner is None and (of := _compound_before(row, i)):
        start, end = row.line[row.kinds.index("open", max(0, i - 4)) + 1].start, token.end
        return Statement("elemental", of.forms, mg, start, end, row.number, explicit=True, columns=[(mg, None)])
    again = owner is not None and mg is not None and owner.taken and owner.end < token.start
    if owner is None or (again and not (owner.kind == "compound" and _marked(row, i))):
        return further_column(row, i, mg)
    if mg is None and owner.kind != "other":
        return None
    owner.taken = True
    if mg is None:
        return None
    return _stated(row, i, owner)


def _compound_before(row: Row, i: int) -> Statement | None:
    """The compound of "Magnesium citrate 500 mg (equivalent to 80 mg)", or "(16 % elemental = 80 mg)"."""
    inside = row.kinds[i - 4 : i] if row.kinds[i - 2 : i - 1] == ["percent"] and i > 3 else row.kinds[max(0, i - 3) : i]
    if inside not in (["amount", "open", "equivalent"], ["amount", "open", "percent", "elemental"]):
        return None
    before = row.known.get(i - len(inside)) if row.kinds[i + 1 : i + 2] == ["close"] else None
    return before if before and before.kind == "compound" else None


def _stated(row: Row, i: int, owner: Phrase) -> Statement:
    """The amount as the owner's."""
    token = row.line[i]
    mg = milligrams(token)
    start, end = min(owner.start, token.start), max(owner.end, token.end)
    owner.taken = True
    if owner.kind == "other" or (owner.kind in ("ligand", "source") and not is_of_magnesium(row, owner)):
        return Statement("other", (), mg, start, end, row.number, key=owner.key)
    ion = token.key in ("mmol", "meq")
    part = owner.introduced and token.end <= owner.start
    metal = ion or part or owner.kind == "elemental" or owner.marked or owner.forms == (METAL,)
    statement = Statement("elemental" if metal else "compound", owner.forms, mg, start, end, row.number)
    statement.high = milligrams(token, token.high) if token.high is not None else None
    if metal and owner.start >= token.end:
        _alternative(row, i, statement)
    if row.low[token.start - 5 : token.start] == " and ":
        _between(row, token, statement)
    statement.explicit = ion or owner.marked or said_equivalent(row, i)
    statement.total = metal and "total" in row.kinds[:i]
    statement.per_100 = _is_per_100(row, token)
    if row.low[token.start - 2 : token.start].strip()[-1:] in _BOUND_ENDS:
        bound = _BOUND.search(row.low, max(0, token.start - 16), token.start)
        statement.bound = ("<" if bound[1] else ">") if bound else ""
    statement.columns.append((mg, None))
    statement.nested = owner.introduced and not metal
    if owner.kind == "elemental":
        statement.forms = sources_of(row, owner)
    elif not metal and (_marked(row, i) or _marked_before(row, i)):
        statement.kind, statement.explicit = "elemental", True
    elif not metal:
        statement.forms = sharing_forms(row, owner)
        statement.share = _share(row, owner, i)
    return statement


def _is_per_100(row: Row, token: Token) -> bool:
    """Whether an amount is per 100 g or a litre; "per 40 g serving" between ends what "per 100 g" says."""
    if _PER_VOLUME.match(row.low, token.end):
        return True
    said = _PER_100.search(row.low, row.start, token.start)
    return said is not None and _PER_SERVING.search(row.low, said.end(), token.start) is None


def _alternative(row: Row, i: int, statement: Statement) -> None:
    """ "100 mg or 300 mg of magnesium" are two strengths: bounds, no amount."""
    if not i or row.kinds[i - 1] != "amount" or i - 1 in row.known:
        return
    other = milligrams(row.line[i - 1])
    between = row.low[row.line[i - 1].end : row.line[i].start].strip()
    if other and statement.mg and between in words("and"):
        statement.mg, statement.high = min(other, statement.mg), max(other, statement.mg)


_BETWEEN = re.compile(rf"\bbetween (?P<least>{NUMBER}) and \Z")


def _between(row: Row, token: Token, statement: Statement) -> None:
    """ "Between 200 and 400 mg of magnesium": bounds, no amount."""
    least = _BETWEEN.search(row.low, max(0, token.start - 24), token.start)
    if least and statement.mg:
        statement.mg, statement.high = milligrams(token, number(least["least"], token.key)), statement.mg


def _share(row: Row, owner: Phrase, i: int) -> Decimal | None:
    """The share of magnesium that is printed between a compound's name and its amount."""
    for j in range(owner.last + 1, i):
        if row.line[j].kind == "percent" and is_share(row.line, j):
            return row.line[j].value
    return None


def _marked(row: Row, i: int) -> bool:
    """Whether "(elemental magnesium)" and nothing else stands behind the amount, or "elemental" right before it."""
    if row.kinds[max(0, i - 2) : i] == ["open", "elemental"]:
        return True
    kinds = row.kinds[i + 1 : i + 5]
    if kinds[:1] == ["open"]:
        return kinds[1:4] in (["magnesium", "elemental", "close"], ["elemental", "magnesium", "close"]) or (
            kinds[1:3] == ["elemental", "close"]
        )
    near = kinds[:1] == ["elemental"] and row.line[i + 1].start - row.line[i].end <= 3
    return near and kinds[1:2] != ["magnesium"]


def _marked_before(row: Row, i: int) -> bool:
    """Whether "(calculated as magnesium)" or "(elemental magnesium)" stands between a compound and its only amount."""
    if row.kinds[i + 1 : i + 3] == ["open", "amount"]:
        return False
    opened, said, metal, closed = row.kinds[i - 4 : i] if i >= 4 else ("",) * 4
    return (opened, metal, closed) == ("open", "magnesium", "close") and said in ("equivalent", "elemental")


def _per_pack(low: str, end: int) -> bool:
    """Whether an amount that ends here is said to be of the whole pack."""
    stop = _LINE_END.search(low, end, end + _TO_PACK)
    last = stop.start() if stop else end + _TO_PACK
    match = _PER.search(low, end, last + len("in each"))
    return match is not None and match.start() <= last and _PACK.match(low, match.end()) is not None
