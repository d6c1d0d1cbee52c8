"""The faults of `faults.py` against product pages and what leads to them: robots.txt, sitemaps, one page."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest

from spiders.config import SourceConfig
from tests.spiders.crawling import Crawled, crawl_all
from tests.spiders.faults import FAILED, FAULTS, FRESH, PARTIAL, named
from tests.spiders.faultserver import ROBOTS, FaultySite, misbehaving

PLACES = {"robots": ROBOTS, "index": "/sitemap.xml", "sitemap": "/products-2.xml", "page": "/p/magnesium-3"}
CASES = [(fault, place) for fault in FAULTS for place in PLACES]
NOT_THERE = ("404", "410")
SAYS_OTHERWISE = ("HTML instead of JSON", "damaged or broken off", "JSON without a list")
"""What is told of JSON alone."""
HARMLESS_TAIL = ("truncated JSON", "length too short")
"""The beginning of an answer is of use where it is no JSON."""
TOLD_TO_WAIT = ("429 for an hour", "503 until 2099")
"""The whole source is left alone."""
Faulty = tuple[Crawled, dict[str, FaultySite]]


def shop(fault: str, place: str) -> FaultySite:
    """Six products in three sitemaps, and one fault in one place."""
    block = {"@type": "Product", "offers": {"price": "9.00", "priceCurrency": "EUR"}}
    facts = "<h2>Supplement Facts</h2><p>Magnesium (as magnesium citrate) 100 mg 24%</p>"
    pages = {"/sitemap.xml": index(*(f"/products-{number}.xml" for number in (1, 2, 3)))}
    for number in (1, 2, 3):
        keys = (2 * number - 1, 2 * number)
        rows = "".join(f"<url><loc>/p/magnesium-{key}</loc></url>" for key in keys)
        pages[f"/products-{number}.xml"] = f"<urlset>{rows}</urlset>"
        for key in keys:
            data = json.dumps(block | {"name": f"Magnésium {key}"}, ensure_ascii=False)
            pages[f"/p/magnesium-{key}"] = f'<script type="application/ld+json">{data}</script><body>{facts}</body>'
    return FaultySite({path: page.encode() for path, page in pages.items()}, FAULTS[fault].play, PLACES[place].__eq__)


def index(*paths: str) -> str:
    return f"<sitemapindex>{''.join(f'<sitemap><loc>{path}</loc></sitemap>' for path in paths)}</sitemapindex>"


@pytest.fixture(scope="module", params=[False, True], ids=["quick", "slow"])
def run(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Faulty]:
    """All shops in one run; those whose faults take the time that an answer may take apart."""
    sites = {named(*case): shop(*case) for case in CASES if FAULTS[case[0]].slow == request.param}
    with misbehaving(*sites.values()):
        sources = {
            name: SourceConfig(url=site.url, kind="pages", delay=0, timeout=2 if request.param else 60)
            for name, site in sites.items()
        }
        yield crawl_all(sources, tmp_path_factory.mktemp("faults")), sites


def test_a_fault_costs_what_it_touches_and_no_more(run: Faulty) -> None:
    crawled, sites = run
    assert crawled.stderr == ""
    for name, place in CASES:
        if named(name, place) not in sites:
            continue
        result, asked = crawled.results[named(name, place)], len(sites[named(name, place)].asked)
        said = (name, place, result["outcome"], result["listings"], result["message"])
        assert (result["outcome"], result["listings"]) in expected(name, place), said
        if result["outcome"] != FRESH and not FAULTS[name].says.startswith("answered JSON"):
            told = FAULTS[name].says in result["message"]
            assert told or any(words in FAULTS[name].says for words in SAYS_OTHERWISE), said
        assert "bug" not in result["message"], said
        assert "\n" not in result["message"], said
        assert asked < 25, said


def expected(name: str, place: str) -> list[tuple[str, int]]:
    """How a shop may end, with how many of its six products."""
    fault = FAULTS[name]
    if place == "robots":
        return [(fault.robots, 6 if fault.robots == FRESH else 0)]
    if fault.late == FRESH:
        return [(FRESH, 6)]
    if name in TOLD_TO_WAIT:
        return [(FAILED, 0), *((PARTIAL, kept) for kept in range(1, 6))]
    if place == "index":
        return [(PARTIAL, kept) for kept in range(1, 7)] + [(FAILED, 0)] if name in HARMLESS_TAIL else [(FAILED, 0)]
    if place == "sitemap":
        return [(PARTIAL, 4), (PARTIAL, 5), (PARTIAL, 6)] if name in HARMLESS_TAIL else [(PARTIAL, 4)]
    of_content = any(words in fault.says for words in SAYS_OTHERWISE) or name in NOT_THERE
    if name in HARMLESS_TAIL:
        return [(FRESH, 5), (FRESH, 6), (PARTIAL, 5)]
    return [(FRESH, 5), (PARTIAL, 5)] if of_content else [(PARTIAL, 5)]
