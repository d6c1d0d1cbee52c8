"""What went wrong with an answer, as one sentence for the person who runs the refresh."""

from __future__ import annotations

import zlib
from gzip import BadGzipFile
from http import HTTPStatus
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from OpenSSL.SSL import Error as TLSError
from scrapy.exceptions import (
    CannotResolveHostError,
    DownloadCancelledError,
    DownloadConnectionRefusedError,
    DownloadFailedError,
    DownloadTimeoutError,
    IgnoreRequest,
    ResponseDataLossError,
)
from scrapy.http import Response
from service_identity import VerificationError

from spiders.addresses import REFUSAL
from spiders.resolver import REFUSED
from spiders.settings import MAX_BODY

if TYPE_CHECKING:
    from scrapy import Request


class Refused(IgnoreRequest):
    """A request that is not made, for the reason that its message says, as a sentence."""


class Disallowed(Refused):
    """A request that robots.txt forbids, while it allows others."""


class Spent(Refused):
    """The budget or the patience for the whole source is used up: nothing further may be asked."""


DAMAGED = "sent a packed answer that cannot be unpacked"
WORDS: tuple[tuple[type[BaseException], str], ...] = (
    (CannotResolveHostError, "cannot be found (no such host)"),
    (DownloadConnectionRefusedError, "refused the connection"),
    (DownloadCancelledError, f"answered more than {MAX_BODY // 2**20} MB"),
    (ResponseDataLossError, "broke off its answer"),
    (TLSError, "has no TLS certificate that can be verified"),
    (VerificationError, "has a TLS certificate for another host"),
    (DownloadFailedError, "closed the connection before its answer was whole"),
    (zlib.error, DAMAGED),
    (BadGzipFile, DAMAGED),
    (EOFError, DAMAGED),
)

REDIRECTS = (301, 302, 303, 307, 308)


def plain(url: str) -> str:
    """The address without its query, for messages."""
    return _short(urlsplit(url)._replace(query="", fragment="").geturl())


def _short(text: str) -> str:
    return text if len(text) <= 200 else text[:199] + "…"


def status_problem(response: Response) -> str:
    """The sentence for an HTTP status that is not 200."""
    if response.status in REDIRECTS:
        place = _short((response.headers.get("Location") or b"nowhere").decode("latin-1"))
        hint = "; configure that address if it is right" if place.startswith(("https://", "http://")) else ""
        return f"{plain(response.url)} redirects to {place}, which is another place{hint}"
    try:
        phrase = f" {HTTPStatus(response.status).phrase}"
    except ValueError:
        phrase = ""
    return f"{plain(response.url)} answered {response.status}{phrase}"


def problem_of(error: BaseException, request: Request) -> str:
    """The sentence for a download that failed."""
    place, host = plain(request.url), urlsplit(request.url).hostname or ""
    if isinstance(error, Refused):
        return str(error)
    chain = causes(error)
    if any(isinstance(link, DownloadTimeoutError) for link in chain):
        return f"{place} did not answer within {duration(request.meta['download_timeout'])}"
    if host in REFUSED and any(isinstance(link, CannotResolveHostError) for link in chain):
        return f"{place} {REFUSAL.format(host=host, address=REFUSED[host])}"
    for kind, words in WORDS:
        if any(isinstance(link, kind) for link in chain):
            return f"{place} {words}"
    if isinstance(error, IgnoreRequest):
        return f"{place} {_ignored(str(error))}"
    return f"{place} could not be fetched ({type(error).__name__})"


def _ignored(reason: str) -> str:
    if "redirections" in reason:
        return "redirects for ever"
    if "DOWNLOAD_MAXSIZE" in reason:
        return f"answered more than {MAX_BODY // 2**20} MB"
    return "was not fetched"


def causes(error: BaseException) -> list[BaseException]:
    """The error and all that caused it; Twisted keeps the causes of a failed answer in `reasons`."""
    found: list[BaseException] = []
    queue: list[BaseException | None] = [error]
    while queue and len(found) < 20:
        link = queue.pop()
        if link is not None and link not in found:
            found.append(link)
            queue += [link.__cause__, *(reason.value for reason in getattr(link, "reasons", None) or [])]
    return found


def duration(seconds: float) -> str:
    """A length of time for people: `45 s`, `10 min`, `5 h`."""
    if seconds < 120:
        return f"{seconds:.3g} s"
    return f"{seconds / 60:.0f} min" if seconds < 7200 else f"{min(seconds, 1e9) / 3600:,.0f} h"
