"""Label text made uniform without losing where each word stands."""

from __future__ import annotations

import re
import unicodedata
from itertools import accumulate
from typing import NamedTuple

_SAME_LENGTH = {
    **dict.fromkeys(
        map(
            ord, "\u00a0\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u202f\u205f\u3000\t\f\v\r\0"
        ),
        " ",
    ),
    **dict.fromkeys(map(ord, "®™©°†‡*＊‼˜~"), " "),
    **dict.fromkeys(map(ord, "‐‑‒–—―−"), "-"),
    **dict.fromkeys(map(ord, "‘’ʼ´`"), "'"),
    **dict.fromkeys(map(ord, "“”„«»"), '"'),
    **dict.fromkeys(map(ord, "[{（【〔「"), "("),
    **dict.fromkeys(map(ord, "]}）】〕」"), ")"),
    **dict.fromkeys(map(ord, "•●▪◦·∙・、"), ";"),
    **dict.fromkeys(map(ord, "¹³⁴⁵⁶⁷⁸⁹⁰"), " "),
    ord("⁺"): "+",
    ord("，"): ",",
    ord("．"): ".",
    ord("："): ":",
    ord("％"): "%",
    ord("／"): "/",
    ord("…"): ".",
    ord("İ"): "i",
    ord("Μ"): "µ",
    **{ord(c): comma for c, comma in zip("şŞţŢ", "șȘțȚ", strict=True)},
    ord("μ"): "µ",
    ord("｜"): "|",
    ord("║"): "|",
    **dict.fromkeys((0x2028, 0x2029, 0x85), "\n"),
    **{0xFF01 + i: chr(0x21 + i) for i in range(94)},
}
_ASCII = bytes(ord(chr(code).translate(_SAME_LENGTH).lower()) for code in range(128)) + bytes(range(128, 256))
"""The same for ASCII text as bytes, where it is seven times as fast."""
_TAG = re.compile(r"<(/?[a-z][a-z0-9]{0,9})(?:\s[^<>]{0,300})? ?/?>|&nbsp;|&#160;")
_BLOCKS = frozenset(("br", "p", "/p", "tr", "/tr", "li", "/li", "div", "/div", "ul", "/ul", "/h1", "/h2", "/h3", "/h4"))
_CELLS = frozenset(("/td", "/th"))
_INVISIBLE = re.compile("[\u00ad\u034f\u061c\u180e\u200b-\u200f\u202a-\u202e\u2060-\u2064\u2066-\u206f\ufeff]")
_COMBINING = re.compile("[\u0300-\u036f]")
_RANGE = re.compile(
    "(?<=[0-9])[~〜～](?=[0-9])|(?<=[mｍ][gｇ])[~〜～](?=[0-9])|(?<=[0-9] )[~〜～](?= [0-9])|(?<=mg )[~〜～](?= [0-9])"
)
"""A tilde between two amounts, which is a dash; before one alone it says "about"."""

_ELLIPSIS = re.compile(r"(?<![.…])…(?![.…])")
"""An ellipsis alone, which leads from a name to its amount and ends no sentence."""


class Text(NamedTuple):
    """A label's text twice: as passed in, and lower-cased with uniform spaces, dashes, digits and brackets."""

    raw: str
    low: str
    offsets: tuple[int, ...] | None
    """Where each character of `low` stands in `raw`, with one more for the end; None when the places are the same."""

    def span(self, start: int, end: int) -> tuple[int, int]:
        """A span of `low` as a span of `raw`."""
        if self.offsets is None:
            return start, end
        return self.offsets[start], self.offsets[end - 1] + 1 if end > start else self.offsets[start]


NO_TEXT = Text("", "", None)


def uniform(raw: str) -> Text:
    """Make a label's text uniform; soft hyphens and other invisible characters go, accents are composed."""
    if raw.isascii():
        plain = _RANGE.sub("-", raw) if "~" in raw else raw
        return Text(raw, _plain(plain.encode().translate(_ASCII).decode()), None)
    kept: list[int] | None = None
    shown = raw
    if _INVISIBLE.search(raw):
        kept = [i for i, c in enumerate(raw) if not _INVISIBLE.match(c)]
        shown = "".join(raw[i] for i in kept)
    if _COMBINING.search(shown):
        shown, kept = _composed(shown, kept)
    if "~" in shown or "〜" in shown or "～" in shown:
        shown = _RANGE.sub("-", shown)
    if "…" in shown:
        shown = _ELLIPSIS.sub(" ", shown)
    low = shown.translate(_SAME_LENGTH).lower()
    if len(low) != len(shown):  # a few letters grow when lower-cased
        low = "".join(c.lower() if len(c.lower()) == 1 else c for c in shown.translate(_SAME_LENGTH))
    return Text(raw, _plain(low), (*kept, len(raw)) if kept is not None else None)


def _plain(low: str) -> str:
    """The text with blanks for its tags of HTML, with line ends and bars where they part lines and cells.

    A bracket that held only a sign of a footnote is blank too.
    """
    low = low.replace("( )", "   ")
    return _TAG.sub(_blank, low) if "</" in low or "<br" in low or "&nbsp;" in low else low


def _blank(tag: re.Match[str]) -> str:
    name = tag[1]
    mark = "\n" if name in _BLOCKS else "|" if name in _CELLS else " "
    return mark + " " * (len(tag[0]) - 1)


def _composed(shown: str, kept: list[int] | None) -> tuple[str, list[int]]:
    """Letters with combining marks as one character each, and where they start in the raw text."""
    places = kept or list(range(len(shown)))
    groups = re.findall("[^\u0300-\u036f][\u0300-\u036f]*|[\u0300-\u036f]+", shown)
    starts = [0, *accumulate(map(len, groups))][:-1]
    composed = [unicodedata.normalize("NFC", group) for group in groups]
    out = [group[0] for group in composed]
    return "".join(out), [places[start] for start in starts]
