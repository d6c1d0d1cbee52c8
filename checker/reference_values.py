"""Daily reference values and upper levels by market, from data/reference_values.toml."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from importlib.resources import files
from typing import Any


@dataclass(frozen=True, slots=True)
class DailyValue:
    """The amount that a label's percentage counts as 100 %."""

    mg: Decimal
    group: str
    markets: tuple[str, ...]
    current: bool
    source: str


@dataclass(frozen=True, slots=True)
class UpperLimit:
    """The most a day from supplements that a body finds without risk, for adults."""

    mg: Decimal
    body: str
    name: str
    markets: tuple[str, ...]
    source: str
    default: bool = False
    """Used for markets without a limit of their own."""


def _load() -> dict[str, Any]:
    text = (files("checker") / "data" / "reference_values.toml").read_text("utf-8")
    return tomllib.loads(text, parse_float=Decimal)


def _row(row: Mapping[str, Any]) -> dict[str, Any]:
    return {**row, "mg": Decimal(row["mg"]), "markets": tuple(row["markets"])}


_DATA = _load()
DAILY_VALUES = tuple(DailyValue(**_row(row)) for row in _DATA["daily_value"])
UPPER_LIMITS = tuple(UpperLimit(**_row(row)) for row in _DATA["upper_limit"])
_MARKET = {member: market for market, members in _DATA["markets"].items() for member in members}


@cache
def daily_values(market: str | None) -> tuple[DailyValue, ...]:
    """Daily Values possible on a label of a market: all of them when it is unknown or has none of its own here."""
    key = _MARKET.get(market or "", market)
    return tuple(value for value in DAILY_VALUES if key in value.markets) or DAILY_VALUES


@cache
def vintages(market: str | None) -> tuple[DailyValue, ...]:
    """Where a percentage can tell an old US label, and the values it may be of; unknown means American or European."""
    if market is None:
        return tuple(value for value in DAILY_VALUES if not {"US", "EU"}.isdisjoint(value.markets))
    return daily_values(market) if market in ("US", "CA") else ()


@cache
def todays(market: str | None) -> tuple[DailyValue, ...]:
    """Daily Values of today outside pregnancy: a percentage that fits one of them is neither wrong nor old."""
    possible = vintages(None) if market is None else daily_values(market)
    return tuple(value for value in possible if value.current and value.group != "pregnancy")


@cache
def upper_limit(market: str | None) -> UpperLimit:
    """The upper level that counts in a market."""
    key = _MARKET.get(market or "", market)
    return next((limit for limit in UPPER_LIMITS if key in limit.markets), None) or _DEFAULT_LIMIT


(_DEFAULT_LIMIT,) = (limit for limit in UPPER_LIMITS if limit.default)
