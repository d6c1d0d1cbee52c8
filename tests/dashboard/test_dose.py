"""Units a day and their cost: pure arithmetic."""

from __future__ import annotations

from decimal import Decimal

import pytest

from dashboard.dose import parted, plan, plans
from tests.dashboard.rows import row, unknown


@pytest.mark.parametrize(
    ("target", "count", "mg", "cost"),
    [("100", 1, "100", "0.20"), ("101", 2, "200", "0.40"), ("250", 3, "300", "0.60"), ("0.5", 1, "100", "0.20")],
)
def test_whole_units_reach_the_target(target: str, count: int, mg: str, cost: str) -> None:
    made = plan(row(), Decimal(target))
    assert made is not None
    assert (made.count, made.unit, made.mg_a_day) == (count, "capsule", Decimal(mg))
    assert made.cost_a_day == Decimal(cost)
    assert made.cost_a_month == 30 * Decimal(cost)


def test_a_powder_is_counted_in_servings() -> None:
    powder = row(serving_quantity=Decimal(5), serving_unit="g", elemental_mg_per_unit=Decimal(40))
    made = plan(powder, Decimal(250))
    assert made is not None
    assert (made.count, made.unit, made.step_mg) == (2, "serving", 200)


def test_what_is_not_known_or_not_to_be_had_is_not_planned() -> None:
    assert plan(unknown(), Decimal(200)) is None
    assert plan(row(price_per_100mg=None), Decimal(200)) is None
    assert plan(row(availability="out_of_stock"), Decimal(200)) is None
    assert plan(row(elemental_mg=Decimal(0), elemental_mg_per_unit=Decimal(0)), Decimal(200)) is None


def test_the_cheapest_day_comes_first_although_100_mg_cost_more() -> None:
    big = row(title="big", elemental_mg_per_unit=Decimal(300), price_per_100mg=Decimal("0.15"))
    small = row(title="small", elemental_mg_per_unit=Decimal(100), price_per_100mg=Decimal("0.20"))
    assert [made.row.title for made in plans([big, small], Decimal(200))] == ["small", "big"]


def test_what_gives_far_more_than_the_target_stands_apart() -> None:
    shelf = [row(title=str(mg), elemental_mg_per_unit=Decimal(mg)) for mg in (100, 150, 151, 400)]
    near, far = parted(plans(shelf, Decimal(100)), Decimal(100))
    assert [made.row.title for made in near] == ["100", "150"]
    assert [made.row.title for made in far] == ["151", "400"]


def test_a_day_tells_the_limits_that_it_passes_and_the_servings_that_it_takes() -> None:
    made = plan(row(), Decimal(300))
    assert made is not None
    assert made.servings == Decimal("1.5")
    assert [limit.body for limit in made.above] == ["EFSA"]
    within = plan(row(), Decimal(200))
    assert within is not None
    assert within.above == ()


@pytest.mark.parametrize(("per_unit", "serving"), [("133.333333", "400"), ("116.666667", "350"), ("83.333333", "250")])
def test_a_serving_that_does_not_divide_evenly_is_a_serving(per_unit: str, serving: str) -> None:
    mg = Decimal(serving)
    third = row(elemental_mg=mg, serving_quantity=Decimal(3), elemental_mg_per_unit=Decimal(per_unit))
    made = plan(third, mg)
    assert made is not None
    assert (made.count, made.mg_a_day, made.servings) == (3, mg, 1)
    assert all(limit.mg < mg for limit in made.above)
