"""Checks of the forms that a label names."""

from __future__ import annotations

from checker.checks.amounts import UNSPECIFIED, dose_quote, mark, say, say_forms, source_quote, stated_forms
from checker.checks.registry import label_check, make_finding
from checker.models import Finding, Label, Quote

NARROWER = {
    "amino_acid_chelate": frozenset({
        "glycinate", "glycinate_lysinate", "aspartate", "taurate", "creatine_chelate", "arginate", "histidinate",
    }),
    "krebs": frozenset({"citrate", "malate", "fumarate", "succinate", "alpha_ketoglutarate"}),
    "marine": frozenset({"chloride", "oxide", "hydroxide", "carbonate", "sulfate"}),
    "sucrosomial": frozenset({"oxide"}),
}  # fmt: skip
"""A title may name the family or the origin and the label the member: then the label is only more precise."""


_BLEND_REACH = 300
"""How many characters behind the word for the blend its ingredients may stand."""
_NOT_OF_THE_FORM = frozenset({UNSPECIFIED, "food_state"})
"""Forms in a title that speak of the product ("whole food multivitamin") rather than of its magnesium."""


@label_check("unnamed")
def form_not_stated(label: Label) -> Finding | None:
    """A dose without a form."""
    if label.forms != (UNSPECIFIED,):
        return None
    if label.elemental_mg is not None:
        amount = f"{say(label.elemental_mg)} mg of magnesium"
    elif label.percent_dv is not None:
        amount = f"magnesium at {say(label.percent_dv)} % of a daily value"
    elif label.elemental_range is not None:
        amount = "an amount of magnesium"
    else:
        return None
    numbers = {} if label.elemental_mg is None else {"elemental_mg": label.elemental_mg}
    return make_finding(
        "form-not-stated", f"The label states {amount} but does not name its form.", dose_quote(label), numbers
    )


@label_check("title_form")
def title_form_mismatch(label: Label) -> Finding | None:
    """The title's form is not among the label's; where oxide is all of those, `hidden_oxide` says so."""
    if not label.claims:
        return None
    stated, titled = stated_forms(label), _titled(label)
    missing = _missing(titled, stated, label)
    if not missing or (stated == ("oxide",) and _another_than_oxide(titled)):
        return None
    return make_finding(
        "title-form-mismatch",
        f"The title names {say_forms(missing)}; the label lists {say_forms(stated)}.",
        source_quote(label, stated[0]),
    )


def _titled(label: Label) -> tuple[str, ...]:
    return tuple(
        dict.fromkeys(claim.form for claim in label.claims if claim.form and claim.form not in _NOT_OF_THE_FORM)
    )


def _missing(titled: tuple[str, ...], stated: tuple[str, ...], label: Label) -> tuple[str, ...]:
    """Forms of the title that a label which names any does not name."""
    return tuple(form for form in titled if stated and form not in stated and not _covered(form, label))


def _covered(form: str, label: Label) -> bool:
    narrower = NARROWER.get(form, frozenset())
    return form in label.inferred_forms or not narrower.isdisjoint(label.forms)


def _another_than_oxide(titled: tuple[str, ...]) -> bool:
    return bool(titled) and "oxide" not in titled and "sucrosomial" not in titled


@label_check("title_form")
def hidden_oxide(label: Label) -> Finding | None:
    """Sold as another form, and the label contains oxide; among others, `title_form_mismatch` may have listed it."""
    titled = _titled(label) if label.claims and label.contains_oxide else ()
    if not _another_than_oxide(titled):
        return None
    stated, buffered = stated_forms(label), mark(label, "buffered")
    if "oxide" in stated:
        if len(stated) > 1 and _missing(titled, stated, label):
            return None
        said, quote = f"{'also ' if len(stated) > 1 else ''}lists magnesium oxide", source_quote(label, "oxide")
    else:
        said = "calls it buffered, which usually means that magnesium oxide was added"
        quote = buffered.quote if buffered else label.claims[0].quote
    return make_finding("hidden-oxide", f"The title names {say_forms(titled)}; the label {said}.", quote)


@label_check("chelate")
def generic_chelate(label: Label) -> Finding | None:
    """A chelate whose ligand is not stated."""
    if "amino_acid_chelate" not in label.forms:
        return None
    return make_finding(
        "generic-chelate",
        "The label calls its magnesium a chelate without saying what it is bound to.",
        source_quote(label, "amino_acid_chelate"),
    )


@label_check("forms")
def split_unknown(label: Label) -> Finding | None:
    """Several forms without the amount of each: at most one may be left out, for the total then gives it."""
    forms = label.forms
    if len(forms) < 2:
        return None
    known = {s.form for s in label.sources if s.elemental_mg is not None or s.compound_mg is not None}
    unknown = [form for form in forms if form not in known]
    if len(unknown) < 2 and (not unknown or label.elemental_mg is not None):
        return None
    return make_finding(
        "split-unknown",
        f"The label lists {say_forms(forms)} without the amount of each.",
        source_quote(label, forms[0]),
    )


@label_check("marks")
def excipient_only(label: Label) -> Finding | None:
    """Magnesium only as an excipient."""
    if label.has_magnesium or (additive := mark(label, "excipient")) is None:
        return None
    return make_finding(
        "excipient-only", "The label names magnesium only as an additive, not as a nutrient.", additive.quote
    )


@label_check("marks")
def proprietary_blend(label: Label) -> Finding | None:
    """Magnesium named inside a blend, and no amount of its own."""
    if not label.marks or label.elemental_mg is not None or label.elemental_range is not None:
        return None
    if not label.has_magnesium or label.percent_dv is not None or any(s.compound_mg for s in label.sources):
        return None
    blend = next((found for found in label.marks if found.rule == "blend" and _holds(found, label)), None)
    if blend is None:
        return None
    return make_finding(
        "proprietary-blend",
        "The label names magnesium inside a blend and gives only the weight of the blend, if any.",
        blend.quote,
    )


def _holds(blend: Quote, label: Label) -> bool:
    """Whether a form is named within a few lines behind the word for the blend."""
    if blend.span is None:
        return False
    places = (quote.span for quote in label.quotes if quote.rule.startswith("form") and quote.span is not None)
    return any(0 <= start - blend.span[1] <= _BLEND_REACH for start, _ in places)
