"""The label database's search, which shows no more than 10,000 labels: in slices that are small enough."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Annotated, Any

from spiders.answers import Key, Many, One, Shape, Text
from spiders.dsld_text import Camel
from spiders.magnesium import may_contain_magnesium

PATH = "/dsld/v9/search-filter?q=*&ingredient_name=magnesium&status=2&sort_by=entryDate&sort_order=desc"
"""Labels with magnesium, on the market or not, what was entered last first."""
PAGE = 200
WINDOW = 10_000
"""Beyond so many labels the search answers empty."""
FIRST_YEAR = 2000
"""Nothing in the database is older; labels have been entered since 2011."""
FORMS = ("e0155", "e0159", "e0161", "e0162", "e0165", "e0176")
"""Codes of `supplement_form`: tablet, capsule, softgel, powder, liquid, gummy."""


class Ingredient(Camel):
    name: Text = ""
    ingredient_group: Text = ""
    notes: Text = ""


class Found(Camel):
    all_ingredients: Annotated[tuple[Ingredient, ...], Many] = ()


class Hit(Shape):
    """A label in the list; what it says is in its own document."""

    id: Key
    source: Annotated[Found, One] = Found()


def hit_of(row: Any) -> dict[str, Any]:
    """A row of `hits` in the shape of a Hit."""
    return {"id": row.get("_id"), "source": row.get("_source")} if isinstance(row, dict) else {}


def is_candidate(hit: Hit) -> bool:
    """Whether the label may state magnesium."""
    rows = hit.source.all_ingredients
    return may_contain_magnesium(*(text for row in rows for text in (row.name, row.ingredient_group, row.notes)))


def count_of(data: Any) -> int | None:
    """How many labels the database has for a search; None when it does not say."""
    stats = data.get("stats") if isinstance(data, dict) else None
    count = stats.get("count") if isinstance(stats, dict) else None
    return count if isinstance(count, int) else None


@dataclass(frozen=True)
class Slice:
    """A part of the search."""

    years: tuple[int, int] | None = None
    """First and last year of entry; None for all."""
    form: str = ""
    """Code of the supplement form; "" for all."""

    def path(self, start: int = 0) -> str:
        """The address of a page of hits."""
        years = f"&date_start={self.years[0]}&date_end={self.years[1]}" if self.years else ""
        form = f"&supplement_form={self.form}" if self.form else ""
        return f"{PATH}{years}{form}&size={min(PAGE, WINDOW - start)}&from={start}"

    def parts(self) -> tuple[Slice, ...]:
        """Smaller slices that make up this one: halves of its years, then the forms of one year, then none."""
        first, last = self.years or (FIRST_YEAR, datetime.now(UTC).year)
        if first < last:
            middle = (first + last) // 2
            return Slice((first, middle)), Slice((middle + 1, last))
        return tuple(Slice(self.years, form) for form in FORMS) if not self.form else ()
