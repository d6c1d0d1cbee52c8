"""The whole way of a page (fetch, read, capture, catalog) beside a bare Scrapy spider that only fetches it.

Both ask the same shops on loopback, which run in a process of their own, with delays off and one request at a time per
host, in turns on one event loop: read the ratios.
"""

from __future__ import annotations

import asyncio
import os
import sys
import tempfile
import time
from collections import Counter
from collections.abc import AsyncIterator, Awaitable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from statistics import median
from typing import Any

import sqlalchemy as sa
from scrapy import Request, Spider
from scrapy.crawler import AsyncCrawlerProcess, Crawler
from scrapy.http import Response
from scrapy.settings import Settings

from benchmarks.big_shop import ROUTE, serving
from catalog import SourceInfo, SourceResult, open_catalog
from spiders.addresses import own_hosts
from spiders.base import Job
from spiders.config import SourceConfig
from spiders.crawl import Collector, CrawlEvent, stop_reactor
from spiders.settings import process_settings

SHOPS = 8
"""Crawled at once, as in a refresh."""
PAGES = int(os.environ.get("MAGLABEL_BENCH_PAGES", "800"))
"""Of all shops together, in each round."""
ROUNDS = 5


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
    manners = {"CONCURRENT_REQUESTS": 1, "CONCURRENT_REQUESTS_PER_DOMAIN": 1, "DOWNLOAD_DELAY": 0}
    crawlers = [Crawler(Bare, Settings(process_settings(own_hosts(shops)) | manners)) for _ in shops]
    pages = PAGES // len(shops)
    await asyncio.gather(
        *(process.crawl(crawler, shop=shop, pages=pages) for crawler, shop in zip(crawlers, shops, strict=True))
    )
    assert all(crawler.spider.got == pages for crawler in crawlers)  # type: ignore[union-attr]


async def refresh(process: AsyncCrawlerProcess, shops: list[str], database: str) -> Refreshed:
    """The round of the project's own spiders, intake and publication."""
    sources = {f"shop-{n}": SourceConfig(url=url, kind="woocommerce", delay=0) for n, url in enumerate(shops)}
    parsed: dict[str, int] = {}
    written: Counter[str] = Counter()

    def hear(event: CrawlEvent) -> None:
        parsed[event.source] = event.parsed

    def count(_: object, cursor: Any, statement: str, *__: object) -> None:
        if cursor.rowcount > 0 and not statement.startswith("SELECT"):
            written["run" if " run" in statement.split("(")[0] else "data"] += cursor.rowcount

    infos = [SourceInfo(name, source.kind, source.url) for name, source in sources.items()]
    with open_catalog(database, create=True) as catalog, ThreadPoolExecutor(1) as writer:
        sa.event.listen(catalog.engine, "after_cursor_execute", count)
        with catalog.start_run(infos) as run:
            collector = Collector(process, run, None, hear, writer, Job)
            await collector.collect(sources)
            results = [collector.result(name) for name in sources]
    assert {result.outcome for result in results} == {"fresh"}
    assert sum(result.with_elemental for result in results) == PAGES // len(shops) * len(shops)
    return Refreshed(results, sum(parsed.values()), written["data"])


class Refreshed:
    """What a refresh did."""

    def __init__(self, results: list[SourceResult], parsed: int, rows: int) -> None:
        self.parsed, self.rows = parsed, rows
        self.bytes = sum(result.bytes for result in results)


async def seconds(work: Awaitable[object]) -> float:
    start = time.perf_counter()
    await work
    return time.perf_counter() - start


async def rounds(process: AsyncCrawlerProcess, shops: list[str], folder: Path) -> None:
    """Both in turns; prints medians, and what a second refresh does."""
    bare, full = [], []
    for number in range(ROUNDS + 1):
        database = f"sqlite:///{folder / f'{number}.sqlite'}"
        bare.append(await seconds(fetch_only(process, shops)))
        full.append(await seconds(refresh(process, shops, database)))
        print(f"  {PAGES / bare[-1]:.0f} {PAGES / full[-1]:.0f} {bare[-1] / full[-1]:.2f}")
    print(
        PAGES / median(bare[1:]),
        PAGES / median(full[1:]),
        median(b / f for b, f in zip(bare[1:], full[1:], strict=True)),
    )
    database = f"sqlite:///{folder / 'again.sqlite'}"
    first = await refresh(process, shops, database)
    again = await refresh(process, shops, database)
    print(first.parsed, first.rows, first.bytes, again.parsed, again.rows, again.bytes, again.bytes / first.bytes)


def measure(packed: bool) -> None:
    with serving(SHOPS, PAGES // SHOPS, packed=packed) as shops, tempfile.TemporaryDirectory() as folder:
        process = AsyncCrawlerProcess(Settings(process_settings(own_hosts(shops))))
        task = asyncio.get_event_loop().create_task(rounds(process, shops, Path(folder)))
        task.add_done_callback(stop_reactor)
        process.start(stop_after_crawl=False)
        task.result()


def main() -> None:
    measure(len(sys.argv) > 1)


if __name__ == "__main__":
    main()
