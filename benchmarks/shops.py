"""A made-up market for benchmarks: shops with labels, offers and bar codes, any number of listings, all different."""

from __future__ import annotations

from collections.abc import Iterator

from catalog import Capture, Catalog, CrawlReport, Run, SourceInfo, SourceResult
from checker import Listing, Offer

FORMS = ("bisglycinate", "citrate", "malate", "oxide", "taurate", "chloride")
CURRENCIES = ("USD", "EUR", "GBP")
SHOPS = 20
PAGE = 250
"""Listings on a page of a shop's list."""


def shop(number: int) -> SourceInfo:
    """One of the shops."""
    return SourceInfo(f"shop-{number}", "shopify", f"https://shop-{number}.example/", "US")


def listings(shop_number: int, count: int, *, dearer: bool = False) -> Iterator[Listing]:
    """What a shop sells; every second product bears a bar code that the other shops print on theirs too.

    Each has a panel and a description of about 2 kB together; a tenth have labels that give rise to findings besides.
    """
    source = shop(shop_number).name
    for number in range(count):
        form, mg = FORMS[number % len(FORMS)], 50 + number % 351
        percent = mg * 100 // 420 + (30 if number % 10 == 0 else 0)
        row = f"Magnesium (as magnesium {form}) {mg} mg {percent}%"
        price = f"{5 + (number + shop_number) % 40 + dearer}.99"
        offer = Offer(name="120 capsules", price=price, currency=CURRENCIES[shop_number % 3], availability="in_stock")
        yield Listing(
            source=source,
            source_key=str(number),
            url=f"https://{source}.example/products/{number}",
            title=f"Magnesium {form} {number}",
            brand=f"Bench {number % 97} (fictional)",
            gtin=bar_code(number) if number % 2 else None,
            facts_text=f"Serving Size: 2 Capsules\nServings Per Container: 60\n{row}",
            description=f"Product {number}. " + "Take with water, with a meal. " * 60,
            market="US",
            offers=(offer,),
        )


def bar_code(number: int) -> str:
    """An EAN-13 with a right check digit, of a prefix that names one article in the world."""
    digits = f"400{number:09d}"
    odd, even = (sum(int(digit) for digit in digits[start::2]) for start in (0, 1))
    return f"{digits}{-(odd + 3 * even) % 10}"


def hand_over(run: Run, shop_number: int, count: int, *, dearer: bool = False) -> None:
    """Give a run what a shop sells, a page at a time."""
    info = shop(shop_number)
    intake = run.intake(info.name)
    sha = ""
    for number, listing in enumerate(listings(shop_number, count, dearer=dearer)):
        if number % PAGE == 0:
            body = f"page {number // PAGE} of {info.name}, {dearer}".encode() * 100
            sha = intake.capture(Capture(f"{info.url}{number}", 200, "text/plain", {}, body, run.started_at))
        intake.listing(listing, capture_sha256=sha)


def refresh(catalog: Catalog, total: int, *, dearer: bool = False) -> list[SourceResult]:
    """One run of all shops, so many listings together."""
    with catalog.start_run([shop(number) for number in range(SHOPS)]) as run:
        results = []
        for number in range(SHOPS):
            hand_over(run, number, total // SHOPS, dearer=dearer)
            results.append(run.publish(shop(number).name, CrawlReport(shop(number).name, "complete")))
        return results
