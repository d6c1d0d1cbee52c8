"""Checks of amounts: Daily Values, upper levels, sums, compound weights."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from decimal import Decimal

from checker.checks.amounts import HALF, dose_quote, half_step, near, say, say_forms, say_range
from checker.checks.buffered import Outcome, oxide_interval, pure_form_outcome
from checker.checks.reference import DailyValue, daily_values, upper_limit
from checker.checks.registry import label_check, make_finding
from checker.models import Finding, Label, MagnesiumSource, Severity

_PREGNANCY = re.compile(r"(?:pr[eé]|post)[ -]?natal|pregnan|lactat|nursing|matern|expecting", re.IGNORECASE)
"""Words of products whose Daily Value is that of pregnant or lactating women."""


@label_check
def above_upper_limit(label: Label) -> Finding | None:
    """Elemental magnesium of the directed day, else of a serving, above the market's upper level."""
    bounds = label.elemental_range
    least = label.elemental_mg if label.elemental_mg is not None else bounds and bounds[0]
    if least is None:
        return None
    directed = label.servings_per_day
    day = least * directed[1] if directed else least
    limit = upper_limit(label.market)
    if day <= limit.mg:
        return None
    when = f"As directed, up to {say(directed[1])} servings a day give" if directed else "One serving gives"
    amount = say(day) if label.elemental_mg is not None else f"at least {say(day)}"
    return make_finding(
        "above-upper-limit",
        f"{when} {amount} mg of magnesium, above the {say(limit.mg)} mg a day that the {limit.body} sets as the upper "
        "level for magnesium from supplements.",
        dose_quote(label),
        {"elemental_mg_per_day": day, "upper_limit_mg": limit.mg},
    )


def fitting(mg: Decimal, percent: Decimal, values: Iterable[DailyValue]) -> Iterator[DailyValue]:
    """The Daily Values of which a printed amount in mg and a printed percentage can be the same share, both rounded."""
    step = half_step(mg)
    low, high, least, most = (mg - step) * 100, (mg + step) * 100, percent - HALF, percent + HALF
    for value in values:
        if low <= most * value.mg and high >= least * value.mg:
            yield value


@label_check
def percent_dv_mismatch(label: Label) -> Finding | None:
    """The printed percentage fits no Daily Value of the market, those of children and pregnancy included."""
    mg, percent = label.elemental_mg, label.percent_dv
    if mg is None or percent is None:
        return None
    values = daily_values(label.market)
    if any(True for _ in fitting(mg, percent, values)):
        return None
    nearest = min((value.mg for value in values), key=lambda value: abs(mg * 100 / value - percent))
    return make_finding(
        "percent-dv-mismatch",
        f"The label prints {say(percent)} % for {say(mg)} mg of magnesium; with the nearest Daily Value of "
        f"{say(nearest)} mg that amount is {say(mg * 100 / nearest)} %.",
        dose_quote(label),
        {"elemental_mg": mg, "percent_dv": percent, "daily_value_mg": nearest},
    )


@label_check
def old_daily_value(label: Label) -> Finding | None:
    """The printed percentage fits only a US Daily Value of before 2020; 400 mg is not old on a prenatal label."""
    mg, percent = label.elemental_mg, label.percent_dv
    if mg is None or percent is None:
        return None
    old, in_pregnancy = None, False
    for value in fitting(mg, percent, daily_values(label.market)):
        if value.current and value.group != "pregnancy":
            return None
        in_pregnancy |= value.current
        old = old or (None if value.current else value)
    if old is None or (in_pregnancy and _for_pregnancy(label)):
        return None
    return make_finding(
        "old-daily-value",
        f"The label prints {say(percent)} % for {say(mg)} mg of magnesium, which fits the US Daily Value of before "
        f"2020 ({say(old.mg)} mg), not today's.",
        dose_quote(label),
        {"elemental_mg": mg, "percent_dv": percent, "daily_value_mg": old.mg},
    )


def _for_pregnancy(label: Label) -> bool:
    words = [quote.quote for quote in label.quotes] + [claim.quote for claim in label.claims]
    return any(_PREGNANCY.search(text) for text in words)


@label_check
def sum_mismatch(label: Label) -> Finding | None:
    """Every form has its own amount of magnesium, and they do not add up to the stated total."""
    total = label.elemental_mg
    if total is None or len(label.sources) < 2 or label.basis != "declared":
        return None
    parts = [source.elemental_mg for source in label.sources if not source.inferred]
    if len(parts) < 2 or None in parts or len({source.form for source in label.sources}) < len(label.sources):
        return None
    sum_mg = sum((part for part in parts if part is not None), Decimal(0))
    rounding = half_step(total) + sum((half_step(part) for part in parts if part is not None), Decimal(0))
    if abs(sum_mg - total) <= rounding or any(part is not None and near(part, total) for part in parts):
        return None
    return make_finding(
        "sum-mismatch",
        f"The label states {say(total)} mg of magnesium in all, but its parts add up to {say(sum_mg)} mg.",
        "; ".join(dict.fromkeys(source.quote for source in label.sources)),
        {"total_mg": total, "sum_mg": sum_mg},
    )


@label_check
def exceeds_pure_form(label: Label) -> Finding | None:
    """A source gives more magnesium than its compound weight can hold as the pure form."""
    for source in label.sources:
        if source.compound_mg is None:
            continue
        elemental = source.elemental_mg
        if elemental is None and len(label.sources) == 1 and label.basis == "declared":
            elemental = label.elemental_mg
        if elemental is None:
            continue
        outcome = pure_form_outcome(source.form, elemental, source.compound_mg)
        if outcome in ("borderline", "exceeds"):
            return _exceeds(source, elemental, source.compound_mg, outcome)
    return None


def _exceeds(source: MagnesiumSource, elemental: Decimal, compound: Decimal, outcome: Outcome) -> Finding:
    name, shares = say_forms((source.form,)), oxide_interval(source.form, elemental, compound)
    message = (
        f"The label gives {say(elemental)} mg of magnesium from {say(compound)} mg of {name}, more than the pure form "
        "can supply"
    )
    numbers = {"elemental_mg": elemental, "compound_mg": compound}
    if outcome == "borderline":
        message += " unless both numbers are rounded to 10 mg"
    if shares is None:
        message += "; not even magnesium oxide holds that much"
    else:
        percents = [(share * 100).quantize(Decimal(1)) for share in shares]
        message += (
            f"; consistent with a buffered (oxide) blend with {say_range(*percents)} % of the magnesium from oxide"
        )
        numbers |= {"oxide_share_low_percent": percents[0], "oxide_share_high_percent": percents[1]}
    severity: Severity = "info" if outcome == "borderline" else "warning"
    return make_finding("exceeds-pure-form", f"{message}.", source.quote, numbers, severity)


@label_check
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
