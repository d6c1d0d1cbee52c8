"""Sources in words: how their last refresh ended, what it passed over, how old their data is. No SQL, no drawing."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta

PASSED_OVER: Mapping[str, str] = {
    "no_magnesium": "without magnesium",
    "known": "known from before",
    "other_address": "with an address that names no magnesium",
    "robots_txt": "that the site asks not to fetch",
    "no_product": "without a product",
    "no_answer": "without an answer",
    "duplicate": "named twice",
}
"""What a refresh did not take, by the reason that it counts; other reasons speak for themselves."""

OUTCOME: Mapping[str, str] = {
    "fresh": "complete",
    "partial": "incomplete: what came is shown, nothing is counted as gone",
    "failed": "failed: the data before it is shown",
    "held": "held for review: the data before it is shown",
    "retired": "no longer collected: its products are not compared",
    "skipped": "skipped: fresh enough",
}
"""How the last refresh of a source ended, by `SourceState.outcome`."""


def passed_over(skipped: Mapping[str, int]) -> str:
    """What a refresh did not take and why: "25 without magnesium"."""
    said = (f"{count:,} {PASSED_OVER.get(why, why.replace('_', ' '))}" for why, count in skipped.items())
    return ", ".join(said) or "none"


def age(since: datetime | None, now: datetime) -> str:
    """How long ago, in the largest whole unit: "5 min", "20 h", "3 d"; empty for None."""
    if since is None:
        return ""
    minutes = max(now - since, timedelta()) // timedelta(minutes=1)
    return f"{minutes} min" if minutes < 60 else f"{minutes // 60} h" if minutes < 72 * 60 else f"{minutes // 1440} d"
