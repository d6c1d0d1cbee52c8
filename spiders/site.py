"""Asking a site what it is: robots.txt first, politely, and noting what was asked and what answered."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any
from urllib.parse import urljoin, urlsplit

import requests
from protego import Protego

from checker.errors import SourceError
from spiders.addresses import guarded_session, private_address
from spiders.config import is_loopback
from spiders.settings import LONGEST_CRAWL_DELAY, MAX_BODY

TIMEOUT = 20
"""Seconds to connect, and between two pieces of an answer."""
PAUSE = 1.0
"""Seconds between two questions to a host, if robots.txt asks for no more; none on loopback."""
REDIRECTS = (301, 302, 303, 307, 308)
WORDS: tuple[tuple[type[Exception], str], ...] = (
    (requests.exceptions.SSLError, "has no TLS certificate that can be verified"),
    (requests.exceptions.Timeout, f"did not answer within {TIMEOUT} seconds"),
    (requests.exceptions.InvalidURL, "is not an address"),
    (requests.exceptions.TooManyRedirects, "redirects for ever"),
    (requests.exceptions.ConnectionError, "cannot be reached (no such host, or nothing answers there)"),
)


@dataclass(frozen=True)
class Recognised:
    """What a site told about itself when a spider recognised it."""

    currency: str | None = None
    """ISO 4217 code of its prices; None when it does not say, or has none."""
    market: str | None = None
    sampled: int = 0
    """Products looked at: the first ones of its list."""
    candidates: int = 0
    """Of these, how many may contain magnesium."""
    requests: int | None = None
    """About how many requests a refresh takes; None when that cannot be known."""
    at_least: bool = False
    """True when `requests` is no more than a lower bound."""
    barcodes: bool = False
    """Whether it tells the bar codes of a product that it is asked for by itself."""
    bulk: str | None = None
    """Address of all that it has, as one file."""

    @property
    def sample(self) -> str:
        """One sentence: how many of the sample may contain magnesium."""
        if not self.sampled:
            return "It listed no product to look at."
        if self.sampled == 1:
            return f"The first product {'may contain' if self.candidates else 'names no'} magnesium."
        return f"Of the first {_counted(self.sampled, 'product')} {self.candidates or 'none'} may contain magnesium."

    def effort(self, delay: float) -> str:
        """One sentence: how long a refresh takes with `delay` seconds between two requests."""
        if self.bulk:
            return f"The first refresh reads it all from one file, {self.bulk}; later ones ask for what is new."
        if self.requests is None:
            return "How long a refresh takes is not known before the first one: the site does not say how much it has."
        about = "at least" if self.at_least else "about"
        asked = f"A refresh takes {about} {_counted(self.requests, 'request')}"
        return f"{asked}; with {delay:g} s between two of them, {about} {_duration(self.requests * delay)}."


def _counted(number: int, thing: str) -> str:
    return f"{number:,} {thing}{'s' * (number != 1)}"


def _duration(seconds: float) -> str:
    for unit, size in (("hour", 3600), ("minute", 60)):
        if seconds >= 1.5 * size:
            return _counted(round(seconds / size), unit)
    return _counted(max(1, round(seconds)), "second")


@dataclass(frozen=True)
class Reply:
    """An answer, read and closed."""

    url: str
    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def status_words(self) -> str:
        """`answered 404 Not Found`."""
        with suppress(ValueError):
            return f"answered {self.status} {HTTPStatus(self.status).phrase}"
        return f"answered {self.status}"


@dataclass
class Site:
    """One host while it is asked."""

    base: str
    """Its root, ending in a slash."""
    agent: str
    """The User-Agent."""
    tried: list[str] = field(default_factory=list)
    """One sentence for each question: what was asked, what answered."""
    robots: Protego = field(default_factory=lambda: Protego.parse(""))
    asked: bool = False

    def __post_init__(self) -> None:
        self.session = guarded_session(self.base)

    def meet(self) -> None:
        """Read robots.txt, following a redirect to the host that really serves the site; raises SourceError."""
        reply = self._get(urljoin(self.base, "robots.txt"), follow=True)
        served = urlsplit(reply.url)
        self.base = f"{served.scheme}://{served.netloc}/"
        if reply.status >= 500 or reply.status == 429:
            raise SourceError(f"{reply.url} {reply.status_words}, so nothing may be fetched there (RFC 9309).")
        if reply.status == 200:
            self.robots = Protego.parse(reply.body.decode("utf-8", "replace"))
        self.note(
            reply.url, f"{reply.status_words}; {'it is obeyed' if reply.status == 200 else 'nothing is forbidden'}"
        )

    def get(self, path: str) -> Reply | None:
        """The answer of a path, whatever its status; None when robots.txt forbids it, which is noted in `tried`.

        A caller that gets an answer notes it with `note`. Raises SourceError when the site cannot be reached.
        """
        url = urljoin(self.base, path)
        if self.robots.can_fetch(url, self.agent):
            return self._get(url)
        self.note(url, "may not be fetched (robots.txt)")
        return None

    def json(self, path: str, *, noted: bool = True) -> tuple[Any, Mapping[str, str]]:
        """The JSON of a path with the answer's headers, or None with none; notes what was asked and what answered."""
        reply = self.get(path)
        if reply is None:
            return None, {}
        answer, what = _judged(reply)
        if noted:
            self.note(reply.url, what)
        return answer, reply.headers

    @property
    def crawl_delay(self) -> float:
        """Seconds between requests that robots.txt asks for; 0 when it does not."""
        return float(self.robots.crawl_delay(self.agent) or 0)

    def note(self, url: str, what: str) -> None:
        """Note a question and its outcome, such as `answered JSON`, for the user."""
        self.tried.append(f"{url} {what}")

    def _get(self, url: str, *, follow: bool = False) -> Reply:
        if self.asked and not is_loopback(url):
            time.sleep(max(PAUSE, min(self.crawl_delay, LONGEST_CRAWL_DELAY)))
        self.asked = True
        headers = {"User-Agent": self.agent, "Accept": "application/json, */*;q=0.1"}
        try:
            asked = self.session.get(url, headers=headers, timeout=TIMEOUT, allow_redirects=follow, stream=True)
            with asked as response:
                return Reply(response.url, response.status_code, response.headers, _body(response))
        except requests.RequestException as error:
            words = next((words for kind, words in WORDS if isinstance(error, kind)), "could not be fetched")
            raise SourceError(f"{self.base} {private_address(error) or words}.") from None


def _body(response: requests.Response) -> bytes:
    """The body, up to the largest that a crawl takes."""
    taken, until = bytearray(), time.monotonic() + 3 * TIMEOUT
    with suppress(requests.RequestException):  # a broken body is judged like any other that is no JSON
        for piece in response.iter_content(65536):
            taken += piece
            if len(taken) > MAX_BODY or time.monotonic() > until:
                break
    return bytes(taken)


def _judged(reply: Reply) -> tuple[Any, str]:
    """The JSON of an answer or None, and what it was."""
    if reply.status in REDIRECTS:
        return None, f"redirects to {reply.headers.get('Location', 'nowhere')}"
    if reply.status != 200:
        return None, reply.status_words
    try:
        return json.loads(reply.body), "answered JSON"
    except (ValueError, RecursionError):
        html = reply.body.lstrip().startswith(b"<")
        return None, "answered HTML" if html else "answered something that is not JSON"


def currency_code(code: object) -> str | None:
    """The ISO 4217 code in capitals, or None when it is none."""
    return code.upper() if isinstance(code, str) and re.fullmatch(r"[A-Za-z]{3}", code) else None
