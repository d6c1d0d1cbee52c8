"""Whether a source's new data looks like its last: what a person should see before anybody else does.

The thresholds are in data/hold.toml. The new data is written but not committed when it is looked at: it is judged as it
would be shown, while another connection still sees the old.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from importlib.resources import files
from statistics import median
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from catalog.outcomes import totals
from catalog.publish import Changes
from catalog.schema import comparison

HOLD: Mapping[str, Mapping[str, float]] = tomllib.loads((files("catalog") / "data" / "hold.toml").read_text("utf-8"))

SHARES = (
    ("listings", "with_magnesium", "listings state magnesium"),
    ("with_magnesium", "with_elemental", "labels state their elemental magnesium"),
    ("with_magnesium", "with_price", "products have a price"),
)
"""Shares that should not fall from one crawl to the next: of what, what, and in words."""

EXAMPLES = 5
"""Products shown of each kind of difference."""


@dataclass(frozen=True, slots=True)
class Example:
    """One product that differs; `before` and `after` are what a reader saw and would see."""

    kind: str
    """`gone`, `unread` (no elemental amount any more) or `price`."""
    source_key: str
    title: str
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class Difference:
    """What new data would change of a source."""

    reasons: tuple[str, ...]
    """Why it should be looked at; empty when nothing is odd."""
    before: Mapping[str, int]
    """Listings, with_magnesium, with_elemental, with_price."""
    after: Mapping[str, int]
    new: int
    changed: int
    gone: int
    price_ratio: float | None
    """Median of new to old price over all products that have both in one currency, known or not; None for too few."""
    examples: tuple[Example, ...]

    def as_dict(self) -> dict[str, Any]:
        """Plain values for JSON."""
        return asdict(self)

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> Difference:
        """What `as_dict` gave."""
        examples = tuple(Example(**example) for example in values["examples"])
        return cls(**{**values, "reasons": tuple(values["reasons"]), "examples": examples})


Shown = dict[int, tuple[bool, float | None, str | None]]
"""By listing: whether its elemental amount is known, its price (as the database keeps it) and currency."""


def difference(old: Connection, new: Connection, source: str, source_id: int, changes: Changes) -> Difference:
    """Compare what readers see of a source with what they would see."""
    before, after = totals(old, source, source_id), totals(new, source, source_id)
    was, now = _shown(old, source), _shown(new, source)
    both = was.keys() & now.keys()
    ratios = _ratios(was, now, both)
    ratio = median(ratios.values()) if len(ratios) >= HOLD["price"]["least"] else None
    moved = sorted((i for i in ratios if ratios[i] != 1), key=lambda i: abs(ratios[i] - (ratio or 1)))
    no_ratio = sorted(i for i in both - ratios.keys() if was[i][1])  # no price any more, or in another currency
    differing = {
        "gone": sorted(was.keys() - now.keys()),
        "unread": sorted(i for i in both if was[i][0] and not now[i][0]),
        "price": no_ratio + moved,
    }
    examples = [e for kind, ids in differing.items() for e in _examples(kind, old, new, ids[:EXAMPLES])]
    reasons = (*_gone(before, after, changes.gone), *_shares(before, after), *_prices(ratio, was, now, both))
    counts = (changes.new, changes.changed, changes.gone)
    return Difference(reasons, before, after, *counts, ratio and round(ratio, 3), tuple(examples))


def _gone(before: Mapping[str, int], after: Mapping[str, int], gone: int) -> Iterator[str]:
    had, limit = before["listings"], HOLD["gone"]
    if not after["listings"]:
        yield f"it offers nothing any more; last time it had {had} listings"
    elif gone > limit["share"] * had and gone >= limit["least"]:
        yield f"only {had - gone} of last time's {had} listings are still there"


def _shares(before: Mapping[str, int], after: Mapping[str, int]) -> Iterator[str]:
    limit = HOLD["share"]
    for of, what, words in SHARES:
        if min(before[of], after[of]) < limit["least"]:
            continue
        if after[what] / after[of] < limit["left"] * before[what] / before[of]:
            yield f"{after[what]} of {after[of]} {words}, last time {before[what]} of {before[of]} did"


def _prices(ratio: float | None, was: Shown, now: Shown, both: set[int]) -> Iterator[str]:
    limit = HOLD["price"]
    if ratio is not None and not limit["down"] <= ratio <= limit["up"]:
        yield f"prices are {ratio:.2f} times what they were (median)"
    priced = [i for i in both if was[i][2] and now[i][2]]
    other = sum(was[i][2] != now[i][2] for i in priced)
    if len(priced) >= limit["least"] and other > limit["currency"] * len(priced):
        yield f"{other} of {len(priced)} products changed their currency"


def _shown(connection: Connection, source: str) -> Shown:
    c = comparison.c
    known, price = c.elemental_mg.is_not(None), sa.type_coerce(c.price, sa.Float)
    asked = sa.select(c.listing_id, known, price, c.currency).where(c.source == source)
    return {row[0]: (bool(row[1]), row[2] and float(row[2]), row[3]) for row in connection.execute(asked)}


def _ratios(was: Shown, now: Shown, both: set[int]) -> dict[int, float]:
    """New to old price of the products that have both in one currency, or both in none that is known."""
    pairs = {i: (was[i][1], now[i][1]) for i in both if was[i][2] == now[i][2]}
    return {i: new / old for i, (old, new) in pairs.items() if old and new}


def _examples(kind: str, old: Connection, new: Connection, ids: list[int]) -> Iterator[Example]:
    before, after = _rows(old, ids), _rows(new, ids)
    for i in ids:
        row = before[i]
        yield Example(kind, row.source_key, row.title, _said(kind, row), _said(kind, after.get(i)))


def _said(kind: str, row: sa.Row[Any] | None) -> str:
    if row is None:
        return ""
    if kind == "unread":
        return "" if row.elemental_mg is None else f"{row.elemental_mg.normalize():f} mg"
    return "" if row.price is None else f"{row.price:f} {row.currency or ''}".strip()


def _rows(connection: Connection, ids: list[int]) -> dict[int, sa.Row[Any]]:
    asked = sa.select(comparison).where(comparison.c.listing_id.in_(ids))
    return {row.listing_id: row for row in connection.execute(asked)}
