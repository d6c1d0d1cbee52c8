"""Every label text of the project is read as a careful person reads it."""

from __future__ import annotations

import re
from collections.abc import Callable
from decimal import Decimal

import pytest

from checker import Label, read_label
from tests.checker.labels import Case, cases, read, reading, stated

ALL = [
    case
    for name in ("traps", "idioms", "world", "pages", "hard", "markets", "leaflets", "english", "layouts")
    for case in cases(name)
]
KNOWN_FAILURES = [
    pytest.param(case, id=case["id"], marks=pytest.mark.xfail(reason=case["why"])) for case in cases("known_failures")
]


@pytest.mark.parametrize("case", [*(pytest.param(case, id=case["id"]) for case in ALL), *KNOWN_FAILURES])
def test_label_is_read_right(case: Case) -> None:
    label = read(case)
    assert reading(label, case["truth"]) == stated(case["truth"])
    inside = case["truth"].get("elemental_range_contains")
    if inside is not None:
        assert label.elemental_range is not None
        low, high = label.elemental_range
        assert low - 1 <= Decimal(inside) <= high + 1
        assert high <= 2 * low, "bounds so wide tell nothing"


@pytest.mark.parametrize("case", ALL, ids=lambda case: case["id"])
def test_every_number_shows_its_words(case: Case) -> None:
    label = read(case)
    assert_proven(label, case["panel"])
    if label.elemental_mg is not None:
        assert any(any(c.isdigit() for c in quote.quote) for quote in label.quotes)


@pytest.mark.parametrize("case", ALL, ids=lambda case: case["id"])
def test_line_ends_and_case_change_nothing(case: Case) -> None:
    label = read(case)
    again = read(case | {"panel": case["panel"].replace("\n", "\r\n")})
    assert (again.forms, again.elemental_mg, again.basis) == (label.forms, label.elemental_mg, label.basis)


DRESSES = {
    "square brackets": lambda text: text.replace("(", "[").replace(")", "]"),
    "blank lines": lambda text: text.replace("\n", "\n\n"),
    "bullets": lambda text: re.sub(r"(?m)^(?=[A-Z])", "• ", text),
    "capitals": str.upper,
    "loose units": lambda text: re.sub(r"(?<=\d)mg\b", " mg", text),
    "tight units": lambda text: re.sub(r"(?<=\d) mg\b", "mg", text),
    "a way to the page": lambda text: f"Home > Vitamins > Minerals\n{text}",
    "a shop's words": lambda text: f"{text}\nFree shipping on orders over $50. Subscribe to our newsletter.",
}


@pytest.mark.parametrize("dress", DRESSES.values(), ids=DRESSES.keys())
def test_the_dress_of_a_label_changes_nothing(dress: Callable[[str], str]) -> None:
    for case in cases("english"):
        label, again = read(case), read(case | {"panel": dress(case["panel"])})
        assert (set(again.forms), again.elemental_mg) == (set(label.forms), label.elemental_mg), case["id"]


def assert_proven(label: Label, text: str) -> None:
    """Quotes and sources stand in the text where their spans say."""
    for evidence in (*label.quotes, *label.sources, *label.marks):
        if evidence.span is not None:
            start, end = evidence.span
            assert text[start:end] == evidence.quote


def test_a_printed_percent_is_in_the_evidence() -> None:
    text = "Serving Size: 2 Capsules\nMagnesium (as magnesium bisglycinate) 200 mg 48%"
    label = read_label(text, market="US")
    assert label.percent_dv == 48
    assert "Magnesium (as magnesium bisglycinate) 200 mg 48%" in [quote.quote for quote in label.quotes]


@pytest.mark.parametrize(
    "denial",
    [
        "Unlike magnesium oxide, our glycinate is gentle.",
        "Not buffered with magnesium oxide.",
        "No cheap magnesium oxide!",
        "Better absorbed than magnesium oxide.",
        "Never buffered.",
        "Ohne Magnesiumoxid.",
    ],
)
def test_what_a_label_denies_is_no_form_of_it(denial: str) -> None:
    row = "Serving Size: 2 Capsules\nMagnesium (as magnesium glycinate) 200 mg 48%\n"
    for text in (row + denial, "Magnesium bisglycinate capsules. " + denial):
        label = read_label(text, title="Magnesium Glycinate", market="US")
        assert (label.forms, label.inferred_forms) == (("glycinate",), ()), text
