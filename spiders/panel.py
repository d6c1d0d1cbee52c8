"""What a product page says is inside: the facts panel and the page's main text, as lines.

1. `page_tree.prepared` takes away what is not the product's (navigation, footer, related products, reviews), makes rows
   of what is laid out as rows, and marks headings, the parts that they head, and tables of facts.
2. The lines of the tree are read from top to bottom: a heading such as "Supplement Facts" or "Zutaten" opens a panel,
   the next heading of its rank or the end of its part closes it; one such as "Reviews" hides what is below it.

Nothing is understood here but headings; amounts are for the checker.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from lxml import etree

from spiders.html_text import tree_to_text
from spiders.json_ld import mended
from spiders.magnesium import may_contain_magnesium
from spiders.page_tree import (
    AMOUNT,
    BEGIN,
    END,
    HEADING,
    LOOKS,
    MARKS,
    TABLE,
    begins_panel,
    is_elsewhere_heading,
    is_panel_heading,
    prepared,
)

MOST_ELEMENTS = 50_000
"""A page with more is not searched for facts: it would take more than a second. A large real page has 10,000."""
MOST_PANELS = 40
LONGEST = 60_000
"""Characters of the panel, and of the text."""
ONE_LINE = re.compile(r"[^:\n]{2,40}:\s*\S")
"""A panel in one line: "Zutaten: Magnesiumcitrat, ..."."""


@dataclass(frozen=True)
class Facts:
    """The texts of a page, one row a line."""

    panel: str
    """The parts that say what is inside; empty when the page has none."""
    text: str
    """All of the page's main part, the panel included."""

    @property
    def has_dose(self) -> bool:
        """Whether the panel has an amount of magnesium."""
        return any(is_dose(line) for line in self.panel.splitlines())


NO_FACTS = Facts("", "")


def is_dose(line: str) -> bool:
    """Whether a line may give an amount of magnesium."""
    return bool(AMOUNT.search(line)) and may_contain_magnesium(line)


def facts_of(root: etree._Element, title: str) -> Facts:
    """The facts of a page whose product is called `title`; changes the tree."""
    if sum(1 for _ in root.iter()) > MOST_ELEMENTS:
        return NO_FACTS
    reading = _Reading()
    for line in _from_title(tree_to_text(prepared(root)).splitlines(), title):
        reading.read(mended(line))
    panels = _distinct(_best([panel for panel in reading.panels if _says_something(panel)][:MOST_PANELS]))
    return Facts(_cut("\n\n".join("\n".join(panel) for panel in panels)), _cut("\n".join(reading.text)))


def _cut(text: str) -> str:
    """The text up to the last whole line that there is room for: half a number is another number."""
    return text if len(text) <= LONGEST else text[:LONGEST].rpartition("\n")[0]


def _from_title(lines: list[str], title: str) -> list[str]:
    """The lines from the first heading of the highest rank that names the product; all of them when none does."""
    wanted = title.casefold()
    named = [
        (line[1], number)
        for number, line in enumerate(lines)
        if line.startswith(HEADING)
        and (
            wanted in (heading := mended(line[2:]).casefold()) or (heading in wanted and 2 * len(heading) > len(wanted))
        )
    ]
    return lines[min(named)[1] :] if named else lines


def _says_something(panel: list[str]) -> bool:
    return any(may_contain_magnesium(line) or AMOUNT.search(line) for line in panel)


def _best(panels: list[list[str]]) -> list[list[str]]:
    """The panels that a heading calls so, if one of them has a dose: other tables may be of foods, ages or rivals."""
    headed = [panel for panel in panels if any(begins_panel(line) for line in panel)]
    return headed if any(is_dose(line) for panel in headed for line in panel) else panels


def _distinct(panels: list[list[str]]) -> list[list[str]]:
    """The panels without those whose lines all stand in another one: pages are written for two screens."""
    sets = [set(panel) for panel in panels]
    return [
        panel
        for number, panel in enumerate(panels)
        if not any(
            sets[number] < other or (sets[number] == other and place < number) for place, other in enumerate(sets)
        )
    ]


@dataclass
class _Reading:
    """The state from line to line; ranks are 1 to 6 for h1 to h6, more for what only looks like a heading."""

    panels: list[list[str]] = field(default_factory=list)
    text: list[str] = field(default_factory=list)
    depth: int = 0
    """How many marked parts are open."""
    opened: _Opened | None = None
    """The panel that is open."""
    hidden: _Opened | None = None
    """The heading that hides what is below it."""

    def read(self, line: str) -> None:
        """The next line, with its mark."""
        mark, text = line[:1], MARKS.sub("", line).strip()
        if mark == END:
            self._end()
        elif mark in (BEGIN, TABLE):
            self.depth += 1
            if mark == TABLE and not self.opened and not self.hidden:
                self._open(LOOKS + 1)
        elif mark == HEADING:
            self._heading(int(line[1:2]), text)
        elif not self.hidden:
            self._say(text)

    def _open(self, rank: int) -> None:
        self.opened = _Opened(rank, self.depth)
        self.panels.append([])

    def _end(self) -> None:
        self.depth -= 1
        self.opened = self.opened and self.opened.after_end(self.depth)
        self.hidden = self.hidden and self.hidden.after_end(self.depth)

    def _heading(self, rank: int, text: str) -> None:
        self.hidden = self.hidden and self.hidden.after_heading(rank)
        if self.hidden:
            return
        if is_elsewhere_heading(text):
            self.opened, self.hidden = None, _Opened(rank, self.depth)
            return
        if is_panel_heading(text):
            if not self.opened or rank < self.opened.rank:
                self._open(rank)
        else:
            self.opened = self.opened and self.opened.after_heading(rank)
        self._say(text)

    def _say(self, text: str) -> None:
        self.text.append(text)
        if self.opened:
            self.panels[-1].append(text)
        elif ONE_LINE.match(text) and is_panel_heading(text.partition(":")[0]):
            self.panels.append([text])


@dataclass(frozen=True)
class _Opened:
    """A heading whose part is being read."""

    rank: int
    depth: int

    def after_heading(self, rank: int) -> _Opened | None:
        """Itself when a heading of this rank stands below it."""
        return self if rank > self.rank else None

    def after_end(self, depth: int) -> _Opened | None:
        """Itself while the part that it stands in is open."""
        return self if depth >= self.depth else None
