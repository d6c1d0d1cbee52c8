"""Second refreshes of real servers on loopback: what has not changed is neither moved, nor read, nor written."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from catalog import open_catalog, schema
from spiders.config import SourceConfig
from tests.catalog.shop import content
from tests.spiders.crawling import Crawled, crawl_all, database_in
from tests.spiders.sites import Answer, Site, Versions, page, product, serving, shop
from tests.spiders.test_crawl import MAG, WOO, woo_product
from tests.spiders.test_pages import html, robots, urlset
from tests.spiders.test_pages import site as site_of

ONLY_THE_RUN = {"INSERT INTO runs": 1, "UPDATE runs": 1, "INSERT INTO run_sources": 3}
LONG = MAG + "<p>Take with water, with a meal.</p>" * 400


def shelf(first: int, title: str = "Magnesium") -> list[dict[str, Any]]:
    return [product(key, f"{title} {key}", body_html=LONG) for key in range(first, first + 20)]


def make_shop() -> Site:
    return shop([*shelf(1)[1:], product(99, "Zinc")], shelf(101), shelf(201))


def make_woo() -> Site:
    packs = "/wp-json/wc/store/v1/products?type=variation&parent=2&per_page=100"
    rows = [woo_product(1, "Magnesium"), woo_product(2, "Packs", variations=[21])]
    answers = {WOO.format(1): rows, WOO.format(2): [], packs: [woo_product(21, "Packs", parent=2)]}
    return Site({path: Answer(body) for path, body in answers.items()})


def make_pages() -> Site:
    paths = ("/magnesium-1", "/magnesium-2")
    return site_of({"/sitemap.xml": urlset(*paths), **{path: html(path) for path in paths}}, robots("/sitemap.xml"))


SITES = {"shop": make_shop, "woo": make_woo, "pages": make_pages}
KINDS = {"shop": "shopify", "woo": "woocommerce", "pages": "pages"}


def sources(sites: dict[str, Site], **values: str) -> dict[str, SourceConfig]:
    return {
        name: SourceConfig.checked(name, {"url": site.url, "kind": KINDS[name], "delay": 0, **values})
        for name, site in sites.items()
    }


def conditions(site: Site) -> set[str]:
    """The conditional headers that the site was sent."""
    return {name for asked in site.asked for name in asked.headers if name.startswith("If-")}


def ended(crawled: Crawled) -> dict[str, tuple[int, int]]:
    """What each source had seen and kept at its end; which source ends first is chance."""
    return {event["source"]: (event["seen"], event["kept"]) for event in crawled.events if event["finished"]}


@contextmanager
def crawled_once(folder: Path, versions: Versions, *names: str) -> Iterator[tuple[dict[str, Site], Crawled]]:
    sites = {name: SITES[name]() for name in names}
    for site in sites.values():
        site.versions = versions
    with serving(*sites.values()):
        first = crawl_all(sources(sites), folder)
        assert {result["outcome"] for result in first.results.values()} == {"fresh"}
        assert all(conditions(site) == set() for site in sites.values())
        for site in sites.values():
            site.asked.clear()
        yield sites, first


CONDITIONS = {"": set(), "etag": {"If-None-Match"}, "weak": {"If-None-Match"}, "date": {"If-Modified-Since"}}


@pytest.mark.parametrize("versions", CONDITIONS)
def test_what_has_not_changed_is_neither_read_nor_written(tmp_path: Path, versions: Versions) -> None:
    with crawled_once(tmp_path, versions, *SITES) as (sites, first):
        with open_catalog(first.database) as catalog:
            before = content(catalog)
        again = crawl_all(sources(sites), tmp_path)
        with open_catalog(first.database) as catalog:
            assert content(catalog) == before
    assert [first.parsed(name) for name in sites] == [4, 3, 3]
    assert [again.parsed(name) for name in sites] == [0, 0, 0]
    assert again.written == ONLY_THE_RUN
    changes = {"new": 0, "changed": 0, "gone": 0}
    counted = ("outcome", "message", "listings", "with_price", "skipped", *changes)
    for name, result in first.results.items():
        assert {key: again.results[name][key] for key in counted} == {key: result[key] for key in counted} | changes
        assert conditions(sites[name]) == CONDITIONS[versions]
    assert ended(again) == ended(first)
    if versions:
        assert again.results["shop"]["bytes"] <= 0.01 * first.results["shop"]["bytes"]


def test_only_the_page_that_changed_is_read(tmp_path: Path) -> None:
    with crawled_once(tmp_path, "etag", "shop") as (sites, _):
        sites["shop"].answers[page(2)] = Answer({"products": shelf(102, "Magnesium Plus")})
        again = crawl_all(sources(sites), tmp_path)
        assert again.parsed("shop") == 1
        assert crawl_all(sources(sites), tmp_path).parsed("shop") == 0
    result = again.results["shop"]
    assert (result["new"], result["changed"], result["gone"], result["listings"]) == (1, 19, 1, 59)
    assert again.listing("shop", "102").title == "Magnesium Plus 102"
    assert again.listing("shop", "201").title == "Magnesium 201"


def test_another_configuration_reads_everything_anew(tmp_path: Path) -> None:
    with crawled_once(tmp_path, "etag", *SITES) as (sites, first):
        again = crawl_all(sources(sites, market="CA"), tmp_path)
        assert all(conditions(site) == set() for site in sites.values())
    assert [again.parsed(name) for name in sites] == [first.parsed(name) for name in sites]
    assert again.listing("shop", "2").market == again.listing("pages", "/magnesium-1").market == "CA"


def test_a_site_that_calls_an_unknown_page_unchanged_has_failed(tmp_path: Path) -> None:
    site = Site({page(1): Answer(status=304)})
    with serving(site):
        crawled = crawl_all(sources({"shop": site}), tmp_path)
    assert crawled.results["shop"]["outcome"] == "failed"
    assert crawled.results["shop"]["message"].endswith("/products.json answered 304 Not Modified")


def test_a_page_without_versions_that_is_called_unchanged_has_failed(tmp_path: Path) -> None:
    with crawled_once(tmp_path, "", "shop") as (sites, _):
        sites["shop"].answers[page(1)] = Answer(status=304)
        again = crawl_all(sources(sites), tmp_path)
    assert again.results["shop"]["outcome"] == "failed"
    assert again.results["shop"]["listings"] == 59


def test_a_listing_that_is_not_the_one_read_from_its_page_is_read_again(tmp_path: Path) -> None:
    with crawled_once(tmp_path, "etag", "shop") as (sites, _):
        with open_catalog(database_in(tmp_path)) as catalog, catalog.writing() as connection:
            other = schema.listings.c.source_key == "101"
            connection.execute(sa.update(schema.listings).where(other).values(input_hash="another", title="Wrong"))
        again = crawl_all(sources(sites), tmp_path)
    assert (again.parsed("shop"), again.results["shop"]["changed"]) == (1, 1)
    assert again.listing("shop", "101").title == "Magnesium 101"


def test_a_page_that_repeats_another_ones_product_is_read_every_time(tmp_path: Path) -> None:
    site = shop(shelf(1), [*shelf(101)[:-1], product(1, "Magnesium 1", body_html=LONG)], shelf(201))
    site.versions = "etag"
    with serving(site):
        crawl_all(sources({"shop": site}), tmp_path)
        again = crawl_all(sources({"shop": site}), tmp_path)
        assert again.parsed("shop") == 1
        site.answers[page(1)] = Answer({"products": shelf(2)})
        moved = crawl_all(sources({"shop": site}), tmp_path)
    assert (moved.results["shop"]["new"], moved.results["shop"]["gone"]) == (1, 0)
    assert moved.listing("shop", "1").title == "Magnesium 1", "it is still on the second page"


def test_a_last_page_that_is_no_longer_the_last_is_read_again(tmp_path: Path) -> None:
    site = Site({WOO.format(1): Answer([woo_product(1, "Magnesium")], headers={"X-WP-TotalPages": "1"})})
    with serving(site):
        crawl_all(sources({"woo": site}), tmp_path)
        for number in (1, 2):
            row = woo_product(number, "Magnesium")
            site.answers[WOO.format(number)] = Answer([row], headers={"X-WP-TotalPages": "2"})
        again = crawl_all(sources({"woo": site}), tmp_path)
    assert again.results["woo"]["listings"] == 2


def test_an_unchanged_answer_with_another_version_is_remembered_by_it(tmp_path: Path) -> None:
    with crawled_once(tmp_path, "etag", "shop") as (sites, _):
        sites["shop"].versions = "weak"
        assert crawl_all(sources(sites), tmp_path).parsed("shop") == 0
        third = crawl_all(sources(sites), tmp_path)
        assert (third.parsed("shop"), third.written) == (0, ONLY_THE_RUN | {"INSERT INTO run_sources": 1})
        assert third.results["shop"]["bytes"] < 5000


def test_a_product_that_has_moved_is_not_taken_for_the_one_that_was_there(tmp_path: Path) -> None:
    """An address that redirects now leads to an older page, which is not newer than the one that was remembered."""
    with crawled_once(tmp_path, "date", "pages") as (sites, _):
        site = sites["pages"]
        site.versions = ""
        site.answers["/magnesium-1"] = Answer(status=301, headers={"Location": "/instead"})
        site.answers["/instead"] = html("Magnesium instead")
        again = crawl_all(sources(sites), tmp_path)
        asked = {asked.path: asked.headers for asked in site.asked}
    assert "If-Modified-Since" in asked["/magnesium-1"]
    assert "If-Modified-Since" not in asked["/instead"]
    assert [again.results["pages"][key] for key in ("new", "changed", "gone")] == [1, 0, 1]
    assert again.listing("pages", "/instead").title == "Magnesium instead"


def test_a_page_behind_a_redirect_is_not_read_again_either(tmp_path: Path) -> None:
    site = make_pages()
    site.versions = "etag"
    site.answers["/product"], site.answers["/magnesium-1"] = (
        site.answers["/magnesium-1"],
        Answer(status=301, headers={"Location": "/product"}),
    )
    with serving(site):
        crawl_all(sources({"pages": site}), tmp_path)
        again = crawl_all(sources({"pages": site}), tmp_path)
    assert (again.parsed("pages"), again.results["pages"]["gone"]) == (0, 0)


def test_what_deep_found_is_asked_for_later_too(tmp_path: Path) -> None:
    listed = {"/sitemap.xml": urlset("/magnesium", "/evening", "/zinc")}
    zinc = Answer("<h1>Zinc</h1>", media="text/html")
    site = site_of({**listed, "/magnesium": html("Magnesium"), "/evening": html("Evening magnesium"), "/zinc": zinc})
    site.versions = "etag"
    with serving(site):
        deep = {name: source.model_copy(update={"deep": True}) for name, source in sources({"pages": site}).items()}
        assert crawl_all(deep, tmp_path).results["pages"]["new"] == 2
        site.asked.clear()
        later = [crawl_all(sources({"pages": site}), tmp_path) for _ in range(2)]
    assert [crawled.results["pages"]["gone"] for crawled in later] == [0, 0]
    assert later[1].parsed("pages") == 0
    assert "/evening" in site.paths
    assert "/zinc" not in site.paths
