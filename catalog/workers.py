"""Work on a catalog in several processes: they read it and compute, one writes what they give back."""

from __future__ import annotations

import os
import signal
from collections import deque
from collections.abc import Callable, Generator, Iterable
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from multiprocessing import get_context, parent_process
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
    # A new interpreter and not a copy of this one, which has threads and holds the catalog's lock.
    with ProcessPoolExecutor(processes, get_context("spawn"), _begin, (catalog.address,)) as pool:
        try:
            for task in tasks:
                waiting.append(pool.submit(_do, work, task))
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
            pool.shutdown(cancel_futures=True)


_opened: list[Catalog] = []
"""The catalog of a process that works for another one."""


def _begin(address: str) -> None:
    """Open the catalog; Ctrl-C is for the process that was started by a person, whose end is also ours."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    Thread(target=_end_with_parent, daemon=True).start()
    _opened.append(open_catalog(address, read_only=True))


def _end_with_parent() -> None:
    if parent := parent_process():
        parent.join()
        os._exit(1)


def _do(work: Callable[[Catalog, Task], Result], task: Task) -> Result:
    return work(_opened[0], task)
