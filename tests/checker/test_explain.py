"""The reading of one label in plain words."""

from __future__ import annotations

import pytest

from checker import explain
from tests.checker.labels import Case, cases

ALL = [
    case
    for name in ("traps", "idioms", "world", "pages", "hard", "markets", "leaflets", "english")
    for case in cases(name)
]


def test_numbers_come_with_their_words() -> None:
    told = explain("Serving Size: 2 Capsules\nMagnesium 60 mg 14%\nMagnesium Glycinate 400 mg", market="US")
    assert told.splitlines() == [
        "Form: Magnesium glycinate.",
        "Elemental magnesium: 60 mg (the label states it).",
        "Percent of the Daily Value: 14 % of 420 mg.",
        "Compound: 400 mg of magnesium glycinate.",
        "Serving: Serving Size: 2 Capsules.",
        '  "Magnesium 60 mg 14%" states the magnesium of a serving [declared]',
        '  "Serving Size: 2 Capsules" tells the serving [serving.size]',
    ]


def test_no_magnesium_is_said() -> None:
    assert explain("Other ingredients: magnesium stearate").startswith("No magnesium")


def test_bounds_are_no_number() -> None:
    assert "between" in explain("Magnesium oxide 400 mg")
    assert "not known" in explain("Blend 500 mg: magnesium citrate, herbs")


@pytest.mark.parametrize("case", ALL, ids=lambda case: case["id"])
def test_every_rule_has_its_words(case: Case) -> None:
    assert explain(case["panel"], case["title"], case["market"])
