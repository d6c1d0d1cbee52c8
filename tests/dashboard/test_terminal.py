"""The command line's tables."""

from __future__ import annotations

import io
from decimal import Decimal
from types import SimpleNamespace

import pytest
from rich.console import Console, RenderableType

from catalog import SourceResult, SourceState
from checker import Finding, Label, Quote
from dashboard import keeper, terminal, words
from tests.dashboard.rows import SEEN, row, unknown


def printed(renderable: RenderableType) -> str:
    """As a file or a pipe gets it."""
    out = io.StringIO()
    terminal.console(out).print(renderable)
    return out.getvalue()


def on_a_terminal(renderable: RenderableType, width: int) -> str:
    out = io.StringIO()
    Console(file=out, force_terminal=True, width=width, color_system=None).print(renderable)
    return out.getvalue()


def line_with(text: str, word: str) -> str:
    return next(line for line in text.splitlines() if word in line)


def test_a_row_says_form_amount_price_and_currency_on_one_line() -> None:
    text = printed(terminal.comparison_table([row(), unknown(title="Mystery")], total=41, as_of=SEEN, demo=False))
    assert "\x1b" not in text
    for word in ("Glycinate", "200", "2 capsules", "24.00", "0.20", "USD", "acme"):
        assert word in line_with(text, "Calm Glycinate"), word
    assert line_with(text, "Mystery").count("not stated") == 5  # the form's own "Form not stated" is one of them
    assert "2 of 41 products. As of 2026-03-04 05:06 UTC" in text
    assert words.ADVICE in text
    assert words.DEMO not in text


def test_a_row_says_of_how_many_offers_of_its_article_it_is_one() -> None:
    text = printed(terminal.comparison_table([row(offers=3), row(title="Lonely")], total=2, as_of=SEEN, demo=False))
    assert line_with(text, "Calm Glycinate").rstrip().endswith("acme, 1 of 3 offers")
    assert line_with(text, "Lonely").rstrip().endswith("acme")


def test_oxide_and_findings_are_words_and_demo_says_so() -> None:
    oxide = row(forms=("glycinate",), contains_oxide=True, worst_severity="warning", findings=("oxide_as_other",))
    text = printed(terminal.comparison_table([oxide], total=1, as_of=SEEN, demo=True))
    assert "oxide implied" in text
    assert "Warning" in text
    assert words.DEMO in text


@pytest.mark.parametrize("width", [60, 80, 100, 160])
def test_the_comparison_fits_the_terminal(width: int) -> None:
    text = on_a_terminal(terminal.comparison_table([row()], total=1, as_of=SEEN, demo=False), width)
    assert max(map(len, text.splitlines())) <= width
    for word in ("24.00", "0.20", "USD", "200"):
        assert word in text, word


def test_an_empty_comparison_tells_empty_from_nothing_found() -> None:
    assert "No product matches" in printed(terminal.comparison_table([], total=0, as_of=SEEN, demo=False))
    assert "maglabel refresh" in printed(terminal.comparison_table([], total=0, as_of=None, demo=False))


@pytest.mark.parametrize(
    "title", ["[bold]x[/bold] [/]", "[link=http://evil.example]y[/link]", ":skull: z", "\x1b[31mred\x07"]
)
def test_scraped_text_is_neither_markup_nor_a_control_sequence(title: str) -> None:
    table = terminal.comparison_table([row(title=title, quote=title)], total=1, as_of=SEEN, demo=False)
    for text in (printed(table), on_a_terminal(table, 160)):
        assert words.one_line(title) in text
        assert "\x07" not in text
        assert "\x1b[31m" not in text


def test_a_label_shows_its_numbers_with_the_words_that_gave_them() -> None:
    label = Label(
        has_magnesium=True,
        forms=("glycinate",),
        elemental_mg=Decimal(400),
        basis="declared",
        quotes=(Quote(quote="Magnesium [as glycinate]\n400 mg", span=(0, 31), rule="row.as_form"),),
        reader_version="1",
    )
    note = Finding(code="old-daily-value", severity="info", message="A note.", more="docs/FINDINGS.md#old-daily-value")
    warning = Finding(
        code="above-upper-limit",
        severity="warning",
        message="More than the upper limit.",
        quote="400 mg",
        numbers={"elemental_mg": Decimal(400), "upper_limit_mg": Decimal(350)},
        more="docs/FINDINGS.md#above-upper-limit",
    )
    text = printed(terminal.label_view(label, [note, warning]))
    assert "400 mg per serving" in text
    assert words.BASIS["declared"] in text
    assert "row.as_form" in line_with(text, "“Magnesium [as glycinate] 400 mg”")
    assert text.index("Warning") < text.index("Note")
    assert "elemental mg: 400; upper limit mg: 350" in text
    assert words.ADVICE in text


def test_a_text_without_magnesium_is_said_to_have_none() -> None:
    text = printed(terminal.label_view(Label(has_magnesium=False, reader_version="1")))
    assert "No magnesium is stated" in text
    assert "0 mg" not in text


def test_a_run_shows_each_source_and_why_one_failed() -> None:
    fresh = SourceResult("acme", "fresh", "", 41, 40, 1, 0, 39, 30, 29, {"no magnesium": 7}, 3, 1_500_000, 2.0)
    failed = SourceResult("[b]hills", "failed", "It answered [HTML] for JSON.", 0, 0, 0, 0, 0, 0, 0, {}, 1, 10, 0.1)
    text = printed(keeper.run_table([fresh, failed]))
    assert line_with(text, "acme").split()[1:] == ["fresh", "41", "40", "1", "0", "39", "30", "29", "7"]
    assert "[b]hills: It answered [HTML] for JSON." in text
    assert "1 source fresh, 1 source failed; 40 new, 1 changed, 0 gone; 4 requests, 1.5 MB." in text


def test_status_shows_ages_and_what_a_source_lacks() -> None:
    never = SourceState("new", "shopify", "https://x.example/", None, True, None, None, None, "", 0, 0, 0, 0, 0, {})
    dsld = SourceState(
        "dsld", "dsld", "u", "US", False, SEEN, SEEN, "fresh", "It gives no price.", 41, 0, 39, 31, 0, {}
    )
    text = printed(keeper.status_table([dsld, never], "sqlite:///x.sqlite"))
    assert "2026-03-04 05:06 UTC" in line_with(text, "fresh")
    assert line_with(text, "new").count("never") == 2
    assert "dsld: It gives no price." in text
    assert words.DEMO in text
    assert "maglabel refresh" in printed(keeper.status_table([], "sqlite:///x.sqlite"))


def test_configured_sources_are_listed(tmp_path: pytest.TempPathFactory) -> None:
    source = SimpleNamespace(
        url="https://a.shop/", kind="shopify", delay=1.5, market="US", currency=None, enabled=False
    )
    text = printed(terminal.config_table({"a": source}, tmp_path))  # type: ignore[arg-type]
    assert line_with(text, "a.shop").split() == ["a", "shopify", "https://a.shop/", "US", "1.5", "no"]


def test_progress_is_silent_when_nobody_watches(capsys: pytest.CaptureFixture[str]) -> None:
    with terminal.crawl_progress(["acme"]) as show:
        show(SimpleNamespace(source="acme", requests=1, bytes=10, seen=2, kept=1, finished=None))
    assert capsys.readouterr() == ("", "")
