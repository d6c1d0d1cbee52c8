"""Real crawls of real servers on loopback, all sources at once, into a real catalog."""

from __future__ import annotations

import signal
import socket
import threading
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from spiders.config import SourceConfig
from spiders.dsld_search import Slice
from spiders.settings import user_agent
from tests.spiders.crawling import Crawled, crawl_all, ended, start_crawl
from tests.spiders.sites import Answer, Asked, Site, certified_by_nobody, page, product, serving, shop, single, variant

MAG = "<p>Magnesium (as magnesium citrate) 100 mg 24%</p>"
WOO = "/wp-json/wc/store/v1/products?per_page=100&page={}"
HITS = Slice().path(0).replace("from=0", "from={}")


def plain_shop(**values: Any) -> Site:
    return shop([product(1, "Magnesium", body_html=MAG)], **values)


def woo_product(key: int, name: str, **values: Any) -> dict[str, Any]:
    prices = {"price": "1180", "currency_code": "EUR", "currency_minor_unit": 2, "price_range": None}
    link = f"https://acme.example/product/{key}/"
    return {
        "id": key,
        "name": name,
        "permalink": link,
        "description": MAG,
        "prices": prices,
        "is_in_stock": True,
    } | values


def hit(key: int, *ingredients: str) -> dict[str, Any]:
    return {"_id": str(key), "_source": {"allIngredients": [{"name": name} for name in ingredients]}}


def label(key: int) -> Answer:
    quantity = {"servingSizeOrder": 1, "quantity": 100, "unit": "mg", "operator": "="}
    row = {"name": "Magnesium", "notes": "Magnesium (Form: as Magnesium Oxide)", "quantity": [quantity]}
    sizes = [{"minQuantity": 1, "maxQuantity": 1, "unit": "Tablet(s)"}]
    names = {"fullName": "Oxide", "brandName": "Acme (fictional)", "upcSku": "0 12345 67890 5"}
    return Answer({"id": key, **names, "servingSizes": sizes, "ingredientRows": [row]})


RICH = product(
    1,
    "Magn&eacute;sium &amp; B6",
    body_html="<table><tr><td>Magnesium (as magnesium oxide)</td><td>50 mg</td><td>13%</td></tr></table>",
    vendor="Acme &amp; Co (fictional)",
    variants=[
        variant(title="60 Capsules", price="9.50", sku="A60"),
        variant(title="120 Capsules", price=None, available=False),
        variant(title="240 Capsules", price=30, available=None),
    ],
    images=[{"src": "//cdn.acme.example/a.png"}, {"src": "javascript:alert(1)"}, {"src": "http://["}, None],
)
SHOP_PAGES = (
    [RICH, product(2, "Zinc", body_html="<p>Zinc 10 mg</p>"), {"title": "no id"}],
    [product(3, "Night", tags="sleep, MAGNEZ", variants=[variant(title="90 Capsules")]), None, product(4, "Vitamin C")],
    [product(5, "Evening", product_type="マグネシウム")],
)


CONFIGURED: dict[str, dict[str, str]] = {
    "latin": {"currency": "EUR"},
    "bom": {"currency": "EUR"},
    "set": {"currency": "KES", "market": "UK"},
    "woo": {"kind": "woocommerce"},
    "dsld": {"kind": "dsld"},
    "half_dsld": {"kind": "dsld"},
    "all_gone": {"kind": "dsld"},
}
"""What the configuration says beside address and delay; else it is a Shopify shop."""


def make_sites() -> dict[str, Site]:
    """Every site of the run."""
    html = Answer("<!doctype html><p>Sorry</p>", media="text/html")
    elsewhere = Answer(status=302, headers={"Location": "http://127.0.0.2:9/products.json"})
    forbidding = Answer("User-agent: *\nDisallow: /products.json\n", media="text/plain")
    woo = {
        WOO.format(1): Answer([
            woo_product(1, "Magnesium &#8211; Night", brands=[{"name": "Acme (fictional)"}]),
            woo_product(2, "Zinc", description="Zinc"),
            woo_product(3, "Yen", prices={"price": "1180", "currency_code": "jpy", "currency_minor_unit": 0}),
            woo_product(4, "No price", prices=None, permalink="javascript:x"),
            woo_product(5, "Packs", variations=[{"id": 51}, {"id": 52}]),
        ], headers={"X-WP-TotalPages": "2"}),
        WOO.format(2): Answer([woo_product(6, "Last")], headers={"X-WP-TotalPages": "2"}),
        "/wp-json/wc/store/v1/products?type=variation&parent=5&per_page=100": Answer([
            woo_product(51, "Packs", parent=5, variation="Size: 60", prices={"price": "100", "currency_code": "EUR"}),
            woo_product(52, "Packs", parent=5, variation="Size: 90", is_in_stock=False),
            woo_product(99, "Another product's", parent=6),
        ]),
    }  # fmt: skip
    dsld = {
        HITS.format(0): Answer({"hits": [hit(1, "Magnesium"), hit(2, "Zinc"), hit(3, "Magnesium Stearate")]}),
        HITS.format(3): Answer({"hits": [hit(4, "Magnesium"), hit(1, "Magnesium")]}),
        HITS.format(5): Answer({"hits": []}),
        "/dsld/v9/label/1": label(1),
        "/dsld/v9/label/3": label(3),
    }
    eight = [hit(key, "Magnesium") for key in range(1, 9)]
    broken_dsld = dsld | {"/dsld/v9/label/4": html}
    acute = Answer({"products": [product(1, "Magn\N{LATIN SMALL LETTER E WITH ACUTE}sium")]}, packed=True)
    packed = {page(1): acute, "/products/p-1.json": single("USD"), page(2): Answer({"products": []})}
    return {
        "good": shop(*SHOP_PAGES),
        "set": plain_shop(),
        "no_currency": Site({page(1): Answer({"products": [RICH]}), page(2): Answer({"products": []})}),
        "empty": shop(),
        "woo": Site(woo),
        "dsld": Site(dsld),
        "half_dsld": Site(broken_dsld),
        "packed": Site(packed, robots=Answer("nope", 404)),
        "latin": Site(
            {
                page(1): Answer({"products": [product(1, "Magnésium")]}, charset="latin-1"),
                page(2): Answer({"products": []}),
            }
        ),
        "bom": Site(
            {
                page(1): Answer(b"\xef\xbb\xbf" + Answer({"products": [RICH]}).encoded()),
                page(2): Answer({"products": []}),
            }
        ),
        "bug": plain_shop(),
        "uncertified": plain_shop(),
        "all_gone": Site({HITS.format(0): Answer({"hits": eight}), HITS.format(8): Answer({"hits": []})}),
        "flaky": Site({page(1): [Answer(status=500), Answer(status=503), Answer({"products": []})]}),
        "forbidden": plain_shop(robots=forbidding),
        "robots_500": plain_shop(robots=Answer(status=500)),
        "html": Site({page(1): html}),
        "missing": Site({}),
        "always_500": Site({page(1): Answer(status=500)}),
        "damaged": Site({page(1): Answer('{"products": [{"id": 1,')}),
        "short": Site({page(1): Answer('{"products": []}', length=500)}),
        "unreadable": Site(
            {page(1): Answer({"products": [{"id": 1}, 5, None, RICH]}), page(2): Answer({"products": []})}
        ),
        "no_list": Site({page(1): Answer({"errors": "x"})}),
        "elsewhere": Site({page(1): elsewhere}),
        "bomb": Site({page(1): Answer(b" " * 11 * 2**20, packed=True)}),
        "endless": Site(
            {page(n): Answer({"products": [RICH]}) for n in range(1, 9)} | {"/products/p-1.json": single("USD")}
        ),
        "late": Site({page(1): Answer({"products": [RICH]}), "/products/p-1.json": single("USD"), page(2): html}),
    }


@pytest.fixture(scope="module")
def sites() -> Iterator[dict[str, Site]]:
    made = make_sites()
    made["dsld"].dwell = made["set"].dwell = 0.05
    with serving(*made.values()):
        yield made


@pytest.fixture(scope="module")
def crawled(sites: dict[str, Site], tmp_path_factory: pytest.TempPathFactory) -> Crawled:
    """All shops crawled at once, by one process."""
    with socket.create_server(("127.0.0.1", 0)) as unused:
        nobody = f"http://127.0.0.1:{unused.getsockname()[1]}/"
    urls = {name: site.url for name, site in sites.items()} | {"nobody": nobody, "set_too": sites["set"].url}
    urls["uncertified"] = certified_by_nobody(sites["uncertified"], tmp_path_factory.mktemp("tls"))
    plain = {"kind": "shopify", "delay": 0}
    sources = {
        name: SourceConfig.checked(name, plain | {"url": url} | CONFIGURED.get(name, {})) for name, url in urls.items()
    }
    return crawl_all(sources, tmp_path_factory.mktemp("crawl"), broken="bug", MAGLABEL_DSLD_KEY="k3y")


def test_the_terminal_stays_quiet(crawled: Crawled) -> None:
    assert crawled.stderr == ""


def test_ctrl_c_works_after_the_crawl_as_before(crawled: Crawled) -> None:
    assert crawled.ctrl_c_works


FAILURES = {
    "nobody": "/robots.txt refused the connection",
    "forbidden": "/products.json may not be fetched: the site's robots.txt forbids it",
    "robots_500": "/robots.txt answered 500 Internal Server Error",
    "html": "/products.json answered HTML instead of JSON",
    "missing": "/products.json answered 404 Not Found",
    "always_500": "/products.json answered 500 Internal Server Error",
    "damaged": "/products.json answered JSON that is damaged or broken off",
    "short": "/products.json broke off its answer",
    "unreadable": "listed 3 entries that are no products",
    "no_list": '/products.json answered JSON without a list of "products"',
    "elsewhere": "/products.json redirects to http://127.0.0.2:9/products.json, which is another place",
    "bomb": "/products.json answered more than 10 MB",
    "all_gone": " answered 404 Not Found, the last of 5 bad answers in a row",
    "uncertified": "/robots.txt has no TLS certificate that can be verified",
    "bug": "maglabel could not handle {}products.json (ZeroDivisionError: made for a test): this is a bug in maglabel",
}


PARTS = {
    "late": "/products.json answered HTML instead of JSON",
    "half_dsld": "/dsld/v9/label/4 answered HTML instead of JSON",
    "endless": "/products.json gave the same page again and again",
}
"""Something good came before the fault, or beside it."""


@pytest.mark.parametrize("source", FAILURES)
def test_a_site_that_fails_gives_one_sentence_and_keeps_nothing(
    crawled: Crawled, sites: dict[str, Site], source: str
) -> None:
    result = crawled.results[source]
    assert result["outcome"] == "failed"
    assert "://127.0.0.1:" in result["message"]
    assert FAILURES[source].format(sites[source].url if source in sites else "") in result["message"]
    assert result["listings"] == 0


@pytest.mark.parametrize("source", PARTS)
def test_a_site_that_fails_later_keeps_what_came_before(crawled: Crawled, source: str) -> None:
    result = crawled.results[source]
    assert result["outcome"] == "partial"
    assert PARTS[source] in result["message"]
    assert result["listings"] > 0


def test_all_other_sites_are_fresh(crawled: Crawled) -> None:
    fresh = {name for name, result in crawled.results.items() if result["outcome"] == "fresh"}
    assert fresh == set(crawled.results) - set(FAILURES) - set(PARTS)


def test_the_results_come_in_the_order_asked_for(crawled: Crawled, sites: dict[str, Site]) -> None:
    assert list(crawled.results) == [*sites, "nobody", "set_too"]


def test_what_is_not_magnesium_is_counted(crawled: Crawled) -> None:
    assert crawled.results["good"]["skipped"] == {"no_magnesium": 2, "unreadable": 2}
    assert crawled.results["good"]["listings"] == 3


def test_a_shopify_listing_is_the_shops_own_text(crawled: Crawled, sites: dict[str, Site]) -> None:
    listing = crawled.listing("good", "1")
    assert (listing.title, listing.brand) == ("Magnésium & B6", "Acme & Co (fictional)")
    assert listing.url == sites["good"].url + "products/p-1"
    assert listing.description == "Magnesium (as magnesium oxide) | 50 mg | 13%"
    assert listing.pictures == ("http://cdn.acme.example/a.png",)
    assert [(o.name, o.price, o.currency, o.availability) for o in listing.offers] == [
        ("60 Capsules", "9.50", "USD", "in_stock"),
        ("120 Capsules", None, None, "out_of_stock"),
        ("240 Capsules", "30", "USD", "unknown"),
    ]
    assert listing.pack is None, "several packs have no one pack"


def test_the_gate_looks_at_tags_and_type_in_any_language(crawled: Crawled) -> None:
    assert crawled.listing("good", "3").pack == "90 Capsules"
    assert crawled.listing("good", "5").title == "Evening"


def test_json_is_read_packed_with_a_mark_and_in_the_wrong_charset(crawled: Crawled) -> None:
    assert crawled.listing("packed", "1").title == "Magnésium"
    assert crawled.listing("latin", "1").title == "Magnésium"
    assert crawled.listing("bom", "1").title == "Magnésium & B6"


def test_configured_currency_and_market_are_used_and_save_a_request(crawled: Crawled, sites: dict[str, Site]) -> None:
    listing = crawled.listing("set", "1")
    assert (listing.offers[0].currency, listing.market) == ("KES", "UK")
    assert sites["set"].paths[:3] == ["/robots.txt", page(1), page(2)]


def test_prices_without_a_currency_are_told(crawled: Crawled) -> None:
    result = crawled.results["no_currency"]
    assert "does not say its currency" in result["message"]
    assert {offer.currency for offer in crawled.listing("no_currency", "1").offers} == {None}


def test_a_shop_that_never_ends_is_left(crawled: Crawled, sites: dict[str, Site]) -> None:
    assert crawled.results["endless"]["listings"] == 1
    assert sites["endless"].paths == ["/robots.txt", page(1), "/products/p-1.json", page(2)]


def test_a_passing_fault_is_survived(crawled: Crawled, sites: dict[str, Site]) -> None:
    assert sites["flaky"].paths == ["/robots.txt", page(1), page(1), page(1)]
    assert crawled.results["flaky"]["message"] == ""


def test_woocommerce_prices_are_in_major_units(crawled: Crawled) -> None:
    first = crawled.listing("woo", "1")
    assert (first.title, first.brand) == ("Magnesium – Night", "Acme (fictional)")
    assert first.url == "https://acme.example/product/1/"
    prices = {key: crawled.listing("woo", key).offers[0] for key in ("1", "3", "4", "6")}
    assert {key: (offer.price, offer.currency) for key, offer in prices.items()} == {
        "1": ("11.80", "EUR"),
        "3": ("1180", "JPY"),
        "4": (None, None),
        "6": ("11.80", "EUR"),
    }
    assert crawled.listing("woo", "4").url.startswith("http://127.0.0.1:"), "no script poses as an address"


def test_woocommerce_packs_are_offers_of_their_product(crawled: Crawled) -> None:
    offers = crawled.listing("woo", "5").offers
    assert [(o.name, o.price, o.availability) for o in offers] == [
        ("Size: 60", "1.00", "in_stock"),
        ("Size: 90", "11.80", "out_of_stock"),
    ]


def test_the_label_database_is_read_to_its_last_hit(crawled: Crawled, sites: dict[str, Site]) -> None:
    asked = Counter(sites["dsld"].paths)
    assert asked[HITS.format(0)] == asked[HITS.format(3)] == asked[HITS.format(5)] == 1
    assert asked["/dsld/v9/label/1"] == 1, "a hit that comes twice is asked for once"
    assert asked["/dsld/v9/label/2"] == 0, "no magnesium there"
    assert crawled.results["dsld"]["skipped"] == {"no_magnesium": 1, "not_found": 1}
    listing = crawled.listing("dsld", "1")
    assert (listing.gtin, listing.market, listing.offers) == ("012345678905", "US", ())
    assert listing.facts_text is not None
    assert "Magnesium (as Magnesium Oxide) | 100 mg" in listing.facts_text


def headers_of(asked: list[Asked], name: str) -> set[str | None]:
    return {one.headers.get(name) for one in asked}


def test_manners(crawled: Crawled, sites: dict[str, Site]) -> None:
    assert crawled.results
    assert sites["uncertified"].asked == [], "no word to a site that cannot prove who it is"
    for name, site in sites.items() - {("uncertified", sites["uncertified"])}:
        assert site.paths[0] == "/robots.txt", name
        assert site.paths.count("/robots.txt") <= 3, name
        assert site.most_at_once == 1, f"{name} got several requests at once"
        assert headers_of(site.asked, "User-Agent") == {user_agent("mailto:tests@acme.example")}
        assert headers_of(site.asked, "Cookie") == headers_of(site.asked, "Referer") == {None}
    assert page(1) not in sites["forbidden"].paths
    assert set(sites["robots_500"].paths) == {"/robots.txt"}


def test_two_sources_on_one_host_take_turns(crawled: Crawled, sites: dict[str, Site]) -> None:
    assert crawled.results["set_too"]["outcome"] == "fresh"
    assert sites["set"].paths == [
        "/robots.txt",
        page(1),
        page(2),
        "/robots.txt",
        page(1),
        "/products/p-1.json",
        page(2),
    ]


def test_the_key_goes_to_the_label_database_alone(crawled: Crawled, sites: dict[str, Site]) -> None:
    assert crawled.results
    told = {name for name, site in sites.items() if any("X-Api-Key" in asked.headers for asked in site.asked)}
    assert told == {"dsld", "half_dsld", "all_gone"}


def test_the_display_hears_of_every_source(crawled: Crawled, sites: dict[str, Site]) -> None:
    finished = [event["source"] for event in crawled.events if event["finished"]]
    assert Counter(finished) == Counter(crawled.results.keys())
    last = {event["source"]: event for event in crawled.events}
    assert (last["good"]["seen"], last["good"]["kept"]) == (5, 3)
    assert last["good"]["requests"] == len(sites["good"].asked) == 5
    assert last["good"]["bytes"] > 1000


def test_ctrl_c_ends_the_crawl_in_order(tmp_path: Path) -> None:
    reached, stopped = threading.Event(), threading.Event()

    def hang() -> Answer:
        reached.set()
        stopped.wait(60)
        return Answer({"products": [RICH]})

    slow = Site({page(1): hang})
    source = SourceConfig(url=slow.url, kind="shopify", delay=0, currency="USD")
    with serving(slow), start_crawl({"slow": source}, tmp_path) as child:
        assert reached.wait(60)
        child.send_signal(signal.SIGINT)
        stopped.set()
        crawled = ended(child, tmp_path)
    assert crawled.results["slow"]["outcome"] == "failed"
    assert "stopped" in crawled.results["slow"]["message"]
    assert crawled.stderr == ""
