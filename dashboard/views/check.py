"""Check a label: text in, the reading with its evidence out. Works without a catalog."""

from __future__ import annotations

from urllib.parse import quote

import streamlit as st

from checker import Label, check_label, read_label
from dashboard import words
from dashboard.views import parts

_MARKETS = ("US", "CA", "UK", "EU", "AU")
_ANY = "Not known"
_ADDRESS = 6_000
"""Characters of the text, encoded, that the page's address takes: servers and mail programs refuse long addresses."""
EXAMPLE = """Supplement Facts
Serving Size 2 Capsules
Servings Per Container 60
Magnesium (as Magnesium Bisglycinate, buffered) 400 mg 95%
Other ingredients: cellulose, magnesium stearate."""


def draw() -> None:
    """The page."""
    shown = parts.opened_if_any()
    parts.heading(
        "Check a label", "Paste the words of a label: what they say about magnesium is read as you leave the box."
    )
    long = len(quote(st.session_state.get("text") or "")) > _ADDRESS
    text = st.text_area(
        "The label’s words",
        key="text",
        height=220,
        placeholder=EXAMPLE,
        help="The facts panel with its serving, or the text of a whole product page.",
        bind=None if long else "query-params",
    )
    if long:
        st.query_params.pop("text", None)
        parts.muted(
            "The text is too long for this page’s address: to share what was read, paste the facts panel alone."
        )
    with st.container(horizontal=True, vertical_alignment="bottom"):
        title = st.text_input(
            "Title, if you like", key="title", placeholder="Magnesium Glycinate 1000 mg", bind="query-params"
        )
        market = st.selectbox("Sold in", [_ANY, *_MARKETS], key="market", help=_MARKET_HELP, bind="query-params")
        st.button("Read")
        st.button("Try an example", on_click=_example)
    if (text or "").strip():
        _reading(text, title or None, None if market == _ANY else market)
    parts.closing(shown)


_MARKET_HELP = "Decides which Daily Value a percentage is of, and which upper limit counts."


def _example() -> None:
    st.session_state["text"] = EXAMPLE


def _reading(text: str, title: str | None, market: str | None) -> None:
    label = read_label(text, title=title, market=market)
    read, said = st.columns(2, gap="large")
    with read:
        st.header("What was read", anchor=False)
        if label.has_magnesium:
            _facts(label)
        else:
            st.html("<p>No magnesium is declared here as a nutrient or an active ingredient.</p>")
        parts.findings(check_label(label))
    with said:
        st.header("The label’s own words", anchor=False)
        parts.label_words(text, label.quotes)
        st.html('<p class="muted">Marked: the words that the numbers were read from.</p>')
        parts.evidence(label.quotes)


def _facts(label: Label) -> None:
    read_from = [("Read from", f"“{words.one_line(quote.quote)}”") for quote in label.quotes[:1]]
    parts.facts([*words.label_facts(label), *read_from])
    st.html(f"<p><strong>Why:</strong> {words.BASIS[label.basis]}</p>")


draw()
