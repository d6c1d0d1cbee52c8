"""The vocabulary of findings, from data/findings.toml, and how a finding is made."""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from importlib.resources import files
from types import MappingProxyType

from checker.checks.amounts import UNSPECIFIED, odd_percent
from checker.models import Finding, Label, Listing, Severity, trusted

SEVERITIES: tuple[Severity, ...] = ("error", "warning", "info")
"""Worst first."""

LabelCheck = Callable[[Label], Finding | None]
ListingCheck = Callable[[Label, Listing], Finding | None]

LABEL_CHECKS: list[LabelCheck] = []
"""Run on every label that has what they need."""
LISTING_CHECKS: list[ListingCheck] = []
"""Run on such a label together with the listing it was read from."""


@dataclass(frozen=True, slots=True)
class Check:
    """One entry of the vocabulary."""

    code: str
    """Stable; the anchor in docs/FINDINGS.md."""
    severities: tuple[Severity, ...]
    """Those that its findings may have, mildest first. An `error` has no false positives, a `warning` may."""
    name: str
    """For people."""
    means: str
    """One sentence: what this means for a shopper."""
    more: str
    """Where the check is documented."""


def _load() -> Mapping[str, Check]:
    rows = tomllib.loads((files("checker") / "data" / "findings.toml").read_text("utf-8"))
    return MappingProxyType(
        {
            code: Check(code, tuple(row["severities"]), row["name"], row["means"], f"docs/FINDINGS.md#{code}")
            for code, row in rows.items()
        }
    )


CHECKS: Mapping[str, Check] = _load()
"""Every code."""


_NEEDED: dict[LabelCheck, frozenset[str]] = {}


def label_check(*needs: str) -> Callable[[LabelCheck], LabelCheck]:
    """Register a check of a label alone, by what it needs of a label; its code is the function's name with hyphens."""

    def register(function: LabelCheck) -> LabelCheck:
        LABEL_CHECKS.append(function)
        _NEEDED[function] = frozenset(needs)
        return function

    return register


_GIVEN = (
    "dose", "range", "percent", "odd_percent", "serving", "no_serving", "unnamed", "forms", "chelate", "sources",
    "claims", "title_mg", "title_form", "marks",
)  # fmt: skip
"""What a check may need: in the order of `checks_for`."""


def checks_for(label: Label) -> Sequence[LabelCheck]:
    """The checks that may find something on a label: those that need no more than it has."""
    fields = vars(label)  # the attributes of a model take several times as long
    forms, claims = fields["forms"], fields["claims"]
    return _checks_with(
        fields["elemental_mg"] is not None,
        fields["elemental_range"] is not None,
        fields["percent_dv"] is not None,
        odd_percent(label),
        fields["serving"] is not None,
        fields["serving"] is None,
        forms == (UNSPECIFIED,),
        len(forms) > 1,
        "amino_acid_chelate" in forms,
        bool(fields["sources"]),
        bool(claims),
        any([claim.mg is not None for claim in claims]),
        any([claim.form is not None for claim in claims]),
        bool(fields["marks"]),
    )


@cache
def _checks_with(*present: bool) -> Sequence[LabelCheck]:
    given = {name for name, here in zip(_GIVEN, present, strict=True) if here}
    return [check for check in LABEL_CHECKS if _NEEDED[check] <= given]


def listing_check(function: ListingCheck) -> ListingCheck:
    """Register a check that needs the listing; its code is the function's name with hyphens."""
    LISTING_CHECKS.append(function)
    return function


def make_finding(
    code: str,
    message: str,
    quote: str | None = None,
    numbers: Mapping[str, Decimal] = MappingProxyType({}),
    severity: Severity | None = None,
) -> Finding:
    """A finding of a known code, with the numbers compared by name and unit (`elemental_mg`), to four decimals.

    `severity` may be left out where the code has only one. Raises KeyError for an unknown code and ValueError for a
    severity that the code cannot have.
    """
    entry = CHECKS[code]
    if severity is None:
        (severity,) = entry.severities
    elif severity not in entry.severities:
        raise ValueError(f"{code} is never of severity {severity}")
    compared = {name: round(number, 4) if len(str(number)) > 12 else number for name, number in numbers.items()}
    return trusted(
        Finding, code=code, severity=severity, message=message, quote=quote, numbers=compared, more=entry.more
    )
