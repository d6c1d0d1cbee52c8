"""Work on a catalog in several processes: they read it and compute, one writes what they give back."""

from __future__ import annotations

import gc
import os
import signal
from collections import deque
from collections.abc import Callable, Generator, Iterable, Iterator
from concurrent.futures import CancelledError, Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from functools import cache
from multiprocessing import get_context, parent_process
from multiprocessing.synchronize import Event
from threading import Thread
from typing import TypeVar

from catalog.store import Catalog, open_catalog
from checker import CatalogError

AHEAD = 2
"""Results for each process that are made before they are asked for: nobody waits, and memory stays what it is."""

Task = TypeVar("Task")
Result = TypeVar("Result")


def cores() -> int:
    """How many processes can work at a time."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def spread(
    catalog: Catalog, work: Callable[[Catalog, Task], Result], tasks: Iterable[Task], processes: int
) -> Generator[Result, None, None]:
    """What `work` makes of each task, in their order: in this process, or in several that open the catalog to read.

    Raises what `work` raises, and CatalogError when somebody ends one of the processes.
    """
    if processes < 2:
        yield from (work(catalog, task) for task in tasks)
        return
    waiting: deque[Future[Result]] = deque()
    # Copies of a new interpreter that has imported what they run, and share its memory; not of this one, which has
    # threads and holds the catalog's lock.
    context = get_context("forkserver")
    context.set_forkserver_preload(["__main__", work.__module__])
    stop = context.Event()
    with ProcessPoolExecutor(processes, context, _begin, (stop,)) as pool:
        try:
            for task in tasks:
                with _deaf():
                    waiting.append(pool.submit(_do, work, catalog.address, task))
                if len(waiting) > processes * AHEAD:
                    yield waiting.popleft().result()
            while waiting:
                yield waiting.popleft().result()
        except BrokenProcessPool:
            raise CatalogError(
                f"A process that was reading {catalog.url} was ended from outside, as when memory runs out; "
                "what was done until then is kept."
            ) from None
        finally:
            stop.set()
            pool.shutdown(cancel_futures=True)


@contextmanager
def _deaf() -> Iterator[None]:
    """A process that starts meanwhile never hears Ctrl-C: that is for the one that a person started."""
    heard = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, heard)


_stop: list[Event] = []
"""Set when nobody waits for what is still to be done: each process has been given some tasks ahead."""


def _begin(stop: Event) -> None:
    gc.freeze()  # what all have imported is theirs together for as long as nobody looks through it for garbage
    _stop.append(stop)
    Thread(target=_end_with_parent, daemon=True).start()


def _end_with_parent() -> None:
    if parent := parent_process():
        parent.join()
        os._exit(1)


def _do(work: Callable[[Catalog, Task], Result], address: str, task: Task) -> Result:
    if _stop[0].is_set():
        raise CancelledError
    return work(_opened(address), task)


@cache
def _opened(address: str) -> Catalog:
    return open_catalog(address, read_only=True)
