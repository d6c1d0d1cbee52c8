"""What several checks compare: printed amounts with their rounding, and how they are said."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from decimal import ROUND_HALF_UP, Decimal

from checker.forms import FORMS
from checker.models import Label, Quote
from checker.reference_values import DailyValue, todays
from checker.text import uniform
from checker.tokens import milligrams, tokens

HALF = Decimal("0.5")
_ONE = Decimal(1)
_ONE_PERCENT = Decimal("0.01")
_TEN_MG_GRID_FROM = 250
UNSPECIFIED = "unspecified"


def half_step(mg: Decimal) -> Decimal:
    """Half of the grid that a printed amount was rounded to: its last digit, from 250 mg on perhaps 10 mg."""
    if mg >= _TEN_MG_GRID_FROM and not mg % 10:
        return Decimal(5)
    if mg.same_quantum(_ONE):
        return HALF
    exponent = mg.as_tuple().exponent
    return HALF.scaleb(min(exponent, 0)) if isinstance(exponent, int) else HALF


def near(one: Decimal, other: Decimal) -> bool:
    """Whether two printed amounts mean the same: within 0.5 mg or 1 %."""
    apart = abs(one - other)
    return apart <= HALF or apart <= _ONE_PERCENT * other


def fitting(mg: Decimal, percent: Decimal, values: Iterable[DailyValue]) -> Iterator[DailyValue]:
    """The Daily Values of which a printed amount in mg and a printed percentage can be the same share, both rounded."""
    step = half_step(mg)
    low, high, least, most = (mg - step) * 100, (mg + step) * 100, percent - HALF, percent + HALF
    for value in values:
        if low <= most * value.mg and high >= least * value.mg:
            yield value


def per_unit(label: Label, mg: Decimal) -> Decimal | None:
    """An amount per serving, for one unit of it (capsule, tablet); None when the serving is unknown or a range."""
    serving = label.serving
    if serving is None:
        return None
    least, most = serving.quantity, serving.quantity_max
    return mg / least if least and most in (None, least) else None


def stated_forms(label: Label) -> tuple[str, ...]:
    """The forms that the label names; empty when it names none."""
    return () if label.forms == (UNSPECIFIED,) else label.forms


def dose_quote(label: Label) -> str | None:
    """The label's words for its amount of magnesium."""
    return label.quotes[0].quote if label.quotes else None


def source_quote(label: Label, form: str) -> str | None:
    """The label's words for one form."""
    return next((source.quote for source in label.sources if source.form == form), dose_quote(label))


def amount_in(quote: str) -> Decimal | None:
    """The milligrams of the only amount in a quote; None when it has none, several or a range."""
    amounts = [token for token in tokens(uniform(quote).low) if token.kind == "amount"]
    return milligrams(amounts[0]) if len(amounts) == 1 and amounts[0].high is None else None


def printed_amount(label: Label) -> Decimal | None:
    """The amount that stands with the label's percentage: the dose, or what is printed where none could be believed."""
    if label.elemental_mg is not None:
        return label.elemental_mg
    quote = dose_quote(label) if label.basis == "undetermined" and label.elemental_range is None else None
    return amount_in(quote) if quote else None


def odd_percent(label: Label) -> bool:
    """Whether the printed percentage and amount fit no Daily Value that an ordinary label of today uses."""
    percent = label.percent_dv
    if percent is None or (mg := printed_amount(label)) is None:
        return False
    return not any(fitting(mg, percent, todays(label.market)))


def mark(label: Label, kind: str) -> Quote | None:
    """The label's first mark of a kind."""
    return next((found for found in label.marks if found.rule == kind), None)


def say(number: Decimal) -> str:
    """A number for people without trailing zeros: as printed, and computed ones to two decimals."""
    text = str(number)
    if text.isdecimal():
        return text
    exponent = number.as_tuple().exponent
    shown = number if isinstance(exponent, int) and exponent >= -3 else number.quantize(Decimal("0.01"), ROUND_HALF_UP)
    return f"{shown.normalize():f}"


def say_range(low: Decimal, high: Decimal) -> str:
    """Bounds for people, in whole mg."""
    first, last = (f"{bound.quantize(Decimal(1), ROUND_HALF_UP):f}" for bound in (low, high))
    return first if first == last else f"{first} to {last}"


_SAME_IN_PLURAL = frozenset({"g", "mg", "ml", "oz"})


def say_units(quantity: Decimal, unit: str) -> str:
    """A serving for people: "2 capsules", "1 gummy", "2.4 g"."""
    if quantity <= 1 or unit in _SAME_IN_PLURAL:
        return f"{say(quantity)} {unit}"
    return f"{say(quantity)} {unit[:-1]}ies" if unit.endswith("y") else f"{say(quantity)} {unit}s"


def say_forms(keys: tuple[str, ...]) -> str:
    """Form names for people, in a sentence."""
    names = [_in_sentence(FORMS[key].name) if key in FORMS else key for key in keys]
    return " and ".join([", ".join(names[:-1]), names[-1]] if len(names) > 1 else names)


def _in_sentence(name: str) -> str:
    """Without the remark in brackets; Krebs keeps his capital."""
    name = name.partition(" (")[0]
    return name if name.startswith("Krebs") else name[:1].lower() + name[1:]
