"""Damage that the database does not see: values and links that were right when they were written."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pytest

from catalog import Selection, open_catalog
from checker import CatalogError, Offer
from tests.catalog.shop import GLYCINATE, OXIDE, listing, refresh


@pytest.mark.parametrize("damage", ["{", "\x00\x00", b"\xff\xfe"])
def test_damage_that_the_database_does_not_see(tmp_path: Path, damage: str | bytes) -> None:
    path = tmp_path / "catalog.sqlite"
    with open_catalog(f"sqlite:///{path}", create=True) as catalog:
        refresh(catalog, [listing("g")])
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("UPDATE labels SET document = CAST(? AS TEXT)", (damage,))
    with open_catalog(f"sqlite:///{path}", create=True) as catalog:
        for use in (lambda: catalog.product("acme", "g"), lambda: refresh(catalog, [listing("g", OXIDE)])):
            with pytest.raises(CatalogError, match=r"catalog\.sqlite is damaged; restore it from a backup"):
                use()


LOST = [
    "DELETE FROM run_sources",
    "UPDATE run_sources SET run_id = 77",
    "UPDATE run_sources SET increment = true",
    "UPDATE listings SET first_run_id = 77",
    "UPDATE offers SET since_run_id = 77",
    "UPDATE wordings SET content_hash = 'x'",
]


@pytest.mark.parametrize("damage", LOST)
def test_rows_that_name_what_is_not_there(tmp_path: Path, damage: str) -> None:
    path = tmp_path / "catalog.sqlite"
    with open_catalog(f"sqlite:///{path}", create=True) as catalog:
        refresh(catalog, [listing("g", gtin="036000291452")])
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute(damage)
    with open_catalog(f"sqlite:///{path}", read_only=True) as catalog, pytest.raises(CatalogError, match="is damaged"):
        catalog.product("acme", "g")


def test_a_price_whose_run_is_not_there(tmp_path: Path) -> None:
    path, since = tmp_path / "catalog.sqlite", datetime.now(UTC)
    with open_catalog(f"sqlite:///{path}", create=True) as catalog:
        for price in ("20.00", "18.00"):
            refresh(catalog, [listing("g", GLYCINATE, Offer(price=price, currency="USD"))])
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("UPDATE offers SET since_run_id = 77 WHERE until_run_id IS NULL")
    with open_catalog(f"sqlite:///{path}", read_only=True) as catalog, pytest.raises(CatalogError, match="is damaged"):
        catalog.changes(since)


@pytest.mark.parametrize("damage", ["form_group = 'x'", "price_per_100mg = 1000000000000000000"])
def test_counts_of_what_is_not_there(tmp_path: Path, damage: str) -> None:
    path = tmp_path / "catalog.sqlite"
    with open_catalog(f"sqlite:///{path}", create=True) as catalog:
        refresh(catalog, [listing("g")])
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute(f"UPDATE comparison SET {damage}")
    with open_catalog(f"sqlite:///{path}", read_only=True) as catalog, pytest.raises(CatalogError, match="is damaged"):
        catalog.form_summaries(Selection(sources=("acme",)))
