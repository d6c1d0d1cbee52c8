"""Does the dose of the named form fit into that many capsules?"""

from __future__ import annotations

from decimal import Decimal
from functools import cache
from typing import NamedTuple

from checker.checks.amounts import dose_quote, say, say_forms
from checker.checks.registry import label_check, make_finding
from checker.forms import FORMS
from checker.models import Finding, Label, Severity

CAPSULE_ML = {
    size: Decimal(volume)
    for size, volume in {
        "000": "1.37", "00E": "1.00", "00": "0.91", "0E": "0.78", "0": "0.68", "1": "0.50", "2": "0.37", "3": "0.30",
        "4": "0.21",
    }.items()
}  # fmt: skip
"""Volume of hard capsules by size, mL (capsule makers' tables)."""


class Tier(NamedTuple):
    """A dose above this capsule at this bulk density is of this severity."""

    severity: Severity
    size: str
    density: Decimal
    """g/mL; such powders have 0.6 to 1.2."""
    says: str


TIERS = (
    Tier("info", "00", Decimal("1.0"), "that is tight"),
    Tier("warning", "00", Decimal("1.2"), "check for a buffered grade"),
    Tier("error", "000", Decimal("1.2"), "it cannot be that form alone"),
)
"""Mildest first. Up to a size 00 at 1.0 g/mL there is nothing to say."""


@cache
def _ceilings(form: str) -> tuple[tuple[Tier, Decimal], ...]:
    """The tiers with their ceilings in mg; none for a form without a formula."""
    ceilings = ((tier, ceiling_mg(form, tier.size, tier.density)) for tier in TIERS)
    return tuple((tier, ceiling) for tier, ceiling in ceilings if ceiling is not None)


def ceiling_mg(form: str, size: str, density: Decimal) -> Decimal | None:
    """Most elemental mg in one capsule filled with nothing but the form's richest species; None without a formula.

    `size` as in `CAPSULE_ML`, `density` in g/mL.
    """
    fractions = FORMS[form].fractions if form in FORMS else None
    return fractions and CAPSULE_ML[size] * density * 1000 * fractions[1]


@label_check("dose", "serving")
def does_not_fit_capsules(label: Label) -> Finding | None:
    """More of the only form than capsules hold, by tier; capsules only, never tablets, softgels or powders."""
    serving, mg = label.serving, label.elemental_mg
    if serving is None or serving.unit != "capsule" or not serving.quantity or mg is None:
        return None
    if len(label.forms) != 1 or label.inferred_forms:
        return None
    form, each = label.forms[0], mg / (serving.quantity_max or serving.quantity)
    passed = None
    for tier, ceiling in _ceilings(form):
        if each <= ceiling or (tier.severity == "error" and not _certain(label)):
            break
        passed = tier, ceiling
    return passed and _finding(label, form, each, *passed)


def _certain(label: Label) -> bool:
    """Whether the dose is declared for this serving alone, its percent fits, and the form is not from the title."""
    if label.percent_dv is not None and not label.daily_values:
        return False
    return label.basis == "declared" and not label.columns and all(q.rule != "form.title" for q in label.quotes)


def _finding(label: Label, form: str, each: Decimal, tier: Tier, ceiling: Decimal) -> Finding:
    return make_finding(
        "does-not-fit-capsules",
        f"The label gives {say(each)} mg of magnesium per capsule as {say_forms((form,))}; a size {tier.size} capsule "
        f"filled with nothing else at {say(tier.density)} g/mL holds at most {say(ceiling)} mg: {tier.says}.",
        dose_quote(label),
        {
            "elemental_mg_per_capsule": each,
            "capsule_ceiling_mg": ceiling,
            "capsule_ml": CAPSULE_ML[tier.size],
            "density_g_per_ml": tier.density,
        },
        tier.severity,
    )
