"""Three small downloader middlewares."""

from __future__ import annotations

from urllib.parse import SplitResult, urljoin, urlsplit

from scrapy import Request
from scrapy.downloadermiddlewares.httpcompression import HttpCompressionMiddleware
from scrapy.exceptions import ResponseDataLossError
from scrapy.http import Response

from spiders.problems import REDIRECTS


class JsonIsUtf8:
    """Names the charset of JSON that names none: RFC 8259 fixes it to UTF-8.

    Measured: without the name, Scrapy guesses the encoding from the body, at the price of a whole second request.
    """

    def process_response(self, request: Request, response: Response) -> Response:  # noqa: ARG002
        """Complete the Content-Type."""
        kind = response.headers.get("Content-Type") or b""
        if b"json" in kind.lower() and b"charset" not in kind.lower():
            response.headers["Content-Type"] = kind + b"; charset=utf-8"
        return response


class Unpack(HttpCompressionMiddleware):
    """Notices a gzip that was broken off, of which Scrapy takes the beginning for the whole.

    The last four bytes of a gzip tell how long it is unpacked (RFC 1952); a broken one ends with any others.
    """

    def process_response(  # type: ignore[override]
        self, request: Request, response: Response
    ) -> Request | Response:
        """Unpack; raises ResponseDataLossError when there should be more."""
        kind, told = response.headers.get("Content-Encoding"), int.from_bytes(response.body[-4:], "little")
        unpacked = super().process_response(request, response)
        if kind in (b"gzip", b"x-gzip") and isinstance(unpacked, Response) and told > len(unpacked.body):
            raise ResponseDataLossError(request.url)
        return unpacked


class SameHost:
    """Keeps redirects on the host that the user configured; one that leaves it comes to the spider as it is.

    Scrapy's own middleware for this drops such requests without a word.
    """

    def process_response(self, request: Request, response: Response) -> Response:
        """Forbid Scrapy's redirect middleware to follow."""
        location = (response.headers.get("Location") or b"").decode("latin-1")
        if response.status in REDIRECTS and not same_place(response.url, location):
            request.meta["dont_redirect"] = True
        return response


def same_place(url: str, location: str) -> bool:
    """Whether a redirect stays: same host but for `www.`, same port, http or https, and never from https to http."""
    try:
        here, there = urlsplit(url), urlsplit(urljoin(url, location))
        ports = here.port, there.port
    except ValueError:  # no address at all
        return False
    if there.scheme not in ("http", "https") or (here.scheme, there.scheme) == ("https", "http"):
        return False
    moved = here.scheme != there.scheme and {ports[0] or 80, ports[1] or 443} == {80, 443}
    return _host(here) == _host(there) and (ports[0] == ports[1] or moved)


def _host(parts: SplitResult) -> str:
    return (parts.hostname or "").removeprefix("www.")
