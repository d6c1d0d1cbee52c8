"""What went wrong with an answer, as one sentence for the person who runs the refresh."""

from __future__ import annotations

from http import HTTPStatus
from urllib.parse import urlsplit

from OpenSSL.SSL import Error as TLSError
from scrapy.exceptions import (
    CannotResolveHostError,
    DownloadCancelledError,
    DownloadConnectionRefusedError,
    DownloadTimeoutError,
    IgnoreRequest,
    ResponseDataLossError,
)
from scrapy.http import Response
from service_identity import VerificationError

from spiders.settings import MAX_BODY, TIMEOUT

WORDS: tuple[tuple[type[BaseException], str], ...] = (
    (CannotResolveHostError, "cannot be found (no such host)"),
    (DownloadConnectionRefusedError, "refused the connection"),
    (DownloadTimeoutError, f"did not answer within {TIMEOUT} seconds"),
    (DownloadCancelledError, f"answered more than {MAX_BODY // 2**20} MB"),
    (ResponseDataLossError, "broke off its answer"),
    (TLSError, "has no TLS certificate that can be verified"),
    (VerificationError, "has a TLS certificate for another host"),
)


REDIRECTS = (301, 302, 303, 307, 308)


def plain(url: str) -> str:
    """The address without its query, for messages."""
    return urlsplit(url)._replace(query="", fragment="").geturl()


def status_problem(response: Response) -> str:
    """The sentence for an HTTP status that is not 200."""
    if response.status in REDIRECTS:
        place = (response.headers.get("Location") or b"nowhere").decode("latin-1")
        return (
            f"{plain(response.url)} redirects to {place}, which is another place; configure that address if it is right"
        )
    try:
        phrase = f" {HTTPStatus(response.status).phrase}"
    except ValueError:
        phrase = ""
    return f"{plain(response.url)} answered {response.status}{phrase}"


def problem_of(error: BaseException, url: str) -> str:
    """The sentence for a download that failed."""
    chain = _chain(error)
    for kind, words in WORDS:
        if any(isinstance(link, kind) for link in chain):
            return f"{plain(url)} {words}"
    if isinstance(error, IgnoreRequest):
        return f"{plain(url)} {_ignored(str(error))}"
    return f"{plain(url)} could not be fetched ({type(error).__name__})"


def is_forbidden(error: BaseException) -> bool:
    """Whether robots.txt forbids the request."""
    return isinstance(error, IgnoreRequest) and "robots.txt" in str(error)


def _ignored(reason: str) -> str:
    if "robots.txt" in reason:
        return "may not be fetched: the site's robots.txt forbids it"
    if "redirections" in reason:
        return "redirects for ever"
    if "DOWNLOAD_MAXSIZE" in reason:
        return f"answered more than {MAX_BODY // 2**20} MB"
    return "was not fetched"


def _chain(error: BaseException) -> list[BaseException]:
    """The error and all that caused it; Twisted keeps the causes of a failed answer in `reasons`."""
    found: list[BaseException] = []
    queue: list[BaseException | None] = [error]
    while queue and len(found) < 20:
        link = queue.pop()
        if link is not None and link not in found:
            found.append(link)
            queue += [link.__cause__, *(reason.value for reason in getattr(link, "reasons", None) or [])]
    return found
