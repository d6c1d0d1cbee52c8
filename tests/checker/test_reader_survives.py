"""The reader takes any text: it never raises, and what it quotes stands in the text."""

from __future__ import annotations

import os
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from checker import READER_VERSION, Label, read_label
from tests.checker.labels import cases
from tests.checker.test_labels import assert_proven

SOAK = int(os.environ.get("MAGLABEL_SOAK", "1"))
"""How many times as long the fuzz tests run; `make soak` sets it."""
WORDS = (
    "magnesium",
    "magnesium citrate",
    "Magnesiumoxid",
    "магния",
    "マグネシウム",
    "(",
    ")",
    "as",
    "from",
    "of which",
    "200 mg",
    "1,000.5",
    "48%",
    "<1%",
    "½",
    "|",
    "\n",
    ". ",
    ", ",
    ";",
    "mmol",
    "mEq",
    "Serving Size",
    "2 Capsules",
    "per serving",
    "Other ingredients:",
    "magnesium stearate",
    "chelate",
    "TRAACS",
    "\u00ad",
    "\u200b",
    "\u202e",
    "\0",
    "\ud800",
    "İ",
    "e\u0301",
    "２００ｍｇ",
    "0 NP",
    "-",
    "1-2",
    "mg",
    "g",
    "total",
    "elemental",
    "zinc",
    "calcium",
    "\u3000",
    "…",
    "1/0",
    "٣",
    "²",
)
LABELS = [
    case["panel"]
    for name in ("traps", "idioms", "world", "pages", "hard", "markets", "leaflets", "english")
    for case in cases(name)
]


@settings(max_examples=300 * SOAK, deadline=None)
@given(st.lists(st.one_of(st.sampled_from(WORDS), st.text(max_size=6)), max_size=40), st.sampled_from(["", " "]))
def test_any_words(words: list[str], between: str) -> None:
    check(between.join(words))


@settings(max_examples=200 * SOAK, deadline=None)
@given(st.sampled_from(LABELS), st.integers(0, 400), st.integers(0, 60), st.text(max_size=4))
def test_any_damage_to_a_label(panel: str, place: int, gap: int, inserted: str) -> None:
    check(panel[:place] + inserted + panel[place + gap :])


@settings(max_examples=100 * SOAK, deadline=None)
@given(st.text(st.characters(), max_size=200), st.text(max_size=40))
def test_any_text_and_title(text: str, title: str) -> None:
    check(text, title)


def check(text: str, title: str | None = None) -> None:
    """Read it and prove what was read."""
    label = read_label(text, title=title, market="US")
    assert_proven(label, text)
    assert label.elemental_mg is None or (label.elemental_mg > 0 and label.quotes)
    assert label.elemental_range is None or label.elemental_range[0] <= label.elemental_range[1]
    assert label.has_magnesium or (label.elemental_mg is None and not label.forms)


@pytest.mark.parametrize(
    "noisy",
    [
        "Mag\u00adnesium (as mag\u200bnesium citrate) 150\u00a0mg 36\u202f%",
        "Ｍａｇｎｅｓｉｕｍ （as magnesium citrate） １５０ｍｇ ３６％",
        "\u202aMagnesium\u202c (as magnesium citrate) 150 mg 36%\0",
        "Magnesium\t(as\tmagnesium\tcitrate)\t150 mg\t36%\ud800",
        "MAGNESIUM® (AS MAGNESIUM CITRATE)† 150 mg** 36%",
        "Magnesium (as magnesium citrate) ........ 150 mg ........ 36%",
        "Magnesium [as magnesium citrate] | 150 mg | 36%",
    ],
)
def test_noise_hides_nothing(noisy: str) -> None:
    label = read_label(noisy, market="US")
    assert (label.forms, label.elemental_mg, label.percent_dv) == (("citrate",), Decimal(150), Decimal(36))
    assert_proven(label, noisy)


def test_accents_may_be_combining_marks() -> None:
    text = "Citrate de magne\u0301sium 1000 mg dont magne\u0301sium 150 mg"
    label = read_label(text, market="FR")
    assert (label.forms, label.elemental_mg) == (("citrate",), Decimal(150))
    assert_proven(label, text)


@pytest.mark.parametrize("text", ["", "\n\n", "PK\x03\x04\x00\x00", "{}", "<html></html>", "mg", "%%%", "((((("])
def test_what_is_no_label_has_no_magnesium(text: str) -> None:
    assert read_label(text) == Label(has_magnesium=False, reader_version=READER_VERSION)
