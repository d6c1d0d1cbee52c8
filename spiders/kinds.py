"""The kinds of sources. To add one: a file with its spider, and a line here (docs/ADD_A_SHOP.md)."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from spiders.base import SourceSpider

KINDS: dict[str, str] = {
    "shopify": "spiders.shopify.ShopifySpider",
    "woocommerce": "spiders.woocommerce.WooCommerceSpider",
    "dsld": "spiders.dsld.DsldSpider",
    "openfoodfacts": "spiders.openfoodfacts.OpenFoodFactsSpider",
    "pages": "spiders.pages.PagesSpider",
}
"""Kind to the class that collects from it, in the order in which `sources add` asks an unknown site."""

PACE: dict[str, float] = {
    "dsld": 3.6,  # 1,000 requests an hour (https://dsld.od.nih.gov/api-guide)
    "openfoodfacts": 6.0,  # 10 searches a minute (https://openfoodfacts.github.io/openfoodfacts-server/api/)
}
"""Kind to the least seconds between two requests that its makers ask for, whatever maglabel.toml says."""
PACE_WITH_KEY: dict[str, float] = {"dsld": 0.5}
"""The same for who has a key of the kind: 10,000 requests an hour, and no two within half a second."""


def spider_of(kind: str) -> type[SourceSpider]:
    """The class that collects from sources of a kind; it is imported here, because Scrapy is large."""
    module, _, name = KINDS[kind].rpartition(".")
    spider: type[SourceSpider] = getattr(import_module(module), name)
    return spider
