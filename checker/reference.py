"""Reference values that a printed percent may be of."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal
from functools import cache, lru_cache

from checker import reference_values


@cache
def daily_values(market: str | None) -> tuple[Decimal, ...]:
    """Every Daily Value (mg) that a label of the market may use, now or before, for adults, pregnancy and children."""
    return tuple(dict.fromkeys(value.mg for value in reference_values.daily_values(market)))


@lru_cache(maxsize=4096)
def fits(mg: Decimal, percent: Decimal, market: str | None) -> tuple[Decimal, ...]:
    """The Daily Values of which `mg` is the printed whole percent; both numbers may be rounded.

    Values that fit exact rounding are given alone; only when there is none, those that fit a percent cut off, or
    printed from an amount before it was rounded.
    """
    values = daily_values(market)
    exact = tuple(dv for dv in values if _within(mg, percent, dv, Decimal("0.5"), Decimal("0.05")))
    if exact:
        return exact
    slack = Decimal("0.5") if mg >= 10 else Decimal("0.06")
    if mg >= 250 and mg % 10 == 0:
        slack = Decimal(5)
    step = Decimal("1.01") if percent >= 1 else Decimal("0.6")
    if percent > 100 or percent % 5 == 0:
        step = max(step, percent * Decimal("0.012"))
    return tuple(dv for dv in values if _within(mg, percent, dv, step, slack))


def _within(mg: Decimal, percent: Decimal, value: Decimal, step: Decimal, slack: Decimal) -> bool:
    return (percent - step) * value / 100 - slack <= mg <= (percent + step) * value / 100 + slack


def band(percent: Decimal, values: Iterable[Decimal]) -> tuple[Decimal, Decimal]:
    """Least and most mg of which the percent may be printed."""
    known = list(values)
    half = Decimal("0.5")
    low = max(percent - half, Decimal(0)) * min(known) / 100
    return low.quantize(Decimal("0.1")), ((percent + half) * max(known) / 100).quantize(Decimal("0.1"))


def impossible(mg: Decimal, percent: Decimal, market: str | None) -> bool:
    """Whether an amount is off by a factor of two or more from the percent of every Daily Value."""
    ratios = [mg * 100 / (percent * value) for value in daily_values(market)]
    return all(ratio >= 2 or ratio <= Decimal("0.5") for ratio in ratios)
