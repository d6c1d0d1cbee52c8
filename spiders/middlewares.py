"""Three small downloader middlewares."""

from __future__ import annotations

from urllib.parse import SplitResult, urljoin, urlsplit

from scrapy import Request
from scrapy.crawler import Crawler
from scrapy.http import Response

from spiders.problems import REDIRECTS, problem_of, status_problem


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


class SameHost:
    """Keeps redirects on the host that the user configured; one that leaves it comes to the spider as it is.

    `www.` may come or go, https may not. Scrapy's own middleware for this drops such requests without a word.
    """

    def process_response(self, request: Request, response: Response) -> Response:
        """Forbid Scrapy's redirect middleware to follow."""
        location = response.headers.get("Location")
        if location and response.status in REDIRECTS:
            here, there = urlsplit(response.url), urlsplit(urljoin(response.url, location.decode("latin-1")))
            if _host(here) != _host(there) or (here.scheme, there.scheme) == ("https", "http"):
                request.meta["dont_redirect"] = True
        return response


def _host(parts: SplitResult) -> str:
    return (parts.hostname or "").removeprefix("www.")


class RobotsUnavailable:
    """Follows RFC 9309 where Scrapy does not: robots.txt that fails forbids everything, one that is missing nothing.

    Why everything is forbidden is left in the stats as `robotstxt/unavailable`.
    """

    def __init__(self, crawler: Crawler) -> None:
        self.crawler = crawler

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> RobotsUnavailable:
        """Wire it."""
        return cls(crawler)

    def process_response(self, request: Request, response: Response) -> Response:
        """Turn an error page into the robots.txt that it stands for (RFC 9309, 2.3.1)."""
        if not _asks_robots(request) or response.status < 300:
            return response
        return (
            _robots(request, b"") if 400 <= response.status < 500 else self._forbid(request, status_problem(response))
        )

    def process_exception(self, request: Request, exception: Exception) -> Response | None:
        """A robots.txt that cannot be fetched forbids everything."""
        return self._forbid(request, problem_of(exception, request.url)) if _asks_robots(request) else None

    def _forbid(self, request: Request, why: str) -> Response:
        self.crawler.stats.set_value("robotstxt/unavailable", why)
        return _robots(request, b"User-agent: *\nDisallow: /\n")


def _asks_robots(request: Request) -> bool:
    return urlsplit(request.url).path == "/robots.txt" and request.meta.get("dont_obey_robotstxt") is True


def _robots(request: Request, body: bytes) -> Response:
    return Response(request.url, body=body, request=request)
