"""How many servings an offer sells, and the words that tell. Pure, and never a guess: what is not certain is None."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal

from catalog.packs import COUNTED, Pack, containers, packs, servings_in
from checker import Label, Listing, Offer
from checker.sale import address_words, bundle_words, is_subscription

MOST = 10**12
"""Servings from here on are none, and do not fit the catalog's columns."""

LEAST = 10
"""Pieces below which a count in an address or a sentence is taken for a dose: our choice."""

_COPIED = re.compile(r" \d{1,2}$|(?:^| )copy(?: |$)", re.IGNORECASE)
"""How shop systems end an address whose words another product has already: its count may be that product's."""


@dataclass(frozen=True, slots=True)
class Servings:
    """Whole servings in a pack."""

    number: int
    quote: str
    """The words that tell: the label's, the shop's, or those of the address."""


Stated = tuple[Decimal, str]
"""Servings, and the words that tell."""


def servings_of(offer: Offer | None, listing: Listing, label: Label) -> Servings | None:
    """Whole servings in what an offer sells: from its name, the label, the pack and the title, else the address.

    None when they contradict each other, for a bundle of several products, and for variants at different prices whose
    names do not state their packs: the label describes only one of them.
    """
    name = offer.name if offer else ""
    if bundle_words(listing.title, listing.pack, name):
        return None
    if containers(name):
        return _in_containers(name, listing, label)
    named = packs(name)
    if named is None:
        return None
    stated = _stated(named, name, label)
    if len({(o.price, o.currency) for o in listing.offers if not is_subscription(o, listing)}) > 1:
        return _agreed(stated)
    return _in_one(listing, label, stated)


def _in_one(listing: Listing, label: Label, stated: Iterable[Stated] = ()) -> Servings | None:
    """Servings in the one container that label, title and address describe."""
    titled, boxed = packs(listing.title, measures=False), packs(listing.pack or "")
    if titled is None or boxed is None:
        return None
    more = [*_stated(boxed, listing.pack or "", label), *_stated(titled, listing.title, label)]
    known = [*_printed(label), *stated, *more]
    return _agreed(known) if known else _addressed(listing, label)


def _in_containers(name: str, listing: Listing, label: Label) -> Servings | None:
    """Servings in "2 Pack" or "3 Bottles", where another variant is one of them: that one the label describes.

    A pack of what comes in sachets may be a pack of sachets.
    """
    found, unit = containers(name), label.serving.unit if label.serving else None
    sizes = [containers(offer.name) for offer in listing.offers]
    is_piece = unit in COUNTED - {"sachet"}
    if found is None or not any(size and size.count == 1 for size in sizes) or not (is_piece or found.word == "bottle"):
        return None
    one = _in_one(listing, label)
    return Servings(one.number * found.count, f"{name}: {one.quote}") if one else None


def _printed(label: Label) -> list[Stated]:
    """What the label prints."""
    if not label.servings_per_container:
        return []
    rules = ("serving.container", "serving.title")
    quote = next((quote.quote for quote in label.quotes if quote.rule in rules), f"{label.servings_per_container}")
    return [(Decimal(label.servings_per_container), quote)]


def _stated(found: Iterable[Pack], text: str, label: Label) -> list[Stated]:
    """What the packs found in a text hold, as far as they fit the serving."""
    served = ((servings_in(pack, label.serving), _verbatim(pack.words, text)) for pack in found)
    return [(servings, words) for servings, words in served if servings]


def _verbatim(words: str, text: str) -> str:
    """Words found in the text's lower case as they stand in the text."""
    start = text.casefold().find(words)
    return text[start : start + len(words)] if start >= 0 and len(text.casefold()) == len(text) else words


def _agreed(known: list[Stated]) -> Servings | None:
    """The first, if all agree but for rounding."""
    numbers = [number for number, _ in known]
    if not known or max(numbers) - min(numbers) >= 1 or max(numbers) >= MOST:
        return None
    number = _whole(numbers[0])
    return Servings(number, known[0][1]) if number else None


def _whole(servings: Decimal) -> int | None:
    """Rounded as 21 CFR 101.9(b)(8)(i) has it: to whole servings above five; up to five only what is whole already."""
    rounded = servings.to_integral_value(ROUND_HALF_UP)
    return int(rounded) if servings == rounded or servings > 5 else None


def _addressed(listing: Listing, label: Label) -> Servings | None:
    """Servings from the one count with a unit in the last part of the address (".../acme-magnesium-120-capsules").

    Only where no other number stands before it ("30-60-capsules" may be a range), the address is no copy of another,
    and every count in the text that may be a pack's says the same.
    """
    address = address_words(listing)
    found = packs(address, measures=False)
    if not found or len(found) > 1 or found[0].count < LEAST or _COPIED.search(address):
        return None
    quote = _verbatim(found[0].words, address)
    if re.search(rf"\d {re.escape(quote)}", address):
        return None
    written = packs(f"{listing.title}\n{listing.label_text}", measures=False)
    if written is None:
        return None
    others = [servings_in(pack, label.serving) for pack in written if pack.count >= LEAST]
    servings = servings_in(found[0], label.serving)
    if servings is None or any(other is None or abs(other - servings) >= 1 for other in others):
        return None
    return _agreed([(servings, f"address: …{quote.replace(' ', '-')}")])
