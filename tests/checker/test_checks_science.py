"""The arithmetic behind the checks, against worked examples of the literature and as properties."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from checker import FORMS, STUDIES, Claim, Label, MagnesiumSource, Quote, Serving, check_label
from checker.checks.amounts import fitting
from checker.checks.buffered import oxide_interval, pure_form_outcome
from checker.checks.capsules import ceiling_mg
from checker.reference_values import DAILY_VALUES, UPPER_LIMITS, daily_values, upper_limit

D = Decimal


@pytest.mark.parametrize(
    ("form", "elemental", "compound", "outcome"),
    [
        ("glycinate", "60", "400", "borderline"),
        ("glycinate", "250", "1786", "consistent"),
        ("glycinate", "400", "2600", "exceeds"),
        ("glycinate", "300", "1500", "exceeds"),
        ("citrate", "109", "1000", "consistent"),
        ("lactate", "48.62", "404.85", "consistent"),
        ("amino_acid_chelate", "60", "400", None),
        ("glycinate", "0", "400", None),
        ("glycinate", "60", "0", None),
    ],
)
def test_what_the_pure_form_holds(form: str, elemental: str, compound: str, outcome: str | None) -> None:
    assert pure_form_outcome(form, D(elemental), D(compound)) == outcome


@pytest.mark.parametrize(
    ("form", "elemental", "compound", "percents"),
    [("glycinate", "200", "1000", (39, 52)), ("citrate", "300", "1000", (63, 75))],
)
def test_share_of_the_magnesium_from_oxide(form: str, elemental: str, compound: str, percents: tuple[int, int]) -> None:
    shares = oxide_interval(form, D(elemental), D(compound))
    assert shares is not None
    assert tuple(round(share * 100) for share in shares) == percents


def test_no_oxide_blend_explains_more_than_oxide_holds() -> None:
    assert oxide_interval("glycinate", D(700), D(1000)) is None
    assert oxide_interval("glycinate", D(100), D(1000)) is None


@pytest.mark.parametrize(
    ("form", "ceilings"),
    [
        ("oxide", (826, 991, 549, 658, 410, 492)),
        ("citrate", (221, 266, 147, 176, 110, 132)),
        ("glycinate", (193, 232, 128, 154, 96, 115)),
        ("taurate", (122, 147, 81, 97, 61, 73)),
        ("threonate", (113, 136, 75, 90, 56, 67)),
    ],
)
def test_capsule_ceilings(form: str, ceilings: tuple[int, ...]) -> None:
    got = [ceiling_mg(form, size, D(density)) for size in ("000", "00", "0") for density in ("1.0", "1.2")]
    assert [mg and float(mg) for mg in got] == pytest.approx(ceilings, abs=0.9)


def test_a_form_without_a_formula_has_no_ceiling() -> None:
    assert ceiling_mg("marine", "00", D(1)) is None


def test_daily_values_of_markets() -> None:
    assert {value.mg for value in daily_values("US")} == {420, 400, 450, 80, 200, 75, 70}
    assert {value.mg for value in daily_values("DE") if value.current} == {375}
    assert daily_values("DE") == daily_values("UK") == daily_values("CH")
    assert daily_values(None) == DAILY_VALUES == daily_values("AU")


def test_every_reference_value_names_its_source() -> None:
    assert all(value.source for value in (*DAILY_VALUES, *UPPER_LIMITS))
    assert upper_limit("GB").body == "EVM"


@given(st.integers(1, 1500), st.sampled_from([420, 400, 375, 450, 200, 80]))
def test_an_honest_percentage_always_fits(mg: int, daily_value: int) -> None:
    percent = (D(mg) * 100 / daily_value).quantize(D(1))
    assert daily_value in {value.mg for value in fitting(D(mg), percent, DAILY_VALUES)}
    assert daily_value not in {value.mg for value in fitting(D(mg), percent * 2 + 20, DAILY_VALUES)}


def test_studies_name_known_forms_and_no_score() -> None:
    assert len(STUDIES) == 9
    assert {form for study in STUDIES for form in study.forms} <= set(FORMS)
    assert all(study.citation and study.caveat and study.subjects for study in STUDIES)


def label(**fields: Any) -> Label:
    return Label(**{"has_magnesium": True, "basis": "declared", "reader_version": "test", "market": "US"} | fields)


def of_parts(total: Decimal, glycinate: Decimal, oxide: Decimal) -> Label:
    """A label of two lines: a total, and the magnesium of two forms below it."""
    places = {"glycinate": (20, 30), "oxide": (32, 42)}
    return label(
        forms=("glycinate", "oxide"),
        elemental_mg=total,
        quotes=(Quote(quote="total", span=(0, 18), rule="total"),),
        sources=tuple(
            MagnesiumSource(form=form, elemental_mg=mg, quote=form, span=places[form])
            for form, mg in (("glycinate", glycinate), ("oxide", oxide))
        ),
    )


def codes(of: Label) -> dict[str, str]:
    return {finding.code: finding.severity for finding in check_label(of)}


amounts = st.integers(20, 400).map(D)
factors = st.integers(1, 20).map(D)


@given(amounts, amounts, st.sampled_from([D("0.5"), D("0.8"), D(1), D("1.4"), D(3)]), factors)
def test_scaling_changes_no_outcome_of_the_sum_and_split(one: Decimal, two: Decimal, off: Decimal, by: Decimal) -> None:
    """Numbers of 20 mg and more, and a sum that is right or wrong by 20 %: rounding decides nothing at any scale."""

    total = ((one + two) * off).quantize(D(1))
    outcomes = [codes(of_parts(total * scale, one * scale, two * scale)) for scale in (D(1), by)]
    for code in ("sum-mismatch", "split-unknown"):
        assert outcomes[0].get(code) == outcomes[1].get(code)
    assert off != 1 or "sum-mismatch" not in outcomes[0]


@given(
    st.sampled_from(["glycinate", "citrate", "malate", "taurate", "threonate", "lactate"]),
    st.integers(500, 3000).map(D),
    st.sampled_from([D("0.5"), D("0.9"), D(1), D("1.3"), D("1.6")]),
    factors,
)
def test_scaling_changes_no_outcome_of_the_fraction(form: str, compound: Decimal, share: Decimal, by: Decimal) -> None:
    """From 500 mg of compound on, what is 30 % above the ceiling exceeds it and what is not above it does not."""
    fractions = FORMS[form].fractions
    assert fractions is not None
    elemental = compound * fractions[1] * share
    expected = "exceeds" if share > 1 else "consistent"
    assert pure_form_outcome(form, elemental, compound) == expected
    assert pure_form_outcome(form, elemental * by, compound * by) == expected


@given(st.integers(1, 2000).map(D), st.integers(1, 3000).map(D), factors)
def test_a_finer_print_never_excuses_more(elemental: Decimal, compound: Decimal, by: Decimal) -> None:
    """The larger the printed numbers, the less their rounding can explain."""
    order = ["consistent", "borderline", "exceeds"]
    small, large = (pure_form_outcome("glycinate", elemental * scale, compound * scale) for scale in (D(1), by))
    assert small is not None
    assert large is not None
    fraction = elemental / compound
    ceiling = FORMS["glycinate"].species[0].fraction
    if fraction > ceiling:
        assert order.index(large) >= order.index(small)
    else:
        assert small == large == "consistent"


@pytest.mark.parametrize(
    ("per_day", "market", "fires"),
    [((1, 2), "US", True), ((1, 1), "US", False), ((2, 2), "UK", False), ((2, 2), "DE", True), (None, "EU", False)],
)
def test_the_directed_day_counts(per_day: tuple[int, int] | None, market: str, fires: bool) -> None:
    day = per_day and (D(per_day[0]), D(per_day[1]))
    made = label(forms=("citrate",), elemental_mg=D(200), servings_per_day=day, market=market)
    assert ("above-upper-limit" in codes(made)) == fires


def test_bounds_count_with_their_lower_end() -> None:
    made = label(forms=("oxide",), elemental_range=(D(482), D(482)), basis="from_compound")
    (finding,) = (f for f in check_label(made) if f.code == "above-upper-limit")
    assert "at least 482 mg" in finding.message
    low = label(forms=("glycinate",), elemental_range=(D(300), D(400)), basis="from_compound")
    assert "above-upper-limit" not in codes(low)


def test_a_part_that_restates_the_total_is_no_sum() -> None:
    assert "sum-mismatch" not in codes(of_parts(D(100), D(100), D(40)))
    assert codes(of_parts(D(200), D(100), D(40)))["sum-mismatch"] == "error"


def test_a_serving_of_two_units_is_no_wrong_sum() -> None:
    assert "sum-mismatch" not in codes(of_parts(D(280), D(100), D(40)))


def test_a_buffered_label_is_not_judged_as_the_pure_form() -> None:
    serving = Serving(quantity=D(1), unit="capsule", text="1 capsule")
    pure = label(forms=("glycinate",), elemental_mg=D(250), serving=serving)
    assert codes(pure)["does-not-fit-capsules"] == "error"
    assert "does-not-fit-capsules" not in codes(pure.model_copy(update={"inferred_forms": ("oxide",)}))
    assert "does-not-fit-capsules" not in codes(pure.model_copy(update={"forms": ("glycinate", "oxide")}))


@pytest.mark.parametrize(
    ("title_mg", "code"),
    [
        ("100", None),  # per capsule
        ("200", "serving-is-several"),
        ("400", None),  # per directed day
        ("1418", "title-states-compound"),  # 200 mg / 14.1 %
        ("709", "title-states-compound"),  # of one capsule
        ("350", "title-dose-mismatch"),
    ],
)
def test_what_the_number_in_the_title_is(title_mg: str, code: str | None) -> None:
    made = label(
        forms=("glycinate",),
        elemental_mg=D(200),
        serving=Serving(quantity=D(2), unit="capsule", text="2 capsules"),
        servings_per_day=(D(2), D(2)),
        claims=(Claim(form="glycinate", mg=D(title_mg), quote="title"),),
    )
    titled = {"serving-is-several", "title-states-compound", "title-dose-mismatch"} & codes(made).keys()
    assert titled == ({code} if code else set())
