"""Plan a dose: a daily target, the units a day that reach it, and their cost."""

from __future__ import annotations

from decimal import Decimal

import streamlit as st

from catalog import Facets, Selection
from checker import FORMS, UPPER_LIMITS
from dashboard import queries, words
from dashboard.charts import form_order
from dashboard.dose import DAYS_A_MONTH, Plan, plans
from dashboard.queries import Snapshot
from dashboard.views import parts

_LOOKED_AT = 300
"""Products whose day is worked out: the cheapest per 100 mg. Whole units change the order among neighbours only."""
_SHOWN = 50
_ANY = "Any form"


def draw() -> None:
    """The page."""
    shown = parts.opened()
    parts.heading("Plan a dose", "How many capsules a day give a target of elemental magnesium, and what that costs.")
    facets = queries.facets(shown)
    if not facets.currencies:
        st.info("No product in the catalog has both a dose and a price yet.")
        parts.how_to_fill()
    else:
        target, selection, currency = _choice(facets)
        _limits(target)
        _plans(shown, target, selection, currency)
    parts.prose("dose.md")
    parts.closing(shown)


def _choice(facets: Facets) -> tuple[Decimal, Selection, str]:
    with st.container(horizontal=True, vertical_alignment="bottom"):
        target = st.number_input(
            "Target, mg of elemental magnesium a day", 10, 2000, 200, 10, key="mg", bind="query-params"
        )
        form = st.selectbox(
            "Form",
            [_ANY, *form_order([key for key, _ in facets.forms])],
            format_func=lambda key: words.form_name(key) if key in FORMS or key == "blend" else key,
            key="form",
            bind="query-params",
        )
        currency = st.selectbox(
            "Currency", [code for code, _ in facets.currencies], key="currency", bind="query-params"
        )
        no_oxide = st.checkbox("No oxide", key="no_oxide", bind="query-params")
        no_warnings = st.checkbox("No warnings", key="no_warnings", bind="query-params")
    selection = Selection(
        forms=() if form == _ANY else (form,), currency=currency, no_oxide=no_oxide, no_warnings=no_warnings
    )
    return Decimal(target), selection, currency


def _limits(target: Decimal) -> None:
    """The upper limits, and which of them the target passes: what they mean is said beside them."""
    parts.prose("limits.md")
    rows = [
        (limit.name, f"{words.number(limit.mg)} mg", "above" if target > limit.mg else "within", limit.source)
        for limit in UPPER_LIMITS
    ]
    parts.table("Upper limits", ("Set by", "A day", f"{words.number(target)} mg is", "Source"), rows)


def _plans(shown: Snapshot, target: Decimal, selection: Selection, currency: str) -> None:
    made = plans(queries.rows(shown, selection, "price_per_100mg", False, _LOOKED_AT, 0), target)
    st.subheader(f"What gives {words.number(target)} mg a day", anchor=False)
    if not made:
        st.info("No product that matches states both its dose and a price in this currency.")
        return
    shown_now = words.counted(min(len(made), _SHOWN), "product")
    st.html(f'<p class="muted">The {shown_now} with the cheapest day. {_READING_THE_TABLE}</p>')
    number = st.column_config.NumberColumn
    st.dataframe(
        [_cells(plan, currency) for plan in made[:_SHOWN]],
        hide_index=True,
        alt="Products with units and cost a day",
        column_config={
            f"{currency} a day": number(format="%.3f"),
            f"{currency} in {DAYS_A_MONTH} days": number(format="%.2f"),
            "Elemental mg a day": number(format="%.4g"),
            "Smallest step, mg": number(format="%.4g"),
        },
    )


_READING_THE_TABLE = (
    "Only products in stock whose label states the dose. Capsules and servings are whole, so a day may give more than "
    "the target."
)


def _cells(plan: Plan, currency: str) -> dict[str, object]:
    row = plan.row
    return {
        "Product": words.one_line(row.title),
        "Form": words.forms_text(row.forms, row.contains_oxide),
        "A day": words.serving_text(plan.count, plan.unit),
        "Elemental mg a day": float(plan.mg_a_day),
        f"{currency} a day": float(plan.cost_a_day),
        f"{currency} in {DAYS_A_MONTH} days": float(plan.cost_a_month),
        "Smallest step, mg": float(plan.step_mg),
        "Findings": str(len(row.findings) or ""),
        "Source": words.one_line(row.source),
        "Seen": f"{row.seen_at:%Y-%m-%d}",
    }


draw()
