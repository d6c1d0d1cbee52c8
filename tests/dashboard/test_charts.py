"""From price points to charts."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from catalog import OfferPeriod, PricePoint
from dashboard import charts


def point(form: str, price: str, title: str = "x", unit: Decimal | None = None) -> PricePoint:
    return PricePoint(form, "acme", title, title, Decimal(price), unit, contains_oxide=form == "oxide")


def strip(points: list[PricePoint], medians: dict[str, Decimal] | None = None) -> dict[str, Any]:
    return charts.price_strip(points, medians or {}, "USD")


def marks(chart: dict[str, Any]) -> list[dict[str, Any]]:
    """What the chart draws, in its order."""
    found: list[dict[str, Any]] = chart["data"]["values"]["features"]
    return found


def test_leading_forms_stand_first_and_the_unstated_last() -> None:
    given = ["unspecified", "taurate", "oxide", "blend", "glycinate", "taurate"]
    assert charts.form_order(given) == ["glycinate", "oxide", "taurate", "blend", "unspecified"]


def test_every_product_is_a_mark_in_its_form() -> None:
    chart = strip([point("oxide", "0.02"), point("glycinate", "0.30", "Calm\nGlycinate", Decimal(100))])
    oxide, glycinate = marks(chart)
    assert (oxide["form"], oxide["kind"]) == ("Oxide", "product with oxide")
    assert (oxide["shown"], oxide["unit"]) == ("0.020 USD", "not stated")
    assert (glycinate["product"], glycinate["price"], glycinate["unit"]) == ("Calm Glycinate", 0.3, "100")
    assert chart["encoding"]["y"]["sort"] == ["Glycinate", "Oxide"]
    assert "USD" in chart["encoding"]["x"]["title"]


def test_the_price_axis_has_round_ticks_where_the_products_are() -> None:
    assert charts.price_ticks(Decimal("2.5")) == [0, 0.05, 0.1, 0.2, 0.5, 1, 2]
    assert charts.price_ticks(Decimal(70)) == [0, 1, 2, 5, 10, 20, 50]
    axis = strip([point("oxide", "0.02"), point("glycinate", "0.30")])["encoding"]["x"]["axis"]
    assert axis["values"] == charts.price_ticks(Decimal("0.30"))


def test_each_kind_of_mark_has_a_shape_of_its_own() -> None:
    scale = strip([point("oxide", "0.02")])["encoding"]["shape"]["scale"]
    assert scale["domain"] == ["median", "product", "product with oxide"]
    assert len(set(scale["range"])) == 3


def test_the_median_given_is_the_bar_drawn() -> None:
    bar, product = marks(strip([point("malate", "0.5")], {"malate": Decimal("0.4")}))
    assert (bar["kind"], bar["price"], bar["form"]) == ("median", 0.4, "Malate")
    assert bar["size"] > product["size"]


def test_a_click_tells_the_form() -> None:
    chart = strip([point("malate", "0.5")])
    assert [param["select"]["fields"] for param in chart["params"] if param["name"] == charts.PICKED] == [["key"]]
    assert marks(chart)[0]["key"] == "malate"


def test_oxide_is_marked_also_where_another_form_is_named() -> None:
    buffered = PricePoint("glycinate", "acme", "1", "Buffered", Decimal("0.1"), None, contains_oxide=True)
    assert marks(strip([buffered]))[0]["kind"] == "product with oxide"


def period(price: str | None, since: int, until: int | None, name: str = "", currency: str = "USD") -> OfferPeriod:
    days = [None if day is None else datetime(2026, 1, day, tzinfo=UTC) for day in (since, until)]
    assert days[0]
    return OfferPeriod(name, None, None, price and Decimal(price), currency, "in_stock", days[0], days[1])


def test_a_price_lasts_from_its_first_day_to_its_last() -> None:
    periods = [period("30", 1, 5), period("24", 5, None), period(None, 5, None), period("9", 1, None, "60", "EUR")]
    chart = charts.price_history(periods, "USD", datetime(2026, 1, 9, tzinfo=UTC))
    days = [(mark["price"], mark["when"][8:10], mark["pack"]) for mark in marks(chart)]
    assert days == [(30, "01", "one pack"), (30, "05", "one pack"), (24, "05", "one pack"), (24, "09", "one pack")]
    assert chart["encoding"]["y"]["title"] == "USD a pack"


def test_strength_leaves_out_what_states_no_unit() -> None:
    points = [point("malate", "0.5"), point("citrate", "0.2", "Plain", Decimal(150))]
    chart = charts.strength_scatter(points, "USD")
    assert [(mark["product"], mark["mg"], mark["price"]) for mark in marks(chart)] == [("Plain", 150.0, 0.2)]
