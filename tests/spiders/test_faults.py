"""Every fault against every kind of source: the right ending, every good listing kept, a sentence, nothing unbounded."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from spiders.config import SourceConfig
from spiders.crawl import SPIDERS
from tests.spiders.catalogues import CATALOGUES
from tests.spiders.crawling import Crawled, crawl_all
from tests.spiders.faults import CONTENTS, FAULTS, FRESH, PARTIAL, always_next, same_page
from tests.spiders.faultserver import ROBOTS, FaultySite, misbehaving

PLACES = ("first", "late", "robots")
FAST = [(kind, name, place) for kind in SPIDERS for name, fault in FAULTS.items() for place in PLACES if not fault.slow]
SLOW = [(kind, name, place) for kind in SPIDERS for name, fault in FAULTS.items() for place in PLACES if fault.slow]
ODD = [(kind, name) for kind in SPIDERS for name in CONTENTS]
KEPT = {"first": 0, "late": 4}


def site_of(kind: str, name: str, place: str) -> FaultySite:
    """A good site, but for one fault in one place."""
    catalogue = CATALOGUES[kind]  # type: ignore[index]
    pages = catalogue.pages(catalogue.rows("1", "2"), catalogue.rows("3", "4"), catalogue.rows("5", "6"))
    bad = {"first": catalogue.page(1, 0), "late": catalogue.page(3, 4), "robots": ROBOTS}[place]
    return FaultySite(pages, FAULTS[name].play, lambda path: path == bad)


def odd_site(kind: str, name: str) -> FaultySite:
    """A site with something odd on its second page."""
    catalogue = CATALOGUES[kind]  # type: ignore[index]
    rows = CONTENTS[name].make(catalogue)
    return FaultySite(catalogue.pages(catalogue.rows("1", "2"), rows, catalogue.rows("5", "6")))


def crawled_sites(sites: dict[str, FaultySite], kinds: dict[str, str], folder: Path, **settings: object) -> Crawled:
    """All the sites in one run."""
    sources = {
        name: SourceConfig.checked(
            name,
            {"url": site.url, "kind": kinds[name], "delay": 0, **CATALOGUES[kinds[name]].settings, **settings},  # type: ignore[index]
        )
        for name, site in sites.items()
    }
    return crawl_all(sources, folder)


def names_of(cases: list[tuple[str, ...]]) -> dict[tuple[str, ...], str]:
    return {case: f"{case[0]}-{number}" for number, case in enumerate(cases)}


@pytest.fixture(scope="module")
def fast(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Crawled, dict[str, FaultySite]]]:
    names = names_of(FAST)
    sites = {name: site_of(*case) for case, name in names.items()}
    with misbehaving(*sites.values()):
        kinds = {name: case[0] for case, name in names.items()}
        yield crawled_sites(sites, kinds, tmp_path_factory.mktemp("fast")), sites


@pytest.mark.parametrize("case", FAST, ids="-".join)
def test_fault(fast, case):
    crawled, sites = fast
    name = names_of(FAST)[case]
    result = crawled.results[name]
    kind, fault, place = case
    fault = FAULTS[fault]
    expected = fault.ending(place)
    assert (result["outcome"], result["listings"]) == (expected, 6 if expected == FRESH else KEPT.get(place, 0)), result
