"""What a page says of needs, limits, studies, foods and other products never makes a dose."""

from __future__ import annotations

from decimal import Decimal

import pytest

from checker import read_label
from tests.checker.labels import DATA

PANEL = "Supplement Facts\nServing size: 2 capsules\nMagnesium (as magnesium citrate) 160 mg 38%\n"
SENTENCES = (DATA / "prose.txt").read_text("utf-8").splitlines()


@pytest.mark.parametrize("sentence", SENTENCES)
def test_prose_never_makes_a_dose(sentence: str) -> None:
    around = (
        f"{PANEL}{sentence}",
        f"{sentence}\n{PANEL}",
        f"{PANEL}Other ingredients: cellulose.\n\nWhy? {sentence} So.",
    )
    for text in around:
        assert read_label(text, title="Magnesium Citrate").elemental_mg == 160
    alone = f"Our magnesium citrate supports muscles. {sentence}"
    assert read_label(alone, title="Magnesium Citrate").elemental_mg is None


@pytest.mark.parametrize(
    ("text", "bounds"),
    [("Magnesium <5 mg", (Decimal(0), Decimal(5))), ("Magnesium (as citrate) > 100 mg 20%", None)]
    + [
        (text, (Decimal(75), Decimal(300)))
        for text in (
            "マグネシウム 75～300mg",
            "マグネシウム 75mg〜300mg",
            "마그네슘 75~300 mg",
            "Magnesium 75 ~ 300 mg",
        )
    ],
)
def test_a_bound_is_no_amount(text: str, bounds: tuple[Decimal, Decimal] | None) -> None:
    label = read_label(text)
    assert (label.has_magnesium, label.elemental_mg, label.elemental_range) == (True, None, bounds)


@pytest.mark.parametrize(
    "text",
    [
        "Per 100 g\nServing size 30 g\nMagnesium 400 mg",
        "Serving size 30 g\nNutrition per 100 g\nMagnesium 400 mg",
        "Serving size 30 g\nMagnesium 400 mg per 100 g",
    ],
)
def test_an_amount_per_100_g_is_not_the_serving_s(text: str) -> None:
    assert read_label(text).elemental_mg is None
    assert read_label("Nutrition per 100 g\nMagnesium 400 mg").elemental_mg == 400
