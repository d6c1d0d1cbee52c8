"""What a product is taken as: capsule, tablet, powder, gummy or liquid. Pure, and never a guess."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable
from importlib.resources import files

from checker import Label, Listing

_DATA = tomllib.loads((files("catalog") / "data" / "dosage_words.toml").read_text("utf-8"))
DOSAGE_FORMS: tuple[str, ...] = ("capsule", "tablet", "powder", "gummy", "liquid")
_BY_UNIT = {unit: form for form, units in _DATA["units"].items() for unit in units}


def _pattern(words: Iterable[str]) -> re.Pattern[str]:
    return re.compile(rf"(?<!\w)(?:{'|'.join(map(re.escape, words))})s?(?!\w)")


_WORDS = {form: _pattern(words) for form, words in _DATA["words"].items()}


def dosage_form(listing: Listing, label: Label) -> str | None:
    """One of `DOSAGE_FORMS`; None when neither serving nor title settles it, or the words speak of several."""
    unit = label.serving.unit if label.serving else None
    return _BY_UNIT[unit] if unit in _BY_UNIT else _named(f"{listing.title}\n{listing.pack or ''}".casefold())


def _named(text: str) -> str | None:
    found = {form for form, pattern in _WORDS.items() if pattern.search(text)}
    found -= {form for form, stronger in _DATA["yields"].items() if found & set(stronger)}
    return next(iter(found)) if len(found) == 1 else None
