"""Labels of the database as text: what is printed, row by row, in the label's own words."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from spiders.dsld_text import Label, label_text, statements_text

ADULTS = "Adults and children 4 or more years of age"


def amount(quantity: float, unit: str = "mg", percent: float | None = None, **values: Any) -> dict[str, Any]:
    group = [{"name": ADULTS, "operator": "=", "percent": percent, "footnote": None}]
    shape = {"servingSizeOrder": 1, "servingSizeQuantity": 2, "servingSizeUnit": "Capsule(s)", "operator": "="}
    groups = group if percent is not None else []
    return shape | {"quantity": quantity, "unit": unit, "dailyValueTargetGroup": groups} | values


def row(name: str, *amounts: dict[str, Any], **values: Any) -> dict[str, Any]:
    return {"name": name, "notes": "", "forms": [], "quantity": list(amounts), "nestedRows": []} | values


def text_of(*rows: dict[str, Any], **values: Any) -> list[str]:
    sizes = [{"minQuantity": 2.0, "maxQuantity": 2, "unit": "Capsule(s)", "notes": None}]
    shape = {"id": 1, "fullName": "x", "servingsPerContainer": "60", "servingSizes": sizes, "otheringredients": None}
    return label_text(Label.model_validate({**shape, "ingredientRows": list(rows)} | values)).splitlines()


HEAD = ["Supplement Facts", "Serving Size: 2 Capsule(s)", "Servings Per Container: 60"]
COLUMNS = "Amount Per Serving | % Daily Value"


def test_a_whole_panel() -> None:
    child = row("Magnesium Bisglycinate", amount(2000))
    magnesium = row(
        "Magnesium",
        amount(200.0, percent=48),
        notes="Magnesium (Form: as Magnesium Bisglycinate) ",
        nestedRows=[child],
    )
    other = {
        "text": None,
        "ingredients": [{"name": "rice flour"}, {"name": "Contains <2%:", "forms": [{"name": "silica"}]}],
    }
    assert text_of(magnesium, row("Lavender", amount(0.5, "Gram(s)")), otheringredients=other) == [
        *HEAD,
        COLUMNS,
        "Magnesium (as Magnesium Bisglycinate) | 200 mg | 48%",
        "  Magnesium Bisglycinate | 2000 mg",
        "Lavender | 0.5 Gram(s)",
        "Other Ingredients: rice flour, Contains <2%: silica",
    ]


@pytest.mark.parametrize("servings", [60, "60", 60.0])
def test_servings_come_as_text_or_number(servings: object) -> None:
    assert text_of(servingsPerContainer=servings)[:3] == HEAD
    assert "Servings" not in "\n".join(text_of(servingsPerContainer=None)[1:2])


def form(name: str, prefix: str | None = None, percent: int | None = None) -> dict[str, Any]:
    return {"prefix": prefix, "percent": percent, "name": name}


@pytest.mark.parametrize(
    ("notes", "forms", "named"),
    [
        (None, [], "Magnesium"),
        ("", [form("Magnesium Hydroxide", "as")], "Magnesium (as Magnesium Hydroxide)"),
        ("", [form("Oxide", "as"), form("Citrate")], "Magnesium (as Oxide; Citrate)"),
        ("", [form("Oxide", "from", 30)], "Magnesium (30% from Oxide)"),
        (" TRAACS Bisglycinate Chelate Buffered", [form("Magnesium Bisglycinate Chelate, Buffered")],
         "Magnesium (TRAACS Bisglycinate Chelate Buffered)"),
        ("elemental", [form("Magnesium Malate", "as")], "Magnesium (elemental; as Magnesium Malate)"),
        ("Magnesium (Form: from Magnesium Oxide) (Alt. Name: Mg)", [], "Magnesium (from Magnesium Oxide) (Mg)"),
        ("(Form: as Magnesium Oxide)", [], "Magnesium (as Magnesium Oxide)"),
    ],
)  # fmt: skip
def test_the_form_stands_in_the_labels_words(notes: str | None, forms: list[dict[str, Any]], named: str) -> None:
    assert text_of(row("Magnesium", amount(100), notes=notes, forms=forms))[-1] == f"{named} | 100 mg"


def test_what_is_not_printed_gets_no_number() -> None:
    assert text_of(row("Magnesium", amount(0, "NP", percent=7)))[-1] == "Magnesium |  | 7%"
    assert text_of(row("Magnesium", amount(0, "NP")))[-1] == "Magnesium"
    assert text_of(row("Magnesium", amount(0)))[-1] == "Magnesium | 0 mg", "a printed zero is one"


def test_signs_and_odd_units() -> None:
    assert text_of(row("Energy", amount(5, "{Calories}", operator="<")))[-1] == "Energy | <5 Calories"


def test_every_serving_has_its_columns() -> None:
    one = amount(83, percent=20, servingSizeQuantity=1, servingSizeUnit="Gummy(ies)")
    four = amount(330, percent=79, servingSizeOrder=2, servingSizeQuantity=4, servingSizeUnit="Gummy(ies)")
    only_four = row("Sugar", amount(3, "Gram(s)", servingSizeOrder=2, servingSizeQuantity=4))
    assert text_of(row("Magnesium", one, four), only_four)[-3:] == [
        "Amount Per 1 Gummy(ies) | % Daily Value | Amount Per 4 Gummy(ies) | % Daily Value",
        "Magnesium | 83 mg | 20% | 330 mg | 79%",
        "Sugar |  |  | 3 Gram(s)",
    ]


def test_a_range_of_servings_says_what_the_amounts_are_for() -> None:
    sizes = [{"minQuantity": 1, "maxQuantity": 2, "unit": "Capsule(s)"}]
    lines = text_of(row("Magnesium", amount(125, servingSizeQuantity=1)), servingSizes=sizes)
    assert lines[1] == "Serving Size: 1-2 Capsule(s)"
    assert lines[3] == "Amount Per 1 Capsule(s)"


def test_a_daily_value_for_others_is_named() -> None:
    groups = [{"name": "Pregnant", "operator": "=", "percent": 15}, {"name": ADULTS, "operator": "<", "percent": 1}]
    assert text_of(row("Magnesium", amount(60, dailyValueTargetGroup=groups)))[-2:] == [
        "Amount Per Serving | % Daily Value | % Daily Value (Pregnant)",
        "Magnesium | 60 mg | <1% | 15%",
    ]


def test_statements_that_help_reading_are_kept() -> None:
    said = [
        ("Suggested/Recommended/Usage/Directions", "Take two\ncapsules daily."),
        ("Formula re: Contains", "Elemental magnesium 400 mg per serving"),
        ("Formulation re: Does NOT Contain", "No magnesium stearate"),
        ("Storage", "Keep cool."),
        ("General", "Elemental magnesium 400 mg per serving"),
    ]
    statements = [{"type": kind, "notes": notes} for kind, notes in said]
    label = Label.model_validate({"id": 1, "fullName": "x", "statements": statements})
    assert statements_text(label) == "Take two\ncapsules daily.\nElemental magnesium 400 mg per serving"


def test_recorded_labels(recorded: Path) -> None:
    lines = (recorded / "real/dsld/labels.jsonl").read_text("utf-8").splitlines()
    texts = {label["id"]: label_text(Label.model_validate(label)) for label in map(json.loads, lines)}
    assert len(texts) == 41
    assert all("agnesium" in text for text in texts.values())
    assert "Magnesium (as Magnesium Citrate) | 400 mg | 95%" in texts[204235].splitlines()
    assert "  Magnesium (elemental) | 120 mg" in texts[302570].splitlines()
