"""Sites that misbehave byte by byte: many in one thread, each at a port of its own."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http import HTTPStatus
from itertools import pairwise

ROBOTS = "/robots.txt"
RULES = b"User-agent: *\nDisallow: /cart\n# \xc3\xa9\n"


@dataclass
class Talk:
    """One request to a site, to be answered."""

    site: FaultySite
    path: str
    times: int
    """How often this path was asked before."""
    writer: asyncio.StreamWriter

    @property
    def good(self) -> bytes:
        """The body that would be right here."""
        return self.site.pages[self.path]

    async def send(self, data: bytes) -> None:
        self.writer.write(data)
        await self.writer.drain()

    async def answer(
        self,
        body: bytes = b"",
        status: int = 200,
        media: str = "application/json",
        length: int | None = None,
        **headers: str,
    ) -> None:
        """A whole answer; `length` can be a lie, -1 leaves it out."""
        with suppress(ValueError):
            phrase = HTTPStatus(status).phrase
            lines = [f"HTTP/1.1 {status} {phrase}", f"Content-Type: {media}"]
        length = len(body) if length is None else length
        lines += [f"Content-Length: {length}"] * (length >= 0)
        lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
        if length != len(body):
            lines.append("Connection: close")
        await self.send("\r\n".join([*lines, "", ""]).encode("latin-1") + body)
        if length != len(body):
            self.writer.close()


Play = Callable[[Talk], Awaitable[None]]


@dataclass
class FaultySite:
    """A site: what its paths hold, and which of them plays a fault."""

    pages: dict[str, bytes]
    play: Play | None = None
    at: Callable[[str], bool] = field(default=lambda _path: False)
    """Whether the fault plays at a path."""
    scheme: str = "http"
    port: int = 0
    asked: list[tuple[str, float]] = field(default_factory=list)
    """Path and monotonic time of each request."""
    at_once: int = 0
    most_at_once: int = 0

    def __post_init__(self) -> None:
        self.pages.setdefault(ROBOTS, RULES)

    @property
    def url(self) -> str:
        return f"{self.scheme}://127.0.0.1:{self.port}/"

    @property
    def paths(self) -> list[str]:
        return [path for path, _ in self.asked]

    def pauses(self) -> list[float]:
        """Seconds between one request and the next."""
        times = [time for _, time in self.asked]
        return [later - earlier for earlier, later in pairwise(times)]

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One connection, to its end."""
        with suppress(ConnectionError, asyncio.IncompleteReadError, asyncio.LimitOverrunError):
            while not writer.is_closing() and await reader.readexactly(1) == b"G":  # or it is the beginning of TLS
                head = await reader.readuntil(b"\r\n\r\n")
                path = head.split(b" ", 2)[1].decode("latin-1")
                talk = Talk(self, path, self.paths.count(path), writer)
                self.asked.append((path, time.monotonic()))
                self.at_once += 1
                self.most_at_once = max(self.most_at_once, self.at_once)
                try:
                    await self._answer(talk)
                finally:
                    self.at_once -= 1
        writer.close()

    async def _answer(self, talk: Talk) -> None:
        if self.play and self.at(talk.path):
            await self.play(talk)
        elif talk.path in self.pages:
            await talk.answer(talk.good)
        else:
            await talk.answer(b"<h1>404</h1>", 404, "text/html")


@contextmanager
def misbehaving(*sites: FaultySite) -> Iterator[None]:
    """Serve the sites; each knows its address from now on."""
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever)
    thread.start()

    async def begin(site: FaultySite) -> asyncio.Server:
        server = await asyncio.start_server(site.serve, "127.0.0.1", 0)
        site.port = server.sockets[0].getsockname()[1]
        return server

    async def finish() -> None:
        for server in servers:
            server.close()
        tasks = asyncio.all_tasks() - {asyncio.current_task()}
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    try:
        servers = [asyncio.run_coroutine_threadsafe(begin(site), loop).result(10) for site in sites]
        yield
    finally:
        asyncio.run_coroutine_threadsafe(finish(), loop).result(10)
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()
