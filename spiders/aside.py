"""Work that takes long, in a thread beside the reactor: other sources go on meanwhile."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import Future
from threading import Event, Thread
from typing import TypeVar

from scrapy import signals
from scrapy.crawler import Crawler

Result = TypeVar("Result")
NAP = 0.1
"""Seconds between two looks at the thread."""


async def aside(crawler: Crawler, work: Callable[[Event], Result], watch: Callable[[], None]) -> Result:
    """What `work` returns or raises; `watch` is called meanwhile, in the reactor's thread, and may raise to end it.

    The event that `work` is given is set when it shall end: the crawl is over, or the user stopped it. The spider is
    not closed before the work has ended, so nothing is published while it still hands over.
    """
    stop, done = Event(), Future[Result]()

    def run() -> None:
        try:
            done.set_result(work(stop))
        except BaseException as error:  # noqa: BLE001 - it is raised where the work was asked for
            done.set_exception(error)

    async def leave() -> None:
        stop.set()
        while not done.done():
            await asyncio.sleep(NAP / 5)

    crawler.signals.connect(leave, signal=signals.spider_closed, weak=False)
    Thread(target=run, name="maglabel-aside", daemon=True).start()
    try:
        while not done.done():
            await asyncio.sleep(NAP)
            watch()
    finally:
        await leave()
        crawler.signals.disconnect(leave, signal=signals.spider_closed)
    return done.result()
