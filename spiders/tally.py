"""What a crawl counts, and what its end makes of it."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

from catalog import Ending

CUT = "cut"
"""Why a crawl was closed early: by the breaker, a budget or a full taste."""
STOPPED = "the refresh was stopped before this source was done"


@dataclass
class Tally:
    """What a crawl has counted so far."""

    seen: int = 0
    kept: int = 0
    skipped: Counter[str] = field(default_factory=Counter)
    fatal: str = ""
    """Why the crawl is a failure, whatever was kept."""
    cut: str = ""
    """Why the crawl ended early: the breaker or a budget."""
    missing: list[str] = field(default_factory=list)
    """Why the crawl is not complete: answers that did not come, or are not what they should be."""
    notes: list[str] = field(default_factory=list)
    """What else the user should know."""
    bad_in_a_row: int = 0
    asked: int = 0
    parsed: int = 0
    """Good answers that had to be read, because they are new or have changed."""
    answered: int = 0
    """Well or badly; a crawl that came to its end leaves no request without an answer."""

    def end(self, reason: str) -> None:
        """Judge why the crawl was closed: one that somebody else cut short is a failure."""
        if reason == "finished":
            if self.answered != self.asked or not self.asked:
                lost = f"{self.asked - self.answered} of {self.asked} requests were never answered"
                self.fatal = self.fatal or f"{lost}: this is a bug in maglabel"
        elif reason != CUT:
            self.fatal = self.fatal or STOPPED

    @property
    def ending(self) -> Ending:
        """*partial* when good listings were kept and others may be missing; *failed* when nothing can be published."""
        if self.fatal:
            return "failed"
        if not (self.cut or self.missing):
            return "complete"
        return "partial" if self.kept else "failed"

    @property
    def message(self) -> str:
        """What the user should know, in sentences without their points."""
        if self.fatal:
            return self.fatal
        reasons = [self.cut] if self.cut else self.missing[:1]
        if not self.cut and len(self.missing) > 1:
            reasons[0] += f" (and {len(self.missing) - 1} more)"
        if self.ending == "partial":
            reasons.append("what was not reached stays as it was")
        return "; ".join([*reasons, *self.notes])
