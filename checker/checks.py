"""From a `Label` to its `Finding`s."""

from __future__ import annotations

from checker.models import Finding, Label, Listing


def check_label(label: Label, listing: Listing | None = None) -> tuple[Finding, ...]:
    """Check one label; a listing adds the checks of title, price and pack."""
    return ()
