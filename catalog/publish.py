"""Writes what one source handed over."""

from __future__ import annotations

from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from catalog.spool import Intake


@dataclass(slots=True)
class Changes:
    """What a publication changed, in listings."""

    new: int = 0
    changed: int = 0
    gone: int = 0


def next_id(connection: Connection, column: sa.Column[int]) -> int:
    """The next free id of a table; there is one writer, and its transaction holds the lock."""
    return (connection.scalar(sa.select(sa.func.max(column))) or 0) + 1


class Publication:
    """The writing of one source's data inside one transaction."""

    def __init__(self, connection: Connection, run_id: int, source_id: int) -> None:
        self.connection, self.run_id, self.source_id = connection, run_id, source_id

    def write(self, intake: Intake) -> Changes:
        raise NotImplementedError
