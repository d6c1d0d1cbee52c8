"""How a spider asks: each answer read or replayed, each fault told and counted, an end when there are too many."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from time import monotonic
from typing import Any, NoReturn, TypeVar

from scrapy import Request, Spider, signals
from scrapy.crawler import Crawler
from scrapy.exceptions import CloseSpider
from scrapy.http import Response
from twisted.python.failure import Failure

from catalog import Page
from checker.errors import CatalogError, SourceError
from spiders.answers import ACCEPT, PARSERS, Media, NotOfferedError
from spiders.budget import Budget
from spiders.job import Job
from spiders.problems import Disallowed, Spent, plain, problem_of, status_problem
from spiders.robots import KNOWN
from spiders.tally import CUT, Tally
from spiders.unchanged import Reading, is_storable, made_with, unchanged

BREAKER = 5
"""So many bad answers in a row end the crawl of the source."""
GONE_IN_A_ROW = 50
"""The same for products that are gone, where others are there: lists of products are often out of date."""
GONE = (404, 410)

Taken = TypeVar("Taken")
Read = Callable[..., Awaitable[Iterable[Request]]]
"""Reads one good answer: the response, what it was parsed to, further arguments; gives further requests."""
Instead = Callable[..., Iterable[Request]]
"""Asks for something else when the site does not offer what was asked for: is told why, and the further arguments."""


class AskingSpider(Spider):
    """Asks, sees that every answer is accounted for, and reads no page again that has not changed."""

    remembers = True
    """Whether a page that has not changed since the last refresh need not be read again."""

    def __init__(self, job: Job) -> None:
        super().__init__()
        self.job = job
        self.tally = Tally()
        self.started = monotonic()
        self.budget = Budget(job.source, job.run_ends)
        self.known: set[str] = set()
        self.headers: dict[str, str] = {}
        self.reading: Reading | None = None
        """What the answer being read gives; None between answers."""
        self.turn = asyncio.Lock()
        """Answers are read one after the other."""

    @classmethod
    def from_crawler(cls, crawler: Crawler, *args: Any, **kwargs: Any) -> AskingSpider:
        """Wire it: a fault of ours in a callback fails the source instead of passing unseen."""
        spider = super().from_crawler(crawler, *args, **kwargs)
        crawler.signals.connect(spider.on_bug, signal=signals.spider_error)
        return spider

    def ask(
        self,
        url: str,
        read: Read,
        *,
        parse: Media = "json",
        needed: bool = True,
        instead: Instead | None = None,
        **arguments: Any,
    ) -> Request:
        """A request whose good answer goes to `read`, parsed as `parse` says; one not `needed` may be gone.

        What is not needed is a product of its own, and goes before the next page of a list: it is kept whatever comes.
        When the site does not offer the answer and there is an `instead`, that asks for something else.

        Both are methods of the spider, and `arguments` are plain JSON. What `read` makes of an answer depends on these
        and on the source's configuration alone, because an answer that has not changed is not read again.
        """
        self.tally.asked += 1
        passed = {"read": read, "parse": parse, "needed": needed, "instead": instead, "arguments": arguments}
        request = Request(
            url,
            self._answered,
            headers={"Accept": ACCEPT[parse], **self.headers},
            errback=self._unanswered,
            cb_kwargs=passed,
            meta={KNOWN: parse == "robots"},
            priority=0 if needed else 1,
        )
        if self.remembers and parse != "robots":
            request.meta["asked"] = request.url
            request.meta["made_with"] = made_with(self.job.source, read.__name__, arguments)
        return request

    async def fetch(self, url: str, take: Callable[[Any], Taken], parse: Media = "json") -> Taken:
        """What `take` finds in the answer of an address, at once; raises SourceError, as `take` may.

        An answer that was read without it is read again the next time, when it may be there.
        """
        request = Request(url, headers={"Accept": ACCEPT[parse], **self.headers})
        try:
            return take(PARSERS[parse](await self.crawler.engine.download_async(request)))
        except Exception as error:
            self.not_lasting()
            raise error if isinstance(error, SourceError) else SourceError(problem_of(error, request)) from error

    async def _answered(
        self,
        response: Response,
        read: Read,
        parse: Media,
        needed: bool,
        instead: Instead | None,
        arguments: dict[str, Any],
    ) -> AsyncIterator[Request]:
        self.tally.answered += 1
        try:
            if response.status in GONE and not needed and not instead:
                self.tally.skipped["not_found"] += 1
                self._count_bad(status_problem(response), GONE_IN_A_ROW if self.tally.kept else BREAKER)
                return
            async with self.turn:
                further = await self._taken(response, read, PARSERS[parse], arguments)
            for request in further:
                yield request
        except SourceError as error:
            if instead and isinstance(error, NotOfferedError):
                for request in instead(str(error), **arguments):
                    yield request
            else:
                self._bad(str(error))
        self.job.on_progress(self)

    async def _taken(
        self, response: Response, read: Read, parse: Callable[[Response], Any], arguments: dict[str, Any]
    ) -> list[Request]:
        """Read the answer, or replay what it gave when it was last read; gives the requests that follow."""
        if page := unchanged(response):
            self.tally.bad_in_a_row = 0
            return self._replay(page, response.meta["remembered"])
        data = parse(response)
        self.tally.bad_in_a_row = 0
        self.tally.parsed += not response.meta[KNOWN]
        if "made_with" not in response.meta:
            return list(await read(response, data, **arguments))
        self.reading = Reading()
        try:
            further = list(await read(response, data, **arguments))
            if self.reading.lasting and is_storable(made := self.reading.page(response, further)):
                self.job.intake.remember(made)
            return further
        finally:
            self.reading = None

    def _replay(self, page: Page, remembered: Page) -> list[Request]:
        self.job.intake.unchanged(page)
        if page != remembered:
            self.job.intake.remember(page)  # the site names the same page's version anew
        for key in page.reading["ids"]:
            self.unseen(key)
        self.tally.kept += len(page.listings)
        self.tally.skipped.update(page.reading["skipped"])
        self.tally.notes += page.reading["notes"]
        return [self._ask_again(**further) for further in page.reading["further"]]

    def _ask_again(
        self, url: str, read: str, instead: str | None, priority: int, arguments: dict[str, Any], **passed: Any
    ) -> Request:
        other = getattr(self, instead) if instead else None
        request = self.ask(url, getattr(self, read), instead=other, **passed, **arguments)
        return request.replace(priority=priority)

    def _unanswered(self, failure: Failure) -> list[Request]:
        self.tally.answered += 1
        request: Request = failure.request  # type: ignore[attr-defined]
        error, instead, further = failure.value, request.cb_kwargs["instead"], []
        assert error is not None
        if isinstance(error, Spent):
            self._end(str(error))
        if isinstance(error, Disallowed) and instead:
            further = list(instead(str(error), **request.cb_kwargs["arguments"]))
        elif isinstance(error, Disallowed) and not request.cb_kwargs["needed"]:
            self.tally.skipped["robots_txt"] += 1  # the site's wish, not a fault
        else:
            self._bad(problem_of(error, request))
        self.job.on_progress(self)
        return further

    def _bad(self, why: str) -> None:
        """Note an answer that did not come or is not what it should be; what else was asked for goes on."""
        self.tally.missing.append(why)
        self.tally.skipped["no_answer"] += 1
        self._count_bad(why)

    def _count_bad(self, why: str, most: int = BREAKER) -> None:
        """Ends the crawl when bad answers come in a row."""
        self.tally.bad_in_a_row += 1
        if self.tally.bad_in_a_row >= most:
            self._end(f"{why}, the last of {self.tally.bad_in_a_row} bad answers in a row")

    def _end(self, why: str) -> NoReturn:
        """End the crawl early."""
        self.tally.cut = self.tally.cut or why
        raise CloseSpider(CUT)

    def on_bug(self, failure: Failure, response: Response | Failure) -> None:
        """A fault of ours: the source fails, and the message says that it is ours, unless it is the machine's."""
        if isinstance(failure.value, CatalogError):
            self.tally.fatal = str(failure.value)
            return
        place = plain(response.url) if isinstance(response, Response) else self.job.source.url
        fault = f"{type(failure.value).__name__}: {failure.value}"
        self.tally.fatal = f"maglabel could not handle {place} ({fault}): this is a bug in maglabel"

    def unseen(self, key: str) -> bool:
        """Whether the product is met for the first time in this crawl; counts it."""
        if key in self.known:
            if self.reading and key not in self.reading.ids:
                self.not_lasting()  # it may be met here first, the next time
            return False
        self.known.add(key)
        self.tally.seen += 1
        if self.reading:
            self.reading.ids.append(key)
        return True

    def not_lasting(self) -> None:
        """Tell that what is read depends on more than the answer, which is then read every time."""
        if self.reading:
            self.reading.lasting = False
