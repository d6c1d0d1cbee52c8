"""Crawls all sources of a run at once, in one process, one request at a time per host."""

from __future__ import annotations

import asyncio
import logging
import signal
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import partial
from math import inf
from time import monotonic
from types import FrameType
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from scrapy.crawler import AsyncCrawlerProcess, Crawler
from scrapy.settings import Settings
from twisted.logger import globalLogBeginner

from catalog import CrawlReport
from spiders.addresses import own_hosts
from spiders.asking import AskingSpider
from spiders.base import SourceSpider
from spiders.config import Secrets, SourceConfig
from spiders.job import Job, Taste
from spiders.kinds import spider_of
from spiders.settings import process_settings, source_settings
from spiders.tally import STOPPED

if TYPE_CHECKING:
    from catalog import Run, SourceResult


@dataclass(frozen=True)
class CrawlEvent:
    """How far a source is; `finished` is its result when it is done."""

    source: str
    requests: int
    bytes: int
    seen: int
    kept: int
    parsed: int
    """Answers that had to be read; the others were as the catalog remembers them."""
    finished: SourceResult | None = None


def crawl(
    sources: Mapping[str, SourceConfig],
    *,
    run: Run,
    contact: str | None,
    on_event: Callable[[CrawlEvent], None],
    on_signal: Callable[[int], None] = lambda _: None,
    taste: Taste | None = None,
    max_seconds: float = inf,
) -> list[SourceResult]:
    """Collect from the sources, in the order given; each ends with `run.publish`.

    After `max_seconds` nothing further is asked of any source; with a `taste` each ends as soon as that is full. To be
    called once in a process (Twisted's reactor starts once), from the main thread. A site's fault becomes the source's
    message; CatalogError is raised. SIGINT (Ctrl-C) and SIGTERM end the sources that are not done as failed, after the
    answers that are under way; `on_signal` hears of it.
    """
    with _guest(), ThreadPoolExecutor(max_workers=1, thread_name_prefix="catalog") as writer:
        hosts = own_hosts(url for source in sources.values() for url in (source.url, source.bulk or ""))
        process = AsyncCrawlerProcess(Settings(process_settings(hosts)))
        asyncio.get_event_loop().call_soon(_overhear_signals, on_signal)
        job = partial(Job, contact=contact, taste=taste, run_ends=monotonic() + max_seconds)
        collector = Collector(process, run, contact, on_event, writer, job)
        collector.work(sources)
    return [collector.result(name) for name in sources]


@contextmanager
def _guest() -> Iterator[None]:
    """Let Scrapy be a guest in the process: it prints nothing, and Ctrl-C works afterwards as before."""
    for name in ("scrapy", "twisted", "asyncio", "py.warnings"):
        logging.getLogger(name).addHandler(logging.NullHandler())
    globalLogBeginner.beginLoggingTo([], redirectStandardIO=False)  # or Twisted prints what it finds critical
    handlers = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        for number, handler in handlers.items():
            signal.signal(number, handler)
        logging.captureWarnings(False)


def _overhear_signals(on_signal: Callable[[int], None]) -> None:
    """Tell of a signal, then let Scrapy handle it; to be called when Scrapy has put its handlers in place."""

    def overheard(handle: Callable[[int, FrameType | None], object], number: int, frame: FrameType | None) -> None:
        on_signal(number)
        handle(number, frame)

    for number in (signal.SIGINT, signal.SIGTERM):
        handler = signal.getsignal(number)
        assert callable(handler)
        signal.signal(number, partial(overheard, handler))


class Collector:
    """Crawls the sources of a run on the event loop that runs."""

    def __init__(
        self,
        process: AsyncCrawlerProcess,
        run: Run,
        contact: str | None,
        on_event: Callable[[CrawlEvent], None],
        writer: ThreadPoolExecutor,
        job: Callable[..., Job],
    ) -> None:
        self.process, self.run, self.contact, self.on_event, self.writer = process, run, contact, on_event, writer
        self.job = job
        self.written: dict[str, Future[SourceResult]] = {}
        key = Secrets().dsld_key
        self.dsld_key = key.get_secret_value() if key else None

    def work(self, sources: Mapping[str, SourceConfig]) -> None:
        """Run the reactor until every source is written or the user stops it."""
        everything = asyncio.get_event_loop().create_task(self.collect(sources))
        everything.add_done_callback(stop_reactor)
        self.process.start(stop_after_crawl=False)
        if everything.done():
            everything.result()
        for name in sources:
            if name not in self.written:
                self._write(name, CrawlReport(source=name, ending="failed", message=STOPPED))

    async def collect(self, sources: Mapping[str, SourceConfig]) -> None:
        """Crawl and write every source; raises what went wrong with one only after all others have ended."""
        hosts: dict[str, list[str]] = defaultdict(list)
        for name, source in sources.items():
            hosts[server_of(source.url)].append(name)
        turns = (self._one_host(names, sources) for names in hosts.values())
        for fault in await asyncio.gather(*turns, return_exceptions=True):
            if fault:
                raise fault

    def result(self, name: str) -> SourceResult:
        """How the source ended."""
        return self.written[name].result()

    async def _one_host(self, names: list[str], sources: Mapping[str, SourceConfig]) -> None:
        """Sources on one host take turns."""
        for name in names:
            await self._one_source(name, sources[name])

    async def _one_source(self, name: str, source: SourceConfig) -> None:
        source, run = source.paced(key=bool(self.dsld_key)), self.run
        job = self.job(name, source, run.intake(name), self._progress, self.dsld_key, known=partial(run.known, name))
        crawler = Crawler(spider_of(source.kind), Settings(source_settings(source, self.contact)))
        await self.process.crawl(crawler, job=job)
        spider = crawler.spider
        assert isinstance(spider, SourceSpider)
        report = spider.report()
        result = await asyncio.wrap_future(self._write(name, report))
        self.on_event(
            CrawlEvent(name, report.requests, report.bytes, report.seen, report.kept, spider.tally.parsed, result)
        )

    def _write(self, name: str, report: CrawlReport) -> Future[SourceResult]:
        """Publish or fail in the one writing thread: reading labels takes time that other crawls must not wait for."""
        self.written[name] = self.writer.submit(self.run.publish, name, report)
        return self.written[name]

    def _progress(self, spider: AskingSpider) -> None:
        stats, tally = spider.crawler.stats, spider.tally
        requests = stats.get_value("downloader/request_count", 0)
        size = stats.get_value("downloader/response_bytes", 0)
        self.on_event(CrawlEvent(spider.job.name, requests, size, tally.seen, tally.kept, tally.parsed))


def server_of(url: str) -> str:
    """The same for addresses of one server: `www.` and the scheme make no other one, a port of its own does."""
    parts = urlsplit(url)
    own_port = f":{parts.port}" if parts.port not in (None, 80, 443) else ""
    return (parts.hostname or "").removeprefix("www.") + own_port


def stop_reactor(_: object) -> None:
    from twisted.internet import reactor

    with suppress(RuntimeError):  # stopped already, by the user
        reactor.stop()  # type: ignore[misc]
