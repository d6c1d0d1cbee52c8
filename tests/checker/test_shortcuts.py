"""What the reader does the short way is what the long way does."""

from __future__ import annotations

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import checker.tokens
from checker import CHECKS, Finding, Label, check_label, read_label
from checker.checks.registry import LABEL_CHECKS
from checker.lexicon import cues, seldom, stems, table, vocabulary, without_m, words
from checker.printed import gate, near_magnesium
from checker.scanner import Known
from checker.text import uniform
from checker.tokens import Token, tokens
from tests.checker.labels import Case, cases, read

CASES = [
    case
    for name in ("traps", "idioms", "world", "pages", "hard", "markets", "leaflets", "english")
    for case in cases(name)
]
NAMES = sorted(word.rstrip("~") for word in vocabulary())
BETWEEN = ["", " ", "-", ", ", "e ", " dihydrat ", "(", ") ", "2", "_", "salz ", "酸", " mg ", "s "]


def by_the_pattern(low: str) -> list[Token]:
    """The tokens of a text when no word is looked up: the pattern of all names tells every one."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(checker.tokens, "known", lambda _: Known("", "", re.compile("")))
        return tokens(low)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["id"])
def test_words_looked_up_are_those_of_the_pattern(case: Case) -> None:
    low = uniform(case["panel"]).low
    assert tokens(low) == by_the_pattern(low)


@settings(max_examples=300, deadline=None)
@given(st.lists(st.tuples(st.sampled_from(NAMES), st.sampled_from(BETWEEN)), min_size=1, max_size=6))
def test_names_run_together_are_those_of_the_pattern(parts: list[tuple[str, str]]) -> None:
    low = "".join(name + between for name, between in parts)
    assert tokens(low) == by_the_pattern(low)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["id"])
def test_what_is_made_unchecked_would_pass_every_check(case: Case) -> None:
    label = read(case)
    assert Label.model_validate(label.model_dump()) == label
    assert set(label.model_fields_set) <= set(Label.model_fields) == set(label.__dict__)
    for finding in check_label(label):
        assert Finding.model_validate(finding.model_dump()) == finding


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["id"])
def test_a_check_finds_nothing_on_a_label_without_what_it_needs(case: Case) -> None:
    label = read(case)
    every = {finding.code for check in LABEL_CHECKS if (finding := check(label)) is not None}
    assert every == {finding.code for finding in check_label(label)} <= set(CHECKS)


def test_ascii_text_is_made_uniform_like_any_other() -> None:
    text = "".join(map(chr, range(128)))
    assert uniform(text).low == uniform(text + "é").low[:-1]


@pytest.mark.parametrize("kind", ["daily", "elsewhere", "buffered", "prose", "mention", "negation"])
def test_cues_are_seen_wherever_they_stand(kind: str) -> None:
    seen = cues(words(kind))
    for word in (word.rstrip("~") for word in words(kind)):
        for text in (word, f"{'- ' * 60}{word}", f"{'é ' * 60}{word}"):
            assert seen.within(text)
            assert word in seen.standing(text)
    assert not seen.within("- " * 60)
    assert not seen.standing("")


def test_the_gate_opens_for_every_word_of_magnesium() -> None:
    for word in stems():
        text, beheaded = f"a {word}", f"a {word[1:]}"
        assert gate(text).search(text)
        assert not gate(beheaded).search(beheaded) or any(other in beheaded for other in stems())


@pytest.mark.parametrize("word", [*table("marks")["medicine"]["text"], *words("elsewhere"), *without_m()])
def test_one_search_tells_that_no_seldom_word_stands(word: str) -> None:
    for text in (word, f"{'magnesium citrate 200 mg - ' * 6}{word}"):
        assert seldom().within(text)
    assert not seldom().within("magnesium citrate 200 mg - " * 6)


def test_a_medicine_is_marked_by_any_of_its_words() -> None:
    for word in table("marks")["medicine"]["text"]:
        (mark,) = {mark.rule for mark in read_label(f"Magnesium hydroxide 400 mg per tablet. {word.upper()}").marks}
        assert mark == "medicine"


PIECES = ["magnesium", " 200 mg", "(", ")", "\n", "\n", " ", "zinc, 5 mg. Then", "of which", "x" * 90]


@settings(max_examples=300, deadline=None)
@given(st.lists(st.sampled_from(PIECES), min_size=1, max_size=14))
def test_lines_from_the_first_mention_on_are_those_of_the_whole_text(parts: list[str]) -> None:
    low = "".join(parts)
    names = gate(low)
    first = names.search(low)
    if first:
        from_there, from_the_start = near_magnesium(low, names, first.start()), near_magnesium(low, names, 0)
        assert [places for _, *places in from_there] == [places for _, *places in from_the_start]


@pytest.mark.parametrize(("text", "directed"), [("take 2 daily", True), ("% daily value", False), ("once a day", True)])
def test_cues_look_at_what_must_stand_behind(text: str, directed: bool) -> None:
    seen = cues(words("daily"), "(?! value)")
    assert seen.within(text) == seen.within(f"{text}{' -' * 60}") == directed
