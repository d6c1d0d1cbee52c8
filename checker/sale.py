"""How something is sold, from a shop's words: by subscription, as one of several products."""

from __future__ import annotations

import re
from functools import cache
from urllib.parse import unquote, urlsplit

from checker.lexicon import table, trie_pattern
from checker.models import Listing, Offer


@cache
def _words(kind: str) -> re.Pattern[str]:
    words = trie_pattern(table("sale")[kind]).replace(r"\ ", "[ -]")
    return re.compile(rf"\b{words}\b", re.IGNORECASE)


def address_words(listing: Listing) -> str:
    """The last part of the address with blanks for its hyphens, one for one: "acme magnesium 120 capsules"."""
    try:
        path = unquote(urlsplit(listing.url).path)
    except ValueError:  # no address at all
        return ""
    return path.rstrip("/").rpartition("/")[2].replace("-", " ").replace("_", " ")


def open_offers(listing: Listing) -> tuple[Offer, ...]:
    """The offers whose price is for everyone: neither their name nor the title says that it is for subscribers."""
    subscription, once = _words("subscription"), _words("once")
    titled = subscription.search(listing.title) is not None
    return tuple([o for o in listing.offers if not (titled or subscription.search(o.name)) or once.search(o.name)])


def bundle_words(*texts: str | None) -> str | None:
    """The first words, verbatim, that tell that a price is for several products; None when no text has any."""
    for text in filter(None, texts):
        if found := _words("bundle").search(text):
            return found.group()
    return None
