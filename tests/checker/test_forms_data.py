"""The data files of forms and words."""

from __future__ import annotations

from collections import Counter
from decimal import Decimal

import pytest

from checker import FORMS, read_label
from checker.lexicon import table, trie_pattern, vocabulary

KINDS = ("ligands", "names", "brands", "sources")

PERCENT = {
    ("oxide", "oxide"): "60.30",
    ("hydroxide", "hydroxide"): "41.68",
    ("carbonate", "anhydrous"): "28.83",
    ("carbonate", "basic, heavy 4:1:5"): "25.02",
    ("chloride", "hexahydrate"): "11.96",
    ("sulfate", "heptahydrate (Epsom)"): "9.86",
    ("citrate", "trimagnesium dicitrate, anhydrous"): "16.16",
    ("malate", "1:1, anhydrous"): "15.54",
    ("glycinate", "bisglycinate, anhydrous"): "14.10",
    ("glycinate_lysinate", "lysinate glycinate chelate 1:1:1"): "9.98",
    ("taurate", "anhydrous"): "8.92",
    ("threonate", "L-threonate, anhydrous"): "8.25",
    ("lactate", "dihydrate"): "10.19",
    ("orotate", "dihydrate"): "6.56",
    ("stearate", "stearate"): "4.11",
}
"""Magnesium in percent of species, from the atomic weights."""


def test_no_two_forms_share_a_name() -> None:
    owners: dict[str, set[str]] = {}
    for key, form in table("forms").items():
        for kind in KINDS:
            for name in form.get(kind, ()):
                owners.setdefault(name.rstrip("~"), set()).add(key)
    assert {name: keys for name, keys in owners.items() if len(keys) > 1} == {}


def test_no_form_names_a_word_twice() -> None:
    for key, form in table("forms").items():
        for kind in KINDS:
            assert [w for w, n in Counter(form.get(kind, ())).items() if n > 1] == [], key


@pytest.mark.parametrize(("form", "species"), PERCENT)
def test_fraction_of_a_species(form: str, species: str) -> None:
    fraction = next(s.fraction for s in FORMS[form].species if s.name == species)
    assert abs(fraction * 100 - Decimal(PERCENT[form, species])) < Decimal("0.01")


@pytest.mark.parametrize("form", [key for key, form in FORMS.items() if not form.excipient and form.species])
def test_every_form_is_read_from_its_english_name(form: str) -> None:
    label = read_label(f"Magnesium (as {FORMS[form].name}) 100 mg 24%", market="US")
    assert (label.forms, label.elemental_mg) == ((form,), Decimal(100))


def test_words_are_lower_case_and_each_has_one_meaning() -> None:
    assert [word for word in vocabulary() if word != word.lower()] == []


def test_the_longest_name_wins() -> None:
    import re

    pattern = re.compile(trie_pattern(["equiv", "equiv.", "equivalent to", "equivalent", "s. cerevisiae"]))
    assert pattern.match("equivalent to 5")[0] == "equivalent to"  # type: ignore[index]
    assert pattern.match("equiv. 5")[0] == "equiv."  # type: ignore[index]
    assert pattern.match("equiv 5")[0] == "equiv"  # type: ignore[index]
