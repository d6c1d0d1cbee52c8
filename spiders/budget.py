"""What one source may cost: requests, bytes, time."""

from __future__ import annotations

from math import inf
from time import monotonic
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from spiders.problems import Spent, duration

if TYPE_CHECKING:
    from scrapy import Request
    from scrapy.crawler import Crawler
    from scrapy.statscollectors import StatsCollector

    from spiders.config import SourceConfig


class Budget:
    """The budget of a source in this run, and what is left of it."""

    def __init__(self, source: SourceConfig, run_ends: float = inf) -> None:
        self.source, self.run_ends = source, run_ends
        self.ends = min(monotonic() + source.max_seconds, run_ends)
        """Monotonic time."""

    @property
    def left(self) -> float:
        """Seconds until the source's time ends."""
        return self.ends - monotonic()

    def check(self, stats: StatsCollector, wait: float = 0.0) -> None:
        """Raises Spent when the budget allows no further request, or none after `wait` seconds."""
        source = self.source
        if self.left <= wait and self.run_ends <= self.ends:
            raise Spent("the time given with --max-time was used up")
        if self.left <= wait:
            raise Spent(f"the time for this source was used up (max_seconds: {duration(source.max_seconds)})")
        if stats.get_value("downloader/request_count", 0) >= source.max_requests:
            raise Spent(f"the requests for this source were used up (max_requests: {source.max_requests:,})")
        if stats.get_value("downloader/response_bytes", 0) >= source.max_bytes:
            raise Spent(f"the bytes for this source were used up (max_bytes: {source.max_bytes:,})")


class KeepBudget:
    """Stops a source whose budget is used up, and lets no answer take longer than the time that is left."""

    def __init__(self, crawler: Crawler) -> None:
        self.crawler = crawler

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> KeepBudget:
        """Wire it."""
        return cls(crawler)

    def process_request(self, request: Request) -> None:
        """Raises Spent."""
        budget: Budget = self.crawler.spider.budget  # type: ignore[union-attr]
        budget.check(self.crawler.stats, self._pause(request))
        request.meta["download_timeout"] = min(budget.source.timeout, budget.left)

    def _pause(self, request: Request) -> float:
        """Seconds until the delay between two requests to the host is over."""
        assert self.crawler.engine is not None
        slot = self.crawler.engine.downloader.slots.get(urlsplit(request.url).hostname or "")
        return max(0.0, slot.lastseen + slot.delay - monotonic()) if slot else 0.0
