"""Label texts with what they truly state, and how a reading is judged against it."""

from __future__ import annotations

import json
from decimal import Decimal
from pathlib import Path
from typing import Any

from checker import Label, read_label

DATA = Path(__file__).parent / "data"

Case = dict[str, Any]


def cases(name: str) -> list[Case]:
    """The cases of data/labels_NAME.jsonl: id, title, panel, market, lang and truth."""
    lines = (DATA / f"labels_{name}.jsonl").read_text("utf-8").splitlines()
    return [json.loads(line, parse_float=Decimal) for line in lines]


def read(case: Case) -> Label:
    """The reading of a case."""
    return read_label(case["panel"], title=case["title"], market=case["market"])


def reading(label: Label, truth: dict[str, Any]) -> dict[str, Any]:
    """What the label says of the fields that the truth states, in the truth's shape."""
    both = {s.form: s.compound_mg for s in label.sources}
    parts = {s.form: s.elemental_mg for s in label.sources}
    found: dict[str, Any] = {
        "has_magnesium": label.has_magnesium,
        "forms": sorted(label.forms),
        "elemental_mg_per_serving": label.elemental_mg,
        "elemental_basis": label.basis,
        "percent_dv": label.percent_dv,
        "servings_per_container": label.servings_per_container,
        "serving_quantity": label.serving.quantity if label.serving else None,
        "compound_mg_per_serving": {f: both.get(f) for f in truth.get("compound_mg_per_serving", ())},
        "electrolytes": {mineral: label.electrolytes.get(mineral) for mineral in truth.get("electrolytes", ())},
        "per_form_elemental_mg": {f: parts.get(f) for f in truth.get("per_form_elemental_mg", ())},
    }
    return {key: found[key] for key in truth if key in found}


def stated(truth: dict[str, Any]) -> dict[str, Any]:
    """The truth with its forms in the order of `reading`, without the range that is judged apart."""
    kept = {key: value for key, value in truth.items() if key != "elemental_range_contains"}
    return kept | ({"forms": sorted(kept["forms"])} if "forms" in kept else {})
