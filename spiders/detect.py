"""What is this shop? Asks the site itself, politely, and says what was asked and what answered."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any
from urllib.parse import quote, urljoin, urlsplit

import requests
import tldextract
from protego import Protego

from checker.errors import SourceError
from spiders.addresses import guarded_session, private_address
from spiders.config import KINDS, Kind, is_loopback
from spiders.settings import MAX_BODY, user_agent

TIMEOUT = 20
"""Seconds to connect, and between two pieces of an answer."""
PAUSE = 1.0
"""Seconds between two questions to a host; none on loopback."""
SUFFIXES = tldextract.TLDExtract(cache_dir=None, suffix_list_urls=(), include_psl_private_domains=True)
"""The public-suffix list as bundled: nothing is fetched."""
REDIRECTS = (301, 302, 303, 307, 308)
WORDS: tuple[tuple[type[Exception], str], ...] = (
    (requests.exceptions.SSLError, "has no TLS certificate that can be verified"),
    (requests.exceptions.Timeout, f"did not answer within {TIMEOUT} seconds"),
    (requests.exceptions.InvalidURL, "is not an address"),
    (requests.exceptions.TooManyRedirects, "redirects for ever"),
    (requests.exceptions.ConnectionError, "cannot be reached (no such host, or nothing answers there)"),
)


@dataclass(frozen=True)
class Detection:
    """What a site turned out to be."""

    kind: Kind
    name: str
    """Proposal for the source's name, from the host."""
    url: str
    """Base address for the configuration."""
    currency: str | None
    market: str | None
    tried: tuple[str, ...]
    """One sentence for each question: what was asked, what answered."""


def detect(url: str, *, contact: str | None = None, kind: str | None = None) -> Detection:
    """Find out what a site is; with `kind`, only whether it is that.

    Raises SourceError with one sentence: the site cannot be reached, forbids it, or is none of the kinds.
    """
    if kind is not None and kind not in KINDS:
        raise SourceError(f"{kind!r} is not a kind of source; known are {', '.join(KINDS)}.")
    site = _Site(_base(url), user_agent(contact))
    site.meet()
    for candidate, ask in ASK.items():
        if kind in (None, candidate) and (found := ask(site)) is not None:
            market = "US" if candidate == "dsld" else None
            return Detection(
                candidate, proposed_name(candidate, site.base), site.base, found or None, market, tuple(site.tried)
            )
    raise SourceError(f"{site.base} is not a shop or database that maglabel can collect from: {'; '.join(site.tried)}.")


def _base(url: str) -> str:
    """The site's root; https unless the address says otherwise."""
    text = url.strip()
    if "://" not in text:
        text = f"{'http' if is_loopback(f'//{text}') else 'https'}://{text}"
    try:
        parts = urlsplit(text)
        if parts.scheme not in ("http", "https") or not parts.hostname or parts.username or parts.password:
            raise ValueError(parts.scheme)
    except ValueError:
        raise SourceError(f"{url!r} is not an address of a site, such as https://acme.example/.") from None
    netloc = parts.netloc if parts.hostname != "dsld.od.nih.gov" else "api.ods.od.nih.gov"  # its pages, its interface
    return f"{parts.scheme}://{netloc}/"


def proposed_name(kind: Kind, base: str) -> str:
    """A name for the source: `acme` for https://www.acme.example/."""
    if kind == "dsld":
        return "dsld"
    host = urlsplit(base).hostname or ""
    known = SUFFIXES(host)
    plain = re.sub(r"[^a-z0-9_-]+", "-", (known.domain if known.suffix else host).lower()).strip("-")
    return plain if known.suffix else f"{kind}-{plain}"


@dataclass(frozen=True)
class _Reply:
    """An answer, read and closed."""

    url: str
    status: int
    location: str
    body: bytes

    @property
    def status_words(self) -> str:
        """`answered 404 Not Found`."""
        with suppress(ValueError):
            return f"answered {self.status} {HTTPStatus(self.status).phrase}"
        return f"answered {self.status}"


@dataclass
class _Site:
    """One host while it is asked."""

    base: str
    agent: str
    tried: list[str] = field(default_factory=list)
    robots: Protego = field(default_factory=lambda: Protego.parse(""))
    asked: bool = False

    def __post_init__(self) -> None:
        self.session = guarded_session(self.base)

    def meet(self) -> None:
        """Read robots.txt, following a redirect to the host that really serves the site."""
        reply = self._get(urljoin(self.base, "robots.txt"), follow=True)
        served = urlsplit(reply.url)
        self.base = f"{served.scheme}://{served.netloc}/"
        if reply.status >= 500:
            raise SourceError(f"{reply.url} {reply.status_words}, so nothing may be fetched there (RFC 9309).")
        if reply.status == 200:
            self.robots = Protego.parse(reply.body.decode("utf-8", "replace"))

    def json(self, path: str) -> Any:
        """The JSON at a path, or None; what was asked and what answered is noted in `tried`."""
        url = urljoin(self.base, path)
        if not self.robots.can_fetch(url, self.agent):
            self.tried.append(f"{url} may not be fetched (robots.txt)")
            return None
        answer, what = _judged(self._get(url))
        self.tried.append(f"{url} {what}")
        return answer

    def _get(self, url: str, *, follow: bool = False) -> _Reply:
        if self.asked and not is_loopback(url):
            time.sleep(PAUSE)
        self.asked = True
        headers = {"User-Agent": self.agent, "Accept": "application/json, */*;q=0.1"}
        try:
            asked = self.session.get(url, headers=headers, timeout=TIMEOUT, allow_redirects=follow, stream=True)
            with asked as response:
                location = response.headers.get("Location", "nowhere")
                return _Reply(response.url, response.status_code, location, _body(response))
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


def _judged(reply: _Reply) -> tuple[Any, str]:
    """The JSON of an answer or None, and what it was."""
    if reply.status in REDIRECTS:
        return None, f"redirects to {reply.location}"
    if reply.status != 200:
        return None, reply.status_words
    try:
        return json.loads(reply.body), "answered JSON"
    except (ValueError, RecursionError):
        html = reply.body.lstrip().startswith(b"<")
        return None, "answered HTML" if html else "answered something that is not JSON"


def _shopify(site: _Site) -> str | None:
    """The currency, "" when the shop does not say it; None when it is no Shopify shop."""
    answer = site.json("products.json?limit=1")
    products = answer.get("products") if isinstance(answer, dict) else None
    if not isinstance(products, list):
        return None
    with suppress(LookupError, TypeError):
        one = site.json(f"products/{quote(products[0]['handle'])}.json")
        return _currency(one["product"]["variants"][0]["price_currency"])
    return ""


def _woocommerce(site: _Site) -> str | None:
    """The currency, "" when there is no product; None when it is no WooCommerce shop."""
    answer = site.json("wp-json/wc/store/v1/products?per_page=1")
    if not isinstance(answer, list):
        return None
    with suppress(LookupError, TypeError):
        return _currency(answer[0]["prices"]["currency_code"])
    return ""


def _dsld(site: _Site) -> str | None:
    """ "" when it is the label database: it has no prices."""
    answer = site.json("dsld/version")
    return "" if isinstance(answer, dict) and "version" in answer else None


def _currency(code: object) -> str:
    return code.upper() if isinstance(code, str) and re.fullmatch(r"[A-Za-z]{3}", code) else ""


ASK: dict[Kind, Callable[[_Site], str | None]] = {"shopify": _shopify, "woocommerce": _woocommerce, "dsld": _dsld}
"""In the order of asking."""
