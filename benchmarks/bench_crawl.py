"""The whole way of a page (fetch, listing, capture, catalog) beside a bare Scrapy spider that only fetches it.

Both ask the same shops on loopback, which run in a process of their own, with delays off and one request at a time per
host, in turns on one event loop. The catalog's part includes the reading and checking of the labels. Read the ratios.
"""

from __future__ import annotations

import asyncio
import multiprocessing
import os
import resource
import tempfile
import time
from collections import Counter
from collections.abc import AsyncIterator, Awaitable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any

import sqlalchemy as sa
from scrapy import Request, Spider
from scrapy.crawler import AsyncCrawlerProcess, Crawler
from scrapy.http import Response
from scrapy.settings import Settings

from benchmarks.big_shop import ROUTE, answer, serving
from catalog import SourceInfo, open_catalog
from spiders.addresses import own_hosts
from spiders.config import SourceConfig
from spiders.crawl import Collector, CrawlEvent, crawl, stop_reactor
from spiders.job import Job
from spiders.settings import process_settings

SHOPS = 8
"""Crawled at once, as in a refresh."""
PAGES = int(os.environ.get("MAGLABEL_BENCH_PAGES", "800"))
"""Of all shops together, in each round."""
ROUNDS = 5
"""After the first, which is not counted: it imports, compiles and fills caches."""
MANY_SHOPS, FEW_PAGES, MANY_PAGES = 20, 2_000, 20_000


@dataclass(frozen=True)
class Refreshed:
    """What a refresh did."""

    parsed: int
    """Pages that were read."""
    rows: int
    """Rows written, but for those of the run itself."""
    bytes: int


class Bare(Spider):
    """Fetches the pages of a shop."""

    name = "bare"

    def __init__(self, shop: str, pages: int) -> None:
        super().__init__()
        self.shop, self.pages, self.got = shop, pages, 0

    async def start(self) -> AsyncIterator[Request]:
        for number in range(1, self.pages + 1):
            yield Request(f"{self.shop}{ROUTE[1:]}?per_page=100&page={number}")

    def parse(self, response: Response) -> None:
        assert response.status == 200
        self.got += 1


async def fetch_only(process: AsyncCrawlerProcess, shops: list[str]) -> None:
    """The bare spider's round."""
    settings = process_settings(own_hosts(shops)) | {
        "CONCURRENT_REQUESTS": 1,
        "DOWNLOAD_DELAY": 0,
        "DOWNLOADER_MIDDLEWARES": {"spiders.middlewares.JsonIsUtf8": 595},  # or gzip costs it more than it costs us
    }
    pages = PAGES // len(shops)
    crawlers = [Crawler(Bare, Settings(settings)) for _ in shops]
    crawls = (process.crawl(crawler, shop=shop, pages=pages) for crawler, shop in zip(crawlers, shops, strict=True))
    await asyncio.gather(*crawls)
    assert all(crawler.spider.got == pages for crawler in crawlers)  # type: ignore[union-attr]


def sources_of(shops: list[str]) -> dict[str, SourceConfig]:
    """The shops as maglabel.toml would name them."""
    return {f"shop-{n}": SourceConfig(url=url, kind="woocommerce", delay=0) for n, url in enumerate(shops)}


async def refresh(process: AsyncCrawlerProcess, shops: list[str], database: str) -> Refreshed:
    """The round of the project's own spiders, intake and publication."""
    sources = sources_of(shops)
    parsed: dict[str, int] = {}
    written: Counter[bool] = Counter()

    def hear(event: CrawlEvent) -> None:
        parsed[event.source] = event.parsed

    def count(_: object, cursor: Any, statement: str, *__: object) -> None:
        if cursor.rowcount > 0 and not statement.startswith("SELECT"):
            written[" run" in statement.split("(")[0]] += cursor.rowcount

    infos = [SourceInfo(name, source.kind, source.url) for name, source in sources.items()]
    with open_catalog(database, create=True) as catalog, ThreadPoolExecutor(1) as writer:
        sa.event.listen(catalog.engine, "after_cursor_execute", count)
        with catalog.start_run(infos) as run:
            collector = Collector(process, run, None, hear, writer, Job)
            await collector.collect(sources)
            results = [collector.result(name) for name in sources]
    assert {result.outcome for result in results} == {"fresh"}
    assert sum(result.with_elemental for result in results) == PAGES // len(shops) * len(shops)
    return Refreshed(sum(parsed.values()), written[False], sum(result.bytes for result in results))


async def seconds(work: Awaitable[object]) -> float:
    """How long something takes."""
    start = time.perf_counter()
    await work
    return time.perf_counter() - start


async def rounds(process: AsyncCrawlerProcess, shops: list[str], folder: Path, kind: str) -> None:
    """Both in turns; then a second refresh of what the last one collected."""
    bare, full = [], []
    for number in range(ROUNDS + 1):
        database = f"sqlite:///{folder / f'{number}.sqlite'}"
        open_catalog(database, create=True).close()  # making the tables is no part of a page's way
        bare.append(await seconds(fetch_only(process, shops)))
        full.append(await seconds(refresh(process, shops, database)))
    ratio = median(b / f for b, f in zip(bare[1:], full[1:], strict=True))
    speeds = f"{PAGES / median(full[1:]):.0f} to {PAGES / median(bare[1:]):.0f}"
    print(f"{kind:<19} {ratio:9.2f} x the pages/s of a bare spider that only fetches ({speeds})", flush=True)
    first = await refresh(process, shops, f"sqlite:///{folder / 'twice.sqlite'}")
    again = await refresh(process, shops, f"sqlite:///{folder / 'twice.sqlite'}")
    read = f"{again.parsed:9} pages read of {first.parsed}, {again.rows} rows written"
    print(f"  second refresh    {read}, {again.bytes / first.bytes:.2%} of the bytes")


def measure(packed: bool) -> None:
    """Speed, in this process."""
    with serving(SHOPS, PAGES // SHOPS, packed=packed) as shops, tempfile.TemporaryDirectory() as folder:
        process = AsyncCrawlerProcess(Settings(process_settings(own_hosts(shops))))
        kind = "gzip, no charset" if packed else "plain JSON"
        task = asyncio.get_event_loop().create_task(rounds(process, shops, Path(folder), kind))
        task.add_done_callback(stop_reactor)
        process.start(stop_after_crawl=False)
        task.result()


def crawl_many(shops: list[str], database: str, told: Any) -> None:
    """One refresh in this process; tells the most memory that it had, in MB."""
    sources = sources_of(shops)
    infos = [SourceInfo(name, source.kind, source.url) for name, source in sources.items()]
    with open_catalog(database, create=True) as catalog, catalog.start_run(infos) as run:
        results = crawl(sources, run=run, contact=None, on_event=lambda _: None)
    assert {result.outcome for result in results} == {"fresh"}
    told.send(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)


def peak(pages: int) -> float:
    """MB that a refresh of so many pages needs."""
    context = multiprocessing.get_context("spawn")
    here, there = context.Pipe()
    with serving(MANY_SHOPS, pages // MANY_SHOPS, packed=True) as shops, tempfile.TemporaryDirectory() as folder:
        child = context.Process(target=crawl_many, args=(shops, f"sqlite:///{folder}/catalog.sqlite", there))
        child.start()
        child.join()
    return float(here.recv())


def main() -> None:
    """Print one line a measurement; each in a process of its own, as Twisted's reactor starts once in a process."""
    size = len(answer(1, packed=False)[0]) / 1000
    print(f"one product of {size:.0f} kB a page; {PAGES} pages of {SHOPS} shops a round")
    for packed in (False, True):
        child = multiprocessing.get_context("spawn").Process(target=measure, args=(packed,))
        child.start()
        child.join()
        assert child.exitcode == 0
    few, many = peak(FEW_PAGES), peak(MANY_PAGES)
    sizes = f"({few:.0f} to {many:.0f} MB)"
    print(f"memory              {many / few:9.2f} x from {FEW_PAGES:,} to {MANY_PAGES:,} pages {sizes}")


if __name__ == "__main__":
    main()
