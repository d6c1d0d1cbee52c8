"""The JSON-LD of a page, as it really comes (https://www.w3.org/TR/json-ld11/#embedding-json-ld-in-html-documents).

Repaired are raw line breaks in strings, numbers with a leading zero, commas that end a list, comment marks and CDATA
around the block, escapes that are none, quotes as `&quot;`, and UTF-8 that was saved as Latin-1. A block
that is broken all the same is left out, the others survive. Linear in the input.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from decimal import Decimal
from html import unescape
from typing import Any

from lxml import etree

Node = dict[str, Any]
"""An object of the JSON-LD; numbers are text or Decimal, as a float would change what was printed."""
SCRIPTS = etree.XPath(
    "//script[contains(translate(@type, 'ABCDEFGHIJKLMNOPQRSTUVWXYZ', 'abcdefghijklmnopqrstuvwxyz'), 'ld+json')]"
)
INSIDE = ("@graph", "mainEntity", "mainEntityOfPage")
"""Where the page's own product may be wrapped; what it is related to is not looked for."""
DEPTH = 8
WRAPPED = re.compile(r"^[\s;]*(?:<!--|//\s*<!\[CDATA\[|/\*\s*<!\[CDATA\[\s*\*/|<!\[CDATA\[)?\s*")
FAULTS = re.compile(
    r"""(?P<string>"(?:[^"\\]|\\.)*+(?:"|\Z))   # left as it is, but for its escapes
    |(?<=[:\[,\s])(?P<digits>0\d+)(?=\s*[,}\]])  # 0812345678905
    |(?P<comma>,)(?=\s*[}\]])
    |(?P<comment>//[^\n]*)""",
    re.VERBOSE | re.DOTALL,
)
BETWEEN = re.compile(r"[ \t\r\n;]*")
BAD_ESCAPE = re.compile(r"\\(\\|[\"/bfnrtu](?<!u)|u[0-9a-fA-F]{4})?")
MOJIBAKE = re.compile("[\u00c2-\u00f4][\u0080-\u00bf\u0152\u0153\u0160\u0161\u0178\u017d\u017e\u0192\u02c6\u02dc"
                      "\u2013-\u203a\u20ac\u2122]")  # fmt: skip
"""The first byte of a letter in UTF-8 and the next one, each taken for a letter of cp1252."""


def json_ld_of(root: etree._Element) -> list[Node]:
    """All objects with a type that the page's blocks state about the page itself."""
    return [node for script in SCRIPTS(root) for value in loads("".join(script.itertext())) for node in _nodes(value)]


def loads(text: str) -> list[Any]:
    """The values of one block; those after a break that cannot be repaired are left out."""
    source = text.strip()
    if "&quot;" in source and '"' not in source:
        source = unescape(source)
    values = _values(source)
    return values if values is not None else _values(_repaired(source)) or []


def _values(source: str) -> list[Any] | None:
    """One value or several, one behind the other; None when the first one cannot be read."""
    decoder = json.JSONDecoder(parse_float=Decimal, parse_int=str, parse_constant=lambda _: None, strict=False)
    values: list[Any] = []
    place = 0
    while place < len(source):
        try:
            value, place = decoder.raw_decode(source, place)
        except (ValueError, ArithmeticError, RecursionError):
            return values or None
        values.append(value)
        place = BETWEEN.match(source, place).end()  # type: ignore[union-attr]  # it may be empty
    return values


def _repaired(source: str) -> str:
    return FAULTS.sub(_repair, WRAPPED.sub("", source, count=1))


def _repair(fault: re.Match[str]) -> str:
    if string := fault["string"]:
        return BAD_ESCAPE.sub(lambda escape: escape[0] if escape[1] else r"\\", string)
    return f'"{fault["digits"]}"' if fault["digits"] else ""


def _nodes(value: Any, depth: int = 0) -> Iterator[Node]:
    if depth > DEPTH:
        return
    if isinstance(value, list):
        for one in value:
            yield from _nodes(one, depth + 1)
    elif isinstance(value, dict):
        if "@type" in value:
            yield value
        for name in INSIDE:
            yield from _nodes(value.get(name), depth + 1)


def mended(text: str) -> str:
    """The text without mojibake ("MagnÃ©sium"): UTF-8 that somebody saved as Latin-1 or cp1252."""
    if not MOJIBAKE.search(text):
        return text
    try:
        return b"".join(_byte(char) for char in text).decode("utf-8")
    except UnicodeError:
        return text


def _byte(char: str) -> bytes:
    try:
        return char.encode("cp1252")
    except UnicodeEncodeError:
        return char.encode("latin-1")
