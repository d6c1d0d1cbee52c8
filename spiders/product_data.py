"""The product of a page from its schema.org data (https://schema.org/Product): JSON-LD, completed from microdata."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from typing import Any
from urllib.parse import urljoin, urlsplit

from lxml import etree

from checker.models import Offer
from spiders.answers import UNWANTED
from spiders.json_ld import Node, json_ld_of, loads, mended
from spiders.offer_data import clean, gtin_of, listed, offers_of, text_of

TYPES = frozenset({"product", "productgroup", "individualproduct", "productmodel", "someproducts", "drug"})
SUPPLEMENT = "dietarysupplement"
"""Stands beside a Product, or for it."""
VARIATIONS = "data-product_variations"
MICRODATA = etree.XPath("//*[@itemscope and contains(@itemtype, 'schema.org/')]")
PROPERTIES = etree.XPath("count(//*[@itemprop])")
MOST_PROPERTIES = 5000
"""A page with more is a list, or an attack: the library's time grows with the square."""


@dataclass(frozen=True)
class Product:
    """What a page's schema.org data says about its product: text as printed."""

    name: str
    description: str = ""
    """HTML or text."""
    brand: str = ""
    gtin: str | None = None
    pack: str = ""
    category: str = ""
    pictures: tuple[str, ...] = ()
    offers: tuple[Offer, ...] = ()


@dataclass(frozen=True)
class Missing:
    """Why a page gives no product."""

    reason: str
    """no_product, no_name or several_products."""


def product_of(root: etree._Element, url: str, currency: str | None = None) -> Product | Missing:
    """The product that the page at `url` is about; `currency` is for prices that name none."""
    nodes = [node for node in json_ld_of(root) if _is_product(node)]
    if not any(text_of(node.get("name")) and ("offers" in node or "hasVariant" in node) for node in nodes):
        nodes += [node for node in microdata_of(root, url) if _is_product(node)]
    named = [node for node in nodes if text_of(node.get("name"))]
    if not named:
        return Missing("no_name" if nodes else "no_product")
    chosen = _chosen(named, url, _headings(root))
    return _product(_with_packs(chosen, root), currency) if chosen else Missing("several_products")


def _types(node: Node) -> set[str]:
    return {str(kind).rpartition("/")[2].rpartition(":")[2].lower() for kind in listed(node.get("@type"))}


def _is_product(node: Node) -> bool:
    return not _types(node).isdisjoint(TYPES | {SUPPLEMENT})


def _name(node: Node) -> str:
    return clean(text_of(node.get("name")))


def _headings(root: etree._Element) -> str:
    """What the page calls itself."""
    texts = ["".join(heading.itertext()) for heading in root.iter("h1", "title")]
    return clean(" | ".join(texts)).casefold()


def _chosen(named: list[Node], url: str, headings: str) -> Node | None:
    """The page's own product, completed from its other descriptions; None on a page of several products."""
    here = urlsplit(url).path.rstrip("/")
    own = [node for node in named if _path(node, url) == here]
    headed = [node for node in named if _name(node).casefold() in headings]
    names = {_name(node).casefold() for node in named}
    found = own or headed or (named if len(names) == 1 else [])
    if not found:
        return None
    first = max(found, key=_fullness)
    same = [node for node in named if node is not first and _name(node).casefold() == _name(first).casefold()]
    whole: Node = {}
    for node in (*same, first):
        whole |= {key: value for key, value in node.items() if value not in (None, "", [], {})}
    return whole


def _fullness(node: Node) -> tuple[bool, int, bool, bool]:
    """A group before its variants, "Magnesium Complex" before "Magnesium", a product on sale before a mention of it."""
    return "hasVariant" in node, len(_name(node)), "offers" in node, not _types(node) <= {SUPPLEMENT}


def _path(node: Node, url: str) -> str | None:
    """The path of the page that a product says is its own; None when it does not say."""
    for name in ("url", "@id", "mainEntityOfPage"):
        value = node.get(name)
        place = text_of(value.get("@id") if isinstance(value, dict) else value)
        if place and not place.startswith("#"):
            try:
                return urlsplit(urljoin(url, place)).path.rstrip("/")
            except ValueError:  # no address at all
                continue
    return None


def _with_packs(node: Node, root: etree._Element) -> Node:
    """The product with the packs of WooCommerce's form, of which its schema.org data tells but the range of prices."""
    forms = [form.get(VARIATIONS) for form in root.iter("form") if form.get(VARIATIONS)]
    if not forms or any(offer.price for offer in offers_of(node, None)):
        return node
    rows = [row for form in forms for value in loads(form) for row in listed(value) if isinstance(row, dict)]
    named = [offer for offer in listed(node.get("offers")) if isinstance(offer, dict)]
    currency = next((offer["priceCurrency"] for offer in named if offer.get("priceCurrency")), None)
    packs = [_pack(row, currency) for row in rows]
    return node | {"hasVariant": packs} if packs else node


def _pack(row: Node, currency: Any) -> Node:
    """A row of the form as a variant."""
    attributes = row.get("attributes")
    words = [text_of(value).replace("-", " ") for value in attributes.values()] if isinstance(attributes, dict) else []
    stock = {"True": "InStock", "False": "OutOfStock"}.get(str(row.get("is_in_stock")), "")
    offer = {"price": row.get("display_price"), "priceCurrency": currency, "availability": stock}
    return {"size": ", ".join(filter(None, words)), "sku": row.get("sku"), "offers": offer}


def _product(node: Node, currency: str | None) -> Product:
    pictures = [text_of(one.get("url") or one.get("contentUrl")) if isinstance(one, dict) else text_of(one)
                for one in listed(node.get("image"))]  # fmt: skip
    return Product(
        name=_name(node),
        description=mended(UNWANTED.sub("", text_of(node.get("description")))),
        brand=clean(text_of(node.get("brand")) or text_of(node.get("manufacturer"))),
        gtin=gtin_of(node),
        pack=clean(text_of([node.get("size")])) if isinstance(node.get("size"), str) else "",
        category=clean(" ".join(map(text_of, listed(node.get("category"))))),
        pictures=tuple(dict.fromkeys(filter(None, pictures))),
        offers=offers_of(node, currency),
    )


def microdata_of(root: etree._Element, url: str) -> list[Node]:
    """The page's microdata in the shape of JSON-LD; empty when it has more properties than a product page."""
    if not MICRODATA(root) or PROPERTIES(root) > MOST_PROPERTIES:
        return []
    from extruct.w3cmicrodata import MicrodataExtractor  # it loads a parser of RDF too, for half a second

    found: list[Node] = []
    with suppress(ValueError, etree.LxmlError):  # addresses that are none
        found = [_node(item) for item in MicrodataExtractor().extract_items(root, url)]
    return found


def _node(item: Any) -> Any:
    """An item of microdata as an object of JSON-LD."""
    if isinstance(item, list):
        return [_node(one) for one in item]
    if not isinstance(item, dict):
        return item
    values = {name: _node(value) for name, value in item.get("properties", {}).items()}
    return values | {"@type": item.get("type", "")}
