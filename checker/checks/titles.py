"""Checks of the number in the product's name, which is never a dose."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal

from checker.checks.amounts import dose_quote, near, per_unit, say, say_range, say_units, stated_forms
from checker.checks.registry import label_check, make_finding
from checker.forms import FORMS
from checker.models import Claim, Finding, Label

_ROUNDING = Decimal("1.03")
"""How far a title's round number may lie from the weight that the form's fraction gives."""


def _with_mg(label: Label) -> Claim | None:
    for claim in label.claims:
        if claim.mg is not None:
            return claim
    return None


def _prints(label: Label, mg: Decimal, amounts: Iterable[Decimal | None]) -> bool:
    """Whether the title's mg is one of the label's amounts, per serving, per unit or per directed day."""
    directed = label.servings_per_day or ()
    for amount in amounts:
        if amount is None:
            continue
        each = per_unit(label, amount)
        if near(mg, amount) or (each is not None and each != amount and near(mg, each)):
            return True
        if directed and any(near(mg, amount * times) for times in directed):
            return True
    return False


def _elemental(label: Label) -> list[Decimal | None]:
    return [label.elemental_mg, *(s.elemental_mg for s in label.sources), *(c.elemental_mg for c in label.columns)]


def _compound(label: Label) -> list[Decimal]:
    weights = [source.compound_mg for source in label.sources if source.compound_mg is not None]
    return [*weights, sum(weights, Decimal(0))] if weights else []


def _is_compound(label: Label, mg: Decimal) -> bool:
    """Whether the title's number is a printed compound weight, or the weight of the form that gives the dose."""
    if _prints(label, mg, _compound(label)):
        return True
    dose, forms = label.elemental_mg, stated_forms(label)
    fractions = FORMS[forms[0]].fractions if len(forms) == 1 and forms[0] in FORMS else None
    if fractions is None or dose is None:
        return False
    low, high = fractions[0] * mg / _ROUNDING, fractions[1] * mg * _ROUNDING
    each, directed = per_unit(label, dose), label.servings_per_day or ()
    if low <= dose <= high or (each is not None and low <= each <= high):
        return True
    return bool(directed) and any(low <= dose * times <= high for times in directed)


@label_check("claims")
def title_states_compound(label: Label) -> Finding | None:
    """The title's mg is the weight of the compound."""
    claim = _with_mg(label) if label.claims else None
    if claim is None or claim.mg is None or not _is_compound(label, claim.mg):
        return None
    if _prints(label, claim.mg, _elemental(label)):
        return None
    numbers = {"title_mg": claim.mg}
    if label.elemental_mg is not None:
        amount = say(label.elemental_mg)
        numbers["elemental_mg"] = label.elemental_mg
    elif label.elemental_range is not None:
        amount = say_range(*label.elemental_range)
    else:
        return None
    return make_finding(
        "title-states-compound",
        f"The {say(claim.mg)} mg in the title are the weight of the compound; a serving gives {amount} mg of "
        "magnesium.",
        dose_quote(label),
        numbers,
    )


@label_check("claims", "dose")
def title_dose_mismatch(label: Label) -> Finding | None:
    """The title's mg is neither the label's elemental nor its compound amount, per unit, serving or directed day."""
    claim = _with_mg(label) if label.claims else None
    if claim is None or claim.mg is None or label.elemental_mg is None:
        return None
    if _prints(label, claim.mg, _elemental(label)) or _is_compound(label, claim.mg):
        return None
    return make_finding(
        "title-dose-mismatch",
        f"The title says {say(claim.mg)} mg; the label gives {say(label.elemental_mg)} mg of magnesium.",
        dose_quote(label),
        {"title_mg": claim.mg, "elemental_mg": label.elemental_mg},
    )


@label_check("claims", "dose", "serving")
def serving_is_several(label: Label) -> Finding | None:
    """The title's number needs several units."""
    serving = label.serving
    if serving is None or serving.quantity is None or serving.quantity <= 1 or serving.unit not in COUNTED:
        return None
    claim, mg = _with_mg(label), label.elemental_mg
    if claim is None or claim.mg is None or not mg:
        return None
    if not any(near(claim.mg, amount) for amount in (mg, *_compound(label))):
        return None
    needed = 100 * serving.quantity / mg
    return make_finding(
        "serving-is-several",
        f"The {say(claim.mg)} mg in the title take {say_units(serving.quantity, serving.unit)}; 100 mg of "
        f"magnesium take {say(needed)}.",
        serving.text,
        {"title_mg": claim.mg, "serving_quantity": serving.quantity, "units_per_100_mg": needed},
    )


COUNTED = frozenset({"capsule", "tablet", "caplet", "softgel", "gummy", "lozenge", "chewable", "vegcap", "pill"})
"""Units that are counted out."""
