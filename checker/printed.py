"""The printed lines of a label that may speak of magnesium: those that name it, and those that go on with them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache

from checker.forms import EXCIPIENT_FORMS
from checker.lexicon import Cues, around, cues, mentions, section, stems, table, trie_pattern, without_m, words

_AFTER = 4
"""Lines below one that names magnesium in which its amounts may stand."""
_DIGIT = re.compile(r"\d")
_LONG_LINE = 80
_BRACKET_LINES = 3
"""Line ends that an open bracket may pass."""
_SENTENCE_END = re.compile(
    r"[.!?](?:(?<=[^\W\d_]{4}.)|(?<=[)%\d].))(?<!approx.)(?<!equiv.)(?<!entspr.)(?<!corresp.)\s+(?=[^\W\d_(\"]|%\s)"
)


_PIVOTS = "mмマ마zfgřč镁鎂µc"
"""Letters of the words for magnesium, most useful first: an expression that may start with few letters skips fast."""


def gate(low: str, special: bool = True) -> re.Pattern[str]:
    """Any word that may speak of magnesium in a text: words that hold one letter are found six times as fast.

    `special` tells whether any of `lexicon.seldom` may stand in it.
    """
    return _gate(_PIVOTS if special and _without_m().within(low) else "m")


@cache
def _without_m() -> Cues:
    return cues(without_m())


@cache
def _gate(pivots: str) -> re.Pattern[str]:
    """The words that have one of the letters, looked for by it and then backwards."""
    longest_first = sorted(stems(), key=len, reverse=True)
    return re.compile("|".join(around(letter, (w for w in longest_first if _pivot(w) == letter)) for letter in pivots))


def _pivot(word: str) -> str:
    return next(letter for letter in _PIVOTS if letter in word)


def near_magnesium(low: str, names: re.Pattern[str], first: int) -> list[tuple[int, int, int]]:
    """The printed lines that name magnesium and those that go on with them: number, start and end.

    `names` finds the words that may speak of it, as `gate` tells; `first` is the place of the first one; the lines are
    counted from there.
    """
    more = _printed(low, _line_start(low, first))
    lines: list[tuple[int, int]] = []
    found: list[tuple[int, int, int]] = []
    index = known = behind = 0
    for match in names.finditer(low, first):
        start, end = match.span()
        if start < known or _excipient_follows().match(low, end):
            continue
        while _reaches(lines, more, index) and lines[index][1] <= start:
            index += 1
        known = lines[index][1]
        end_of_row = _end_of_row(lines, more, index, low)
        found += [(i, *lines[i]) for i in range(max(index, behind), end_of_row)]
        behind = max(behind, end_of_row)
    return found


def _reaches(lines: list[tuple[int, int]], more: Iterator[tuple[int, int]], number: int) -> bool:
    """Whether there is a line of that number; `lines` grows only as far as it is asked for."""
    while len(lines) <= number:
        line = next(more, None)
        if line is None:
            return False
        lines.append(line)
    return True


@cache
def _excipient_follows() -> re.Pattern[str]:
    """ "magnesium stearate": the commonest mention, which is never a source."""
    ligands = [w.rstrip("~") for key in EXCIPIENT_FORMS for w in table("forms")[key].get("ligands", ()) if " " not in w]
    return re.compile(rf"[^\W\d_]* (?:{trie_pattern(ligands)})")


def _end_of_row(lines: list[tuple[int, int]], more: Iterator[tuple[int, int]], index: int, low: str) -> int:
    """The number behind a line and those below it that may hold its amounts or its form."""
    complete = _DIGIT.search(low, *lines[index])
    number = index + 1
    while number <= index + _AFTER and _reaches(lines, more, number):
        start, end = lines[number]
        if complete and not goes_on().match(low, start) and not _AMOUNT_LINE.match(low, start, end):
            break
        number += 1
    return number


def _line_start(low: str, place: int) -> int:
    """Where the printed line of a place starts; or the text, when the line may close a bracket of those above."""
    start, end = low.rfind("\n", 0, place) + 1, low.find("\n", place)
    closing = low.find(")", start, end if end >= 0 else len(low))
    return 0 if closing >= 0 and low.find("(", start, closing) < 0 else start


def _printed(low: str, start: int) -> Iterator[tuple[int, int]]:
    """Start and end of every printed line that is not blank; a line whose bracket stays open goes on."""
    while start < len(low):
        end = low.find("\n", start)
        end = len(low) if end < 0 else end
        line = low[start:end]
        if line and not line.isspace():
            if "(" in line and line.count("(") > line.count(")"):
                end = _bracket_end(low, start, end)
            if end - start > _LONG_LINE:
                yield from _sentences(low, start, end)
            else:
                yield start, end
        start = end + 1


def _sentences(low: str, start: int, end: int) -> list[tuple[int, int]]:
    """The sentences of a long line; abbreviations, brackets and short words end none."""
    found, talks = [], mentions("prose", low[start:end])
    for match in _SENTENCE_END.finditer(low, start, end):
        if low.count("(", start, match.start()) <= low.count(")", start, match.start()):
            found.append((start, match.start() + 1))
            start = match.end()
    pieces = [*found, (start, end)] if start < end else found
    return [part for piece in pieces for part in _prose_apart(low, *piece)] if talks else pieces


_PROSE_STOP = re.compile(
    r"[.!?](?:(?<=[\d kmµкм][gгl].)|(?<=[^\W\d_]{3}.)(?=\s+[^\W\d_(])|(?<=[^\W\d_]{4}.)|(?<=[)%].))"
    r"(?<!max.)(?<!min.)(?<!resp.)(?<!aprox.)(?<!approx.)(?<!entspr.)(?<!прибл.)(?<!макс.)\s+(?=[^\W_(]|%\s)"
)
"""What ends a sentence among sentences; elsewhere a stop behind a unit or a short word may belong to it."""


@cache
def _directions() -> re.Pattern[str]:
    return re.compile(rf"(?<=[\s.])(?:{section('directions').pattern})(?= ?:)")


def _prose_apart(low: str, start: int, end: int) -> list[tuple[int, int]]:
    """The sentences of a piece that speaks of needs and the like: "... of 375 mg. One tablet contains ...".

    The headings of a leaflet that is printed as one line end sentences too.
    """
    if not mentions("prose", low[start:end]):
        return [(start, end)]
    cuts = [match.end() for match in _PROSE_STOP.finditer(low, start, end)]
    cuts += [match.start() for match in _directions().finditer(low, start + 1, end)]
    cuts = sorted({cut for cut in cuts if start < cut < end})
    return list(zip([start, *cuts], [*cuts, end], strict=True))


def _bracket_end(low: str, start: int, end: int) -> int:
    """The end of a printed line, or of the one where its open bracket closes."""
    for _ in range(_BRACKET_LINES):
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
    return re.compile(rf"\s*(?:[;-] ?)?(?:\(|=|(?:{opening})(?![^\W\d_]))")


_AMOUNT_LINE = re.compile(r"\s*(?:%[^\n\d]{0,24})?[(<|~]?\s*\d[^\n]{0,40}$")
