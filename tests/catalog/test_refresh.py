"""What a refresh writes, on both databases, with the real reader."""

from __future__ import annotations

import hashlib
import signal
import subprocess
import sys
import zlib
from decimal import Decimal
from pathlib import Path

import pytest
import sqlalchemy as sa

from catalog import Catalog, CrawlReport, open_catalog, schema
from checker import READER_VERSION, Offer
from tests.catalog.shop import CITRATE, GLYCINATE, NO_MAGNESIUM, OXIDE, capture, content, info, listing, refresh, sizes
from tests.conftest import ROOT

D = Decimal


def usd(price: str, name: str = "", **more: str) -> Offer:
    return Offer(name=name, price=price, currency="USD", **({"availability": "in_stock"} | more))


def shelf() -> list:
    return [listing("g"), listing("o", OXIDE), listing("c", CITRATE), listing("z", NO_MAGNESIUM, title="Zinc")]


def test_a_first_refresh_keeps_reads_and_compares(catalog: Catalog) -> None:
    result = refresh(catalog, shelf(), skipped={"no magnesium": 7})
    assert result.as_dict() | {"seconds": 0} == {
        "source": "acme",
        "outcome": "fresh",
        "message": "",
        "listings": 4,
        "new": 4,
        "changed": 0,
        "gone": 0,
        "with_magnesium": 3,
        "with_elemental": 3,
        "with_price": 3,
        "skipped": {"no magnesium": 7},
        "requests": 0,
        "bytes": 0,
        "seconds": 0,
    }
    found = sizes(catalog)
    assert found.pop("findings") >= 0
    assert found == {
        "sources": 1,
        "runs": 1,
        "run_sources": 1,
        "captures": 1,
        "listings": 4,
        "listing_texts": 4,
        "wordings": 4,
        "gtins": 0,
        "offers": 4,
        "labels": 4,
        "comparison": 3,
        "comparison_groups": 3,
        "comparison_brands": 1,
        "comparison_medians": 1,
        "pages": 0,
        "held": 0,
        "held_listings": 0,
    }
    assert {row.source_key: (row.form_group, row.elemental_mg) for row in catalog.compare()} == {
        "g": ("glycinate", D(200)),
        "o": ("oxide", D(400)),
        "c": ("citrate", D(150)),
    }


def test_a_refresh_that_finds_nothing_new_writes_nothing_but_the_run(catalog: Catalog) -> None:
    refresh(catalog, shelf())
    before, sizes_before = content(catalog), sizes(catalog)
    seen_before = {row.seen_at for row in catalog.compare()}
    result = refresh(catalog, shelf())
    assert (result.new, result.changed, result.gone, result.listings) == (0, 0, 0, 4)
    assert content(catalog) == before
    assert sizes(catalog) == sizes_before | {"runs": 2, "run_sources": 2}
    assert min(row.seen_at for row in catalog.compare()) > max(seen_before)


def test_a_page_that_changed_around_unchanged_listings_is_not_kept(catalog: Catalog) -> None:
    refresh(catalog, shelf(), page="updated_at: Monday")
    before = content(catalog)
    refresh(catalog, shelf(), page="updated_at: Tuesday")
    assert content(catalog) == before


def test_a_capture_is_kept_once_compressed_with_where_it_is_from(catalog: Catalog) -> None:
    body = "a page " * 1000
    refresh(catalog, [listing("g")], page=body)
    refresh(catalog, [listing("g", OXIDE)], page=body)
    with catalog.reading() as connection:
        kept = connection.execute(sa.select(schema.captures)).one()
    assert kept.sha256 == hashlib.sha256(body.encode()).hexdigest()
    assert zlib.decompress(kept.body) == body.encode()
    assert (kept.size, kept.status) == (7000, 200)
    assert len(kept.body) < 700
    product = catalog.product("acme", "g")
    assert product is not None
    assert product.capture_url == "https://acme.example/products.json?page=1"


def test_a_price_that_moves_is_history_and_nothing_is_read_again(catalog: Catalog) -> None:
    refresh(catalog, [listing("g", GLYCINATE, usd("24.00")), listing("o", OXIDE)])
    before = content(catalog)
    result = refresh(catalog, [listing("g", GLYCINATE, usd("18.00")), listing("o", OXIDE)], page="another page")
    assert (result.new, result.changed, result.gone) == (0, 1, 0)
    assert content(catalog)["labels"] == before["labels"]
    product = catalog.product("acme", "g")
    assert product is not None
    assert [(o.price, o.until is None) for o in product.price_history] == [(D(24), False), (D(18), True)]
    assert product.price_history[0].until == product.price_history[1].since == product.last_seen
    assert product.price_history[0].since == product.first_seen < product.last_seen
    assert [o.price for o in product.offers] == [D(18)]
    assert product.row.price_per_100mg == D("0.15")
    assert product.row in catalog.compare()


def test_a_finding_about_the_offer_goes_when_the_offer_mends_it(catalog: Catalog) -> None:
    refresh(catalog, [listing("g", GLYCINATE, Offer(availability="in_stock"))])
    assert "price-unknown" in catalog.compare()[0].findings
    refresh(catalog, [listing("g", GLYCINATE, usd("24.00"))])
    (row,) = catalog.compare()
    product = catalog.product("acme", "g")
    assert product is not None
    assert "price-unknown" not in row.findings
    assert row.findings == tuple(finding.code for finding in product.findings)
    assert sizes(catalog)["labels"] == 1
    assert sizes(catalog)["findings"] == len(product.findings)


def test_offers_come_go_and_keep_their_order(catalog: Catalog) -> None:
    small, large = usd("10.00", "60 capsules", sku="S"), usd("18.00", "120 capsules", sku="L")
    refresh(catalog, [listing("g", CITRATE, small, large)])
    refresh(catalog, [listing("g", CITRATE, large, small, small)])
    product = catalog.product("acme", "g")
    assert product is not None
    assert [(o.name, o.until) for o in product.price_history] == [("60 capsules", None), ("120 capsules", None)]
    refresh(catalog, [listing("g", CITRATE, small.model_copy(update={"availability": "out_of_stock"}))])
    product = catalog.product("acme", "g")
    assert product is not None
    assert [(o.name, o.availability) for o in product.offers] == [("60 capsules", "out_of_stock")]
    assert len(product.price_history) == 3


def test_a_label_that_changes_is_read_anew_and_the_old_reading_stays(catalog: Catalog) -> None:
    refresh(catalog, [listing("g", GLYCINATE)])
    result = refresh(catalog, [listing("g", OXIDE)])
    assert (result.new, result.changed) == (0, 1)
    assert sizes(catalog)["labels"] == 2
    assert [row.form_group for row in catalog.compare()] == ["oxide"]
    product = catalog.product("acme", "g")
    assert product is not None
    assert product.label.forms == ("oxide",)
    refresh(catalog, [listing("g", GLYCINATE)])
    assert sizes(catalog)["labels"] == 2, "the first words were already read"
    assert [row.form_group for row in catalog.compare()] == ["glycinate"]


def test_a_listing_that_loses_its_magnesium_leaves_the_comparison(catalog: Catalog) -> None:
    refresh(catalog, [listing("g")])
    assert refresh(catalog, [listing("g", NO_MAGNESIUM, title="Zinc")]).with_magnesium == 0
    assert catalog.compare() == []


def test_what_a_complete_crawl_does_not_see_is_gone_and_not_deleted(catalog: Catalog) -> None:
    refresh(catalog, [listing("g"), listing("o", OXIDE)])
    refresh(catalog, [listing("g"), listing("o", OXIDE)])
    last_seen = catalog.as_of()
    result = refresh(catalog, [listing("g")])
    assert (result.listings, result.gone) == (1, 1)
    assert refresh(catalog, [listing("g")]).gone == 0, "it is gone only once"
    assert [row.source_key for row in catalog.compare()] == ["g"]
    product = catalog.product("acme", "o")
    assert product is not None
    assert (product.gone, product.last_seen, product.offers) == (True, last_seen, ())
    assert product.row.seen_at == last_seen
    assert product.label.forms == ("oxide",)
    assert len(product.price_history) == 1
    assert [(s.listings, s.gone) for s in catalog.source_states()] == [(1, 1)]


def test_what_was_gone_comes_back_with_its_history(catalog: Catalog) -> None:
    for shown in ([listing("g"), listing("o", OXIDE)], [listing("g")]):
        refresh(catalog, shown)
    result = refresh(catalog, [listing("g"), listing("o", OXIDE)])
    assert (result.new, result.changed, result.gone) == (0, 1, 0)
    product = catalog.product("acme", "o")
    assert product is not None
    assert (product.gone, len(product.offers), len(product.price_history)) == (False, 1, 2)
    assert product.row in catalog.compare()
    assert sizes(catalog)["labels"] == 2


def test_a_crawl_that_is_not_complete_changes_nothing_but_its_outcome(catalog: Catalog) -> None:
    refresh(catalog, shelf())
    before, as_of = content(catalog), catalog.as_of()
    result = refresh(catalog, [listing("new")], ending="failed")
    assert (result.outcome, result.message, result.listings) == ("failed", "HTTP 503 at page 2", 4)
    assert (result.new, result.changed, result.gone, result.with_magnesium) == (0, 0, 0, 3)
    assert content(catalog) == before
    assert catalog.as_of() == as_of
    state = catalog.source_states()[0]
    assert (state.outcome, state.message, state.listings) == ("failed", "HTTP 503 at page 2", 4)
    assert state.last_success_at == as_of
    assert state.last_run_at is not None
    assert as_of is not None
    assert state.last_run_at > as_of


def test_one_source_fails_and_another_is_published(catalog: Catalog) -> None:
    with catalog.start_run([info("acme"), info("bravo")]) as run:
        run.intake("acme").listing(listing("g"))
        run.intake("bravo").listing(listing("g", source="bravo"))
        run.fail("acme", CrawlReport("acme", "failed", "unreachable"))
        run.publish("bravo", CrawlReport("bravo", "complete"))
    assert [(s.name, s.outcome, s.listings) for s in catalog.source_states()] == [
        ("acme", "failed", 0),
        ("bravo", "fresh", 1),
    ]
    assert [(row.source, row.source_key) for row in catalog.compare()] == [("bravo", "g")]


def test_readers_see_the_old_data_until_the_new_is_complete(url: str) -> None:
    with open_catalog(url, create=True) as writer, open_catalog(url, read_only=True) as reader:
        refresh(writer, [listing("g")])
        with writer.start_run([info()]) as run:
            run.intake("acme").listing(listing("o", OXIDE))
            assert [row.source_key for row in reader.compare()] == ["g"]
            with writer.writing():
                assert [row.source_key for row in reader.compare()] == ["g"]
            run.publish("acme", CrawlReport("acme", "complete"))
            assert [row.source_key for row in reader.compare()] == ["o"]


def test_an_error_while_publishing_leaves_what_was_there(catalog: Catalog) -> None:
    refresh(catalog, shelf())
    before = content(catalog)

    def fail(*event: object) -> None:
        if str(event[2]).startswith("INSERT INTO listing_texts"):
            raise RuntimeError("stop here")

    sa.event.listen(catalog.engine, "before_cursor_execute", fail)
    with pytest.raises(RuntimeError, match="stop here"):
        refresh(catalog, [listing("g", OXIDE), listing("new")])
    sa.event.remove(catalog.engine, "before_cursor_execute", fail)
    assert content(catalog) == before
    refresh(catalog, [listing("g", OXIDE)])
    assert [row.form_group for row in catalog.compare()] == ["oxide"]


KILLED = """
import os, signal, sys
import sqlalchemy as sa
from catalog import open_catalog
from tests.catalog.shop import OXIDE, listing, refresh

catalog = open_catalog(sys.argv[1])
left = int(sys.argv[2])

def count(*_):
    global left
    left -= 1
    if left < 0:
        os.kill(os.getpid(), signal.SIGKILL)

sa.event.listen(catalog.engine, "after_cursor_execute", count)
refresh(catalog, [listing("g", OXIDE), *(listing(str(n)) for n in range(1200))])
"""


@pytest.mark.parametrize("statements", [3, 12, 25, 40])
def test_a_killed_run_leaves_nothing_and_the_next_one_needs_no_help(url: str, statements: int) -> None:
    with open_catalog(url, create=True) as catalog:
        refresh(catalog, shelf())
        before = content(catalog)
    command = [sys.executable, "-c", KILLED, url, str(statements)]
    killed = subprocess.run(command, cwd=ROOT, check=False, capture_output=True, text=True)
    assert killed.returncode == -signal.SIGKILL, killed.stderr
    with open_catalog(url, create=True) as catalog:
        assert content(catalog) == before
        if catalog.folder:
            parts = {f"catalog.sqlite{end}" for end in ("", "-wal", "-shm", ".lock")}
            assert {path.name for path in catalog.folder.iterdir()} <= parts
        assert refresh(catalog, shelf()).outcome == "fresh"
        with catalog.reading() as connection:
            states = connection.scalars(sa.select(schema.runs.c.state).order_by(schema.runs.c.id)).all()
        assert states[0] == states[-1] == "finished"
        assert set(states[1:-1]) <= {"interrupted"}


def test_a_label_of_an_older_reader_is_read_again(catalog: Catalog) -> None:
    refresh(catalog, [listing("g")])
    with catalog.writing() as connection:  # as an older version of this program would have left it
        older = {"reader_version": "0.older"}
        connection.execute(
            sa.update(schema.labels).values(document='{"has_magnesium":false,"reader_version":"0.older"}')
        )
        connection.execute(sa.update(schema.labels).values(older))
        connection.execute(sa.update(schema.listings).values(read_with="0.older/1"))
        connection.execute(sa.delete(schema.comparison))
    assert catalog.compare() == []
    result = refresh(catalog, [listing("g")])
    assert (result.new, result.changed, result.with_magnesium) == (0, 0, 1)
    assert sizes(catalog)["labels"] == 2, "both readings are kept"
    assert [row.reader_version for row in catalog.compare()] == [READER_VERSION]


def test_of_two_listings_with_one_key_the_last_counts(catalog: Catalog) -> None:
    result = refresh(
        catalog, [listing("g", OXIDE), listing("o", OXIDE), listing("g", GLYCINATE)], skipped={"gift card": 1}
    )
    assert result.listings == 2
    assert result.skipped == {"gift card": 1, "duplicate": 1}
    assert {row.source_key: row.form_group for row in catalog.compare()} == {"g": "glycinate", "o": "oxide"}


def test_many_listings_are_written_in_batches(catalog: Catalog) -> None:
    many = [listing(str(number), GLYCINATE, usd(f"{number}.50")) for number in range(1, 1302)]
    assert refresh(catalog, many).new == 1301
    assert refresh(catalog, many[:1299]).gone == 2
    assert catalog.count() == 1299
    assert len(catalog.compare(limit=None)) == 1299


def test_characters_that_no_database_keeps_do_no_harm(catalog: Catalog) -> None:
    facts = GLYCINATE.replace("Serving", "Serv\0ing").replace("Capsules", "Capsules \ud83d")
    result = refresh(catalog, [listing("\0", facts, title="M\ud800g", description="\n")])
    assert result.listings == 1
    product = catalog.product("acme", "\N{REPLACEMENT CHARACTER}")
    assert product is not None
    assert product.listing.facts_text == facts.replace("\0", "\ufffd").replace("\ud83d", "\ufffd")
    for quote in product.label.quotes:
        assert quote.span is None or product.listing.label_text[slice(*quote.span)] == quote.quote


def test_a_listing_comes_back_as_it_was_handed_over(catalog: Catalog) -> None:
    given = listing(
        "g", GLYCINATE, usd("24.00", "Größe 1\t2", gtin="036000291452"), pictures=("a", "b"), description="x\n\ny"
    )
    refresh(catalog, [given])
    product = catalog.product("acme", "g")
    assert product is not None
    assert product.listing == given


def test_the_handing_over_of_a_mistake_is_refused(catalog: Catalog) -> None:
    with catalog.start_run([info()]) as run:
        with pytest.raises(ValueError, match="'bravo'"):
            run.intake("acme").listing(listing("g", source="bravo"))
        with pytest.raises(ValueError, match="no capture"):
            run.intake("acme").listing(listing("g"), capture_sha256="0" * 64)
        with pytest.raises(KeyError):
            run.intake("bravo")
        assert run.intake("acme").capture(capture("page")) == hashlib.sha256(b"page").hexdigest()


def test_a_source_that_changes_in_the_configuration_changes_here(catalog: Catalog) -> None:
    refresh(catalog, [listing("g")])
    assert not catalog.is_demo()
    refresh(catalog, [listing("g")], demo=True)
    assert catalog.is_demo()
    assert [state.demo for state in catalog.source_states()] == [True]
    assert sizes(catalog)["sources"] == 1


def test_the_source_state_is_plain_for_json(catalog: Catalog) -> None:
    refresh(catalog, [listing("g")], skipped={"no magnesium": 2})
    state = catalog.source_states()[0].as_dict()
    assert state["skipped"] == {"no magnesium": 2}
    assert state["last_success_at"] == state["last_run_at"]
    assert state["last_run_at"].endswith("+00:00")
    assert (state["name"], state["kind"], state["url"]) == ("acme", "shopify", "https://acme.example/")


def test_a_full_disk_is_told_and_nothing_is_lost(tmp_path: Path) -> None:
    with open_catalog(f"sqlite:///{tmp_path / 'catalog.sqlite'}", create=True) as catalog:
        refresh(catalog, [listing("g")])
        before = content(catalog)

        @sa.event.listens_for(catalog.engine, "begin")
        def fill(connection: sa.Connection) -> None:
            pages = connection.exec_driver_sql("PRAGMA page_count").scalar()
            connection.exec_driver_sql(f"PRAGMA max_page_count = {pages}")

        with pytest.raises(Exception, match="disk is full"):
            refresh(catalog, [listing(str(number)) for number in range(500)])
        assert content(catalog) == before
