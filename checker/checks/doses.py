"""Checks of the amount against upper levels and Daily Values."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal

from checker.checks.amounts import HALF, dose_quote, fitting, mark, printed_amount, say
from checker.checks.registry import label_check, make_finding
from checker.models import Finding, Label
from checker.reference_values import DailyValue, daily_values, upper_limit, vintages

_HUNDRED = Decimal(100)
"""g or mL of a composition, which nobody takes as a serving."""
_THOUSAND = Decimal(1000)
_LARGEST_DOSE = Decimal(1000)
"""mg; a corrected unit that gives more than this is not believed."""


@label_check()
def above_upper_limit(label: Label) -> Finding | None:
    """Elemental magnesium of the directed day, else of a serving, above the market's upper level for supplements."""
    bounds = label.elemental_range
    least = label.elemental_mg if label.elemental_mg is not None else bounds and bounds[0]
    if least is None:
        return None
    serving, directed = label.serving, label.servings_per_day
    if serving is not None and serving.quantity == _HUNDRED and serving.unit in ("g", "ml"):
        return None
    day = least * directed[1] if directed else least
    limit = upper_limit(label.market)
    if day <= limit.mg + HALF or mark(label, "medicine"):
        return None
    when = "One serving gives" if serving else "The label states"
    if directed:
        when = f"A day as directed gives{' up to' if directed[0] < directed[1] else ''}"
    amount = say(day) if label.elemental_mg is not None else f"at least {say(day)}"
    return make_finding(
        "above-upper-limit",
        f"{when} {amount} mg of magnesium, above the upper level of {say(limit.mg)} mg a day for magnesium from "
        f"supplements ({limit.body}).",
        dose_quote(label),
        {"elemental_mg_per_day": day, "upper_limit_mg": limit.mg},
    )


def _corrected(mg: Decimal, percent: Decimal, values: Iterable[DailyValue]) -> Decimal | None:
    """The amount a factor of 1,000 away that the percentage fits as a Daily Value of adults; 0 % proves nothing."""
    if percent < 1:
        return None
    adults = [value for value in values if value.group == "adults"]
    for other in (mg * _THOUSAND, mg / _THOUSAND):
        if 1 <= other <= _LARGEST_DOSE and any(fitting(other, percent, adults)):
            return other
    return None


@label_check("odd_percent")
def unit_slip(label: Label) -> Finding | None:
    """The percentage fits no Daily Value with the printed unit, and fits one with another unit."""
    percent = label.percent_dv
    if percent is None or (mg := printed_amount(label)) is None:
        return None
    values = daily_values(label.market)
    if any(fitting(mg, percent, values)) or (other := _corrected(mg, percent, values)) is None:
        return None
    return make_finding(
        "unit-slip",
        f"The label prints {_own_unit(mg)} of magnesium with {say(percent)} % of the Daily Value; that percentage is "
        f"right for {say(other)} mg, so the unit is mistyped.",
        dose_quote(label),
        {"printed_mg": mg, "percent_dv": percent, "fitting_mg": other},
    )


def _own_unit(mg: Decimal) -> str:
    """An amount in the unit that a label would print it in."""
    if mg >= _THOUSAND:
        return f"{say(mg / _THOUSAND)} g"
    return f"{say(mg)} mg" if mg >= 1 else f"{say(mg * _THOUSAND)} mcg"


@label_check("odd_percent")
def percent_dv_mismatch(label: Label) -> Finding | None:
    """The printed percentage fits no Daily Value of the market, those of children and pregnancy included."""
    percent = label.percent_dv
    if percent is None or (mg := printed_amount(label)) is None:
        return None
    values = daily_values(label.market)
    if any(fitting(mg, percent, values)) or _corrected(mg, percent, values) is not None:
        return None
    adults = [value.mg for value in values if value.group == "adults"]
    nearest = min(adults, key=lambda value: abs(mg * 100 / value - percent))
    return make_finding(
        "percent-dv-mismatch",
        f"The label prints {say(percent)} % of the Daily Value for {say(mg)} mg of magnesium, which fits none; "
        f"of the nearest one, {say(nearest)} mg, it is {say(mg * 100 / nearest)} %.",
        dose_quote(label),
        {"printed_mg": mg, "percent_dv": percent, "daily_value_mg": nearest},
    )


@label_check("dose", "odd_percent")
def old_daily_value(label: Label) -> Finding | None:
    """The printed percentage fits only a US Daily Value of before 2020; 400 mg is not old on a prenatal label."""
    mg, percent = label.elemental_mg, label.percent_dv
    if mg is None or percent is None:
        return None
    old, in_pregnancy = None, False
    for value in fitting(mg, percent, vintages(label.market)):
        if value.current and value.group != "pregnancy":
            return None
        in_pregnancy |= value.current
        old = old or (None if value.current or "US" not in value.markets else value)
    if old is None or (in_pregnancy and mark(label, "pregnancy")):
        return None
    return make_finding(
        "old-daily-value",
        f"The label prints {say(percent)} % for {say(mg)} mg of magnesium, which fits the US Daily Value of before "
        f"2020 ({say(old.mg)} mg), not today's.",
        dose_quote(label),
        {"elemental_mg": mg, "percent_dv": percent, "daily_value_mg": old.mg},
    )


@label_check("marks")
def laxative_dose(label: Label) -> Finding | None:
    """The label of a laxative or antacid."""
    if not label.has_magnesium or (found := mark(label, "medicine")) is None:
        return None
    return make_finding(
        "laxative-dose", "The label is that of a laxative or antacid, a medicine and not a supplement.", found.quote
    )
