"""Rows that are brought up to date, on both databases."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from catalog import Catalog
from catalog.bulk import difference, insert, kept, raw, renew
from catalog.schema import sources


def source(key: int, **other: Any) -> dict[str, Any]:
    """A row."""
    return {"id": key, "name": f"s{key}", "kind": "shopify", "url": "https://a.example/", "demo": False, **other}


def test_rows_go_come_and_change_and_only_what_differs_is_written(catalog: Catalog) -> None:
    said: list[str] = []
    with catalog.writing() as connection:
        insert(connection, sources, [source(n, market="US") for n in (1, 2, 3, 4)])
        before = kept(connection, sources, [1, 2, 3, 4])
        wanted = [source(2, market="US"), source(3, market=None, demo=True), source(4, market="UK"), source(5)]
        now = {row[0]: row for row in raw(connection.dialect, sources, wanted)}
        sa.event.listen(catalog.engine, "before_cursor_execute", lambda *about: said.append(about[2]))
        renew(connection, sources, difference(before, now))
        written = list(said)
        assert kept(connection, sources, [1, 2, 3, 4, 5]) == now
    verbs = sorted(" ".join(statement.split()[:2]) for statement in written)
    assert verbs == ["DELETE FROM", "INSERT INTO", "UPDATE sources", "UPDATE sources"]
    updates = [statement for statement in written if statement.startswith("UPDATE")]
    assert [("market" in one, "demo" in one, "name" in one) for one in sorted(updates, key=len)] == [
        (True, False, False),
        (True, True, False),
    ]


def test_rows_that_are_the_same_are_not_written(catalog: Catalog) -> None:
    with catalog.writing() as connection:
        insert(connection, sources, [source(1)])
        before = kept(connection, sources, [1])
        said: list[str] = []
        sa.event.listen(catalog.engine, "before_cursor_execute", lambda *about: said.append(about[2]))
        now = {row[0]: row for row in raw(connection.dialect, sources, [source(1)])}
        renew(connection, sources, difference(before, now))
        assert said == []
