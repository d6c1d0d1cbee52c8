"""Bytes of an answer to text, whatever the headers say."""

from __future__ import annotations

import pytest
from scrapy.http import Response

from checker import SourceError
from spiders.answers import PARSERS, NotOfferedError

META = '<meta charset="{}"><p>Magnésium {}'


def answer(body: bytes, media: str = "text/html", status: int = 200) -> Response:
    return Response("https://acme.example/p/1?v=2", status=status, headers={"Content-Type": media}, body=body)


@pytest.mark.parametrize(
    ("body", "media"),
    [
        ("<p>Magnésium".encode(), "text/html; charset=utf-8"),
        ("<p>Magnésium".encode(), "text/html; charset=iso-8859-1"),
        (b"\xef\xbb\xbf" + "<p>Magnésium".encode(), "text/html"),
        ("<p>Magnésium".encode("latin-1"), "text/html; charset=iso-8859-1"),
        ("<p>Magnésium".encode("latin-1"), "text/html; charset=utf-9000"),
        ("<p>Magnésium".encode("utf-16"), "text/html"),
        ("  \n<p>Magnésium".encode("cp1252"), ""),
    ],
)
def test_html_is_read_in_its_own_charset(body: bytes, media: str) -> None:
    assert PARSERS["html"](answer(body, media)).strip() == "<p>Magnésium"


def test_a_page_may_name_its_charset_itself() -> None:
    said = META.format("windows-1251", "магний").replace("é", "e")
    assert "магний" in PARSERS["html"](answer(said.encode("windows-1251")))


@pytest.mark.parametrize(("media", "body"), [("html", b"%PDF-1.7"), ("html", b""), ("json", b'{"a": ')])
def test_something_else_is_told_without_the_query(media: str, body: bytes) -> None:
    with pytest.raises(SourceError, match=r"^https://acme.example/p/1 answered "):
        PARSERS[media](answer(body))  # type: ignore[index]


@pytest.mark.parametrize(
    ("status", "offered"), [(401, False), (403, False), (404, False), (410, False), (429, True), (500, True)]
)
def test_what_a_site_does_not_offer_is_told_apart_from_what_fails(status: int, offered: bool) -> None:
    with pytest.raises(SourceError) as caught:
        PARSERS["xml"](answer(b"<urlset/>", status=status))
    assert isinstance(caught.value, NotOfferedError) != offered


def test_html_for_json_is_not_offered() -> None:
    with pytest.raises(NotOfferedError, match="answered HTML instead of JSON"):
        PARSERS["json"](answer(b"\n<!doctype html>"))
