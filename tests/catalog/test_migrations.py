"""From every revision that was ever released to the newest, with data in it, on both databases."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory

from catalog import engine, open_catalog, schema
from catalog.reread import reread
from checker import CatalogError, Label
from tests.catalog.shop import GLYCINATE, OXIDE, listing, refresh

REVISIONS = [script.revision for script in ScriptDirectory.from_config(engine.alembic_config()).walk_revisions()][::-1]

NOW = datetime(2026, 11, 1, 12, tzinfo=UTC)
GTIN = "036000291452"
SHELF = {
    "went-back": listing("went-back", GLYCINATE, title="Magnesium 120 capsules", pack="120 capsules", gtin=GTIN),
    "gone": listing("gone", OXIDE),
}


def released(url: str, revision: str) -> sa.Engine:
    """A database as the program of a revision would have made it."""
    made = engine.make_engine(engine.parse_url(url), create=True, read_only=False)
    config = engine.alembic_config()
    with made.connect().execution_options(writes=True) as connection, connection.begin():
        config.attributes["connection"] = connection
        command.upgrade(config, revision)
    return made


def filled(made: sa.Engine) -> None:
    """Four runs of one source, in whatever columns the tables have.

    One listing showed other words in the second run and its first words again from the third on; the other was last
    seen in the third.
    """
    there = sa.MetaData()
    with made.begin() as connection:
        there.reflect(connection)
        for name, rows in shop().items():
            table, columns = schema.metadata.tables[name], there.tables[name].columns.keys()
            known = [{column: value for column, value in row.items() if column in columns} for row in rows]
            connection.execute(sa.insert(table), known)


def shop() -> dict[str, list[dict[str, Any]]]:
    """The rows of each table."""
    times = {run: NOW + timedelta(days=run) for run in range(1, 5)}
    counts = dict.fromkeys((*schema.COUNTS, "requests", "bytes", "seconds"), 0)
    outcome = {"source_id": 1, "outcome": "fresh", "message": "", "skipped": {}, **counts}
    source = {"name": "acme", "kind": "shopify", "url": "https://acme.example/", "market": "US", "demo": False}
    ids = {1: SHELF["went-back"], 2: SHELF["gone"]}
    runs = {1: (3, None, None), 2: (1, 3, 4)}
    amount = {"name": "", "gtin": GTIN, "price_text": "24.00", "price": 24, "currency": "USD"}
    label = Label(has_magnesium=True, forms=("oxide",), reader_version="0.older").model_dump_json()
    read = {"reader_version": "0.older", "has_magnesium": True, "document": label, "read_at": NOW}
    words = ((1, ids[1].content_hash, 1), (1, "other words", 2), (2, ids[2].content_hash, 1))
    return {
        "sources": [{"id": 1, **source}],
        "runs": [{"id": run, "state": "finished", "started_at": t, "finished_at": t} for run, t in times.items()],
        "run_sources": [{"run_id": run, "finished_at": t, **outcome} for run, t in times.items()],
        "listings": [
            {"id": i, "source_id": 1, "source_key": each.source_key, "url": each.url, "title": each.title}
            | {"input_hash": "?", "content_hash": each.content_hash, "read_with": "0.older/0", "first_run_id": 1}
            | dict(zip(("changed_run_id", "last_seen_run_id", "gone_run_id"), runs[i], strict=True))
            for i, each in ids.items()
        ],
        "listing_texts": [
            {"listing_id": i, "document": each.model_dump_json(exclude_defaults=True)} for i, each in ids.items()
        ],
        "offers": [
            {"id": i, "listing_id": i, "position": 0, "since_run_id": 1, "until_run_id": runs[i][2]}
            | {"availability": "in_stock", **amount}
            for i in ids
        ],
        "labels": [
            {"id": label_id, "listing_id": listing_id, "content_hash": content_hash, "run_id": run, **read}
            for label_id, (listing_id, content_hash, run) in enumerate(words, 1)
        ],
    }


def test_revisions_are_numbered_one_after_the_other() -> None:
    assert [int(revision) for revision in REVISIONS] == list(range(1, len(REVISIONS) + 1))
    assert REVISIONS[-1] == schema.REVISION


@pytest.mark.parametrize("revision", REVISIONS)
def test_a_catalog_of_every_revision_is_upgraded_with_all_that_it_holds(url: str, revision: str) -> None:
    made = released(url, revision)
    filled(made)
    made.dispose()
    with open_catalog(url) as catalog:
        with catalog.engine.connect() as connection:
            options = {"version_table": schema.VERSION_TABLE, "compare_type": False}
            context = MigrationContext.configure(connection, opts=options)
            assert compare_metadata(context, schema.metadata) == []
        assert reread(catalog).listings == 2
        assert [row.source_key for row in catalog.compare()] == ["went-back"]
        product, gone = catalog.product("acme", "went-back"), catalog.product("acme", "gone")
        assert product is not None
        assert gone is not None
        assert (len(product.price_history), product.label.forms) == (1, ("glycinate",))
        assert (gone.gone, gone.last_seen) == (True, NOW + timedelta(days=3))
        assert [offer.source_key for offer in product.same_product] == ["went-back"]
        assert refresh(catalog, [SHELF["went-back"]]).outcome == "fresh"


@pytest.mark.parametrize("revision", [r for r in REVISIONS if r < "0005"])
def test_words_that_were_shown_before_the_catalog_kept_their_times_get_them(url: str, revision: str) -> None:
    made = released(url, revision)
    filled(made)
    made.dispose()
    with open_catalog(url) as catalog:
        product, gone = catalog.product("acme", "went-back"), catalog.product("acme", "gone")
        assert product is not None
        assert gone is not None
        days = [(period.since - NOW, period.until and period.until - NOW) for period in product.label_history]
        assert days == [
            (timedelta(days=1), timedelta(days=2)),
            (timedelta(days=2), timedelta(days=3)),
            (timedelta(days=3), None),
        ]
        assert [(p.since - NOW, p.until and p.until - NOW) for p in gone.label_history] == [
            (timedelta(days=1), timedelta(days=4))
        ]
        with catalog.reading() as connection:
            (shown,) = connection.execute(sa.select(schema.wordings).where(schema.wordings.c.until_run_id.is_(None)))
        assert (shown.title, shown.pack) == ("Magnesium 120 capsules", "120 capsules")


def test_who_only_reads_an_older_catalog_is_told_what_upgrades_it(url: str) -> None:
    made = released(url, REVISIONS[0])
    filled(made)
    made.dispose()
    with pytest.raises(CatalogError) as caught, open_catalog(url, read_only=True):
        pass
    assert str(caught.value).endswith("is from an older version of maglabel; `maglabel reread` upgrades it.")
