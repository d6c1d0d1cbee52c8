"""Which of several statements of the metal is the total of a serving."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from decimal import Decimal
from functools import cache
from itertools import pairwise

from checker.lexicon import trie_pattern, words
from checker.phrases import CHELATE
from checker.reference import fits
from checker.rows import Statement
from checker.serving import Portion, portion_before, unit_names
from checker.units import unit_contains

Choice = tuple[Statement | None, str]
"""A statement and the rule that chose it."""

_TO_UNIT = 80
"""Characters before an amount in which the unit that contains it may stand."""
_TO_SERVING = 4
"""Characters between an amount's name and the words that tell the serving: "440 mg of magnesium per 3 capsules"."""
_MOST_UNITS = 8
"""More units than this make no serving that a label would not print."""


def choose(pool: list[Statement], low: str, serving: Portion | None, market: str | None) -> Choice:
    """The statement of the total; None when several differ and nothing tells which."""
    if len(pool) == 1:
        return pool[0], "total" if pool[0].total else "declared"
    totals = [s for s in pool if s.total]
    if totals and agree(totals):
        return totals[0], "total"
    if agree(pool):
        if _rows_of_parts(pool):
            return None, ""
        return max(pool, key=lambda s: (s.percent is not None, s.high is None, len(s.forms))), "declared"
    for rule in (_with_percent, _total_of_parts):
        if found := rule(pool):
            return found
    for statement, rule_name in (_unit_or_serving(pool, low, serving), _confirmed(pool, market)):
        if statement:
            return statement, rule_name
    return _contained(pool, low, serving)


def _contained(pool: list[Statement], low: str, serving: Portion | None) -> Choice:
    """What is the metal's "per 3 capsules", what "one tablet contains", or the only amounts a compound is equated with.

    The others stand in other sentences, as of what to take a day.
    """
    marked = [s for s in pool if s.explicit]
    if len(marked) == 1 and serving and 0 <= serving.place[0] - marked[0].end <= _TO_SERVING and marked[0].high is None:
        return marked[0], "per.serving"
    if serving is not None and serving.quantity not in (None, Decimal(1)):
        return None, ""
    said = [s for s in pool if unit_contains(low[max(0, s.start - _TO_UNIT) : s.start])]
    equated = [s for s in pool if s.explicit and s.forms and s.high is None]
    if any(s.explicit and is_range(s) and s.forms and s.forms != equated[0].forms for s in pool if equated):
        equated = []  # a range of another form: several products
    return next(((found[0], "per.unit") for found in (said, equated) if found and agree(found)), (None, ""))


def _rows_of_parts(pool: list[Statement]) -> bool:
    """Whether equal amounts stand in rows one below the other, each with a form of its own: parts, no repetition."""
    lines = [s.line for s in pool]
    return len(parts_of(pool)) == len(pool) and all(0 <= b - a <= 1 for a, b in pairwise(lines))


def _confirmed(pool: list[Statement], market: str | None) -> Choice:
    """The row that its percent proves, beside bare amounts that no percent and no form ties to the product."""
    proven = [s for s in pool if s.percent and s.mg and fits(s.mg, s.percent, market)]
    if not proven or not agree(proven):
        return None, ""
    most = proven[0].mg if proven[0].explicit else None
    bare = [s for s in pool if not (s.percent or s.explicit or s.total) and (not s.forms or _outweighs(s, most))]
    if len(proven) + len(bare) == len(pool):
        return proven[0], "row.confirmed"
    return None, ""


_HEAVIER = Decimal("1.6")
"""A compound's weight over that of its magnesium, at least: oxide, the richest, has 60 %."""


def _outweighs(statement: Statement, elemental: Decimal | None) -> bool:
    """Whether an amount can be the weight of the compounds that hold so much elemental magnesium."""
    return elemental is not None and statement.mg is not None and statement.mg >= elemental * _HEAVIER


def _with_percent(pool: list[Statement]) -> Choice | None:
    """The row with a percent, when the others are its parts."""
    stated = [s for s in pool if s.percent is not None]
    if not stated or not agree(stated) or parts_of(pool):
        return None
    most = stated[0].mg or Decimal(0)
    rest = [s for s in pool if s.percent is None]
    return (stated[0], "row.percent") if all(s.mg and s.mg <= most for s in rest) else None


def _total_of_parts(pool: list[Statement]) -> Choice | None:
    """The amount that the others add up to."""
    whole = sum((s.mg for s in pool if s.mg), Decimal(0))
    if len(pool) < 3 or len(parts_of(pool)) == len(pool):
        return None
    return next(((s, "total.of.parts") for s in pool if s.mg and near(whole - s.mg, s.mg)), None)


def _unit_or_serving(pool: list[Statement], low: str, serving: Portion | None) -> Choice:
    """Of two amounts, the serving's when their ratio is its number of units; else that of one unit, when said so."""
    amounts = sorted({s.mg for s in pool if s.mg})
    if len(amounts) != 2 or parts_of(pool):
        return None, ""
    least, most = (next(s for s in pool if s.mg == mg) for mg in amounts)
    ratio = amounts[1] / amounts[0]
    quantity = serving.quantity if serving else None
    if quantity and quantity > 1 and near(amounts[1], amounts[0] * quantity):
        return most, "per.serving"
    beside = [s for s in (least, most) if serving and _said_of(s, low, serving)]
    if len(beside) == 1:
        return beside[0], "per.serving"
    whole = ratio == ratio.to_integral_value() and ratio <= _MOST_UNITS
    if whole and quantity in (None, Decimal(1)) and _per_unit(least, low) and not _same_unit(pool, low):
        return least, "per.unit"
    return None, ""


_BEFORE_AMOUNT = 48
"""Characters before an amount in which "per 20 ml" may stand."""


def _said_of(statement: Statement, low: str, serving: Portion) -> bool:
    """Whether "per 20 ml" stands before an amount, and that is the serving."""
    said = portion_before(low[max(0, statement.start - _BEFORE_AMOUNT) : statement.start])
    return said == (serving.quantity, serving.unit)


def each_of_its_own(pool: list[Statement], low: str) -> bool:
    """Whether each amount is said to be "per 2 capsules" by itself: those of two products, no parts of one dose."""
    behind = (low[s.end : s.end + _BEFORE_AMOUNT].partition("\n")[0] for s in pool)
    return all(map(portion_before, behind))


@cache
def _unit_words() -> re.Pattern[str]:
    return _of_words(unit_names())


def _of_words(names: Iterable[str]) -> re.Pattern[str]:
    articles = words("filler")  # "el" is a spoon in German and an article in Spanish
    return re.compile(rf"(?<![^\W\d_])(?:{trie_pattern(n for n in names if n not in articles)})(?![^\W\d_])")


_MEASURES = ("serving", "g", "ml")
"""Units that any food and every piece of advice has."""


@cache
def _unit_of_a_product() -> re.Pattern[str]:
    return _of_words(name for name, unit in unit_names().items() if unit not in _MEASURES)


def names_unit(text: str) -> bool:
    """Whether a unit that only products come in, such as a capsule, is named in a text."""
    return _unit_of_a_product().search(text) is not None


def _per_unit(statement: Statement, low: str) -> bool:
    """Whether a unit such as a capsule is named near an amount, on its line."""
    start = low.rfind("\n", max(0, statement.start - 60), statement.start) + 1 or max(0, statement.start - 60)
    end = low.find("\n", statement.end, statement.end + 30)
    return bool(_unit_words().search(low, start, end if end >= 0 else statement.end + 30))


_UNIT_AFTER = re.compile(r"[^.\n\d]{0,30}?\b(?:per|each|pro|je|par|por|/) ?([^\W\d_]+)")


def _same_unit(pool: list[Statement], low: str) -> bool:
    """Whether different amounts are each said to be per the same unit: two strengths, not a unit and a serving."""
    units = [_UNIT_AFTER.match(low, s.end) for s in pool]
    return all(units) and len({u[1] for u in units if u}) == 1


_PRICE_AFTER = re.compile(r"[^\n]{0,40}?[$£€₹]")


def of_several_products(pool: list[Statement], low: str) -> bool:
    """Whether each amount has its own "per capsule" or its own price behind it: products side by side, no parts."""
    return any(all(said.match(low, s.end) for s in pool) for said in (_UNIT_AFTER, _PRICE_AFTER))


def once(pool: list[Statement]) -> list[Statement]:
    """The statements without those that repeat one, such as the same dose in mmol."""
    if len(pool) < 2:
        return pool
    kept: list[Statement] = []
    for statement in pool:
        twin = next((k for k in kept if k.mg and statement.mg and near(k.mg, statement.mg)), None)
        apart = twin and len(statement.forms) == 1 and len(twin.forms) == 1 and statement.forms != twin.forms
        exact = twin and twin.high is not None and statement.high is None
        tells = twin and ((statement.percent and not twin.percent) or len(statement.forms) > len(twin.forms))
        if twin is None or apart or exact or tells:
            kept.append(statement)
    return kept


_NAMED_CHELATES = frozenset(("glycinate", "glycinate_lysinate"))


def exact_forms(stated: Sequence[Statement]) -> tuple[str, ...]:
    """The forms of statements, most telling first: "a chelate" adds nothing to the chelate that the first one names."""
    forms = dict.fromkeys(f for s in stated for f in s.forms)
    if CHELATE in forms and CHELATE not in stated[0].forms and _NAMED_CHELATES.intersection(stated[0].forms):
        del forms[CHELATE]
    return tuple(forms)


def agree(pool: list[Statement]) -> bool:
    first = pool[0].mg
    return first is not None and all(s.mg is not None and near(s.mg, first) for s in pool)


def is_range(statement: Statement) -> bool:
    """Whether a statement gives two bounds rather than an amount."""
    return statement.high is not None and statement.high != statement.mg


def parts_of(pool: list[Statement]) -> dict[str, Decimal]:
    """Form -> mg when each statement names one form of its own."""
    out: dict[str, Decimal] = {}
    for statement in pool:
        if len(statement.forms) != 1 or statement.mg is None or statement.forms[0] in out or is_range(statement):
            return {}
        out[statement.forms[0]] = statement.mg
    return out if len(out) > 1 else {}


def near(a: Decimal, b: Decimal) -> bool:
    """Equal but for rounding: within 0.6 mg or 1.5 %."""
    return abs(a - b) <= max(Decimal("0.6"), abs(b) * Decimal("0.015"))
