"""The facts of a page: saved pages in several layouts and languages, each with doses of other products around."""

from __future__ import annotations

import time
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from checker import read_label
from spiders.html_text import html_to_text, parse_html
from spiders.panel import Facts, facts_of
from spiders.product_data import Product, product_of

PAGES = Path(__file__).parent / "data" / "pages"


def facts(html: str, title: str = "Mag") -> Facts:
    root = parse_html(f"<!doctype html><body>{html}")
    assert root is not None
    return facts_of(root, title)


@pytest.mark.parametrize(
    ("page", "mg", "forms", "serving"),
    [
        ("us_table", 300, ("glycinate", "taurate"), 3),
        ("de_tabs", 240, ("citrate",), 3),
        ("fr_dl", 120, ("glycinate",), 2),
        ("div_grid", 150, ("malate",), 2),
        ("es_list", 200, ("citrate",), None),
        ("en_prose", 100, ("citrate",), 1),
        ("it_details", 225, ("pidolate",), 1),
        ("ja_table", 200, ("unspecified",), 2),
        ("two_screens", 160, ("citrate",), 2),
    ],
)
def test_a_saved_page_gives_its_own_dose(page: str, mg: int, forms: tuple[str, ...], serving: int | None) -> None:
    root = parse_html((PAGES / f"{page}.html").read_text("utf-8"))
    assert root is not None
    product = product_of(root, f"https://shop.example/p/{page}")
    assert isinstance(product, Product)
    found = facts_of(root, product.name)
    assert found.has_dose == (page != "en_prose")
    text = "\n\n".join([found.panel, html_to_text(product.description) if found.has_dose else found.text])
    label = read_label(text, title=product.name)
    assert (label.elemental_mg, label.forms) == (Decimal(mg), forms)
    assert (label.serving.quantity if label.serving else None) == (Decimal(serving) if serving else None)


def test_the_panel_is_the_panel_alone() -> None:
    root = parse_html((PAGES / "us_table.html").read_text("utf-8"))
    assert root is not None
    assert facts_of(root, "Magnesium Glycinate & Taurate").panel.splitlines() == [
        "Supplement Facts",
        "Serving Size: 3 capsules",
        "Servings Per Container: 50",
        "Amount Per Serving | %DV",
        "Magnesium (as magnesium glycinate and magnesium taurate) | 300 mg | 71%",
        "Vitamin B6 (as pyridoxine HCl) | 5 mg | 294%",
        "",
        "Other ingredients: hypromellose, magnesium stearate.",
    ]


ROW = "<p>Magnesium (as magnesium citrate) 100 mg</p>"
DECOY = "<p>Magnesium 999 mg</p>"
OPENS = "<button aria-expanded=false>"
CELLS = "<span>Magnesium</span><span>100 mg</span>"


@pytest.mark.parametrize(
    "html",
    [
        f"<nav>{DECOY}</nav><h1>Mag</h1>{ROW}<footer>{DECOY}</footer>",
        f"<div>{DECOY}</div><h1>Mag</h1>{ROW}",
        f"<h1>Mag</h1>{ROW}<aside>{DECOY}</aside>",
        f"<h1>Mag</h1>{ROW}<div class='c-related products'>{DECOY}</div>",
        f"<h1>Mag</h1>{ROW}<div id='judgeme_product_reviews'>{DECOY}</div>",
        f"<h1>Mag</h1>{ROW}<div class='Shop_relatedProducts__x1'>{DECOY}</div>",
        f"<h1>Mag</h1>{ROW}<product-recommendations>{DECOY}</product-recommendations>",
        f"<h1>Mag</h1>{ROW}<div role='complementary'>{DECOY}</div>",
        f"<h1>Mag</h1>{ROW}<section><h2>You may also like</h2><div><h3>Other</h3>{DECOY}</div></section>",
        f"<h1>Mag</h1>{ROW}<h2>Customer reviews (3)</h2><h3>Great</h3>{DECOY}<h4>Ingredients</h4>{DECOY}",
        f"<h1>Mag</h1>{ROW}<h2>Das könnte Ihnen auch gefallen</h2><ul><li>Magnesium 999 mg</li></ul>",
        f"<div><h2>Related products</h2>{DECOY * 9}</div><h1>Mag</h1>{ROW}",
        f"<div class='with-reviews nav'><h1>Mag</h1>{ROW}</div>",
    ],
)  # fmt: skip
def test_what_is_not_the_products_gives_no_dose(html: str) -> None:
    found = facts(html)
    assert "999" not in found.panel + found.text
    assert "100 mg" in found.text


@pytest.mark.parametrize(
    "html",
    [
        f"<h2>Supplement Facts</h2>{ROW}<h2>Directions</h2>{DECOY}",
        f"<h2>Supplement Facts</h2>{ROW}<h1>Other</h1>{DECOY}",
        f"<h4>Ingredients</h4>{ROW}<h3>Why magnesium</h3>{DECOY}",
        f"<p><b>Zutaten</b></p>{ROW}<p><b>Hinweise</b></p>{DECOY}",
        "<b>Zutaten</b><br>Magnesium (aus Magnesiumcitrat) 100 mg<br><b>Hinweise</b><br>Magnesium 999 mg",
        f"<div><div class=t>Nährwerte</div><div>{ROW}<p>Vitamin B6 2 mg, Vitamin C 80 mg</p></div></div>{DECOY}",
        f"<div>{OPENS}Ingredients</button>{ROW}</div><div>{OPENS}Tips</button><div>{DECOY}</div></div>",
        f"<a href=#x>Ingredients</a><a href=#y>Tips</a><div id=y>{DECOY}</div><div id=x>{ROW}</div>",
        f"<details><summary>Composition</summary>{ROW}</details><details><summary>Conseils</summary>{DECOY}</details>",
        f"{DECOY}<table><tr><td>Magnesium<td>100 mg<tr><td>Zinc<td>5 mg</table>{DECOY}",
        f"{DECOY}<ul><li>Magnesium 100 mg<li>Zinc 5 mg</ul>{DECOY}",
        f"{DECOY}<div><div>{CELLS}</div><div>{CELLS}</div></div>{DECOY}",
        f"{DECOY}<p>Supplement Facts<br>Serving size: 2<br>Magnesium 100 mg</p>{DECOY}",
        f"<p class=nav><a href=#x>Zutaten</a><a href=#y>Info</a><div id=y>{DECOY}</div><div id=x>{ROW}</div>",
        f"{DECOY}<p><b>Zusammensetzung pro Tagesdosis (2 Kapseln):</b></p>{ROW}<p><b>Hinweis</b></p>{DECOY}",
        f"{DECOY}<p>Ingredients: magnesium (as citrate) 100 mg, cellulose</p>{DECOY}",
    ],
)  # fmt: skip
def test_a_panel_ends_where_the_next_part_begins(html: str) -> None:
    found = facts(f"<h1>Mag</h1>{html}")
    assert "100 mg" in found.panel
    assert "999" not in found.panel
    assert "999" in found.text, "it is the product's own text all the same"


def test_a_panel_that_stands_twice_is_told_once_and_two_that_differ_are_both_told() -> None:
    panel = f"<h2>Supplement Facts</h2>{ROW}"
    assert facts(panel + "<h2>x</h2>" + panel).panel.count("100 mg") == 1
    other = panel.replace("100", "200")
    assert facts(panel + "<h2>x</h2>" + other).panel.splitlines()[1::3] == [
        html_to_text(ROW),
        html_to_text(ROW.replace("100", "200")),
    ]


def test_tables_of_foods_ages_and_rivals_are_no_facts_beside_a_panel() -> None:
    foods = "<table><tr><td>Food<td>Magnesium<tr><td>Spinach<td>999 mg</table>"
    rivals = "<h2>How we compare</h2><table><tr><td>Magnesium<td>999 mg<td>999 mg</table>"
    found = facts(f"<h1>Mag</h1>{foods}<h2>Supplement Facts</h2>{ROW}{rivals}")
    assert found.panel == f"Supplement Facts\n{html_to_text(ROW)}"
    assert facts(f"<h1>Mag</h1>{foods}").panel, "where there is no other, the reader decides"


def test_a_table_that_lays_the_page_out_is_no_table_of_facts() -> None:
    inner = "<table><tr><th>Supplement Facts<tr><td>Magnesium<td>100 mg</table>"
    found = facts(f"<table><tr><td>{DECOY}<td><h1>Mag</h1>{inner}<tr><td>{DECOY}</table>")
    assert found.panel == "Supplement Facts\nMagnesium | 100 mg"
    assert found.text.count("999") == 1, "what stands before the title is not the product's"


@pytest.mark.parametrize(
    ("html", "lines"),
    [
        ("<div><span>Magnesium</span><span>100 mg</span><span>24%</span></div>", ["Magnesium | 100 mg | 24%"]),
        ("<div><div><p>Magnesium</p></div> <div><p><b>100 mg</b></p></div></div>", ["Magnesium | 100 mg"]),
        ("<ul><li><span>Magnesium</span><span>100 mg</span></li></ul>", ["Magnesium | 100 mg"]),
        ("<div role=row><b role=cell>Magnesium</b><i role=cell>100 mg</i></div>", ["Magnesium | 100 mg"]),
        (
            "<div><div><p>Magnesium</p><p>Zinc</p></div><div><p>100 mg</p><p>5 mg</p></div></div>",
            ["Magnesium", "Zinc", "100 mg", "5 mg"],
        ),
        (
            "<div><p>Magnesium</p><p>Take one with food, 100 mg each</p></div>",
            ["Magnesium", "Take one with food, 100 mg each"],
        ),
    ],
)
def test_what_is_laid_out_as_a_row_is_one_line(html: str, lines: list[str]) -> None:
    assert facts(f"<h1>Mag</h1>{html}").text.splitlines()[1:] == lines


def test_headings_without_facts_are_no_panel() -> None:
    assert facts("<h1>Mag</h1><h2>Formula</h2><p>A story.</p>").panel == ""


def test_mojibake_is_mended_in_the_lines() -> None:
    assert "Magnésium 100 mg" in facts("<h2>IngrÃ©dients</h2><p>MagnÃ©sium 100 mg</p>").text


TAGS = (
    "div",
    "p",
    "h2",
    "table",
    "tr",
    "td",
    "ul",
    "li",
    "button",
    "summary",
    "details",
    "b",
    "br",
    "dl",
    "dt",
    "dd",
    "nav",
)
TEXTS = ("Supplement Facts", "Zutaten:", "Magnesium 100 mg", "Reviews", "x", " ", "100 mg", "Magnesium")
PIECE = st.tuples(st.sampled_from(TAGS), st.sampled_from(TEXTS), st.booleans())


@settings(deadline=None)
@given(st.lists(PIECE, max_size=25))
def test_any_page_gives_plain_lines(pieces: list[tuple[str, str, bool]]) -> None:
    html = "".join(
        f"<{tag} id={tag} aria-controls={text[:2].strip()} href=#{tag}>{text}{f'</{tag}>' * closed}"
        for tag, text, closed in pieces
    )
    found = facts(html)
    assert not any("\ue000" <= char <= "\uf8ff" for char in found.panel + found.text)


@pytest.mark.parametrize(
    "html",
    [
        "<div>" * 5000 + ROW,
        "<p>Supplement Facts</p>" * 20_000,
        "<h2>Reviews</h2><p>x</p>" * 20_000,
        "<ul>" * 2000 + "<li>Magnesium 100 mg",
        "<table><tr><td>" * 1000 + "Magnesium 100 mg",
        "<a href=#x>Facts</a>" * 5000 + "<div id=x>" + "<p>y</p>" * 20_000,
        "<div class=nav>" * 2000 + "<h1>Mag</h1>",
        "<div><span>Mg</span><span>5 mg</span></div>" * 20_000,
        "<b>x</b><br>" * 20_000,
        "".join(f"<h2>Zutaten</h2><p>Magnesium {number} mg" for number in range(20_000)),
        "<p>Magnesium 100 mg</p>" * 400_000,
        "<p>" + "Magnesium 100 mg " * 400_000,
    ],
    ids=range(12),
)  # fmt: skip
def test_a_monstrous_page_is_read_in_bounded_time(html: str) -> None:
    start = time.process_time()
    found = facts(html)
    assert time.process_time() - start < 10
    assert len(found.panel) + len(found.text) <= 120_000
