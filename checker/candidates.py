"""Which names of a line may be a source of magnesium: asked only where the dose's own rows do not tell the forms."""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING

from checker.forms import EXCIPIENT_FORMS
from checker.lexicon import section, trie_pattern, words
from checker.phrases import Phrase

if TYPE_CHECKING:
    from checker.lines import Line

_WORD = re.compile(r"[^\W\d_]+")


def names_of(line: Line, low: str) -> list[Phrase]:
    """The names of magnesium that may be a source: no other nutrient, no excipient, nothing that is denied."""
    if line.names is None:
        zones = [] if line.row else _excipient_zones(line, low[line.start : line.end], _line_before(low, line.start))
        line.names = [p for p in line.phrases if p.kind != "other" and _may_be_source(p, line, zones, low)]
    return line.names


def is_of_ingredients(line: Line, low: str) -> bool:
    """Whether a line is a list of ingredients under its heading."""
    return section("ingredients").match(low[line.start : line.end].lstrip(" ;-")) is not None


_ITEM_WORDS = 4
"""Words of an item of a list, on average at most: more are a sentence that lists something."""


def is_list(line: Line, low: str) -> bool:
    """Whether a line is some list of nutrients, such as one of ingredients."""
    text = low[line.start : line.end]
    if is_of_ingredients(line, low):
        return True
    commas = text.count(",")
    if commas < 4 or line.kinds.count("other") + line.kinds.count("magnesium") < 2:
        return False
    return len(_WORD.findall(text)) <= _ITEM_WORDS * (commas + 1)


def _may_be_source(phrase: Phrase, line: Line, zones: list[tuple[int, int]], low: str) -> bool:
    """Whether a name is no excipient's, and the label does not say that it is left out."""
    if not EXCIPIENT_FORMS.isdisjoint(phrase.forms) or any(start <= phrase.start < end for start, end in zones):
        return False
    return not _denied(line, phrase, low)


_WITHIN = 40
"""Characters before a name in which "no", "not buffered with" and the like deny it."""


@cache
def _denial() -> re.Pattern[str]:
    """A negation with at most three words behind it, at the end of what stands before a name."""
    return re.compile(rf"(?<![^\W\d_])(?:{trie_pattern(words('negation'))})(?: [^\W\d_]+){{0,3}} (?:d?e?l{{1,2}}')?$")


def _denied(line: Line, phrase: Phrase, low: str) -> bool:
    """Whether the label says that it does not hold what the phrase names: "no magnesium oxide"."""
    if phrase.kind == "elemental" or phrase.start == line.start:
        return False
    return _denial().search(low[max(line.start, phrase.start - _WITHIN) : phrase.start]) is not None


_UP_TO_COMMA = re.compile(r"(?:\([^()]*\)|[^,;])*+")
"""The additives of a class: up to a comma or semicolon outside brackets."""


def _excipient_zones(line: Line, text: str, previous: str) -> list[tuple[int, int]]:
    """Where a line lists other ingredients: behind their heading, in its bracket, or behind a class until the comma."""
    zones = []
    if previous and len(previous) < 60 and _heading_only(previous):
        zones.append((line.start, line.end))
    for match in section("excipients").finditer(text):
        rest = text[match.end() : match.end() + 3].lstrip(" :s")
        end = _closing(text, match.end()) if rest.startswith("(") else len(text)
        zones.append((line.start + match.start(), line.start + end))
        if end == len(text):
            return zones
    for match in section("additive").finditer(text):
        held = _UP_TO_COMMA.match(text, match.end())
        zones.append((line.start + match.start(), line.start + (held.end() if held else len(text))))
    return zones


def _line_before(low: str, start: int) -> str:
    """The end of the printed line directly before a place."""
    end = low.rfind("\n", max(0, start - 2), start)
    return low[max(low.rfind("\n", max(0, end - 61), end) + 1, end - 60, 0) : end] if end > 0 else ""


def _heading_only(text: str) -> bool:
    match = section("excipients").match(text.strip(" *-;"))
    return bool(match) and not text.strip(" *-;")[match.end() :].strip(" :.") if match else False


def _closing(text: str, start: int) -> int:
    """The end of the bracket that opens at or behind a place."""
    depth = 0
    for place in range(text.find("(", start), len(text)):
        depth += (text[place] == "(") - (text[place] == ")")
        if not depth:
            return place
    return len(text)
