"""What changed, in words: every kind of change, hostile text, and nothing."""

from __future__ import annotations

import io
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal

import pytest

from catalog import ChangeReport, FieldChange, Item, PriceChange, Shrinkage
from catalog.history import Appearance, Disappearance, NewSource, ReaderChange, Reformulation
from dashboard.changes import changes_markdown, changes_view, sections
from dashboard.terminal import console

D = Decimal
THEN, NOW = datetime(2026, 11, 14, tzinfo=UTC), datetime(2026, 11, 20, 6, 30, tzinfo=UTC)
ITEM = Item("acme", "g", "https://acme.example/products/g", "Zen Magnesium")
HOSTILE = Item("acme", "h", "javascript:alert(1)", "Mag [b](http://x.example) <script>|\n# Title \x1b[31m")
FORMS = FieldChange("forms", "glycinate", "glycinate, oxide")
FULL = ChangeReport(
    since=THEN,
    as_of=NOW,
    prices=(
        PriceChange(ITEM, "", D(18), D(24), "USD", "in_stock", NOW, new_lowest=False),
        PriceChange(ITEM, "120 capsules", D(24), D(18), "USD", "out_of_stock", NOW, new_lowest=True),
    ),
    new_products=(Appearance(HOSTILE, NOW),),
    back=(Appearance(ITEM, NOW, THEN),),
    gone=(Disappearance(ITEM, THEN),),
    reformulations=(Reformulation(ITEM, NOW, (FORMS,), "Magnesium 200 mg", "Magnesium 150 mg"),),
    shrinkage=(
        Shrinkage(ITEM, NOW, "capsule", D(120), D(90), "120 capsules", "90 capsules", D(18), D(18), "USD"),
        Shrinkage(ITEM, NOW, "g", D(250), D(200), "250 g", "200 g", None, None, None),
    ),
    reader_changes=(ReaderChange(ITEM, NOW, "2", "3", (FieldChange("elemental_mg", None, "200"),), "200 mg"),),
    new_sources=(NewSource("bravo", NOW, 12),),
    not_comparable=1,
    attributions=("Label Makers (CC0)",),
)
NOTHING = ChangeReport(since=THEN, as_of=NOW)


def shown(report: ChangeReport, *, demo: bool = False) -> str:
    out = io.StringIO()
    console(out).print(changes_view(report, demo))
    return out.getvalue()


@pytest.mark.parametrize(("now", "said"), [("24.12", "+0.5 %"), ("24.24", "+1 %"), ("23.88", "-0.5 %")])
def test_a_small_step_is_not_called_none(now: str, said: str) -> None:
    change = PriceChange(ITEM, "", D(24), D(now), "USD", "in_stock", NOW, new_lowest=False)
    ((entry,),) = (section.entries for section in sections(replace(NOTHING, prices=(change,))))
    assert f"({said})" in entry.said


def test_every_kind_has_its_section() -> None:
    said = {section.title: [entry.said for entry in section.entries] for section in sections(FULL)}
    assert said == {
        "Cheaper": ["120 capsules: 24.00 → 18.00 USD (-25 %), since 2026-11-20, new lowest price, out of stock"],
        "Dearer": ["18.00 → 24.00 USD (+33 %), since 2026-11-20"],
        "New products": ["since 2026-11-20"],
        "Gone": ["not seen since 2026-11-14"],
        "Back": ["since 2026-11-20, had been missing since 2026-11-14"],
        "Reformulations": ["since 2026-11-20: forms: Glycinate → Glycinate + Oxide"],
        "Smaller packs": [
            "120 → 90 capsules, since 2026-11-20; price 18.00 → 18.00 USD, each 0.15 → 0.20 USD",
            "250 → 200 g, since 2026-11-20",
        ],
        "Read otherwise": ["reader 2 → 3: elemental mg: not stated → 200"],
    }


def test_of_many_entries_the_first_are_worded_and_all_are_counted() -> None:
    falls = tuple(PriceChange(ITEM, "", D(20), D(now), "USD", "in_stock", NOW, new_lowest=False) for now in (15, 5, 10))
    many = ChangeReport(since=THEN, as_of=NOW, prices=falls, gone=(Disappearance(ITEM, THEN),) * 3)
    cheaper, gone = sections(many, most=2)
    assert [entry.said.partition(" USD")[0] for entry in cheaper.entries] == ["20.00 → 5.00", "20.00 → 10.00"]
    assert (cheaper.count, len(gone.entries), gone.count) == (3, 2, 3)
    assert [len(section.entries) for section in sections(many)] == [3, 3]


def test_prices_that_moved_most_come_first() -> None:
    moved = tuple(
        PriceChange(ITEM, "", D(20), D(now), "USD", "in_stock", NOW, new_lowest=False) for now in (21, 40, 5, 15)
    )
    cheaper, dearer = sections(replace(NOTHING, prices=moved))
    assert [entry.said.partition(" USD")[0] for entry in cheaper.entries] == ["20.00 → 5.00", "20.00 → 15.00"]
    assert [entry.said.partition(" USD")[0] for entry in dearer.entries] == ["20.00 → 40.00", "20.00 → 21.00"]


def test_the_terminal_shows_all_with_quotes_and_notes() -> None:
    text = shown(FULL, demo=True)
    for words in (
        "Reformulations (1)",
        "“Magnesium 200 mg”",
        "“Magnesium 150 mg”",
        "New source bravo: 12 products with magnesium.",
        "1 label changed together with the reader",
        "Changes since 2026-11-14 00:00 UTC, as of 2026-11-20 06:30 UTC.",
        "not medical advice",
        "Data: Label Makers (CC0).",
        "Demo data",
    ):
        assert words in text, words
    assert "\x1b" not in text


def test_markdown_is_a_list_with_links_and_quotes() -> None:
    text = changes_markdown(FULL, demo=False)
    assert text.startswith("# What changed since 2026-11-14\n\n## Cheaper\n\nThe same pack costs less.\n\n")
    assert "- [Zen Magnesium](https://acme.example/products/g) (acme): 120 capsules: 24.00 → 18.00 USD" in text
    assert "  - “Magnesium 200 mg”\n  - “Magnesium 150 mg”\n" in text
    assert text.endswith("  \nData: Label Makers (CC0).\n")
    assert "Demo data" not in text


def test_scraped_text_is_no_markup_and_no_link() -> None:
    text = changes_markdown(FULL, demo=False)
    (line,) = (line for line in text.splitlines() if "Mag " in line and "b" in line)
    assert "<script" not in text
    assert "javascript:" not in text
    assert line.startswith(r"- Mag \[b\](http&#58;//x.example) &lt;script&gt;\| # Title ")
    assert "\x1b" not in line
    assert "\n# Title" not in text


def test_nothing_is_said_too() -> None:
    assert sections(NOTHING) == []
    assert "Nothing changed." in shown(NOTHING)
    assert "Nothing changed." in changes_markdown(NOTHING, demo=False)
