"""All kept listings through the current reader: both databases, labels that an older reader read."""

from __future__ import annotations

from decimal import Decimal

import pytest
import sqlalchemy as sa

from catalog import Catalog, open_catalog
from catalog.reread import RereadResult, reread
from catalog.schema import runs
from catalog.stories import changed_fields
from checker import READER_VERSION, Label, LockedError, read_label
from tests.catalog.shop import (
    CITRATE,
    GLYCINATE,
    NO_MAGNESIUM,
    OXIDE,
    content,
    listing,
    read_by_an_older_reader,
    refresh,
    sizes,
)

D = Decimal


def stocked(catalog: Catalog) -> None:
    """Four products on offer, one without magnesium, and one that is gone."""
    shelf = [listing("g"), listing("o", OXIDE), listing("c", CITRATE), listing("z", NO_MAGNESIUM, title="Zinc")]
    refresh(catalog, [*shelf, listing("gone", CITRATE)])
    refresh(catalog, shelf)


def shown(catalog: Catalog) -> list[tuple[object, ...]]:
    """The comparison but for when it was read."""
    return [
        (row.source_key, row.forms, row.elemental_mg, row.findings, row.reader_version) for row in catalog.compare()
    ]


def test_a_catalog_that_is_up_to_date_is_not_touched(catalog: Catalog) -> None:
    stocked(catalog)
    before = content(catalog, runs=True)
    assert reread(catalog) == RereadResult(listings=0, labels_changed=0)
    assert content(catalog, runs=True) == before


def test_what_an_older_reader_read_is_read_anew_and_the_changed_fields_are_told(catalog: Catalog) -> None:
    stocked(catalog)
    before = shown(catalog)
    read_by_an_older_reader(catalog, elemental_mg=D(1), percent_dv=None)
    heard: list[tuple[int, int]] = []
    result = reread(catalog, lambda done, total: heard.append((done, total)))
    assert result == RereadResult(5, 4, {"elemental_mg": 4, "percent_dv": 4})
    assert heard == [(5, 5)]
    assert shown(catalog) == before
    assert {row.reader_version for row in catalog.compare()} == {READER_VERSION}
    assert sizes(catalog)["labels"] == 10, "the older readings stay"
    gone = catalog.product("acme", "gone")
    assert gone is not None
    assert (gone.gone, gone.label.reader_version) == (True, READER_VERSION)
    assert reread(catalog) == RereadResult(0, 0)


def test_a_reading_that_says_the_same_is_no_change(catalog: Catalog) -> None:
    stocked(catalog)
    read_by_an_older_reader(catalog)
    assert reread(catalog) == RereadResult(listings=5, labels_changed=0)


def test_a_refresh_after_a_reread_has_nothing_left_to_do(catalog: Catalog) -> None:
    stocked(catalog)
    read_by_an_older_reader(catalog)
    reread(catalog)
    before = content(catalog)
    refresh(
        catalog, [listing("g"), listing("o", OXIDE), listing("c", CITRATE), listing("z", NO_MAGNESIUM, title="Zinc")]
    )
    assert content(catalog) == before


def test_a_reread_that_was_stopped_goes_on_where_it_was(catalog: Catalog, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("catalog.reread.BATCH", 1)
    monkeypatch.setattr("catalog.reread.TOGETHER", 2)
    stocked(catalog)
    before = shown(catalog)
    read_by_an_older_reader(catalog, elemental_mg=D(1))

    def stop(done: int, total: int) -> None:
        assert total == 5
        if done == 3:  # of which two are in a transaction that has ended
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        reread(catalog, stop)
    assert {row.reader_version for row in catalog.compare()} == {READER_VERSION, "0.older"}
    assert reread(catalog).listings == 3
    assert shown(catalog) == before


def test_with_the_last_listing_all_products_are_compared(catalog: Catalog, monkeypatch: pytest.MonkeyPatch) -> None:
    """Two sources that disagree do so again after a reread, however many batches it took."""
    monkeypatch.setattr("catalog.reread.BATCH", 1)
    code = "036000291452"
    refresh(catalog, [listing("g", GLYCINATE, gtin=code)])
    refresh(catalog, [listing("o", OXIDE, source="bravo", gtin=code)], source="bravo")
    assert all("sources-disagree" in row.findings for row in catalog.compare())
    read_by_an_older_reader(catalog)
    reread(catalog)
    assert [row.reader_version for row in catalog.compare()] == [READER_VERSION] * 2
    assert all("sources-disagree" in row.findings for row in catalog.compare())


def test_nobody_else_may_write_meanwhile(catalog: Catalog, url: str) -> None:
    stocked(catalog)
    read_by_an_older_reader(catalog)
    before = content(catalog, runs=True)
    with open_catalog(url) as other, other.alone(), pytest.raises(LockedError):
        reread(catalog)
    assert content(catalog, runs=True) == before
    assert reread(catalog).listings == 5


def test_only_what_a_label_states_is_compared() -> None:
    label = read_label(GLYCINATE)
    other = label.model_copy(update={"quotes": (), "reader_version": "0.older", "forms": ("oxide",)})
    assert changed_fields(label, other) == ("forms",)
    assert {"elemental_mg", "has_magnesium", "serving"} <= Label.model_fields.keys()


def test_ctrl_c_between_two_statements_frees_the_catalog(catalog: Catalog, monkeypatch: pytest.MonkeyPatch) -> None:
    refresh(catalog, [listing(f"g{n}") for n in range(5)])
    read_by_an_older_reader(catalog, percent_dv=None)
    monkeypatch.setattr("catalog.engine.BUSY_SECONDS", 1)

    def stop(*about: object) -> None:
        if str(about[2]).startswith("UPDATE comparison"):
            raise KeyboardInterrupt

    with open_catalog(catalog.address) as stopped:
        sa.event.listen(stopped.engine, "after_cursor_execute", stop)
        with pytest.raises(KeyboardInterrupt):
            reread(stopped)
    with catalog.reading() as connection:
        states = connection.scalars(sa.select(runs.c.state).order_by(runs.c.id)).all()
    assert states == ["finished", "interrupted"], "not first when the next run begins"
