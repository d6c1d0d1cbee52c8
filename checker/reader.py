"""From a label's text to a `Label`."""

from __future__ import annotations

from checker.daily import read_daily
from checker.decide import Decision, decide
from checker.electrolytes import read_electrolytes
from checker.lexicon import mentions, section, seldom
from checker.lines import Line, read_lines
from checker.marks import find_marks
from checker.models import Column, Label, MagnesiumSource, Quote, Serving, trusted
from checker.naming import Named, declared, forms_named, inferred_forms
from checker.printed import gate
from checker.serving import Portion, read_serving, read_servings_per_container
from checker.text import NO_TEXT, Text, uniform
from checker.title import is_named_after_magnesium, read_title

READER_VERSION = "4"
"""Changes whenever any reading can change."""


def read_label(text: str, title: str | None = None, market: str | None = None) -> Label:
    """Read what a label states about magnesium. Never raises on label text.

    `text` is the label's lines or a whole page's text; `market` (US, CA, UK, EU, AU ...) tells which Daily Values a
    percent may be of. Amounts are mg per serving; spans of quotes point into `text`.
    """
    market = market.strip().upper() or None if market else None
    whole = uniform(text)
    heading = uniform(title or "")
    special = seldom().within(whole.low)
    first = gate(whole.low, special).search(whole.low)
    if first is None and not gate(heading.low).search(heading.low):
        return Label(has_magnesium=False, market=market, reader_version=READER_VERSION)
    low = _here(whole.low) if special else whole.low
    lines = read_lines(low, heading.low.strip(), first) if first else []
    return _label(whole, low, lines, heading, market, special)


def _here(low: str) -> str:
    """The text up to where the page speaks of other products, unless a panel comes later."""
    match = section("elsewhere").search(low) if mentions("elsewhere", low) else None
    if not match or section("panel_start").search(low, match.end()):
        return low
    return low[: match.start()]


def _label(whole: Text, low: str, lines: list[Line], heading: Text, market: str | None, special: bool) -> Label:
    serving = read_serving(low)
    decision = decide(lines, low, serving, market, heading.low)
    titled, title_forms, claims = read_title(heading)
    named: Named = decision.forms, []
    if special or not decision.forms:  # else nothing says "buffered with"
        named = forms_named(decision.forms, lines, low, titled, title_forms)
    forms, form_quotes = named
    about = titled or (bool(lines) and is_named_after_magnesium(heading.low))
    if not (decision.used or forms or about or declared(lines, low)):
        marks = find_marks(whole, heading, ("excipient",))
        return Label(has_magnesium=False, marks=marks, market=market, reader_version=READER_VERSION)
    quotes = [_quote(whole, s.start, max(s.end, s.percent_end), rule) for s, rule in decision.evidence]
    quotes += [_quote(whole, start, end, "form.named") for start, end in form_quotes]
    if not forms and title_forms:
        forms = title_forms
        quotes.append(trusted(Quote, quote=heading.raw, span=None, rule="form.title"))
    servings = _servings(whole, low, heading, serving)
    inferred = inferred_forms(low, heading.low, forms)
    return trusted(
        Label,
        has_magnesium=True,
        forms=forms or ("unspecified",),
        inferred_forms=inferred,
        elemental_mg=decision.elemental,
        elemental_range=decision.bounds,
        basis=decision.basis,
        percent_dv=decision.percent,
        daily_values=decision.daily_values,
        serving=_serving(whole, serving),
        servings_per_container=servings[0],
        servings_per_day=read_daily(low, serving),
        columns=tuple([Column(title=title, elemental_mg=mg, percent_dv=dv) for title, mg, dv in decision.columns]),
        sources=_magnesium_sources(whole, decision),
        electrolytes=read_electrolytes(low, decision.column),
        claims=claims,
        quotes=(*quotes, *servings[1]),
        marks=find_marks(whole if special else NO_TEXT, heading, _kinds(decision, inferred)),
        market=market,
        reader_version=READER_VERSION,
    )


def _servings(whole: Text, low: str, heading: Text, serving: Portion | None) -> tuple[int | None, list[Quote]]:
    """Servings per container, also from the title, and the words that tell serving and servings."""
    quotes = [_quote(whole, *serving.place, "serving.size")] if serving else []
    if container := read_servings_per_container(low):
        return container[0], [*quotes, _quote(whole, *container[1], "serving.container")]
    if container := read_servings_per_container(heading.low):
        return container[0], [*quotes, trusted(Quote, quote=heading.raw, span=None, rule="serving.title")]
    return None, quotes


def _kinds(decision: Decision, inferred: tuple[str, ...]) -> tuple[str, ...]:
    """The kinds of marks that can matter on the label."""
    pregnancy = ("pregnancy",) if decision.percent is not None else ()
    blend = ("blend",) if decision.elemental is None else ()
    return ("medicine", *pregnancy, *blend, *(("buffered",) if inferred else ()))


def _serving(whole: Text, serving: Portion | None) -> Serving | None:
    if serving is None:
        return None
    start, end = whole.span(*serving.place)
    text = whole.raw[start:end].strip()
    return trusted(Serving, quantity=serving.quantity, quantity_max=serving.quantity_max, unit=serving.unit, text=text)


def _quote(whole: Text, start: int, end: int, rule: str) -> Quote:
    start, end = whole.span(start, end)
    return trusted(Quote, quote=whole.raw[start:end], span=(start, end), rule=rule)


def _magnesium_sources(whole: Text, decision: Decision) -> tuple[MagnesiumSource, ...]:
    out = []
    for form, elemental, compound, statement in decision.sources:
        span = whole.span(statement.start, statement.end)
        out.append(
            MagnesiumSource(
                form=form, elemental_mg=elemental, compound_mg=compound, quote=whole.raw[span[0] : span[1]], span=span
            )
        )
    return tuple(out)
