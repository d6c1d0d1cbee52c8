"""What a crawl hands over, kept in temporary files until it is published.

The files have no name in any folder, so a killed run leaves nothing behind: the system frees them.
"""

from __future__ import annotations

import hashlib
import json
import re
import zlib
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, fields
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryFile, gettempdir
from typing import IO, Any, Protocol

from pydantic_core import PydanticSerializationError

from catalog.models import Capture, Page
from checker import CatalogError, Listing

_UNSTORABLE = re.compile(r"[\0\ud800-\udfff]")
"""What PostgreSQL cannot keep in a text, and lone halves of surrogate pairs, which are no text at all."""


COMPRESSION = 2
"""zlib's level: on recorded shop pages two and a half times as fast as its default, for a quarter more bytes. A crawl
of many small pages spends more on compressing than on reading them; `prune` keeps the sum of the bytes small."""


@dataclass(frozen=True, slots=True)
class Handed:
    """One listing as it comes back out of the spool."""

    source_key: str
    input_hash: str
    """SHA-256 (hex) of the document: equal hashes mean that nothing about the listing changed."""
    capture_sha256: str | None
    document: str
    """The listing as JSON."""


PAGE_FIELDS = tuple(field.name for field in fields(Page))

SEEN = -1
"""In place of a line: the listing is the one that the catalog has, on a page that has not changed."""


class HandedOver(Protocol):
    """What a source handed over: an intake, or what was kept aside of one."""

    @property
    def latest(self) -> Mapping[str, int]:
        """Every source key that was seen."""

    def handed(self) -> Iterator[Handed]:
        """Every listing that was handed over, once."""

    def stored(self, sha: str) -> dict[str, Any]:
        """The columns of a capture by the SHA-256 of its body; asked for those that the catalog has not kept yet."""


class Intake:
    """Where the crawl of one source hands over, in order and from one thread at a time.

    `remembered` gives what the catalog kept of a page, by its address; None when it must be read (again).
    """

    def __init__(
        self, source: str, folder: Path | None, remembered: Callable[[str], Page | None] = lambda _: None
    ) -> None:
        self.source = source
        self.remembered = remembered
        self.latest: dict[str, int] = {}
        """Source key to the number of its last line, or `SEEN`."""
        self.unchanged_pages: set[str] = set()
        """Addresses."""
        self.lines = 0
        self._captures: dict[str, int] = {}
        """SHA-256 of the body to where it stands in the file."""
        self._folder = folder or Path(gettempdir())
        with self._one_sentence():
            self._listings, self._pages = _lines(folder), _lines(folder)
            self._bodies = TemporaryFile(prefix="maglabel-", dir=folder)  # noqa: SIM115

    def capture(self, capture: Capture) -> str:
        """Keep a response until the publication; returns the SHA-256 of its body, in hex."""
        sha = hashlib.sha256(capture.body).hexdigest()
        if sha not in self._captures:
            body = zlib.compress(capture.body, COMPRESSION)
            values = {
                "url": capture.url,
                "status": capture.status,
                "content_type": capture.content_type,
                "headers": dict(capture.headers),
                "fetched_at": capture.fetched_at.isoformat(),
                "size": len(capture.body),
                "length": len(body),
            }
            self._captures[sha] = self._bodies.tell()
            with self._one_sentence():
                self._bodies.write(_json(values).encode() + b"\n" + body)
        return sha

    def stored(self, sha: str) -> dict[str, Any]:
        """The columns of a capture that was handed over, by the SHA-256 of its body."""
        with self._one_sentence():
            self._bodies.seek(self._captures[sha])
            values = json.loads(self._bodies.readline())
            body = self._bodies.read(values.pop("length"))
        return {"sha256": sha, **values, "fetched_at": datetime.fromisoformat(values["fetched_at"]), "body": body}

    def listing(self, listing: Listing, capture_sha256: str | None = None) -> tuple[str, str]:
        """Keep a listing until the publication; of several with one `source_key` the last counts.

        Returns key and hash as the catalog keeps them. Raises ValueError when the listing is another source's, or the
        capture was not handed over in this run.
        """
        if listing.source != self.source:
            raise ValueError(f"a listing of {listing.source!r} was handed over to {self.source!r}")
        if capture_sha256 is not None and capture_sha256 not in self._captures:
            raise ValueError(f"no capture {capture_sha256} was handed over to {self.source!r}")
        source_key, document = storable(listing.source_key), _document(listing)
        digest = hashlib.sha256(document.encode()).hexdigest()
        with self._one_sentence():
            self._listings.write(f"{digest}\t{capture_sha256 or ''}\t{json.dumps(source_key)}\t{document}\n")
        self.latest[source_key] = self.lines
        self.lines += 1
        return source_key, digest

    def unchanged(self, page: Page) -> None:
        """The page is as it was remembered: its listings count as seen, and nothing about them is written."""
        self.latest.update(dict.fromkeys(page.listings, SEEN))
        self.unchanged_pages.add(page.url)

    def remember(self, page: Page) -> None:
        """Keep what a page gave, for the next refresh, if this one's crawl is published."""
        line = _json({name: getattr(page, name) for name in PAGE_FIELDS})
        with self._one_sentence():
            self._pages.write(f"{line}\n")

    @property
    def duplicates(self) -> int:
        """How many listings were replaced by a later one with the same key."""
        return self.lines - sum(line != SEEN for line in self.latest.values())

    def handed(self) -> Iterator[Handed]:
        """Every listing once, in the order of handing over."""
        with self._one_sentence():
            self._listings.seek(0)
        for number, line in enumerate(self._listings):
            digest, sha, key, document = line.rstrip("\n").split("\t", 3)
            source_key = json.loads(key)
            if self.latest[source_key] == number:
                yield Handed(source_key, digest, sha or None, document)

    def pages(self) -> Iterator[Page]:
        """Every page that is to be remembered; of several with one address the last counts."""
        self._pages.seek(0)
        yield from (Page(**json.loads(line)) for line in self._pages)

    def close(self) -> None:
        """Forget everything."""
        for file in (self._listings, self._pages, self._bodies):
            with suppress(OSError):  # of a full disk, where what is dropped here was not written
                file.close()

    @contextmanager
    def _one_sentence(self) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            raise CatalogError(f"What is collected cannot be kept in {self._folder}: {error.strerror}.") from error


def _document(listing: Listing) -> str:
    """The listing as JSON, without characters that a database cannot keep; there are almost never any."""
    with suppress(PydanticSerializationError):  # half a surrogate pair
        document = listing.model_dump_json(exclude_defaults=True)
        if "\\u0000" not in document:
            return document
    return Listing(**storable(listing.model_dump())).model_dump_json(exclude_defaults=True)


def _json(values: dict[str, Any]) -> str:
    """JSON on one line, without characters that a database cannot keep."""
    text = json.dumps(values)
    return json.dumps(storable(values)) if "\\u" in text else text


def _lines(folder: Path | None) -> IO[str]:
    return TemporaryFile("w+", encoding="utf-8", newline="\n", prefix="maglabel-", dir=folder)


def storable(value: Any) -> Any:
    """The value with every character that a database cannot keep replaced by U+FFFD, one for one: spans stay right."""
    if isinstance(value, str):
        return _UNSTORABLE.sub("\N{REPLACEMENT CHARACTER}", value)
    if isinstance(value, dict):
        return {storable(k): storable(v) for k, v in value.items()}
    if isinstance(value, list | tuple):
        return [storable(item) for item in value]
    return value
