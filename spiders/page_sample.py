"""Whether a site's pages can be read as a shop's: asked through `spiders.site`, with as few questions as possible."""

from __future__ import annotations

from urllib.parse import urljoin

from spiders.answers import NotOfferedError, decoded
from spiders.html_text import parse_html
from spiders.product_data import Missing, Product, product_of
from spiders.site import Recognised, Site
from spiders.sitemap import GUESSES, Entry, Sitemap, as_safe_as, is_same_site, may_be_product, of_products, read_sitemap

MOST_SITEMAPS = 6
MOST_PAGES = 3


def sample_pages(site: Site) -> Recognised | None:
    """What the sitemaps and a product page tell; None when no page looked at has a schema.org product."""
    pages, unread = _listed(site)
    entries = [entry for entry in pages if is_same_site(entry.url, site.base) and may_be_product(entry.url)]
    wanted = [entry for entry in entries if entry.may_be_magnesium]
    for entry in (wanted or entries)[:MOST_PAGES]:
        if product := _product(site, entry.url):
            currency = next((offer.currency for offer in product.offers if offer.currency), None)
            asked = 2 + len(unread) + len(wanted)  # robots.txt, the sitemap that was read, those that were not
            return Recognised(currency, None, len(entries), len(wanted), asked, bool(unread))
    return None


def _listed(site: Site) -> tuple[list[Entry], list[str]]:
    """The pages of the first sitemap that lists any, and the sitemaps named before and not read."""
    guesses = [site.base + guess for guess in GUESSES]
    named = [urljoin(site.base, line) for line in site.robots.sitemaps]
    waiting = [*(url for url in named if is_same_site(url, site.base)), *guesses]
    asked: set[str] = set()
    while waiting and len(asked) < MOST_SITEMAPS:
        url, *waiting = waiting
        if url in asked:
            continue
        asked.add(url)
        if (found := _sitemap(site, url)) is None:
            continue
        if found.pages:
            return list(found.pages), [url for url in waiting if url not in guesses]
        inner = [entry.url for entry in of_products(found.sitemaps) if is_same_site(entry.url, site.base)]
        waiting = inner + waiting
    return [], []


def _sitemap(site: Site, url: str) -> Sitemap | None:
    reply = site.get(as_safe_as(site.base, url))
    if reply is None:
        return None
    try:
        found = read_sitemap(reply.body, url) if reply.status == 200 else None
    except NotOfferedError:
        found = None
    said = reply.status_words if reply.status != 200 else "answered something that is not a sitemap"
    listed = f"answered a sitemap (pages: {len(found.pages)}, sitemaps: {len(found.sitemaps)})" if found else said
    site.note(url, listed)
    return found


def _product(site: Site, url: str) -> Product | None:
    reply = site.get(as_safe_as(site.base, url))
    if reply is None:
        return None
    if reply.status != 200:
        site.note(url, reply.status_words)
        return None
    root = parse_html(decoded(reply.body, reply.headers.get("Content-Type", "")))
    product = Missing("no_product") if root is None else product_of(root, url)
    found = not isinstance(product, Missing)
    site.note(
        url, "answered a page with a schema.org product" if found else "answered a page without a schema.org product"
    )
    return None if isinstance(product, Missing) else product
