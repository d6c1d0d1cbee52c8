"""Sitemaps (https://www.sitemaps.org/protocol.html): where a shop's product pages are, and when each was changed.

What real ones do is survived: blank lines before the declaration, no namespace or another, `&` unescaped, no end, gzip
whatever the name says, one address a line instead of XML.
"""

from __future__ import annotations

import re
import zlib
from collections.abc import Iterable
from dataclasses import dataclass
from io import BytesIO
from urllib.parse import unquote, urljoin, urlsplit

from lxml import etree

from spiders.answers import NotOfferedError, as_utf_8
from spiders.magnesium import may_contain_magnesium
from spiders.page_words import words

GUESSES = ("sitemap.xml", "sitemap_index.xml", "wp-sitemap.xml")
"""Where a sitemap is looked for when robots.txt names none."""
MAX_UNPACKED = 50 * 1024 * 1024
"""Bytes of one sitemap, unpacked: the protocol's own limit."""
BARE_AND = re.compile(rb"&(?!(?:#\d+|#[xX][0-9a-fA-F]+|amp|lt|gt|quot|apos);)")
"""An ampersand that begins nothing that XML knows; with these escaped, no entity is left to expand."""
DECLARATION = re.compile(rb"^\s*<\?xml[^>]*>")
END = re.compile(rb"</[\w:.-]*(?:urlset|sitemapindex)\s*>")
GZIP = b"\x1f\x8b"
ENTRIES = ("{*}url", "{*}sitemap")
SAID = ("title", "caption")
"""What a picture in a sitemap says about its page."""


@dataclass(frozen=True, slots=True)
class Entry:
    """A page, or a further sitemap."""

    url: str
    said: str = ""
    """Titles and captions of its pictures."""

    @property
    def may_be_magnesium(self) -> bool:
        """Whether its address or its pictures' words name magnesium."""
        return may_contain_magnesium(slug_words(self.url), self.said)


@dataclass(frozen=True, slots=True)
class Sitemap:
    """One sitemap as read."""

    pages: tuple[Entry, ...]
    sitemaps: tuple[Entry, ...]
    broken_off: bool
    """The end is missing: there are more entries than these."""


def read_sitemap(body: bytes, place: str) -> Sitemap:
    """The entries of a sitemap at an address; raises NotOfferedError when it is none."""
    body, whole = _unpacked(body)
    text = _as_text(body)
    if not text.startswith(b"<"):
        return _read_lines(text, whole, place)
    pages: list[Entry] = []
    sitemaps: list[Entry] = []
    source = BytesIO(BARE_AND.sub(b"&amp;", text))
    parser = etree.iterparse(source, tag=ENTRIES, recover=True, no_network=True, remove_comments=True)
    try:
        for _, element in parser:
            if entry := _entry(element, place):
                (sitemaps if str(element.tag).endswith("sitemap") else pages).append(entry)
            _forget(element)
    except etree.XMLSyntaxError:
        whole = False
    root = str(getattr(parser.root, "tag", "")).rpartition("}")[2]
    if root not in ("urlset", "sitemapindex"):
        raise NotOfferedError(f"{place} answered something that is not a sitemap")
    ended = END.search(text[-200:]) or not pages + sitemaps
    return Sitemap(tuple(pages), tuple(sitemaps), not (whole and ended))


def _unpacked(body: bytes) -> tuple[bytes, bool]:
    """The sitemap without its gzip, and whether it is all there."""
    if not body.startswith(GZIP):
        return body, True
    unpacking = zlib.decompressobj(wbits=31)
    try:
        return unpacking.decompress(body, MAX_UNPACKED), unpacking.eof
    except zlib.error:
        return b"", False


def _as_text(body: bytes) -> bytes:
    """From its first character on; UTF-16 as UTF-8, without the declaration that is true no more."""
    text = as_utf_8(body)
    if text is not body:
        text = DECLARATION.sub(b"", text)
    return text.lstrip(b"\xef\xbb\xbf \t\r\n\0")


def _read_lines(text: bytes, whole: bool, place: str) -> Sitemap:
    """A sitemap in plain text: one address a line."""
    lines = text.decode("utf-8", "replace").split()
    if not lines or not all(line.startswith(("https://", "http://")) for line in lines):
        raise NotOfferedError(f"{place} answered something that is not a sitemap")
    return Sitemap(tuple(Entry(line) for line in lines), (), not whole)


def _entry(element: etree._Element, place: str) -> Entry | None:
    found: dict[str, str] = {}
    said: list[str] = []
    for child in element.iter(etree.Element):
        name, text = str(child.tag).rpartition("}")[2].rpartition(":")[2], (child.text or "").strip()
        if name in SAID:
            said.append(text)
        elif child.getparent() is element:
            found[name] = text
    try:
        url = urlsplit(urljoin(place, found.get("loc", "").replace("&amp;", "&")))._replace(fragment="").geturl()
    except ValueError:  # no address at all
        return None
    return Entry(url, "\n".join(said)) if found.get("loc") else None


def _forget(element: etree._Element) -> None:
    """Give back the memory of what has been read."""
    element.clear()
    while (before := element.getprevious()) is not None:
        element.getparent().remove(before)


def is_same_site(url: str, base: str) -> bool:
    """Whether an address is on the host of another; `www.` may come or go."""
    try:
        return _place(url) == _place(base)
    except ValueError:
        return False


def _place(url: str) -> tuple[str, int | None]:
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https"):
        raise ValueError(parts.scheme)
    return (parts.hostname or "").removeprefix("www."), parts.port


def as_safe_as(base: str, url: str) -> str:
    """The address with https where the site itself has it: many sitemaps are older than their site's certificate."""
    older = url.startswith("http://") and base.startswith("https://") and urlsplit(url).port is None
    return f"https{url[4:]}" if older else url


def of_products(sitemaps: Iterable[Entry]) -> list[Entry]:
    """The sitemaps that list products by their names; all of them when no name says so."""
    every = list(sitemaps)
    named = [entry for entry in every if (found := _name_words(entry)) & words("sitemap", "products")
             and not found & words("sitemap", "other")]  # fmt: skip
    return named or every


def _name_words(entry: Entry) -> set[str]:
    parts = urlsplit(entry.url)
    return set(re.findall(r"[^\W\d_]+", unquote(f"{parts.path} {parts.query}").lower()))


def may_be_product(url: str) -> bool:
    """Whether a page may be a product's, by the folders of its address."""
    folders = [folder for folder in urlsplit(url).path.lower().split("/")[:-1] if folder]
    if words("folder", "products").intersection(folders):
        return True
    return urlsplit(url).path not in ("", "/") and not words("folder", "other").intersection(folders)


def slug_words(url: str) -> str:
    """The words of an address's path and query."""
    parts = urlsplit(url)
    return re.sub(r"[-_/+.=&]+", " ", unquote(f"{parts.path} {parts.query}"))


def page_key(url: str) -> str:
    """What a page is known by within its source: path and query of its address."""
    parts = urlsplit(url)
    return (unquote(parts.path).rstrip("/") or "/") + (f"?{parts.query}" if parts.query else "")
