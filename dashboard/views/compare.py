"""The comparison by form: cards, chart, table."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from html import escape

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from catalog import ComparisonRow, Facets, FormSummary, Selection
from checker import LEADING_FORMS
from dashboard import charts, export, queries, words
from dashboard.charts import form_order
from dashboard.queries import Snapshot
from dashboard.views import filters, parts, product, product_table
from dashboard.views.filters import Choice

_ROWS_PER_PAGE = 25
"""As many as a screen or two holds; a browser takes more than half a millisecond for each."""


def draw() -> None:
    """The page: the comparison, or the product chosen in it."""
    shown = parts.opened()
    facets = queries.facets(shown)
    if not facets.forms:
        st.title("The catalog is empty", anchor=False)
        st.html('<p class="lead">No product in it states magnesium yet.</p>')
        parts.how_to_fill()
        parts.closing(shown)
        return
    known = filters.is_drawn()
    if not known:
        filters.sidebar(facets)  # takes the choices out of the address
    choice = filters.chosen(facets)
    if st.session_state.setdefault("choice", choice) != choice:
        st.session_state.update(choice=choice, page=1)
        st.query_params.pop("listing", None)
    if listing := st.query_params.get("listing"):
        product.draw(shown, listing)
    else:
        _comparison(shown, facets, choice, st.session_state.get("page", 1) if known else None)
    if known:
        filters.sidebar(facets)
        if filters.chosen(facets) != choice:  # a choice that the catalog does not have any more
            st.rerun()
    parts.closing(shown)


def _comparison(shown: Snapshot, facets: Facets, choice: Choice, page: int | None) -> None:
    """Cards, chart and table. The rows are what people wait for, so where their page is known they are drawn first."""
    rows = [] if page is None else _rows(shown, choice, page)
    st.title("Magnesium supplements, by form", anchor=False)
    st.html(f'<p class="lead">{words.elemental_explained()}</p>')
    counted, above, table = st.container(), st.container(), st.empty()
    if rows:
        _table(table, rows, choice)
    total = queries.count(shown, choice.selection)
    with counted:
        parts.muted(_line(shown, facets, choice, total))
    if not total:
        st.info("No product matches these filters. Clear one of them to see more.")
        st.html(f"<p>{parts.cell(parts.Link('Show all products', './'))}</p>")
        return
    pages = -(-total // _ROWS_PER_PAGE)
    chosen = st.pagination(pages, key="page", bind="query-params") if pages > 1 else 1
    if chosen != page:
        _table(table, _rows(shown, choice, chosen), choice)
    _downloads(shown, choice)
    with above:
        _by_form(shown, choice)


def _line(shown: Snapshot, facets: Facets, choice: Choice, total: int) -> str:
    every = queries.count(shown, Selection())
    if total == every:
        told = f"{words.counted(total, 'product')} from {words.counted(len(facets.sources), 'source')}"
    else:
        told = f"{total:,} of {words.counted(every, 'product')}"
    line = f"{told}, as of {words.moment(shown.as_of)}."
    if choice.currency and len(facets.currencies) > 1:
        line += f" Cards and chart show prices in {choice.currency}, the table ranks each currency apart."
    return line


def _by_form(shown: Snapshot, choice: Choice) -> None:
    summaries = queries.form_summaries(shown, choice.selection)
    cards = (
        _card(form, [summary for summary in summaries if summary.form_group == form], choice.currency)
        for form in LEADING_FORMS
    )
    st.html(f'<ul class="cards" aria-label="Forms">{"".join(cards)}</ul>')
    points = queries.price_points(shown, choice.selection, choice.currency) if choice.currency else []
    if points and choice.currency:
        st.header("What 100 mg of elemental magnesium costs", anchor=False)
        alt = (
            "Price of 100 mg of elemental magnesium by form, one mark a product; the table below holds the same prices."
        )
        medians = {s.form_group: s.median_price_per_100mg for s in summaries if s.currency == choice.currency}
        known = {form: median for form, median in medians.items() if median is not None}
        st.vega_lite_chart(
            charts.price_strip(points, known, choice.currency),
            alt=alt,
            key="prices",
            on_select=_only,
            selection_mode=_PICK,
        )
        priced = sum(summary.priced for summary in summaries if summary.currency == choice.currency)
        parts.muted(" ".join([_READING_THE_CHART, *_drawn(len(points), priced)]))
        numbers = st.expander("Every form in numbers", key="numbers", bind="query-params")
        if numbers.open:
            with numbers:
                _numbers(summaries, choice.currency)
        strength = st.expander("Strength of one capsule or tablet against price", key="strength", bind="query-params")
        if strength.open:
            with strength:
                st.vega_lite_chart(charts.strength_scatter(points, choice.currency), alt=_STRENGTH)


def _numbers(summaries: Sequence[FormSummary], currency: str) -> None:
    """What cards and chart show, of every form and of the blends."""
    products = Counter[str]()
    warned = Counter[str]()
    for each in summaries:
        products[each.form_group] += each.products
        warned[each.form_group] += each.with_warnings
    priced = {each.form_group: each for each in summaries if each.currency == currency}
    rows = [
        (words.form_name(form), f"{products[form]:,}", f"{warned[form]:,}", *_prices(priced.get(form)))
        for form in form_order(list(products))
    ]
    head = ("Form", ">Products", ">With warnings", ">Priced", ">Median", ">Lowest", ">Highest")
    parts.table(f"Prices of 100 mg elemental, in {currency}", head, rows)


def _prices(summary: FormSummary | None) -> tuple[str, ...]:
    known = (summary.median_price_per_100mg, summary.lowest, summary.highest) if summary else (None,) * 3
    shown = (words.NOT_STATED if price is None else words.money(price) for price in known)
    return f"{summary.priced:,}" if summary else "0", *shown


def _drawn(points: int, priced: int) -> list[str]:
    """What a chart of a sample owes its readers."""
    told = f"Shown are {points:,} of {priced:,} products with a price, drawn at random; the medians are those of all."
    return [told] if points < priced else []


_STRENGTH = "Elemental mg per unit against price of 100 mg, one mark a product; the table holds both."


_READING_THE_CHART = (
    "Each mark is a product (triangle: with oxide, stated or implied), each bar the median of its form. "
    "The axis is a square-root scale. A click on a mark narrows everything to its form."
)
_PICK = charts.PICKED


def _only() -> None:
    """Filter by the form of the mark that was clicked."""
    if picked := st.session_state["prices"].selection[charts.PICKED]:
        st.session_state["form"] = [picked[0]["key"]]


def _card(form: str, summaries: Sequence[FormSummary], currency: str | None) -> str:
    """Products, median and range of one form, in one currency."""
    products = sum(summary.products for summary in summaries)
    warned = sum(summary.with_warnings for summary in summaries)
    priced = next((summary for summary in summaries if summary.currency == currency and summary.priced), None)
    lines = []
    if priced and priced.lowest is not None and priced.highest is not None:
        prices = f"{words.money(priced.lowest)} to {words.money(priced.highest)} over {priced.priced:,} priced"
        lines = ["median per 100 mg elemental", prices]
    elif products:
        lines = ["price per 100 mg elemental"]
    if products:
        lines.append(words.counted(products, "product"))
    if warned:
        lines.append(f"{100 * warned / products:.0f} % with warnings")
    shown = _median(priced) if products else "no product"
    told = "".join(f'<p class="muted">{escape(line)}</p>' for line in lines)
    return f"<li><h2>{escape(words.form_name(form))}</h2><strong>{escape(shown)}</strong>{told}</li>"


def _median(summary: FormSummary | None) -> str:
    if summary is None or summary.median_price_per_100mg is None:
        return words.NOT_STATED
    return f"{words.money(summary.median_price_per_100mg)} {summary.currency}"


def _table(place: DeltaGenerator, rows: Sequence[ComparisonRow], choice: Choice) -> None:
    """One page of products; a row leads to its product."""
    with place.container():
        st.header("Products", anchor=False)
        parts.muted("A product’s name leads to what its label says, word for word. ▲ marks oxide, stated or implied.")
        product_table.draw(rows, choice.selection.electrolytes)


def _rows(shown: Snapshot, choice: Choice, page: int) -> list[ComparisonRow]:
    args = (choice.sort, choice.descending, _ROWS_PER_PAGE, (page - 1) * _ROWS_PER_PAGE)
    return queries.rows(shown, choice.selection, *args)


def _downloads(shown: Snapshot, choice: Choice) -> None:
    """The products that match, all of them, as files."""

    def rows() -> list[ComparisonRow]:
        return queries.all_rows(shown, choice.selection, choice.sort, choice.descending)

    files = {
        "CSV": ("csv", "text/csv", lambda: export.to_csv(rows())),
        "JSON": ("json", "application/json", lambda: export.to_json(rows())),
        "Markdown": ("md", "text/markdown", lambda: export.to_markdown(rows(), shown.as_of, shown.demo)),
    }
    parts.muted("All products that match, with their sources, as a file:")
    with st.container(horizontal=True):
        for name, (suffix, mime, make) in files.items():
            st.download_button(
                f"{name}", make, f"magnesium.{suffix}", mime, icon=":material/download:", on_click="ignore"
            )


draw()
