"""Any shop whose product pages carry schema.org data: robots.txt names its sitemaps, these its pages.

Also the way of the other shops when their interface is switched off or shows only a part: their spiders are built on
this one and call `from_pages`.
"""

from __future__ import annotations

from functools import cached_property
from itertools import islice
from typing import Any
from urllib.parse import urljoin

from lxml import etree
from protego import Protego
from scrapy import Request
from scrapy.http import Response

from checker.models import Listing
from spiders.base import SourceSpider
from spiders.html_text import html_to_text, parse_html
from spiders.job import Job
from spiders.magnesium import may_contain_magnesium
from spiders.page_sample import sample_pages
from spiders.panel import NO_FACTS, Facts, facts_of
from spiders.problems import plain
from spiders.product_data import Missing, Product, product_of
from spiders.site import Recognised, Site
from spiders.sitemap import (
    GUESSES,
    Entry,
    as_safe_as,
    is_same_site,
    may_be_product,
    of_products,
    page_key,
    read_sitemap,
)

MAX_DEPTH = 4
"""Sitemaps within sitemaps."""
MAX_SITEMAPS = 500
MAX_PRODUCTS = 50_000
"""Product pages of one source; with a second between two requests that is half a day."""


class PagesSpider(SourceSpider):
    """Reads the product pages that the sitemaps list: those that may be magnesium by their address, or all (`deep`)."""

    name = "pages"
    lost = ""
    """Why the first sitemap that was not found was not."""
    instead_of = ""
    """Why the pages are read instead of the shop's interface."""

    def __init__(self, job: Job) -> None:
        super().__init__(job)
        self.sitemaps: set[str] = set()

    @classmethod
    def recognise(cls, site: Site) -> Recognised | None:
        """A product page that the sitemaps list has schema.org data."""
        return sample_pages(site)

    def first(self) -> Request:
        return self.robots()

    def robots(self) -> Request:
        """The request of robots.txt for its `Sitemap:` lines."""
        return self.ask(self.url("/robots.txt"), self.read_robots, parse="robots")

    def from_pages(self, why: str, **_: Any) -> list[Request]:
        """Go on with the product pages, as the shop's interface does not give all: an `instead` for `ask`."""
        self.instead_of = why
        self.note(f"{why}; so the product pages were read one by one")
        return [self.robots()]

    async def read_robots(self, response: Response, data: bytes) -> list[Request]:
        """Ask for the sitemaps that robots.txt names, or for the one that there may be."""
        named = [urljoin(response.url, line) for line in Protego.parse(data.decode("utf-8", "replace")).sitemaps]
        own = [url for url in dict.fromkeys(named) if is_same_site(url, self.job.source.url)]
        if len(own) < len(set(named)):
            self.note(f"{plain(response.url)} names a sitemap on another host, which is not asked")
        return [self.sitemap(url, 1) for url in own if self.is_new(url)] or self.guess()

    def sitemap(self, url: str, depth: int, guessed: bool = False) -> Request:
        """The request of a sitemap."""
        safe = as_safe_as(self.job.source.url, url)
        return self.ask(safe, self.read_sitemap, parse="xml", instead=self.no_sitemap, depth=depth, guessed=guessed)

    def guess(self) -> list[Request]:
        """The request of the next place where a sitemap may be, though nobody named it."""
        places = (self.url(f"/{guess}") for guess in GUESSES)
        return [self.sitemap(url, 1, guessed=True) for url in islice(filter(self.is_new, places), 1)]

    def no_sitemap(self, why: str, depth: int, guessed: bool) -> list[Request]:
        """Go on after a sitemap that is not there: a list that has a hole, or no list yet."""
        if depth > 1:
            self._bad(why)
            return []
        if not guessed:
            self.note(f"robots.txt names a sitemap that cannot be read: {why}")
        self.lost = self.lost or why
        return [] if self.tally.seen else self.guess()

    async def read_sitemap(self, response: Response, data: bytes, depth: int, guessed: bool) -> list[Request]:
        """Ask for the sitemaps and the product pages that it lists."""
        found = read_sitemap(data, response.url)
        if found.broken_off:
            self.lack(f"{plain(response.url)} breaks off before its end")
        if not found.pages + found.sitemaps and depth == 1:
            self.not_lasting()
            return self.no_sitemap(f"{plain(response.url)} lists nothing", depth, guessed)
        inner = [entry.url for entry in of_products(found.sitemaps) if is_same_site(entry.url, self.job.source.url)]
        if inner and depth >= MAX_DEPTH:
            self.lack(f"{plain(response.url)} is a sitemap of sitemaps {MAX_DEPTH} times over")
            inner = []
        products = [self.product(entry) for entry in found.pages if self.is_wanted(entry)]
        return [self.sitemap(url, depth + 1) for url in inner if self.is_new(url)] + products

    def is_new(self, sitemap: str) -> bool:
        """Whether a sitemap is met for the first time: some list each other."""
        if sitemap in self.sitemaps:
            self.not_lasting()
            return False
        if len(self.sitemaps) >= MAX_SITEMAPS:
            self.lack(f"{self.url('')} has more than {MAX_SITEMAPS} sitemaps, more than are read")
            return False
        self.sitemaps.add(sitemap)
        return True

    def is_wanted(self, entry: Entry) -> bool:
        """Whether a page of a sitemap is to be read; counts what is turned away."""
        if not (is_same_site(entry.url, self.job.source.url) and may_be_product(entry.url)):
            return False
        if not self.unseen(self.key_of(entry.url)):
            return False
        if self.tally.seen > MAX_PRODUCTS:
            self.lack(f"{self.url('')} has more than {MAX_PRODUCTS:,} product pages")
            return False
        if not (self.job.source.deep or entry.may_be_magnesium or self.key_of(entry.url) in self.offered):
            self.skip("other_address")
            return False
        return True

    @cached_property
    def offered(self) -> frozenset[str]:
        """Products that the catalog has: of one that `deep` found, the address does not tell."""
        return frozenset(map(self.key_of, self.job.known().urls))

    def key_of(self, url: str) -> str:
        """What a product is known by while the source is crawled."""
        return page_key(url)

    def listing_key(self, url: str, root: etree._Element) -> str:  # noqa: ARG002 - other shops look into the page
        """What a product is known by in the catalog."""
        return page_key(url)

    def product(self, entry: Entry) -> Request:
        """The request of a product's page; what is probably magnesium comes first."""
        url = as_safe_as(self.job.source.url, entry.url)
        request = self.ask(url, self.read_product, parse="html", needed=False)
        request.priority += entry.may_be_magnesium
        return request

    async def read_product(self, response: Response, data: str) -> list[Request]:
        """Keep the page's product if it may contain magnesium."""
        root = parse_html(data)
        product = Missing("no_product") if root is None else product_of(root, response.url, self.job.source.currency)
        if root is None or isinstance(product, Missing):
            self.skip(product.reason if isinstance(product, Missing) else "no_product")
            return []
        key, named = self.listing_key(response.url, root), (product.name, product.category, product.description)
        facts = facts_of(root, product.name) if may_contain_magnesium(data, *named) else NO_FACTS
        if may_contain_magnesium(*named, facts.panel or facts.text):
            self.keep(response, [self.page_listing(response.url, key, product, facts)])
        else:
            self.skip("no_magnesium")
        return []

    def page_listing(self, url: str, key: str, product: Product, facts: Facts) -> Listing:
        """The product as text; all of the page's text only where its panel gives no dose."""
        alone = product.offers[0].name if len(product.offers) == 1 else ""
        described = html_to_text(product.description)
        return Listing(
            source=self.job.name,
            source_key=key,
            url=url,
            title=product.name,
            brand=product.brand or None,
            gtin=product.gtin,
            facts_text=facts.panel or None,
            description=(described if facts.has_dose else facts.text or described) or None,
            pack=product.pack or alone or None,
            pictures=self.pictures(urljoin(url, picture) for picture in product.pictures),
            market=self.job.source.market,
            offers=product.offers,
        )

    def closed(self, reason: str) -> None:
        """Tell why there was nothing to read, and what was not read."""
        if self.lost and not self.tally.seen:
            nothing = f"no sitemap says where the product pages are: {self.lost}"
            self.tally.fatal = self.tally.fatal or "; ".join(filter(None, (self.instead_of, nothing)))
        if (bare := self.tally.skipped["no_product"]) and not self.tally.kept:
            self.tally.notes.append(f"the pages that were read have no schema.org data of a product ({bare} of them)")
        others = self.tally.skipped["other_address"]
        if others and not self.job.taste:
            self.tally.notes.append(
                f"{others} of {self.tally.seen} product pages were not read, as their addresses do not name magnesium "
                f"(`maglabel refresh --deep {self.job.name}` reads them)"
            )
        super().closed(reason)
