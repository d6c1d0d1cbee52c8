"""From data to Vega-Lite charts (https://vega.github.io/vega-lite/docs/). Pure: no catalog, no page."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from checker import LEADING_FORMS
from dashboard import words

if TYPE_CHECKING:
    from catalog import OfferPeriod, PricePoint

Spec = dict[str, Any]
"""A chart, or a part of one, as Vega-Lite's JSON has it."""
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


def price_strip(points: Sequence[PricePoint], medians: Mapping[str, Decimal], currency: str) -> Spec:
    """Price of 100 mg of elemental magnesium by form, one mark a product and a bar at each form's median.

    The price axis is a square-root scale, so that cheap oxide and dear threonate can both be read. A mark that is
    clicked gives the selection `PICKED` with its form's `key`; all marks are one layer, because Streamlit tells of
    clicks in charts of one layer only.
    """
    names = [words.short_form_name(form) for form in form_order([point.form_group for point in points])]
    marks = [_mark(point, index, currency) for index, point in enumerate(points)]
    bars = [_bar(form, price, currency) for form, price in medians.items()]
    axis = {"ticks": False, "domain": False, "labelLimit": 130}
    return {
        "data": _inline(bars + marks),
        "height": {"step": _ROW_HEIGHT},
        "params": [{"name": PICKED, "select": {"type": "point", "fields": ["key"]}}],
        "mark": {"type": "point", "filled": True, "opacity": 0.85},
        "encoding": {
            "x": _price_axis(points, currency),
            "y": {"field": "form", "type": "nominal", "sort": names, "title": None, "axis": axis},
            "yOffset": {"field": "spread", "type": "quantitative", "scale": {"domain": [-0.35, 1.35]}},
            "size": {"field": "size", "type": "quantitative", "scale": None},
            **_looks(),
        },
    }


def strength_scatter(points: Sequence[PricePoint], currency: str) -> Spec:
    """Elemental mg of one capsule or tablet against the price of 100 mg; what states no unit is left out."""
    marks = [_mark(point, index, currency) for index, point in enumerate(points) if point.elemental_mg_per_unit]
    amount = {"title": "Elemental mg per unit", "scale": {"zero": True}, "axis": {"tickCount": 6}}
    return {
        "data": _inline(marks),
        "height": 320,
        "mark": {"type": "point", "filled": True, "size": _SIZES["product"], "opacity": 0.85},
        "encoding": {
            "x": {"field": "mg", "type": "quantitative", **amount},
            "y": _price_axis(points, currency),
            **_looks(),
        },
    }


def price_history(periods: Sequence[OfferPeriod], currency: str, until: datetime) -> Spec:
    """What each pack of a product cost in one currency, as steps over time, up to when it was last looked at."""
    priced = [(period, period.price) for period in periods if period.currency == currency and period.price is not None]
    legend = _PACKS_BELOW if len({period.name for period, _ in priced}) > 1 else None
    price = {"title": f"{currency} a pack", "scale": {"zero": True}, "axis": {"tickCount": 5}}
    pack: Spec = {"field": "pack", "type": "nominal"}
    return {
        "data": _inline([step for period, price in priced for step in _step(period, price, until)]),
        "height": 220,
        "mark": {"type": "line", "interpolate": "step-after", "point": True},
        "encoding": {
            "x": {"field": "when", "type": "temporal", "title": None, "axis": _DAYS},
            "y": {"field": "price", "type": "quantitative", **price},
            "color": {**pack, "title": "Pack", "scale": {"range": _PACK_COLORS}, "legend": legend},
            "strokeDash": {**pack, "legend": None},
            "detail": {"field": "period", "type": "nominal"},
            "tooltip": [
                {**pack, "title": "Pack"},
                {"field": "shown", "type": "nominal", "title": "Price"},
                {"field": "when", "type": "temporal", "title": "On", "format": _DAYS["format"]},
            ],
        },
    }


def _inline(marks: Sequence[Spec]) -> Spec:
    """Data that stays in the chart, as JSON.

    Streamlit makes a pandas frame of plain rows, whose libraries alone take the server 100 MB; geometry it hands over
    as it is, and this is what geometry looks like.
    """
    collection = {"type": "FeatureCollection", "features": list(marks)}
    return {"values": collection, "format": {"type": "json", "property": "features"}}


def _step(period: OfferPeriod, price: Decimal, until: datetime) -> list[Spec]:
    """The two ends of the time for which a pack kept its price."""
    pack, end = words.one_line(period.name) or "one pack", period.until or max(until, period.since)
    place = {"pack": pack, "price": float(price), "shown": f"{words.money(price)} {period.currency}"}
    begin = period.since.isoformat()
    return [place | {"period": f"{pack} {begin}", "when": when} for when in (begin, end.isoformat())]


_DAYS = {"tickCount": 6, "format": "%Y-%m-%d", "labelOverlap": "greedy"}
_PACK_COLORS = [ACCENT, OXIDE, "#7c3aed", "#64748b"]
_PACKS_BELOW = {"orient": "bottom", "labelLimit": 300}

PICKED = "picked"
"""Name of the charts' selection."""
_UPRIGHT = "M-0.07,-1L0.07,-1L0.07,1L-0.07,1Z"
"""An upright bar as an SVG path within the unit square."""
_SIZES = {"median": 700, "product": 55, "product with oxide": 55}
"""Area of a mark by its kind, px^2."""


def _price_axis(points: Sequence[PricePoint], currency: str) -> Spec:
    title = f"{currency} per 100 mg elemental magnesium"
    scale = {"type": "sqrt", "zero": True}
    ticks = price_ticks(max((point.price_per_100mg for point in points), default=Decimal(1)))
    axis = {"values": ticks, "format": "~r", "labelOverlap": "greedy"}
    return {"field": "price", "type": "quantitative", "title": title, "scale": scale, "axis": axis}


def price_ticks(highest: Decimal) -> list[float]:
    """0 and the round prices up to the highest, as far as a square-root scale holds them apart.

    Evenly spaced ticks would leave its cheap half, where most products are, without any.
    """
    steps = (Decimal(digit).scaleb(power) for power in range(-6, 12) for digit in (1, 2, 5))
    return [0.0, *(float(step) for step in steps if highest / 120 <= step <= highest)]


def _looks() -> Spec:
    """Colour and, because colour is never the only sign, shape of each kind of mark; and what is said of it."""
    kinds, colors, shapes = list(_SIZES), [_BAR, ACCENT, OXIDE], [_UPRIGHT, "circle", "triangle-up"]
    kind: Spec = {"field": "kind", "type": "nominal", "legend": None}
    return {
        "description": {"field": "spoken", "type": "nominal"},
        "color": {**kind, "scale": {"domain": kinds, "range": colors}},
        "shape": {**kind, "scale": {"domain": kinds, "range": shapes}},
        "tooltip": [{"field": field, "type": "nominal", "title": title} for field, title in _TOOLTIP.items()],
    }


_TOOLTIP = {"product": "Product", "form": "Form", "shown": "Per 100 mg elemental", "unit": "Elemental mg per unit"}


def _mark(point: PricePoint, index: int, currency: str) -> Spec:
    unit, kind = point.elemental_mg_per_unit, "product with oxide" if point.contains_oxide else "product"
    return {
        "kind": kind,
        "size": _SIZES[kind],
        "product": words.title(point.title),
        "key": point.form_group,
        "form": words.short_form_name(point.form_group),
        "price": float(point.price_per_100mg),
        "shown": f"{words.money(point.price_per_100mg)} {currency}",
        "unit": words.milligrams(unit),
        "mg": None if unit is None else float(unit),
        "spread": index * _GOLDEN % 1,
        "spoken": f"{words.title(point.title)}, {words.money(point.price_per_100mg)} {currency} per 100 mg",
    }


def _bar(form: str, price: Decimal, currency: str) -> Spec:
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
