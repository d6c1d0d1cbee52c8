"""Plain words for what the catalog holds, and the two ways scraped text is made harmless. No SQL, no drawing."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from decimal import ROUND_HALF_UP, Decimal
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from checker import FORMS, Form, Label, Serving

if TYPE_CHECKING:
    from catalog import ComparisonRow

NOT_STATED = "not stated"
SERVINGS = "Servings per container"
ADVICE = "For information, not medical advice."
DEMO = "Demo data: every product, brand and shop shown here is made up."

BASIS: Mapping[str, str] = {
    "declared": "The label declares this amount as magnesium itself.",
    "sum": "The sum of the amounts that the label states for each source.",
    "from_percent_dv": "Worked out from the printed percentage of the Daily Value.",
    "from_compound": "Worked out from the weight of the compound and the chemistry of its form.",
    "undetermined": "The label does not settle how much elemental magnesium a serving gives.",
}
"""Why a number is believed, by `Label.basis`."""

AVAILABILITY: Mapping[str, str] = {
    "in_stock": "in stock",
    "out_of_stock": "out of stock",
    "unknown": "stock not stated",
}

SEVERITIES = ("error", "warning", "info")
"""Gravest first."""
SEVERITY: Mapping[str, str] = {"error": "Error", "warning": "Warning", "info": "Note"}

DOSAGE: Mapping[str, str] = {
    "capsule": "Capsules",
    "tablet": "Tablets",
    "powder": "Powder",
    "gummy": "Gummies",
    "liquid": "Liquid",
}
"""What a product is taken as, by `ComparisonRow.dosage_form`."""

_SPECIAL_FORMS = {"blend": "Several forms", "unspecified": "Form not stated"}
COUNTED = ("capsule", "tablet", "gummy")
"""What is taken by the piece."""
_SAME_IN_PLURAL = {"g", "mg", "ml", "oz"}

_BIDI = "\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"
_STRAIGHT = {ord(char): " " for char in _BIDI}
_HARMLESS = {
    **{code: " " for code in range(0x110) if unicodedata.category(chr(code)) == "Cc" and chr(code) not in "\n\t"},
    **_STRAIGHT,
    0x2028: "\n",
    0x2029: "\n",
}


def straight(text: str) -> str:
    """Scraped text without the marks that turn the direction of writing, one character for one."""
    return text.translate(_STRAIGHT)


def stock(availability: str | None) -> str:
    """Whether a source has it: "in stock"."""
    return AVAILABILITY.get(availability or "unknown", AVAILABILITY["unknown"])


def harmless(text: str) -> str:
    """Scraped text without control characters and without marks that turn the direction of writing.

    One character for one, so that spans into `text` hold for the result; line feeds and tabs stay.
    """
    return text.translate(_HARMLESS)


def one_line(text: str) -> str:
    """Scraped text made harmless and put on one line."""
    return " ".join(harmless(text).split())


def web_address(url: str) -> str | None:
    """The address if it is an absolute http or https one, else None: nothing else may become a link."""
    try:
        parts = urlsplit(url.strip())
    except ValueError:
        return None
    clean = parts.scheme.lower() in {"http", "https"} and parts.hostname and harmless(url.strip()) == url.strip()
    return url.strip() if clean and not any(char.isspace() for char in url.strip()) else None


def form_name(key: str) -> str:
    """A form or form group for people: "Glycinate", "Several forms"."""
    if key in _SPECIAL_FORMS:
        return _SPECIAL_FORMS[key]
    name = FORMS[key].name if key in FORMS else key.replace("_", " ")
    short = name.removeprefix("Magnesium ")
    return short[:1].upper() + short[1:]


def short_form_name(key: str) -> str:
    """As `form_name`, without what it says in brackets."""
    return form_name(key).partition(" (")[0]


def forms_text(forms: Sequence[str], contains_oxide: bool) -> str:
    """The forms of one product: "Glycinate + oxide", "Glycinate (oxide implied)"."""
    names = [form_name(key) for key in forms] or [form_name("unspecified")]
    text = " + ".join([names[0], *(name[:1].lower() + name[1:] for name in names[1:])])
    return f"{text} (oxide implied)" if contains_oxide and "oxide" not in forms else text


def dosage_name(key: str) -> str:
    """What a product is taken as: "Capsules"."""
    return DOSAGE.get(key, key)


OXIDE_MARK = "▲"
"""Stands before oxide, as the charts' triangle does: colour is never the only sign."""


def form_chips(forms: Sequence[str], contains_oxide: bool) -> list[str]:
    """The forms of one product, each for itself: "Glycinate", "▲ Oxide", "▲ Oxide implied"."""
    names = [f"{OXIDE_MARK} Oxide" if key == "oxide" else short_form_name(key) for key in forms]
    implied = [f"{OXIDE_MARK} Oxide implied"] * (contains_oxide and "oxide" not in forms)
    return (names or [form_name("unspecified")]) + implied


def pills_per_100mg(row: ComparisonRow) -> str:
    """Capsules, tablets or gummies that hold 100 mg of elemental magnesium, to one decimal: "2.5"."""
    if row.dosage_form is not None and row.dosage_form not in COUNTED:
        return "no pills"
    if not row.elemental_mg_per_unit or row.dosage_form is None:
        return NOT_STATED
    return number((100 / row.elemental_mg_per_unit).quantize(Decimal("0.1"), ROUND_HALF_UP))


def number(value: Decimal) -> str:
    """A number without needless zeros: 1,200 or 48.62."""
    text = f"{value:,f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def rounded(value: Decimal) -> str:
    """A computed number, to two decimals: 133.33."""
    return number(value.quantize(Decimal("0.01"), ROUND_HALF_UP))


def money(value: Decimal) -> str:
    """An amount of money with at least two decimals and two significant digits: 19.99, 0.034."""
    places = 2 if value >= Decimal("0.1") or value <= 0 else 1 - value.adjusted()
    return f"{value.quantize(Decimal(1).scaleb(-places), ROUND_HALF_UP):,f}"


def milligrams(exact: Decimal | None, low: Decimal | None = None, high: Decimal | None = None) -> str:
    """An amount in mg, its bounds, or "not stated": "200", "84–88"."""
    if exact is not None:
        return number(exact)
    if low is None or high is None:
        return NOT_STATED
    low, high = (bound.quantize(Decimal("0.1"), ROUND_HALF_UP) for bound in (low, high))
    return number(low) if low == high else f"{number(low)}–{number(high)}"


def serving_text(quantity: Decimal | None, unit: str | None) -> str:
    """A serving: "2 capsules", "1 gummy"."""
    if quantity is None:
        return unit or NOT_STATED
    if not unit:
        return number(quantity)
    return f"{number(quantity)} {unit if quantity <= 1 or unit in _SAME_IN_PLURAL else _plural(unit)}"


def _plural(unit: str) -> str:
    if unit.endswith("y") and unit[-2:-1] not in "aeiou":
        return f"{unit[:-1]}ies"
    return f"{unit}es" if unit.endswith(("s", "x", "ch", "sh")) else f"{unit}s"


def counted(count: int, noun: str) -> str:
    """A count with its noun: "1 product", "2,400 products"."""
    return f"{count:,} {noun if count == 1 else _plural(noun)}"


def moment(when: datetime | None) -> str:
    """A time in UTC, to the minute: "2026-11-21 06:52 UTC"; "never" for None."""
    return f"{when.astimezone(UTC):%Y-%m-%d %H:%M} UTC" if when else "never"


def data_from(attribution: str) -> str:
    """The line that names whom data is from."""
    return f"Data: {attribution}."


def attributions(rows: Iterable[ComparisonRow]) -> list[str]:
    """Whom the rows' data is from, where that is to be said; each once."""
    return [data_from(words) for words in dict.fromkeys(row.attribution for row in rows) if words]


def elemental_explained() -> str:
    """What elemental magnesium is, with an example computed from the formulas of the forms."""
    glycinate, oxide = (FORMS[key].fractions or (Decimal(0),) for key in ("glycinate", "oxide"))
    return (
        "Elemental magnesium is the weight of the magnesium itself, without what it is bound to: 1,000 mg of pure "
        f"magnesium glycinate holds at most {number((glycinate[-1] * 1000).quantize(Decimal(1)))} mg of it, "
        f"1,000 mg of magnesium oxide {number((oxide[-1] * 1000).quantize(Decimal(1)))} mg."
    )


def percent(fraction: Decimal) -> str:
    """A fraction as a percentage with one decimal: "14.1 %"."""
    return f"{(fraction * 100).quantize(Decimal('0.1'), ROUND_HALF_UP)} %"


def fraction_text(form: Form) -> str:
    """Magnesium in 1,000 mg of the pure substance, over its species: "117 to 141 mg"."""
    if form.fractions is None:
        return "cannot be computed: no single formula"
    low, high = (number((bound * 1000).quantize(Decimal(1), ROUND_HALF_UP)) for bound in form.fractions)
    return f"{low} mg" if low == high else f"{low} to {high} mg"


def label_facts(label: Label) -> list[tuple[str, str]]:
    """What a label states, as pairs of a name and plain words; only what is known, but elemental mg always."""
    return [(name, value) for name, value in all_label_facts(label) if value]


def all_label_facts(label: Label) -> list[tuple[str, str]]:
    """All that a label may state; what it does not state is empty."""
    low, high = label.elemental_range or (None, None)
    amount = milligrams(label.elemental_mg, low, high)
    serving = label.serving
    return [
        ("Elemental magnesium", amount if amount == NOT_STATED else f"{amount} mg per serving"),
        ("Form", forms_text(label.forms, label.contains_oxide)),
        ("Compound weight", f"{number(label.compound_mg)} mg" if label.compound_mg is not None else ""),
        ("Daily Value", f"{number(label.percent_dv)} %" if label.percent_dv is not None else ""),
        ("Serving", _serving(serving) if serving else ""),
        (SERVINGS, str(label.servings_per_container or "")),
        ("Electrolytes", ", ".join(f"{name} {number(mg)} mg" for name, mg in label.electrolytes.items())),
    ]


def shortened(text: str, most: int) -> str:
    """Text of at most so many characters, an ellipsis at its end where it was longer."""
    return text if len(text) <= most else f"{text[: most - 1].rstrip()}…"


def title(text: str) -> str:
    """A product's name on one line, cut where no name is that long."""
    return shortened(one_line(text), _LONGEST_TITLE)


_LONGEST_TITLE = 200
"""Characters; the longest title of the recorded shops has 127."""


def plain(text: str) -> str:
    """Scraped text for a place that reads Markdown: every mark escaped that Markdown lets be (ASCII punctuation)."""
    return re.sub(r"([!-/:-@\[-`{-~])", r"\\\1", text)


def _serving(serving: Serving) -> str:
    """The serving as a number of units when it was understood ("1 to 2 capsules"), else as printed."""
    if serving.quantity is None or serving.unit is None:
        return one_line(serving.text)
    if serving.quantity_max is None:
        return serving_text(serving.quantity, serving.unit)
    return f"{number(serving.quantity)} to {serving_text(serving.quantity_max, serving.unit)}"


def numbers_text(numbers: Mapping[str, Decimal]) -> str:
    """What a finding compared, each number after its name and unit: "elemental mg: 400; upper limit mg: 350"."""
    return "; ".join(f"{_number_name(name)}: {rounded(value)}" for name, value in numbers.items())


def _number_name(name: str) -> str:
    return name.replace("_", " ").replace("percent", "%").replace(" dv", " DV")
