"""Servings a day that a label directs."""

from __future__ import annotations

from decimal import Decimal

import pytest

from checker import read_label


@pytest.mark.parametrize(
    ("serving", "directions", "least", "most"),
    [
        ("2 Capsules", "Take 2 capsules daily with food.", "1", "1"),
        ("2 Capsules", "Take 1 capsule twice daily.", "1", "1"),
        ("2 Capsules", "Take two (2) capsules twice a day.", "2", "2"),
        ("1 Capsule", "Adults take 1-2 capsules per day.", "1", "2"),
        ("1 Tablet", "Take 1 tablet 2 to 3 times daily.", "2", "3"),
        ("1 Scoop", "Mix 1 scoop with water, 2 times a day.", "2", "2"),
        ("4 Capsules", "Take one capsule daily.", "0.25", "0.25"),
        ("1 Tablette", "Verzehrempfehlung: 2 mal täglich 1 Tablette.", "2", "2"),
        ("1 Tablette", "3 Tabletten täglich mit Wasser.", "3", "3"),
        ("1 cápsula", "Tomar 2 cápsulas al día.", "2", "2"),
        ("1 Capsule", "Take 1-3 servings daily.", "1", "3"),
        ("1 Capsule", "Use twice daily.", "2", "2"),
        ("1 Capsule", "Take one to two (1-2) capsules two times per day.", "2", "4"),
        ("1 Capsule", "Take one capsule three (3) times daily.", "3", "3"),
    ],
)
def test_directed(serving: str, directions: str, least: str, most: str) -> None:
    label = read_label(f"Serving Size: {serving}\nMagnesium (as magnesium citrate) 100 mg\n{directions}")
    assert label.servings_per_day == (Decimal(least), Decimal(most))


@pytest.mark.parametrize(
    "directions",
    [
        "% Daily Value based on a diet of 2,000 calories.",
        "Do not exceed 4 capsules per day.",
        "One Daily Multivitamin",
        "Take 5 g daily.",
        "Adults need about 400 mg a day.",
        "",
    ],
)
def test_not_directed(directions: str) -> None:
    label = read_label(f"Serving Size: 2 Capsules\nMagnesium (as magnesium citrate) 100 mg\n{directions}")
    assert label.servings_per_day is None
