"""Shopify storefronts: `/products.json`, public, no key (docs: https://shopify.dev/docs/api/ajax/reference/product)."""

from __future__ import annotations

from bisect import bisect_left
from contextlib import suppress
from decimal import Decimal, InvalidOperation
from html import unescape
from itertools import zip_longest
from typing import Annotated, Any
from urllib.parse import quote

from pydantic import BeforeValidator
from scrapy import Request
from scrapy.http import Response

from catalog.pricing import valid_gtin
from checker.errors import SourceError
from checker.models import Listing, Offer
from checker.sale import bundle_words
from spiders.answers import AVAILABILITY, Many, Shape, Text, readable, rows_of
from spiders.html_text import html_to_text, parse_html
from spiders.magnesium import may_contain_magnesium
from spiders.pages import PagesSpider
from spiders.product_data import Product as PageProduct
from spiders.product_data import product_of
from spiders.site import Recognised, Site, currency_code
from spiders.sitemap import Entry, page_key

PAGE = 250
MOST = 25_000
"""Beyond page x limit = 25,000 the interface answers 400."""
LAST_PAGE = MOST // PAGE


def _names(options: object) -> list[object]:
    named = options if isinstance(options, list) else []
    return [option.get("name") if isinstance(option, dict) else option for option in named]


Tags = BeforeValidator(lambda value: [value] if isinstance(value, str) else value or [])
"""A list, or one string with commas."""


OptionNames = BeforeValidator(_names)
"""A list of objects with a name, formerly of names."""


class Variant(Shape):
    """A pack."""

    id: Text = ""
    title: Text = ""
    option1: Text = ""
    option2: Text = ""
    option3: Text = ""
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
    options: Annotated[tuple[Text, ...], OptionNames] = ()
    """What the variants differ in: "Size", "Count" ..."""
    variants: Annotated[tuple[Variant, ...], Many] = ()
    images: Annotated[tuple[Image, ...], Many] = ()


def is_candidate(product: Product) -> bool:
    """Whether the product may contain magnesium."""
    return may_contain_magnesium(product.title, *product.tags, product.product_type, product.body_html)


def variant_name(variant: Variant, options: tuple[str, ...]) -> str:
    """The variant in the shop's words; "120" of the option "Capsules" is "120 Capsules".

    "Default Title" is Shopify's word for the only one.
    """
    if variant.title == "Default Title":
        return ""
    values = (variant.option1, variant.option2, variant.option3)
    if not any(value.isdigit() for value in values):
        return unescape(variant.title)
    named = ((value, name) for value, name in zip_longest(values, options[:3], fillvalue="") if value)
    return unescape(" / ".join(f"{value} {name}".strip() if value.isdigit() else value for value, name in named))


def bundle_mark(product: Product) -> str | None:
    """What marks the product as a bundle beside its title: its type, or a tag that says just that."""
    if bundle_words(product.product_type):
        return product.product_type
    tags = [tag.strip() for tags in product.tags for tag in tags.split(",")]
    return next((tag for tag in tags if bundle_words(tag) == tag != ""), None)


class ShopifySpider(PagesSpider):
    """Reads every page of 250 products; what these do not show, by the sitemap, each product's own JSON or its page."""

    name = "shopify"

    @classmethod
    def recognise(cls, site: Site) -> Recognised | None:
        """A Shopify shop answers with a list of products."""
        rows = _listed(site.json(f"products.json?limit={PAGE}&page=1")[0])
        if rows is None:
            return None
        products = readable(Product, rows)
        wanted = [product for product in products if is_candidate(product)]
        currency, barcodes = None, False
        if product := next(iter(wanted or products), None):
            one, _ = site.json(f"products/{quote(product.handle)}.json")
            barcodes = any(valid_gtin(code) for code in barcodes_of(one).values())
            with suppress(SourceError):
                currency = currency_of(one)
        pages, at_least = _count_pages(site, len(rows)) if rows else (1, False)
        requests = 2 + pages + (barcodes * pages * len(wanted) or 1)
        return Recognised(currency, None, len(products), len(wanted), requests, at_least, barcodes)

    def first(self) -> Request:
        return self.page(1, self.job.source.currency)

    def page(self, number: int, currency: str | None, full: int = 0) -> Request:
        """The request of one page; `full` is how many products a page of this shop holds, which may be fewer."""
        url = self.url(f"products.json?limit={PAGE}&page={number}")
        instead = self.from_pages if number == 1 else None
        return self.ask(url, self.read_page, instead=instead, number=number, currency=currency, full=full)

    async def read_page(
        self, response: Response, data: Any, number: int, currency: str | None, full: int
    ) -> list[Request]:
        """Keep the page's magnesium products and ask for the next page; `currency` is None until it is known."""
        rows, before = rows_of(response, data, "products"), self.tally.seen
        products = [product for product in self.shaped(Product, rows) if self.unseen(f"/products/{product.handle}")]
        wanted = self.candidates(products, is_candidate)
        if wanted and currency is None:
            currency = await self.find_currency(wanted[0])
        if not self.job.source.barcodes:
            self.keep(response, [self.listing(product, currency) for product in wanted])
        further = [self.with_barcodes(product, currency) for product in wanted if self.job.source.barcodes]
        full = max(full, len(rows))
        if number == LAST_PAGE and rows:
            return [*further, *self.from_pages(f"the shop shows no more than {MOST:,} products in its list")]
        more = len(rows) == full and self.more_pages(response, rows, before, number)
        return [*further, self.page(number + 1, currency, full)] if more else further

    def with_barcodes(self, product: Product, currency: str | None) -> Request:
        """The request of a product by itself, which tells the bar codes that the list does not."""
        url = self.url(f"products/{quote(product.handle)}.json")
        listed = product.model_dump(mode="json", exclude_defaults=True)
        return self.ask(url, self.read_barcodes, needed=False, listed=listed, currency=currency)

    async def read_barcodes(
        self, response: Response, data: Any, listed: dict[str, Any], currency: str | None
    ) -> list[Request]:
        """Keep a product as the list has it, which alone says what is in stock, with its bar codes."""
        product, codes = Product.model_validate(listed), barcodes_of(data)
        variants = tuple(v.model_copy(update={"barcode": codes.get(v.id) or v.barcode}) for v in product.variants)
        self.keep(response, [self.listing(product.model_copy(update={"variants": variants}), currency)])
        return []

    def key_of(self, url: str) -> str:
        """A product's address without the collection or the language that stands before it."""
        before, found, handle = page_key(url).partition("/products/")
        return found + handle if found else before

    def product(self, entry: Entry) -> Request:
        """The request of a product that the sitemap lists, as JSON; where there is none, its page."""
        found, handle = self.key_of(entry.url).partition("/products/")[1:]
        if not found:
            return super().product(entry)
        url = self.url(f"products/{quote(handle)}.json")
        return self.ask(url, self.read_one, needed=False, instead=self.page_instead, page=entry.url)

    def page_instead(self, why: str, page: str) -> list[Request]:  # noqa: ARG002 - the page will tell
        """Ask for a product's page, as its JSON is not offered."""
        return [super().product(Entry(page))]

    async def read_one(self, response: Response, data: Any, page: str) -> list[Request]:  # noqa: ARG002
        """Keep one product."""
        products = self.shaped(Product, [data.get("product") if isinstance(data, dict) else None])
        currency = self.job.source.currency
        with suppress(SourceError):
            currency = currency or currency_of(data)
        self.keep(response, [self.listing(product, currency) for product in self.candidates(products, is_candidate)])
        return []

    async def find_currency(self, product: Product) -> str:
        """The shop's currency, which the list does not say: of a product's JSON, else of its page, else empty."""
        url = self.url(f"products/{quote(product.handle)}")
        try:
            return await self.fetch(f"{url}.json", currency_of)
        except SourceError as error:
            why = error
        with suppress(SourceError):
            if found := await self.fetch(url, lambda page: page_currency(page, url, product), "html"):
                return found
        self.note(f"the shop does not say its currency ({why}); set currency in maglabel.toml")
        return ""

    def listing(self, product: Product, currency: str | None) -> Listing:
        """The product as text."""
        offers = tuple(offer(variant, product.options, currency) for variant in product.variants)
        pack = [offers[0].name] if len(offers) == 1 else []
        return Listing(
            source=self.job.name,
            source_key=product.id,
            url=self.url(f"products/{product.handle}"),
            title=unescape(product.title),
            brand=unescape(product.vendor) or None,
            description=html_to_text(product.body_html) or None,
            pack="; ".join(filter(None, [*pack, bundle_mark(product)])) or None,
            pictures=self.pictures(image.src for image in product.images),
            market=self.job.source.market,
            offers=offers,
        )


def offer(variant: Variant, options: tuple[str, ...], currency: str | None) -> Offer:
    """The variant as an offer."""
    return Offer(
        name=variant_name(variant, options),
        sku=variant.sku or None,
        gtin=variant.barcode or None,
        price=variant.price or None,
        currency=(currency or None) if variant.price else None,
        availability=AVAILABILITY[variant.available],
    )


def currency_of(data: Any) -> str:
    """`price_currency` of `/products/{handle}.json`; raises SourceError when it is not there."""
    try:
        currency = currency_code(data["product"]["variants"][0]["price_currency"])
    except (KeyError, IndexError, TypeError):
        currency = None
    if currency is None:
        raise SourceError("no price_currency in its product pages")
    return currency


def barcodes_of(data: Any) -> dict[str, str]:
    """The bar codes in `/products/{handle}.json` by the id of their variant."""
    own = readable(Product, [data.get("product") if isinstance(data, dict) else None])
    return {variant.id: variant.barcode for product in own for variant in product.variants if variant.id}


def page_currency(html: str, url: str, product: Product) -> str | None:
    """The currency in a product page's schema.org data, if the price beside it is the product's own.

    Some shops turn their prices into the visitor's currency, on their pages only.
    """
    root = parse_html(html)
    shown = None if root is None else product_of(root, url)
    prices = {_amount(variant.price) for variant in product.variants} - {None}
    offers = shown.offers if isinstance(shown, PageProduct) else ()
    return next((offer.currency for offer in offers if _amount(offer.price) in prices), None)


def _amount(price: str | None) -> Decimal | None:
    with suppress(InvalidOperation):
        return Decimal(price or "")
    return None


def _listed(answer: Any) -> list[Any] | None:
    """The rows of `/products.json`; None when the answer is something else."""
    rows = answer.get("products") if isinstance(answer, dict) else None
    return rows if isinstance(rows, list) else None


def _count_pages(site: Site, full: int) -> tuple[int, bool]:
    """How many pages of `full` products the list has, and whether it may have more.

    The list does not say; single products far down in it do, in about log2(25,000 / full) small questions.
    """
    last = MOST // full
    unanswered: list[int] = []

    def is_past_the_end(page: int) -> bool:
        rows = _listed(site.json(f"products.json?limit=1&page={(page - 1) * full + 1}", noted=False)[0])
        unanswered.extend([page] * (rows is None))
        return not rows

    pages = 1 if last < 2 or is_past_the_end(2) else bisect_left(range(1, last + 1), True, lo=2, key=is_past_the_end)
    return pages, bool(unanswered) or pages == last
