"""How much of a page becomes a listing: bounded, whatever a site sends.

The limits are far above what real products have (the longest real description is some 30,000 characters), and far below
what would slow down a reader, a table or a browser.
"""

from __future__ import annotations

from typing import TypeVar

from checker.models import Listing, Offer

AnyModel = TypeVar("AnyModel", Listing, Offer)

TITLE, WORDS, TEXT = 500, 200, 200_000
"""Characters of a title; of a brand, a name or a code; of a label's text."""
ADDRESS, KEY = 2_000, 200
"""Characters of an address and of a source's key; a longer one is not cut but useless."""
PICTURES, OFFERS = 100, 10_000
MORE = "…"


def bounded(listing: Listing) -> Listing | None:
    """The listing within the limits, texts cut with a "…"; None when its address or key is beyond them."""
    if len(listing.url) > ADDRESS or len(listing.source_key) > KEY:
        return None
    return _changed(
        listing,
        title=cut(listing.title, TITLE),
        brand=cut(listing.brand, WORDS),
        gtin=fits(listing.gtin, WORDS),
        facts_text=cut(listing.facts_text, TEXT),
        description=cut(listing.description, TEXT),
        pack=cut(listing.pack, TITLE),
        pictures=tuple(url for url in listing.pictures[:PICTURES] if len(url) <= ADDRESS),
        offers=tuple(map(_bounded_offer, listing.offers[:OFFERS])),
    )


def _bounded_offer(offer: Offer) -> Offer:
    return _changed(
        offer,
        name=cut(offer.name, WORDS),
        sku=fits(offer.sku, WORDS),
        gtin=fits(offer.gtin, WORDS),
        price=fits(offer.price, WORDS),
    )


def _changed(model: AnyModel, **values: object) -> AnyModel:
    """The model with these values; itself when they are its own, as they nearly always are."""
    changes = {name: value for name, value in values.items() if value != getattr(model, name)}
    return model.model_copy(update=changes) if changes else model


def cut(text: str | None, longest: int) -> str | None:
    """The text, or its beginning."""
    return text if text is None or len(text) <= longest else text[: longest - 1] + MORE


def fits(code: str | None, longest: int) -> str | None:
    """A code or a price, which cut would be another one: whole or not at all."""
    return code if code is None or len(code) <= longest else None
