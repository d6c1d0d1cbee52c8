"""Sitemaps as real sites write them."""

from __future__ import annotations

import gzip

import pytest
from hypothesis import given
from hypothesis import strategies as st

from spiders.answers import NotOfferedError
from spiders.sitemap import Entry, as_safe_as, is_same_site, may_be_product, of_products, page_key, read_sitemap

PLACE = "https://acme.example/sitemap.xml"
SPACES = 'xmlns="http://www.sitemaps.org/schemas/sitemap/0.9" xmlns:i="http://www.google.com/schemas/sitemap-image/1.1"'
ONE = f"""<?xml version="1.0" encoding="UTF-8"?><urlset {SPACES}><!-- made by hand -->
<url><loc> https://acme.example/p/mag?a=1&amp;b=2#top </loc><lastmod>2026-01-02T03:04:05Z</lastmod>
<i:image><i:loc>https://cdn.example/x.png</i:loc><i:title>Mag &amp; B6</i:title><i:caption>Night</i:caption></i:image>
</url></urlset>"""
MAG = Entry("https://acme.example/p/mag?a=1&b=2", "Mag & B6\nNight")


@pytest.mark.parametrize(
    "body",
    [
        ONE.encode(),
        b"\xef\xbb\xbf\n\n  " + ONE.encode(),
        gzip.compress(ONE.encode()),
        ONE.replace("UTF-8", "UTF-16").encode("utf-16"),
        ONE.replace("&amp;", "&").encode(),
        ONE.replace(SPACES, 'xmlns:i="x"').encode(),
        ONE.replace("https://acme.example/p/", "/p/").encode(),
        ONE.replace("<loc> ", "<loc><![CDATA[").replace(" </loc>", "]]></loc>").replace("a=1&amp;b", "a=1&b").encode(),
        ONE.replace("UTF-8", "ISO-8859-1").replace("by hand", "\u00e9").encode("latin-1"),
        ONE.replace("</urlset>", "<url><loc></loc></url><url><lastmod>1</lastmod></url></urlset>\n\n").encode(),
    ],
)
def test_a_page_is_read_however_it_is_written(body: bytes) -> None:
    found = read_sitemap(body, PLACE)
    assert found.pages == (MAG,)
    assert not found.broken_off


def test_a_sitemap_of_sitemaps() -> None:
    body = b"<s:sitemapindex xmlns:s='x'><s:sitemap><s:loc>/a.xml</s:loc></s:sitemap></s:sitemapindex>"
    found = read_sitemap(body, PLACE)
    assert found.sitemaps == (Entry("https://acme.example/a.xml"),)
    assert (found.pages, found.broken_off) == ((), False)


def test_one_address_a_line() -> None:
    body = b"https://acme.example/1\r\nhttps://acme.example/2\r\n"
    assert [entry.url for entry in read_sitemap(body, PLACE).pages] == [
        "https://acme.example/1",
        "https://acme.example/2",
    ]


@pytest.mark.parametrize(
    "body", [ONE[:-13].encode(), ONE[:-9].encode() + b"<url><loc>https://acme.exam", gzip.compress(ONE.encode())[:-10]]
)
def test_what_stands_before_the_break_is_kept_and_the_break_is_known(body: bytes) -> None:
    found = read_sitemap(body, PLACE)
    assert found.pages[:1] == (MAG,)
    assert found.broken_off


def test_an_empty_sitemap_is_whole() -> None:
    assert read_sitemap(b"<urlset/>", PLACE).broken_off is False


@pytest.mark.parametrize("body", [b"", b"<", b"<!doctype html><p>no", b"no", b'{"a": 1}', b"\x1f\x8bno", b"\0\0"])
def test_something_else_is_told(body: bytes) -> None:
    with pytest.raises(NotOfferedError, match=r"sitemap.xml answered something that is not a sitemap"):
        read_sitemap(body, PLACE)


def test_entities_do_not_grow() -> None:
    body = b'<!DOCTYPE u [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]><urlset><url><loc>https://x/&b;c</loc></url></urlset>'
    assert read_sitemap(body, PLACE).pages == (Entry("https://x/&b;c"),)


def test_a_bomb_is_unpacked_to_its_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("spiders.sitemap.MAX_UNPACKED", 1000)
    packed = gzip.compress(ONE.replace("</urlset>", "<url><loc>/x</loc></url>" * 99999 + "</urlset>").encode())
    found = read_sitemap(packed, PLACE)
    assert found.broken_off
    assert 1 <= len(found.pages) < 40


@given(st.binary(max_size=80), st.integers(0, len(ONE)), st.integers(0, len(ONE)))
def test_any_damage_gives_entries_or_a_sentence(rubbish: bytes, start: int, end: int) -> None:
    body = ONE.encode()[:start] + rubbish + ONE.encode()[end:]
    try:
        found = read_sitemap(body, PLACE)
    except NotOfferedError:
        return
    assert all(entry.url for entry in found.pages + found.sitemaps)


@pytest.mark.parametrize(
    ("names", "kept"),
    [
        (["product-sitemap.xml", "product_cat-sitemap.xml", "post-sitemap.xml"], ["product-sitemap.xml"]),
        (["sitemap_products_1.xml?from=1", "sitemap_pages_1.xml"], ["sitemap_products_1.xml?from=1"]),
        (["produkte/sitemap.xml", "blog/sitemap.xml"], ["produkte/sitemap.xml"]),
        (["a.xml", "b.xml"], ["a.xml", "b.xml"]),
        ([], []),
    ],
)
def test_sitemaps_of_products_are_known_by_their_names(names: list[str], kept: list[str]) -> None:
    entries = [Entry(f"https://acme.example/{name}") for name in names]
    assert [entry.url.removeprefix("https://acme.example/") for entry in of_products(entries)] == kept


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("/products/magnesium", True),
        ("/collections/minerals/products/magnesium", True),
        ("/magnesium-citrate", True),
        ("/en/magnesium.html", True),
        ("/blogs/news/magnesium", False),
        ("/collections/magnesium", False),
        ("/product-category/magnesium/citrate", False),
        ("/", False),
        ("", False),
    ],
)
def test_product_pages_are_known_by_their_folders(path: str, expected: bool) -> None:
    assert may_be_product(f"https://acme.example{path}") is expected


@pytest.mark.parametrize(
    ("url", "said", "expected"),
    [
        ("https://acme.example/p/Magnesium-citrate", "", True),
        ("https://acme.example/p/12?name=magn%C3%A9sium", "", True),
        ("https://acme.example/p/%D0%BC%D0%B0%D0%B3%D0%BD%D0%B8%D0%B9", "", True),
        ("https://acme.example/p/horcik-b6", "", True),
        ("https://acme.example/p/magniy-b6", "", True),
        ("https://acme.example/p/12", "Μαγνήσιο", True),
        ("https://acme.example/p/magnet", "", False),
        ("https://magnesium.example/p/zinc", "Zinc", False),
    ],
)
def test_magnesium_is_known_by_address_or_picture(url: str, said: str, expected: bool) -> None:
    assert Entry(url, said=said).may_be_magnesium is expected


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("https://www.acme.example/x", True),
        ("http://acme.example/x", True),
        ("https://cdn.acme.example/x", False),
        ("https://acme.example:8443/x", False),
        ("ftp://acme.example/x", False),
        ("//acme.example/x", False),
        ("https://[", False),
        ("https://acme.example:99999/", False),
    ],
)
def test_only_the_same_host_is_the_same_site(url: str, expected: bool) -> None:
    assert is_same_site(url, "https://acme.example/") is expected


@pytest.mark.parametrize(
    ("url", "base", "asked"),
    [
        ("http://acme.example/x", "https://acme.example/", "https://acme.example/x"),
        ("http://acme.example:8080/x", "https://acme.example/", "http://acme.example:8080/x"),
        ("http://acme.example/x", "http://acme.example/", "http://acme.example/x"),
        ("https://acme.example/x", "http://acme.example/", "https://acme.example/x"),
    ],
)
def test_an_old_address_is_asked_for_as_the_site_is(url: str, base: str, asked: str) -> None:
    assert as_safe_as(base, url) == asked


def test_a_page_is_known_by_its_path_and_query() -> None:
    assert page_key("https://acme.example/p/Mag%20nesium/?v=1") == "/p/Mag nesium?v=1"
    assert page_key("https://acme.example") == page_key("https://acme.example/") == "/"
