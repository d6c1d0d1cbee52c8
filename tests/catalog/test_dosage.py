"""What a product is taken as, by the unit of its serving and the words of its title."""

from __future__ import annotations

import pytest

from catalog.dosage import DOSAGE_FORMS, dosage_form
from checker import read_label
from tests.catalog.shop import listing


@pytest.mark.parametrize(
    ("serving", "title", "form"),
    [
        ("2 Capsules", "Magnesium", "capsule"),
        ("1 Softgel", "Magnesium", "capsule"),
        ("2 Capsules", "Liquid Magnesium", "capsule"),
        ("1 Tablet", "Magnesium Powder", "tablet"),
        ("3 Gummies", "Magnesium", "gummy"),
        ("1 Scoop (5 g)", "Magnesium", "powder"),
        ("10 drops", "Magnesium", "liquid"),
        ("1 Teaspoon", "Magnesium Powder", "powder"),
        ("1 Teaspoon", "Liquid Magnesium", "liquid"),
        ("1 Teaspoon", "Magnesium", None),
        ("1 Sachet", "Magnesium Pulver", "powder"),
        ("1 Sachet", "Magnesium, powder or capsules", None),
        (None, "Magnesium Glycinate, 120 Veggie Capsules", "capsule"),
        (None, "Magnesium Brausetabletten", "tablet"),
        (None, "Magnesium liquid capsules", "capsule"),
        (None, "Magnesium", None),
        (None, "Capsuled Powderhorn", None),
    ],
)
def test_dosage_form(serving: str | None, title: str, form: str | None) -> None:
    row = "Magnesium (as magnesium citrate) 150 mg 36%"
    text = f"Serving Size: {serving}\n{row}" if serving else row
    given = listing("x", text, title=title)
    found = dosage_form(given, read_label(given.label_text, title=given.title))
    assert found == form
    assert found is None or found in DOSAGE_FORMS
