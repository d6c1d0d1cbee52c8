"""How something is sold, from a shop's words: by subscription, as one of several products."""

from __future__ import annotations

import re
from functools import cache
from urllib.parse import unquote, urlsplit

from checker.lexicon import table
from checker.models import Listing, Offer


@cache
def _words(kind: str) -> re.Pattern[str]:
    words = (re.escape(entry).replace(r"\ ", "[ -]") for entry in sorted(table("sale")[kind], key=len, reverse=True))
    return re.compile(rf"\b(?:{'|'.join(words)})\b", re.IGNORECASE)


def address_words(listing: Listing) -> str:
    """The last part of the address with blanks for its hyphens, one for one: "acme magnesium 120 capsules"."""
    try:
        path = unquote(urlsplit(listing.url).path)
    except ValueError:  # no address at all
        return ""
    return path.rstrip("/").rpartition("/")[2].replace("-", " ").replace("_", " ")


def is_subscription(offer: Offer, listing: Listing) -> bool:
    """Whether the offer's price is only for those who subscribe: its name says so, or the title and not its name."""
    if _words("once").search(offer.name):
        return False
    return bool(_words("subscription").search(offer.name) or _words("subscription").search(listing.title))


def bundle_words(*texts: str | None) -> str | None:
    """The first words, verbatim, that tell that a price is for several products; None when no text has any."""
    for text in filter(None, texts):
        if found := _words("bundle").search(text):
            return found.group()
    return None
