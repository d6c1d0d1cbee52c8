"""Shared by all tests: the network ends at loopback."""

from __future__ import annotations

import os
import signal
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from pytest_socket import socket_allow_hosts

from tests.processes import run as run_process

ROOT = Path(__file__).resolve().parents[1]
SHARED = ROOT.parent / "shared"
Maglabel = Callable[..., "subprocess.CompletedProcess[str]"]
"""Runs the command line with the given arguments, as a user does."""


@pytest.fixture(autouse=True)
def _loopback_only() -> None:
    """No test reaches past this machine."""
    socket_allow_hosts(["127.0.0.1", "::1", "localhost"], allow_unix_socket=True)


@pytest.fixture(autouse=True, scope="session")
def _hears_ctrl_c() -> None:
    """A shell that runs the tests in the background makes them deaf to Ctrl-C, and what they start with them."""
    signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture(scope="session")
def recorded() -> Path:
    """The folder of recorded shops and labels, kept outside the project; tests that use it skip without it."""
    folder = Path(os.environ.get("MAGLABEL_RECORDED", SHARED))
    if not (folder / "real").is_dir():
        pytest.skip("recorded shops and labels are not on this machine (MAGLABEL_RECORDED)")
    return folder


@pytest.fixture(scope="module")
def maglabel(tmp_path_factory: pytest.TempPathFactory) -> Maglabel:
    """Run the command line as a user does, with a home of its own."""
    home = tmp_path_factory.mktemp("home")
    folders = {"HOME": str(home), "XDG_DATA_HOME": str(home / "data"), "XDG_CONFIG_HOME": str(home / "config")}
    environment = {
        **{k: v for k, v in os.environ.items() if not k.startswith("MAGLABEL_")},
        **folders,
        "COLUMNS": "200",
    }

    def run(*arguments: str, **environ: str) -> subprocess.CompletedProcess[str]:
        return run_process("maglabel", *arguments, folder=home, environment=environment | environ)

    return run
