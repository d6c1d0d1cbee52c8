"""HTML to the text of a label: one block a line, one table row a line.

    <tr><td>Magnesium (as magnesium oxide)</td><td>50 mg</td><td>13%</td></tr>
    Magnesium (as magnesium oxide) | 50 mg | 13%

Linear in the input; broken HTML gives the text that a browser would show, more or less.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from lxml import etree

DROPPED = frozenset({"script", "style", "template", "noscript", "svg", "iframe", "object", "head", "select", "button"})
BLOCKS = frozenset(
    {"address", "article", "aside", "blockquote", "body", "caption", "center", "details", "div", "dl", "dt"}
    | {"fieldset", "figcaption", "figure", "footer", "form", "h1", "h2", "h3", "h4", "h5", "h6", "header", "hr"}
    | {"legend", "li", "main", "nav", "ol", "p", "pre", "section", "summary", "tbody", "tfoot", "thead", "ul"}
)
LAID_OUT = BLOCKS | {"br", "dd", "sup", "td", "th", "tr"}
"""What starts or ends a line, a row or a cell."""
INVISIBLE = re.compile("[\0\N{SOFT HYPHEN}\N{ZERO WIDTH SPACE}\N{ZERO WIDTH NO-BREAK SPACE}\ud800-\udfff]")
TAG = re.compile(r"<[a-zA-Z/!]")
CELL_LINES = 3
"""A cell with more lines than this is a column packed with line breaks, or a layout."""


def html_to_text(html: str | None) -> str:
    """The text of a piece of HTML or of a whole page."""
    if not html or html.isspace():
        return ""
    source = _visible(html)
    root = _parsed(source if TAG.search(source) else f"<pre>{source}</pre>")
    return "" if root is None else tree_to_text(root)


def parse_html(html: str) -> etree._Element | None:
    """The tree of a piece of HTML or of a whole page; None when there is no element in it."""
    return _parsed(_visible(html))


def _visible(html: str) -> str:
    return html if html.isascii() and "\0" not in html else INVISIBLE.sub("", html)


def _parsed(source: str) -> etree._Element | None:
    parser = etree.HTMLParser(encoding="utf-8", remove_comments=True, remove_pis=True, huge_tree=True)
    try:
        root: etree._Element | None = etree.fromstring(source.encode(), parser)
    except etree.XMLSyntaxError:
        return None
    return root


def tree_to_text(root: etree._Element) -> str:
    """The text of a tree."""
    return _Writer().write(root)


@dataclass
class _Row:
    """A table row in the making; each cell is its lines."""

    cells: list[list[str]] = field(default_factory=list)

    def lines(self) -> list[str]:
        """The row on one line; packed columns are unpacked, a layout's cells follow one another."""
        filled = [cell for cell in self.cells if cell]
        heights = {len(cell) for cell in filled}
        if len(filled) == 1:
            return filled[0]
        if heights and max(heights) > CELL_LINES:
            if len(heights) == 1:
                return [" | ".join(parts) for parts in zip(*filled, strict=True)]
            return [line for cell in filled for line in cell]
        if _amounts_below_names(filled):
            return [
                " | ".join(parts).rstrip(" |")
                for parts in zip(*(_as_high(cell, max(heights)) for cell in filled), strict=True)
            ]
        line = " | ".join(" ".join(cell) for cell in self.cells).strip(" |")
        return [line] if line else []


def _amounts_below_names(cells: list[list[str]]) -> bool:
    """Whether a row holds several rows: names below each other, and as many amounts in another cell."""
    names, *rest = cells or [[]]
    packed = [cell for cell in rest if len(cell) > 1]
    if not packed or any(len(cell) != len(names) for cell in packed) or any(name[0] == "(" for name in names):
        return False
    return all(line[0].isdigit() or line[0] in "<-" for cell in packed for line in cell)


def _as_high(cell: list[str], lines: int) -> list[str]:
    """A cell with blank lines above it, as a total's or a part's only percent stands last."""
    return [""] * (lines - len(cell)) + cell


class _Writer:
    """Walks the tree once and collects lines."""

    def __init__(self) -> None:
        self.words: list[str] = []
        self.outputs: list[list[str]] = [[]]
        self.rows: list[_Row] = []
        self.preformatted = 0

    def write(self, root: etree._Element) -> str:
        skipped: etree._Element | None = None
        for event, element in etree.iterwalk(root, events=("start", "end")):
            tag = element.tag
            if skipped is not None:
                if event == "start" or element is not skipped:
                    continue
                skipped, text = None, element.tail
            elif event == "end":
                if tag in LAID_OUT:
                    self._end(tag)
                text = element.tail
            elif tag in DROPPED:
                skipped = element
                continue
            else:
                if tag in LAID_OUT:
                    self._start(tag)
                text = element.text
            if text:
                self._say(text)
        self._break()
        return "\n".join(self.outputs[0])

    def _say(self, text: str) -> None:
        if self.preformatted:
            *lines, text = text.split("\n")
            for line in lines:
                self.words.append(line)
                self._break()
        self.words.append(text)

    def _break(self) -> None:
        if not self.words:
            return
        line = " ".join("".join(self.words).split())
        self.words.clear()
        if line:
            self.outputs[-1].append(line)

    def _start(self, tag: str) -> None:
        if tag == "tr":
            self._break()
            self.rows.append(_Row())
        elif tag in ("td", "th") and self.rows:
            self._break()
            self.outputs.append([])
        elif tag == "dd" and self.words:
            self.words.append(" | ")
        elif tag == "br" or tag in BLOCKS:
            self._break()
            self.preformatted += tag == "pre"
        elif tag == "sup":
            self.words.append(" ")  # a footnote's digit is no part of the amount before it

    def _end(self, tag: str) -> None:
        if tag in ("td", "th") and self.rows:
            self._break()
            self.rows[-1].cells.append(self.outputs.pop())
        elif tag == "tr":
            self._break()
            self.outputs[-1].extend(self.rows.pop().lines())
        elif tag == "dd" or (tag in BLOCKS and tag != "dt"):
            self._break()
            self.preformatted -= tag == "pre"
