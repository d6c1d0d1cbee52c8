"""From a `Label` to its `Finding`s: what the label does not say aloud.

One function per check, one stable code per function, documented in docs/FINDINGS.md. Nothing is built unless it fires.
"""

from __future__ import annotations

# Each module registers its checks when it is imported.
from checker.checks import capsules, doses, forms, rows, shop, titles  # noqa: F401
from checker.checks.registry import CHECKS, LISTING_CHECKS, SEVERITIES, Check, checks_for, make_finding
from checker.checks.studies import STUDIES, Study
from checker.marks import find_marks
from checker.models import Finding, Label, Listing
from checker.printed import gate
from checker.text import NO_TEXT, uniform
from checker.title import read_title

__all__ = [
    "CHECKS",
    "SEVERITIES",
    "STUDIES",
    "Check",
    "Study",
    "check_label",
    "make_finding",
]


_ORDER = {code: place for place, code in enumerate(CHECKS)}


def check_label(label: Label, listing: Listing | None = None) -> tuple[Finding, ...]:
    """Check one label; a listing adds the checks of price, pack and pictures. Worst findings first.

    Never raises on a label that `read_label` made. The findings that compare several labels or prices (`price-outlier`,
    `sources-disagree`, `reformulated`) are made where those are known, with `make_finding`.
    """
    if listing is not None and not label.claims:
        label = _titled(label, listing.title)
    found = [finding for check in checks_for(label) if (finding := check(label)) is not None]
    if listing is not None:
        found += [finding for check in LISTING_CHECKS if (finding := check(label, listing)) is not None]
    return tuple(sorted(found, key=_rank)) if len(found) > 1 else tuple(found)


def _rank(finding: Finding) -> tuple[int, int]:
    return SEVERITIES.index(finding.severity), _ORDER[finding.code]


def _titled(label: Label, title: str) -> Label:
    """The label with what a title says, for a label that was read without it."""
    heading = uniform(title)
    marks = find_marks(NO_TEXT, heading, ("medicine", "pregnancy"))
    claims = read_title(heading)[2] if gate(heading.low).search(heading.low) else ()
    if not marks and not claims:
        return label
    return label.model_copy(update={"claims": claims, "marks": label.marks + marks})
