"""Forms: what each is, how much magnesium it holds, what studies found, what it costs."""

from __future__ import annotations

import tomllib
from html import escape
from pathlib import Path

import streamlit as st

from catalog import FormSummary, Selection
from checker import FORMS, LEADING_FORMS, STUDIES, Form
from dashboard import queries, words
from dashboard.views import parts

CLAIMS = tomllib.loads((Path(__file__).parents[1] / "data" / "claims.toml").read_text("utf-8"))["claim"]


def draw() -> None:
    """The page."""
    shown = parts.opened_if_any()
    parts.heading("Forms of magnesium", words.elemental_explained())
    summaries = queries.form_summaries(shown, Selection()) if shown else []
    for key in LEADING_FORMS:
        _form(FORMS[key], [summary for summary in summaries if summary.form_group == key])
    others = sorted((form for form in FORMS.values() if form.key not in LEADING_FORMS), key=_order)
    with st.expander("Every other form"):
        parts.table("Other forms", _HEAD, [_row(form, summaries) for form in others])
    _studies()
    _claims()
    parts.closing(shown)


_HEAD = ("Form", "What it is", "Magnesium in 1,000 mg", "Products")


def _order(form: Form) -> tuple[bool, bool, str]:
    return form.excipient, form.key == "unspecified", form.name


def _form(form: Form, summaries: list[FormSummary]) -> None:
    st.subheader(words.form_name(form.key), anchor=False)
    st.html(f"<p>{escape(form.about)}</p>")
    facts = [("Magnesium in 1,000 mg of the pure substance", words.fraction_text(form))]
    facts += [(species.name, words.percent(species.fraction)) for species in form.species if len(form.species) > 1]
    facts.append(
        ("Products", str(sum(summary.products for summary in summaries)) if summaries else "none in the catalog")
    )
    facts += [
        (f"Median price of 100 mg elemental, {s.currency}", _price(s)) for s in summaries if s.currency and s.priced
    ]
    parts.facts(facts)


def _price(summary: FormSummary) -> str:
    median, low, high = summary.median_price_per_100mg, summary.lowest, summary.highest
    if median is None or low is None or high is None:
        return words.NOT_STATED
    span = f"from {words.money(low)} to {words.money(high)}"
    return f"{words.money(median)} ({span}, {words.counted(summary.priced, 'product')})"


def _row(form: Form, summaries: list[FormSummary]) -> tuple[str, ...]:
    products = sum(summary.products for summary in summaries if summary.form_group == form.key)
    return words.form_name(form.key), form.about, words.fraction_text(form), str(products or "none")


def _studies() -> None:
    parts.prose("studies.md")
    rows = [(study.citation, study.subjects, study.design, study.finding, study.caveat) for study in STUDIES]
    parts.table("Studies that compared forms", ("Study", "Subjects", "What was done", "What was found", "Caveat"), rows)


def _claims() -> None:
    st.subheader("Claims often repeated", anchor=False)
    rows = [(claim["claim"], claim["status"], claim["careful"]) for claim in CLAIMS]
    parts.table("Claims and what the sources say", ("Claim", "Status", "What can be said"), rows)


draw()
