"""The forms of magnesium, from data/forms.toml."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from importlib.resources import files
from types import MappingProxyType

from checker.chemistry import magnesium_fraction, molar_mass

LEADING_FORMS = ("glycinate", "citrate", "malate", "oxide")
"""The forms that comparisons show first, in this order; the last is the one to compare against."""


@dataclass(frozen=True, slots=True)
class Species:
    """One pure substance of a form. Its fraction is a ceiling, not a promise about a powder."""

    name: str
    formula: str
    molar_mass: Decimal
    """g/mol"""
    fraction: Decimal
    """Weight of magnesium in the weight of the species, 0 to 1."""


@dataclass(frozen=True, slots=True)
class Form:
    """A chemical form of magnesium."""

    key: str
    name: str
    """For people, in English."""
    about: str
    """What it is, in a sentence or two, for people."""
    species: tuple[Species, ...]
    """Empty for forms without one formula."""
    fractions: tuple[Decimal, Decimal] | None
    """Lowest and highest magnesium fraction over the species, or None without a formula."""
    excipient: bool
    """True for stearate, talc and trisilicate, which are never a source of magnesium."""


def _load() -> Mapping[str, Form]:
    rows = tomllib.loads((files("checker") / "data" / "forms.toml").read_text("utf-8"))
    return MappingProxyType({key: _form(key, row) for key, row in rows.items()})


def _form(key: str, row: Mapping[str, object]) -> Form:
    species = tuple(
        Species(item["name"], item["formula"], molar_mass(item["formula"]), magnesium_fraction(item["formula"]))
        for item in row["species"]  # type: ignore[attr-defined]
    )
    values = [kind.fraction for kind in species]
    fractions = (min(values), max(values)) if values else None
    return Form(key, str(row["name"]), str(row["about"]), species, fractions, bool(row.get("excipient", False)))


FORMS: Mapping[str, Form] = _load()
"""Every form by key."""

EXCIPIENT_FORMS = frozenset(key for key, form in FORMS.items() if form.excipient)
"""Forms that are never a source of magnesium."""
