"""Plain words, and scraped text made harmless."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from checker import FORMS, Label, MagnesiumSource, Serving
from dashboard import source_words, words
from tests.dashboard.rows import row


@given(st.text())
def test_harmless_text_keeps_every_span(text: str) -> None:
    shown = words.harmless(text)
    assert len(shown) == len(text)
    assert not set(shown) & set("\x00\x07\x1b\x9b\u202e\u2066\u200f\r")


def test_letters_written_from_right_to_left_stay() -> None:
    assert words.one_line("מגנזיום  ציטראט\n200") == "מגנזיום ציטראט 200"


@pytest.mark.parametrize(
    ("url", "address"),
    [
        ("https://acme.example/p/17", "https://acme.example/p/17"),
        (" http://127.0.0.1:8080/x ", "http://127.0.0.1:8080/x"),
        ("javascript:alert(1)", None),
        ("data:text/html,x", None),
        ("//acme.example/x", None),
        ("https://", None),
        ("https://acme.example/a b", None),
        ("https://acme.example/\u202e", None),
        ("http://[bad", None),
        ("", None),
    ],
)
def test_only_web_addresses_become_links(url: str, address: str | None) -> None:
    assert words.web_address(url) == address


@pytest.mark.parametrize(
    ("amount", "shown"),
    [("19.99", "19.99"), ("0.2", "0.20"), ("0.0345", "0.035"), ("0.00041", "0.00041"), ("0", "0.00")],
)
def test_small_amounts_of_money_keep_two_significant_digits(amount: str, shown: str) -> None:
    assert words.money(Decimal(amount)) == shown


@pytest.mark.parametrize(
    ("forms", "oxide", "shown"),
    [
        (("glycinate", "oxide"), True, ["Glycinate", "▲ Oxide"]),
        (("glycinate",), True, ["Glycinate", "▲ Oxide implied"]),
        ((), False, ["Form not stated"]),
    ],
)
def test_oxide_is_marked_among_the_forms(forms: tuple[str, ...], oxide: bool, shown: list[str]) -> None:
    assert words.form_chips(forms, oxide) == shown


@pytest.mark.parametrize(
    ("taken", "unit", "shown"),
    [("capsule", "150", "0.7"), ("tablet", "40", "2.5"), ("powder", "150", "no pills"), (None, "150", "not stated")],
)
def test_pills_are_counted_where_there_are_pills(taken: str | None, unit: str, shown: str) -> None:
    assert words.pills_per_100mg(row(dosage_form=taken, elemental_mg_per_unit=Decimal(unit))) == shown
    assert words.pills_per_100mg(row(dosage_form="capsule", elemental_mg_per_unit=None)) == words.NOT_STATED


@pytest.mark.parametrize(
    ("quantity", "unit", "shown"),
    [
        ("1", "capsule", "1 capsule"),
        ("2", "gummy", "2 gummies"),
        ("0.5", "teaspoon", "0.5 teaspoon"),
        ("3", "pouch", "3 pouches"),
        ("10.00", "ml", "10 ml"),
        ("2", None, "2"),
        (None, None, "not stated"),
    ],
)
def test_servings_read_like_english(quantity: str | None, unit: str | None, shown: str) -> None:
    assert words.serving_text(Decimal(quantity) if quantity else None, unit) == shown


def test_an_unknown_amount_is_not_zero() -> None:
    assert words.milligrams(None) == "not stated"
    assert words.milligrams(Decimal(0)) == "0"
    assert words.milligrams(None, Decimal("84.00"), Decimal("88.04")) == "84–88"
    assert words.milligrams(None, Decimal(241), Decimal(241)) == "241"


@pytest.mark.parametrize("key", [*FORMS, "blend", "a_form_of_a_newer_reader"])
def test_every_form_has_a_name_for_people(key: str) -> None:
    name = words.form_name(key)
    assert name[0].isupper()
    assert "_" not in name


def test_oxide_is_named_in_words() -> None:
    assert words.forms_text(("glycinate", "oxide"), True) == "Glycinate + oxide"
    assert words.forms_text(("glycinate",), True) == "Glycinate (oxide implied)"
    assert words.forms_text((), False) == "Form not stated"


def test_elemental_magnesium_is_explained_with_the_computed_fractions() -> None:
    assert "at most 141 mg" in words.elemental_explained()
    assert "603 mg" in words.elemental_explained()


def test_facts_of_a_label_leave_out_what_is_unknown() -> None:
    source = MagnesiumSource(form="glycinate", compound_mg=Decimal(1000), quote="1000 mg", span=(0, 7))
    serving = Serving(quantity=Decimal(2), quantity_max=Decimal(3), unit="capsule", text="2-3 Veg Capsules")
    label = Label(
        has_magnesium=True,
        forms=("glycinate",),
        elemental_range=(Decimal("116.6"), Decimal(141)),
        basis="from_compound",
        serving=serving,
        sources=(source,),
        reader_version="1",
    )
    assert words.label_facts(label) == [
        ("Elemental magnesium", "116.6–141 mg per serving"),
        ("Form", "Glycinate"),
        ("Compound weight", "1,000 mg"),
        ("Serving", "2 to 3 capsules"),
    ]


def test_numbers_of_a_finding_are_named_with_their_units() -> None:
    numbers = {
        "elemental_mg_per_day": Decimal("400.0"),
        "percent_dv": Decimal("33.333"),
        "units_per_100_mg": Decimal(2),
    }
    assert words.numbers_text(numbers) == "elemental mg per day: 400; % DV: 33.33; units per 100 mg: 2"


def test_a_title_is_cut_where_no_name_is_that_long() -> None:
    assert words.title("Calm\n Magnesium") == "Calm Magnesium"
    assert len(words.title("Magnesium " * 500)) == 200
    assert words.title("Magnesium " * 500).endswith("…")


def test_text_for_markdown_escapes_what_markdown_reads_and_nothing_else() -> None:
    assert words.plain("Doctor’s “Best” – 100 % [a](b) :red[c] $x$…") == (
        "Doctor’s “Best” – 100 \\% \\[a\\]\\(b\\) \\:red\\[c\\] \\$x\\$…"
    )


def test_what_a_refresh_passed_over() -> None:
    assert source_words.passed_over({}) == "none"
    assert source_words.passed_over({"no_magnesium": 1200, "bad_day": 1}) == "1,200 without magnesium, 1 bad day"
