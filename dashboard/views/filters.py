"""The sidebar: every choice is bound to the query string, so that a view can be shared by its address."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Literal

import streamlit as st

from catalog import Facets, Selection
from dashboard import words
from dashboard.charts import form_order

_SORTS = {
    "Price per 100 mg": ("price_per_100mg", False),
    "Pack price": ("price", False),
    "Most elemental mg per serving": ("elemental_mg", True),
    "Most elemental mg per unit": ("elemental_mg_per_unit", True),
    "Name": ("title", False),
}
_ANY = "Any"
_SEEN = {"Any time": None, "1 day": 1, "7 days": 7, "30 days": 30, "90 days": 90}
_URL: Literal["query-params"] = "query-params"


@dataclass(frozen=True)
class Choice:
    """What to show: the products, their order, and the one currency of cards and chart (None without any price)."""

    selection: Selection
    sort: str
    descending: bool
    currency: str | None


def sidebar(facets: Facets) -> Choice:
    """Draw the filters and return what they say."""
    with st.sidebar:
        st.header("Find", anchor=False)
        text = st.text_input("Search", key="q", type="search", placeholder="Title or brand", bind=_URL)
        forms = st.multiselect(
            "Form",
            form_order([form for form, _ in facets.forms]),
            format_func=words.form_name,
            key="form",
            placeholder="Any form",
            bind=_URL,
        )
        no_oxide = st.checkbox(
            "No oxide", key="no_oxide", help="Leave out labels that state or imply oxide.", bind=_URL
        )
        no_warnings = st.checkbox(
            "No warnings", key="no_warnings", help="Leave out labels with a warning or an error.", bind=_URL
        )
        taken = _several("Taken as", "taken", facets.dosage_forms, words.dosage_name)
        in_stock = st.checkbox("In stock", key="in_stock", help="Only what the source says it has.", bind=_URL)
        electrolytes = st.checkbox("Electrolyte mixes", key="electrolytes", help=_ELECTROLYTES_HELP, bind=_URL)
        shown, currency, max_price = _money(facets)
        brands = _several("Brand", "brand", facets.brands)
        sources = _several("Source", "source", facets.sources)
        markets = _several("Market", "market", facets.markets)
        seen = st.selectbox("Seen within", list(_SEEN), key="seen", bind=_URL)
        sort, descending = _SORTS[st.selectbox("Sort by", list(_SORTS), key="sort", bind=_URL)]
    selection = Selection(
        forms=tuple(forms),
        sources=tuple(sources),
        markets=tuple(markets),
        brands=tuple(brands),
        dosage_forms=tuple(taken),
        currency=currency,
        max_price=max_price,
        no_oxide=no_oxide,
        no_warnings=no_warnings,
        in_stock=in_stock,
        electrolytes=electrolytes,
        seen_since=_since(_SEEN[seen]),
        text=text or "",
    )
    return Choice(selection, sort, descending, shown)


def _money(facets: Facets) -> tuple[str | None, str | None, Decimal | None]:
    """The currency shown, the one filtered by, and the highest price, which means something in one currency only."""
    currencies = [code for code, _ in facets.currencies]
    chosen = st.selectbox("Currency", [_ANY, *currencies], key="currency", bind=_URL, help=_CURRENCY_HELP)
    shown = chosen if chosen in currencies else next(iter(currencies), None)
    highest = st.number_input(
        f"Highest pack price{f' ({shown})' if shown else ''}",
        min_value=0.0,
        value=None,
        step=1.0,
        format="%.2f",
        key="max_price",
        placeholder="No limit",
        disabled=shown is None,
        bind=_URL,
    )
    max_price = None if highest is None else Decimal(str(highest))
    return shown, shown if chosen != _ANY or max_price is not None else None, max_price


_ELECTROLYTES_HELP = "Only labels that print sodium or potassium too; the table then shows both."
_CURRENCY_HELP = "Prices are never compared across currencies: cards and chart show one at a time."


def _since(days: int | None) -> datetime | None:
    """The start of a day, so that answers can be kept for as long as it lasts."""
    today = datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    return None if days is None else today - timedelta(days=days)


def _several(
    label: str, key: str, counted: Sequence[tuple[str, int]], name: Callable[[str], str] = words.one_line
) -> list[str]:
    options = [value for value, _ in counted]
    return st.multiselect(label, options, format_func=name, key=key, placeholder="Any", bind=_URL) if options else []
