"""The settings of a crawl, as Scrapy will read them, and the gate."""

from __future__ import annotations

import pytest
from scrapy import Request
from scrapy.http import Response
from scrapy.settings import Settings

from spiders.config import SourceConfig
from spiders.crawl import server_of
from spiders.magnesium import may_contain_magnesium
from spiders.middlewares import JsonIsUtf8
from spiders.settings import source_settings, user_agent


def test_a_source_on_the_web_is_treated_politely() -> None:
    settings = Settings(
        source_settings(SourceConfig(url="https://acme.example/", kind="shopify"), "mailto:me@b.example")
    )
    for name in ("ROBOTSTXT_OBEY", "AUTOTHROTTLE_ENABLED", "DOWNLOAD_VERIFY_CERTIFICATES", "DOWNLOAD_FAIL_ON_DATALOSS"):
        assert settings.getbool(name), name
    for name in ("COOKIES_ENABLED", "TELNETCONSOLE_ENABLED", "REMOTE_CONTROL_ENABLED", "HTTPCACHE_ENABLED"):
        assert not settings.getbool(name), name
    assert settings.getfloat("DOWNLOAD_DELAY") == 1
    assert settings.getfloat("DOWNLOAD_DELAY_JITTER") == 0, "half of the promised delay is not the promised delay"
    assert settings.getint("CONCURRENT_REQUESTS") == 1
    assert settings.getint("DOWNLOAD_MAXSIZE") == 10 * 2**20
    assert settings.getint("DOWNLOAD_TIMEOUT") <= 60
    assert settings["USER_AGENT"] == user_agent("mailto:me@b.example")


@pytest.mark.parametrize("kind", [b"application/json", b"application/json; charset=latin-1"])
def test_json_is_utf8_unless_it_says_otherwise(kind: bytes) -> None:
    request = Request("http://127.0.0.1/")
    response = JsonIsUtf8().process_response(request, Response(request.url, headers={"Content-Type": kind}))
    assert response.headers["Content-Type"] == (kind if b"charset" in kind else kind + b"; charset=utf-8")


def test_the_user_agent_names_program_and_contact() -> None:
    assert user_agent("mailto:me@b.example").startswith("maglabel")
    assert user_agent("mailto:me@b.example").endswith(" (+mailto:me@b.example)")
    assert user_agent(None).startswith("maglabel")
    assert "(" not in user_agent(None)


def test_sources_of_one_server_are_known_as_such() -> None:
    same = [
        "https://acme.example/",
        "http://acme.example/de/",
        "https://www.acme.example:443/",
        "http://ACME.example:80/",
    ]
    assert {server_of(url) for url in same} == {"acme.example"}
    assert server_of("http://127.0.0.1:8001/") != server_of("http://127.0.0.1:8002/")
    assert server_of("https://shop.acme.example/") != server_of("https://acme.example/")


def test_only_loopback_goes_without_a_pause() -> None:
    settings = source_settings(SourceConfig(url="http://127.0.0.1/", kind="shopify", delay=0), None)
    assert (settings["DOWNLOAD_DELAY"], settings["AUTOTHROTTLE_ENABLED"]) == (0, False)


@pytest.mark.parametrize(
    "text",
    [
        "MAGNESIUM 400", "Magnésium", "Magne\u0301sium", "Magn&eacute;sium", "Magnez B6", "magnezyum",
        "Hořčík", "HORČÍK", "Магний", "магній", "μαγνήσιο", "マグネシウム", "ﾏｸﾞﾈｼｳﾑ", "마그네슘", "甘氨酸镁", "מגנזיום",
        "Mag\u00adnesium", "Magensium", "Magtein",
    ],
)  # fmt: skip
def test_magnesium_is_seen_in_many_languages(text: str) -> None:
    assert may_contain_magnesium("Night", None, f"<p>{text}</p>")


@pytest.mark.parametrize("text", ["Zinc 10 mg", "Manganese", "Mangan", "Mg", "", "Calcium & D3 ©"])
def test_other_things_are_not_magnesium(text: str) -> None:
    assert not may_contain_magnesium(text)
