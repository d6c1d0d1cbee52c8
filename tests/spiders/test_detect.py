"""What is this shop? Asked of real servers on loopback."""

from __future__ import annotations

import socket
from pathlib import Path

import pytest

from checker import SourceError
from spiders.detect import Detection, detect, proposed_name
from spiders.dsld_search import Slice
from spiders.openfoodfacts import PATH
from spiders.settings import user_agent
from spiders.site import Recognised
from tests.spiders.sites import Answer, Say, Site, certified_by_nobody, product, serving, single

FIRST = "/products.json?limit=250&page=1"
SHOPIFY = {FIRST: Answer({"products": [product(1, "x")]}), "/products/p-1.json": single("KES")}
WOO_FIRST = "/wp-json/wc/store/v1/products?per_page=100&page=1"
WOO = {WOO_FIRST: Answer([{"id": 1, "name": "x", "prices": {"currency_code": "EUR"}}])}
SEARCH = Slice().path()
DSLD = {"/dsld/version": Answer({"version": "9.5.0"}), SEARCH: Answer({"hits": [], "stats": {"count": 0}})}
FOODS = {f"/{PATH.format(page=1)}": Answer({"count": 250, "page_size": 100, "products": [{"code": "1"}]})}
PAGE = Answer("<!doctype html><h1>Shop</h1>", media="text/html")


@pytest.mark.parametrize(
    ("answers", "kind", "currency", "market"),
    [
        (SHOPIFY, "shopify", "KES", None),
        (WOO, "woocommerce", "EUR", None),
        (DSLD, "dsld", None, "US"),
        (FOODS, "openfoodfacts", None, None),
    ],
)
def test_a_site_is_recognised(answers: dict[str, Answer], kind: str, currency: str | None, market: str | None) -> None:
    with serving(site := Site(dict(answers))):
        found = detect(site.url + "collections/all?x=1", contact="mailto:tests@acme.example")
    assert found.told is not None
    assert (found.kind, found.told.currency, found.told.market, found.url) == (kind, currency, market, site.url)
    assert found.name == ("dsld" if kind == "dsld" else f"{kind}-127-0-0-1")
    assert found.tried[-1].endswith("answered JSON")
    assert found.tried[0].endswith("robots.txt answered 200 OK; it is obeyed")
    assert {asked.headers["User-Agent"] for asked in site.asked} == {user_agent("mailto:tests@acme.example")}


SHELF = Answer(
    '<script type="application/ld+json">{"@type": "Product", "name": "Mag", '
    '"offers": {"price": "9.00", "priceCurrency": "EUR"}}</script><h1>Mag</h1>',
    media="text/html",
)


def listing(site: Site, *paths: str, tag: str = "url") -> Answer:
    """A sitemap of the site's own pages, or of sitemaps."""
    rows = "".join(f"<{tag}><loc>{site.url}{path}</loc></{tag}>" for path in paths)
    root = "urlset" if tag == "url" else "sitemapindex"
    return Answer(f"<{root}>{rows}</{root}>", media="application/xml")


def test_product_pages_with_schema_org_data_are_the_last_resort() -> None:
    site = Site({"/p/magnesium": SHELF, "/p/zinc": SHELF})
    site.answers["/robots.txt"] = Answer(
        f"Sitemap: {site.url}all.xml\nSitemap: http://192.0.2.1/x.xml", media="text/plain"
    )
    site.answers["/all.xml"] = listing(site, "all.xml", "products-2.xml", "products-1.xml", tag="sitemap")
    site.answers["/products-2.xml"] = listing(site, "", "p/zinc", "blog/magnesium", "p/magnesium")
    with serving(site):
        found = detect(site.url)
    assert (found.kind, found.name) == ("pages", "pages-127-0-0-1")
    assert found.told == Recognised("EUR", None, sampled=2, candidates=1, requests=4, at_least=True)
    assert found.tried[-3:] == (
        f"{site.url}all.xml answered a sitemap (pages: 0, sitemaps: 3)",
        f"{site.url}products-2.xml answered a sitemap (pages: 4, sitemaps: 0)",
        f"{site.url}p/magnesium answered a page with a schema.org product",
    )
    assert "/p/zinc" not in site.paths


def test_pages_without_a_product_are_told() -> None:
    site = Site({"/p/magnesium": PAGE})
    site.answers["/sitemap.xml"] = listing(site, "p/magnesium", "p/magnesium-2")
    with serving(site):
        said = refusal(site.url)
    assert f"{site.url}p/magnesium answered a page without a schema.org product; " in said
    assert said.endswith(f"{site.url}p/magnesium-2 answered 404 Not Found.")


def test_a_kind_that_is_given_is_the_only_one_asked_for() -> None:
    with serving(site := Site({**SHOPIFY, **WOO})):
        assert detect(site.url, kind="woocommerce").kind == "woocommerce"
    assert site.paths == ["/robots.txt", WOO_FIRST]
    with pytest.raises(SourceError, match="not a kind"):
        detect(site.url, kind="magento")


def test_a_shop_without_products_or_currency_is_still_a_shop() -> None:
    with serving(site := Site({FIRST: Answer({"products": []})})):
        assert (detect(site.url).kind, detect(site.url).told) == ("shopify", Recognised(requests=4))
    answers = {FIRST: Answer({"products": [product(1, "x")]}), "/products/p-1.json": single(None)}
    with serving(site := Site(answers)):
        told = detect(site.url).told
    assert told is not None
    assert told.currency is None


def test_robots_txt_is_obeyed() -> None:
    robots = Answer("User-agent: *\nDisallow: /products.json\n", media="text/plain")
    with serving(site := Site({**SHOPIFY, **WOO}, robots=robots)):
        found = detect(site.url)
    assert found.kind == "woocommerce"
    assert found.tried[0] == f"{site.url}robots.txt answered 200 OK; it is obeyed"
    assert found.tried[1] == f"{site.url}products.json?limit=250&page=1 may not be fetched (robots.txt)"
    assert FIRST not in site.paths


def refusal(url: str) -> str:
    with pytest.raises(SourceError) as caught:
        detect(url)
    assert "\n" not in str(caught.value)
    return str(caught.value)


def test_plain_pages_are_refused_with_what_was_tried() -> None:
    paths = [FIRST, WOO_FIRST]
    with serving(site := Site(dict.fromkeys(paths, PAGE))):
        said = refusal(site.url)
    assert said.startswith(f"{site.url} is not a shop or database that maglabel can collect from: ")
    assert f"{site.url}products.json?limit=250&page=1 answered HTML; " in said
    assert f"{site.url}dsld/version answered 404 Not Found; " in said
    assert "whether it is Open Food Facts, which wants a contact in maglabel.toml" in said
    assert said.endswith(f"{site.url}wp-sitemap.xml answered 404 Not Found.")


def test_json_of_another_shape_is_no_shop() -> None:
    answers = {FIRST: Answer(["x"]), "/dsld/version": Answer("7")}
    with serving(site := Site(answers)):
        assert "is not a shop" in refusal(site.url)


def test_a_robots_txt_that_fails_forbids_everything() -> None:
    with serving(site := Site(dict(SHOPIFY), robots=Answer(status=503))):
        assert "/robots.txt answered 503 Service Unavailable, so nothing may be fetched" in refusal(site.url)
    assert site.paths == ["/robots.txt"]


def test_a_redirect_of_the_whole_site_is_followed_and_one_of_a_page_is_told() -> None:
    there = Site({**WOO, FIRST: Answer(status=302, headers={"Location": "/login"})})
    here = Site({}, robots=Answer(status=301, headers={"Location": there.url + "robots.txt"}))
    with serving(here, there):
        found = detect(here.url)
    assert found.url == there.url
    assert found.tried[1].endswith("redirects to /login")


def test_places_that_do_not_answer() -> None:
    with socket.create_server(("127.0.0.1", 0)) as unused:
        url = f"http://127.0.0.1:{unused.getsockname()[1]}/"
    assert refusal(url) == f"{url} cannot be reached (no such host, or nothing answers there)."


def test_a_certificate_by_nobody_is_refused(tmp_path: Path) -> None:
    site = Site(dict(SHOPIFY))
    url = certified_by_nobody(site, tmp_path)
    with serving(site):
        assert refusal(url) == f"{url} has no TLS certificate that can be verified."
    assert site.asked == []


@pytest.mark.parametrize(
    "url", ["", "ftp://acme.example/", "https://me:secret@acme.example/", "http://[::1", "https://"]
)
def test_what_is_no_address_is_told(url: str) -> None:
    assert "is not an address of a site" in refusal(url)


def test_an_address_without_a_scheme_is_understood() -> None:
    with serving(site := Site(dict(DSLD))):
        assert detect(site.url.removeprefix("http://")).url == site.url


def test_names_come_from_the_host() -> None:
    assert proposed_name("shopify", "https://www.acme-vitamins.co.uk/") == "acme-vitamins"
    assert proposed_name("shopify", "https://acme.myshopify.com/") == "acme"
    assert proposed_name("woocommerce", "http://localhost:8000/") == "woocommerce-localhost"


def long_shop(total: int, at_a_time: int = 250) -> Site:
    """A Shopify shop of so many products, every fifth with magnesium, which serves a limited number at a time."""
    rows = [product(key, "Magnesium" if key % 5 == 0 else "Zinc") for key in range(1, total + 1)]
    one_by_one: dict[str, Say] = {
        f"/products.json?limit=1&page={number}": Answer({"products": rows[number - 1 : number]})
        for number in range(1, 25_001)
    }
    return Site(one_by_one | {FIRST: Answer({"products": rows[:at_a_time]}), "/products/p-5.json": single("USD")})


@pytest.mark.parametrize(
    ("total", "at_a_time", "pages"), [(7, 250, 1), (250, 250, 1), (251, 250, 2), (1_130, 250, 5), (1_130, 30, 38)]
)
def test_a_sample_is_counted_and_the_pages_of_a_refresh(total: int, at_a_time: int, pages: int) -> None:
    with serving(site := long_shop(total, at_a_time)):
        told = detect(site.url).told
    assert told is not None
    looked_at = min(total, at_a_time)
    assert told.sample == f"Of the first {looked_at} products {looked_at // 5} may contain magnesium."
    assert (told.requests, told.at_least) == (2 + pages + 1, False)
    assert len(site.asked) <= 3 + 12, "it is told without reading the whole list"


def test_a_list_that_is_cut_off_gives_a_lower_bound() -> None:
    with serving(site := long_shop(25_000)):
        told = detect(site.url).told
    assert told == Recognised("USD", None, 250, 50, 2 + 100 + 1, at_least=True)
    assert told.effort(2) == (
        "A refresh takes at least 103 requests; with 2 s between two of them, at least 3 minutes."
    )


def test_bar_codes_are_wished_for_where_they_are_real() -> None:
    rows = [product(key, "Magnesium" if key < 3 else "Zinc") for key in range(1, 5)]

    def asked(barcode: str) -> Detection:
        one = Answer({"product": {**rows[0], "variants": [{"id": 1, "barcode": barcode, "price_currency": "USD"}]}})
        with serving(site := Site({FIRST: Answer({"products": rows}), "/products/p-1.json": one})):
            return detect(site.url)

    assert asked("036000291452").told == Recognised("USD", None, 4, 2, 2 + 1 + 2, at_least=True, barcodes=True)
    assert asked("036000291452").entry["barcodes"] is True
    assert "barcodes" not in asked("SKU-77").entry


def test_packs_are_questions_of_their_own() -> None:
    rows = [{"id": key, "name": "Magnesium" if key < 3 else "Zinc", "variations": [{"id": 9}]} for key in range(1, 101)]
    with serving(site := Site({WOO_FIRST: Answer(rows, headers={"X-WP-TotalPages": "3", "X-WP-Total": "281"})})):
        told = detect(site.url).told
    assert told == Recognised(None, None, 100, 2, 1 + 3 + 2 * 3)
    with serving(site := Site({WOO_FIRST: Answer(rows)})):
        told = detect(site.url).told
    assert told is not None
    assert told.at_least


def test_what_a_refresh_takes_is_said_honestly() -> None:
    assert Recognised().effort(1).startswith("How long a refresh takes is not known before the first one")
    assert Recognised(requests=1).effort(1) == (
        "A refresh takes about 1 request; with 1 s between two of them, about 1 second."
    )
    assert Recognised(requests=30_151).effort(0.5).endswith("about 4 hours.")
    assert Recognised(sampled=1).sample == "The first product names no magnesium."
    assert Recognised(sampled=250).sample == "Of the first 250 products none may contain magnesium."


def test_the_delay_that_robots_txt_asks_for_becomes_the_entrys() -> None:
    robots = Answer("User-agent: *\nCrawl-delay: 7\n", media="text/plain")
    with serving(site := Site(dict(DSLD), robots=robots)):
        found = detect(site.url)
    assert found.entry == {"url": site.url, "kind": "dsld", "delay": 7, "market": "US"}
    assert "Its robots.txt asks for 7 s between two requests." in found.notes(7)


def test_a_name_that_leads_to_a_private_address_is_refused() -> None:
    """`127.1` is a name to maglabel, and 127.0.0.1 to the system."""
    with serving(site := Site(dict(SHOPIFY))):
        with pytest.raises(SourceError, match=r"127\.1 leads to 127\.0\.0\.1, which is a private address"):
            detect(site.url.replace("127.0.0.1", "127.1"))
        assert site.asked == []
        assert detect(site.url.replace("127.0.0.1", "localhost")).kind == "shopify"


def test_a_redirect_to_a_private_address_is_refused() -> None:
    with serving(inner := Site(dict(SHOPIFY))):
        private = inner.url.replace("127.0.0.1", "127.1")
        moved = Answer(status=301, headers={"Location": f"{private}robots.txt"})
        with serving(outer := Site({}, robots=moved)), pytest.raises(SourceError, match="private address"):
            detect(outer.url)
    assert inner.asked == []


@pytest.mark.parametrize("status", [429, 503])
def test_a_robots_txt_that_asks_for_patience_forbids_everything(status: int) -> None:
    with serving(site := Site(dict(SHOPIFY), robots=Answer("later", status))):
        assert f"robots.txt answered {status}" in refusal(site.url)
    assert site.paths == ["/robots.txt"]


def test_no_login_is_sent(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (secrets := tmp_path / "netrc").write_text("machine 127.0.0.1 login me password secret\n")
    monkeypatch.setenv("NETRC", str(secrets))
    with serving(site := Site(dict(SHOPIFY))):
        detect(site.url)
    assert not any("Authorization" in asked.headers for asked in site.asked)
