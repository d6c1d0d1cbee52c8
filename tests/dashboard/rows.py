"""Rows of the comparison for tests."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from catalog import ComparisonRow

SEEN = datetime(2026, 3, 4, 5, 6, tzinfo=UTC)

_ROW = ComparisonRow(
    source="acme",
    source_key="17",
    url="https://acme.example/p/17",
    title="Calm Glycinate 120 capsules",
    brand="Tarn (fictional)",
    gtin=None,
    market="US",
    form_group="glycinate",
    forms=("glycinate",),
    contains_oxide=False,
    elemental_mg=Decimal(200),
    elemental_mg_low=None,
    elemental_mg_high=None,
    basis="declared",
    compound_mg=None,
    percent_dv=Decimal(48),
    serving_quantity=Decimal(2),
    serving_unit="capsule",
    servings_per_container=60,
    servings_quote="Servings Per Container: 60",
    elemental_mg_per_unit=Decimal(100),
    dosage_form="capsule",
    sodium_mg=None,
    potassium_mg=None,
    price=Decimal("24.00"),
    currency="USD",
    availability="in_stock",
    price_per_serving=Decimal("0.40"),
    price_per_100mg=Decimal("0.20"),
    findings=(),
    worst_severity=None,
    quote="Magnesium (as Magnesium Bisglycinate) 200 mg 48%",
    seen_at=SEEN,
    read_at=SEEN,
    reader_version="1",
    attribution=None,
)


def row(**changes: Any) -> ComparisonRow:
    """A row with a label and a price, changed as told."""
    return replace(_ROW, **changes)


def unknown(**changes: Any) -> ComparisonRow:
    """A row whose label gives no number and whose source gives no price."""
    numbers = ("elemental_mg", "percent_dv", "serving_quantity", "serving_unit", "servings_per_container")
    prices = ("price", "currency", "availability", "price_per_serving", "price_per_100mg", "elemental_mg_per_unit")
    nothing = dict.fromkeys((*numbers, *prices, "quote", "servings_quote", "brand", "market"))
    return row(**nothing, basis="undetermined", forms=("unspecified",), form_group="unspecified", **changes)
