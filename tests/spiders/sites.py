"""Small web sites on loopback: what they answer is written down, what they are asked is recorded."""

from __future__ import annotations

import gzip
import hashlib
import json
import ssl
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, Literal

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

ROBOTS = "User-agent: *\nDisallow: /cart\n"


@dataclass
class Answer:
    """One answer; the length can be a lie, the body packed."""

    body: bytes | str | object = b""
    status: int = 200
    media: str = "application/json"
    headers: dict[str, str] = field(default_factory=dict)
    length: int | None = None
    packed: bool = False
    charset: str = "utf-8"

    def encoded(self) -> bytes:
        if isinstance(self.body, bytes):
            body = self.body
        else:
            body = (self.body if isinstance(self.body, str) else json.dumps(self.body, ensure_ascii=False)).encode(
                self.charset
            )
        return gzip.compress(body, 1) if self.packed else body


@dataclass
class Asked:
    """One request as the site got it."""

    path: str
    headers: dict[str, str]


Say = Answer | list[Answer] | Callable[[], Answer]
"""What a path answers: always the same, one after the other (the last stays), or as computed."""


Versions = Literal["", "etag", "weak", "date"]
"""How a site names the version of an answer; "" is not at all."""


class Site(ThreadingHTTPServer):
    """Answers by path with query; what has no answer is 404."""

    daemon_threads = True
    request_queue_size = 64

    def __init__(self, answers: dict[str, Say], robots: Answer | None = None) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.answers: dict[str, Say] = {"/robots.txt": robots or Answer(ROBOTS, media="text/plain"), **answers}
        self.asked: list[Asked] = []
        self.at_once = 0
        self.most_at_once = 0
        self.dwell = 0.0
        """Seconds before an answer, so that questions asked at once meet."""
        self.versions: Versions = ""
        self.lock = threading.Lock()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}/"

    @property
    def paths(self) -> list[str]:
        """What was asked, in order."""
        return [asked.path for asked in self.asked]

    def say(self, path: str) -> Answer:
        found = self.answers.get(path, Answer("<h1>404</h1>", 404, "text/html"))
        if isinstance(found, list):
            return found.pop(0) if len(found) > 1 else found[0]
        return found if isinstance(found, Answer) else found()

    def versioned(self, answer: Answer, asked: Mapping[str, str]) -> Answer:
        """The answer with its version, or 304 for who has that version already."""
        if not self.versions or answer.status != 200:
            return answer
        digest = hashlib.sha256(answer.encoded()).digest()
        if self.versions == "date":
            made = datetime.fromtimestamp(int.from_bytes(digest[:3]), UTC)
            name, condition, value = "Last-Modified", "If-Modified-Since", format_datetime(made, usegmt=True)
        else:
            weak = "W/" if self.versions == "weak" else ""
            name, condition, value = "ETag", "If-None-Match", f'{weak}"{digest.hex()[:16]}"'
        known = asked.get(condition) == value
        return replace(
            answer, headers=answer.headers | {name: value}, **({"status": 304, "body": b""} if known else {})
        )


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    wbufsize = -1
    server: Site

    def do_GET(self) -> None:
        site = self.server
        with site.lock:
            site.asked.append(Asked(self.path, dict(self.headers.items())))
            site.at_once += 1
            site.most_at_once = max(site.most_at_once, site.at_once)
            answer = site.say(self.path) if not callable(site.answers.get(self.path)) else None
        answer = site.versioned(answer or site.say(self.path), self.headers)
        body = answer.encoded()
        packing = {"Content-Encoding": "gzip"} if answer.packed else {}
        length = len(body) if answer.length is None else answer.length
        time.sleep(site.dwell)
        with site.lock:
            site.at_once -= 1  # before the answer leaves, as the next question may come with its last byte
        self.send_response(answer.status)
        self.send_header("Set-Cookie", "session=1")
        media = {"Content-Type": answer.media, "Content-Length": str(length)} if answer.status != 304 else {}
        for name, value in {**media, **packing, **answer.headers}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)
        self.close_connection = length != len(body)

    def handle(self) -> None:
        with suppress(ssl.SSLError, ConnectionError):  # a client that refuses the certificate hangs up
            super().handle()

    def log_message(self, *args: object) -> None:
        pass


def certified_by_nobody(site: Site, folder: Path) -> str:
    """Let the site speak TLS with a certificate that it made itself; gives its address."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "127.0.0.1")])
    now = datetime.now(UTC)
    builder = x509.CertificateBuilder(name, name, key.public_key(), 1, now - timedelta(days=1), now + timedelta(days=9))
    certificate = builder.sign(key, hashes.SHA256())
    pem = serialization.Encoding.PEM
    plain = serialization.PrivateFormat.TraditionalOpenSSL, serialization.NoEncryption()
    path = folder / "site.pem"
    path.write_bytes(key.private_bytes(pem, *plain) + certificate.public_bytes(pem))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(path)
    site.socket = context.wrap_socket(site.socket, server_side=True, do_handshake_on_connect=False)
    return site.url.replace("http:", "https:")


@contextmanager
def serving(*sites: Site) -> Iterator[None]:
    """Serve the sites."""
    threads = [threading.Thread(target=site.serve_forever, kwargs={"poll_interval": 0.02}) for site in sites]
    for thread in threads:
        thread.start()
    try:
        yield
    finally:
        for site, thread in zip(sites, threads, strict=True):
            site.shutdown()
            thread.join()
            site.server_close()


def variant(**values: Any) -> dict[str, Any]:
    return {"id": 1, "title": "Default Title", "sku": "S", "price": "19.99", "available": True, **values}


def product(key: int, title: str, **values: Any) -> dict[str, Any]:
    """A product of `/products.json`."""
    shape = {"handle": f"p-{key}", "body_html": "", "vendor": "Acme (fictional)", "product_type": "", "tags": []}
    return {"id": key, "title": title, **shape, "variants": [variant()], "images": [], **values}


def single(currency: str | None) -> Answer:
    """`/products/{handle}.json`, as far as it is used."""
    return Answer({"product": {"variants": [{"price_currency": currency, "barcode": ""}]}})


def page(number: int) -> str:
    """The path of a page of products."""
    return f"/products.json?limit=250&page={number}"


def shop(*pages: object, currency: str = "USD", **values: Any) -> Site:
    """A Shopify shop with these pages of products, and an empty one after them."""
    answers: dict[str, Say] = {page(number): Answer({"products": found}) for number, found in enumerate(pages, 1)}
    answers[page(len(pages) + 1)] = Answer({"products": []})
    rows = [row for found in pages if isinstance(found, list) for row in found if isinstance(row, dict)]
    handles = [row["handle"] for row in rows if "handle" in row]
    return Site(answers | {f"/products/{handle}.json": single(currency) for handle in handles}, **values)
