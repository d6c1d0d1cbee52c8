"""What is this shop? Asked of real servers on loopback."""

from __future__ import annotations

import socket
from pathlib import Path

import pytest

from checker import SourceError
from spiders.detect import detect, proposed_name
from spiders.settings import user_agent
from tests.spiders.sites import Answer, Site, certified_by_nobody, product, serving, single

SHOPIFY = {"/products.json?limit=1": Answer({"products": [product(1, "x")]}), "/products/p-1.json": single("KES")}
WOO = {"/wp-json/wc/store/v1/products?per_page=1": Answer([{"prices": {"currency_code": "EUR"}}])}
DSLD = {"/dsld/version": Answer({"version": "9.5.0"})}
PAGE = Answer("<!doctype html><h1>Shop</h1>", media="text/html")


@pytest.mark.parametrize(
    ("answers", "kind", "currency", "market"),
    [(SHOPIFY, "shopify", "KES", None), (WOO, "woocommerce", "EUR", None), (DSLD, "dsld", None, "US")],
)
def test_a_site_is_recognised(answers: dict[str, Answer], kind: str, currency: str | None, market: str | None) -> None:
    with serving(site := Site(dict(answers))):
        found = detect(site.url + "collections/all?x=1", contact="mailto:tests@acme.example")
    assert (found.kind, found.told.currency, found.told.market, found.url) == (kind, currency, market, site.url)
    assert found.name == ("dsld" if kind == "dsld" else f"{kind}-127-0-0-1")
    assert found.tried[-1].endswith("answered JSON")
    assert {asked.headers["User-Agent"] for asked in site.asked} == {user_agent("mailto:tests@acme.example")}


def test_a_kind_that_is_given_is_the_only_one_asked_for() -> None:
    with serving(site := Site({**SHOPIFY, **WOO})):
        assert detect(site.url, kind="woocommerce").kind == "woocommerce"
    assert site.paths == ["/robots.txt", "/wp-json/wc/store/v1/products?per_page=1"]
    with pytest.raises(SourceError, match="not a kind"):
        detect(site.url, kind="magento")


def test_a_shop_without_products_or_currency_is_still_a_shop() -> None:
    with serving(site := Site({"/products.json?limit=1": Answer({"products": []})})):
        assert (detect(site.url).kind, detect(site.url).told.currency) == ("shopify", None)
    answers = {"/products.json?limit=1": Answer({"products": [product(1, "x")]}), "/products/p-1.json": single(None)}
    with serving(site := Site(answers)):
        assert detect(site.url).told.currency is None


def test_robots_txt_is_obeyed() -> None:
    robots = Answer("User-agent: *\nDisallow: /products.json\n", media="text/plain")
    with serving(site := Site({**SHOPIFY, **WOO}, robots=robots)):
        found = detect(site.url)
    assert found.kind == "woocommerce"
    assert "/products.json?limit=1 may not be fetched (robots.txt)" in found.tried[0]
    assert "/products.json?limit=1" not in site.paths


def refusal(url: str) -> str:
    with pytest.raises(SourceError) as caught:
        detect(url)
    assert "\n" not in str(caught.value)
    return str(caught.value)


def test_plain_pages_are_refused_with_what_was_tried() -> None:
    paths = ["/products.json?limit=1", "/wp-json/wc/store/v1/products?per_page=1"]
    with serving(site := Site(dict.fromkeys(paths, PAGE))):
        said = refusal(site.url)
    assert said.startswith(f"{site.url} is not a shop or database that maglabel can collect from: ")
    assert f"{site.url}products.json?limit=1 answered HTML; " in said
    assert said.endswith(f"{site.url}dsld/version answered 404 Not Found.")


def test_json_of_another_shape_is_no_shop() -> None:
    answers = {"/products.json?limit=1": Answer(["x"]), "/dsld/version": Answer("7")}
    with serving(site := Site(answers)):
        assert "is not a shop" in refusal(site.url)


def test_a_robots_txt_that_fails_forbids_everything() -> None:
    with serving(site := Site(dict(SHOPIFY), robots=Answer(status=503))):
        assert "/robots.txt answered 503 Service Unavailable, so nothing may be fetched" in refusal(site.url)
    assert site.paths == ["/robots.txt"]


def test_a_redirect_of_the_whole_site_is_followed_and_one_of_a_page_is_told() -> None:
    there = Site({**WOO, "/products.json?limit=1": Answer(status=302, headers={"Location": "/login"})})
    here = Site({}, robots=Answer(status=301, headers={"Location": there.url + "robots.txt"}))
    with serving(here, there):
        found = detect(here.url)
    assert found.url == there.url
    assert found.tried[0].endswith("redirects to /login")


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
