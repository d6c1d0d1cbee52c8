"""A logical line while it is read, and what it states."""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal

from checker.phrases import Phrase
from checker.tokens import Token

Amounts = tuple[Decimal | None, Decimal | None]
"""mg and percent of one serving column."""


@dataclass(slots=True, eq=False)
class Statement:
    """An amount with its owner."""

    kind: str
    """elemental, compound, other."""
    forms: tuple[str, ...]
    mg: Decimal | None
    start: int
    end: int
    line: int
    """Number of the logical line."""
    high: Decimal | None = None
    percent: Decimal | None = None
    percent_end: int = 0
    """Where the percent ends."""
    total: bool = False
    explicit: bool = False
    """The label says "elemental", "of which", "equivalent to", or gives the amount of the ion."""
    key: str = ""
    """Nutrient of `other`."""
    per_100: bool = False
    """Per 100 g, 100 ml or a litre, not per serving."""
    bound: str = ""
    """`<` or `>` when the label prints the amount as one that is not reached, or passed."""
    nested: bool = False
    share: Decimal | None = None
    """Percent of magnesium in the compound, when printed in its name."""
    columns: list[Amounts] = field(default_factory=list)


@dataclass(slots=True, eq=False)
class Row:
    """A logical line while its amounts find their owners."""

    line: list[Token]
    kinds: list[str]
    """Of the tokens."""
    names: list[Phrase]
    low: str
    number: int
    start: int
    ends: dict[int, Phrase]
    """Index of a name's last token -> the name."""
    known: dict[int, Statement] = field(default_factory=dict)
    """Index of an amount's token -> its statement."""
