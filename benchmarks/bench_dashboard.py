"""The pages in real Chromium on a large catalog, beside bare Streamlit apps in one run: read the ratios.

`python -m benchmarks.bench_dashboard --listings 20000` is a quick look; `--database FILE` takes a catalog that exists.
"""

from __future__ import annotations

import argparse
import math
import os
import shutil
import socket
import statistics
import subprocess
import tempfile
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from playwright.sync_api import BrowserContext, Error, Page, sync_playwright

from benchmarks import shops
from catalog import open_catalog
from dashboard.serve import DATABASE, command

ROWS = int(os.environ.get("MAGLABEL_BENCH_ROWS", "200000"))
"""Listings to show."""
VISITS = 20
FORMS = ("Glycinate", "Citrate", "Malate", "Oxide", "Taurate", "Chloride")
CHROMIUM = ("chromium", "chromium-browser", "google-chrome")
FLAGS = ("--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking", "--disable-sync")

EMPTY = 'import streamlit as st\nst.title("Empty")\n'
BARE = """
import os, sqlite3
import streamlit as st
on = st.checkbox("No warnings")
db = sqlite3.connect(os.environ["MAGLABEL_DATABASE"].removeprefix("sqlite:///"))
asked = "SELECT title, price FROM comparison WHERE currency = 'USD' AND price >= ? ORDER BY price LIMIT 50"
rows = db.execute(asked, (9_000_000 if on else 0,)).fetchall()
body = "".join(f"<tr><td><a href='?'>{title}</a></td><td>{price}</td></tr>" for title, price in rows)
st.html(f"<div class='products-table'><table><tbody>{body}</tbody></table></div>")
"""
"""What a filter costs with nothing around it: one page of an indexed table."""

ROWS_SHOWN = "document.querySelector('.products-table tbody a')"
FILLED = (
    "document.querySelectorAll('.cards li').length >= 4"
    " && document.querySelector('[data-testid=stVegaLiteChart] path[aria-label]')"
    " && document.querySelector('[data-testid=stApp][data-test-script-state=notRunning]')"
)
CELLS = "[...document.querySelectorAll('.products-table tbody a')].map(a => a.textContent).join()"


def main() -> None:
    """Print one line a measurement."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--listings", type=int, default=ROWS)
    parser.add_argument("--database", type=Path)
    given, _ = parser.parse_known_args()
    chromium = next(filter(None, map(shutil.which, CHROMIUM)), None)
    if chromium is None:
        print(f"No Chromium is installed ({', '.join(CHROMIUM)}); nothing was measured.")
        return
    with tempfile.TemporaryDirectory() as name, ExitStack() as stack:
        folder = Path(name)
        path = given.database or _filled(folder, given.listings)
        apps = {"empty": EMPTY, "bare": BARE}
        for app, code in apps.items():
            (folder / f"{app}.py").write_text(code, "utf-8")
        pages, empty, bare = (
            stack.enter_context(serving(path, script)) for script in (None, folder / "empty.py", folder / "bare.py")
        )
        browser = stack.enter_context(sync_playwright()).chromium.launch(executable_path=chromium, args=FLAGS)
        context = browser.new_context(viewport={"width": 1280, "height": 1600})
        _visits(context, pages, empty)
        _filters(context, pages, bare)
        browser.close()


def _filled(folder: Path, count: int) -> Path:
    path = folder / "catalog.sqlite"
    with open_catalog(f"sqlite:///{path}", create=True) as catalog:
        shops.refresh(catalog, count)
    return path


class Server:
    """A running Streamlit server."""

    def __init__(self, port: int, process: subprocess.Popen[bytes]) -> None:
        self.address, self.process = f"http://127.0.0.1:{port}", process

    def megabytes(self) -> float:
        """Resident memory."""
        status = Path(f"/proc/{self.process.pid}/status").read_text("utf-8")
        return int(status.split("VmRSS:")[1].split()[0]) / 1000


@contextmanager
def serving(database: Path, script: Path | None) -> Iterator[Server]:
    """The pages, or another script with the same options, on a free loopback port."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = int(probe.getsockname()[1])
    line = command("127.0.0.1", port, open_browser=False)
    if script:
        line[4] = str(script)
    environment = os.environ | {DATABASE: f"sqlite:///{database}", "PYTHONPATH": str(Path.cwd())}
    process = subprocess.Popen(line, env=environment, stdout=subprocess.DEVNULL)
    try:
        _wait(port)
        yield Server(port, process)
    finally:
        process.terminate()
        process.wait(10)


def _wait(port: int) -> None:
    end = time.monotonic() + 30
    while True:
        try:
            urllib.request.urlopen(f"http://127.0.0.1:{port}/_stcore/health", timeout=5).close()
            return
        except OSError:
            if time.monotonic() > end:
                raise
            time.sleep(0.1)


def until(page: Page, condition: str, since: float) -> float:
    """Milliseconds from a moment until a condition holds in the page, looked at with every frame."""
    page.wait_for_function(condition, polling="raf", timeout=20_000)
    return (time.perf_counter() - since) * 1000


def visit(context: BrowserContext, address: str, *conditions: str) -> list[float]:
    """Milliseconds from opening an address until each of the conditions holds, in their order."""
    page = context.new_page()
    start = time.perf_counter()
    page.goto(address, wait_until="commit")
    times = [until(page, condition, start) for condition in conditions]
    page.close()
    return times


def _visits(context: BrowserContext, pages: Server, empty: Server) -> None:
    title = "document.querySelector('h1')?.textContent == 'Empty'"
    for _ in range(3):  # warm: the server's imports, the browser's cache of the client
        visit(context, pages.address, ROWS_SHOWN, FILLED)
        visit(context, empty.address, title)
    before = pages.megabytes()
    rows, filled, bare = [], [], []
    for _ in range(VISITS):
        first, whole = visit(context, pages.address, ROWS_SHOWN, FILLED)
        rows.append(first)
        filled.append(whole)
        bare += visit(context, empty.address, title)
    usual = statistics.median(bare)
    show("empty app", f"{usual:6.0f} ms a visit")
    show(
        "first rows", f"{statistics.median(rows):6.0f} ms, {statistics.median(rows) / usual:.2f} x an empty app's visit"
    )
    show("filled page", f"{statistics.median(filled):6.0f} ms, {statistics.median(filled) / usual:.2f} x")
    show("server's memory", f"{before:6.0f} MB, after {VISITS} visits more {pages.megabytes():.0f} MB")


def _filters(context: BrowserContext, pages: Server, bare: Server) -> None:
    plain = _toggles(context, [f"{bare.address}/"] * 12)
    queries = [f"currency={code}" if code else "" for code in ("", *shops.CURRENCIES)]
    toggles = _toggles(context, [f"{pages.address}/?form={form}&{query}" for form in FORMS for query in queries])
    searches = _searches(context, pages.address)
    show("bare filter", f"{p95(plain):6.0f} ms p95, one page of an indexed table with nothing around it")
    for name, times in {"filter": toggles, "search": searches, "all changes": toggles + searches}.items():
        show(
            name, f"{p95(times):6.0f} ms p95, {statistics.median(times):.0f} ms median, {len(times)} never asked before"
        )
    show(
        "all changes",
        f"{p95(toggles + searches) / p95(plain):6.2f} x the bare filter; {pages.megabytes():.0f} MB after them",
    )


def _toggles(context: BrowserContext, addresses: list[str]) -> list[float]:
    """The same click on different views, each a question that the server was not asked before."""
    return [_timed(context, address, lambda page: page.get_by_text("No warnings").click()) for address in addresses]


def _searches(context: BrowserContext, address: str) -> list[float]:
    times = []
    for words in (
        "citrate",
        "malate 12",
        "oxide 77",
        "bench 5",
        "glycinate 9 bench",
        "taurate 33",
        "chloride",
        "magnesium 1",
    ):

        def enter(page: Page, words: str = words) -> None:
            page.get_by_role("searchbox").fill(words)
            page.keyboard.press("Enter")

        times.append(_timed(context, address, enter))
    return times


def _timed(context: BrowserContext, address: str, change: Callable[[Page], None]) -> float:
    """Milliseconds from a change until other rows are on screen."""
    page = context.new_page()
    page.goto(address)
    page.wait_for_selector("[data-testid=stApp][data-test-script-state=notRunning]")
    page.wait_for_function(ROWS_SHOWN)
    page.wait_for_timeout(500)
    before = page.evaluate(CELLS)
    start = time.perf_counter()
    change(page)
    try:
        page.wait_for_function(
            f"b => {{ const now = {CELLS}; return now && now !== b }}", arg=before, polling="raf", timeout=5000
        )
    except Error as error:
        raise SystemExit(f"{address}: the rows did not change ({error})") from None
    spent = (time.perf_counter() - start) * 1000
    page.close()
    return spent


def p95(times: list[float]) -> float:
    """The 95th percentile: the smallest time that 95 % do not exceed."""
    return sorted(times)[math.ceil(0.95 * len(times)) - 1]


def show(what: str, value: str) -> None:
    """Print a line of the report."""
    print(f"{what:<20}{value}", flush=True)


if __name__ == "__main__":
    main()
