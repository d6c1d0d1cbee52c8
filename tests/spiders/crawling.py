"""Runs a crawl as `refresh` does, in a process of its own: Twisted's reactor starts only once in a process."""

from __future__ import annotations

import json
import os
import resource
import signal
import subprocess
import sys
from collections import Counter
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from catalog import SourceInfo, open_catalog
from checker import Listing
from spiders.config import SourceConfig
from tests.processes import run

ROOT = Path(__file__).resolve().parents[2]


class Crawled:
    """What a crawl left: its results by source, its events, its words on the terminal, its catalog."""

    def __init__(self, done: subprocess.CompletedProcess[str], database: str) -> None:
        assert done.returncode == 0, done.stderr
        self.stderr = done.stderr
        self.database = database
        said = json.loads(done.stdout)
        self.results: dict[str, dict[str, Any]] = {result["source"]: result for result in said["results"]}
        self.events: list[dict[str, Any]] = said["events"]
        self.ctrl_c_works: bool = said["ctrl_c_works"]
        self.megabytes: float = said["megabytes"]
        """The most memory that the process had."""
        self.written: dict[str, int] = said["written"]
        """Rows written, by statement and table."""

    def parsed(self, source: str) -> int:
        """Answers of the source that had to be read."""
        return int([event["parsed"] for event in self.events if event["source"] == source][-1])

    def listing(self, source: str, key: str) -> Listing:
        """A listing as the catalog keeps it."""
        with open_catalog(self.database, read_only=True) as catalog:
            found = catalog.product(source, key)
        assert found is not None, f"{source} has no {key}"
        return found.listing


def prepared(
    sources: Mapping[str, SourceConfig], folder: Path, broken: str = "", **environ: str
) -> tuple[str, dict[str, str]]:
    """The file that says what to crawl, and the environment to do it in."""
    job = {
        "database": database_in(folder),
        "broken": broken,
        "sources": {name: s.model_dump() for name, s in sources.items()},
    }
    task = folder / "job.json"  # as an argument it can be too long
    task.write_text(json.dumps(job))
    own = {"XDG_CACHE_HOME": str(folder / "cache")} | environ
    return str(task), {k: v for k, v in os.environ.items() if not k.startswith("MAGLABEL_")} | own


def start_crawl(sources: Mapping[str, SourceConfig], folder: Path) -> subprocess.Popen[str]:
    """Begin to crawl the sources into a catalog in the folder."""
    task, environment = prepared(sources, folder)
    return subprocess.Popen(
        [sys.executable, "-m", "tests.spiders.crawling", task],
        cwd=ROOT,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def ended(child: subprocess.Popen[str], folder: Path) -> Crawled:
    """Wait for the crawl's end."""
    out, err = child.communicate(timeout=600)
    return Crawled(subprocess.CompletedProcess(child.args, child.returncode, out, err), database_in(folder))


def crawl_all(sources: Mapping[str, SourceConfig], folder: Path, *, broken: str = "", **environ: str) -> Crawled:
    """Crawl the sources into a catalog in the folder, to the end; the display fails at the source `broken`."""
    task, environment = prepared(sources, folder, broken, **environ)
    done = run("tests.spiders.crawling", task, folder=ROOT, environment=environment)
    return Crawled(done, database_in(folder))


def database_in(folder: Path) -> str:
    return f"sqlite:///{folder / 'catalog.sqlite'}"


def main() -> None:
    """The child: crawl what the argument says, print the outcome as JSON."""
    from spiders.crawl import CrawlEvent, crawl

    job = json.loads(Path(sys.argv[1]).read_text("utf-8"))
    sources = {name: SourceConfig(**values) for name, values in job["sources"].items()}
    infos = [SourceInfo(name, source.kind, source.url, source.market) for name, source in sources.items()]
    events: list[CrawlEvent] = []
    written: Counter[str] = Counter()

    def hear(event: CrawlEvent) -> None:
        if event.source == job["broken"] and not event.finished:
            raise ZeroDivisionError("made for a test")
        events.append(event)

    def count(_: object, cursor: Any, statement: str, *__: object) -> None:
        if cursor.rowcount > 0 and not statement.startswith("SELECT"):
            written[statement.split("(")[0].split(" SET ")[0].strip()] += cursor.rowcount

    with open_catalog(job["database"], create=True) as catalog:
        sa.event.listen(catalog.engine, "after_cursor_execute", count)
        with catalog.start_run(infos) as run:
            results = crawl(sources, run=run, contact="mailto:tests@acme.example", on_event=hear)
    said = {
        "results": [asdict(result) for result in results],
        "events": [asdict(event) for event in events],
        "written": written,
        "megabytes": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
        "ctrl_c_works": signal.getsignal(signal.SIGINT) is signal.default_int_handler,
    }
    print(json.dumps(said, default=str))


if __name__ == "__main__":
    main()
