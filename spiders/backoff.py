"""Asks again when a fault may pass, later each time, and when the site itself says when (Retry-After)."""

from __future__ import annotations

import random
import re
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from time import monotonic
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from OpenSSL.SSL import Error as TLSError
from scrapy.downloadermiddlewares.retry import get_retry_request
from scrapy.exceptions import (
    CannotResolveHostError,
    DownloadConnectionRefusedError,
    DownloadFailedError,
    DownloadTimeoutError,
    IgnoreRequest,
    ResponseDataLossError,
)
from scrapy.utils.asyncio import sleep
from twisted.internet.error import ConnectError, ConnectionDone, ConnectionLost

from spiders.problems import Spent, causes, duration
from spiders.resolver import REFUSED

if TYPE_CHECKING:
    from scrapy import Request
    from scrapy.crawler import Crawler
    from scrapy.http import Response

RETRIES = 2
"""Times that one address is asked again."""
FIRST, LONGEST = 10.0, 120.0
"""The first wait, in delays of the source (at 1 s: 10 s, then 20 s), and the longest, in seconds."""
PATIENCE = 600.0
"""Seconds; a site that asks for a longer wait is left for this time."""
PASSING_STATUS = (408, 429, 500, 502, 503, 504, 520, 522, 524)
"""520 and more are those of a proxy before a site that does not answer."""
PASSING = (
    CannotResolveHostError,
    DownloadConnectionRefusedError,
    DownloadFailedError,
    DownloadTimeoutError,
    ResponseDataLossError,
    ConnectError,
    ConnectionDone,
    ConnectionLost,
)
NAP = 0.25
"""Seconds; so often a wait looks whether the crawl was stopped meanwhile."""


class Backoff:
    """Lets a host rest before it is asked again; other hosts go on."""

    def __init__(self, crawler: Crawler) -> None:
        self.crawler = crawler
        self.delay = crawler.settings.getfloat("DOWNLOAD_DELAY")
        self.rests_until: dict[str, float] = {}
        """Host to the monotonic time before which nothing is asked."""

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Backoff:
        """Wire it."""
        return cls(crawler)

    async def process_request(self, request: Request) -> None:
        """Wait until the host has rested; raises Spent when the time for the source ends before."""
        until, spider = self.rests_until.get(_host(request), 0.0), self.crawler.spider
        if until <= monotonic():
            return
        spider.budget.check(self.crawler.stats, until - monotonic())  # type: ignore[union-attr]
        while (left := until - monotonic()) > 0:
            if spider.over or not self.crawler.crawling:  # type: ignore[union-attr]
                raise IgnoreRequest("the crawl was stopped")
            await sleep(min(left, NAP))

    def process_response(self, request: Request, response: Response) -> Request | Response:
        """Ask again after an answer that may be better later."""
        if response.status not in PASSING_STATUS:
            return response
        asked = retry_after(response.headers.get("Retry-After"), datetime.now(UTC))
        if asked > PATIENCE:
            raise Spent(
                f"{_host(request)} asks to wait {duration(asked)} before the next request ({response.status}),"
                f" longer than maglabel waits ({duration(PATIENCE)})"
            )
        return self._again(request, str(response.status), asked) or response

    def process_exception(self, request: Request, exception: Exception) -> Request | None:
        """Ask again after a connection that failed, unless it would fail again."""
        refused = isinstance(exception, CannotResolveHostError) and _host(request) in REFUSED
        hopeless = refused or any(isinstance(cause, TLSError) for cause in causes(exception))
        if hopeless or not isinstance(exception, PASSING):
            return None
        return self._again(request, exception, 0.0)

    def _again(self, request: Request, reason: str | Exception, asked: float) -> Request | None:
        """The request once more, or None when it was made often enough; the host rests in both cases."""
        times = request.meta.get("retry_times", 0)
        wait = min(LONGEST, FIRST * self.delay * 2**times * random.uniform(1, 1.5))
        rest = monotonic() + max(asked, wait)
        self.rests_until[_host(request)] = max(rest, self.rests_until.get(_host(request), 0.0))
        assert self.crawler.spider is not None
        return get_retry_request(request, spider=self.crawler.spider, reason=reason, max_retry_times=RETRIES)


def retry_after(value: bytes | None, now: datetime) -> float:
    """Seconds that a Retry-After header asks for (RFC 9110, 10.2.3: seconds or a date); 0 when it makes no sense."""
    text = (value or b"").decode("latin-1").strip()
    if re.fullmatch(r"[0-9]+(\.[0-9]+)?", text):
        return float(text)
    try:
        then = parsedate_to_datetime(text)
    except (ValueError, TypeError, IndexError, OverflowError):
        return 0.0
    return max(0.0, (then.replace(tzinfo=then.tzinfo or UTC) - now).total_seconds())


def _host(request: Request) -> str:
    return urlsplit(request.url).hostname or ""
