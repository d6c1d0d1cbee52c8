"""From data to altair charts. Pure: no catalog, no page."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import altair as alt

from checker import LEADING_FORMS
from dashboard import words

if TYPE_CHECKING:
    from catalog import PricePoint

ACCENT, OXIDE = "#0d9488", "#ea580c"
"""Each has a contrast of more than 3 to 1 against the light and the dark background."""
_GOLDEN = 0.618033988749895
"""Multiples of the golden ratio spread points evenly without chance (https://en.wikipedia.org/wiki/Low-discrepancy_sequence)."""
_ROW_HEIGHT = 36


def form_order(forms: Sequence[str]) -> list[str]:
    """Forms in the order in which they are shown: the leading ones first, then as given, "not stated" last."""
    leading = [form for form in LEADING_FORMS if form in forms]
    rest = [form for form in dict.fromkeys(forms) if form not in LEADING_FORMS and form != "unspecified"]
    return leading + rest + ["unspecified"] * ("unspecified" in forms)


def price_strip(points: Sequence[PricePoint], currency: str) -> alt.LayerChart:
    """Price of 100 mg of elemental magnesium by form, one mark a product and a bar at each form's median.

    The price axis is a square-root scale, so that cheap oxide and dear threonate can both be read.
    """
    order = form_order([point.form_group for point in points])
    names = [_short_name(form) for form in order]
    data = {"values": [_mark(point, index, currency) for index, point in enumerate(points)]}
    base = alt.Chart(data).encode(
        x=alt.X(
            "price:Q",
            title=f"{currency} per 100 mg elemental magnesium",
            scale=alt.Scale(type="sqrt", zero=True),
            axis=alt.Axis(tickCount=6),
        ),
        y=alt.Y("form:N", sort=names, title=None, axis=alt.Axis(ticks=False, domain=False, labelLimit=130)),
    )
    products = base.mark_point(filled=True, size=55, opacity=0.8).encode(
        yOffset=alt.YOffset("spread:Q", scale=alt.Scale(domain=[-0.35, 1.35])),
        color=alt.Color("oxide:N", scale=alt.Scale(domain=[False, True], range=[ACCENT, OXIDE]), legend=None),
        shape=alt.Shape("oxide:N", scale=alt.Scale(domain=[False, True], range=["circle", "triangle-up"]), legend=None),
        tooltip=[alt.Tooltip(f"{field}:N", title=title) for field, title in _TOOLTIP.items()],
    )
    medians = base.mark_tick(thickness=3, size=_ROW_HEIGHT * 0.8, color="#808080").encode(x="median(price):Q")
    return alt.LayerChart(layer=[medians, products], height=alt.Step(_ROW_HEIGHT))


_TOOLTIP = {"product": "Product", "form": "Form", "shown": "Per 100 mg elemental", "unit": "Elemental mg per unit"}


def _short_name(form: str) -> str:
    return words.form_name(form).partition(" (")[0]


def _mark(point: PricePoint, index: int, currency: str) -> dict[str, object]:
    unit = point.elemental_mg_per_unit
    return {
        "product": words.one_line(point.title),
        "form": _short_name(point.form_group),
        "oxide": point.contains_oxide,
        "price": float(point.price_per_100mg),
        "shown": f"{words.money(point.price_per_100mg)} {currency}",
        "unit": words.milligrams(unit),
        "spread": index * _GOLDEN % 1,
    }
