"""Can the pure form hold that much magnesium? A bound from the two-component model, never a proof.

With f = elemental / compound of one row, p the magnesium fraction of the pure species and o that of magnesium oxide,
the share of oxide in the powder is x = (f - p) / (o - p), and the share of the magnesium from oxide is x * o / f.
"""

from __future__ import annotations

from decimal import Decimal
from functools import cache
from typing import Literal

from checker.forms import FORMS

Outcome = Literal["consistent", "borderline", "exceeds"]

_WHOLE = Decimal("0.5")
"""Half of the 1 mg grid that amounts are rounded to."""
_TENS = Decimal(5)
"""Half of the 10 mg grid that some labels print on."""


@cache
def _ceilings(form: str) -> tuple[Decimal, Decimal] | None:
    """Magnesium fraction of the most hydrated and of the anhydrous species, for the form's richest species."""
    if form not in FORMS or not FORMS[form].species:
        return None
    richest = max(FORMS[form].species, key=lambda species: species.fraction)
    hydrates = [s.fraction for s in FORMS[form].species if s.formula.startswith(f"{richest.formula}.")]
    return min(hydrates, default=richest.fraction), richest.fraction


def pure_form_outcome(form: str, elemental_mg: Decimal, compound_mg: Decimal) -> Outcome | None:
    """Whether the pure form can supply the elemental amount in the compound weight of the same row.

    `consistent` when it can with both numbers rounded to whole mg, `borderline` when only a 10 mg grid allows it,
    `exceeds` when not even that; None for a form without a formula or weights that are not positive.
    """
    ceilings = _ceilings(form)
    if ceilings is None or elemental_mg <= 0 or compound_mg <= 0:
        return None
    ceiling = ceilings[1]
    if elemental_mg - _WHOLE <= ceiling * (compound_mg + _WHOLE):
        return "consistent"
    return "borderline" if elemental_mg - _TENS <= ceiling * (compound_mg + _TENS) else "exceeds"


def oxide_interval(form: str, elemental_mg: Decimal, compound_mg: Decimal) -> tuple[Decimal, Decimal] | None:
    """Lowest and highest share (0 to 1) of the magnesium from oxide, if oxide explains what exceeds the pure form.

    Lowest for the anhydrous species, highest for the most hydrated one. None when no blend with oxide can explain it
    (more magnesium than oxide itself holds), or nothing is to be explained.
    """
    ceilings = _ceilings(form)
    (oxide,) = (species.fraction for species in FORMS["oxide"].species)
    fraction = elemental_mg / compound_mg
    if ceilings is None or not ceilings[1] < fraction <= oxide:
        return None
    most, least = (_share(fraction, pure, oxide) for pure in ceilings)
    return least, most


def _share(fraction: Decimal, pure: Decimal, oxide: Decimal) -> Decimal:
    return (fraction - pure) / (oxide - pure) * oxide / fraction
