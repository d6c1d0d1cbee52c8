"""How often, how fast and where a crawl asks: proved by servers that write down each request and its time."""

from __future__ import annotations

import signal
import threading
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from email.utils import formatdate
from pathlib import Path

import pytest
from twisted.internet.address import IPv4Address

from checker import SourceError
from spiders.addresses import is_public, own_hosts
from spiders.backoff import retry_after
from spiders.config import SourceConfig
from spiders.detect import detect
from spiders.resolver import REFUSED, PublicOnly
from spiders.robots import LARGEST
from tests.spiders.catalogues import CATALOGUES
from tests.spiders.crawling import Crawled, crawl_all, ended, start_crawl
from tests.spiders.faults import status, then_good, to
from tests.spiders.faultserver import ROBOTS, FaultySite, Play, Talk, misbehaving

SHOP = CATALOGUES["shopify"]
PAGES = [SHOP.page(number, 0) for number in range(1, 5)]
ALL = [ROBOTS, *PAGES]
LATE = 0.25
"""Seconds that a busy server may be late to write down a request."""


def shop(robots: str = "", play: Play | None = None, at: str = PAGES[1]) -> FaultySite:
    """Six products on three pages; the fault is on the second."""
    pages = SHOP.pages(SHOP.rows("1", "2"), SHOP.rows("3", "4"), SHOP.rows("5", "6"))
    return FaultySite(pages | ({ROBOTS: robots.encode()} if robots else {}), play, lambda path: path == at)


WHEN: list[float] = []
"""The time that a Retry-After date named."""


async def come_back_at(talk: Talk) -> None:
    """429 with a date in some seconds."""
    WHEN.append(float(int(time.time()) + 3))
    await talk.answer(status=429, Retry_After=formatdate(WHEN[0], usegmt=True), X_Monotonic=str(time.monotonic()))


def labels(gone: int) -> FaultySite:
    """A label database of four labels, between which there are some that are gone."""
    database = CATALOGUES["dsld"]
    lost = [str(key) for key in range(100, 100 + gone)]
    pages = database.pages(database.rows("1", "2"), database.rows(*lost), database.rows("5", "6"))
    return FaultySite(pages, status(404), lambda path: path.rpartition("/")[2] in lost)


HUGE = "User-agent: *\nDisallow: /*page=3\n" + "Disallow: /x\n" * (LARGEST // 12) + "Disallow: /\n"
SITES: dict[str, FaultySite] = {
    "plain": shop(),
    "slow": shop(),
    "asks": shop("User-agent: *\nCrawl-delay: 0.7\n"),
    "asks-us": shop("User-agent: *\nDisallow: /\nUser-agent: maglabel\nCrawl-delay: 0.6\n"),
    "asks-less": shop("User-agent: *\nCrawl-delay: 0.1\n"),
    "asks-an-hour": shop("User-agent: *\nCrawl-delay: 3600\n"),
    "seconds": shop(play=then_good(status(429, Retry_After="2"))),
    "date": shop(play=then_good(come_back_at)),
    "always": shop(play=status(503, Retry_After="1")),
    "backoff": shop(play=then_good(status(500), status(502))),
    "wildcard": shop("User-agent: *\nDisallow: /*page=2$\nAllow: /\n"),
    "huge": shop(HUGE),
    "few": shop(),
    "small": shop(),
    "short": shop(),
    "named": shop(),
    "localhost": shop(),
    "elsewhere": shop(),
    "some-gone": labels(20),
    "most-gone": labels(60),
}
SETTINGS: dict[str, dict[str, object]] = {
    "slow": {"delay": 0.5},
    "asks-less": {"delay": 0.5},
    "asks-an-hour": {"max_seconds": 50},
    "backoff": {"delay": 0.05},
    "few": {"max_requests": 3},
    "small": {"max_bytes": 400},
    "short": {"delay": 3, "max_seconds": 8},
    "named": {"delay": 0.5},
    "some-gone": {"kind": "dsld"},
    "most-gone": {"kind": "dsld"},
}


@pytest.fixture(scope="module")
def crawled(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Crawled]:
    redirecting = shop()
    SITES["redirecting"] = redirecting
    with misbehaving(*SITES.values()):
        redirecting.play, redirecting.at = to(SITES["elsewhere"].url), lambda path: path == PAGES[0]
        urls = {name: site.url for name, site in SITES.items() if name != "elsewhere"}
        urls["named"] = urls["named"].replace("127.0.0.1", "127.1")  # a name to us, an address to the system
        urls["localhost"] = urls["localhost"].replace("127.0.0.1", "localhost")
        plain = {"kind": "shopify", "delay": 0, "currency": "USD"}
        sources = {n: SourceConfig.checked(n, plain | {"url": url} | SETTINGS.get(n, {})) for n, url in urls.items()}
        yield crawl_all(sources, tmp_path_factory.mktemp("crawl"))


def outcome(crawled: Crawled, name: str) -> tuple[str, int]:
    result = crawled.results[name]
    return result["outcome"], result["listings"]


@pytest.mark.parametrize("name", ["plain", "slow", "asks", "asks-us", "asks-less", "localhost"])
def test_a_good_shop_is_asked_once_for_each_page(crawled: Crawled, name: str) -> None:
    assert outcome(crawled, name) == ("fresh", 6)
    assert SITES[name].paths == ALL
    assert SITES[name].most_at_once == 1


@pytest.mark.parametrize(("name", "seconds"), [("slow", 0.5), ("asks", 0.7), ("asks-us", 0.6), ("asks-less", 0.5)])
def test_the_longer_delay_counts(crawled: Crawled, name: str, seconds: float) -> None:
    assert sum(SITES[name].pauses()) >= seconds * (len(ALL) - 1) - LATE
    said = f"127.0.0.1's robots.txt asked for {seconds:g} s between requests"
    assert crawled.results[name]["message"] == (said if name in ("asks", "asks-us") else "")


def test_a_crawl_delay_of_an_hour_is_cut_and_told(crawled: Crawled) -> None:
    message = crawled.results["asks-an-hour"]["message"]
    assert "asked for 3600 s between requests, and got 60 s, the longest that maglabel waits" in message
    assert "the time for this source was used up (max_seconds: 50 s)" in message
    assert SITES["asks-an-hour"].paths == [ROBOTS], "a wait that is longer than the time left is not begun"


def test_retry_after_is_waited_for(crawled: Crawled) -> None:
    assert outcome(crawled, "seconds") == outcome(crawled, "date") == ("fresh", 6)
    assert SITES["seconds"].paths == [*ALL[:3], *ALL[2:]]
    assert SITES["seconds"].pauses()[2] >= 2 - LATE
    asked = SITES["date"].asked[3][1] + time.time() - time.monotonic()
    assert asked >= WHEN[0] - LATE


def test_retry_after_is_waited_for_only_so_often(crawled: Crawled) -> None:
    assert outcome(crawled, "always") == ("partial", 2)
    assert SITES["always"].paths == [*ALL[:3], ALL[2], ALL[2]]
    assert min(SITES["always"].pauses()[2:]) >= 1 - LATE


def test_a_host_that_rests_keeps_nobody_else_waiting(crawled: Crawled) -> None:
    assert crawled.results
    assert SITES["plain"].asked[-1][1] < SITES["seconds"].asked[3][1]


def test_each_wait_is_twice_as_long(crawled: Crawled) -> None:
    assert outcome(crawled, "backoff") == ("fresh", 6)
    first, second = SITES["backoff"].pauses()[2:4]
    assert first >= 0.5 - LATE, "ten delays"
    assert second >= 1.0 - LATE


def test_robots_txt_is_read_with_wildcards(crawled: Crawled) -> None:
    assert outcome(crawled, "wildcard") == ("partial", 2)
    assert "the site's robots.txt forbids it" in crawled.results["wildcard"]["message"]
    assert SITES["wildcard"].paths == ALL[:2]


def test_a_huge_robots_txt_is_read_to_the_limit(crawled: Crawled) -> None:
    assert len(HUGE) > LARGEST
    assert outcome(crawled, "huge") == ("partial", 4)
    assert SITES["huge"].paths == ALL[:3], "its first rule counts, its last one is not read"


def test_budgets_end_a_source_with_what_it_has(crawled: Crawled) -> None:
    assert outcome(crawled, "few") == ("partial", 4)
    assert "the requests for this source were used up (max_requests: 3)" in crawled.results["few"]["message"]
    assert len(SITES["few"].asked) == 3
    assert outcome(crawled, "small") == ("partial", 2)
    assert "the bytes for this source were used up (max_bytes: 400)" in crawled.results["small"]["message"]
    assert outcome(crawled, "short") == ("partial", 4)
    assert "the time for this source was used up (max_seconds: 8 s)" in crawled.results["short"]["message"]


def test_products_that_are_gone_end_a_source_only_when_they_are_many(crawled: Crawled) -> None:
    assert outcome(crawled, "some-gone") == ("fresh", 4)
    assert crawled.results["some-gone"]["skipped"] == {"not_found": 20}
    assert outcome(crawled, "most-gone") == ("partial", 2)
    assert "answered 404 Not Found, the last of 50 bad answers in a row" in crawled.results["most-gone"]["message"]


def test_a_name_that_leads_to_a_private_address_is_not_asked(crawled: Crawled) -> None:
    assert outcome(crawled, "named") == ("failed", 0)
    assert "127.1 leads to 127.0.0.1, which is a private address" in crawled.results["named"]["message"]
    assert SITES["named"].asked == []


def test_a_redirect_to_another_port_is_not_followed(crawled: Crawled) -> None:
    assert outcome(crawled, "redirecting") == ("failed", 0)
    assert SITES["elsewhere"].asked == []


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        (b"120", 120), (b" 0 ", 0), (b"1.5", 1.5), (b"9" * 400, float("inf")),
        (b"Sat, 21 Nov 2026 12:00:30 GMT", 30), (b"Saturday, 21-Nov-26 12:00:30 GMT", 30),
        (b"Sat, 21 Nov 2026 11:00:00 GMT", 0),
        (b"-5", 0), (b"nan", 0), (b"soon", 0), (b"", 0), (None, 0), (b"\xff\x00", 0), (b"Sat, 99 Foo 2026", 0),
    ],
)  # fmt: skip
def test_retry_after_is_seconds_or_a_date(value: bytes | None, seconds: float) -> None:
    assert retry_after(value, datetime(2026, 11, 21, 12, tzinfo=UTC)) == seconds


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1", "10.0.0.1", "172.16.0.1", "192.168.1.1", "169.254.169.254", "100.64.0.1", "100.100.100.200",
        "0.0.0.0", "224.0.0.1", "255.255.255.255", "168.63.129.16", "192.0.0.192", "198.18.0.1", "::1", "::", "fe80::1",
        "fe80::1%eth0", "fd00:ec2::254", "ff02::1", "::ffff:127.0.0.1", "::ffff:10.0.0.1", "64:ff9b::7f00:1",
        "2002:7f00:1::", "2001:0:7f00:1::",
    ],
)  # fmt: skip
def test_an_address_that_is_not_of_the_internet(address: str) -> None:
    assert not is_public(address)


@pytest.mark.parametrize("address", ["1.1.1.1", "93.184.216.34", "2606:4700::1111", "64:ff9b::101:101"])
def test_an_address_of_the_internet(address: str) -> None:
    assert is_public(address)


def test_of_a_name_with_several_addresses_only_the_public_ones_are_tried() -> None:
    class Receiver:
        def __init__(self) -> None:
            self.heard: list[str] = []

        def addressResolved(self, address: IPv4Address) -> None:  # noqa: N802
            self.heard.append(address.host)

    receiver = Receiver()
    careful = PublicOnly(receiver, "rebinding.example")
    for host in ("93.184.216.34", "127.0.0.1", "169.254.169.254"):
        careful.addressResolved(IPv4Address("TCP", host, 80))
    assert receiver.heard == ["93.184.216.34"]
    assert REFUSED.pop("rebinding.example") == "169.254.169.254"


def test_only_an_address_as_configured_may_be_private(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTPS_PROXY", "http://proxy.acme.example:3128")
    urls = ["http://127.0.0.1:8000/", "http://[::1]/", "http://localhost/", "https://acme.example/", "http://127.1/"]
    assert own_hosts(urls) == {"127.0.0.1", "::1", "localhost", "proxy.acme.example"}


@pytest.mark.parametrize("host", ["169.254.169.254", "[fd00:ec2::254]", "[fe80::1]", "100.100.100.200", "0.0.0.0"])
def test_no_shop_is_at_a_metadata_address_even_if_configured(host: str) -> None:
    assert not own_hosts([f"http://{host}/"])
    with pytest.raises(SourceError, match="which is a private address"):
        detect(f"http://{host}/")


def test_ctrl_c_ends_a_wait(tmp_path: Path) -> None:
    told = threading.Event()

    async def wait_long(talk: Talk) -> None:
        await talk.answer(status=503, Retry_After="500")
        told.set()

    resting = shop(play=wait_long)
    with misbehaving(resting):
        source = SourceConfig(url=resting.url, kind="shopify", delay=0, currency="USD")
        with start_crawl({"resting": source}, tmp_path) as child:
            assert told.wait(60)
            child.send_signal(signal.SIGINT)
            crawled = ended(child, tmp_path)
    assert outcome(crawled, "resting") == ("failed", 0)
    assert "stopped" in crawled.results["resting"]["message"]
    assert resting.paths == ALL[:3]
