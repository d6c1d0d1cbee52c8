"""What a crawl is told: which source, whom to hand over to, and how far to go."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from math import inf
from typing import TYPE_CHECKING

from catalog import Intake, Known
from checker.models import Listing
from spiders.config import SourceConfig

if TYPE_CHECKING:
    from spiders.asking import AskingSpider


@dataclass
class Taste:
    """A few listings of a source: the crawl ends when there are so many."""

    limit: int
    listings: list[Listing] = field(default_factory=list)

    @property
    def full(self) -> bool:
        """Whether there are enough."""
        return len(self.listings) >= self.limit

    def take(self, listings: list[Listing]) -> list[Listing]:
        """As many of these as are wanted still."""
        taken = listings[: self.limit - len(self.listings)]
        self.listings += taken
        return taken


@dataclass(frozen=True)
class Job:
    """One source to crawl."""

    name: str
    source: SourceConfig
    intake: Intake
    on_progress: Callable[[AskingSpider], None]
    dsld_key: str | None = None
    taste: Taste | None = None
    """None: all that there is."""
    run_ends: float = inf
    """Monotonic time after which nothing is asked."""
    contact: str | None = None
    """Who answers for the crawl; some sites ask for it."""
    known: Callable[[], Known] = Known
    """What the catalog has of the source already."""
