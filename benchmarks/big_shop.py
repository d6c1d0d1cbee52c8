"""Shops on loopback in a process of their own: one product of about 40 kB a page, as a WooCommerce shop sends it."""

from __future__ import annotations

import asyncio
import gzip
import hashlib
import json
import multiprocessing
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import lru_cache
from multiprocessing.connection import Connection
from random import Random
from typing import Any
from urllib.parse import parse_qs, urlsplit

FORMS = ("bisglycinate", "citrate", "malate", "oxide", "taurate", "chloride")
PANEL = (
    ("Vitamin C (as ascorbic acid)", "60 mg", "67%"),
    ("Vitamin D3 (as cholecalciferol)", "10 mcg", "50%"),
    ("Vitamin B6 (as pyridoxine HCl)", "2 mg", "118%"),
    ("Calcium (as calcium carbonate)", "130 mg", "10%"),
    ("Iron", "2 mg", "11%"),
    ("Zinc (as zinc citrate)", "5 mg", "45%"),
    ("Sodium", "10 mg", "<1%"),
    ("Potassium (as potassium citrate)", "99 mg", "2%"),
    ("Copper (as copper gluconate)", "1 mg", "111%"),
)
PROSE = (
    "and the of with for a meal water day night bottle small made tested lot capsule vegan keep cool dry place every "
    "people often ask about taste shipping returns label family kitchen sport travel morning evening calm gentle pure "
    "clean simple strong batch farm glass paper recycled quality letter team story years since mountain river store"
)
ROBOTS = b"User-agent: *\nDisallow: /cart\n"
KEPT = 4000
"""Pages that are made before the first is asked for; more would not fit into memory."""
ROUTE = "/wp-json/wc/store/v1/products"


def product(key: int) -> dict[str, Any]:
    """A product of about 40 kB of JSON, every one different.

    Its description is as long as those of recorded shops (2 to 3 kB, with a twelve-line panel); the rest is what
    such a shop sends besides: pictures in nine sizes, categories, what plugins add.
    """
    form, mg = FORMS[key % len(FORMS)], 50 + key % 351
    rows = [*PANEL, (f"Magnesium (as magnesium {form})", f"{mg} mg", f"{round(mg / 4.2)}%")]
    cells = "".join(f"<tr><td>{name}</td><td>{amount}</td><td>{dv}</td></tr>" for name, amount, dv in rows)
    random, words = Random(key), PROSE.split()

    def said(count: int) -> str:
        return " ".join(random.choices(words, k=count)).capitalize() + "."

    prose = "".join(f"<p>{said(60)}</p>\n" for _ in range(4))
    facts = f"<p>Serving Size: 2 Capsules</p><p>Servings Per Container: 60</p><table>{cells}</table>"
    prices = {"price": str(500 + key % 4000), "currency_code": "USD", "currency_minor_unit": 2, "price_range": None}
    return {
        "id": key,
        "name": f"Magnesium {form.title()} {key}",
        "slug": f"magnesium-{form}-{key}",
        "parent": 0,
        "permalink": f"https://shop.example/product/magnesium-{form}-{key}/",
        "sku": f"SKU-{key}",
        "short_description": "<p>120 capsules.</p>",
        "description": f"<h3>Supplement Facts</h3>{facts}{prose}",
        "prices": prices,
        "brands": [{"name": "Bench (fictional)"}],
        "images": [_picture(key, number) for number in range(20)],
        "categories": [{"id": n, "name": f"Minerals {n}", "link": f"https://shop.example/c/{n}/"} for n in range(20)],
        "attributes": [{"id": n, "name": "Size", "terms": [{"id": n, "name": "120", "slug": "120"}]} for n in range(9)],
        "variations": [],
        "is_in_stock": True,
        "extensions": {"reviews": [{"id": n, "text": said(60)} for n in range(40)]},
    }


def _picture(key: int, number: int) -> dict[str, Any]:
    base = f"https://shop.example/wp-content/uploads/2026/01/magnesium-{key}-{number}"
    widths = (100, 150, 300, 416, 600, 768, 1024, 1536, 2048)
    sizes = ", ".join(f"{base}-{width}x{width}.jpg {width}w" for width in widths)
    names = {"src": f"{base}.jpg", "thumbnail": f"{base}-300x300.jpg", "srcset": sizes}
    return {"id": number, **names, "sizes": "(max-width: 800px) 100vw, 800px", "name": f"picture-{number}", "alt": ""}


class Shop(asyncio.Protocol):
    """Answers requests of one connection; with `packed` in gzip and without a charset."""

    def __init__(self, first: int, pages: int, *, packed: bool) -> None:
        self.first, self.pages, self.packed = first, pages, packed

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = transport

    def data_received(self, data: bytes) -> None:
        """A request is one packet on loopback."""
        head = data.decode("latin-1")
        path = urlsplit(head.split(" ", 2)[1])
        if path.path != ROUTE:
            self._send("200 OK", "Content-Type: text/plain\r\n", ROBOTS)
            return
        number = int(parse_qs(path.query)["page"][0])
        body, etag = answer(self.first + number, self.packed)
        names = f'ETag: "{etag}"\r\nX-WP-TotalPages: {self.pages}\r\n'
        if etag in head:
            self._send("304 Not Modified", names, b"")
        else:
            kind = "application/json" + ("\r\nContent-Encoding: gzip" if self.packed else "; charset=utf-8")
            self._send("200 OK", f"Content-Type: {kind}\r\n{names}", body)

    def _send(self, status: str, headers: str, body: bytes) -> None:
        head = f"HTTP/1.1 {status}\r\n{headers}Content-Length: {len(body)}\r\n\r\n"
        self.transport.write(head.encode() + body)  # type: ignore[attr-defined]


@lru_cache(maxsize=KEPT)
def answer(key: int, packed: bool) -> tuple[bytes, str]:
    """Body and version of the page with one product."""
    body = json.dumps([product(key)]).encode()
    return gzip.compress(body, 6) if packed else body, hashlib.md5(body, usedforsecurity=False).hexdigest()


async def _serve(shops: int, pages: int, packed: bool, told: Connection) -> None:
    loop = asyncio.get_running_loop()

    def factory(first: int) -> Callable[[], Shop]:
        return lambda: Shop(first, pages, packed=packed)

    servers = [await loop.create_server(factory(n * pages), "127.0.0.1", 0) for n in range(shops)]
    for key in range(1, min(shops * pages, KEPT) + 1):
        answer(key, packed)
    told.send([f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/" for server in servers])
    await asyncio.Event().wait()


def _child(shops: int, pages: int, packed: bool, told: Connection) -> None:
    asyncio.run(_serve(shops, pages, packed, told))


@contextmanager
def serving(shops: int, pages: int, *, packed: bool) -> Iterator[list[str]]:
    """Serve so many shops of so many pages each; gives their addresses."""
    context = multiprocessing.get_context("spawn")
    here, there = context.Pipe()
    process = context.Process(target=_child, args=(shops, pages, packed, there), daemon=True)
    process.start()
    try:
        yield here.recv()
    finally:
        process.terminate()
        process.join()
