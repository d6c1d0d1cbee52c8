"""Open Food Facts, search API v2 (https://openfoodfacts.github.io/openfoodfacts-server/api/): labels, no prices.

Its licence (ODbL 1.0) asks to name its contributors beside every figure: `catalog.attribution`.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any
from urllib.parse import quote

from scrapy import Request
from scrapy.http import Response

from catalog.pricing import valid_gtin
from checker.models import Listing
from spiders.answers import readable, rows_of
from spiders.base import SourceSpider
from spiders.job import Job
from spiders.magnesium import may_contain_magnesium
from spiders.openfoodfacts_text import ASKED, Product, facts_text, product_of
from spiders.site import Recognised, Site

PAGE = 100
PATH = f"api/v2/search?categories_tags=en:dietary-supplements&fields={','.join(ASKED)}&page_size={PAGE}&page={{page}}"
EU = {
    *("austria", "belgium", "bulgaria", "croatia", "cyprus", "czech-republic", "denmark", "estonia", "finland"),
    *("france", "germany", "greece", "hungary", "ireland", "italy", "latvia", "lithuania", "luxembourg", "malta"),
    *("netherlands", "poland", "portugal", "romania", "slovakia", "slovenia", "spain", "sweden"),
}
MARKETS = {
    "united-states": "US",
    "canada": "CA",
    "united-kingdom": "UK",
    "australia": "AU",
    "new-zealand": "NZ",
    "european-union": "EU",
} | dict.fromkeys(EU, "EU")
"""Country of `countries_tags` to the market whose Daily Values and limits apply."""
NO_CONTACT = (
    "Open Food Facts asks who collects from it: write contact = "
    '"mailto:you@example.org", your own address, into maglabel.toml'
)


class OpenFoodFactsSpider(SourceSpider):
    """Reads every page of dietary supplements."""

    name = "openfoodfacts"

    def __init__(self, job: Job) -> None:
        super().__init__(job)
        self.tally.notes.append("a food database has no prices")

    @classmethod
    def recognise(cls, site: Site) -> Recognised | None:
        """The search answers with `products` and their `count`."""
        if "(+" not in site.agent:
            site.note(site.base, "was not asked whether it is Open Food Facts, which wants a contact in maglabel.toml")
            return None
        answer, _ = site.json(PATH.format(page=1))
        if not (isinstance(answer, dict) and isinstance(answer.get("products"), list) and "page_size" in answer):
            return None
        products = readable(Product, map(product_of, answer["products"]))
        pages = count_of(answer) // PAGE + 2
        return Recognised(sampled=len(products), candidates=sum(map(is_candidate, products)), requests=pages)

    async def start(self) -> AsyncIterator[Request]:
        """The first page, when somebody answers for the crawl."""
        if self.job.contact:
            yield self.page(1)
        else:
            self.tally.fatal = NO_CONTACT

    def page(self, number: int) -> Request:
        """The request of one page."""
        return self.ask(self.url(PATH.format(page=number)), self.read_page, number=number)

    async def read_page(self, response: Response, data: Any, number: int) -> list[Request]:
        """Keep the page's magnesium products and ask for the next page; a page may hold fewer than asked for."""
        rows, before = rows_of(response, data, "products"), self.tally.seen
        products = self.shaped(Product, map(product_of, rows))
        wanted = self.candidates((product for product in products if self.unseen(product.code)), is_candidate)
        self.keep(response, [self.listing(product) for product in wanted])
        last = 0 < count_of(data) <= number * PAGE
        more = not last and self.more_pages(response, rows, before, number)
        return [self.page(number + 1)] if more else []

    def listing(self, product: Product) -> Listing:
        """The product as text."""
        return Listing(
            source=self.job.name,
            source_key=product.code,
            url=self.url(f"product/{quote(product.code)}"),
            title=product.product_name or product.code,
            brand=product.brands or None,
            gtin=valid_gtin(product.code),
            facts_text=facts_text(product) or None,
            pack=product.quantity or None,
            market=market_of(product) or self.job.source.market,
        )


def is_candidate(product: Product) -> bool:
    """Whether the product may contain magnesium."""
    stated = (product.nutriments.get(f"magnesium_{column}") for column in ("serving", "100g", "value"))
    return any(stated) or may_contain_magnesium(product.product_name, *product.ingredients.values())


def market_of(product: Product) -> str | None:
    """The one market that the product's countries belong to; None when there are several, or none is known."""
    found = {MARKETS.get(tag.partition(":")[2]) for tag in product.countries_tags} - {None}
    return found.pop() if len(found) == 1 else None


def count_of(answer: Any) -> int:
    """How many products the search has; 0 when it does not say."""
    count = answer.get("count") if isinstance(answer, dict) else 0
    return count if isinstance(count, int) else 0
