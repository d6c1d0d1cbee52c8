"""Pages that have not changed since the last refresh: not moved where the site can tell, and never read again.

What a reading gives is a function of the answer (`_sha256`) and of what it was asked for with (`made_with`); so it can
be replayed from the catalog when neither has changed. A reading that depends on more (`Reading.lasting`) is not kept.
"""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from functools import cache, lru_cache
from pathlib import Path
from typing import Any

from scrapy import Request
from scrapy.crawler import Crawler
from scrapy.http import Response

from catalog import Page
from spiders.config import SourceConfig

LONGEST = 2000
"""Characters of an address or a version; what is longer is not remembered (PostgreSQL indexes no longer keys)."""
MANNERS = {"delay", "enabled", "timeout", "max_requests", "max_bytes", "max_seconds"}
"""Settings of a source that change how it is asked, not what is read."""
CONDITIONS = ("If-None-Match", "If-Modified-Since")
HEADERS_READ = ("X-WP-TotalPages",)
"""What readings use beside the body."""


@cache
def collector() -> str:
    """Hash of the spiders' own text: whichever of them changes, no page passes as read."""
    files = sorted(path for path in Path(__file__).parent.rglob("*") if path.suffix in (".py", ".txt"))
    return hashlib.sha256(b"\0".join(path.read_bytes() for path in files)).hexdigest()


def made_with(source: SourceConfig, read: str, arguments: dict[str, Any]) -> str:
    """Hash of all that a reading depends on beside the body; raises TypeError when an argument is no plain JSON."""
    given = [collector(), _settings(source), read, arguments]
    return hashlib.sha256(json.dumps(given, sort_keys=True).encode()).hexdigest()


@lru_cache(maxsize=1000)
def _settings(source: SourceConfig) -> str:
    return source.model_dump_json(exclude=MANNERS)


@dataclass
class Reading:
    """What the reading of one answer gave beside its listings."""

    ids: list[str] = field(default_factory=list)
    """Products met."""
    skipped: Counter[str] = field(default_factory=Counter)
    notes: list[str] = field(default_factory=list)
    listings: dict[str, str] = field(default_factory=dict)
    """Source keys and the hashes of their documents."""
    lasting: bool = True
    """Whether the same body is read the same way the next time."""

    def page(self, response: Response, further: Iterable[Request]) -> Page:
        """What the next refresh needs instead of the answer; `further` are the requests that follow."""
        asked = [_asked(request) for request in further]
        reading = {"ids": self.ids, "skipped": dict(self.skipped), "notes": self.notes, "further": asked}
        reading["from"] = response.url
        place = {"url": response.meta["asked"], "made_with": response.meta["made_with"]}
        return Page(**place, **_version(response), listings=self.listings, reading=reading)


def _asked(request: Request) -> dict[str, Any]:
    """What `ask` was told: methods by their names."""
    passed = request.cb_kwargs
    names = {name: passed[name] and passed[name].__name__ for name in ("read", "instead")}
    return {**passed, **names, "url": request.url, "priority": request.priority}


def is_storable(page: Page) -> bool:
    """Whether address and version are of a length that real ones have."""
    return all(len(text or "") <= LONGEST for text in (page.url, page.etag, page.last_modified))


def _version(response: Response) -> dict[str, Any]:
    names = {"etag": "ETag", "last_modified": "Last-Modified"}
    told = {key: response.headers.get(name) for key, name in names.items()}
    said = {key: value.decode("latin-1") if value else None for key, value in told.items()}
    return {"sha256": _sha256(response), **said}


def _sha256(response: Response) -> str:
    digest = hashlib.sha256(response.body)
    for name in HEADERS_READ:
        digest.update(response.headers.get(name) or b"")
    return digest.hexdigest()


def unchanged(response: Response) -> Page | None:
    """The page that an answer says, by its status or by its body, to be unchanged; None when it must be read."""
    page: Page | None = response.meta.get("remembered")
    if page is None or page.reading["from"] != response.url:
        return None
    if response.status == 304:
        return page if _conditions(page) else None
    same = response.status == 200 and page.sha256 == _sha256(response)
    return replace(page, **_version(response)) if same else None


def _conditions(page: Page) -> dict[str, str]:
    told = zip(CONDITIONS, (page.etag, page.last_modified), strict=True)
    return {name: value for name, value in told if value}


class Conditional:
    """Asks for a remembered page only in case it has changed (RFC 9110, 13.1)."""

    def __init__(self, crawler: Crawler) -> None:
        self.crawler = crawler

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Conditional:
        """Wire it."""
        return cls(crawler)

    def process_request(self, request: Request) -> None:
        """Look the page up just before it is asked for: a queue of requests holds no pages.

        Only the address that gave the answer can tell whether it has changed: after a redirect that leads elsewhere
        than before, nothing is asked conditionally.
        """
        meta = request.meta
        if "made_with" not in meta:  # robots.txt
            return
        if "remembered" not in meta:  # else a redirect or a second try
            look_up: Callable[[str], Page | None] = self.crawler.spider.job.intake.remembered  # type: ignore[union-attr]
            page = look_up(meta["asked"])
            meta["remembered"] = page if page and page.made_with == meta["made_with"] else None
        page = meta["remembered"]
        for name in CONDITIONS:
            request.headers.pop(name, None)
        if page and page.reading["from"] == request.url:
            request.headers.update(_conditions(page))
