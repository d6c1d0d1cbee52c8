"""Checks of a label's rows against each other: parts and total, magnesium and compound weight."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from itertools import pairwise

from checker.checks.amounts import amount_in, dose_quote, fitting, half_step, mark, near, say, say_forms, say_range
from checker.checks.buffered import Outcome, oxide_interval, pure_form_outcome
from checker.checks.registry import label_check, make_finding
from checker.forms import FORMS
from checker.models import Finding, Label, MagnesiumSource, Quote, Severity
from checker.reference_values import daily_values

_NEXT_TO = 64
"""Most characters between a total and its first part, and from part to part: no row that was not understood fits in."""
_OXIDE_FRACTION = FORMS["oxide"].species[0].fraction


@label_check("percent", "sources")
def crossed_rows(label: Label) -> Finding | None:
    """Nested rows where only the swapped reading fits the percentage."""
    swapped = next((quote for quote in label.quotes if quote.rule == "crossed.rows"), None)
    mg, percent, compound = label.elemental_mg, label.percent_dv, label.compound_mg
    if swapped is None or mg is None or percent is None or compound is None or compound <= mg:
        return None
    values = daily_values(label.market)
    if not any(fitting(mg, percent, values)) or any(fitting(compound, percent, values)):
        return None
    return make_finding(
        "crossed-rows",
        f"The label prints {say(compound)} mg in the row of magnesium and {say(mg)} mg in that of the compound; its "
        f"{say(percent)} % of the Daily Value fit only {say(mg)} mg of magnesium, so the rows are swapped.",
        f"{label.quotes[0].quote}; {swapped.quote}" if label.quotes[0] is not swapped else swapped.quote,
        {"magnesium_row_mg": compound, "compound_row_mg": mg, "percent_dv": percent},
    )


@label_check("sources")
def sum_mismatch(label: Label) -> Finding | None:
    """A total with the magnesium of each of its sources right below, and these do not add up to it."""
    if len(label.sources) < 2 or not label.quotes:
        return None
    parts = [(source.elemental_mg, source.span) for source in label.sources if not source.inferred]
    amounts = [mg for mg, _ in parts if mg is not None]
    if len(amounts) < len(parts) or len({source.form for source in label.sources}) < len(label.sources):
        return None
    total = _total(label, amounts)
    if total is None or not _in_a_row([total[1].span, *(span for _, span in parts)]):
        return None
    if any(near(mg, total[0]) for mg in amounts):
        return None
    total_mg, sum_mg = total[0], sum(amounts, Decimal(0))
    rounding = half_step(total_mg) + sum(map(half_step, amounts), Decimal(0))
    if abs(sum_mg - total_mg) <= rounding or _of_other_units(total_mg, sum_mg):
        return None
    return make_finding(
        "sum-mismatch",
        f"The label states {say(total_mg)} mg of magnesium, but the parts below it add up to {say(sum_mg)} mg.",
        "; ".join([total[1].quote, *(source.quote for source in label.sources)]),
        {"total_mg": total_mg, "sum_mg": sum_mg} | {f"part_{n}_mg": mg for n, mg in enumerate(amounts, 1)},
    )


def _total(label: Label, amounts: Sequence[Decimal]) -> tuple[Decimal, Quote] | None:
    """The stated total with its quote: the dose, or the one amount of a conflict that is no part."""
    if label.elemental_mg is not None:
        return (label.elemental_mg, label.quotes[0]) if label.basis == "declared" else None
    rest = list(amounts)
    others = []
    for quote in label.quotes:
        mg = amount_in(quote.quote) if quote.rule == "conflict" else None
        if mg in rest:
            rest.remove(mg)
        elif mg is not None:
            others.append((mg, quote))
    return others[0] if len(others) == 1 and not rest else None


def _in_a_row(spans: Sequence[tuple[int, int] | None]) -> bool:
    """Whether rows follow each other closely in the text."""
    known = [span for span in spans if span is not None]
    gaps = [after[0] - before[1] for before, after in pairwise(known)]
    return len(known) == len(spans) and all(0 <= gap <= _NEXT_TO for gap in gaps)


def _of_other_units(total: Decimal, parts: Decimal) -> bool:
    """Whether one is a small multiple of the other: then the one may be for a serving and the other for a unit."""
    if min(total, parts) <= 0:
        return True
    ratio = max(total, parts) / min(total, parts)
    return ratio > Decimal("1.5") and near(ratio * 100, ratio.to_integral_value() * 100)


@label_check("sources")
def exceeds_pure_form(label: Label) -> Finding | None:
    """A source gives more magnesium than its compound weight can hold as the pure form."""
    for source in label.sources:
        if source.compound_mg is None or (elemental := _elemental(label, source)) is None:
            continue
        if elemental >= source.compound_mg:
            continue  # the same number printed twice, or numbers of different things
        outcome = pure_form_outcome(source.form, elemental, source.compound_mg)
        if outcome == "borderline" and mark(label, "medicine"):
            continue  # antacids and laxatives print magnesium to the nearest 5 mg: 21 CFR 201.71(c)
        if outcome in ("borderline", "exceeds"):
            return _exceeds(source, elemental, source.compound_mg, outcome)
    return None


def _elemental(label: Label, source: MagnesiumSource) -> Decimal | None:
    """The magnesium of a source: its own, or the label's when it is the only form.

    Not the label's when even oxide could not hold it: then the two numbers are of different things.
    """
    if source.elemental_mg is not None or source.compound_mg is None:
        return source.elemental_mg
    mg = label.elemental_mg if label.basis == "declared" and label.forms == (source.form,) else None
    return mg if mg is not None and mg <= source.compound_mg * _OXIDE_FRACTION else None


def _exceeds(source: MagnesiumSource, elemental: Decimal, compound: Decimal, outcome: Outcome) -> Finding:
    shares = oxide_interval(source.form, elemental, compound)
    message = (
        f"The label gives {say(elemental)} mg of magnesium from {say(compound)} mg of "
        f"{say_forms((source.form,))}, more than the pure form can supply"
    )
    numbers = {"elemental_mg": elemental, "compound_mg": compound}
    if outcome == "borderline":
        message += " unless both numbers are rounded to 10 mg"
    if shares is None:
        message += "; not even magnesium oxide holds that much"
    else:
        low, high = ((share * 100).quantize(Decimal(1)) for share in shares)
        message += f"; consistent with a buffered blend that has {say_range(low, high)} % of its magnesium from oxide"
        numbers |= {"oxide_share_low_percent": low, "oxide_share_high_percent": high}
    severity: Severity = "info" if outcome == "borderline" else "warning"
    return make_finding("exceeds-pure-form", f"{message}.", source.quote, numbers, severity)


@label_check("range")
def compound_only(label: Label) -> Finding | None:
    """Only the weight of the compound is printed: the magnesium in it can only be bounded."""
    if label.basis != "from_compound" or label.elemental_mg is not None or label.elemental_range is None:
        return None
    low, high = label.elemental_range
    weights = {f"compound_{s.form}_mg": s.compound_mg for s in label.sources if s.compound_mg is not None}
    return make_finding(
        "compound-only",
        f"The label gives only the weight of the compound; that is {say_range(low, high)} mg of magnesium.",
        dose_quote(label),
        {"elemental_low_mg": low, "elemental_high_mg": high, **weights},
    )
