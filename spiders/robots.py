"""robots.txt, by RFC 9309.

Scrapy's own middleware allows everything when robots.txt fails, reads one of any size, and obeys no crawl-delay.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from protego import Protego
from scrapy import Request
from scrapy.extensions.throttle import AutoThrottle
from scrapy.http import Response
from scrapy.http.request import NO_CALLBACK

from spiders.problems import Disallowed, Refused, Spent, plain, problem_of, status_problem
from spiders.settings import LONGEST_CRAWL_DELAY

if TYPE_CHECKING:
    from scrapy.crawler import Crawler

LARGEST = 500 * 1024
"""Bytes of robots.txt that are read; RFC 9309, 2.5, asks for no less."""
OWN = "asks_robots"
KNOWN = "wants_robots"
"""In the meta of a request of robots.txt that may be answered with what is known of it."""
TOO_MANY = 429


@dataclass(frozen=True)
class Rules:
    """What a host's robots.txt says, or why nothing may be fetched there."""

    protego: Protego
    forbidden: str = ""
    body: bytes = b""


class Robots:
    """Asks each host for robots.txt first, obeys it, and slows down to its crawl-delay."""

    def __init__(self, crawler: Crawler) -> None:
        self.crawler = crawler
        self.agent: str = crawler.settings["USER_AGENT"]
        self.known: dict[str, Rules] = {}
        self.asking = asyncio.Lock()

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Robots:
        """Wire it."""
        return cls(crawler)

    async def process_request(self, request: Request) -> Response | None:
        """Let pass what robots.txt allows, or answer with robots.txt itself; raises Refused."""
        if request.meta.get(OWN):
            return None
        parts = urlsplit(request.url)
        place = f"{parts.scheme}://{parts.netloc}"
        async with self.asking:
            if place not in self.known:
                self.known[place] = await self._ask(place)
        rules = self.known[place]
        if rules.forbidden:
            raise Refused(f"{rules.forbidden}, so nothing may be fetched there (RFC 9309)")
        if request.meta.get(KNOWN):
            return Response(request.url, body=rules.body, request=request)
        if not rules.protego.can_fetch(request.url, self.agent):
            raise Disallowed(f"{plain(request.url)} may not be fetched: the site's robots.txt forbids it")
        return None

    async def _ask(self, place: str) -> Rules:
        request = Request(f"{place}/robots.txt", callback=NO_CALLBACK, meta={OWN: True})
        try:
            assert self.crawler.engine is not None
            rules = rules_of(await self.crawler.engine.download_async(request))
        except Spent:
            raise
        except Exception as error:  # noqa: BLE001 - whatever it is, a robots.txt that does not come forbids everything
            return Rules(Protego.parse(""), problem_of(error, request))
        self._slow_down(urlsplit(place).hostname or "", rules.protego.crawl_delay(self.agent) or 0.0)
        return rules

    def _slow_down(self, host: str, asked: float) -> None:
        """Wait as long between two requests as robots.txt asks, if that is longer than configured."""
        delay = min(asked, LONGEST_CRAWL_DELAY)
        if delay <= self.crawler.settings.getfloat("DOWNLOAD_DELAY"):
            return
        assert self.crawler.engine is not None
        downloader = self.crawler.engine.downloader
        downloader.per_slot_settings[host] = {"delay": delay}
        if host in downloader.slots:
            downloader.slots[host].delay = delay
        if throttle := self.crawler.get_extension(AutoThrottle):
            throttle.mindelay = delay
            throttle.maxdelay = max(throttle.maxdelay, delay)
        cut = f", and got {delay:g} s, the longest that maglabel waits" if asked > delay else ""
        note = f"{host}'s robots.txt asked for {asked:g} s between requests{cut}"
        self.crawler.spider.tally.notes.append(note)  # type: ignore[union-attr]


def rules_of(response: Response) -> Rules:
    """What an answer for robots.txt means (RFC 9309, 2.3.1): one that fails forbids all, one that is missing nothing.

    429 Too Many Requests is no missing file: it forbids, as a failing server does.
    """
    if response.status == 200:
        body = response.body[:LARGEST]
        return Rules(Protego.parse(body.decode("utf-8-sig", "ignore")), body=body)
    missing = 400 <= response.status < 500 and response.status != TOO_MANY
    return Rules(Protego.parse(""), "" if missing else status_problem(response))
