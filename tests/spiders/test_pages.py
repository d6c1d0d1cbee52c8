"""Crawls of shops by their product pages: alone, and where a shop's interface does not give all."""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from spiders.config import SourceConfig
from tests.spiders.crawling import Crawled, crawl_all
from tests.spiders.sites import Answer, Say, Site, page, product, serving, variant

PAGES = Path(__file__).parent / "data" / "pages"
NAMESPACES = (
    'xmlns="http://www.sitemaps.org/schemas/sitemap/0.9" xmlns:image="http://www.google.com/schemas/sitemap-image/1.1"'
)
MAG = "<p>Magnesium (as magnesium citrate) 100 mg 24%</p>"
WOO = "/wp-json/wc/store/v1/products?per_page=100&page=1"


def saved(name: str) -> Answer:
    """A page as saved under data/pages."""
    return Answer((PAGES / f"{name}.html").read_bytes(), media="text/html")


def html(title: str, **data: Any) -> Answer:
    """A small page of one product."""
    block = {"@type": "Product", "name": title, "offers": {"price": "9.00", "priceCurrency": "EUR"}} | data
    said = f'<script type="application/ld+json">{json.dumps(block)}</script><h1>{title}</h1>'
    return Answer(
        f"<!doctype html><html><head>{said}</head><body><h1>{title}</h1>{MAG}</body></html>", media="text/html"
    )


def changed(answer: Answer, before: str, after: str) -> Answer:
    """The page with other words."""
    return replace(answer, body=str(answer.body).replace(before, after))


def urlset(*entries: str) -> Answer:
    """A sitemap of pages; an entry is a path, or a path and more XML behind a blank."""
    parts = (entry.partition(" ") for entry in entries)
    rows = "".join(f"<url><loc>{{base}}{path}</loc>{more}</url>" for path, _, more in parts)
    return Answer(f'<?xml version="1.0"?><urlset {NAMESPACES}>{rows}</urlset>', media="application/xml")


def index(*paths: str) -> Answer:
    """A sitemap of sitemaps."""
    rows = "".join(f"<sitemap><loc>{path if '//' in path else '{base}' + path}</loc></sitemap>" for path in paths)
    return Answer(f"<sitemapindex {NAMESPACES}>{rows}</sitemapindex>", media="text/xml")


def robots(*sitemaps: str, more: str = "") -> Answer:
    """A robots.txt that names sitemaps."""
    lines = "".join(f"Sitemap: {path if '//' in path else '{base}' + path}\n" for path in sitemaps)
    return Answer(f"User-agent: *\nDisallow: /cart\n{more}\n{lines}", media="text/plain")


def site(answers: dict[str, Say], robots: Answer | None = None) -> Site:
    """A site whose answers name its own address as {base}; what is to be packed is packed then."""
    made = Site(answers, robots)
    for path, answer in made.answers.items():
        if isinstance(answer, Answer) and isinstance(answer.body, str):
            body = answer.body.replace("{base}", made.url.rstrip("/"))
            zipped = answer.media == "application/gzip"
            made.answers[path] = replace(answer, body=gzip.compress(body.encode()) if zipped else body)
    return made


def packed(answer: Answer) -> Answer:
    """The sitemap as a file packed with gzip."""
    return Answer(answer.body, media="application/gzip")


LAYOUTS = ("us_table", "de_tabs", "fr_dl", "div_grid", "es_list", "en_prose", "it_details", "ja_table", "two_screens")
JAPANESE = "/p/%E3%83%9E%E3%82%B0%E3%83%8D%E3%82%B7%E3%82%A6%E3%83%A0/"
IMAGE = "<image:image><image:loc>/x.jpg</image:loc><image:title>Magnesium malate</image:title></image:image>"


def full_shop() -> Site:
    """Sitemaps in sitemaps, one packed, some that are none of ours, some that lead back."""
    first = [f"/p/{name}-magnesium?v=1" for name in LAYOUTS]
    named = index("/product-sitemap.xml", "/product-sitemap2.xml.gz", "/product_cat-sitemap.xml", "/post-sitemap.xml",
                  "/sitemap_index.xml", "http://127.0.0.9/product-sitemap.xml")  # fmt: skip
    second = urlset("/p/zinc", f"/p/4711 <lastmod>2026-01-01</lastmod>{IMAGE}", "/p/zinc", "/blog/magnesium-and-sleep",
                    JAPANESE, "/p/magnesium-gone", "/private/magnesium", "/p/magnesium-story", "/p/magnesium-nameless",
                    "/p/magnesium-list", "/p/magnesium-lamp")  # fmt: skip
    answers: dict[str, Say] = {
        "/sitemap_index.xml": named,
        "/product-sitemap.xml": urlset(*first),
        "/product-sitemap2.xml.gz": packed(second),
        **{path: saved(name) for path, name in zip(first, LAYOUTS, strict=True)},
        "/p/4711": html("Malate"),
        JAPANESE: html("Evening"),
        "/p/magnesium-story": Answer("<h1>Magnesium and sleep</h1>", media="text/html"),
        "/p/magnesium-nameless": html("", name=None),
        "/p/magnesium-list": saved("category"),
        "/p/magnesium-lamp": changed(html("Lamp"), MAG, "<p>1 kg</p>"),
    }
    return site(answers, robots("/sitemap_index.xml", more="Disallow: /private"))


ODD = {
    "/p/magnesium-nul": html("Magne\0sium\0 Magnesium"),
    "/p/magnesium-formula": html('=HYPERLINK("http://x.example","Magnesium")'),
    "/p/magnesium-script": html("<script>alert(1)<\\/script> Magnesium"),
    "/p/magnesium-long": html("Magnesium " * 100_000),
    "/p/magnesium-surrogate": changed(html("Magnesium X"), " X", r" \ud800"),
    "/p/magnesium-variants": html("Magnesium", offers=[{"price": f"{n}.00", "sku": str(n)} for n in range(1, 5001)]),
    "/p/magnesium-absurd": html("Magnesium", offers={"price": "9" * 400, "priceCurrency": "EUR"}),
    "/p/magnesium-negative": html("Magnesium", offers={"price": "-5.00", "priceCurrency": "EUR"}),
    "/p/magnesium-nulls": html("Magnesium", offers=[None, {"price": None}], brand=None, image=[None], gtin=[None]),
    "/p/magnesium-shapes": html("Magnesium", offers="free", brand=["x", 5], image={"url": {"a": 1}}, size={"name": 7}),
}


def make_sites() -> dict[str, Site]:
    """Every site of the run."""
    one = {"/p/magnesium": html("Magnesium")}
    xml = urlset("/p/magnesium", "/p/zinc")
    soft = Answer("<!doctype html><p>Not here</p>", media="text/html")
    nested = {f"/s{depth}.xml": index(f"/s{depth + 1}.xml") for depth in range(1, 9)}
    broken = Answer(str(urlset("/p/magnesium", "/p/zinc").body)[:-20], media="application/xml")
    mag = product(77, "Magnesium", body_html=MAG, handle="mag", tags="a, b")
    mag["variants"] = [variant(title="60 caps", price_currency="CAD", barcode="036000291452"), variant(title="90 caps")]
    handles = [f"/products/mag {IMAGE}", f"/collections/x/products/mag {IMAGE}", f"/fr/products/mag {IMAGE}"]
    shopify: dict[str, Say] = {
        "/sitemap.xml": index("/sitemap_products_1.xml?from=1&amp;to=2", "/sitemap_collections_1.xml"),
        "/sitemap_products_1.xml?from=1&to=2": urlset(*handles, "/products/zinc", "/products/magnesium-old"),
        "/products/mag.json": Answer({"product": mag}),
        "/products/magnesium-old": html("Magnesium Old"),
    }
    woo_page = str(html("Magnesium").body).replace("</head>", "<link rel='shortlink' href='{base}/?p=55'></head>")
    capped = {
        page(number): Answer({"products": [product(number, "Zinc", handle=f"z{number}")]}) for number in range(1, 101)
    }
    return {
        "full": full_shop(),
        "deep": site({"/sitemap.xml": xml, **one, "/p/zinc": html("Zinc with magnesium")}),
        "guessed": site({"/sitemap_index.xml": soft, "/wp-sitemap.xml": xml, **one}),
        "stale": site({"/sitemap.xml": xml, **one}, robots("/old.xml")),
        "no_robots": site({"/sitemap.xml": xml, **one}, Answer("nope", 404)),
        "none": site({}),
        "elsewhere": site({}, robots("http://127.0.0.9/sitemap.xml")),
        "broken": site({"/sitemap.xml": broken, **one}),
        "nested": site(nested, robots("/s1.xml")),
        "closed": site({"/sitemap.xml": urlset(*(f"/p/magnesium-{n}" for n in range(9))),
                        **{f"/p/magnesium-{n}": Answer("no", 403, "text/html") for n in range(9)}}),
        "odd": site({"/sitemap.xml": urlset(*ODD), **ODD}),
        "off": site({**shopify, page(1): soft}),
        "off_404": site(dict(shopify)),
        "capped": site({**shopify, **capped}),
        "nothing": site({page(1): soft}),
        "bare": site({"/sitemap.xml": xml, "/p/magnesium": Answer("<h1>Magnesium</h1>", media="text/html")}),
        "woo": site({WOO: Answer({"code": "rest_no_route"}, 404), "/sitemap.xml": xml,
                     "/p/magnesium": Answer(woo_page, media="text/html")}),
    }  # fmt: skip


KINDS = {"off": "shopify", "off_404": "shopify", "capped": "shopify", "nothing": "shopify", "woo": "woocommerce"}


@pytest.fixture(scope="module")
def sites() -> Iterator[dict[str, Site]]:
    made = make_sites()
    with serving(*made.values()):
        yield made


@pytest.fixture(scope="module")
def crawled(sites: dict[str, Site], tmp_path_factory: pytest.TempPathFactory) -> Crawled:
    """All shops crawled at once, by one process."""
    sources = {
        name: SourceConfig(url=site.url, kind=KINDS.get(name, "pages"), delay=0, deep=name == "deep")
        for name, site in sites.items()
    }
    return crawl_all(sources, tmp_path_factory.mktemp("crawl"))


def test_the_sitemaps_are_followed_each_once_and_no_further_than_the_site(
    crawled: Crawled, sites: dict[str, Site]
) -> None:
    assert crawled.stderr == ""
    paths = sites["full"].paths
    assert paths[:2] == ["/robots.txt", "/sitemap_index.xml"]
    assert {path for path in paths[2:] if "sitemap" in path} == {"/product-sitemap.xml", "/product-sitemap2.xml.gz"}
    assert len(paths) == len(set(paths)), "nothing is asked for twice"
    assert crawled.results["full"]["outcome"] == "fresh"


def test_what_is_not_kept_is_counted_with_its_reason(crawled: Crawled, sites: dict[str, Site]) -> None:
    result = crawled.results["full"]
    assert result["listings"] == len(LAYOUTS) + 2
    assert result["skipped"] == {
        "other_address": 1,
        "no_magnesium": 1,
        "several_products": 1,
        "no_name": 1,
        "no_product": 1,
        "robots_txt": 1,
        "not_found": 1,
    }
    assert "1 of 18 product pages were not read" in result["message"]
    assert not {"/p/zinc", "/private/magnesium", "/blog/magnesium-and-sleep"} & set(sites["full"].paths)


def test_a_product_is_found_by_the_words_of_its_address_or_of_its_picture_in_any_script(crawled: Crawled) -> None:
    assert crawled.listing("full", "/p/4711").title == "Malate"
    assert crawled.listing("full", "/p/マグネシウム").title == "Evening"


def test_deep_reads_every_page(crawled: Crawled, sites: dict[str, Site]) -> None:
    assert crawled.results["deep"]["listings"] == 2
    assert crawled.results["guessed"]["listings"] == 1
    assert sites["deep"].paths.index("/p/magnesium") < sites["deep"].paths.index("/p/zinc"), (
        "what is probable comes first"
    )


def test_a_listing_is_the_pages_own_text(crawled: Crawled, sites: dict[str, Site]) -> None:
    listing = crawled.listing("full", "/p/us_table-magnesium?v=1")
    assert (listing.title, listing.brand, listing.gtin) == (
        "Magnesium Glycinate & Taurate",
        "Tidewater (fictional)",
        "036000291452",
    )
    assert listing.url == sites["full"].url + "p/us_table-magnesium?v=1"
    assert listing.description == "Gentle magnesium for the evening."
    assert listing.pictures == (sites["full"].url + "media/mg.jpg", "http://cdn.tidewater.example/mg2.jpg")
    assert [(o.price, o.currency, o.availability) for o in listing.offers] == [("29.99", "USD", "in_stock")]


@pytest.mark.parametrize("source", ["guessed", "stale", "no_robots"])
def test_a_sitemap_that_nobody_names_is_guessed(crawled: Crawled, source: str) -> None:
    assert crawled.results[source]["outcome"] == "fresh"
    assert crawled.listing(source, "/p/magnesium").title == "Magnesium"


def test_a_sitemap_that_is_not_where_robots_txt_says_is_told(crawled: Crawled) -> None:
    assert "/old.xml answered 404 Not Found" in crawled.results["stale"]["message"]


@pytest.mark.parametrize(
    ("source", "said"),
    [
        (
            "none",
            "no sitemap says where the product pages are: http://127.0.0.1:",
        ),
        ("elsewhere", "no sitemap says where the product pages are"),
        ("nested", "/s4.xml is a sitemap of sitemaps 4 times over"),
        ("closed", "/p/magnesium-"),
        ("nothing", "/products.json answered HTML instead of JSON; no sitemap says where the product pages are"),
    ],
)
def test_a_site_without_readable_pages_fails_with_a_sentence(crawled: Crawled, source: str, said: str) -> None:
    assert crawled.results[source]["outcome"] == "failed"
    assert said in crawled.results[source]["message"]


def test_sitemaps_in_sitemaps_and_bad_answers_have_an_end(crawled: Crawled, sites: dict[str, Site]) -> None:
    assert crawled.results
    assert "/s5.xml" not in sites["nested"].paths
    assert 5 <= sum(path.startswith("/p/") for path in sites["closed"].paths) <= 6, "the breaker; one was on its way"


def test_a_sitemap_that_breaks_off_is_no_whole_shop(crawled: Crawled, sites: dict[str, Site]) -> None:
    assert crawled.results["broken"]["outcome"] == "partial"
    assert "/sitemap.xml breaks off before its end" in crawled.results["broken"]["message"]
    assert "/p/magnesium" in sites["broken"].paths


@pytest.mark.parametrize(
    ("source", "why"),
    [
        ("off", "/products.json answered HTML instead of JSON"),
        ("off_404", "/products.json answered 404 Not Found"),
        ("capped", "the shop shows no more than 25,000 products in its list"),
        ("woo", "/wp-json/wc/store/v1/products answered 404 Not Found"),
    ],
)
def test_a_shop_whose_interface_does_not_give_all_is_read_page_by_page(crawled: Crawled, source: str, why: str) -> None:
    result = crawled.results[source]
    assert result["outcome"] == "fresh"
    assert f"{why}; so the product pages were read one by one" in result["message"]
    assert result["listings"] == (1 if source == "woo" else 2)


@pytest.mark.parametrize("source", ["off", "off_404", "capped"])
def test_a_shopify_product_is_read_as_json_with_currency_and_barcode(
    crawled: Crawled, sites: dict[str, Site], source: str
) -> None:
    listing = crawled.listing(source, "77")
    assert [(o.name, o.price, o.currency, o.gtin) for o in listing.offers] == [
        ("60 caps", "19.99", "CAD", "036000291452"),
        ("90 caps", "19.99", "CAD", None),
    ]
    assert listing.url == sites[source].url + "products/mag"
    assert sites[source].paths.count("/products/mag.json") == 1, "one product in three places of the shop"


def test_a_shopify_product_without_json_is_read_from_its_page(crawled: Crawled) -> None:
    assert crawled.listing("off", "/products/magnesium-old").title == "Magnesium Old"


def test_a_shop_without_schema_org_data_is_told(crawled: Crawled) -> None:
    assert crawled.results["bare"]["skipped"] == {"no_product": 1, "other_address": 1}
    assert "have no schema.org data of a product (1 of them)" in crawled.results["bare"]["message"]


def test_a_woocommerce_page_keeps_the_key_of_the_interface(crawled: Crawled) -> None:
    assert crawled.listing("woo", "55").title == "Magnesium"


def test_odd_products_are_kept_within_bounds(crawled: Crawled) -> None:
    result = crawled.results["odd"]
    assert (result["outcome"], result["listings"], result["skipped"]) == ("fresh", len(ODD), {}), result["message"]
    for path in ODD:
        listing = crawled.listing("odd", path)
        assert "agnesium" in listing.title
        assert len(listing.title) <= 500
        assert "\0" not in listing.title
    assert len(crawled.listing("odd", "/p/magnesium-variants").offers) == 5000
    assert [offer.price for offer in crawled.listing("odd", "/p/magnesium-absurd").offers] == [None]


def test_a_second_refresh_of_the_same_pages_changes_nothing_and_one_without_a_product_loses_it(tmp_path: Path) -> None:
    shop = full_shop()
    source = {"full": SourceConfig(url=shop.url, kind="pages", delay=0)}
    with serving(shop):
        first, second = (crawl_all(source, tmp_path).results["full"] for _ in range(2))
        shop.answers["/product-sitemap2.xml.gz"] = Answer("<urlset></urlset>", media="application/xml")
        third = crawl_all(source, tmp_path).results["full"]
    assert [first[key] for key in ("new", "changed", "gone")] == [len(LAYOUTS) + 2, 0, 0]
    assert [second[key] for key in ("new", "changed", "gone")] == [0, 0, 0]
    assert [third[key] for key in ("new", "changed", "gone")] == [0, 0, 2]
