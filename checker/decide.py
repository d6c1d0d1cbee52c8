"""Which of a label's statements is its elemental dose, and how sure that is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import TYPE_CHECKING

from checker.choose import choose, each_of_its_own, exact_forms, is_range, near, of_several_products, once, parts_of
from checker.columns import pick_column
from checker.forms import FORMS
from checker.models import Basis
from checker.panel import of_the_panel
from checker.percents import percent_of, percent_row, unit_in_heading
from checker.presentations import of_the_title
from checker.reference import band, daily_values, fits, impossible
from checker.rows import Statement
from checker.serving import Portion
from checker.tables import read_tables

if TYPE_CHECKING:
    from checker.lines import Line

Source = tuple[str, Decimal | None, Decimal | None, Statement]


_MOST_STATEMENTS = 80
"""A label makes fewer statements of magnesium and its neighbours; a page with more is weighed by its first ones."""


_MOST_MAGNESIUM = Decimal(5000)
"""mg: more is no dose; a body holds 25 g, and the strongest laxatives give some 2 g."""
_PACK = Decimal(50_000)
"""mg of a compound that are no serving's: the weight of a pack of powder."""
_RICHEST_CHELATE = Decimal("0.2")
"""Most magnesium, by weight, in a chelate without one formula."""


@dataclass(slots=True)
class Decision:
    """The dose with its evidence."""

    elemental: Decimal | None = None
    bounds: tuple[Decimal, Decimal] | None = None
    basis: Basis = "undetermined"
    percent: Decimal | None = None
    daily_values: tuple[Decimal, ...] = ()
    forms: tuple[str, ...] = ()
    sources: list[Source] = field(default_factory=list)
    columns: list[tuple[str, Decimal | None, Decimal | None]] = field(default_factory=list)
    column: int = 0
    """Place of the serving's column among those of a row."""
    evidence: list[tuple[Statement, str]] = field(default_factory=list)
    used: bool = False


def decide(lines: list[Line], low: str, serving: Portion | None, market: str | None, title: str = "") -> Decision:
    """Weigh all statements of a label."""
    stated = of_the_title(read_tables(lines, low)[:_MOST_STATEMENTS], low, title)
    elemental = [s for s in stated if s.kind == "elemental" and s.mg]
    compound = [s for s in stated if s.kind == "compound" and s.mg]
    decision = Decision(used=bool(elemental or compound))
    if compound:
        compound = [s for s in compound if s.mg and s.mg < _PACK]
    _swap_equivalents(elemental, compound)
    if len(elemental) > 1:
        _swap_by_share(elemental, compound)
    if not elemental:
        _proven_by_percent(elemental, compound, market)
    if elemental:
        elemental, compound = of_the_panel(elemental, compound, low, market)
        _from_elemental(decision, elemental, compound, low, serving, market)
    elif compound:
        _from_compound(decision, compound, market)
    else:
        _without_amount(decision, lines, low, market)
    if decision.elemental and _are_its_parts(compound, decision.elemental):
        _parts_into(decision, compound)
    else:
        _compounds(decision, _beside_first(compound, decision))
    return decision


def _beside_first(compound: list[Statement], decision: Decision) -> list[Statement]:
    """The compounds with those on the dose's own line first: "each capsule 500 mg ... three 1,500 mg = 210 mg"."""
    if len(compound) < 2 or not decision.evidence:
        return compound
    line = decision.evidence[0][0].line
    return sorted(compound, key=lambda s: s.line != line)


def _are_its_parts(compound: list[Statement], total: Decimal) -> bool:
    """Whether rows of compounds add up to the metal's amount: "300 mg, of it 100 from citrate, 200 from oxide"."""
    parts = parts_of(compound)
    return len(parts) == len(compound) > 1 and near(sum(parts.values(), Decimal(0)), total)


def _swap_equivalents(elemental: list[Statement], compound: list[Statement]) -> None:
    """ "Magnesium (as citrate) 618 mg, equivalent to magnesium 100 mg": the first amount is the compound's weight."""
    for first in list(elemental):
        for second in elemental:
            if second is first or not second.explicit or first.explicit or second.mg is None or first.mg is None:
                continue
            if (
                first.forms
                and first.percent is None
                and not (second.forms and set(second.forms) < set(first.forms))
                and second.line == first.line
                and first.end <= second.start
                and second.mg < first.mg * Decimal("0.7")
            ):
                elemental.remove(first)
                first.kind = "compound"
                compound.append(first)
                break


def _swap_by_share(elemental: list[Statement], compound: list[Statement]) -> None:
    """ "Magnésium (pidolate de) 1500 mg" and "Magnésium 122 mg": the form's share of magnesium tells which is which."""
    bare = [s for s in elemental if not s.forms and s.mg]
    for first in list(elemental):
        fractions = FORMS[first.forms[0]].fractions if len(first.forms) == 1 else None
        if fractions is None or first.mg is None or first.explicit or first.percent:
            continue
        least, most = (first.mg * share for share in fractions)
        if any(s.mg and least * Decimal("0.9") <= s.mg <= most * Decimal("1.1") for s in bare):
            elemental.remove(first)
            first.kind = "compound"
            compound.append(first)


def _proven_by_percent(elemental: list[Statement], compound: list[Statement], market: str | None) -> None:
    """A compound row whose amount the printed percent fits states elemental magnesium: "Magnesium Oxide 400 mg 95%"."""
    for statement in list(compound):
        if (
            statement.percent
            and statement.mg
            and not statement.nested
            and fits(statement.mg, statement.percent, market)
        ):
            compound.remove(statement)
            statement.kind = "elemental"
            elemental.append(statement)


def _from_elemental(
    decision: Decision,
    elemental: list[Statement],
    compound: list[Statement],
    low: str,
    serving: Portion | None,
    market: str | None,
) -> None:
    """The dose of the statement of the total, with the percent as referee."""
    pool = once([s for s in elemental if not s.per_100] or elemental)
    chosen, rule = choose(pool, low, serving, market)
    decision.forms = exact_forms((*([chosen] if chosen else []), *elemental, *compound))
    if chosen is None:
        _from_parts(decision, pool, low)
        return
    mg, percent, decision.column = pick_column(chosen, low, serving, decision.columns, market)
    decision.percent = percent = percent_of(chosen, mg, percent, compound, low, market)
    decision.evidence = [(chosen, rule)]
    decision.evidence += [(s, "part") for s in pool if s is not chosen and s.forms]
    if mg is None:
        return
    if chosen.bound or mg > _MOST_MAGNESIUM:
        decision.bounds = (Decimal(0), mg) if chosen.bound == "<" else None
        return
    if percent:
        decision.daily_values = fits(mg, percent, market)
        if not decision.daily_values and impossible(mg, percent, market):
            _referee(decision, percent, compound, market, chosen)
            return
    elif (other := _crossed(mg, compound, market)) and other.percent:
        _swap(decision, chosen, other, other.percent, market)
        return
    decision.elemental, decision.basis = mg, "declared"
    if chosen.high is not None and is_range(chosen):
        decision.elemental, decision.basis = None, "undetermined"
        decision.bounds = min(mg, chosen.high), max(mg, chosen.high)
    _parts_into(decision, [s for s in pool if s is not chosen])


def _from_parts(decision: Decision, pool: list[Statement], low: str) -> None:
    """The sum of amounts that each name a form of their own; otherwise they contradict each other."""
    several = each_of_its_own(pool, low) or of_several_products(pool, low)
    parts = {} if several else parts_of(pool)
    if parts:
        decision.elemental, decision.basis = sum(parts.values(), Decimal(0)), "sum"
        percents = {s.percent for s in pool if s.percent}
        decision.percent = percents.pop() if len(percents) == 1 else None
    decision.evidence = [(s, "sum.part" if parts else "conflict") for s in pool]
    _parts_into(decision, pool)


def _parts_into(decision: Decision, pool: list[Statement]) -> None:
    for statement in pool:
        if len(statement.forms) == 1:
            decision.sources.append((statement.forms[0], _in_column(statement, decision), None, statement))


def _in_column(statement: Statement, decision: Decision) -> Decimal | None:
    """A row's amount in the serving's column, where it has as many columns as the dose's row."""
    if not decision.column or len(statement.columns) != len(decision.columns):
        return statement.mg
    return statement.columns[decision.column][0]


def _referee(
    decision: Decision, percent: Decimal, compound: list[Statement], market: str | None, chosen: Statement
) -> None:
    """The printed percent proves a crossed row, or that the amount is the compound's weight; else nothing is known."""
    for other in compound:
        if other.mg and fits(other.mg, percent, market):
            _swap(decision, chosen, other, percent, market)
            return
    decision.basis = "undetermined"


def _crossed(mg: Decimal, compound: list[Statement], market: str | None) -> Statement | None:
    """The compound's row whose percent fits its own amount alone, one that the metal's row can hold as a compound."""
    rows = [s for s in compound if s.percent and s.mg]
    if len(rows) != 1 or rows[0].mg is None or rows[0].percent is None or rows[0].mg >= mg:
        return None
    (other,) = rows
    fractions = FORMS[other.forms[0]].fractions if other.forms else None
    most = mg * (fractions[1] if fractions else _RICHEST_CHELATE) * Decimal("1.05")
    if rows[0].mg > most or fits(mg, rows[0].percent, market) or not fits(rows[0].mg, rows[0].percent, market):
        return None
    return other


def _swap(decision: Decision, chosen: Statement, other: Statement, percent: Decimal, market: str | None) -> None:
    """Read two rows as swapped: the compound's amount is the metal's."""
    assert other.mg is not None
    decision.elemental, decision.basis, decision.percent = other.mg, "declared", percent
    decision.daily_values = fits(other.mg, percent, market)
    decision.evidence.append((other, "crossed.rows"))
    other.mg, chosen.mg = chosen.mg, other.mg


def _from_compound(decision: Decision, compound: list[Statement], market: str | None) -> None:
    decision.forms = exact_forms(compound)
    decision.evidence = [(s, "compound.weight") for s in compound]
    percents = [s.percent for s in compound if s.percent]
    if len(percents) == 1:
        decision.percent = percents[0]
        decision.basis = "from_percent_dv"
        decision.bounds = band(percents[0], _likely(market))
        return
    if len(compound) == 1 and compound[0].mg and compound[0].share:
        decision.elemental = (compound[0].mg * compound[0].share / 100).quantize(Decimal("0.01"))
        decision.basis = "from_compound"
    elif len(compound) == 1 and compound[0].mg:
        ranges = [FORMS[f].fractions for f in compound[0].forms]
        if len(ranges) == 1 and ranges[0]:
            low, high = ranges[0]
            cent = Decimal("0.1")
            decision.bounds = ((compound[0].mg * low).quantize(cent), (compound[0].mg * high).quantize(cent))
            decision.basis = "from_compound"


def _without_amount(decision: Decision, lines: Sequence[Line], low: str, market: str | None) -> None:
    """A number whose unit stands in a heading, or a row of magnesium with a percent only."""
    if stated := unit_in_heading(lines, low):
        decision.elemental, decision.basis = stated.mg, "declared"
        decision.evidence, decision.used = [(stated, "declared")], True
    elif stated := percent_row(lines, low):
        assert stated.percent is not None
        decision.percent, decision.basis = stated.percent, "from_percent_dv"
        decision.bounds = band(stated.percent, _likely(market))
        decision.forms = stated.forms
        decision.evidence, decision.used = [(stated, "percent.daily.value")], True


def _likely(market: str | None) -> list[Decimal]:
    """The Daily Values of adults that a bare percent may be of."""
    values = [v for v in daily_values(market) if v >= 300]
    return values if market else [v for v in values if v >= 375]


def _compounds(decision: Decision, compound: list[Statement]) -> None:
    for statement in compound:
        if statement.mg is None or (statement.per_100 and len(compound) > 1):
            continue
        if len(statement.forms) == 1:
            form = statement.forms[0]
            mg = None if is_range(statement) else _in_column(statement, decision)
            known = next((i for i, s in enumerate(decision.sources) if s[0] == form and s[2] is None), None)
            if known is not None:
                decision.sources[known] = (form, decision.sources[known][1], mg, statement)
            elif not any(s[0] == form for s in decision.sources):
                decision.sources.append((form, None, mg, statement))
