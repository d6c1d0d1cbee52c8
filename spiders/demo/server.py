"""Serves the demo shops on loopback."""

from __future__ import annotations

import gzip
import hashlib
import json
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

from spiders.config import SourceConfig
from spiders.demo.shops import (
    Shop,
    demo_shops,
    dsld_hit,
    dsld_label,
    handle,
    page_html,
    shopify_product,
    shopify_single,
    woocommerce_product,
)

Query = dict[str, str]
Answer = tuple[int, str, bytes, dict[str, str]]
"""Status, media type, body, further headers."""

NOT_FOUND: Answer = (404, "text/html; charset=utf-8", b"<!doctype html><h1>404</h1>", {})


def _json(value: object, status: int = 200, **headers: str) -> Answer:
    extra = {name.replace("_", "-"): text for name, text in headers.items()}
    return status, "application/json", json.dumps(value).encode(), extra


def _page(shop: Shop, slug: str) -> Answer:
    for product in shop.products:
        if slug in (handle(product), str(product["id"])):
            return 200, "text/html; charset=utf-8", page_html(shop, product).encode(), {}
    return NOT_FOUND


def _shopify(site: _Server, path: str, query: Query) -> Answer:
    shop = site.shop
    if path == "/products.json":
        limit, page = min(int(query.get("limit", "30")), 250), int(query.get("page", "1"))
        if limit * page > 25_000:
            return _json({"errors": "Page * Limit exceeds the 25000 limit."}, status=400)
        chosen = shop.products[(page - 1) * limit : page * limit]
        return _json({"products": [shopify_product(product) for product in chosen]})
    if path.startswith("/products/") and path.endswith(".json"):
        slug = path.removeprefix("/products/").removesuffix(".json")
        for product in shop.products:
            if handle(product) == slug:
                return _json(shopify_single(product, shop.currency))
    return _page(shop, path.removeprefix("/products/"))


def _woocommerce(site: _Server, path: str, query: Query) -> Answer:
    shop = site.shop
    if path == "/wp-json/wc/store/v1/products":
        size, page = int(query.get("per_page", "10")), int(query.get("page", "1"))
        if not 1 <= size <= 100:
            return _json({"code": "rest_invalid_param", "message": "Invalid parameter(s): per_page"}, status=400)
        chosen = shop.products[(page - 1) * size : page * size]
        return _json(
            [woocommerce_product(product, shop.currency, site.base) for product in chosen],
            X_WP_Total=str(len(shop.products)),
            X_WP_TotalPages=str(-(-len(shop.products) // size)),
        )
    if path.startswith("/wp-json/"):
        return _json({"code": "rest_no_route", "message": "No route was found."}, status=404)
    return _page(shop, path.removeprefix("/product/").rstrip("/"))


def _dsld(site: _Server, path: str, query: Query) -> Answer:
    shop = site.shop
    if path == "/dsld/version":
        return _json({"version": "9.5.0"})
    if path == "/dsld/v9/search-filter":
        start, size = int(query.get("from", "0")), int(query.get("size", "1000"))
        if start + size > 10_000:
            return _json({"hits": [], "stats": {"count": 0}})
        hits = [dsld_hit(product) for product in shop.products[start : start + size]]
        return _json({"hits": hits, "stats": {"count": len(shop.products)}})
    if path.startswith("/dsld/v9/label/"):
        for product in shop.products:
            if str(product["id"]) == path.removeprefix("/dsld/v9/label/"):
                return _json(dsld_label(product))
        return _json({"message": "not found"}, status=404)
    return _page(shop, path.removeprefix("/label/"))


ANSWERS: dict[str, Callable[[_Server, str, Query], Answer]] = {
    "shopify": _shopify,
    "woocommerce": _woocommerce,
    "dsld": _dsld,
}


class _Handler(BaseHTTPRequestHandler):
    """Answers for the shop of its server, with ETag and gzip as real shops do."""

    protocol_version = "HTTP/1.1"
    server: _Server

    def do_GET(self) -> None:
        url = urlsplit(self.path)
        query = {name: values[-1] for name, values in parse_qs(url.query).items()}
        if url.path == "/robots.txt":
            answer: Answer = (200, "text/plain", b"User-agent: *\nDisallow: /cart\nDisallow: /checkout\n", {})
        else:
            answer = ANSWERS[self.server.shop.kind](self.server, url.path, query)
        self._send(*answer)

    def _send(self, status: int, media: str, body: bytes, headers: dict[str, str]) -> None:
        tag = f'"{hashlib.sha256(body).hexdigest()[:16]}"'
        if status == 200 and self.headers.get("If-None-Match") == tag:
            status, body = 304, b""
        if len(body) > 500 and "gzip" in self.headers.get("Accept-Encoding", ""):
            body, headers = gzip.compress(body, 1), {**headers, "Content-Encoding": "gzip"}
        self.send_response(status)
        for name, value in {"Content-Type": media, "Content-Length": str(len(body)), "ETag": tag, **headers}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *args: object) -> None:
        """Stay quiet: the terminal belongs to the refresh."""


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, shop: Shop) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.shop = shop
        self.base = f"http://127.0.0.1:{self.server_port}"


@contextmanager
def _serving(shop: Shop) -> Iterator[str]:
    server = _Server(shop)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    try:
        yield server.base
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


@contextmanager
def serve_demo() -> Iterator[dict[str, SourceConfig]]:
    """Serve every demo shop on a free port of 127.0.0.1; yields the sources by name."""
    with ExitStack() as stack:
        yield {
            shop.name: SourceConfig(
                url=stack.enter_context(_serving(shop)) + "/",
                kind=shop.kind,
                delay=0,
                market=shop.market,
                currency=shop.currency,
                deep=True,  # what the demo told before may come from another version of maglabel
            )
            for shop in demo_shops()
        }
