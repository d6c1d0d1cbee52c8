"""Spans of time as people type them."""

import re
from datetime import timedelta

import typer

UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days", "w": "weeks"}


def duration(text: str) -> timedelta:
    """The span that "90s", "30m", "20h", "7d" or "2w" means; raises typer.BadParameter for anything else."""
    found = re.fullmatch(r"(\d{1,4})([smhdw])", text.strip().lower())
    if not found:
        raise typer.BadParameter(f"{text!r} is no span of time; it may be 90s, 30m, 20h, 7d or 2w")
    return timedelta(**{UNITS[found[2]]: int(found[1])})
