"""Changes: what became cheaper, dearer, new, gone or another product since a date."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta

import streamlit as st

from dashboard import queries
from dashboard.queries import Snapshot
from dashboard.views import parts

_DAYS = 7
_SHOWN = 100
"""Entries of a kind on the page; the file has them all."""


def draw() -> None:
    """The page."""
    shown = parts.opened()
    parts.heading("Changes", "What became cheaper or dearer, what is new, gone, or not the product that it was.")
    today = datetime.now(UTC).date()
    chosen = st.date_input(
        "Since",
        today - timedelta(days=_DAYS),
        max_value=today,
        key="since",
        format="YYYY-MM-DD",
        bind="query-params",
        width=220,
    )
    if isinstance(chosen, date):
        _report(shown, datetime.combine(chosen, time(), UTC))
    parts.closing(shown)


def _report(shown: Snapshot, since: datetime) -> None:
    found = queries.changes(shown, since, _SHOWN)
    for section in found.sections:
        st.header(f"{section.title} ({section.count:,})", anchor=False)
        parts.muted(section.means)
        parts.products((e.item.source, e.item.source_key, e.item.title, e.said, e.quotes) for e in section.entries)
        if section.count > _SHOWN:
            parts.muted(f"The first {_SHOWN} of {section.count:,}; the file below has them all.")
    if not found.sections:
        others = "Of the sources known before, nothing" if found.notes else "Nothing"
        st.info(f"{others} changed since {since:%Y-%m-%d}.")
    for note in found.notes:
        parts.muted(note)
    st.download_button(
        "Markdown",
        lambda: queries.changes_markdown(shown, since),
        f"magnesium-changes-{since:%Y-%m-%d}.md",
        "text/markdown",
        icon=":material/download:",
        on_click="ignore",
    )


draw()
