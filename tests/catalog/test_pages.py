"""What the catalog remembers of the pages that listings were read from, on both databases."""

from __future__ import annotations

from dataclasses import replace

import sqlalchemy as sa

from catalog import Catalog, CrawlReport, Ending, Page, Run, SourceResult, schema
from checker import READER_VERSION
from tests.catalog.shop import CITRATE, GLYCINATE, OXIDE, capture, content, info, listing, refresh

URL = "https://acme.example/products.json?page=1"


def read(run: Run, *facts: str, url: str = URL, etag: str = '"1"') -> Page:
    """Hand over one listing for each text, and the page that they were read from."""
    intake = run.intake("acme")
    sha = intake.capture(capture(url))
    kept = dict(intake.listing(listing(str(n), text), sha) for n, text in enumerate(facts))
    page = Page(url, "version 1", sha, etag, None, kept, {"ids": ["7\0"], "further": [["x", {"a": [1, None]}]]})
    intake.remember(page)
    return page


def first_refresh(catalog: Catalog, *facts: str, ending: Ending = "complete") -> Page:
    with catalog.start_run([info()]) as run:
        page = read(run, *facts)
        run.publish("acme", CrawlReport("acme", ending))
    return page


def unchanged_refresh(catalog: Catalog) -> SourceResult:
    """The next run, in which the page is as it was."""
    with catalog.start_run([info()]) as run:
        intake = run.intake("acme")
        page = intake.remembered(URL)
        assert page is not None
        intake.unchanged(page)
        return run.publish("acme", CrawlReport("acme", "complete"))


def known(catalog: Catalog, url: str = URL) -> Page | None:
    with catalog.start_run([info()]) as run:
        return run.intake("acme").remembered(url)


def test_a_page_is_remembered_as_it_was_and_of_its_own_source(catalog: Catalog) -> None:
    page = first_refresh(catalog, GLYCINATE, OXIDE)
    stored = {"ids": ["7\N{REPLACEMENT CHARACTER}"], "further": [["x", {"a": [1, None]}]]}
    assert known(catalog) == replace(page, reading=stored)
    assert known(catalog, URL + "0") is None
    with catalog.start_run([info("bravo")]) as run:
        assert run.intake("bravo").remembered(URL) is None


def test_an_unchanged_page_keeps_its_listings_and_writes_nothing(catalog: Catalog) -> None:
    first_refresh(catalog, GLYCINATE, OXIDE)
    before = content(catalog)
    result = unchanged_refresh(catalog)
    assert (result.outcome, result.listings, result.new, result.changed, result.gone) == ("fresh", 2, 0, 0, 0)
    assert content(catalog) == before


def test_a_crawl_that_is_not_published_leaves_no_memory(catalog: Catalog) -> None:
    first_refresh(catalog, GLYCINATE, ending="failed")
    assert known(catalog) is None


def test_a_page_whose_listings_are_no_longer_the_same_is_forgotten(catalog: Catalog) -> None:
    first_refresh(catalog, GLYCINATE, OXIDE)
    with catalog.start_run([info()]) as run:
        intake = run.intake("acme")
        page = intake.remembered(URL)
        assert page is not None
        intake.unchanged(page)
        intake.listing(listing("1", CITRATE))
        result = run.publish("acme", CrawlReport("acme", "complete"))
    assert (result.changed, result.gone, result.skipped) == (1, 0, {})
    assert known(catalog) is None


def test_a_page_that_a_complete_crawl_did_not_meet_is_forgotten(catalog: Catalog) -> None:
    first_refresh(catalog, GLYCINATE)
    with catalog.start_run([info()]) as run:
        read(run, GLYCINATE, url=URL + "0")
        run.publish("acme", CrawlReport("acme", "complete"))
    assert known(catalog) is None
    assert known(catalog, URL + "0") is not None


def test_a_page_with_gone_listings_is_read_again(catalog: Catalog) -> None:
    first_refresh(catalog, GLYCINATE, OXIDE)
    refresh(catalog, [listing("0")])
    assert known(catalog) is None


def test_of_two_readings_of_a_page_the_last_counts(catalog: Catalog) -> None:
    with catalog.start_run([info()]) as run:
        read(run, GLYCINATE)
        read(run, OXIDE, etag='"2"')
        run.publish("acme", CrawlReport("acme", "complete"))
    page = known(catalog)
    assert page is not None
    assert page.etag == '"2"'


def test_an_unchanged_page_is_read_again_by_another_reader(catalog: Catalog) -> None:
    first_refresh(catalog, *[GLYCINATE, OXIDE, CITRATE] * 400)
    with catalog.writing() as connection:  # as an older version of this program would have left it
        connection.execute(sa.update(schema.labels).values(reader_version="0.older"))
        connection.execute(sa.update(schema.listings).values(read_with="0.older/1"))
        connection.execute(sa.delete(schema.comparison))
    result = unchanged_refresh(catalog)
    assert (result.new, result.changed, result.gone, result.with_magnesium) == (0, 0, 0, 1200)
    assert {row.reader_version for row in catalog.compare(limit=None)} == {READER_VERSION}
    with catalog.reading() as connection:
        assert connection.scalar(sa.select(sa.func.count()).select_from(schema.labels)) == 2400


def test_after_a_review_no_page_passes_as_read(catalog: Catalog) -> None:
    """What was accepted was read from pages that were not kept: the older ones know nothing of it."""
    first_refresh(catalog)
    refresh(catalog, [listing(str(n)) for n in range(12)], ending="partial")
    assert known(catalog) is not None
    assert refresh(catalog, []).outcome == "held"
    catalog.accept("acme")
    assert known(catalog) is None
