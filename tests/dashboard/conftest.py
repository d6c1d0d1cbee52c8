"""Catalogs to show, a server that shows them, and a browser."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from playwright.sync_api import BrowserContext, expect, sync_playwright

from dashboard.serve import DATABASE, command
from tests.conftest import ROOT
from tests.dashboard import shelf

CHROMIUM = ("chromium", "chromium-browser", "google-chrome")
CHROMIUM_FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
PATIENCE = 60
"""Seconds that a page or a server may take on a machine that does much else."""

Catalogs = dict[str, str]
"""State of the catalog (missing, empty, one, many, hostile, later: a second refresh) to its URL."""


@pytest.fixture(autouse=True)
def own_main(monkeypatch: pytest.MonkeyPatch) -> None:
    """Give `__main__` back after each test: AppTest leaves its page there, which every new process would run again."""
    monkeypatch.setitem(sys.modules, "__main__", sys.modules["__main__"])


@pytest.fixture(scope="session")
def catalogs(tmp_path_factory: pytest.TempPathFactory) -> Catalogs:
    folder = tmp_path_factory.mktemp("catalogs")
    states = {"empty": (), "one": (shelf.GLYCINATE,), "many": shelf.SHELF, "hostile": shelf.HOSTILE}
    for name, listings in states.items():
        shelf.write(f"sqlite:///{folder / name}.sqlite", listings, demo=name == "one")
    for listings in shelf.EARLIER, shelf.SHELF:
        shelf.write(f"sqlite:///{folder / 'later'}.sqlite", listings)
    shelf.write(f"sqlite:///{folder / 'later'}.sqlite", [shelf.ELSEWHERE], shop="market")
    return {name: f"sqlite:///{folder / name}.sqlite" for name in ("missing", "later", *states)}


@contextmanager
def serving(database_url: str) -> Iterator[str]:
    """A real server of the pages on a free loopback port."""
    port = free_port()
    environment = os.environ | {DATABASE: database_url, "PYTHONPATH": str(ROOT)}
    server = subprocess.Popen(
        command("127.0.0.1", port, open_browser=False), env=environment, stdout=subprocess.DEVNULL
    )
    try:
        wait_until_healthy(port)
        yield f"http://127.0.0.1:{port}"
    finally:
        server.terminate()
        server.wait(PATIENCE)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def wait_until_healthy(port: int) -> None:
    """Until the server answers; fails when it takes too long."""
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/_stcore/health", timeout=5):
                return
        except OSError:
            time.sleep(0.1)
    pytest.fail("the server of the pages did not start")


@pytest.fixture(scope="session")
def address(catalogs: Catalogs, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[[str], str]]:
    """The address of the pages on a state of the catalog: one server, under which the catalog's file is exchanged."""
    shown = tmp_path_factory.mktemp("shown") / "catalog.sqlite"
    with serving(f"sqlite:///{shown}") as server:

        def showing(state: str) -> str:
            shown.unlink(missing_ok=True)
            if state != "missing":
                shutil.copy(catalogs[state].removeprefix("sqlite:///"), shown)
            return server

        yield showing


@pytest.fixture(scope="session")
def chromium() -> Iterator[BrowserContext]:
    """The system's Chromium, headless; without one the tests are skipped, except in continuous integration."""
    path = next((found for name in CHROMIUM if (found := shutil.which(name))), None)
    if path is None:
        message = f"no Chromium is installed ({', '.join(CHROMIUM)})"
        pytest.fail(message) if os.environ.get("CI") else pytest.skip(message)
    expect.set_options(timeout=PATIENCE * 1000)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=CHROMIUM_FLAGS)
        yield browser.new_context()
        browser.close()


@pytest.fixture(scope="session")
def shots() -> Path | None:
    """Where to leave pictures of the pages for people to look at (MAGLABEL_SHOTS), if anywhere."""
    folder = os.environ.get("MAGLABEL_SHOTS")
    if folder:
        Path(folder).mkdir(parents=True, exist_ok=True)
    return Path(folder) if folder else None
