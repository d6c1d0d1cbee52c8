"""Pieces that the pages share. Scraped text is escaped for `st.html` or stands in table cells; it is never Markdown."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from html import escape
from pathlib import Path
from typing import Literal
from urllib.parse import urlencode

import streamlit as st

from catalog import ComparisonRow
from checker import CHECKS, CatalogError, Finding, Quote
from dashboard import words
from dashboard.queries import Snapshot, facets, snapshot

_DATA = Path(__file__).parents[1] / "data"
_STYLE = _DATA / "style.css"
_SEVERITY_LOOK: dict[str, tuple[Literal["red", "orange", "blue"], str]] = {
    "error": ("red", ":material/error:"),
    "warning": ("orange", ":material/warning:"),
    "info": ("blue", ":material/info:"),
}


def opened() -> Snapshot:
    """The catalog to show; ends the page with a helpful sentence when there is none or it is empty."""
    st.html(_STYLE)
    try:
        shown = snapshot()
    except CatalogError as error:
        st.title("No catalog to show", anchor=False)
        st.html(f'<p class="lead">{escape(words.one_line(str(error)))}</p>')
        how_to_fill()
        closing(None)
        st.stop()
    if shown.demo:
        st.html(f'<p class="notice" role="note">{words.DEMO}</p>')
    return shown


def opened_if_any() -> Snapshot | None:
    """The catalog, for a page that works without one."""
    st.html(_STYLE)
    try:
        shown = snapshot()
    except CatalogError:
        return None
    if shown.demo:
        st.html(f'<p class="notice" role="note">{words.DEMO}</p>')
    return shown


def navigation(pages: Iterable[tuple[str, str, bool]]) -> None:
    """Links to the pages: each one's name, its address, and whether it is the one that is shown."""
    links = (
        f'<a href="{escape(address)}" target="_self"{" aria-current=page" * shown}>{escape(name)}</a>'
        for name, address, shown in pages
    )
    st.html(f'<nav class="pages" aria-label="Pages">{"".join(links)}</nav>')


def broken_off(error: CatalogError) -> None:
    """What a page ends with when the catalog failed while it was drawn."""
    alert(str(error))
    closing(None)


def alert(text: str) -> None:
    """A line that must not be missed."""
    st.html(f'<p class="notice" role="alert">{escape(words.one_line(text))}</p>')


def how_to_fill() -> None:
    """The commands that bring products into a catalog."""
    st.markdown("Collect from a shop, or look at the made-up demo products first:")
    st.code("maglabel sources add https://a.shop/\nmaglabel refresh\n\nmaglabel demo", language=None)


def closing(shown: Snapshot | None) -> None:
    """What every page ends with."""
    lines = [f"{_as_of(shown) if shown else ''}{escape(words.ADVICE)}"]
    lines += [escape(words.data_from(each)) for each in shown.attributions] if shown else []
    told = "".join(f'<p class="muted">{line}</p>' for line in lines)
    st.html(f'<div class="closing">{told}</div>')


def _as_of(shown: Snapshot) -> str:
    sources = words.counted(len(facets(shown).sources), "source")
    return f"As of {words.moment(shown.as_of)}, from {cell(Link(sources, 'data'))}. "


def heading(title: str, lead: str) -> None:
    """The page's name and what it is for."""
    st.title(title, anchor=False)
    st.html(f'<p class="lead">{escape(lead)}</p>')


def prose(name: str) -> None:
    """A text of our own from the data folder."""
    st.markdown((_DATA / name).read_text("utf-8"))


@dataclass(frozen=True)
class Link:
    """A cell of a table that leads somewhere."""

    text: str
    address: str


def product_link(row: ComparisonRow) -> Link:
    """A product's title, leading to its page."""
    return Link(words.title(row.title), product_address(row.source, row.source_key))


def product_address(source: str, source_key: str) -> str:
    """Where a product's page is, from any page."""
    return f"./?{urlencode({'listing': f'{source}/{source_key}'})}"


def table(caption: str, head: Sequence[str], rows: Iterable[Sequence[str | Link]]) -> None:
    """A table of plain text and links; the first cell of a row names it. A heading with ">" before it is of numbers."""
    names = [name.removeprefix(">") for name in head]
    looks = [' class="number"' if name.startswith(">") else "" for name in head]
    columns = "".join(f'<th scope="col"{look}>{escape(name)}</th>' for name, look in zip(names, looks, strict=True))
    body = "".join(f"<tr>{_cells(row, names, looks)}</tr>" for row in rows)
    st.html(
        f'<div class="table stacked" tabindex="0" role="region" aria-label="{escape(caption)}"><table>'
        f"<caption>{escape(caption)}</caption>"
        f"<thead><tr>{columns}</tr></thead><tbody>{body}</tbody></table></div>"
    )


def _cells(row: Sequence[str | Link], names: Sequence[str], looks: Sequence[str]) -> str:
    cells = (
        f'<td data-name="{escape(name)}"{look}>{cell(each)}</td>'
        for name, look, each in zip(names[1:], looks[1:], row[1:], strict=True)
    )
    return f'<th scope="row">{cell(row[0])}</th>' + "".join(cells)


def cell(shown: str | Link) -> str:
    """The HTML of one cell."""
    if isinstance(shown, str):
        return escape(shown)
    return f'<a href="{escape(shown.address)}" target="_self">{escape(shown.text)}</a>'


def facts(pairs: Iterable[tuple[str, str]]) -> None:
    """A list of names and values."""
    items = "".join(f"<div><dt>{escape(name)}</dt><dd>{escape(value)}</dd></div>" for name, value in pairs)
    st.html(f'<dl class="facts">{items}</dl>')


def muted(text: str) -> None:
    """A quiet line of plain text."""
    st.html(f'<p class="muted">{escape(text)}</p>')


def products(items: Iterable[tuple[str, str, str, str, Sequence[str]]]) -> None:
    """A list of products, each linked: source, key and title, what is said of it, and quotes."""
    lines = (
        f"<li>{cell(Link(words.title(title), product_address(source, key)))} ({escape(words.one_line(source))}): "
        f"{escape(words.one_line(said))}"
        + "".join(f"<br><q>{escape(words.one_line(quote))}</q>" for quote in quotes)
        + "</li>"
        for source, key, title, said, quotes in items
    )
    st.html(f'<ul class="products">{"".join(lines)}</ul>')


def label_words(text: str, quotes: Sequence[Quote]) -> None:
    """The label's own words with the evidence marked."""
    st.html(f'<div class="words" tabindex="0" role="region" aria-label="Label text">{marked(text, quotes)}</div>')


def evidence(quotes: Sequence[Quote]) -> None:
    """Every quote with the rule that used it; those of the title apart."""
    if titled := [quote.quote for quote in quotes if quote.span is None]:
        facts([("From the title", words.one_line(quote)) for quote in titled])
    with st.expander("Evidence, rule by rule"):
        facts([(quote.rule, f"“{words.one_line(quote.quote)}”") for quote in quotes])


def findings(found: Sequence[Finding]) -> None:
    """What the checks say, gravest first."""
    st.header("Findings", anchor=False)
    if not found:
        st.html('<p class="muted">The checks found nothing to say about this label.</p>')
    for finding in sorted(found, key=lambda finding: words.SEVERITIES.index(finding.severity)):
        color, icon = _SEVERITY_LOOK[finding.severity]
        with st.container(border=True, gap="xsmall"):
            st.badge(words.SEVERITY[finding.severity], icon=icon, color=color)
            st.html(f'<p class="finding">{escape(words.one_line(finding.message))}</p>')
            st.html(f'<p class="muted">For you: {escape(CHECKS[finding.code].means)}</p>')
            if finding.numbers:
                st.html(f'<p class="muted">Compared: {escape(words.numbers_text(finding.numbers))}.</p>')
            about = (
                f'<a href="data?check={escape(finding.code)}" target="_self">{escape(CHECKS[finding.code].name)}</a>'
            )
            st.html(f'<p class="muted">Check: {about} ({escape(finding.code)})</p>')
            if finding.quote:
                st.html(f'<p class="muted">Label: <q>{escape(words.one_line(finding.quote))}</q></p>')


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
