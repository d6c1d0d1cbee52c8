"""CSV, JSON and Markdown of the comparison."""

from __future__ import annotations

import csv
import io
import json
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from catalog import COMPARISON_COLUMNS
from catalog.attribution import attribution
from dashboard import words
from dashboard.export import to_csv, to_json, to_markdown
from tests.dashboard.rows import SEEN, row, unknown

HOSTILE = [
    "<img src=x onerror=alert(1)> Magnesium",
    "[Magnesium](javascript:alert(1)) ![x](http://evil.example/x.png)",
    "a | b || c \\| d",
    "line one\nline two\r\n\r\n# heading",
    "**bold** _it_ ~~no~~ `code` $x$ {{ page.secret }}",
    "\u202egnp.exe Magnesium \x1b[31mred",
    "https://evil.example www.evil.example mailto:a@evil.example <https://evil.example>",
    "&lt;b&gt; &amp; &#124;",
    "[^1] [^2]: note",
]


def read_csv(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text)))


def test_csv_has_the_columns_in_their_order_also_without_rows() -> None:
    assert to_csv([]).strip().split(",") == list(COMPARISON_COLUMNS)
    assert list(read_csv(to_csv([row()]))[0]) == list(COMPARISON_COLUMNS)


def test_csv_leaves_the_unknown_empty_and_numbers_exact() -> None:
    known, nothing = read_csv(to_csv([row(price=Decimal("1E+2"), forms=("citrate", "oxide")), unknown()]))
    assert (known["price"], known["forms"], known["contains_oxide"]) == ("100", "citrate; oxide", "false")
    assert known["seen_at"] == "2026-03-04T05:06:00Z"
    assert nothing["elemental_mg"] == nothing["price"] == nothing["quote"] == nothing["servings_per_container"] == ""


@pytest.mark.parametrize("start", ["=", "+", "-", "@", " =", "\t", "\r", "\n", "\uff1d", "\u00a0@"])
def test_csv_runs_no_formula(start: str) -> None:
    title = f'{start}HYPERLINK("http://evil.example","Magnesium")'
    assert read_csv(to_csv([row(title=title)]))[0]["title"] == f"'{title}"


def test_csv_turns_no_direction_of_writing() -> None:
    assert read_csv(to_csv([row(title="\u202eesrever\u202c Magnesium")]))[0]["title"] == " esrever  Magnesium"


@given(st.text(st.characters(exclude_categories=["Cs"])))
def test_csv_survives_any_title(title: str) -> None:
    read = list(csv.DictReader(io.StringIO(to_csv([row(title=title), row()]), newline="")))
    assert read[0]["title"].removeprefix("'") == words.straight(title).removeprefix("'")
    assert read[1]["title"] == row().title


def test_json_numbers_are_strings_of_decimals_and_the_unknown_is_null() -> None:
    known, nothing = json.loads(to_json([row(), unknown()]))
    assert tuple(known) == COMPARISON_COLUMNS
    assert (known["elemental_mg"], known["price"], known["servings_per_container"]) == ("200", "24.00", "60")
    assert (known["forms"], known["findings"], known["contains_oxide"]) == (["glycinate"], [], False)
    assert nothing["elemental_mg"] is nothing["price"] is nothing["serving_quantity"] is None


def cells(markdown: str) -> list[list[str]]:
    """The table's body as the rendered page shows it; asserts that nothing in it is HTML, a link or markup."""
    tokens = MarkdownIt("commonmark").enable("table").parse(markdown)
    body = next(i for i, token in enumerate(tokens) if token.type == "tbody_open")
    lines: list[list[str]] = []
    for token in tokens[body:]:
        if token.type == "tr_open":
            lines.append([])
        if token.type == "inline" and token.children is not None and token.level == 4:
            assert {child.type for child in token.children} <= {"text", "text_special"}, token.content
            lines[-1].append("".join(child.content for child in token.children))
    return lines


@pytest.mark.parametrize("title", HOSTILE)
def test_markdown_shows_hostile_titles_as_plain_text(title: str) -> None:
    shown = cells(to_markdown([row(title=title, brand=None), row()], SEEN, demo=False))
    assert [line[0] for line in shown] == [f"{words.one_line(title)} [^1]", f"{row().brand} {row().title} [^2]"]
    assert all(len(line) == 7 for line in shown)


@given(st.text(min_size=1))
def test_markdown_shows_any_title_as_plain_text(title: str) -> None:
    shown = cells(to_markdown([row(title=title, brand=None)], SEEN, demo=False))
    assert shown[0][0].split() == [*words.one_line(title).split(), "[^1]"]


@pytest.mark.parametrize("hostile", HOSTILE)
def test_markdown_footnotes_hold_no_markup_but_the_source_link(hostile: str) -> None:
    note = to_markdown([row(quote=hostile, servings_quote=hostile)], SEEN, demo=False).split("[^1]: ", 1)[1].rstrip()
    children = MarkdownIt("commonmark").parseInline(note)[0].children or []
    assert [child.attrs["href"] for child in children if child.type == "link_open"] == [row().url]
    assert {child.type for child in children} <= {"text", "text_special", "link_open", "link_close"}
    shown = f"“{words.one_line(hostile)}”"
    assert f"{shown}; 60 servings: {shown}" in "".join(child.content for child in children)


def test_markdown_autolinks_nothing_of_a_title() -> None:
    """GitHub links bare addresses too: none may be left in the source."""
    text = to_markdown([row(title="https://evil.example WWW.evil.example mailto:a@evil.example", url="")], SEEN, False)
    assert not any(start in text.lower() for start in ("://", "www.", "mailto:"))


def test_markdown_says_what_a_writer_needs() -> None:
    text = to_markdown([row(), unknown(url="javascript:alert(1)")], SEEN, demo=True)
    first, second = cells(text)
    assert first[1:] == ["Glycinate", "200", "2 capsules", "24.00", "0.20", "USD"]
    assert second[1:] == ["Form not stated", *["not stated"] * 5]
    assert "As of 2026-03-04 05:06 UTC" in text
    assert words.ADVICE in text
    assert words.DEMO in text
    assert "[^1]: “Magnesium \\(as" not in text
    assert "“Magnesium (as Magnesium Bisglycinate) 200 mg 48%”" in text
    assert "[acme](https://acme.example/p/17)" in text
    assert "javascript" not in text


def test_markdown_of_real_data_is_not_called_demo() -> None:
    assert words.DEMO not in to_markdown([row()], SEEN, demo=False)


def test_every_export_names_whom_data_is_from() -> None:
    owed = attribution("openfoodfacts", SEEN)
    assert owed is not None
    rows = [row(attribution=owed), row()]
    assert [line["attribution"] for line in read_csv(to_csv(rows))] == [owed, ""]
    assert [line["attribution"] for line in json.loads(to_json(rows))] == [owed, None]
    first, second = to_markdown(rows, SEEN, demo=False).split("[^1]: ", 1)[1].split("[^2]: ")
    assert "Open Food Facts contributors, ODbL 1.0" in first
    assert "Data:" not in second
