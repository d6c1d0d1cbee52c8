"""What is this shop? Asks the site itself, politely, and says what was asked and what answered."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from urllib.parse import urlsplit

import tldextract

from checker.errors import SourceError
from spiders.config import is_loopback
from spiders.kinds import KINDS, spider_of
from spiders.settings import LONGEST_CRAWL_DELAY, user_agent
from spiders.site import Recognised, Site

SUFFIXES = tldextract.TLDExtract(cache_dir=None, suffix_list_urls=(), include_psl_private_domains=True)
"""The public-suffix list as bundled: nothing is fetched."""


DELAY = 1.0
"""Seconds between two requests when nothing asks for more."""


@dataclass(frozen=True)
class Detection:
    """What a site turned out to be."""

    kind: str
    name: str
    """Proposal for the source's name, from the host."""
    url: str
    """Base address for the configuration."""
    told: Recognised | None = None
    """None when the site was not asked."""
    crawl_delay: float = 0.0
    """Seconds between requests that its robots.txt asks for; 0 when it does not."""
    tried: tuple[str, ...] = ()
    """One sentence for each question: what was asked, what answered."""

    @property
    def entry(self) -> dict[str, object]:
        """The keys of the source in maglabel.toml, as far as they are known."""
        told = self.told or Recognised()
        delay = max(DELAY, min(self.crawl_delay, LONGEST_CRAWL_DELAY))
        known = {"url": self.url, "kind": self.kind, "delay": delay, "market": told.market, "currency": told.currency}
        known |= {"bulk": told.bulk, "barcodes": told.barcodes or None}
        return {key: value for key, value in known.items() if value is not None}

    def notes(self, delay: float) -> tuple[str, ...]:
        """Sentences to keep with the entry: how it was found, what a sample showed, how long a refresh takes."""
        today = f"{datetime.now(UTC):%Y-%m-%d}"
        if self.told is None:
            return (f"Added on {today} without asking the site.",)
        asks = f"Its robots.txt asks for {self.crawl_delay:g} s between two requests."
        found = f"On {today} the site was recognised as {self.kind}."
        return (found, self.told.sample, *([asks] if self.crawl_delay else []), self.told.effort(delay))


def assume(url: str, kind: str, name: str) -> Detection:
    """What the user says a site is; it is not asked."""
    return Detection(kind, name, url)


def detect(url: str, *, contact: str | None = None, kind: str | None = None) -> Detection:
    """Find out what a site is; with `kind`, only whether it is that.

    Raises SourceError with one sentence: the site cannot be reached, forbids it, or is none of the kinds.
    """
    if kind is not None and kind not in KINDS:
        raise SourceError(f"{kind!r} is not a kind of source; known are {', '.join(KINDS)}.")
    site = Site(_base(url), user_agent(contact))
    site.meet()
    for candidate in [kind] if kind else KINDS:
        if told := spider_of(candidate).recognise(site):
            name = proposed_name(candidate, site.base)
            return Detection(candidate, name, site.base, told, site.crawl_delay, tuple(site.tried))
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


def proposed_name(kind: str, base: str) -> str:
    """A name for the source: `acme` for https://www.acme.example/."""
    if kind == "dsld":
        return "dsld"
    host = urlsplit(base).hostname or ""
    known = SUFFIXES(host)
    plain = re.sub(r"[^a-z0-9_-]+", "-", (known.domain if known.suffix else host).lower()).strip("-")
    return plain if known.suffix else f"{kind}-{plain}"
