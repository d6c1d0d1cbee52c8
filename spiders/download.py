"""A file too large to hold in memory: streamed to the disk, and taken up again where it broke off (RFC 9110, 14)."""

from __future__ import annotations

import hashlib
import json
import re
from contextlib import suppress
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from http import HTTPStatus
from pathlib import Path, PurePosixPath
from threading import Event
from typing import TYPE_CHECKING
from urllib.parse import unquote, urlsplit

import platformdirs
import requests
from scrapy import Request, signals
from scrapy.exceptions import StopDownload

from checker.errors import SourceError
from spiders.addresses import guarded_session
from spiders.aside import aside
from spiders.backoff import PATIENCE, retry_after
from spiders.problems import REDIRECTS, Spent, duration, plain, problem_of, status_problem

if TYPE_CHECKING:
    from spiders.base import SourceSpider

PIECE = 64 * 1024
"""Bytes in memory at a time; a break costs the piece that it breaks off in."""
LARGEST = 8 * 2**30
"""Bytes of a file; nobody's database is larger, and the disk is the user's."""
TIMEOUT = (20, 60)
"""Seconds to connect, and between two pieces."""
TRIES = 4
"""Connections in a row that may bring nothing new."""
CONNECTIONS = 60
"""Connections for one file."""
FIRST_WAIT = 5.0
"""The first wait, in delays of the source; doubled for each further one."""
KNOCK = "knock"
PASSING = (429, 500, 502, 503, 504)
NOT_MODIFIED, PARTIAL, RANGE_REFUSED = 304, 206, 416


class Stopped(Exception):  # noqa: N818 - no error: the user or a budget ended the crawl
    """The download was told to stop; what came is kept."""


class _Broken(Exception):  # noqa: N818
    """A connection ended before the file did."""


@dataclass
class Note:
    """What is remembered of a file beside its bytes."""

    url: str
    validator: str = ""
    """Strong ETag or Last-Modified: with it the server itself says whether the file is still the same."""
    total: int | None = None
    """Bytes of the whole file, when the server says so."""


@dataclass
class Download:
    """One file of the web, on its way into a folder.

    `fetch` may be called from any thread; `stop` makes it end soon.
    """

    url: str
    folder: Path
    session: requests.Session
    agent: str
    pause: float
    """Seconds before the second connection; doubled for each further one."""
    stop: Event = field(default_factory=Event)
    connections: int = 0
    bytes: int = 0
    """Received so far, by all connections."""

    def __post_init__(self) -> None:
        name = PurePosixPath(unquote(urlsplit(self.url).path)).name
        clean = re.sub(r"[^\w.-]", "_", name).lstrip(".")[-80:] or "file"
        self.path = self.folder / f"{hashlib.sha256(self.url.encode()).hexdigest()[:12]}-{clean}"
        self.part = self.path.with_name(self.path.name + ".part")
        self.notes = self.path.with_name(self.path.name + ".json")

    def fetch(self) -> Path:
        """The whole file; raises SourceError with a sentence, or Stopped. What was fetched earlier is used."""
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            return self._fetch()
        except OSError as error:
            raise SourceError(f"{self.part} cannot be written: {error.strerror or error}") from None

    def _fetch(self) -> Path:
        vain = 0
        while True:
            before = self._size()
            try:
                self._stream()
                return self.path
            except (_Broken, requests.RequestException) as error:
                vain = 0 if self._size() > before else vain + 1
                if vain >= TRIES or self.connections >= CONNECTIONS:
                    raise SourceError(self._told(error)) from None
                asked = error.args[1] if isinstance(error, _Broken) else 0
            if self.stop.wait(max(asked, self.pause * 2**vain)):
                raise Stopped

    def _told(self, error: Exception) -> str:
        why = error.args[0] if isinstance(error, _Broken) else "broke off or did not answer"
        size, total = self._size(), self._note().total
        if not size:
            return f"{plain(self.url)} {why}"
        of = f" of {_megabytes(total)}" if total else ""
        return f"{plain(self.url)} {why} after {_megabytes(size)}{of}; the next refresh goes on from there if it can"

    def _size(self) -> int:
        return self.part.stat().st_size if self.part.exists() else 0

    def _note(self) -> Note:
        """What is known of the file here; an empty note when nothing is, or it is of no use."""
        with suppress(OSError, ValueError, TypeError):
            note = Note(**json.loads(self.notes.read_text("utf-8")))
            if note.url == self.url:
                return note
        return Note(self.url)

    def _stream(self) -> None:
        """One connection; raises _Broken when it did not bring the rest of the file."""
        note, headers = self._note(), {"User-Agent": self.agent, "Accept-Encoding": "identity"}
        have = self._size() if note.validator else 0
        if have:
            headers |= {"Range": f"bytes={have}-", "If-Range": note.validator}
        elif self.path.exists() and note.validator:
            kind = "If-None-Match" if note.validator.startswith('"') else "If-Modified-Since"
            headers[kind] = note.validator
        self.connections += 1
        with self.session.get(
            self.url, headers=headers, stream=True, timeout=TIMEOUT, allow_redirects=False
        ) as response:
            if response.status_code == NOT_MODIFIED and self.path.exists():
                return
            if response.status_code == RANGE_REFUSED:  # what is here is no part of the file that is there
                self.part.unlink(missing_ok=True)
            self._judge(response)
            start, total = _range(response) if response.status_code == PARTIAL else (0, _length(response))
            if start not in (0, have):
                raise SourceError(f"{plain(self.url)} answered another part of the file than was asked for")
            if not start:
                self.path.unlink(missing_ok=True)  # an older file; the notes are no longer about it
            self.notes.write_text(json.dumps(asdict(Note(self.url, _validator(response), total))), "utf-8")
            self._write(response, start, total)
        self.part.replace(self.path)

    def _judge(self, response: requests.Response) -> None:
        status = response.status_code
        if status in (HTTPStatus.OK, PARTIAL):
            return
        words = f"answered {status} {response.reason or ''}".rstrip()
        if status in REDIRECTS:
            words = f"redirects to {response.headers.get('Location', 'nowhere')}; configure that address if it is right"
        if status in PASSING or status == RANGE_REFUSED:
            asked = retry_after(response.headers.get("Retry-After", "").encode("latin-1"), datetime.now(UTC))
            if asked <= PATIENCE:
                raise _Broken(words, asked)
            words += f" and asks to wait {duration(asked)}"
        raise SourceError(f"{plain(self.url)} {words}")

    def _write(self, response: requests.Response, start: int, total: int | None) -> None:
        """Append the body to the part, or begin it anew."""
        with self.part.open("r+b" if start else "wb") as file:
            file.seek(start)
            for piece in response.iter_content(PIECE):
                if self.stop.is_set():
                    raise Stopped
                file.write(piece)
                self.bytes += len(piece)
                if file.tell() > LARGEST:
                    raise SourceError(f"{plain(self.url)} answered more than {_megabytes(LARGEST)}")
            if total is not None and file.tell() < total:
                raise _Broken("broke off", 0)


async def fetch_file(spider: SourceSpider, url: str) -> Path:
    """A file of the web, in the user's cache folder; raises SourceError with a sentence.

    It stays there: the next time the server is only asked whether it has changed.
    """
    folder = platformdirs.user_cache_path("maglabel", appauthor=False)
    place = await _knock(spider, url)
    agent, delay = spider.settings["USER_AGENT"], spider.settings.getfloat("DOWNLOAD_DELAY")
    download = Download(place, folder, guarded_session(place), agent, FIRST_WAIT * delay)

    def work(stop: Event) -> Path:
        download.stop = stop
        return download.fetch()

    def watch() -> None:
        stats = spider.crawler.stats
        stats.set_value("downloader/response_bytes", before + download.bytes)
        spider.job.on_progress(spider)
        spider.budget.check(stats)

    before = spider.crawler.stats.get_value("downloader/response_bytes", 0)
    return await aside(spider.crawler, work, watch)


async def _knock(spider: SourceSpider, url: str) -> str:
    """Ask for the file as the crawl asks for everything, so that its manners hold; the address after redirects."""
    request = Request(url, headers={"Range": "bytes=0-0"}, meta={"download_maxsize": 0, KNOCK: True})
    spider.crawler.signals.connect(_headers_only, signal=signals.headers_received)
    try:
        response = await spider.crawler.engine.download_async(request)
    except Spent:
        raise
    except Exception as error:
        raise SourceError(problem_of(error, request)) from error
    if response.status not in (HTTPStatus.OK, PARTIAL):
        raise SourceError(status_problem(response))
    return response.url


def _headers_only(request: Request) -> None:
    if request.meta.get(KNOCK):
        raise StopDownload(fail=False)


def _validator(response: requests.Response) -> str:
    """A strong ETag, else Last-Modified; a weak ETag says nothing about bytes."""
    etag = response.headers.get("ETag", "")
    return etag if etag.startswith('"') else response.headers.get("Last-Modified", "")


def _range(response: requests.Response) -> tuple[int, int | None]:
    """First byte of the answer's part and size of the whole, from `Content-Range: bytes 5-9/10`."""
    found = re.fullmatch(r"bytes (\d+)-\d+/(\d+|\*)", response.headers.get("Content-Range", ""))
    return (int(found[1]), None if found[2] == "*" else int(found[2])) if found else (-1, None)


def _length(response: requests.Response) -> int | None:
    length = response.headers.get("Content-Length", "")
    return int(length) if length.isascii() and length.isdigit() else None


def _megabytes(size: int) -> str:
    return f"{size / 1e6:,.0f} MB" if size >= 1e6 else f"{size:,} bytes"
