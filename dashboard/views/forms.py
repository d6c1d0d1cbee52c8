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
    summaries = queries.form_summaries(shown, Selection()) if shown else None
    for key in LEADING_FORMS:
        _form(FORMS[key], summaries)
    others = sorted((form for form in FORMS.values() if form.key not in LEADING_FORMS), key=_order)
    with st.expander("Every other form"):
        parts.table("Other forms", _HEAD, [_row(form, summaries) for form in others])
    _studies()
    _claims()
    parts.closing(shown)


_HEAD = ("Form", "What it is", "Magnesium in 1,000 mg", ">Products", "Median price of 100 mg elemental")


def _order(form: Form) -> tuple[bool, bool, str]:
    return form.excipient, form.key == "unspecified", words.form_name(form.key)


def _form(form: Form, summaries: list[FormSummary] | None) -> None:
    own = _of(form, summaries)
    st.header(words.form_name(form.key), anchor=False)
    st.html(f"<p>{escape(form.about)}</p>")
    facts = [("Magnesium in 1,000 mg of the pure substance", words.fraction_text(form))]
    facts += [(species.name, words.percent(species.fraction)) for species in form.species if len(form.species) > 1]
    facts.append(("Products", _products(form, summaries)))
    facts += [(f"Median price of 100 mg elemental, {s.currency}", _price(s)) for s in own if s.currency and s.priced]
    parts.facts(facts)


def _price(summary: FormSummary) -> str:
    median, low, high = summary.median_price_per_100mg, summary.lowest, summary.highest
    if median is None or low is None or high is None:
        return words.NOT_STATED
    span = f"from {words.money(low)} to {words.money(high)}"
    return f"{words.money(median)} ({span}, {words.counted(summary.priced, 'product')})"


def _of(form: Form, summaries: list[FormSummary] | None) -> list[FormSummary]:
    return [summary for summary in summaries or () if summary.form_group == form.key]


def _products(form: Form, summaries: list[FormSummary] | None) -> str:
    """How many the catalog has; not known without one."""
    return words.NOT_STATED if summaries is None else f"{sum(s.products for s in _of(form, summaries)):,}"


def _row(form: Form, summaries: list[FormSummary] | None) -> tuple[str, ...]:
    medians = [
        f"{words.money(summary.median_price_per_100mg)} {summary.currency}"
        for summary in _of(form, summaries)
        if summary.median_price_per_100mg is not None
    ]
    price = ", ".join(medians) or words.NOT_STATED
    return words.form_name(form.key), form.about, words.fraction_text(form), _products(form, summaries), price


def _studies() -> None:
    parts.prose("studies.md")
    rows = [(study.citation, study.subjects, study.design, study.finding, study.caveat) for study in STUDIES]
    parts.table("Studies that compared forms", ("Study", "Subjects", "What was done", "What was found", "Caveat"), rows)


def _claims() -> None:
    st.header("Claims often repeated", anchor=False)
    rows = [(claim["claim"], claim["status"], claim["careful"]) for claim in CLAIMS]
    parts.table("Claims and what the sources say", ("Claim", "Status", "What can be said"), rows)


draw()
