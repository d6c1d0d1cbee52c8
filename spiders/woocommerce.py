"""WooCommerce Store API, public, no key (docs: https://developer.woocommerce.com/docs/apis/store-api/)."""

from __future__ import annotations

import re
from decimal import Decimal
from html import unescape
from typing import Annotated, Any

from lxml import etree
from pydantic import Field
from scrapy import Request
from scrapy.http import Response

from checker.models import Listing, Offer
from spiders.answers import AVAILABILITY, Many, One, Shape, Text, readable, rows_of
from spiders.html_text import html_to_text
from spiders.magnesium import may_contain_magnesium
from spiders.pages import PagesSpider
from spiders.site import Recognised, Site, currency_code

PATH = "wp-json/wc/store/v1/products"
PAGE = 100


BUNDLES = frozenset({"bundle", "composite", "woosb", "yith_bundle"})
"""Types of product that hold several products: those of WooCommerce's own extensions and of the usual ones."""


class Named(Shape):
    name: Text = ""


class Image(Shape):
    src: Text = ""


class PriceRange(Shape):
    min_amount: Text = ""
    max_amount: Text = ""


class Prices(Shape):
    """Strings in minor units."""

    price: Text = ""
    currency_code: Text = ""
    currency_minor_unit: int = Field(default=2, ge=0, le=6)
    price_range: PriceRange | None = None

    @property
    def printed(self) -> str | None:
        """The price in major units ("11.80"); None when there is none, or none for a single pack."""
        ranged = self.price_range
        if ranged and ranged.min_amount != ranged.max_amount:
            return None
        if not (self.price.isascii() and self.price.isdigit()):
            return None
        return f"{Decimal(self.price).scaleb(-self.currency_minor_unit):f}"


class Product(Shape):
    id: Text
    name: Text
    type: Text = ""
    parent: int = 0
    permalink: Text = ""
    sku: Text = ""
    short_description: Text = ""
    description: Text = ""
    variation: Text = ""
    prices: Annotated[Prices, One] = Prices()
    is_in_stock: bool | None = None
    images: Annotated[tuple[Image, ...], Many] = ()
    brands: Annotated[tuple[Named, ...], Many] = ()
    categories: Annotated[tuple[Named, ...], Many] = ()
    tags: Annotated[tuple[Named, ...], Many] = ()
    variations: Annotated[tuple[Any, ...], Many] = ()


def is_candidate(product: Product) -> bool:
    """Whether the product may contain magnesium."""
    words = [named.name for named in (*product.categories, *product.tags)]
    return may_contain_magnesium(product.name, *words, product.short_description, product.description)


class WooCommerceSpider(PagesSpider):
    """Reads every page of 100 products, and the packs of those that come in several; without the list, their pages."""

    name = "woocommerce"

    @classmethod
    def recognise(cls, site: Site) -> Recognised | None:
        """A WooCommerce shop answers with a list of products, each with its currency."""
        answer, headers = site.json(f"{PATH}?per_page={PAGE}&page=1")
        if not isinstance(answer, list):
            return None
        products = readable(Product, answer)
        wanted = [product for product in products if is_candidate(product)]
        currency = next((c for c in (currency_code(p.prices.currency_code) for p in products) if c), None)
        total = _total_pages(headers.get("X-WP-TotalPages"))
        pages = total or 1
        packs = sum(bool(product.variations) for product in wanted) * pages
        return Recognised(
            currency, None, len(products), len(wanted), 1 + pages + packs, total is None and len(answer) >= PAGE
        )

    def first(self) -> Request:
        return self.page(1)

    def page(self, number: int) -> Request:
        """The request of one page."""
        url = self.url(f"{PATH}?per_page={PAGE}&page={number}")
        return self.ask(url, self.read_page, instead=self.from_pages if number == 1 else None, number=number)

    async def read_page(self, response: Response, data: Any, number: int) -> list[Request]:
        """Keep the page's magnesium products and ask for the next page."""
        rows, before = rows_of(response, data), self.tally.seen
        products = [product for product in self.shaped(Product, rows) if self.unseen(product.id)]
        wanted = self.candidates(products, is_candidate)
        self.keep(response, [self.listing(product, (product,)) for product in wanted if not product.variations])
        further = [self.packs(product) for product in wanted if product.variations]
        if not _is_last(response, number) and self.more_pages(response, rows, before, number):
            further.append(self.page(number + 1))
        return further

    def packs(self, product: Product) -> Request:
        """The request of a product's packs, which the list does not hold."""
        url = self.url(f"{PATH}?type=variation&parent={product.id}&per_page={PAGE}")
        listed = product.model_dump(mode="json", exclude_defaults=True, exclude={"variations"})
        return self.ask(url, self.read_packs, needed=False, listed=listed, total=len(product.variations))

    async def read_packs(self, response: Response, data: Any, listed: dict[str, Any], total: int) -> list[Request]:
        """Keep a product with its packs; without packs it is kept without a price."""
        product = Product.model_validate(listed)
        packs = [pack for pack in self.shaped(Product, rows_of(response, data)) if str(pack.parent) == product.id]
        if len(packs) == PAGE < total:
            self.note(f"of {product.name} only the first {PAGE} of {total:,} packs are kept")
        self.keep(response, [self.listing(product, tuple(packs) or (product,))])
        return []

    def listing_key(self, url: str, root: etree._Element) -> str:
        """The product's number, as in the list: WordPress names it in the page's head (`/?p=123`)."""
        links = (link.get("href") or "" for link in root.iter("link") if link.get("rel") == "shortlink")
        found = re.search(r"[?&]p=(\d+)$", next(links, ""))
        return found[1] if found else super().listing_key(url, root)

    def listing(self, product: Product, packs: tuple[Product, ...]) -> Listing:
        """The product as text."""
        texts = dict.fromkeys(html_to_text(html) for html in (product.description, product.short_description))
        link = product.permalink
        return Listing(
            source=self.job.name,
            source_key=product.id,
            url=link if link.startswith(("https://", "http://")) else self.url(f"?p={product.id}"),
            title=unescape(product.name),
            brand=unescape(product.brands[0].name) or None if product.brands else None,
            pack="bundle" if product.type in BUNDLES else None,
            description="\n".join(filter(None, texts)) or None,
            pictures=self.pictures(image.src for image in product.images),
            market=self.job.source.market,
            offers=tuple(self.offer(pack) for pack in packs),
        )

    def offer(self, pack: Product) -> Offer:
        """The pack as an offer."""
        price = pack.prices.printed
        currency = pack.prices.currency_code.upper() or self.job.source.currency
        return Offer(
            name=" / ".join(filter(None, [unescape(pack.variation), _subscription(pack.type)])),
            sku=pack.sku or None,
            price=price,
            currency=currency if price else None,
            availability=AVAILABILITY[pack.is_in_stock],
        )


def _subscription(kind: str) -> str:
    """The word for the offer's name, where the type of product is the only thing that says it."""
    return "subscription" if "subscription" in kind else ""


def _is_last(response: Response, number: int) -> bool:
    """Whether the header says that this is the last page; without it, an empty page ends the list."""
    total = _total_pages((response.headers.get("X-WP-TotalPages") or b"").decode("latin-1"))
    return total is not None and number >= total


def _total_pages(header: str | None) -> int | None:
    return int(header) if header and header.isascii() and header.isdigit() and len(header) < 10 else None
