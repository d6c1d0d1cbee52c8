"""One label's reading in plain words."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

from checker.forms import FORMS
from checker.models import Label
from checker.reader import read_label

_BASIS = {
    "declared": "the label states it",
    "sum": "the stated parts add up to it",
    "from_percent_dv": "only a percent of the Daily Value is printed, so only bounds are known",
    "from_compound": "only the weight of the compound is printed",
    "undetermined": "the label does not determine it",
}
_RULES = {
    "declared": "states the magnesium of a serving",
    "total": "states the total",
    "total.of.parts": "is the total of the parts that are also printed",
    "row.percent": "is the row with a percent of the Daily Value",
    "row.confirmed": "is the row whose percent proves it; other amounts on the page are tied to nothing",
    "per.serving": "is the amount of a serving; another one is that of a unit",
    "per.unit": "is the amount of one unit",
    "sum.part": "is one part of the sum",
    "part": "is a part, or says the same again",
    "conflict": "does not agree with the other amounts, so none is taken",
    "crossed.rows": "is proven by the percent: the two rows were exchanged",
    "compound.weight": "is the weight of the compound, not of magnesium",
    "percent.daily.value": "gives a percent and no amount",
    "form.named": "names the form",
    "form.title": "is the title: the text names no form",
    "serving.size": "tells the serving",
    "serving.container": "tells how many servings there are",
    "serving.title": "is the title: it tells how many servings there are",
}


def explain(text: str, title: str | None = None, market: str | None = None) -> str:
    """What the reader concludes from a label and from which of its words, one step a line."""
    label = read_label(text, title=title, market=market)
    if not label.has_magnesium:
        return "No magnesium: the text declares none as a nutrient, active or named source."
    return "\n".join([*_conclusions(label), *_evidence(label)])


def _conclusions(label: Label) -> Iterator[str]:
    names = ", ".join(FORMS[form].name for form in label.forms)
    yield f"Form: {names}." + (f" Implied: {', '.join(label.inferred_forms)}." if label.inferred_forms else "")
    if label.elemental_mg is not None:
        yield f"Elemental magnesium: {_say(label.elemental_mg)} mg ({_BASIS[label.basis]})."
    elif label.elemental_range:
        low, high = label.elemental_range
        yield f"Elemental magnesium: between {_say(low)} and {_say(high)} mg ({_BASIS[label.basis]})."
    else:
        yield f"Elemental magnesium: not known ({_BASIS[label.basis]})."
    if label.percent_dv is not None:
        values = " or ".join(f"{_say(value)} mg" for value in label.daily_values)
        yield f"Percent of the Daily Value: {_say(label.percent_dv)} %" + (f" of {values}." if values else ".")
    for source in label.sources:
        if source.compound_mg is not None:
            yield f"Compound: {_say(source.compound_mg)} mg of {FORMS[source.form].name.lower()}."
    if label.serving:
        yield f"Serving: {label.serving.text}."


def _evidence(label: Label) -> Iterator[str]:
    for quote in label.quotes:
        words = " ".join(quote.quote.split())
        yield f'  "{words}" {_RULES[quote.rule]} [{quote.rule}]'


def _say(number: Decimal) -> str:
    return f"{number.normalize():f}"
