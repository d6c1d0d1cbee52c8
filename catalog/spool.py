"""What a crawl hands over, kept in temporary files until it is published.

The files have no name in any folder, so a killed run leaves nothing behind: the system frees them.
"""

from __future__ import annotations

import hashlib
import json
import re
import zlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryFile, gettempdir
from typing import Any, Protocol

from catalog.models import Capture
from checker import CatalogError, Listing

_UNSTORABLE = re.compile(r"[\0\ud800-\udfff]")
"""What PostgreSQL cannot keep in a text, and lone halves of surrogate pairs, which are no text at all."""


@dataclass(frozen=True, slots=True)
class Handed:
    """One listing as it comes back out of the spool."""

    source_key: str
    input_hash: str
    """SHA-256 (hex) of the document: equal hashes mean that nothing about the listing changed."""
    capture_sha256: str | None
    document: str
    """The listing as JSON."""


@dataclass(frozen=True, slots=True)
class StoredCapture:
    """A capture but for its body, and where the body stands in the spool."""

    url: str
    status: int
    content_type: str | None
    headers: dict[str, str]
    fetched_at: datetime
    size: int
    """Bytes before compression."""
    start: int
    length: int

    def values(self) -> dict[str, Any]:
        """What the catalog keeps of it, by column."""
        return {k: v for k, v in asdict(self).items() if k not in ("start", "length")}


class HandedOver(Protocol):
    """What a source handed over: an intake, or what was kept aside of one."""

    @property
    def captures(self) -> Mapping[str, StoredCapture]:
        """By SHA-256 of the body; those that the catalog has already need not be among them."""

    @property
    def latest(self) -> Mapping[str, int]:
        """Every source key that was handed over."""

    def handed(self) -> Iterator[Handed]:
        """Every listing once."""

    def body(self, capture: StoredCapture) -> bytes:
        """The compressed body of a capture."""


class Intake:
    """Where the crawl of one source hands over, in order and from one thread at a time."""

    def __init__(self, source: str, folder: Path | None) -> None:
        self.source = source
        self.captures: dict[str, StoredCapture] = {}
        """By SHA-256 of the body."""
        self.latest: dict[str, int] = {}
        """Source key to the number of its last line."""
        self.lines = 0
        self._folder = folder or Path(gettempdir())
        with self._one_sentence():
            self._listings = TemporaryFile("w+", encoding="utf-8", newline="\n", prefix="maglabel-", dir=folder)  # noqa: SIM115
            self._bodies = TemporaryFile(prefix="maglabel-", dir=folder)  # noqa: SIM115

    def capture(self, capture: Capture) -> str:
        """Keep a response until the publication; returns the SHA-256 of its body, in hex."""
        sha = hashlib.sha256(capture.body).hexdigest()
        if sha not in self.captures:
            start = self._bodies.tell()
            with self._one_sentence():
                length = self._bodies.write(zlib.compress(capture.body, 6))
            self.captures[sha] = StoredCapture(
                url=storable(capture.url),
                status=capture.status,
                content_type=storable(capture.content_type),
                headers=storable(dict(capture.headers)),
                fetched_at=capture.fetched_at,
                size=len(capture.body),
                start=start,
                length=length,
            )
        return sha

    def listing(self, listing: Listing, capture_sha256: str | None = None) -> None:
        """Keep a listing until the publication; of several with one `source_key` the last counts.

        Raises ValueError when the listing is another source's, or the capture was not handed over in this run.
        """
        if listing.source != self.source:
            raise ValueError(f"a listing of {listing.source!r} was handed over to {self.source!r}")
        if capture_sha256 is not None and capture_sha256 not in self.captures:
            raise ValueError(f"no capture {capture_sha256} was handed over to {self.source!r}")
        clean = Listing(**storable(listing.model_dump()))
        document = clean.model_dump_json(exclude_defaults=True)
        digest = hashlib.sha256(document.encode()).hexdigest()
        key = json.dumps(clean.source_key)
        with self._one_sentence():
            self._listings.write(f"{digest}\t{capture_sha256 or ''}\t{key}\t{document}\n")
        self.latest[clean.source_key] = self.lines
        self.lines += 1

    @property
    def duplicates(self) -> int:
        """How many listings were replaced by a later one with the same key."""
        return self.lines - len(self.latest)

    def handed(self) -> Iterator[Handed]:
        """Every listing once, in the order of handing over."""
        with self._one_sentence():
            self._listings.seek(0)
        for number, line in enumerate(self._listings):
            digest, sha, key, document = line.rstrip("\n").split("\t", 3)
            source_key = json.loads(key)
            if self.latest[source_key] == number:
                yield Handed(source_key, digest, sha or None, document)

    def body(self, capture: StoredCapture) -> bytes:
        """The compressed body of a capture."""
        with self._one_sentence():
            self._bodies.seek(capture.start)
            return self._bodies.read(capture.length)

    def close(self) -> None:
        """Forget everything."""
        for file in (self._listings, self._bodies):
            with suppress(OSError):  # of a full disk, where what is dropped here was not written
                file.close()

    @contextmanager
    def _one_sentence(self) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            raise CatalogError(f"What is collected cannot be kept in {self._folder}: {error.strerror}.") from error


def storable(value: Any) -> Any:
    """The value with every character that a database cannot keep replaced by U+FFFD, one for one: spans stay right."""
    if isinstance(value, str):
        return _UNSTORABLE.sub("\N{REPLACEMENT CHARACTER}", value)
    if isinstance(value, dict):
        return {storable(k): storable(v) for k, v in value.items()}
    if isinstance(value, list | tuple):
        return [storable(item) for item in value]
    return value
