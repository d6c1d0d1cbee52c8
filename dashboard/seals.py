"""Seals and claims that a seller's text states, each with its words. Pure; nothing of it is checked."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from dashboard import words

_DATA = tomllib.loads((Path(__file__).parent / "data" / "seals.toml").read_text("utf-8"))
_AROUND = 50
"""Characters of the text that a quote shows at each side of the words: enough to see what they are said of."""


@dataclass(frozen=True, slots=True)
class Seal:
    """One statement: its name for people, and the words that make it."""

    name: str
    quote: str


def _pattern(phrases: Iterable[str]) -> re.Pattern[str]:
    alternatives = "|".join(re.escape(p).replace(r"\-", "[- ]").replace(r"\ ", "[- ]") for p in sorted(phrases)[::-1])
    return re.compile(rf"(?<!\w)(?:{alternatives})(?!\w)", re.IGNORECASE)


_SEALS = [(each["name"], _pattern(each["words"])) for each in _DATA["seal"]]
_DENIED = re.compile(
    rf"(?:^|(?<!\w)){_pattern(_DATA['denial']['words']).pattern}[- ](?:[\w’']+[- ]){{0,2}}$", re.IGNORECASE
)


def seals(text: str) -> list[Seal]:
    """Each seal that the text states, once, with the first words that state it and do not deny it."""
    found = ((name, _stated(pattern, text)) for name, pattern in _SEALS)
    return [Seal(name, _quote(text, match)) for name, match in found if match]


def _stated(pattern: re.Pattern[str], text: str) -> re.Match[str] | None:
    starts = (
        match
        for match in pattern.finditer(text)
        if not _DENIED.search(text[max(0, match.start() - 40) : match.start()])
    )
    return next(starts, None)


def _quote(text: str, match: re.Match[str]) -> str:
    """The words within their line, cut at spaces where the line is long."""
    begin = text.rfind("\n", 0, match.start()) + 1
    end = text.find("\n", match.end()) if "\n" in text[match.end() :] else len(text)
    before, after = text[begin : match.start()], text[match.end() : end]
    if len(before) > _AROUND:
        before = "…" + before[-_AROUND:].partition(" ")[2]
    if len(after) > _AROUND:
        after = after[:_AROUND].rpartition(" ")[0] + "…"
    return words.one_line(before + match.group() + after)
