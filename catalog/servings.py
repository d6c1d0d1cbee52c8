"""How many servings an offer sells, and the words that tell. Pure, and never a guess: what is not certain is None."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from functools import cached_property

from catalog.packs import COUNTED, Pack, containers, counts, packs, servings_in
from checker import Label, Listing, Offer
from checker.sale import address_words, bundle_words, open_offers

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


@dataclass(frozen=True)
class Sale:
    """A listing and its label: what the servings of its offers depend on, worked out once for all of them."""

    listing: Listing
    label: Label

    def servings(self, offer: Offer | None) -> Servings | None:
        """Whole servings in what an offer sells: from its name, the label, the pack and the title, else the address.

        None when they contradict each other, for a bundle of several products, and for variants at different prices
        whose names do not state their packs: the label describes only one of them.
        """
        name = offer.name if offer else ""
        if self._is_bundle or bundle_words(name):
            return None
        if containers(name):
            return self._several(name)
        named = packs(name)
        if named is None:
            return None
        stated = self._stated(named, name)
        return self._one(stated) if self._has_one_price else _agreed(stated)

    @cached_property
    def open_offers(self) -> frozenset[Offer]:
        """The offers whose price is not for subscribers only."""
        return frozenset(open_offers(self.listing))

    @cached_property
    def _is_bundle(self) -> bool:
        return bundle_words(self.listing.title, self.listing.pack) is not None

    @cached_property
    def _has_one_price(self) -> bool:
        return len({(offer.price, offer.currency) for offer in self.open_offers}) < 2

    def _one(self, stated: Iterable[Stated] = ()) -> Servings | None:
        """Servings in the one container that label, title and address describe."""
        if self._described is None:
            return None
        known = [*self._printed, *stated, *self._described]
        return _agreed(known) if known else self._addressed

    def _several(self, name: str) -> Servings | None:
        """Servings in "2 Pack" or "3 Bottles", where another variant is one of them: that one the label describes.

        A pack of what comes in sachets may be a pack of sachets.
        """
        found, unit = containers(name), self.label.serving.unit if self.label.serving else None
        is_sure = unit in COUNTED - {"sachet"} or (found and found.word == "bottle")
        if found is None or not is_sure or not self._sells_one:
            return None
        one = self._one()
        return Servings(one.number * found.count, f"{name}: {one.quote}") if one else None

    @cached_property
    def _sells_one(self) -> bool:
        sizes = (containers(offer.name) for offer in self.listing.offers)
        return any(size is not None and size.count == 1 for size in sizes)

    @cached_property
    def _printed(self) -> list[Stated]:
        """What the label prints."""
        printed, rules = self.label.servings_per_container, ("serving.container", "serving.title")
        if not printed:
            return []
        return [(Decimal(printed), next((q.quote for q in self.label.quotes if q.rule in rules), str(printed)))]

    @cached_property
    def _described(self) -> list[Stated] | None:
        """What pack and title say; None when they speak of several packs."""
        titled, boxed = packs(self.listing.title, measures=False), packs(self.listing.pack or "")
        if titled is None or boxed is None:
            return None
        return [*self._stated(boxed, self.listing.pack or ""), *self._stated(titled, self.listing.title)]

    def _stated(self, found: Iterable[Pack], text: str) -> list[Stated]:
        """What the packs found in a text hold, as far as they fit the serving."""
        served = ((servings_in(pack, self.label.serving), pack) for pack in found)
        return [(servings, _verbatim(pack.words, text)) for servings, pack in served if servings]

    @cached_property
    def _addressed(self) -> Servings | None:
        """Servings from the one count with a unit in the last part of the address (".../acme-magnesium-120-capsules").

        Only where no other number stands before it ("30-60-capsules" may be a range), the address is no copy of
        another, and every count in the text that may be a pack's says the same.
        """
        address = address_words(self.listing)
        found = packs(address, measures=False)
        if not found or len(found) > 1 or found[0].count < LEAST or _COPIED.search(address):
            return None
        quote, servings = _verbatim(found[0].words, address), servings_in(found[0], self.label.serving)
        if servings is None or re.search(rf"(?:^| )\d+ {re.escape(quote)}", address) or not self._fits(servings):
            return None
        return _agreed([(servings, f"address: …{quote.replace(' ', '-')}")])

    def _fits(self, servings: Decimal) -> bool:
        """Whether every count in the text that may be a pack's says the same."""
        written = counts(f"{self.listing.title}\n{self.listing.label_text}")
        others = [servings_in(pack, self.label.serving) for pack in written if pack.count >= LEAST]
        return all(other is not None and abs(other - servings) < 1 for other in others)


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
