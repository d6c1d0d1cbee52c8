"""What only several labels or prices tell: the pure comparisons behind the findings that need more than one label."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from statistics import median
from typing import Any

from catalog.comparison import elemental_quote
from catalog.pricing import exact
from checker import Finding, Label, make_finding
from checker.checks.amounts import UNSPECIFIED, say, say_forms, say_units
from checker.checks.forms import NARROWER

OUTLIER_SCORE = 3.5
"""Modified z-scores beyond it are outliers: Iglewicz and Hoaglin, How to Detect and Handle Outliers (ASQC, 1993)."""

NORMAL_MAD = 0.6745
"""The 0.75 quantile of the standard normal distribution, which makes the score comparable with a z-score (ibid.)."""

LEAST_POPULATION = 8
"""Our choice: with fewer products of a form the median and its spread are those of two or three shops."""

MOST_APART = Decimal("0.1")
"""Part of the larger amount up to which two sources agree; the rounding of printed amounts stays well below."""


SAID = ("forms", "elemental_mg", "serving_quantity", "serving_unit", "elemental_mg_per_unit")
"""Columns of the comparison from which `Said` is made."""


@dataclass(frozen=True, slots=True)
class Said:
    """What a label says of magnesium, as far as two labels can be compared; None and no form are silence."""

    forms: frozenset[str]
    elemental_mg: Decimal | None
    """Per serving."""
    quantity: Decimal | None
    unit: str | None
    """Of the serving, as is the quantity."""
    per_unit: Decimal | None = None

    @property
    def serving(self) -> tuple[Decimal, str] | None:
        """Quantity and unit; None unless both are known."""
        return (self.quantity, self.unit) if self.quantity and self.unit else None

    def __str__(self) -> str:
        """As a part of a sentence."""
        amount = "magnesium" if self.elemental_mg is None else f"{say(self.elemental_mg)} mg of magnesium"
        forms = f" as {say_forms(tuple(sorted(self.forms)))}" if self.forms else ""
        return amount + forms + (f" per {say_units(*self.serving)}" if self.serving else "")

    def numbers(self, suffix: str = "") -> dict[str, Decimal]:
        """What is known, by name and unit."""
        known = {"elemental_mg": self.elemental_mg, "serving_quantity": self.quantity}
        return {f"{name}{suffix}": value for name, value in known.items() if value is not None}


def forms_differ(one: frozenset[str], other: frozenset[str]) -> bool:
    """Whether one names a form that the other does not; silence, or a family for its member, is no difference."""

    def known(form: str, among: frozenset[str]) -> bool:
        families = {family for family, members in NARROWER.items() if form in members}
        return form in among or not among.isdisjoint(families | NARROWER.get(form, frozenset()))

    return bool(one and other) and not (all(known(f, other) for f in one) and all(known(f, one) for f in other))


def amounts_differ(one: Said, other: Said) -> bool:
    """Whether the milligrams differ by more than `MOST_APART`: per unit where both servings have the same unit.

    Otherwise per serving, unless the quantity of a serving explains it: the other label may mean one unit.
    """
    if one.elemental_mg is None or other.elemental_mg is None:
        return False
    if one.per_unit is not None and other.per_unit is not None and one.unit == other.unit:
        return _apart(one.per_unit, other.per_unit)
    mine, theirs = one.elemental_mg, other.elemental_mg
    readings = ((mine, theirs), (one.per_unit or mine, theirs), (mine, other.per_unit or theirs))
    return all(_apart(*pair) for pair in readings)


def _apart(one: Decimal, other: Decimal) -> bool:
    return abs(one - other) > MOST_APART * max(one, other)


def reformulated(label: Label, text: str, earlier: Iterable[tuple[datetime, Label]]) -> Finding | None:
    """The label in a listing's text says something else than it did, as the same reader read both; latest first.

    What only one of the two states is no difference: pages are completed and shortened more often than recipes change.
    """
    now = said_by_label(label)
    for read_at, other in earlier:
        before = said_by_label(other)
        if otherwise(before, now):
            return make_finding(
                "reformulated",
                f"On {read_at:%Y-%m-%d} the label said {before}; now it says {now}.",
                elemental_quote(label, text),
                before.numbers("_before") | now.numbers(),
            )
    return None


def otherwise(before: Said, now: Said) -> tuple[str, ...]:
    """What a label came to say otherwise: `forms`, `elemental_mg`, `serving`; silence is no difference."""
    changed = {
        "forms": forms_differ(before.forms, now.forms),
        "elemental_mg": None not in (now.elemental_mg, before.elemental_mg) and now.elemental_mg != before.elemental_mg,
        "serving": None not in (now.serving, before.serving) and now.serving != before.serving,
    }
    return tuple(name for name, differs in changed.items() if differs)


def said_by_label(label: Label) -> Said:
    """What a label says as it was read."""
    serving = label.serving
    quantity, unit = (exact(serving.quantity), serving.unit) if serving else (None, None)
    return Said(frozenset(label.forms) - {UNSPECIFIED}, exact(label.elemental_mg), quantity, unit)


def said_by_row(row: Any) -> Said:
    """The same, from a row of the comparison's table."""
    forms = frozenset(row.forms.split(",")) - {"", UNSPECIFIED}
    return Said(forms, row.elemental_mg, row.serving_quantity, row.serving_unit, row.elemental_mg_per_unit)


def disagreement(mine: Said, theirs: Said, source: str, quote: str | None) -> Finding | None:
    """Two sources' labels of one article name other forms or other amounts; said of mine."""
    if not forms_differ(mine.forms, theirs.forms) and not amounts_differ(mine, theirs):
        return None
    return make_finding(
        "sources-disagree",
        f"This label says {mine}; the label of the same bar code at {source} says {theirs}.",
        quote,
        mine.numbers() | theirs.numbers("_other"),
    )


def outlier_scores(prices: Sequence[float]) -> dict[int, float]:
    """Modified z-scores of the logarithms of prices, by place, of those that are outliers.

    Prices are positive, in any one unit. Empty for fewer than `LEAST_POPULATION`, and where more than half of the
    prices are equal: their spread is 0 and no distance from it means anything.
    """
    if len(prices) < LEAST_POPULATION:
        return {}
    centre = math.log(median(prices))
    distances = [math.log(price) - centre for price in prices]
    spread = median(abs(distance) for distance in distances)
    scores = ((place, NORMAL_MAD * distance / spread) for place, distance in enumerate(distances) if spread)
    return {place: score for place, score in scores if abs(score) > OUTLIER_SCORE}
