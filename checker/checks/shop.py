"""Checks of what a shop says around the label, and of what keeps a product out of the price comparison."""

from __future__ import annotations

import re

from checker.checks.amounts import dose_quote, mark
from checker.checks.registry import label_check, listing_check, make_finding
from checker.models import Finding, Label, Listing
from checker.sale import address_words, bundle_words, open_offers

_PACK = re.compile(r"\b\d+ ?(?:x ?\d+ ?)?(?:(?!(?:mg|mcg|µg|ug|iu|ie|mmol)\b)[^\W\d_]{2,}|'?s\b|t\b)|\b\d\d+ ?g\b")
"""A count or a weight with its word ("120 capsules", "60 ct", "100s", "2 x 60 Tabletten", "250 g"), not a strength."""


@label_check("dose", "no_serving")
def serving_unknown(label: Label) -> Finding | None:
    """A dose without a serving that it belongs to."""
    if label.serving is not None or label.elemental_mg is None:
        return None
    return make_finding(
        "serving-unknown",
        "The label gives an amount of magnesium without saying how much a serving is.",
        dose_quote(label),
    )


@listing_check
def pack_unknown(label: Label, listing: Listing) -> Finding | None:
    """Neither servings per container nor a count in the pack, the offers, the title or the address."""
    if not label.has_magnesium or label.servings_per_container is not None:
        return None
    shown = (listing.pack or "", listing.title, *(offer.name for offer in listing.offers))
    words = (*shown, address_words(listing))
    if any(_PACK.search(text.lower()) for text in words):
        return None
    return make_finding("pack-unknown", "Neither the label nor the shop says how many servings the pack holds.")


@listing_check
def price_unknown(label: Label, listing: Listing) -> Finding | None:
    """No offer has a price with a currency, unless for subscribers."""
    if not label.has_magnesium or any(offer.price and offer.currency for offer in open_offers(listing)):
        return None
    is_priced = any(offer.price and offer.currency for offer in listing.offers)
    what = "only prices for subscribers" if is_priced else "no price with a currency for this product"
    return make_finding("price-unknown", f"{listing.source} gives {what}.")


@listing_check
def sold_in_bundle(label: Label, listing: Listing) -> Finding | None:
    """The price is for several products."""
    words = bundle_words(listing.title, listing.pack)
    if not label.has_magnesium or words is None:
        return None
    return make_finding(
        "sold-in-bundle",
        "The shop sells this as a bundle of several products, so its price is not the price of this label's pack.",
        listing.title if words in listing.title else words,
    )


@listing_check
def facts_only_in_picture(label: Label, listing: Listing) -> Finding | None:
    """Pictures, a title that names magnesium, and no amount of it in the text."""
    if not listing.pictures or listing.facts_text:
        return None
    if label.elemental_mg is not None or label.elemental_range is not None or label.percent_dv is not None:
        return None
    if label.sources or mark(label, "blend") or not (label.has_magnesium or label.claims):
        return None
    return make_finding(
        "facts-only-in-picture",
        "The page states no amount of magnesium in its text; the facts panel may stand in one of its pictures.",
        listing.title,
    )
