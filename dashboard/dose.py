"""From a daily target to units a day and their cost. Pure: no catalog, no page."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import ROUND_CEILING, Decimal
from typing import TYPE_CHECKING

from checker import UPPER_LIMITS, UpperLimit

if TYPE_CHECKING:
    from catalog import ComparisonRow

DAYS_A_MONTH = 30
COUNTED = frozenset({"capsule", "tablet", "softgel", "gummy", "sachet", "vial"})
"""Units that are counted; of what is measured (scoops, spoons, drops, grams) a whole serving is the smallest step."""
NEAR = Decimal("1.5")
"""Times the target that a day may give and still stand for it: whole units of a strong product give far more."""
_ROUNDING = Decimal("0.001")
"""Of units and of mg: the catalog keeps 400 mg in three capsules as 133.333333 mg, three of which are 400 mg."""


@dataclass(frozen=True, slots=True)
class Plan:
    """What one product needs to reach a target."""

    row: ComparisonRow
    count: Decimal
    """Units or servings a day, whole."""
    unit: str
    """What is counted: "capsule", "serving" ..."""
    step_mg: Decimal
    """Elemental mg of one of them: the smallest step by which a dose can be raised."""
    mg_a_day: Decimal
    """Elemental mg that the whole count gives: the target or a little more."""
    cost_a_day: Decimal
    """In the row's currency."""

    @property
    def servings(self) -> Decimal:
        """The label's servings that the whole count makes."""
        return self.mg_a_day / self.row.elemental_mg if self.row.elemental_mg else self.count

    @property
    def above(self) -> tuple[UpperLimit, ...]:
        """The upper limits that the day passes, the lowest first."""
        return tuple(sorted((one for one in UPPER_LIMITS if self.mg_a_day > one.mg), key=lambda one: one.mg))

    @property
    def cost_a_month(self) -> Decimal:
        """Of 30 days, in the row's currency."""
        return self.cost_a_day * DAYS_A_MONTH


def plan(row: ComparisonRow, target_mg: Decimal) -> Plan | None:
    """Units a day for a target of elemental mg (above 0); None when the label's dose or the price is not known."""
    step, unit = _step(row)
    if not step or row.price_per_100mg is None or row.availability == "out_of_stock":
        return None
    count = max((target_mg / step - _ROUNDING).to_integral_value(ROUND_CEILING), Decimal(1))
    amount = (count * step).quantize(_ROUNDING)
    return Plan(row, count, unit, step, amount, row.price_per_100mg * amount / 100)


def plans(rows: Iterable[ComparisonRow], target_mg: Decimal) -> list[Plan]:
    """The plans that can be made, the cheapest day first; all rows are in one currency."""
    found = [made for row in rows if (made := plan(row, target_mg))]
    return sorted(found, key=lambda made: (made.cost_a_day, made.row.title))


def parted(made: Iterable[Plan], target_mg: Decimal) -> tuple[list[Plan], list[Plan]]:
    """The plans that give about the target, and those that give more than `NEAR` times as much; each in their order."""
    near: list[Plan] = []
    far: list[Plan] = []
    for one in made:
        (far if one.mg_a_day > NEAR * target_mg else near).append(one)
    return near, far


def _step(row: ComparisonRow) -> tuple[Decimal | None, str]:
    """Elemental mg of the smallest whole step, and its unit."""
    if row.elemental_mg_per_unit is not None and row.serving_unit in COUNTED:
        return row.elemental_mg_per_unit, row.serving_unit
    return row.elemental_mg, "serving"
