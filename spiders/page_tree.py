"""A product page's tree made ready for reading: what is not the product's is taken away, its order is marked.

Marks are private characters at the beginning of a line of `tree_to_text`; `panel.py` reads the lines that have one.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import islice

from lxml import etree

from spiders.html_text import BLOCKS
from spiders.magnesium import may_contain_magnesium
from spiders.page_words import headings, words

HEADING, BEGIN, TABLE, END = "\ue000", "\ue001", "\ue002", "\ue003"
"""A heading, followed by the digit of its rank; the beginning of a part, or of a table of facts; the end of either."""
MARKS = re.compile("[\ue000-\ue003][1-9]?")
BOLD, LOOKS = 7, 8
"""Ranks of what is no heading but looks like one: a line in bold, a line of words that head a panel."""
AMOUNT = re.compile(
    r"\d[\d.,\u00a0 ]*(?:mg|mcg|\N{MICRO SIGN}g|\N{GREEK SMALL LETTER MU}g|g|ml|iu|ie|mmol|meq|mEq|kj|kcal|%|"
    r"мг|г|מ\"ג|ملغ|مجم|毫克|ミリグラム|㎎)(?![^\W\d_])",
    re.IGNORECASE,
)
LONGEST_HEADING, LONGEST = 300, 80
"""Characters of a heading, and of words that only look like one."""
LONGEST_LOOK = 60
ROW_CELLS = range(2, 6)
BEYOND, BEYOND_ELSEWHERE = 40, 150
"""Characters that a heading's part holds besides the heading."""
H = {f"h{rank}": rank for rank in range(1, 7)}
CONTROLS = ("aria-controls", "data-target", "data-bs-target", "href")
GONE = frozenset(
    {"nav", "footer", "aside", "dialog", "script", "style", "template", "noscript", "svg", "iframe", "select"}
)
LISTS = ("table", "dl", "ul", "ol")
CELL = frozenset({"div", "span", "p", "strong", "b", "dt", "dd"})
INLINE = frozenset({"span", "strong", "b", "small", "em", "i", "sup", "sub", "br", "a"})
OPENS = re.compile("accordion|collaps|tab|toggle")
"""In the class of a button that opens a part of the page."""
MOST_TABS = 60
CAMEL = re.compile("(?<=[a-z])(?=[A-Z])")
SPLIT = re.compile(r"[^a-z0-9]+")


def prepared(root: etree._Element) -> etree._Element:
    """The tree, changed in place: stripped, its layouts made rows, its parts marked."""
    _undo_layouts(root)
    _open_tabs(root)  # before the next: their names often stand in what is taken away
    _strip(root)
    _make_rows(root)
    _mark(root)
    return root


def text_in(element: etree._Element) -> str:
    """The element's text on one line."""
    return " ".join("".join(element.itertext()).split())


def _sizes(root: etree._Element) -> dict[etree._Element, int]:
    """How many characters each element holds."""
    sizes: dict[etree._Element, int] = {}
    for _, element in etree.iterwalk(root, events=("end",)):
        inner = sum(sizes.get(child, 0) + len((child.tail or "").strip()) for child in element)
        sizes[element] = inner + len((element.text or "").strip())
    return sizes


def _short(root: etree._Element, longest: int) -> Iterator[tuple[etree._Element, str]]:
    """The elements that hold a little text, with it."""
    for element, size in _sizes(root).items():
        if 0 < size <= longest and isinstance(element.tag, str):
            yield element, text_in(element)


def is_panel_heading(text: str) -> bool:
    """Whether the words head a part that says what is inside."""
    return len(text) <= LONGEST and bool(headings("panel").search(text.lower()))


def is_elsewhere_heading(text: str) -> bool:
    """Whether the words head a part that speaks of other products, of opinions or of the shop."""
    return len(text) <= LONGEST and bool(headings("elsewhere").search(text.lower()))


def begins_panel(text: str) -> bool:
    """Whether a line begins with the words that head a panel, and no amount follows."""
    return bool(headings("panel").match(text.lower())) and not AMOUNT.search(text)


def _looks_like_panel(text: str) -> bool:
    """Whether a line is nothing but the words that head a panel."""
    found = headings("panel").match(text.lower())
    rest = text[found.end() :].strip(" :：*") if found else text
    short = len(rest) <= 20 or rest.startswith(("(", "（"))
    return bool(found) and short and not AMOUNT.search(rest)


def _strip(root: etree._Element) -> None:
    """Take away what is not the product's, unless the product's name or panel stands in it."""
    kept = {above for heading in root.iter("h1") for above in heading.iterancestors()}
    for element, text in _short(root, LONGEST_LOOK):
        if element.tag not in ("a", "li", "option") and _looks_like_panel(text):
            kept.update(element.iterancestors())
    for element in list(root.iter(etree.Element)):
        if (element.tag in GONE or _is_boilerplate(element)) and (
            element not in kept or element.tag in ("nav", "footer")
        ):
            _drop(element)


def _is_boilerplate(element: etree._Element) -> bool:
    if element.tag in ("body", "html", "main", "h1"):
        return False
    if element.get("role") in words("boilerplate", "roles") or (
        element.tag == "header" and element.find(".//nav") is not None
    ):
        return True
    named = f"{element.tag} {element.get('class') or ''} {element.get('id') or ''}"
    return not words("boilerplate", "any").isdisjoint(SPLIT.split(CAMEL.sub(" ", named).lower()))


def _drop(element: etree._Element) -> None:
    """Take an element away; the text behind it stays."""
    parent = element.getparent()
    if parent is None:
        return
    before = element.getprevious()
    if element.tail and before is not None:
        before.tail = f"{before.tail or ''} {element.tail}"
    elif element.tail:
        parent.text = f"{parent.text or ''} {element.tail}"
    parent.remove(element)


def _undo_layouts(root: etree._Element) -> None:
    """Make plain parts of tables that only lay a page out: those with the page's title or a further table inside."""
    layouts = {table for inner in root.iter("table", "h1") for table in inner.iterancestors("table")}
    for element in list(root.iter("tr", "td", "th", "tbody")):
        if next(element.iterancestors("table"), None) in layouts:
            element.tag = "div"
    for table in layouts:
        table.tag = "div"


def _open_tabs(root: etree._Element) -> None:
    """Put the names of tabs and accordions at the head of what they open."""
    by_id = {element.get("id"): element for element in root.iter(etree.Element) if element.get("id")}
    found = ((element, text, _opened(element, by_id)) for element, text in _short(root, LONGEST))
    opening = list(
        islice(((element, text, target) for element, text, target in found if target is not None), MOST_TABS)
    )
    for element, text, target in opening:
        if not text_in(target).startswith(text):
            heading = etree.Element("h6")
            heading.text, heading.tail, target.text = text, target.text, None
            target.insert(0, heading)
        _drop(element)
    for button in root.iter("button", "summary"):
        if button.tag == "summary" or button.get("aria-expanded") or OPENS.search(button.get("class") or ""):
            button.tag = "h6"


def _opened(element: etree._Element, by_id: dict[str, etree._Element]) -> etree._Element | None:
    """What a click on an element opens, when the page says so."""
    for name in CONTROLS:
        target = by_id.get((element.get(name) or "").removeprefix("#"))
        if (
            target is not None
            and target is not element
            and element not in target.iter()
            and target not in element.iter()
        ):
            return target
    return None


def _make_rows(root: etree._Element) -> None:
    """Make rows of what is laid out as rows: two to five short cells, of which one is an amount."""
    for element in list(root.iter(etree.Element)):
        role = element.get("role")
        if role in ("row", "cell", "columnheader", "rowheader", "gridcell"):
            element.tag = "tr" if role == "row" else "td"
        elif element.tag in ("div", "li") and _is_row(element):
            element.tag = "tr"
            for child in element:
                child.tag = "td"
            parent = element.getparent()
            if parent is not None and parent.tag in ("div", "section"):
                parent.tag = "table"


def _is_row(element: etree._Element) -> bool:
    if len(element) not in ROW_CELLS or (element.text or "").strip():
        return False
    cells = [text_in(child) for child in element if _is_cell(child)]
    if len(cells) < len(element) or not all(cells) or AMOUNT.match(cells[0]):
        return False
    return any(AMOUNT.match(cell) for cell in cells[1:])


def _is_cell(element: etree._Element) -> bool:
    """Whether an element holds one short text, however deep: two blocks below each other are a column."""
    if element.tag not in CELL or (element.tail or "").strip():
        return False
    text = text_in(element)
    return len(text) <= LONGEST and all(
        inner.tag in INLINE or (inner.tag in CELL and text_in(inner) == text) for inner in element.iterdescendants()
    )


def _mark(root: etree._Element) -> None:
    """Mark headings, the parts that they head, and tables of facts."""
    sizes = _sizes(root)
    parts: dict[etree._Element, str] = {}
    for element, text in list(_short(root, LONGEST_HEADING)):
        if not (rank := _rank(element, text)) or any(above.tag in ("tr", "dl") for above in element.iterancestors()):
            continue
        beyond = BEYOND_ELSEWHERE if is_elsewhere_heading(text) else BEYOND
        if is_panel_heading(text) or is_elsewhere_heading(text):
            parts.setdefault(_part(element, sizes, beyond), BEGIN)
        for child in list(element):
            element.remove(child)
        element.text = f"{HEADING}{rank}{text}"
    for element in root.iter(*LISTS):
        if not any(above.tag in (*LISTS, "tr") for above in element.iterancestors()) and _has_facts(element):
            parts[element] = TABLE
    for element in {br.getparent() for br in root.iter("br")}:
        if element is not None and any(_looks_like_panel(line) for line in _broken_lines(element)):
            parts[element] = TABLE
    for part, mark in parts.items():
        _enclose(part, mark)


def _rank(element: etree._Element, text: str) -> int:
    """The rank of a heading; 0 when the element is none."""
    if (rank := H.get(element.tag, 0)) or len(text) > LONGEST:
        return rank
    if element.tag in ("strong", "b") and _is_line(element):
        plain = not re.search(r"\d", text) and not may_contain_magnesium(text)
        return BOLD if plain or begins_panel(text) else 0
    return LOOKS if not len(element) and _looks_like_panel(text) else 0


def _is_line(element: etree._Element) -> bool:
    """Whether an inline element stands on a line of its own."""
    before, after, parent = element.getprevious(), element.getnext(), element.getparent()
    if parent is None or (element.tail or "").strip():
        return False
    said_before = parent.text if before is None else before.tail
    alone = all(other is None or other.tag == "br" or other.tag in BLOCKS for other in (before, after))
    return alone and not (said_before or "").strip()


def _part(heading: etree._Element, sizes: dict[etree._Element, int], beyond: int) -> etree._Element:
    """The smallest element around a heading that holds something besides it."""
    for above in heading.iterancestors():
        if sizes.get(above, 0) >= sizes.get(heading, 0) + beyond and above.tag not in ("tr", "ul", "ol", "p"):
            return above
    return heading.getroottree().getroot()


def _broken_lines(element: etree._Element) -> Iterator[str]:
    """The lines of an element that breaks its text with `<br>`."""
    for text in (element.text, *(child.tail for child in element)):
        if text and len(text) <= LONGEST_LOOK and (line := " ".join(text.split())):
            yield line


def _has_facts(element: etree._Element) -> bool:
    """Whether a table has an amount of magnesium, or a heading of a panel in a cell."""
    text = text_in(element)
    if not AMOUNT.search(text):
        return False
    return may_contain_magnesium(text) or any(
        _looks_like_panel(text_in(cell)) for cell in element.iter("td", "th", "caption")
    )


def _enclose(part: etree._Element, mark: str) -> None:
    """Put a mark on a line of its own before an element's content, and one behind it."""
    begin, end = etree.Element("p"), etree.Element("p")
    begin.text, end.text = mark, END
    if part.tag in LISTS and part.getparent() is not None:
        end.tail, part.tail = part.tail, None
        part.addprevious(begin)
        part.addnext(end)
    else:
        begin.tail, part.text = part.text, None
        part.insert(0, begin)
        part.append(end)
