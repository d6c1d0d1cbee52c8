"""Shopify storefronts: `/products.json`, public, no key (docs: https://shopify.dev/docs/api/ajax/reference/product)."""

from __future__ import annotations

from html import unescape
from typing import Annotated, Any

from pydantic import BeforeValidator
from scrapy import Request
from scrapy.http import Response

from checker.errors import SourceError
from checker.models import Listing, Offer
from spiders.answers import AVAILABILITY, Many, Shape, Text, rows_of
from spiders.base import SourceSpider
from spiders.html_text import html_to_text
from spiders.magnesium import may_contain_magnesium

PAGE = 250
LAST_PAGE = 25_000 // PAGE
"""Beyond page x limit = 25,000 the interface answers 400."""


Tags = BeforeValidator(lambda value: [value] if isinstance(value, str) else value or [])
"""A list, or one string with commas."""


class Variant(Shape):
    """A pack."""

    title: Text = ""
    sku: Text = ""
    price: Text = ""
    available: bool | None = None
    barcode: Text = ""


class Image(Shape):
    src: Text = ""


class Product(Shape):
    id: Text
    title: Text
    handle: Text
    body_html: Text = ""
    vendor: Text = ""
    product_type: Text = ""
    tags: Annotated[tuple[Text, ...], Tags] = ()
    variants: Annotated[tuple[Variant, ...], Many] = ()
    images: Annotated[tuple[Image, ...], Many] = ()


class ShopifySpider(SourceSpider):
    """Reads every page of 250 products."""

    name = "shopify"

    def first(self) -> Request:
        return self.page(1, self.job.source.currency)

    def page(self, number: int, currency: str | None, full: int = 0) -> Request:
        """The request of one page; `full` is how many products a page of this shop holds, which may be fewer."""
        url = self.url(f"products.json?limit={PAGE}&page={number}")
        return self.ask(url, self.read_page, number=number, currency=currency, full=full)

    async def read_page(
        self, response: Response, data: Any, number: int, currency: str | None, full: int
    ) -> list[Request]:
        """Keep the page's magnesium products and ask for the next page; `currency` is None until it is known."""
        rows, before = rows_of(response, data, "products"), self.tally.seen
        products = [product for product in self.shaped(Product, rows) if self.unseen(product.id)]
        wanted = [product for product in products if self.is_candidate(product)]
        if wanted and currency is None:
            currency = await self.find_currency(wanted[0].handle)
        self.keep(response, [self.listing(product, currency) for product in wanted])
        full = max(full, len(rows))
        if number == LAST_PAGE and rows:
            self.note(f"the shop shows no more than {LAST_PAGE * PAGE:,} products this way")
            return []
        more = len(rows) == full and self.more_pages(response, rows, before, number)
        return [self.page(number + 1, currency, full)] if more else []

    def is_candidate(self, product: Product) -> bool:
        """The gate; counts what it turns away."""
        found = may_contain_magnesium(product.title, *product.tags, product.product_type, product.body_html)
        if not found:
            self.skip("no_magnesium")
        return found

    async def find_currency(self, handle: str) -> str:
        """The shop's currency, which the product list does not say; empty when it cannot be had."""
        try:
            data = await self.fetch(self.url(f"products/{handle}.json"))
            return currency_of(data)
        except SourceError as error:
            self.note(f"the shop does not say its currency ({error}); set currency in maglabel.toml")
            return ""

    def listing(self, product: Product, currency: str | None) -> Listing:
        """The product as text."""
        offers = tuple(offer(variant, currency) for variant in product.variants)
        names = [one.name for one in offers if one.name]
        return Listing(
            source=self.job.name,
            source_key=product.id,
            url=self.url(f"products/{product.handle}"),
            title=unescape(product.title),
            brand=unescape(product.vendor) or None,
            description=html_to_text(product.body_html) or None,
            pack=names[0] if len(offers) == 1 and names else None,
            pictures=self.pictures(image.src for image in product.images),
            market=self.job.source.market,
            offers=offers,
        )


def offer(variant: Variant, currency: str | None) -> Offer:
    """The variant as an offer; "Default Title" is Shopify's word for the only one."""
    return Offer(
        name="" if variant.title == "Default Title" else unescape(variant.title),
        sku=variant.sku or None,
        gtin=variant.barcode or None,
        price=variant.price or None,
        currency=(currency or None) if variant.price else None,
        availability=AVAILABILITY[variant.available],
    )


def currency_of(data: Any) -> str:
    """`price_currency` of `/products/{handle}.json`; raises SourceError when it is not there."""
    try:
        currency = data["product"]["variants"][0]["price_currency"]
    except (KeyError, IndexError, TypeError):
        currency = None
    if not isinstance(currency, str) or not currency.isalpha():
        raise SourceError("no price_currency in its product pages")
    return currency.upper()
