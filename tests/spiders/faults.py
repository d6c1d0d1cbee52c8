"""What the web does to a crawl, one small function per fault, and how a source must end that meets it.

Each fault is played at the first page of a list (nothing good came before), at a later one (two good pages came
before), or at robots.txt.
"""

from __future__ import annotations

import asyncio
import gzip
import json
import re
import socket
import struct
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from tests.spiders.catalogues import Catalogue, Row
from tests.spiders.faultserver import Play, Talk

FRESH, PARTIAL, FAILED = "fresh", "partial", "failed"
BOMB = gzip.compress(b" " * 20 * 2**20, 9)


@dataclass(frozen=True)
class Fault:
    """A fault and what must come of it."""

    play: Play
    says: str
    """Words of the message, when it is not fresh."""
    first: str = FAILED
    late: str = PARTIAL
    robots: str = FAILED
    """How the source ends when the fault is in robots.txt: what fails forbids everything (RFC 9309)."""
    slow: bool = False
    """Whether it takes the source's `timeout`."""

    def ending(self, place: str) -> str:
        """`first`, `late` or `robots`."""
        return str(getattr(self, place))


def named(*case: str) -> str:
    """The source's name for a case."""
    return "-".join("".join(c if c.isalnum() else "_" for c in word.lower()) for word in case)


def status(number: int, **headers: str) -> Play:
    """Always this status, with a page for people."""

    async def play(talk: Talk) -> None:
        await talk.answer(b"<h1>Sorry</h1>", number, "text/html", **headers)

    return play


def then_good(*plays: Play) -> Play:
    """One fault after the other, and then the right answer."""

    async def play(talk: Talk) -> None:
        if talk.times < len(plays):
            await plays[talk.times](talk)
        else:
            await talk.answer(talk.good)

    return play


def body(made: Callable[[bytes], bytes], **headers: str) -> Play:
    """The right answer, made into something else."""

    async def play(talk: Talk) -> None:
        await talk.answer(made(talk.good), **headers)

    return play


def instead(data: bytes, **headers: str) -> Play:
    """Something else in place of the right answer."""
    return body(lambda _: data, **headers)


def lying(by: int) -> Play:
    """The right answer with the wrong length."""

    async def play(talk: Talk) -> None:
        await talk.answer(talk.good, length=len(talk.good) + by)

    return play


def to(place: str) -> Play:
    """A redirect; `{}` is the site itself."""

    async def play(talk: Talk) -> None:
        await talk.answer(status=302, Location=place.format(talk.site.url.rstrip("/"), path=talk.path))

    return play


def raw(data: bytes) -> Play:
    """These bytes and the end."""

    async def play(talk: Talk) -> None:
        await talk.send(data)
        talk.writer.close()

    return play


async def endless_body(talk: Talk) -> None:
    """200 MB without a length, as fast as they are taken."""
    await talk.send(b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nConnection: close\r\n\r\n")
    for _ in range(200):
        await talk.send(b" " * 2**20)
    talk.writer.close()


async def announced_body(talk: Talk) -> None:
    """200 MB as the length says, of which some come."""
    await talk.answer(b" " * 65536, length=200 * 2**20)


async def drip(talk: Talk) -> None:
    """One byte now and then, for ever."""
    await talk.send(b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 100000\r\n\r\n")
    while not talk.writer.is_closing():
        await talk.send(b" ")
        await asyncio.sleep(0.2)


async def drip_head(talk: Talk) -> None:
    """A header that never ends."""
    await talk.send(b"HTTP/1.1 200 OK\r\nX-Long: ")
    while not talk.writer.is_closing():
        await talk.send(b"x")
        await asyncio.sleep(0.2)


async def silence(talk: Talk) -> None:
    """Nothing."""
    while not talk.writer.is_closing():
        await asyncio.sleep(0.2)


async def reset(talk: Talk) -> None:
    """The connection is reset in the middle of the answer."""
    await talk.send(b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 1000\r\n\r\n{")
    connection = talk.writer.get_extra_info("socket")
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    talk.writer.transport.abort()


FAULTS: dict[str, Fault] = {
    "404": Fault(status(404), "answered 404 Not Found", robots=FRESH),
    "403": Fault(status(403), "answered 403 Forbidden", robots=FRESH),
    "410": Fault(status(410), "answered 410 Gone", robots=FRESH),
    "429": Fault(status(429), "answered 429 Too Many Requests"),
    "429 then good": Fault(then_good(status(429, Retry_After="1")), "", FRESH, FRESH, FRESH),
    "429 for an hour": Fault(status(429, Retry_After="3600"), "asks to wait 60 min before the next request (429)"),
    "503 until 2099": Fault(status(503, Retry_After="Fri, 01 Jan 2099 00:00:00 GMT"), "asks to wait"),
    "429, date is rubbish": Fault(status(429, Retry_After="soon"), "answered 429 Too Many Requests"),
    "500": Fault(status(500), "answered 500 Internal Server Error"),
    "500 twice": Fault(then_good(status(500), status(500)), "", FRESH, FRESH, FRESH),
    "unknown status": Fault(raw(b"HTTP/1.1 999 What\r\nContent-Length: 0\r\n\r\n"), "answered 999"),
    "204": Fault(raw(b"HTTP/1.1 204 No Content\r\n\r\n"), "answered 204 No Content"),
    "304": Fault(raw(b"HTTP/1.1 304 Not Modified\r\n\r\n"), "answered 304 Not Modified"),
    "HTML for JSON": Fault(instead(b"<!doctype html><p>Hi"), "answered HTML instead of JSON", robots=FRESH),
    "truncated JSON": Fault(body(lambda good: good[: len(good) // 2]), "damaged or broken off", robots=FRESH),
    "empty": Fault(instead(b""), "damaged or broken off", robots=FRESH),
    "other JSON": Fault(instead(b'{"errors": "x"}'), "answered JSON without a list", robots=FRESH),
    "null": Fault(instead(b"null"), "answered JSON without a list", robots=FRESH),
    "nested": Fault(instead(b"[" * 200_000), "damaged or broken off", robots=FRESH),
    "long number": Fault(instead(b"[" + b"9" * 9999 + b"]"), "damaged or broken off", robots=FRESH),
    "random bytes": Fault(instead(bytes(range(256)) * 99), "damaged or broken off", robots=FRESH),
    "truncated gzip": Fault(
        body(lambda good: gzip.compress(good * 9)[:-30], Content_Encoding="gzip"), "broke off its answer"
    ),
    "gzip": Fault(body(gzip.compress, Content_Encoding="gzip"), "", FRESH, FRESH, FRESH),
    "no gzip": Fault(body(lambda good: good, Content_Encoding="gzip"), "cannot be unpacked"),
    "damaged gzip": Fault(
        instead(gzip.compress(b"")[:10] + b"\xff" * 99, Content_Encoding="gzip"), "cannot be unpacked"
    ),
    "unknown packing": Fault(instead(b"\0\1", Content_Encoding="lzma"), "damaged or broken off", robots=FRESH),
    "gzip bomb": Fault(instead(BOMB, Content_Encoding="gzip"), "answered more than 10 MB"),
    "200 MB": Fault(endless_body, "answered more than 10 MB"),
    "200 MB announced": Fault(announced_body, "answered more than 10 MB"),
    "length too long": Fault(lying(500), "broke off its answer"),
    "length too short": Fault(lying(-5), "damaged or broken off", robots=FRESH),
    "wrong charset": Fault(body(lambda good: good.decode().encode("latin-1")), "", FRESH, FRESH, FRESH),
    "BOM": Fault(body(lambda good: b"\xef\xbb\xbf" + good), "", FRESH, FRESH, FRESH),
    "UTF-16": Fault(body(lambda good: good.decode().encode("utf-16")), "", FRESH, FRESH, FRESH),
    "no HTTP": Fault(raw(b"SSH-2.0-OpenSSH_9.2\r\n\r\n"), "closed the connection before its answer was whole"),
    "hung up": Fault(raw(b""), "closed the connection before its answer was whole"),
    "reset": Fault(reset, "broke off its answer"),
    "redirect loop": Fault(to("{}{path}"), "redirects for ever"),
    "redirect to a private address": Fault(to("http://169.254.169.254/latest/"), "redirects to http://169.254.169.254/"),
    "redirect to another port": Fault(to("http://127.0.0.1:9/x"), "which is another place"),
    "redirect to a file": Fault(to("file:///etc/passwd"), "redirects to file:///etc/passwd"),
    "redirect to no address": Fault(to("http://[::1/"), "redirects to http://[::1/"),
    "redirect to nowhere": Fault(raw(b"HTTP/1.1 302 Found\r\nContent-Length: 0\r\n\r\n"), "redirects to nowhere"),
    "one byte now and then": Fault(drip, "did not answer within 2 s", slow=True),
    "endless header": Fault(drip_head, "did not answer within 2 s", slow=True),
    "silence": Fault(silence, "did not answer within 2 s", slow=True),
}  # fmt: skip


@dataclass(frozen=True)
class Content:
    """Something odd in the products of the second page: two rows made from good ones."""

    make: Callable[[Catalogue], list[Row]]
    listings: int | None = 6
    """How many of six remain; None when it depends on the kind."""


def _with(**values: Any) -> Callable[[Catalogue], list[Row]]:
    return lambda catalogue: catalogue.rows("3", "4", **values)


def _leaves(value: Any, changed: Callable[[Any], Any]) -> Any:
    """The same shape with every leaf but the keys changed."""
    if isinstance(value, dict):
        return {name: part if name in ("id", "_id") else _leaves(part, changed) for name, part in value.items()}
    return [_leaves(part, changed) for part in value] if isinstance(value, list) else changed(value)


def _changed(changed: Callable[[Any], Any]) -> Callable[[Catalogue], list[Row]]:
    """One row changed, one good."""
    return lambda catalogue: [_leaves(catalogue.rows("3")[0], changed), *catalogue.rows("4")]


CONTENTS: dict[str, Content] = {
    "duplicates": Content(lambda catalogue: catalogue.rows("3", "4", "4", "3", "1")),
    "missing fields": Content(lambda catalogue: [{"id": 3, "_id": "3"}, *catalogue.rows("4")], None),
    "no id": Content(lambda catalogue: [{"title": "Magnesium"}, *catalogue.rows("4")], 5),
    "nulls": Content(_changed(lambda _: None), None),
    "lists for texts": Content(_changed(lambda leaf: [leaf]), None),
    "no rows": Content(lambda catalogue: [None, 5, "x", [], *catalogue.rows("3", "4")]),  # type: ignore[list-item]
    "null price": Content(_with(price=None)),
    "negative price": Content(_with(price="-5.00")),
    "absurd price": Content(_with(price="9" * 400)),
    "price in words": Content(_with(price="free")),
    "5,000 variants": Content(lambda catalogue: catalogue.rows("3", packs=5000) + catalogue.rows("4")),
    "NUL bytes": Content(_with(title="Magne\0sium\0 Magnesium")),
    "lone surrogates": Content(lambda catalogue: _leaves(catalogue.rows("3", "4"), _surrogate)),
    "script": Content(_with(title="<script>alert(1)</script> Magnesium")),
    "formula": Content(_with(title='=HYPERLINK("http://x.example","Magnesium")')),
    "1 MB title": Content(_with(title="Magnesium " * 100_000)),
    "markup and escapes": Content(_with(title="\x1b[31m Magnesium \u202e [red]x[/red] \r\n $x^2$")),
}


def _surrogate(leaf: Any) -> Any:
    return f"{leaf}\ud800" if isinstance(leaf, str) and not re.fullmatch(r"[0-9.]+", leaf) else leaf


def is_list(catalogue: Catalogue) -> Callable[[str], bool]:
    """Whether a path is a page of the list, whichever."""
    beginning = catalogue.page(1, 0).rstrip("0123456789")
    return lambda path: path.startswith(beginning)


def same_page(catalogue: Catalogue) -> Play:
    """Every page is the first one."""

    async def play(talk: Talk) -> None:
        await talk.answer(talk.site.pages[catalogue.page(1, 0)])

    return play


def always_next(catalogue: Catalogue) -> Play:
    """Every page has one product more."""

    async def play(talk: Talk) -> None:
        found = re.search(r"[0-9]+$", talk.path)
        rows = catalogue.rows(str(100_000 + int(found[0] if found else 0)))
        talk.site.pages |= {path: json.dumps(answer).encode() for path, answer in catalogue.single(rows[0]).items()}
        await talk.answer(json.dumps(catalogue.body(rows)).encode())

    return play
