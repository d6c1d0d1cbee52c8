"""Pieces that the pages share. Scraped text is escaped for `st.html` or stands in table cells; it is never Markdown."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from html import escape
from pathlib import Path

import streamlit as st

from checker import CatalogError, Quote
from dashboard import words
from dashboard.queries import Snapshot, snapshot

_STYLE = Path(__file__).parents[1] / "data" / "style.css"


def opened() -> Snapshot:
    """The catalog to show; ends the page with a helpful sentence when there is none or it is empty."""
    st.html(_STYLE)
    try:
        shown = snapshot()
    except CatalogError as error:
        st.title("No catalog to show", anchor=False)
        st.html(f'<p class="lead">{escape(words.one_line(str(error)))}</p>')
        how_to_fill()
        st.stop()
    if shown.demo:
        st.html(f'<p class="notice" role="note">{words.DEMO}</p>')
    return shown


def how_to_fill() -> None:
    """The commands that bring products into a catalog."""
    st.markdown("Collect from a shop, or look at the made-up demo products first:")
    st.code("maglabel sources add https://a.shop/\nmaglabel refresh\n\nmaglabel demo", language=None)


def closing(shown: Snapshot) -> None:
    """What every page ends with."""
    st.divider()
    st.html(f'<p class="muted">As of {words.moment(shown.as_of)}. {words.ADVICE}</p>')


def facts(pairs: Iterable[tuple[str, str]]) -> None:
    """A list of names and values."""
    items = "".join(f"<div><dt>{escape(name)}</dt><dd>{escape(value)}</dd></div>" for name, value in pairs)
    st.html(f'<dl class="facts">{items}</dl>')


def label_words(text: str, quotes: Sequence[Quote]) -> None:
    """The label's own words with the evidence marked."""
    st.html(f'<div class="words" tabindex="0" role="region" aria-label="Label text">{marked(text, quotes)}</div>')


def marked(text: str, quotes: Sequence[Quote]) -> str:
    """HTML of the text, escaped, with the quotes' spans in <mark>; overlapping spans become one."""
    pieces, end = [], 0
    shown = words.harmless(text)
    for start, stop in _merged(quote.span for quote in quotes if quote.span):
        pieces += [escape(shown[end:start]), "<mark>", escape(shown[start:stop]), "</mark>"]
        end = stop
    return "".join([*pieces, escape(shown[end:])])


def _merged(spans: Iterable[tuple[int, int]]) -> list[tuple[int, int]]:
    merged: list[tuple[int, int]] = []
    for start, stop in sorted(spans):
        if merged and start <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(stop, merged[-1][1]))
        else:
            merged.append((start, stop))
    return merged
