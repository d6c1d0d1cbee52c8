"""Studies that compare forms, from data/studies.toml: shown as they are, since no percentage or score is supported."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from importlib.resources import files


@dataclass(frozen=True, slots=True)
class Study:
    """One published comparison."""

    key: str
    citation: str
    design: str
    subjects: str
    """Who and how many."""
    forms: tuple[str, ...]
    """Form keys compared and named in the finding; empty when products rather than forms were compared."""
    finding: str
    caveat: str


def _load() -> tuple[Study, ...]:
    rows = tomllib.loads((files("checker") / "data" / "studies.toml").read_text("utf-8"))["study"]
    return tuple(Study(**{**row, "forms": tuple(row["forms"])}) for row in rows)


STUDIES: tuple[Study, ...] = _load()
"""In order of year."""
