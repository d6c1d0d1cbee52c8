"""What the spiders share: reading the rows of an answer, handing over, and how the crawl of a source ended.

A spider's work ends with text: captures and listings go to the catalog's intake, numbers are understood elsewhere.
"""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import suppress
from functools import partial
from time import monotonic
from typing import Any
from urllib.parse import urljoin

from scrapy import Request
from scrapy.http import Response

from catalog import Capture, CrawlReport
from checker.models import Listing
from spiders.answers import AnyShape, capture_of, readable
from spiders.asking import AskingSpider
from spiders.limits import bounded
from spiders.problems import plain
from spiders.site import Recognised, Site

MAX_PAGES = 1000
"""List pages of one source; a shop that never ends is stopped here."""
WHOLE = re.compile(r"https?://[^\s\[\]]+")
"""An address that needs no joining, which takes longer than all else about a picture."""


class SourceSpider(AskingSpider):
    """Base of all sources: a subclass gives the first request and reads the answers."""

    name = "source"

    @property
    def increment(self) -> bool:
        """Whether only what is new was asked for, so that nothing is known of the rest."""
        return False

    @classmethod
    def recognise(cls, site: Site) -> Recognised | None:
        """What a site tells about itself when it is one that this spider can read; None when it is not.

        Asks as little as possible, through `site`, which obeys robots.txt and notes each question for the user.
        """
        raise NotImplementedError

    @property
    def over(self) -> bool:
        """Whether the crawl is to end: nothing further is worth waiting for."""
        return bool(self.tally.fatal or self.tally.cut or (self.job.taste and self.job.taste.full))

    def first(self) -> Request:
        """The first request."""
        raise NotImplementedError

    async def start(self) -> AsyncIterator[Request]:
        """Begin with the first request."""
        yield self.first()

    def url(self, path: str) -> str:
        """An address below the source's own."""
        return urljoin(self.job.source.url, path)

    def pictures(self, sources: Iterable[str]) -> tuple[str, ...]:
        """Addresses of pictures, whole, each once."""
        found: dict[str, None] = {}
        for source in filter(None, sources):
            with suppress(ValueError):  # no address at all
                found[source if WHOLE.fullmatch(source) else self.url(source)] = None
        return tuple(url for url in found if url.startswith(("https://", "http://")))

    def shaped(self, shape: type[AnyShape], rows: Iterable[object]) -> list[AnyShape]:
        """The rows that have the shape; one that has not is counted as `unreadable`, and the rest survives."""
        given = list(rows)
        found = readable(shape, given)
        for _ in range(len(given) - len(found)):
            self.skip("unreadable")
        return found

    def candidates(self, products: Iterable[AnyShape], is_candidate: Callable[[AnyShape], bool]) -> list[AnyShape]:
        """The products that the gate lets through; what it turns away is counted as `no_magnesium`."""
        wanted = []
        for product in products:
            if is_candidate(product):
                wanted.append(product)
            else:
                self.skip("no_magnesium")
        return wanted

    def more_pages(self, response: Response, rows: list[Any], before: int, page: int) -> bool:
        """Whether to ask for the next page: not after an empty one, and not for ever."""
        if not rows:
            return False
        if self.tally.seen == before:
            self.lack(f"{plain(response.url)} gave the same page again and again")
        elif page >= MAX_PAGES:
            self.lack(f"{plain(response.url)} has more than {MAX_PAGES:,} pages, more than are read")
        else:
            return True
        return False

    def keep(self, response: Response, listings: list[Listing]) -> None:
        """Hand over an answer and the listings found in it; an answer without listings is not kept."""
        self.hand_over(partial(capture_of, response), listings)

    def hand_over(self, capture: Callable[[], Capture], listings: list[Listing]) -> None:
        """Hand over evidence, made when there is need of it, and the listings found in it."""
        kept = [short for short in map(bounded, listings) if short]
        for _ in range(len(listings) - len(kept)):
            self.skip("unreadable")
        if not kept:
            return
        taste = self.job.taste
        wanted = taste.take(kept) if taste else kept
        sha = self.job.intake.capture(capture())
        given = dict(self.job.intake.listing(listing, capture_sha256=sha) for listing in wanted)
        if self.reading:
            self.reading.listings |= given
        self.tally.kept += len(wanted)
        if taste and taste.full:
            self._end("ended as soon as there were enough products")

    def skip(self, reason: str) -> None:
        """Count a product that does not become a listing."""
        self.tally.skipped[reason] += 1
        if self.reading:
            self.reading.skipped[reason] += 1

    def lack(self, why: str) -> None:
        """Tell that the crawl is not complete, though the answer is good."""
        self.tally.missing.append(why)
        self.not_lasting()

    def note(self, text: str) -> None:
        """Tell the user something beside the counts."""
        self.tally.notes.append(text)
        if self.reading:
            self.reading.notes.append(text)

    def closed(self, reason: str) -> None:
        """Called by Scrapy at the end."""
        self.tally.end(reason)
        if (unreadable := self.tally.skipped["unreadable"]) > self.tally.seen:
            self.tally.fatal = self.tally.fatal or f"{self.url('')} listed {unreadable} entries that are no products"

    def report(self) -> CrawlReport:
        """How it went."""
        tally, stats = self.tally, self.crawler.stats
        return CrawlReport(
            source=self.job.name,
            ending=tally.ending,
            message=tally.message,
            increment=self.increment,
            seen=tally.seen,
            kept=tally.kept,
            skipped=dict(tally.skipped),
            requests=stats.get_value("downloader/request_count", 0),
            bytes=stats.get_value("downloader/response_bytes", 0),
            seconds=monotonic() - self.started,
        )
