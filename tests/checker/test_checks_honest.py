"""Labels made from true numbers: whatever their layout, no check may call them wrong."""

from __future__ import annotations

import re
from decimal import ROUND_CEILING, Decimal

from hypothesis import given, settings
from hypothesis import strategies as st

from checker import FORMS, Listing, check_label, read_label

NAMED = ("glycinate", "citrate", "malate", "taurate", "oxide")
NEVER = {"percent-dv-mismatch", "sum-mismatch", "unit-slip", "crossed-rows", "exceeds-pure-form", "title-dose-mismatch"}


def compound_of(form: str, mg: int, spare: Decimal) -> int:
    """A weight of the compound that holds the magnesium, with some moisture or filler to spare."""
    fractions = FORMS[form].fractions
    assert fractions is not None
    return int((mg / fractions[1] * spare).to_integral_value(ROUND_CEILING))


def panel(
    layout: str, first: str, second: str, one: int, two: int, daily_value: int, spare: Decimal
) -> tuple[str, int]:
    """A panel in one of the layouts that labels have, and its magnesium."""
    total = one + two if layout in ("provided by", "nested parts") else one
    percent = f"{(Decimal(total) * 100 / daily_value).quantize(Decimal(1))}%"
    name, other = f"magnesium {first}", f"magnesium {second}"
    weight, rest = compound_of(first, one, spare), compound_of(second, two, spare)
    rows = {
        "as": f"Magnesium (as {name}) | {one} mg | {percent}",
        "two rows": f"Magnesium | {one} mg | {percent}\n  {name.capitalize()} | {weight} mg | **",
        "from": f"Magnesium (from {weight} mg {name}) {one} mg {percent}",
        "provided by": f"Magnesium {total} mg {percent}\nProvided by:\n"
        f"{one} mg of magnesium from {weight} mg of {name}\n{two} mg of magnesium from {rest} mg of {other}",
        "nested parts": f"Magnesium {total} mg {percent}\n  (as {name}) {one} mg\n  (as {other}) {two} mg",
        "of which": f"{name.capitalize()} {weight} mg, of which magnesium {one} mg ({percent})",
    }
    return rows[layout], total


@settings(max_examples=400, deadline=None)
@given(
    layout=st.sampled_from(["as", "two rows", "from", "provided by", "nested parts", "of which"]),
    forms=st.permutations(NAMED),
    one=st.integers(20, 300),
    two=st.integers(20, 300),
    value=st.sampled_from([(420, "US"), (400, "US"), (420, None), (375, "EU"), (375, None), (420, "CA")]),
    spare=st.sampled_from([Decimal("1.0"), Decimal("1.1"), Decimal("1.6")]),
    unit=st.sampled_from(["4 Tablets", "1 Tablet", "1 Scoop", "2 Softgels"]),
)
def test_honest_labels(
    layout: str, forms: list[str], one: int, two: int, value: tuple[int, str | None], spare: Decimal, unit: str
) -> None:
    rows, total = panel(layout, forms[0], forms[1], one, two, value[0], spare)
    text = f"Supplement Facts\nServing Size: {unit}\nServings Per Container: 30\n{rows}\nOther Ingredients: silica."
    label = read_label(text, f"Magnesium {total} mg", value[1])
    found = {finding.code: finding for finding in check_label(label)}
    assert label.elemental_mg == total
    assert not NEVER & found.keys(), found
    assert all(finding.severity != "error" for finding in found.values())


@settings(max_examples=100, deadline=None)
@given(form=st.sampled_from(NAMED), units=st.integers(1, 6), share=st.integers(5, 100))
def test_what_fits_into_capsules_is_never_doubted(form: str, units: int, share: int) -> None:
    """Up to a size 00 at 1.0 g/mL there is nothing to say."""
    fractions = FORMS[form].fractions
    assert fractions is not None
    mg = int(units * 910 * fractions[1] * share / 100)
    text = f"Serving Size: {units} Capsule(s)\nMagnesium (as magnesium {form}) {mg} mg"
    assert "does-not-fit-capsules" not in {finding.code for finding in check_label(read_label(text))}


@settings(max_examples=100, deadline=None)
@given(one=st.integers(60, 200), two=st.integers(60, 200), off=st.sampled_from([-40, -25, 25, 40]))
def test_a_wrong_total_is_always_found(one: int, two: int, off: int) -> None:
    rows, total = panel("provided by", "glycinate", "oxide", one, two, 420, Decimal(1))
    text = re.sub(r"Magnesium \d+ mg \d+%", f"Magnesium {total + off} mg", rows, count=1)
    found = {finding.code: finding for finding in check_label(read_label(text))}
    assert ("sum-mismatch" in found) == (not any(abs(part - total - off) <= 2 for part in (one, two)))


WORDS = (
    "Magnesium", "magnesium citrate", "(as magnesium glycinate)", "Magtein", "elemental", "from", "of which", "mg",
    "mcg", "g", "mmol", "%", "|", "\n", "\n  ", "Provided by:", "Serving Size: 0 Capsules\n",
    "Serving Size: 2 Tablets\n", "Capsules", "2", "400", "0.000", "1,5", "1-2", "Magnesium 100 mg 24%\n",
    "Magnesium 0 mg\n", "9" * 60 + " mg", "magnesium oxide 0.0001 mg", "200 mg 50%", "0%", "blend", "buffered",
    "Drug Facts", "twice daily", "½", "Other Ingredients: magnesium stearate",
)  # fmt: skip


@settings(max_examples=400, deadline=None)
@given(
    words=st.lists(st.sampled_from(WORDS), max_size=40),
    title=st.lists(st.sampled_from(WORDS), max_size=8),
    market=st.sampled_from([None, "US", "DE", "nowhere"]),
)
def test_checks_never_raise(words: list[str], title: list[str], market: str | None) -> None:
    label = read_label(" ".join(words), " ".join(title), market)
    listing = Listing(source="shop", source_key="1", url="https://shop.example/1", title=" ".join(title))
    for finding in check_label(label, listing):
        assert finding.message
        assert all(number.is_finite() for number in finding.numbers.values())
