"""What schema.org data says about prices (https://schema.org/Offer): each pack with the price of one pack, or none.

A price by the kilogram, struck through, for members, for several pieces or for a subscription is no price of the pack;
the ends of a range are none either.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from decimal import Decimal
from html import unescape
from typing import Any

from catalog.pricing import valid_gtin
from checker.models import Availability, Offer
from spiders.answers import UNWANTED
from spiders.json_ld import Node, mended

GTINS = {"gtin13": 13, "gtin": 13, "gtin12": 12, "gtin14": 14, "gtin8": 8, "ean": 13, "productID": 13}
"""Where a GTIN stands, and how many digits it has there."""
ZEROS_LOST = 2
"""So many leading zeros may be missing: a table of numbers drops them."""
AVAILABILITY: dict[str, Availability] = {
    "instock": "in_stock",
    "limitedavailability": "in_stock",
    "onlineonly": "in_stock",
    "outofstock": "out_of_stock",
    "soldout": "out_of_stock",
    "discontinued": "out_of_stock",
}
"""Members of schema.org/ItemAvailability, in lower case; what is not here (PreOrder, BackOrder) is unknown."""
NOT_THE_PRICE = (
    "referenceQuantity",
    "unitCode",
    "unitText",
    "billingDuration",
    "billingIncrement",
    "validForMemberTier",
)
"""With one of these, a price specification is of a unit, a subscription or for members."""
STRUCK = ("listprice", "strikethroughprice", "msrp", "srp", "regularprice")
LARGEST = Decimal(10) ** 12
DEPTH = 4


def listed(value: Any) -> list[Any]:
    """One, several or none, as a list."""
    return [one for one in (value if isinstance(value, list) else [value]) if one is not None]


def text_of(value: Any) -> str:
    """The text that a value is or names: the first of several, the name of an object."""
    if isinstance(value, list):
        return next(filter(None, map(text_of, value)), "")
    if isinstance(value, dict):
        return text_of(value.get("name") or value.get("@value"))
    if isinstance(value, Decimal):
        return printed(value) or ""
    return value.strip() if isinstance(value, str) else ""


def clean(text: str) -> str:
    """The text on one line, its HTML escapes and mojibake undone."""
    return " ".join(mended(unescape(UNWANTED.sub("", text))).split())


def printed(number: Decimal) -> str | None:
    """A number of the JSON as a price is printed; never with three decimals, which elsewhere mean thousands."""
    if not number.is_finite() or abs(number) >= LARGEST:
        return None
    return f"{number:.2f}" if number == round(number, 2) else f"{number:.4f}"


def gtin_of(node: Node) -> str | None:
    """The first number of an article that is one worldwide; in-house numbers pose as one, so check digits decide."""
    for name, length in GTINS.items():
        digits = "".join(re.findall(r"[0-9]", text_of(node.get(name)).removeprefix("gtin13:").removeprefix("gtin:")))
        whole = digits.zfill(length) if length - ZEROS_LOST <= len(digits) else digits
        if found := valid_gtin(whole):
            return found
    return None


def offers_of(product: Node, currency: str | None) -> tuple[Offer, ...]:
    """The packs of a product, each once; `currency` is for prices that name none."""
    variants = [variant for variant in listed(product.get("hasVariant")) if isinstance(variant, dict)]
    packs = [(one, offer) for one in variants or [product] for offer in _single(one.get("offers"))]
    alone = len(packs) == 1
    return tuple(dict.fromkeys(_offer(one, offer, product, alone, currency) for one, offer in packs))


def _single(value: Any, depth: int = 0) -> Iterator[Node]:
    """Every offer; an AggregateOffer gives those that it holds, or itself."""
    for offer in listed(value):
        if isinstance(offer, dict) and depth < DEPTH:
            yield from list(_single(offer.get("offers"), depth + 1)) or [offer]


def _offer(variant: Node, offer: Node, product: Node, alone: bool, currency: str | None) -> Offer:
    item = next((one for one in listed(offer.get("itemOffered")) if isinstance(one, dict)), {})
    own = [offer, item] if variant is product and not alone else [offer, item, variant]
    price, named = _price(offer)
    return Offer(
        name=_pack_name([node for node in own if node is not product], product),
        sku=next(filter(None, (text_of(node.get("sku")) for node in own)), None),
        gtin=next(filter(None, map(gtin_of, own)), None),
        price=price,
        currency=(named or currency) if price else None,
        availability=AVAILABILITY.get(text_of(offer.get("availability")).rpartition("/")[2].lower(), "unknown"),
    )


def _pack_name(nodes: list[Node], product: Node) -> str:
    """What tells a pack from the others: its size, or its name without the product's."""
    whole = clean(text_of(product.get("name")))
    for node in reversed(nodes):
        size = clean(text_of(node.get("size")))
        name = clean(text_of(node.get("name"))).removeprefix(whole).strip(" -\N{EN DASH}\N{EM DASH}|:,/()")
        if size or name:
            return size or name
    return ""


def _price(offer: Node) -> tuple[str | None, str | None]:
    """The price of one pack bought once, and its currency as far as it is named."""
    for stated in (offer, *filter(_is_of_one_pack, listed(offer.get("priceSpecification")))):
        if price := text_of(stated.get("price")):
            return price, _currency(stated) or _currency(offer)
    low, high = text_of(offer.get("lowPrice")), text_of(offer.get("highPrice"))
    if low and (low == high or (not high and text_of(offer.get("offerCount")) == "1")):
        return low, _currency(offer)
    return None, None


def _is_of_one_pack(specification: Any) -> bool:
    if not isinstance(specification, dict) or any(specification.get(name) for name in NOT_THE_PRICE):
        return False
    least = specification.get("eligibleQuantity")
    many = isinstance(least, dict) and text_of(least.get("minValue")) not in ("", "1", "1.00")
    return not many and text_of(specification.get("priceType")).rpartition("/")[2].lower() not in STRUCK


def _currency(node: Node) -> str | None:
    code = text_of(node.get("priceCurrency")).upper()
    return code if re.fullmatch(r"[A-Z]{3}", code) else None
