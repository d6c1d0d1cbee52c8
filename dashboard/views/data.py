"""Data: where it is from, how old it is, how much of it was read, and how."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import streamlit as st

from catalog import SourceState
from checker import CHECKS, READER_VERSION, Check
from dashboard import queries, source_words, words
from dashboard.queries import Snapshot
from dashboard.views import parts

_FINDINGS = Path(__file__).parents[2] / "docs" / "FINDINGS.md"
_PLACE = ("Source", "Kind", "Market", "Data from", "Last refresh")
_COUNTS = (">Listings", ">With magnesium", ">Dose read", ">Priced", "Passed over")


def draw() -> None:
    """The page."""
    shown = parts.opened()
    parts.heading("Data", "Where every figure is from, how old it is, and how much of it could be read.")
    if check := CHECKS.get(st.query_params.get("check", "")):
        _about(check)
    states = queries.source_states(shown)
    if states:
        parts.table("Sources", (*_PLACE, *_COUNTS), [_row(state) for state in states])
        _told(states)
        _coverage(shown)
    else:
        parts.how_to_fill()
    parts.prose("method.md")
    with st.expander(f"What the {len(CHECKS)} checks look for"):
        parts.table("The checks", ("Check", "Code", "May be", "For you"), [_check(each) for each in CHECKS.values()])
    parts.facts([("Reader version", READER_VERSION)])
    parts.closing(shown)


def _about(check: Check) -> None:
    """The check that a finding's link asks about."""
    with st.container(border=True):
        st.header(f"Check: {check.name}", anchor=False)
        parts.facts(
            [("For you", check.means), ("May be", _severities(check)), ("Code", check.code), ("In full", check.more)]
        )
        st.markdown(_in_full(check.code))


def _in_full(code: str) -> str:
    """What the documentation says of a check: how it computes, its sources, innocent explanations."""
    if not _FINDINGS.is_file():  # an installation without the documentation
        return ""
    section = _FINDINGS.read_text("utf-8").partition(f"\n## {code}\n")[2].partition("\n## ")[0]
    _, computed, rest = section.partition("**Computed.**")
    linked = re.sub(r"\]\(#([a-z-]+)\)", r"](data?check=\1)", computed + rest)
    return re.sub(r"\[([^\]]+)\]\(\.\./[^)]+\)", r"\1", linked)


def _check(check: Check) -> tuple[str, ...]:
    return check.name, check.code, _severities(check), check.means


def _severities(check: Check) -> str:
    return ", ".join(words.SEVERITY[severity].lower() for severity in check.severities)


def _row(state: SourceState) -> tuple[str, ...]:
    counts = (state.listings, state.with_magnesium, state.with_elemental, state.with_price)
    return (
        words.one_line(state.name),
        state.kind,
        state.market or words.NOT_STATED,
        words.moment(state.last_success_at) + _ago(state.last_success_at),
        _ended(state),
        *(f"{count:,}" for count in counts),
        source_words.passed_over(state.skipped),
    )


def _ended(state: SourceState) -> str:
    """How the last refresh ended, and when, where the data is not from it."""
    ended = source_words.OUTCOME.get(state.outcome or "", "never refreshed")
    return f"{words.moment(state.last_run_at)}: {ended}" if state.last_run_at != state.last_success_at else ended


def _ago(when: datetime | None) -> str:
    return f" ({source_words.age(when, datetime.now(UTC))} ago)" if when else ""


def _told(states: list[SourceState]) -> None:
    """What the last refresh of each source had to say, and what waits for a decision."""
    told = [(words.one_line(state.name), words.one_line(state.message)) for state in states if state.message]
    waiting = [state for state in states if state.held_since]
    told += [(words.one_line(state.name), f"{_HELD} It is of {words.moment(state.held_since)}.") for state in waiting]
    if told:
        st.header("What the last refresh said", anchor=False)
        parts.facts(told)


_HELD = "Newer data looked unusual and waits for review."


def _coverage(shown: Snapshot) -> None:
    found = queries.coverage(shown)
    total = sum(found.values())
    if total:
        st.header("How the amounts are known", anchor=False)
        rows = [
            (words.BASIS[basis], f"{count:,}", words.percent(Decimal(count) / total)) for basis, count in found.items()
        ]
        parts.table("Products with magnesium by how their amount is known", ("How", ">Products", ">Share"), rows)
        _why_not(shown)


def _why_not(shown: Snapshot) -> None:
    if found := queries.unsettled(shown):
        rows = [(CHECKS[code].means if code else _NO_AMOUNT, f"{count:,}") for code, count in found.items()]
        parts.table(
            "Products whose label gives no exact amount: why (some for two reasons)", ("Why", ">Products"), rows
        )


_NO_AMOUNT = "The label names magnesium without an exact amount, or with several that cannot be told apart."


draw()
