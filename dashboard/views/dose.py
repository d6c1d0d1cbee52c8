"""Plan a dose: a daily target, the units a day that reach it, and their cost."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

import streamlit as st

from catalog import Facets, Selection
from checker import FORMS, UPPER_LIMITS
from dashboard import queries, words
from dashboard.charts import form_order
from dashboard.dose import DAYS_A_MONTH, NEAR, Plan, parted, plans
from dashboard.queries import Snapshot
from dashboard.views import parts

_LOOKED_AT = 300
"""Products whose day is worked out: the cheapest per 100 mg. Whole units change the order among neighbours only."""
_SHOWN = 25
_ANY = "Any form"


def draw() -> None:
    """The page."""
    shown = parts.opened()
    parts.heading("Plan a dose", _LEAD)
    facets = queries.facets(shown)
    if not facets.currencies:
        st.info("No product in the catalog has both a dose and a price yet.")
        parts.how_to_fill()
    else:
        target, selection, currency = _choice(facets)
        _limits(target)
        parts.prose("ask_first.md")
        _plans(shown, target, selection, currency)
    parts.prose("start_gradually.md")
    parts.closing(shown)


_LEAD = (
    "How many capsules a day give a target of elemental magnesium, which is the magnesium itself without what it is "
    "bound to, and what that costs."
)


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
        (
            f"{limit.body}: {limit.name}",
            f"{words.number(limit.mg)} mg",
            "above" if target > limit.mg else "within",
            limit.source,
        )
        for limit in UPPER_LIMITS
    ]
    parts.table("Upper limits", ("Set by", ">A day", f"{words.number(target)} mg is", "Source"), rows)
    if passed := [limit.body for limit in UPPER_LIMITS if target > limit.mg]:
        parts.alert(
            f"{words.number(target)} mg a day is above the upper limit of {', '.join(passed)}. "
            "A doctor or pharmacist can say whether that much suits you."
        )


def _plans(shown: Snapshot, target: Decimal, selection: Selection, currency: str) -> None:
    made = plans(queries.rows(shown, selection, "price_per_100mg", False, _LOOKED_AT, 0), target)
    near, far = parted(made, target)
    st.header(f"What gives {words.number(target)} mg a day", anchor=False)
    if near:
        shown_now = words.counted(min(len(near), _SHOWN), "product")
        parts.muted(f"The {shown_now} with the cheapest day. {_READING_THE_TABLE}")
        _table("Products with units and cost a day", near[:_SHOWN], currency)
    elif far:
        st.info(_ALL_FAR)
    else:
        st.info("No product that matches states both its dose and a price in this currency.")
    if far:
        with st.expander("Products that give far more"):
            parts.muted(f"The fewest whole capsules or servings give more than {NEAR} times {words.number(target)} mg.")
            _table("Products that give far more", far[:_SHOWN], currency)


def _table(caption: str, made: Sequence[Plan], currency: str) -> None:
    mixes = any(plan.row.sodium_mg or plan.row.potassium_mg for plan in made)
    cells = [_cells(plan, currency, mixes) for plan in made]
    parts.table(
        caption,
        ("Product", *cells[0]),
        [(parts.product_link(plan.row), *each.values()) for plan, each in zip(made, cells, strict=True)],
    )


_ALL_FAR = (
    "Whole capsules and servings of the products with the cheapest magnesium give far more. "
    "Another form may have weaker ones."
)
_READING_THE_TABLE = (
    "Only labels that state the dose; what is out of stock is left out. Capsules and servings are whole, so a day may "
    "give more than the target, and more than a limit."
)


def _cells(plan: Plan, currency: str, mixes: bool) -> dict[str, str]:
    """What is said of a plan, by heading (">" for numbers)."""
    row = plan.row
    salts = {"sodium": row.sodium_mg, "potassium": row.potassium_mg}
    with_it = (f"{name} {words.rounded(mg * plan.servings)} mg" for name, mg in salts.items() if mg is not None)
    return {
        "Form": words.forms_text(row.forms, row.contains_oxide),
        "A day": words.serving_text(plan.count, plan.unit),
        ">Elemental mg": words.rounded(plan.mg_a_day),
        "Above the limit of": ", ".join(limit.body for limit in plan.above) or "none",
        **({"Sodium and potassium": ", ".join(with_it) or words.NOT_STATED} if mixes else {}),
        f">{currency} a day": words.money(plan.cost_a_day),
        f">{currency} in {DAYS_A_MONTH} days": words.money(plan.cost_a_month),
        ">Smallest step, mg": words.rounded(plan.step_mg),
        "Findings": words.counted(len(row.findings), "finding") if row.findings else "none",
        "Source, seen": f"{words.one_line(row.source)}, {row.seen_at:%Y-%m-%d}",
    }


draw()
