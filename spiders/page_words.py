"""The words of data/page_words.toml: how shops name what a page, a sitemap and a part of a page are."""

from __future__ import annotations

import re
import tomllib
from functools import cache
from importlib.resources import files
from typing import Any

WIDE = re.compile("[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]")
"""Scripts without spaces between words."""


@cache
def _table() -> dict[str, Any]:
    return tomllib.loads((files("spiders") / "data" / "page_words.toml").read_text("utf-8"))


@cache
def words(section: str, key: str) -> frozenset[str]:
    """One list of words."""
    return frozenset(_table()[section][key])


@cache
def headings(section: str) -> re.Pattern[str]:
    """The words of a section in all languages, as whole words of lower-case text, the longest first."""
    entries = sorted({word for group in _table()[section].values() for word in group}, key=len, reverse=True)
    whole = "|".join(re.escape(word) for word in entries if not WIDE.search(word))
    wide = "|".join(re.escape(word) for word in entries if WIDE.search(word))
    return re.compile(rf"(?<![^\W\d_])(?:{whole})(?![^\W\d_])|{wide}")
