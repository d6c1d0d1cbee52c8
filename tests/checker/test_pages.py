"""What stands around a label on a page changes neither its forms nor its dose."""

from __future__ import annotations

import pytest

from checker import read_label
from tests.checker.labels import cases, read

MENU = (
    "Home\nShop by form\nMagnesium Glycinate\nMagnesium Citrate\nMagnesium Oxide\nMagnesium L-Threonate\nAbout us\n\n"
)
PRICE = "120 capsules | 60 day supply | $29.99\n4.7 out of 5 stars (1,204 ratings)\n\n"
NEEDS = "Why magnesium?\nWomen need 310-320 mg and men 400-420 mg per day. Almonds give 80 mg per ounce.\n\n"
REVIEWS = "\n\nCustomer Reviews\nAnna: I take 400 mg of magnesium before bed.\nTom: had a 500mg magnesium citrate.\n"
RELATED = "\n\nYou may also like\nMagnesium Taurate 125 mg 60 capsules $19.95\nZinc 50 mg $9.99\n"
FAQ = "\n\nFAQ\nHow much?\nThe upper limit is 350 mg.\nIs this magnesium citrate or oxide?\nSee the label above.\n"
BLOG = "\n\nFrom our blog\nGlycinate vs citrate: which is best?\nHow 300 mg of magnesium a day changed my sleep\n"
DATA = "\n\nSpecifications\nWeight: 250 g\nSize: 120 Count\nBest Sellers Rank #12 in Magnesium Mineral Supplements\n"
AROUND = [(MENU + PRICE, REVIEWS), (PRICE, FAQ), (NEEDS, RELATED), (MENU, DATA), ("", BLOG)]


@pytest.mark.parametrize(("above", "below"), AROUND)
def test_a_page_around_a_label_changes_nothing(above: str, below: str) -> None:
    for case in (case for name in ("english", "layouts") for case in cases(name)):
        if case["lang"] != "en" or not case["truth"]["has_magnesium"]:
            continue
        label, again = read(case), read(case | {"panel": above + case["panel"] + below})
        assert (set(again.forms), again.elemental_mg) == (set(label.forms), label.elemental_mg), case["id"]


def test_a_menu_of_other_products_declares_no_magnesium() -> None:
    text = f"{MENU}Ashwagandha 600 mg\nServing Size: 1 capsule\nAshwagandha extract 600 mg"
    assert not read_label(text, title="Ashwagandha").has_magnesium


@pytest.mark.parametrize(
    "text",
    [
        "Ingredients\nMagnesium Glycinate\nMagnesium Citrate\nRice flour",
        "Our blend of three forms:\nMagnesium Glycinate\nMagnesium Citrate\nVegan capsules",
        "Magnesium Glycinate\nMagnesium Citrate\n300 mg elemental magnesium per 2 capsules",
    ],
)
def test_a_list_of_sources_is_no_menu(text: str) -> None:
    assert read_label(text).forms == ("glycinate", "citrate")
