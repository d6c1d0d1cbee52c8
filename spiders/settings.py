"""Scrapy's settings for a polite, honest, bounded crawl.

Scrapy's own defaults ignore robots.txt, wait for nothing, verify no certificate, take 1 GiB bodies, keep cookies and
open consoles; each line here that differs from them says what for.
"""

from __future__ import annotations

from collections.abc import Collection
from importlib.metadata import PackageNotFoundError, version
from typing import Any

from spiders.config import SourceConfig

MAX_BODY = 10 * 1024 * 1024
"""Bytes of one answer, unpacked; 250 products of a shop are 1 to 3 MB."""
LONGEST_CRAWL_DELAY = 60.0
"""Seconds; when robots.txt asks for a longer one, this is what it gets."""


def user_agent(contact: str | None) -> str:
    """Who asks: `maglabel/VERSION (+contact)`."""
    try:
        program = f"maglabel/{version('maglabel')}"
    except PackageNotFoundError:
        program = "maglabel"
    return f"{program} (+{contact})" if contact else program


def process_settings(own_hosts: Collection[str] = ()) -> dict[str, Any]:
    """What all sources of a run share; `own_hosts` may have private addresses."""
    return {
        "LOG_INSTALL_ROOT_HANDLER": False,  # the terminal belongs to the refresh's own display
        "LOG_ENABLED": False,
        "STATS_DUMP": False,
        "TELNETCONSOLE_ENABLED": False,
        "REMOTE_CONTROL_ENABLED": False,
        "TWISTED_REACTOR": "twisted.internet.asyncioreactor.AsyncioSelectorReactor",
        "TWISTED_DNS_RESOLVER": "spiders.resolver.PublicResolver",
        "OWN_HOSTS": list(own_hosts),
    }


def source_settings(source: SourceConfig, contact: str | None) -> dict[str, Any]:
    """The manners toward one source, beside `process_settings`."""
    return process_settings() | {
        "USER_AGENT": user_agent(contact),
        "ROBOTSTXT_OBEY": True,
        "CONCURRENT_REQUESTS": 1,  # a crawler has one host; the limit per domain alone lets bursts through at delay 0
        "CONCURRENT_REQUESTS_PER_DOMAIN": 1,
        "CONCURRENT_ITEMS": 1,  # Scrapy starts so many tasks for every answer; the default costs as much as a fetch
        "DOWNLOAD_DELAY": source.delay,
        "DOWNLOAD_DELAY_JITTER": 0,  # jitter would undercut the promised delay
        "AUTOTHROTTLE_ENABLED": source.delay > 0,
        "AUTOTHROTTLE_START_DELAY": source.delay,
        "AUTOTHROTTLE_MAX_DELAY": max(60.0, source.delay),
        "DOWNLOAD_VERIFY_CERTIFICATES": True,
        "DOWNLOAD_MAXSIZE": MAX_BODY,
        "DOWNLOAD_WARNSIZE": 0,
        "DOWNLOAD_TIMEOUT": source.timeout,
        "RETRY_GIVE_UP_LOG_LEVEL": "DEBUG",  # it is counted, and told in the source's report
        "DUPEFILTER_CLASS": "scrapy.dupefilters.BaseDupeFilter",  # the other drops a redirect to itself without a word
        "REDIRECT_MAX_TIMES": 5,
        "METAREFRESH_ENABLED": False,
        "COOKIES_ENABLED": False,  # a set-cookie would make Scrapy fetch the public-suffix list
        "REFERER_ENABLED": False,
        "HTTPERROR_ALLOW_ALL": True,  # spiders.asking judges each answer itself
        "DEFAULT_REQUEST_HEADERS": {"Accept-Language": "en"},  # each request says itself what it accepts
        "EXTENSIONS": {"scrapy.extensions.feedexport.FeedExporter": None, "scrapy.extensions.logstats.LogStats": None},
        "DOWNLOADER_MIDDLEWARES": {
            "scrapy.downloadermiddlewares.offsite.OffsiteMiddleware": None,
            "scrapy.downloadermiddlewares.robotstxt.RobotsTxtMiddleware": None,
            "scrapy.downloadermiddlewares.retry.RetryMiddleware": None,
            "scrapy.downloadermiddlewares.httpcompression.HttpCompressionMiddleware": None,
            "spiders.robots.Robots": 100,
            "spiders.backoff.Backoff": 550,
            "spiders.unchanged.Conditional": 555,
            "spiders.budget.KeepBudget": 560,  # last before the download, when all waits are known
            "spiders.middlewares.Unpack": 590,
            "spiders.middlewares.SameHost": 605,  # before redirects are followed (600)
            "spiders.middlewares.JsonIsUtf8": 595,  # before the body is unpacked (590)
        },
    }
