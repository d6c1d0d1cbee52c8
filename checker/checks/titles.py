"""Checks of the number in the product's name, which is never a dose."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal
from functools import cache
from typing import Literal

from checker.checks.amounts import dose_quote, near, per_unit, say, say_range, say_units
from checker.checks.registry import label_check, make_finding
from checker.forms import FORMS
from checker.models import Finding, Label

_ROUNDING = Decimal("1.03")
"""How far a title's round number may lie from the weight that the form's fraction gives."""


def _title_mg(label: Label) -> Decimal | None:
    """The first number that the title prints."""
    for claim in label.claims:
        if claim.mg is not None:
            return claim.mg
    return None


def _said(label: Label, mg: Decimal) -> list[Decimal]:
    """An amount per serving as a title may say it: so, per unit, per directed day."""
    each, directed = per_unit(label, mg), label.servings_per_day
    said = [mg] if each is None or each == mg else [mg, each]
    return [*said, *(mg * times for times in directed)] if directed else said


def _is_one_of(label: Label, mg: Decimal, amounts: Iterable[Decimal | None]) -> bool:
    """Whether the title's mg is one of the label's amounts."""
    return any([near(mg, said) for amount in amounts if amount is not None for said in _said(label, amount)])


def _compound(label: Label) -> list[Decimal]:
    weights = [source.compound_mg for source in label.sources if source.compound_mg is not None]
    return [*weights, sum(weights, Decimal(0))] if weights else []


@cache
def _bounds(form: str) -> tuple[Decimal, Decimal] | None:
    """Least and most magnesium in 1 mg of a form, with the rounding of a title."""
    fractions = FORMS[form].fractions if form in FORMS else None
    return fractions and (fractions[0] / _ROUNDING, fractions[1] * _ROUNDING)


def _meaning(label: Label, mg: Decimal) -> Literal["elemental", "compound", "neither"]:
    """What the title's number is: an amount of magnesium that the label states, or the compound's weight.

    The weight is printed, or it is what gives the dose by the form's fraction.
    """
    dose = label.elemental_mg
    doses = [] if dose is None else _said(label, dose)
    if any([near(mg, said) for said in doses]):
        return "elemental"
    if label.sources or label.columns:
        if _is_one_of(label, mg, [*(s.elemental_mg for s in label.sources), *(c.elemental_mg for c in label.columns)]):
            return "elemental"
        if _is_one_of(label, mg, _compound(label)):
            return "compound"
    bounds = _bounds(label.forms[0]) if len(label.forms) == 1 else None
    if bounds is None:
        return "neither"
    least, most = bounds[0] * mg, bounds[1] * mg
    return "compound" if any([least <= said <= most for said in doses]) else "neither"


@label_check("title_mg")
def title_states_compound(label: Label) -> Finding | None:
    """The title's mg is the weight of the compound."""
    mg = _title_mg(label)
    if mg is None or _meaning(label, mg) != "compound":
        return None
    numbers = {"title_mg": mg}
    if label.elemental_mg is not None:
        amount = say(label.elemental_mg)
        numbers["elemental_mg"] = label.elemental_mg
    elif label.elemental_range is not None:
        amount = say_range(*label.elemental_range)
    else:
        return None
    return make_finding(
        "title-states-compound",
        f"The {say(mg)} mg in the title are the weight of the compound; a serving gives {amount} mg of magnesium.",
        dose_quote(label),
        numbers,
    )


@label_check("title_mg", "dose")
def title_dose_mismatch(label: Label) -> Finding | None:
    """The title's mg is neither the label's elemental nor its compound amount, per unit, serving or directed day."""
    mg = _title_mg(label)
    if mg is None or label.elemental_mg is None or _meaning(label, mg) != "neither":
        return None
    return make_finding(
        "title-dose-mismatch",
        f"The title says {say(mg)} mg; the label gives {say(label.elemental_mg)} mg of magnesium.",
        dose_quote(label),
        {"title_mg": mg, "elemental_mg": label.elemental_mg},
    )


@label_check("title_mg", "dose", "serving")
def serving_is_several(label: Label) -> Finding | None:
    """The title's number needs several units."""
    serving = label.serving
    if serving is None or serving.quantity is None or serving.quantity <= 1 or serving.unit not in COUNTED:
        return None
    mg, dose = _title_mg(label), label.elemental_mg
    if mg is None or not dose or not any([near(mg, amount) for amount in (dose, *_compound(label))]):
        return None
    needed = 100 * serving.quantity / dose
    return make_finding(
        "serving-is-several",
        f"The {say(mg)} mg in the title take {say_units(serving.quantity, serving.unit)}; 100 mg of "
        f"magnesium take {say(needed)}.",
        serving.text,
        {"title_mg": mg, "serving_quantity": serving.quantity, "units_per_100_mg": needed},
    )


COUNTED = frozenset({"capsule", "tablet", "caplet", "softgel", "gummy", "lozenge", "chewable", "vegcap", "pill"})
"""Units that are counted out."""
