"""Whom the data of a source is from, where its licence or its makers ask to be named beside every figure."""

from __future__ import annotations

from datetime import datetime

ATTRIBUTION: dict[str, str] = {
    "dsld": "National Institutes of Health, Office of Dietary Supplements. Dietary Supplement Label Database, {year}. "
    "https://dsld.od.nih.gov/ (CC0 1.0)",
    "openfoodfacts": "Open Food Facts contributors, ODbL 1.0 (https://world.openfoodfacts.org/)",
}
"""Kind of source to the words that its data is shown with; `{year}` is the one in which it was seen.

Sources: https://dsld.od.nih.gov/ (how to cite), https://world.openfoodfacts.org/terms-of-use (ODbL 1.0, 4.3).
"""


def attribution(kind: str, seen_at: datetime, *, demo: bool = False) -> str | None:
    """The words to show with data of a kind of source; None when none are asked for, or the data is made up."""
    words = None if demo else ATTRIBUTION.get(kind)
    return words and words.format(year=seen_at.year)
