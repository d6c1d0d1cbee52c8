"""What readers ask walks indexes: no big table is read from end to end, on either database."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

import pytest
import sqlalchemy as sa

from catalog import Catalog, CrawlReport, Selection, open_catalog
from catalog.prune import uncited
from catalog.schema import captures
from checker import Listing, Offer
from tests.catalog.conftest import place
from tests.catalog.shop import GLYCINATE, capture, info, listing

BIG = ("listings", "listing_texts", "labels", "offers", "wordings", "findings", "comparison", "captures", "gtins")
COUNT = 3000


def code(number: int) -> str:
    """An EAN-13 with a right check digit."""
    digits = f"400{number:09d}"
    odd, even = (sum(int(digit) for digit in digits[start::2]) for start in (0, 1))
    return f"{digits}{-(odd + 3 * even) % 10}"


def shelf(source: str, price: str = "24.00") -> list[Listing]:
    """Many products of many brands, a few of them with taurate; the first has its price from here."""
    return [
        listing(
            str(n),
            GLYCINATE.replace("200 mg", f"{100 + n % 300} mg").replace(
                "bisglycinate", ("citrate", "taurate")[n % 50 == 0]
            ),
            Offer(price=price if n == 0 else f"{5 + n % 50}.00", currency="USD", gtin=code(n) if n % 2 else None),
            source=source,
            brand=f"Brand {n % 50} (fictional)",
        )
        for n in range(COUNT)
    ]


def collect(catalog: Catalog, source: str, listings: list[Listing]) -> None:
    """Refresh from a shop whose list has few products on a page."""
    with catalog.start_run([info(source)]) as run:
        intake = run.intake(source)
        for number, each in enumerate(listings):
            if number % 10 == 0:
                sha = intake.capture(capture(f"page {number} of {source}"))
            intake.listing(each, capture_sha256=sha)
        run.publish(source, CrawlReport(source, "complete"))


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def stocked(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[Catalog, datetime]]:
    """Two shops with as many products, and a time after which one price changed."""
    with open_catalog(place(request.param, request, tmp_path_factory.mktemp("catalog")), create=True) as catalog:
        for source in ("acme", "bravo"):
            collect(catalog, source, shelf(source))
        since = datetime.now(UTC)
        collect(catalog, "acme", shelf("acme", "18.00"))
        catalog.vacuum(worth=0)  # as a PostgreSQL server itself does after a while
        yield catalog, since


@contextmanager
def statements(catalog: Catalog) -> Iterator[list[tuple[str, Any]]]:
    """The queries that are asked meanwhile."""
    asked: list[tuple[str, Any]] = []

    def heard(_c: object, _cursor: object, statement: str, parameters: Any, *_: object) -> None:
        if statement.startswith(("SELECT", "WITH")):
            asked.append((statement, parameters))

    sa.event.listen(catalog.engine, "before_cursor_execute", heard)
    try:
        yield asked
    finally:
        sa.event.remove(catalog.engine, "before_cursor_execute", heard)


def read_whole(catalog: Catalog, asked: list[tuple[str, Any]]) -> list[str]:
    """The queries for which the database would read a big table from end to end."""
    sqlite = catalog.engine.dialect.name == "sqlite"
    explain = "EXPLAIN QUERY PLAN" if sqlite else "EXPLAIN"
    scan = re.compile(r"^SCAN (\w+)(?! USING)" if sqlite else r"Seq Scan on (\w+)")
    found = []
    for statement, parameters in asked:
        with catalog.reading() as connection:
            plan = [str(row[-1]) for row in connection.exec_driver_sql(f"{explain} {statement}", parameters)]
        whole = [line for line in plan if (match := scan.search(line)) and match[1] in BIG]
        if whole:
            found.append("\n".join([statement, *plan]))
    return found


ASKED: dict[str, Callable[[Catalog, datetime], object]] = {
    "the first page of the comparison": lambda catalog, _: catalog.compare(limit=20),
    "a form": lambda catalog, _: catalog.compare(Selection(forms=("taurate",)), limit=20),
    "one product": lambda catalog, _: catalog.product("bravo", "1"),
    "a product that may be another's": lambda catalog, _: catalog.product("bravo", "2"),
    "what changed": lambda catalog, since: catalog.changes(since),
}


@pytest.mark.parametrize("what", ASKED)
def test_no_big_table_is_read_from_end_to_end(stocked: tuple[Catalog, datetime], what: str) -> None:
    catalog, since = stocked
    with statements(catalog) as asked:
        assert ASKED[what](catalog, since)
    assert asked
    assert read_whole(catalog, asked) == []


def test_a_query_without_an_index_would_be_noticed(stocked: tuple[Catalog, datetime]) -> None:
    catalog, _ = stocked
    with statements(catalog) as asked, catalog.reading() as connection:
        connection.execute(sa.text("SELECT * FROM listings WHERE url = 'x'"))
    assert len(read_whole(catalog, asked)) == 1


def test_what_cites_a_capture_is_found_by_an_index(stocked: tuple[Catalog, datetime]) -> None:
    """Captures themselves are all looked at; what cites them must not be, once for each."""
    catalog, since = stocked
    with statements(catalog) as asked, catalog.reading() as connection:
        connection.execute(sa.select(captures.c.id).where(uncited(since)))
    for plan in read_whole(catalog, asked):
        assert not re.search(r"^SCAN listings|Seq Scan on listings", plan, re.MULTILINE), plan


def test_the_page_of_an_article_shows_what_it_should(stocked: tuple[Catalog, datetime]) -> None:
    """The plans above are of queries that find something."""
    catalog, since = stocked
    shared, alike = catalog.product("bravo", "1"), catalog.product("bravo", "2")
    assert shared is not None
    assert alike is not None
    assert [offer.source for offer in shared.same_product] == ["acme", "bravo"]
    assert {suggestion.row.source for suggestion in alike.suggestions} == {"acme"}
    assert len(catalog.changes(since).prices) == 1
