"""From data to altair charts. Pure: no catalog, no page."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any, TypeVar

import altair as alt

from checker import LEADING_FORMS
from dashboard import words

if TYPE_CHECKING:
    from catalog import OfferPeriod, PricePoint

Axis = TypeVar("Axis", alt.X, alt.Y)
ACCENT, OXIDE, _BAR = "#0d9488", "#ea580c", "#808080"
"""Each has a contrast of more than 3 to 1 against the light and the dark background."""
_GOLDEN = 0.618033988749895
"""Multiples of the golden ratio spread points evenly without chance (https://en.wikipedia.org/wiki/Low-discrepancy_sequence)."""
_ROW_HEIGHT = 36


def form_order(forms: Sequence[str]) -> list[str]:
    """Forms in the order in which they are shown: the leading ones first, then as given, "not stated" last."""
    leading = [form for form in LEADING_FORMS if form in forms]
    rest = [form for form in dict.fromkeys(forms) if form not in LEADING_FORMS and form != "unspecified"]
    return leading + rest + ["unspecified"] * ("unspecified" in forms)


def price_strip(points: Sequence[PricePoint], medians: Mapping[str, Decimal], currency: str) -> alt.Chart:
    """Price of 100 mg of elemental magnesium by form, one mark a product and a bar at each form's median.

    The price axis is a square-root scale, so that cheap oxide and dear threonate can both be read. A mark that is
    clicked gives the selection `PICKED` with its form's `key`; all marks are one layer, because Streamlit tells of
    clicks in charts of one layer only.
    """
    names = [words.short_form_name(form) for form in form_order([point.form_group for point in points])]
    marks = [_mark(point, index, currency) for index, point in enumerate(points)]
    bars = [_bar(form, price, currency) for form, price in medians.items()]
    chart: alt.Chart = (
        alt.Chart({"values": bars + marks})
        .mark_point(filled=True, opacity=0.85)
        .encode(
            x=_price_axis(alt.X, currency),
            y=alt.Y("form:N", sort=names, title=None, axis=alt.Axis(ticks=False, domain=False, labelLimit=130)),
            yOffset=alt.YOffset("spread:Q", scale=alt.Scale(domain=[-0.35, 1.35])),
            tooltip=[alt.Tooltip(f"{field}:N", title=title) for field, title in _TOOLTIP.items()],
            size=alt.Size("size:Q", scale=None),
            **_looks(),
        )
        .add_params(alt.selection_point(PICKED, fields=["key"]))
        .properties(height=alt.Step(_ROW_HEIGHT))
    )
    return chart


def strength_scatter(points: Sequence[PricePoint], currency: str) -> alt.Chart:
    """Elemental mg of one capsule or tablet against the price of 100 mg; what states no unit is left out."""
    marks = [_mark(point, index, currency) for index, point in enumerate(points) if point.elemental_mg_per_unit]
    chart: alt.Chart = (
        alt.Chart({"values": marks})
        .mark_point(filled=True, size=_SIZES["product"], opacity=0.85)
        .encode(
            x=alt.X("mg:Q", title="Elemental mg per unit", scale=alt.Scale(zero=True), axis=alt.Axis(tickCount=6)),
            y=_price_axis(alt.Y, currency),
            tooltip=[alt.Tooltip(f"{field}:N", title=title) for field, title in _TOOLTIP.items()],
            **_looks(),
        )
        .properties(height=320)
    )
    return chart


def price_history(periods: Sequence[OfferPeriod], currency: str, until: datetime) -> alt.Chart:
    """What each pack of a product cost in one currency, as steps over time, up to when it was last looked at."""
    priced = [(period, period.price) for period in periods if period.currency == currency and period.price is not None]
    legend = _PACKS_BELOW if len({period.name for period, _ in priced}) > 1 else None
    steps = [step for period, price in priced for step in _step(period, price, until)]
    chart: alt.Chart = (
        alt.Chart({"values": steps})
        .mark_line(interpolate="step-after", point=True)
        .encode(
            x=alt.X("when:T", title=None, axis=alt.Axis(tickCount=6)),
            y=alt.Y("price:Q", title=f"{currency} a pack", scale=alt.Scale(zero=True), axis=alt.Axis(tickCount=5)),
            color=alt.Color("pack:N", title="Pack", scale=alt.Scale(range=_PACK_COLORS), legend=legend),
            strokeDash=alt.StrokeDash("pack:N", legend=None),
            detail=alt.Detail("period:N"),
            tooltip=[
                alt.Tooltip("pack:N", title="Pack"),
                alt.Tooltip("shown:N", title="Price"),
                alt.Tooltip("when:T", title="On"),
            ],
        )
        .properties(height=220)
    )
    return chart


def _step(period: OfferPeriod, price: Decimal, until: datetime) -> list[dict[str, object]]:
    """The two ends of the time for which a pack kept its price."""
    pack, end = words.one_line(period.name) or "one pack", period.until or max(until, period.since)
    place = {"pack": pack, "price": float(price), "shown": f"{words.money(price)} {period.currency}"}
    begin = period.since.isoformat()
    return [place | {"period": f"{pack} {begin}", "when": when} for when in (begin, end.isoformat())]


_PACK_COLORS = [ACCENT, OXIDE, "#7c3aed", "#64748b"]
_PACKS_BELOW = alt.Legend(orient="bottom", labelLimit=300)

PICKED = "picked"
"""Name of the charts' selection."""
_UPRIGHT = "M-0.07,-1L0.07,-1L0.07,1L-0.07,1Z"
"""An upright bar as an SVG path within the unit square."""
_SIZES = {"median": 700, "product": 55, "product with oxide": 55}
"""Area of a mark by its kind, px^2."""


def _price_axis(channel: Callable[..., Axis], currency: str) -> Axis:
    title = f"{currency} per 100 mg elemental magnesium"
    return channel("price:Q", title=title, scale=alt.Scale(type="sqrt", zero=True), axis=alt.Axis(tickCount=6))


def _looks() -> dict[str, Any]:
    """Colour and, because colour is never the only sign, shape of each kind of mark; and what a screen reader says."""
    kinds, colors, shapes = list(_SIZES), [_BAR, ACCENT, OXIDE], [_UPRIGHT, "circle", "triangle-up"]
    return {
        "description": alt.Description("spoken:N"),
        "color": alt.Color("kind:N", scale=alt.Scale(domain=kinds, range=colors), legend=None),
        "shape": alt.Shape("kind:N", scale=alt.Scale(domain=kinds, range=shapes), legend=None),
    }


_TOOLTIP = {"product": "Product", "form": "Form", "shown": "Per 100 mg elemental", "unit": "Elemental mg per unit"}


def _mark(point: PricePoint, index: int, currency: str) -> dict[str, object]:
    unit, kind = point.elemental_mg_per_unit, "product with oxide" if point.contains_oxide else "product"
    return {
        "kind": kind,
        "size": _SIZES[kind],
        "product": words.one_line(point.title),
        "key": point.form_group,
        "form": words.short_form_name(point.form_group),
        "price": float(point.price_per_100mg),
        "shown": f"{words.money(point.price_per_100mg)} {currency}",
        "unit": words.milligrams(unit),
        "mg": None if unit is None else float(unit),
        "spread": index * _GOLDEN % 1,
        "spoken": f"{words.one_line(point.title)}, {words.money(point.price_per_100mg)} {currency} per 100 mg",
    }


def _bar(form: str, price: Decimal, currency: str) -> dict[str, object]:
    shown = f"{words.money(price)} {currency}"
    place = {
        "key": form,
        "form": words.short_form_name(form),
        "price": float(price),
        "spread": 0.5,
        "spoken": f"median, {shown}",
    }
    return {
        "kind": "median",
        "size": _SIZES["median"],
        "product": "Median of the form",
        "shown": shown,
        "unit": words.NOT_STATED,
        **place,
    }
