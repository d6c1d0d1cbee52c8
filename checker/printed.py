"""The printed lines of a label that may speak of magnesium: those that name it, and those that go on with them."""

from __future__ import annotations

import re
from functools import cache

from checker.forms import EXCIPIENT_FORMS
from checker.lexicon import stems, table, trie_pattern, words

_AFTER = 4
"""Lines below one that names magnesium in which its amounts may stand."""
_DIGIT = re.compile(r"\d")
_LONG_LINE = 80
_SENTENCE_END = re.compile(
    r"[.!?](?:(?<=[^\W\d_]{4}.)|(?<=[)%\d].))(?<!approx.)(?<!equiv.)(?<!entspr.)(?<!corresp.)\s+(?=[^\W\d_(\"])"
)


_PIVOTS = "mмマ마zfgřč"
"""Letters of the words for magnesium, most useful first: an expression that may start with few letters skips fast."""


@cache
def gate() -> re.Pattern[str]:
    """Any word that may speak of magnesium, looked for by one of its letters and then backwards."""
    branches = []
    longest_first = sorted(stems(), key=len, reverse=True)
    for letter in _PIVOTS:
        tails = {word: word[word.index(letter) + 1 :] for word in longest_first if _pivot(word) == letter}
        begun = trie_pattern(tail for word, tail in tails.items() if word[0] == letter)
        behind = [f"{re.escape(tail)}(?<={re.escape(word)})" for word, tail in tails.items() if word[0] != letter]
        branches.append(f"{letter}(?:{'|'.join([begun, *behind] if begun else behind)})")
    return re.compile("|".join(branches))


def _pivot(word: str) -> str:
    return next(letter for letter in _PIVOTS if letter in word)


def near_magnesium(low: str, first: int = 0) -> list[tuple[int, int, int]]:
    """The printed lines that name magnesium and those that go on with them: number, start and end.

    `first` is a place before which nothing names it.
    """
    lines = _printed(low)
    wanted: set[int] = set()
    index = known = 0
    for match in gate().finditer(low, first):
        start, end = match.span()
        if start < known or _excipient_follows().match(low, end):
            continue
        while index + 1 < len(lines) and lines[index][1] <= start:
            index += 1
        known = lines[index][1]
        wanted.update(range(index, _end_of_row(lines, index, low)))
    return [(i, *lines[i]) for i in sorted(wanted)]


@cache
def _excipient_follows() -> re.Pattern[str]:
    """ "magnesium stearate": the commonest mention, which is never a source."""
    ligands = [w.rstrip("~") for key in EXCIPIENT_FORMS for w in table("forms")[key].get("ligands", ()) if " " not in w]
    return re.compile(rf"[^\W\d_]* (?:{trie_pattern(ligands)})")


def _end_of_row(lines: list[tuple[int, int]], index: int, low: str) -> int:
    """The number behind a line and those below it that may hold its amounts or its form."""
    last = min(index + 1 + _AFTER, len(lines))
    if not _DIGIT.search(low, *lines[index]):
        return last
    for number in range(index + 1, last):
        start, end = lines[number]
        if not goes_on().match(low, start) and not _AMOUNT_LINE.match(low, start, end):
            return number
    return last


def _printed(low: str) -> list[tuple[int, int]]:
    """Start and end of every printed line that is not blank; a line whose bracket stays open goes on."""
    found: list[tuple[int, int]] = []
    start = done = 0
    for line in low.split("\n"):
        begin, end = start, start + len(line)
        start = end + 1
        if begin < done or not line or line.isspace():
            continue
        if "(" in line and line.count("(") > line.count(")"):
            end = done = _bracket_end(low, begin, end)
        if end - begin > _LONG_LINE:
            found.extend(_sentences(low, begin, end))
        else:
            found.append((begin, end))
    return found


def _sentences(low: str, start: int, end: int) -> list[tuple[int, int]]:
    """The sentences of a long line; abbreviations, brackets and short words end none."""
    found = []
    for match in _SENTENCE_END.finditer(low, start, end):
        if low.count("(", start, match.start()) <= low.count(")", start, match.start()):
            found.append((start, match.start() + 1))
            start = match.end()
    return [*found, (start, end)] if start < end else found


def _bracket_end(low: str, start: int, end: int) -> int:
    """The end of a printed line, or of the one where its open bracket closes."""
    for _ in range(3):
        if end >= len(low) or low.count("(", start, end) <= low.count(")", start, end):
            break
        following = low.find("\n", end + 1)
        following = len(low) if following < 0 else following
        closing = low.find(")", end, following)
        if closing < 0 or 0 <= low.find("(", end, following) < closing:
            break
        end = following
    return end


@cache
def goes_on() -> re.Pattern[str]:
    opening = "|".join(map(re.escape, sorted(words("continues"), key=len, reverse=True)))
    return re.compile(rf"\s*(?:\(|=|(?:{opening})(?![^\W\d_]))")


_AMOUNT_LINE = re.compile(r"\s*[(<|~]?\s*\d[^\n]{0,40}$")
