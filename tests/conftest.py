"""Shared by all tests: the network ends at loopback."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from pytest_socket import socket_allow_hosts

SHARED = Path(__file__).resolve().parents[2] / "shared"


@pytest.fixture(autouse=True)
def _loopback_only() -> None:
    """No test reaches past this machine."""
    socket_allow_hosts(["127.0.0.1", "::1", "localhost"], allow_unix_socket=True)


@pytest.fixture(scope="session")
def recorded() -> Path:
    """The folder of recorded shops and labels, kept outside the project; tests that use it skip without it."""
    folder = Path(os.environ.get("MAGLABEL_RECORDED", SHARED))
    if not (folder / "real").is_dir():
        pytest.skip("recorded shops and labels are not on this machine (MAGLABEL_RECORDED)")
    return folder
