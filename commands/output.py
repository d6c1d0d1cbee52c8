"""What a command prints or writes."""

import json
import os
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import typer

from checker.errors import InputError


def write(content: str | bytes, output: Path | None, rows: int, demo: bool) -> None:
    """Write rows to a file, or print them; raises InputError when the file cannot be written."""
    if demo:
        typer.echo("Demo data: every product and shop in it is made up.", err=True)
    if output is None:
        typer.echo(content, nl=isinstance(content, str) and not content.endswith("\n"))
        return
    try:
        output.write_bytes(content if isinstance(content, bytes) else content.encode())
    except OSError as error:
        raise InputError(f"{output} cannot be written: {error.strerror}.") from None
    typer.echo(f"{rows} products written to {output}.", err=True)


@contextmanager
def unread() -> Iterator[None]:
    """Print what need not be read: a reader who has gone (`| true`) changes nothing about how the command ends."""
    try:
        yield
        sys.stdout.flush()
    except BrokenPipeError:
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, sys.stdout.fileno())  # where what is still buffered goes in the end
        os.close(nowhere)


def show(renderable: object) -> None:
    """Print for people, in the terminal's width and colours."""
    from dashboard.terminal import console

    console().print(renderable)


def show_json(value: Mapping[str, Any]) -> None:
    """Print for programs."""
    text = json.dumps(value, indent=2, ensure_ascii=False, default=str)
    typer.echo(text.encode(errors="backslashreplace").decode())  # a file's name may hold bytes that are no UTF-8
