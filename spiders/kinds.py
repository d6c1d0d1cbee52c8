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
    "pages": "spiders.pages.PagesSpider",
}
"""Kind to the class that collects from it, in the order in which `sources add` asks an unknown site."""


def spider_of(kind: str) -> type[SourceSpider]:
    """The class that collects from sources of a kind; it is imported here, because Scrapy is large."""
    module, _, name = KINDS[kind].rpartition(".")
    spider: type[SourceSpider] = getattr(import_module(module), name)
    return spider
