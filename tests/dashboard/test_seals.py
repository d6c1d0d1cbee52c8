"""Seals and claims that a text states."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dashboard.seals import Seal, seals


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("Vegan, Non-GMO, gluten free.", ["Vegan", "Gluten-free", "Without genetic engineering"]),
        ("THIRD PARTY TESTED in a cGMP facility", ["Tested by a third party", "Good manufacturing practice"]),
        ("Ohne Gentechnik, laktosefrei", ["Lactose- or dairy-free", "Without genetic engineering"]),
        ("NSF Certified for Sport", ["NSF certified"]),
        ("Not suitable for vegans", []),
        ("not vegan", []),
        ("Non-vegan capsule. The tablets are vegan.", ["Vegan"]),
        ("Las Vegans love it", []),
        ("vegansk", []),
        ("Not gluten-free", []),
        ("", []),
    ],
)
def test_what_a_text_states(text: str, names: list[str]) -> None:
    assert [seal.name for seal in seals(text)] == names


def test_a_quote_is_the_line_and_a_long_one_is_cut_at_spaces() -> None:
    assert seals("Take two.\nKosher and calm.\nEnd") == [Seal("Kosher", "Kosher and calm.")]
    (seal,) = seals(f"{'word ' * 40}halal{' word' * 40}")
    assert seal.quote.startswith("…word ")
    assert seal.quote.endswith(" word…")
    assert "halal" in seal.quote
    assert len(seal.quote) < 120


@given(st.text())
def test_any_text_is_survived(text: str) -> None:
    for seal in seals(f"{text} vegan {text}"):
        assert "\n" not in seal.quote
