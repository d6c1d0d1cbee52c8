"""What a page names beside its product: questions, and the links of a menu."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING

from checker.lexicon import says, section
from checker.phrases import Phrase

if TYPE_CHECKING:
    from checker.lines import Line

_SENTENCE = 100
"""Characters behind a name in which the end of its sentence is looked for."""
_ENDS = re.compile(r"[.!?\n|](?!\d)")
_FEWEST = 2
"""Names on lines of their own that make a menu, at least."""
_TRIM = " ;*>|-"


def is_asked(low: str, end: int) -> bool:
    """Whether a sentence that holds what ends here is a question: "Is this magnesium citrate or oxide?"."""
    found = _ENDS.search(low, end, end + _SENTENCE)
    return found is not None and found[0] == "?"


def links(lines: Sequence[Line], low: str) -> list[Line]:
    """The lines of a menu: nothing but compounds, one below the other, that no heading or row belongs to."""
    found: list[Line] = []
    run: list[Line] = []
    for line in (*lines, None):
        if line is not None and _is_bare_name(line, low) and (not run or not low[run[-1].end : line.start].strip()):
            run.append(line)
            continue
        if len(run) >= _FEWEST and _stands_alone(run, low):
            found += run
        run = [line] if line is not None and _is_bare_name(line, low) else []
    return found


def _is_bare_name(line: Line, low: str) -> bool:
    """Whether a line is the name of one compound and nothing else."""
    if len(line.phrases) != 1 or line.phrases[0].kind != "compound":
        return False
    name: Phrase = line.phrases[0]
    return low[line.start : line.end].strip(_TRIM) == low[name.start : name.end]


def _stands_alone(run: list[Line], low: str) -> bool:
    """Whether neither the line above a run nor the one below tells that it lists what a product holds."""
    if len({line.phrases[0].forms for line in run}) < _FEWEST:
        return False
    above = low[: run[0].start].rstrip().rpartition("\n")[2].strip()
    below = low[run[-1].end :].lstrip().partition("\n")[0]
    return bool(above) and not _lists(above) and not any(map(str.isdigit, below)) and bool(below)


def _lists(above: str) -> bool:
    """Whether a line announces a list of ingredients."""
    if above.endswith(":") or any(map(str.isdigit, above)) or says("magnesium", above):
        return True
    kinds = ("ingredients", "panel", "panel_start", "contains", "blend")
    return any(says(kind, above) for kind in kinds) or section("ingredients").search(above) is not None
