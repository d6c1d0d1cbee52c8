"""The server as `maglabel dashboard` starts it."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
from pathlib import Path

import pytest
from playwright.sync_api import BrowserContext

from checker import InputError
from dashboard.serve import command, serve
from tests.conftest import ROOT
from tests.dashboard.conftest import PATIENCE, Catalogs, free_port, wait_until_healthy


def test_a_taken_port_is_said_in_one_sentence() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(InputError, match=f"127.0.0.1:{port}.*--port"):
            serve("sqlite:////nowhere.sqlite", port=port)


@pytest.mark.parametrize("ending", [signal.SIGINT, signal.SIGTERM])
def test_it_ends_cleanly_and_takes_its_server_along(catalogs: Catalogs, ending: signal.Signals) -> None:
    port = free_port()
    call = f"serve({catalogs['one']!r}, port={port}, open_browser=False)"
    code = f"import sys; from dashboard.serve import serve; sys.exit({call})"
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    server = subprocess.Popen(
        [sys.executable, "-c", code], env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
    )
    wait_until_healthy(port)
    server.send_signal(ending)
    said, _ = server.communicate(timeout=PATIENCE)
    assert server.returncode == 0, said
    assert said.decode().splitlines() == [f"The dashboard is at http://127.0.0.1:{port} (Ctrl-C ends it)."]
    with socket.socket() as probe:
        assert probe.connect_ex(("127.0.0.1", port)) != 0


def test_what_goes_wrong_in_a_page_is_in_the_log(chromium: BrowserContext, tmp_path: Path) -> None:
    script, log, port = tmp_path / "wrong.py", tmp_path / "log", free_port()
    script.write_text("1 / 0\n", "utf-8")
    line = command("127.0.0.1", port, open_browser=False)
    line[4] = str(script)
    with log.open("wb") as stderr, subprocess.Popen(line, stdout=subprocess.DEVNULL, stderr=stderr) as server:
        try:
            wait_until_healthy(port)
            with chromium.new_page() as page:
                page.goto(f"http://127.0.0.1:{port}")
                page.wait_for_selector("[data-testid=stException]")
        finally:
            server.terminate()
    assert "ZeroDivisionError: division by zero" in log.read_text("utf-8")
