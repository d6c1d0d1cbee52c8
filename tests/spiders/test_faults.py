"""Every fault against every kind of source: the right ending, all good listings kept, a sentence, nothing unbounded."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

import pytest

from catalog import Selection, open_catalog
from spiders.base import MAX_PAGES
from spiders.config import SourceConfig
from spiders.kinds import KINDS
from tests.spiders.catalogues import CATALOGUES
from tests.spiders.crawling import Crawled, crawl_all
from tests.spiders.faults import CONTENTS, FAULTS, FRESH, PARTIAL, always_next, is_list, named, same_page
from tests.spiders.faultserver import ROBOTS, FaultySite, misbehaving

LISTS = tuple(kind for kind in KINDS if kind != "pages")
"""Kinds that are read from lists of products; test_page_faults.py is about pages."""
PLACES = ("first", "late", "robots")
CASES = [(kind, fault, place) for kind in LISTS for fault in FAULTS for place in PLACES]
ODD = [(kind, content) for kind in LISTS for content in CONTENTS]
ITEMS = [
    (kind, fault, "item")
    for kind, shop in CATALOGUES.items()
    for fault in ("404", "500", "HTML for JSON", "reset", "gzip bomb")
    if shop.single(shop.rows("3", packs=2)[0])
]
"""Where products have pages of their own: one of them plays the fault."""
GOOD_BEFORE = {"first": 0, "late": 4, "robots": 0}
"""Listings that came before the fault."""

Faulty = tuple[Crawled, dict[str, FaultySite]]


def broken_site(kind: str, fault: str, place: str) -> FaultySite:
    """A site with six good products on three pages, and one fault in one place."""
    shop = CATALOGUES[kind]
    pages = shop.pages(shop.rows("1", "2"), shop.rows("3", "4"), shop.rows("5", "6"))
    bad = {"first": shop.page(1, 0), "late": shop.page(3, 4), "robots": ROBOTS}[place]
    return FaultySite(pages, FAULTS[fault].play, lambda path: path == bad)


def broken_item(kind: str, fault: str, _place: str) -> FaultySite:
    """A site of which one product's own page plays the fault."""
    shop = CATALOGUES[kind]
    bad = shop.rows("3", packs=2)
    pages = shop.pages(shop.rows("1", "2"), bad + shop.rows("4"), shop.rows("5", "6"))
    return FaultySite(pages, FAULTS[fault].play, lambda path: path in shop.single(bad[0]))


def odd_site(kind: str, content: str) -> FaultySite:
    """A site with something odd on its second page."""
    shop = CATALOGUES[kind]
    return FaultySite(shop.pages(shop.rows("1", "2"), CONTENTS[content].make(shop), shop.rows("5", "6")))


def crawled(sites: dict[str, FaultySite], folder: Path, **settings: object) -> Crawled:
    """All the sites in one run, by one process."""
    sources = {}
    for name, site in sites.items():
        kind = name.partition("-")[0]
        values = {"url": site.url, "kind": kind, "delay": 0, **CATALOGUES[kind].settings, **settings}
        sources[name] = SourceConfig.checked(name, values)
    return crawl_all(sources, folder)


def test_every_kind_of_source_has_a_catalogue_to_break() -> None:
    assert set(CATALOGUES) == set(LISTS)


@pytest.fixture(scope="module")
def quick(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Faulty]:
    """Faults that show at once, and odd contents."""
    sites = {named(*case): broken_site(*case) for case in CASES if not FAULTS[case[1]].slow}
    sites |= {named(*case): odd_site(*case) for case in ODD}
    sites |= {named(*case): broken_item(*case) for case in ITEMS}
    for kind, shop in CATALOGUES.items():
        good = shop.pages(shop.rows("1", "2"))
        sites[named(kind, "same page")] = FaultySite(good, same_page(shop), is_list(shop))
        sites[named(kind, "always next")] = FaultySite(good, always_next(shop), is_list(shop))
        sites[named(kind, "no tls")] = FaultySite(good, scheme="https")
    with misbehaving(*sites.values()):
        yield crawled(sites, tmp_path_factory.mktemp("quick")), sites


@pytest.fixture(scope="module")
def slow(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Faulty]:
    """Faults that take the time that an answer may take."""
    sites = {named(*case): broken_site(*case) for case in CASES if FAULTS[case[1]].slow}
    with misbehaving(*sites.values()):
        yield crawled(sites, tmp_path_factory.mktemp("slow"), timeout=2), sites


@pytest.mark.parametrize("case", CASES, ids="-".join)
def test_a_fault_ends_its_source_as_it_should(case: tuple[str, str, str], request: pytest.FixtureRequest) -> None:
    _, name, place = case
    fault = FAULTS[name]
    run, sites = request.getfixturevalue("slow" if fault.slow else "quick")
    result, site = run.results[named(*case)], sites[named(*case)]
    ending = fault.ending(place)
    kept = 6 if ending == FRESH else GOOD_BEFORE[place]
    assert (result["outcome"], result["listings"]) == (ending, kept), result["message"]
    if ending != FRESH:
        assert fault.says in result["message"]
    assert "bug" not in result["message"]
    assert "\n" not in result["message"]
    assert len(result["message"]) < 500
    assert len(site.asked) < 25, "a site that fails is left alone soon"
    assert fault.slow or site.most_at_once == 1


@pytest.mark.parametrize("case", ODD, ids="-".join)
def test_odd_products_hurt_nobody_else(case: tuple[str, str], quick: Faulty) -> None:
    result = quick[0].results[named(*case)]
    assert result["outcome"] in (FRESH, PARTIAL), result["message"]
    assert "bug" not in result["message"]
    expected = CONTENTS[case[1]].listings
    assert result["listings"] == expected if expected else result["listings"] in (5, 6), result
    for key in ("1", "2", "5", "6"):
        assert quick[0].listing(named(*case), key).title == "Magnésium"


@pytest.mark.parametrize("kind", ["shopify", "woocommerce"])
@pytest.mark.parametrize("content", ["null price", "negative price", "absurd price", "price in words"])
def test_a_price_that_is_none_is_not_shown(kind: str, content: str, quick: Faulty) -> None:
    with open_catalog(quick[0].database, read_only=True) as catalog:
        rows = catalog.compare(Selection(sources=(named(kind, content),)))
    prices = {row.source_key: row.price for row in rows}
    assert prices == {key: None if key in ("3", "4") else Decimal("19.99") for key in ("1", "2", "3", "4", "5", "6")}


@pytest.mark.parametrize("case", ITEMS, ids="-".join)
def test_one_product_that_fails_costs_itself_alone(case: tuple[str, str, str], quick: Faulty) -> None:
    result = quick[0].results[named(*case)]
    assert result["listings"] == 5, result["message"]
    if case[1] == "404":
        assert (result["outcome"], result["skipped"]) == (FRESH, {"not_found": 1})
    else:
        assert (result["outcome"], result["skipped"]) == (PARTIAL, {"no_answer": 1})
        assert FAULTS[case[1]].says in result["message"]


@pytest.mark.parametrize("kind", LISTS)
def test_a_site_that_speaks_no_tls_is_told_nothing(kind: str, quick: Faulty) -> None:
    result, site = quick[0].results[named(kind, "no tls")], quick[1][named(kind, "no tls")]
    assert result["outcome"] == "failed"
    assert "closed the connection before its answer was whole" in result["message"]
    assert site.asked == []


@pytest.mark.parametrize("kind", LISTS)
def test_a_list_that_repeats_itself_ends(kind: str, quick: Faulty) -> None:
    result, site = quick[0].results[named(kind, "same page")], quick[1][named(kind, "same page")]
    assert (result["outcome"], result["listings"]) == (PARTIAL, 2)
    assert "the same page again and again" in result["message"]
    assert len(site.asked) < 10


@pytest.mark.parametrize("kind", LISTS)
def test_a_list_without_end_ends(kind: str, quick: Faulty) -> None:
    result, site = quick[0].results[named(kind, "always next")], quick[1][named(kind, "always next")]
    assert result["outcome"] in (FRESH, PARTIAL)
    assert result["message"], "the user is told that there is more"
    assert result["listings"] >= 100
    assert sum(map(is_list(CATALOGUES[kind]), site.paths)) <= MAX_PAGES


def test_the_terminal_stays_quiet(quick: Faulty, slow: Faulty) -> None:
    assert quick[0].stderr == slow[0].stderr == ""


def test_memory_is_bounded(quick: Faulty) -> None:
    assert quick[0].megabytes < 1000, "of all sources together, with bombs and bodies of 200 MB among them"
