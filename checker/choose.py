"""Which of several statements of the metal is the total of a serving."""

from __future__ import annotations

import re
from decimal import Decimal

from checker.models import Serving
from checker.rows import Statement


def choose(pool: list[Statement], low: str, serving: Serving | None) -> tuple[Statement | None, str]:
    """The statement of the total; None when several differ and nothing tells which."""
    totals = [s for s in pool if s.total]
    if totals and _agree(totals):
        return totals[0], "total"
    if _agree(pool):
        return max(pool, key=lambda s: (s.percent is not None, len(s.forms))), "declared"
    with_percent = [s for s in pool if s.percent is not None]
    if with_percent and _agree(with_percent) and len(with_percent) < len(pool) and not parts_of(pool):
        rest = [s for s in pool if s.percent is None]
        if all(s.mg and with_percent[0].mg and s.mg <= with_percent[0].mg for s in rest):
            return with_percent[0], "row.percent"
    for statement in pool:
        rest = [s for s in pool if s is not statement and s.mg]
        if len(rest) > 1 and statement.mg and near(sum((s.mg for s in rest if s.mg), Decimal(0)), statement.mg):
            return statement, "total.of.parts"
    distinct = sorted({s.mg for s in pool if s.mg})
    if len(distinct) == 2:
        ratio = distinct[1] / distinct[0]
        quantity = serving.quantity if serving else None
        if quantity and quantity > 1 and near(ratio, quantity):
            return next(s for s in pool if s.mg == distinct[1]), "per.serving"
        if ratio == ratio.to_integral_value() and ratio <= 8 and not parts_of(pool) and not _same_unit(pool, low):
            per_unit = next(s for s in pool if s.mg == distinct[0])
            if quantity in (None, Decimal(1)):
                return per_unit, "per.unit"
    return None, ""


_UNIT_AFTER = re.compile(r"[^.\n\d]{0,30}?\b(?:per|each|pro|je|par|por|/) ?([^\W\d_]+)")


def _same_unit(pool: list[Statement], low: str) -> bool:
    """Whether different amounts are each said to be per the same unit: two strengths, not a unit and a serving."""
    units = [_UNIT_AFTER.match(low, s.end) for s in pool]
    return all(units) and len({u[1] for u in units if u}) == 1


def once(pool: list[Statement]) -> list[Statement]:
    """The statements without those that repeat one, such as the same dose in mmol."""
    kept: list[Statement] = []
    for statement in pool:
        twin = next((k for k in kept if k.mg and statement.mg and near(k.mg, statement.mg)), None)
        apart = twin and len(statement.forms) == 1 and len(twin.forms) == 1 and statement.forms != twin.forms
        if twin is None or apart or (statement.percent and not twin.percent) or len(statement.forms) > len(twin.forms):
            kept.append(statement)
    return kept


def _agree(pool: list[Statement]) -> bool:
    first = pool[0].mg
    return first is not None and all(s.mg is not None and near(s.mg, first) for s in pool)


def parts_of(pool: list[Statement]) -> dict[str, Decimal]:
    """Form -> mg when each statement names one form of its own."""
    out: dict[str, Decimal] = {}
    for statement in pool:
        if len(statement.forms) != 1 or statement.mg is None or statement.forms[0] in out:
            return {}
        out[statement.forms[0]] = statement.mg
    return out if len(out) > 1 else {}


def near(a: Decimal, b: Decimal) -> bool:
    """Equal but for rounding: within 0.6 mg or 1.5 %."""
    return abs(a - b) <= max(Decimal("0.6"), abs(b) * Decimal("0.015"))
