"""The main job, end to end: the command line, the real spiders over HTTP, the reader, the catalog, the exports."""

from __future__ import annotations

import csv
import io
import json
import subprocess
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from spiders.demo.shops import Product, Shop, demo_shops
from tests.conftest import Maglabel

EXPECTED = [
    (shop, product)
    for shop in demo_shops()
    for product in shop.products
    if product.get("expect", {"has_magnesium": False}).get("has_magnesium", True)
]


@pytest.fixture(scope="module")
def demo(maglabel: Maglabel) -> subprocess.CompletedProcess[str]:
    return maglabel("demo", "--no-dashboard")


@pytest.fixture(scope="module")
def exported(maglabel: Maglabel, demo: subprocess.CompletedProcess[str]) -> dict[tuple[str, str], dict[str, Any]]:
    """The demo's comparison as exported, by source and title."""
    assert demo.returncode == 0, demo.stderr
    rows = json.loads(maglabel("export", "--demo", "--format", "json").stdout)
    return {(row["source"], row["title"]): row for row in rows}


def test_the_demo_refreshes_and_prints_the_comparison(demo: subprocess.CompletedProcess[str]) -> None:
    assert demo.returncode == 0, demo.stderr
    assert "Traceback" not in demo.stderr
    for shop in demo_shops():
        assert shop.name in demo.stdout
    assert "glycinate" in demo.stdout.lower()
    assert "demo" in demo.stdout.lower()
    assert "made up" in demo.stdout.lower()


def test_the_comparison_holds_just_the_products_with_magnesium(exported: dict[tuple[str, str], Any]) -> None:
    assert set(exported) == {(shop.name, product["title"]) for shop, product in EXPECTED}


@pytest.mark.parametrize(
    ("shop", "product"), EXPECTED, ids=lambda value: value["title"] if isinstance(value, dict) else ""
)
def test_every_demo_label_is_read_right(
    exported: dict[tuple[str, str], dict[str, Any]], shop: Shop, product: Product
) -> None:
    row, expect = exported[shop.name, product["title"]], product["expect"]
    assert set(row["forms"]) == set(expect["forms"])
    stated = expect.get("elemental_mg")
    assert row["elemental_mg"] is None or stated is not None, "a number where the label determines none"
    if stated is not None:
        assert Decimal(row["elemental_mg"]) == pytest.approx(Decimal(stated), abs=Decimal("0.1"))
        assert row["quote"], "every number shows its evidence"
    if "basis" in expect:
        assert row["basis"] == expect["basis"]
    if "compound_mg" in expect:
        assert Decimal(row["compound_mg"]) == Decimal(expect["compound_mg"])
    assert row["contains_oxide"] is ("oxide" in [*expect["forms"], *expect.get("inferred_forms", [])])


def test_the_price_of_100_mg_is_arithmetic(exported: dict[tuple[str, str], dict[str, Any]]) -> None:
    row = exported["demo-moonbrook", "Magnesium Glycinate 200 mg, 120 Capsules"]
    assert (Decimal(row["price"]), row["currency"]) == (Decimal("24.90"), "USD")
    assert row["servings_per_container"] == "60"
    assert Decimal(row["price_per_serving"]) == Decimal("0.415")
    assert Decimal(row["price_per_100mg"]) == Decimal("0.2075")
    assert row["elemental_mg_per_unit"] == "100"


def test_unknown_is_empty_never_zero(exported: dict[tuple[str, str], dict[str, Any]]) -> None:
    row = exported["demo-moonbrook", "Citrate of Magnesium 1000"]
    assert row["elemental_mg"] is None
    assert row["price_per_100mg"] is None
    assert Decimal(row["elemental_mg_low"]) < Decimal(row["elemental_mg_high"])
    assert exported["demo-labels", "Oxide 250"]["price"] is None


def test_a_second_refresh_adds_no_row(maglabel: Maglabel, exported: dict[tuple[str, str], Any]) -> None:
    done = maglabel("refresh", "--demo", "--json")
    assert done.returncode == 0, done.stderr
    report = json.loads(done.stdout)
    assert {source["outcome"] for source in report["sources"]} == {"fresh"}
    assert sum(source["new"] + source["gone"] for source in report["sources"]) == 0
    assert len(json.loads(maglabel("export", "--demo", "--format", "json").stdout)) == len(exported)


def test_csv_and_markdown_say_what_they_are(
    maglabel: Maglabel, exported: dict[tuple[str, str], Any], tmp_path: Path
) -> None:
    rows = list(csv.DictReader(io.StringIO(maglabel("export", "--demo", "--format", "csv").stdout)))
    assert len(rows) == len(exported)
    assert all(row["brand"].endswith("(fictional)") and row["source"].startswith("demo-") for row in rows)
    target = tmp_path / "table.md"
    done = maglabel("export", "--demo", "--format", "markdown", "--form", "glycinate", "-o", str(target))
    assert done.returncode == 0
    assert "made up" in done.stderr
    text = target.read_text("utf-8")
    assert "Magnesium (as Magnesium Bisglycinate)" in text, "the quoted label line"
    assert "not medical advice" in text
    assert "made up" in text


def test_parquet_is_for_pandas(maglabel: Maglabel, exported: dict[tuple[str, str], Any], tmp_path: Path) -> None:
    target = tmp_path / "table.parquet"
    done = maglabel("export", "--demo", "--format", "parquet", "-o", str(target))
    assert done.returncode == 0, done.stderr
    frame = pd.read_parquet(target)
    stated = [Decimal(row["elemental_mg"]) for row in exported.values() if row["elemental_mg"] is not None]
    assert len(frame) == len(exported)
    assert sorted(frame["elemental_mg"].dropna()) == sorted(map(float, stated))


def test_filters_and_sort(maglabel: Maglabel, exported: dict[tuple[str, str], Any]) -> None:
    rows = json.loads(maglabel("compare", "--demo", "--form", "glycinate", "--currency", "USD", "--json").stdout)
    assert rows
    assert {row["form_group"] for row in rows} == {"glycinate"}
    prices = [Decimal(row["price_per_100mg"]) for row in rows if row["price_per_100mg"] is not None]
    assert prices == sorted(prices)
    clean = json.loads(maglabel("compare", "--demo", "--no-oxide", "--limit", "200", "--json").stdout)
    assert 0 < len(clean) < len(exported)
    assert not any(row["contains_oxide"] for row in clean)


@pytest.mark.parametrize(
    ("options", "holds"),
    [
        (("--brand", "Tidewater (fictional)"), lambda row: row["brand"] == "Tidewater (fictional)"),
        (("--taken", "powder", "--taken", "gummy"), lambda row: row["dosage_form"] in ("powder", "gummy")),
        (("--in-stock",), lambda row: row["availability"] == "in_stock"),
        (("--electrolytes",), lambda row: row["sodium_mg"] or row["potassium_mg"]),
        (("--q", "night"), lambda row: "night" in row["title"].lower()),
    ],
)
def test_the_filters_of_the_pages_are_options(
    maglabel: Maglabel, exported: dict[tuple[str, str], Any], options: tuple[str, ...], holds: Callable[[Any], bool]
) -> None:
    rows = json.loads(maglabel("export", "--demo", "--format", "json", *options).stdout)
    assert {(row["source"], row["title"]) for row in rows} == {key for key, row in exported.items() if holds(row)}
    assert 0 < len(rows) < len(exported)


def test_seen_within_a_span_or_since_a_date(maglabel: Maglabel, exported: dict[tuple[str, str], Any]) -> None:
    assert len(json.loads(maglabel("export", "--demo", "--format", "json", "--seen", "1d").stdout)) == len(exported)
    assert json.loads(maglabel("export", "--demo", "--format", "json", "--seen", "0s").stdout) == []


def test_status_names_every_source(maglabel: Maglabel, demo: subprocess.CompletedProcess[str]) -> None:
    assert demo.returncode == 0
    states = json.loads(maglabel("status", "--demo", "--json").stdout)["sources"]
    assert {state["name"] for state in states} == {shop.name for shop in demo_shops()}
    assert all(state["outcome"] == "fresh" and state["demo"] for state in states)
    assert next(s for s in states if s["name"] == "demo-labels")["with_price"] == 0
