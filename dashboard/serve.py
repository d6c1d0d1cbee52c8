"""Runs the pages as a Streamlit server, a child process of the command line."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
from pathlib import Path

from checker import InputError

DATABASE = "MAGLABEL_DATABASE"
"""Environment variable with the SQLAlchemy URL of the catalog that the pages show."""

_APP = Path(__file__).with_name("app.py")
_SHAPE = {
    "baseRadius": "0.4rem",
    "headingFontWeights": "[700,600]",
    "headingFontSizes": '["2.25rem","1.125rem"]',
}
_LIGHT = {
    "primaryColor": "#0f766e",
    "linkColor": "#0f766e",
    "backgroundColor": "#fdfdfb",
    "secondaryBackgroundColor": "#f1f4f1",
    "textColor": "#1c2b2a",
}
_DARK = {"primaryColor": "#2dd4bf", "linkColor": "#5eead4"}
_OPTIONS = {
    "browser.gatherUsageStats": "false",
    "client.toolbarMode": "minimal",
    "client.showErrorDetails": "none",
    "client.disableDataExport": "true",  # the browser's own CSV would not neutralise formulas; the pages offer ours
    "server.fileWatcherType": "none",
    "server.showEmailPrompt": "false",
    "logger.enableRich": "false",  # rich writes to standard output, where nobody would see what went wrong
    "logger.level": "warning",
    "runner.magicEnabled": "false",  # a page shows what it draws, not the strings that stand in its code
    "global.disableWidgetStateDuplicationWarning": "true",  # another filter sets the table back to its first page
    **{f"theme.{key}": value for key, value in _SHAPE.items()},
    **{f"theme.light.{key}": value for key, value in _LIGHT.items()},
    **{f"theme.dark.{key}": value for key, value in _DARK.items()},
}


def command(host: str, port: int, open_browser: bool) -> list[str]:
    """The command line of the server; the theme is part of it, so that no file in a user's folder is needed."""
    options = _OPTIONS | {
        "server.address": host,
        "server.port": str(port),
        "server.headless": str(not open_browser).lower(),
    }
    flags = (f"--{key}={value}" for key, value in options.items())
    return [sys.executable, "-m", "streamlit", "run", str(_APP), *flags]


def serve(database_url: str, host: str = "127.0.0.1", port: int = 8501, open_browser: bool = True) -> int:
    """Show a catalog at http://host:port until Ctrl-C; returns the server's exit code, 0 after Ctrl-C.

    Raises InputError when the address cannot be listened on.
    """
    _check_free(host, port)
    # Without the safe path, a catalog.py in the user's folder would be imported in place of ours.
    environment = os.environ | {DATABASE: database_url, "PYTHONSAFEPATH": "1"}
    print(f"The dashboard is at {_address(host, port)} (Ctrl-C ends it).", flush=True)
    server = subprocess.Popen(command(host, port, open_browser), env=environment, stdout=subprocess.DEVNULL)
    before = signal.signal(signal.SIGTERM, lambda *_: server.terminate())
    try:
        return server.wait()
    except KeyboardInterrupt:
        server.terminate()
        server.wait()
        return 0
    finally:
        signal.signal(signal.SIGTERM, before)


def _address(host: str, port: int) -> str:
    return f"http://{f'[{host}]' if ':' in host else host}:{port}"


def _check_free(host: str, port: int) -> None:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            raise InputError(
                f"The dashboard cannot listen on {host}:{port} ({error.strerror}); try another --port."
            ) from None
