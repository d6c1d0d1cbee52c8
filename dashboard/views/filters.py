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
_HIGHEST_PRICE = 999_999_999.0
"""No pack costs more in any currency, and every number up to it is one that the catalog can compare with."""
_URL: Literal["query-params"] = "query-params"


@dataclass(frozen=True)
class Choice:
    """What to show: the products, their order, and the one currency of cards and chart (None without any price)."""

    selection: Selection
    sort: str
    descending: bool
    currency: str | None


def is_drawn() -> bool:
    """Whether the sidebar was drawn in this visit, so that `chosen` knows what it says before it is drawn again."""
    return "sort" in st.session_state


def chosen(facets: Facets) -> Choice:
    """What the sidebar says."""
    said = st.session_state.get
    sort, descending = _SORTS[said("sort", next(iter(_SORTS)))]
    highest = said("max_price")
    currency = _currency(facets)
    selection = Selection(
        forms=tuple(said("form", ())),
        sources=tuple(said("source", ())),
        markets=tuple(said("market", ())),
        brands=tuple(said("brand", ())),
        dosage_forms=tuple(said("taken", ())),
        currency=currency if said("currency", _ANY) != _ANY or highest is not None else None,
        max_price=None if highest is None else Decimal(str(highest)),
        no_oxide=said("no_oxide", False),
        no_warnings=said("no_warnings", False),
        in_stock=said("in_stock", False),
        electrolytes=said("electrolytes", False),
        seen_since=_since(_SEEN[said("seen", next(iter(_SEEN)))]),
        text=said("q") or "",
    )
    return Choice(selection, sort, descending, currency)


def _currency(facets: Facets) -> str | None:
    """The one currency that is shown: the one chosen, else the most frequent."""
    currencies = [code for code, _ in facets.currencies]
    said = st.session_state.get("currency", _ANY)
    return said if said in currencies else next(iter(currencies), None)


def sidebar(facets: Facets) -> None:
    """Draw the filters."""
    with st.sidebar:
        st.header("Find", anchor=False)
        st.text_input("Search", key="q", type="search", placeholder="Title or brand", bind=_URL)
        st.multiselect(
            "Form",
            form_order([form for form, _ in facets.forms]),
            format_func=words.form_name,
            key="form",
            placeholder="Any form",
            bind=_URL,
        )
        _tick("No oxide", "no_oxide", "Leave out labels that state or imply oxide.")
        _tick("No warnings", "no_warnings", "Leave out labels with a warning or an error.")
        _several("Taken as", "taken", facets.dosage_forms, words.dosage_name)
        _tick("In stock", "in_stock", "Only what the source says it has.")
        _tick("Electrolyte mixes", "electrolytes", _ELECTROLYTES_HELP)
        _money(facets)
        _several("Brand", "brand", facets.brands)
        _several("Source", "source", facets.sources)
        _several("Market", "market", facets.markets)
        st.selectbox("Seen within", list(_SEEN), key="seen", bind=_URL)
        st.selectbox("Sort by", list(_SORTS), key="sort", bind=_URL)


def _money(facets: Facets) -> None:
    """The currency, and the highest price, which means something in one currency only."""
    codes = [code for code, _ in facets.currencies]
    st.selectbox("Currency", [_ANY, *codes], key="currency", bind=_URL, help=_CURRENCY_HELP)
    shown = _currency(facets)
    st.number_input(
        f"Highest pack price{f' ({shown})' if shown else ''}",
        min_value=0.0,
        max_value=_HIGHEST_PRICE,
        value=None,
        step=1.0,
        format="%.2f",
        key="max_price",
        placeholder="No limit",
        disabled=shown is None,
        bind=_URL,
    )


_ELECTROLYTES_HELP = "Only labels that print sodium or potassium too; the table then shows both."
_CURRENCY_HELP = "Prices are never compared across currencies: cards and chart show one at a time."


def _since(days: int | None) -> datetime | None:
    """The start of a day, so that answers can be kept for as long as it lasts."""
    today = datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    return None if days is None else today - timedelta(days=days)


def _tick(label: str, key: str, means: str) -> None:
    st.checkbox(label, key=key, help=means, bind=_URL)


def _several(
    label: str, key: str, counted: Sequence[tuple[str, int]], name: Callable[[str], str] = words.one_line
) -> None:
    if options := [value for value, _ in counted]:
        st.multiselect(label, options, format_func=name, key=key, placeholder="Any", bind=_URL)
