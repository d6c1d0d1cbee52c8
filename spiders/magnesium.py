"""May a product contain magnesium? Loose on purpose: the checker decides, this only spares it the rest."""

from __future__ import annotations

import unicodedata
from functools import cache
from html import unescape
from importlib.resources import files


@cache
def _stems() -> tuple[str, ...]:
    lines = (files("spiders") / "data" / "magnesium.txt").read_text("utf-8").splitlines()
    return tuple(line.strip() for line in lines if line.strip() and not line.startswith("#"))


def may_contain_magnesium(*texts: str | None) -> bool:
    """Whether one of the texts (plain or HTML) holds a word for magnesium, in any language of data/magnesium.txt."""
    text = "\n".join(filter(None, texts))
    if "&" in text:
        text = unescape(text)
    if not text.isascii():
        text = unicodedata.normalize("NFKC", text).replace("\N{SOFT HYPHEN}", "")
    text = text.lower()
    return any(stem in text for stem in _stems())
