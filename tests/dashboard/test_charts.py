"""From price points to charts."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from catalog import PricePoint
from dashboard import charts


def point(form: str, price: str, title: str = "x", unit: Decimal | None = None) -> PricePoint:
    return PricePoint(form, "acme", title, title, Decimal(price), unit, contains_oxide=form == "oxide")


def drawn(points: list[PricePoint]) -> dict[str, Any]:
    return charts.price_strip(points, "USD").to_dict()


def test_leading_forms_stand_first_and_the_unstated_last() -> None:
    given = ["unspecified", "taurate", "oxide", "blend", "glycinate", "taurate"]
    assert charts.form_order(given) == ["glycinate", "oxide", "taurate", "blend", "unspecified"]


def test_every_product_is_a_mark_in_its_form() -> None:
    chart = drawn([point("oxide", "0.02"), point("glycinate", "0.30", "Calm\nGlycinate", Decimal(100))])
    oxide, glycinate = next(iter(chart["datasets"].values()))
    assert (oxide["form"], oxide["oxide"], oxide["shown"], oxide["unit"]) == ("Oxide", True, "0.020 USD", "not stated")
    assert (glycinate["product"], glycinate["price"], glycinate["unit"]) == ("Calm Glycinate", 0.3, "100")
    products = chart["layer"][1]["encoding"]
    assert products["y"]["sort"] == ["Glycinate", "Oxide"]
    assert products["shape"]["scale"]["range"] == ["circle", "triangle-up"]
    assert "USD" in products["x"]["title"]


def test_oxide_is_marked_also_where_another_form_is_named() -> None:
    buffered = PricePoint("glycinate", "acme", "1", "Buffered", Decimal("0.1"), None, contains_oxide=True)
    assert next(iter(drawn([buffered])["datasets"].values()))[0]["oxide"] is True


def test_one_product_is_a_chart_too() -> None:
    assert len(drawn([point("malate", "0.5")])["layer"]) == 2
