"""What a listing's history tells: prices, packs and labels that changed, from what to what. Pure.

A change is between what was so when a time began (or, for what is younger, at first) and what is so now: what went up
and down again in between is no change.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from itertools import pairwise, takewhile
from typing import Any, Protocol, TypeVar

from pydantic import BaseModel

from catalog.across import otherwise, said_by_label
from catalog.details import OfferPeriod
from catalog.history import Appearance, FieldChange, Item, PriceChange, Reformulation, Shrinkage
from catalog.packs import Pack, packs
from checker import Label, Serving

EVIDENCE = frozenset({"quotes", "marks", "market", "reader_version"})
"""Fields of a label that say how it was read; the others say what it states."""


@dataclass(frozen=True, slots=True)
class Wording:
    """The words that a listing showed for a time."""

    content_hash: str
    title: str | None
    """Title and pack are None for what was kept before the catalog noted them."""
    pack: str | None
    since: datetime
    until: datetime | None


@dataclass(frozen=True, slots=True)
class Story:
    """All that the catalog remembers of one listing; periods are in the order of their beginning."""

    item: Item
    offers: tuple[OfferPeriod, ...]
    wordings: tuple[Wording, ...]
    labels: dict[tuple[str, str], Label]
    """By content hash and version of the reader, oldest reading first."""


def changed_fields(before: Label, after: Label) -> tuple[str, ...]:
    """The fields in which two readings of the same words differ, evidence apart."""
    names = (name for name in Label.model_fields if name not in EVIDENCE)
    return tuple(name for name in names if getattr(before, name) != getattr(after, name))


def field_changes(before: Label, after: Label, names: Iterable[str]) -> tuple[FieldChange, ...]:
    """The named fields of two labels as words."""
    return tuple(FieldChange(name, _words(getattr(before, name)), _words(getattr(after, name))) for name in names)


def _words(value: Any) -> str | None:
    """A field's value as words: the parts of a list apart by semicolons, evidence left out."""
    if value is None or value == () or value == {}:
        return None
    if isinstance(value, tuple):
        return ("; " if isinstance(value[0], BaseModel) else ", ").join(str(_words(part)) for part in value)
    if isinstance(value, Mapping):
        return ", ".join(f"{name} {_words(part)}" for name, part in value.items())
    if isinstance(value, Serving):
        return value.text
    if isinstance(value, BaseModel):
        named = {name: part for name, part in value if part not in (None, False) and name not in ("quote", "span")}
        return ", ".join(str(part) if name in ("form", "title") else f"{name} {part}" for name, part in named.items())
    return f"{value:f}" if isinstance(value, Decimal) else str(value)


def quote_of(label: Label) -> str:
    """All words of a label that were used to read it, each once."""
    return " … ".join(dict.fromkeys(" ".join(quote.quote.split()) for quote in label.quotes))


def price_changes(item: Item, offers: Iterable[OfferPeriod], since: datetime) -> Iterator[PriceChange]:
    """Packs whose price is another one; a pack is known again by the shop's name and number for it."""
    by_pack: dict[tuple[str, str | None], list[OfferPeriod]] = defaultdict(list)
    for offer in offers:
        by_pack[offer.name, offer.sku].append(offer)
    for (name, _), periods in by_pack.items():
        if len(periods) == 1:
            continue
        before, now = _only(_at(periods, since)), _only(_current(periods))
        if not before or not now or not now.currency or before.currency != now.currency:
            continue
        if before.price is not None and now.price is not None and before.price != now.price:
            earlier, began = _until_this_price(periods, now)
            lowest = now.price < min(earlier)
            prices = (before.price, now.price, now.currency)
            yield PriceChange(item, name, *prices, now.availability, began, lowest)


def offers_other_packs(offers: Sequence[OfferPeriod], since: datetime) -> bool:
    """Whether the packs on offer have other names or numbers than they had; a listing with one pack ever has not."""
    if len({(o.name, o.sku) for o in offers}) == 1:
        return False
    before, now = ({(o.name, o.sku) for o in some} for some in (_at(offers, since), _current(offers)))
    return before != now


def _until_this_price(periods: Sequence[OfferPeriod], now: OfferPeriod) -> tuple[list[Decimal], datetime]:
    """The prices that a pack had in the same currency before its present one, and when that began."""
    same = [o for o in periods if o.currency == now.currency and o.price is not None]
    present = list(takewhile(lambda o: o.price == now.price, reversed(same)))
    earlier = same[: len(same) - len(present)]
    return [o.price for o in earlier if o.price is not None], present[-1].since


def reformulation(story: Story, since: datetime) -> Reformulation | None:
    """What the present words state otherwise than the earlier ones, as the newest reader that read both."""
    pair = _read_by_one(story, since)
    if pair is None:
        return None
    before, now = pair
    names = otherwise(said_by_label(before), said_by_label(now))
    if not names:
        return None
    label_of = {w: story.labels.get((w.content_hash, now.reader_version)) for w in story.wordings}
    present = takewhile(lambda w: _says(label_of[w], now), reversed(story.wordings))
    began = list(present)[-1].since
    return Reformulation(story.item, began, field_changes(before, now, names), quote_of(before), quote_of(now))


def _says(label: Label | None, now: Label) -> bool:
    return label is not None and not otherwise(said_by_label(label), said_by_label(now))


def words_changed(story: Story, since: datetime) -> tuple[Wording, Wording] | None:
    """The earlier words and the present ones, where they differ."""
    before, now = _only(_at(story.wordings, since)), _only(_current(story.wordings))
    return (before, now) if before and now and before.content_hash != now.content_hash else None


def is_comparable(story: Story, since: datetime) -> bool:
    """Whether one version of the reader read both the earlier words and the present ones."""
    return words_changed(story, since) is None or _read_by_one(story, since) is not None


def _read_by_one(story: Story, since: datetime) -> tuple[Label, Label] | None:
    pair = words_changed(story, since)
    if pair is None:
        return None
    before, now = pair
    for content_hash, version in reversed(story.labels):
        if content_hash == now.content_hash and (earlier := story.labels.get((before.content_hash, version))):
            return earlier, story.labels[now.content_hash, version]
    return None


def back(story: Story, since: datetime) -> Appearance | None:
    """When a listing came back that is not new: it had been there before, and was away before its present words."""
    now = _only(_current(story.wordings))
    if not now or story.wordings[0].since >= since:
        return None
    for one, following in reversed(list(pairwise(story.wordings))):
        if one.until and one.until < following.since:
            return Appearance(story.item, following.since, one.until) if following.since >= since else None
    return None


Stated = tuple[Pack, str]
"""A pack and the words that state it."""


def shrinkage(story: Story, since: datetime) -> Iterator[Shrinkage]:
    """Packs that hold less than before: the same place of the listing states fewer of the same unit."""
    old, new = _only(_at(story.wordings, since)), _only(_current(story.wordings))
    if not old or not new:
        return
    read = _read_by_one(story, since) or (None, None)
    for before, now in _offer_pairs(story.offers, since):
        if old == new and (before and before.name) == (now and now.name):
            continue  # the same words everywhere
        was, is_now = _packs(before, old, read[0]), _packs(now, new, read[1])
        same = (place for place in was if place in is_now and was[place][0].unit == is_now[place][0].unit)
        place = next(same, None)
        if place and is_now[place][0].count < was[place][0].count:
            began = now.since if now and place == "name" else new.since
            yield _shrinkage(story.item, began, was[place], is_now[place], (before, now))


def _shrinkage(item: Item, began: datetime, was: Stated, is_now: Stated, offers: OfferPair) -> Shrinkage:
    before, now = offers
    same = now.currency if before and now and now.currency == before.currency else None
    prices = (before.price, now.price) if before and now and same else (None, None)
    return Shrinkage(item, began, was[0].unit, was[0].count, is_now[0].count, was[1], is_now[1], *prices, same)


OfferPair = tuple[OfferPeriod | None, OfferPeriod | None]


def _offer_pairs(offers: Sequence[OfferPeriod], since: datetime) -> list[OfferPair]:
    """What is offered now beside what it was: the same name and number, else the same number, else the only one."""
    before, now = list(_at(offers, since)), list(_current(offers))
    if not before and not now:
        return [(None, None)]
    pairs: list[OfferPair] = []
    for same in (lambda o: (o.name, o.sku), lambda o: o.sku):
        for offer in list(now):
            if same(offer) and (was := _only([o for o in before if same(o) == same(offer)])):
                pairs.append((was, offer))
                before.remove(was)
                now.remove(offer)
    left: list[OfferPair] = [(was, offer) for was in before for offer in now if not _numbered_apart(was, offer)]
    return pairs + left if len(before) == len(now) == 1 else pairs


def _numbered_apart(one: OfferPeriod, other: OfferPeriod) -> bool:
    """Whether the shop's own number or the bar code tells that these are two packs."""
    return any(mine and theirs and mine != theirs for mine, theirs in ((one.sku, other.sku), (one.gtin, other.gtin)))


def _packs(offer: OfferPeriod | None, wording: Wording, label: Label | None) -> dict[str, Stated]:
    """The one pack that each place states, the most telling place first."""
    texts = {"name": offer.name if offer else None, "pack": wording.pack, "title": wording.title}
    found: dict[str, Stated] = {}
    for place, text in texts.items():
        stated = packs(text, measures=place != "title") if text else None
        if text and stated and len(stated) == 1 and stated[0].unit != "serving":
            found[place] = stated[0], text
    serving, servings = label and label.serving, label and label.servings_per_container
    if label and serving and serving.quantity and serving.unit and servings and not serving.quantity_max:
        words = (quote.quote for quote in label.quotes if quote.rule.startswith("serving."))
        found["label"] = Pack(serving.quantity * servings, serving.unit), " … ".join(words)
    return found


class Period(Protocol):
    """Something that was so for a time."""

    @property
    def since(self) -> datetime: ...
    @property
    def until(self) -> datetime | None: ...


P = TypeVar("P", bound=Period)


def _current(periods: Iterable[P]) -> list[P]:
    return [p for p in periods if p.until is None]


def _at(periods: Sequence[P], moment: datetime) -> list[P]:
    """What was so at a moment, else what had last been so, else what was so first."""
    before = [p for p in periods if p.since < moment]
    if held := [p for p in before if p.until is None or p.until >= moment]:
        return held
    if before:
        last = max(p.until for p in before if p.until)
        return [p for p in before if p.until == last]
    return [p for p in periods if p.since == periods[0].since]


def _only(found: Sequence[P]) -> P | None:
    """The one; None for several, of which nobody knows which became which."""
    return found[0] if len(found) == 1 else None
