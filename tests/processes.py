"""Processes that start fast: they are forked from a server that has imported the libraries.

Importing other people's code is most of what a command takes to start, and the tests start hundreds. Our own code is
imported by each process anew. Where the start itself is what is tested, the tests run `python maglabel.py`.
"""

from __future__ import annotations

import multiprocessing
import os
import subprocess
import sys
from collections.abc import Mapping
from importlib import import_module
from pathlib import Path
from tempfile import TemporaryDirectory

LIBRARIES = (
    "alembic.command",
    "price_parser",
    "psycopg",
    "pydantic_settings",
    "requests",
    "rich.progress",
    "scrapy.crawler",
    "sqlalchemy.dialects.sqlite",
    "tomlkit",
    "typer",
)
FORKS = multiprocessing.get_context("forkserver")
FORKS.set_forkserver_preload(list(LIBRARIES))
LONGEST = 600
"""Seconds that a process may take."""


def run(module: str, *arguments: str, folder: Path, environment: Mapping[str, str]) -> subprocess.CompletedProcess[str]:
    """What `python -m module arguments` does in a folder, through the module's `main`, with nothing to read."""
    with TemporaryDirectory() as made:
        out, err = Path(made, "out"), Path(made, "err")
        words = (module, *arguments)
        child = FORKS.Process(target=_child, args=(words, folder, dict(environment), out, err))
        child.start()
        child.join(LONGEST)
        if child.exitcode is None:
            child.kill()
            raise subprocess.TimeoutExpired(words, LONGEST)
        said = (path.read_text("utf-8") for path in (out, err))
        return subprocess.CompletedProcess(words, child.exitcode, *said)


def _child(words: tuple[str, ...], folder: Path, environment: dict[str, str], out: Path, err: Path) -> None:
    for number, path in enumerate((Path(os.devnull), out, err)):
        os.dup2(os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND), number)
    os.chdir(folder)
    os.environ.clear()
    os.environ.update(environment)
    sys.argv = list(words)
    import_module(words[0]).main()
