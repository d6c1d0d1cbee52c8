"""A made-up shop's shelf, written into a catalog as a refresh would."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

from catalog import Capture, CrawlReport, SourceInfo, open_catalog
from checker import Listing, Offer

SHOP = "corner"


def facts(row: str, other: str = "cellulose") -> str:
    """A plain US panel with one row."""
    lines = ("Supplement Facts", "Serving Size 2 Capsules", "Servings Per Container 60", row)
    return "\n".join([*lines, f"Other ingredients: {other}."])


def product(key: str, title: str, text: str, price: str | None = "20.00", currency: str = "USD") -> Listing:
    """A listing of the shop with one pack."""
    offers = (Offer(price=price, currency=currency, availability="in_stock"),) if price else ()
    url = f"https://corner.example/products/{key}"
    return Listing(source=SHOP, source_key=key, url=url, title=title, facts_text=text, market="US", offers=offers)


GLYCINATE_AMOUNT = "Magnesium (as Magnesium Bisglycinate) 200 mg"
GLYCINATE_ROW = f"{GLYCINATE_AMOUNT} 48%"
GLYCINATE = product("gly", "Quiet Glycinate", facts(GLYCINATE_ROW), "24.00")
SHELF = (
    GLYCINATE,
    product("cit", "Plain Citrate", facts("Magnesium (as Magnesium Citrate) 150 mg 36%"), "12.00"),
    product("mal", "Morning Malate", facts("Magnesium (as Dimagnesium Malate) 120 mg 29%"), "18.00"),
    product("oxi", "Budget Oxide", facts("Magnesium (as Magnesium Oxide) 400 mg 95%"), "6.00"),
    product(
        "two", "Double Magnesium", facts("Magnesium (as Magnesium Glycinate, Magnesium Oxide) 300 mg 71%"), "15.00"
    ),
    product("eur", "Euro Citrate", facts("Magnesium (as Magnesium Citrate) 100 mg 24%"), "9.00", "EUR"),
    product("nop", "Unpriced Glycinate", facts("Magnesium (as Magnesium Glycinate) 100 mg 24%"), None),
)

HOSTILE_TITLES = (
    "<img src=x onerror=\"document.title='owned'\"> Magnesium Glycinate",
    "[Magnesium Glycinate](javascript:alert(1)) **bold** :red[red] :material/home: $x^2$",
    '=HYPERLINK("http://evil.example","Magnesium")',
    "\u202eetanicylG muisengaM\u202c Magnesium </h1><script>document.title='owned'</script>",
)
HOSTILE = tuple(
    product(f"bad{index}", title, facts(GLYCINATE_ROW, f"{title} <b id='owned'>cellulose</b>"))
    for index, title in enumerate(HOSTILE_TITLES)
)


def write(url: str, listings: Sequence[Listing], *, kind: str = "shopify", demo: bool = False) -> None:
    """Make the catalog if need be and publish these listings as all that the shop has."""
    with (
        open_catalog(url, create=True) as catalog,
        catalog.start_run([SourceInfo(SHOP, kind, "https://corner.example/", "US", demo)]) as run,
    ):
        intake = run.intake(SHOP)
        body = b'{"products": []}'
        now = datetime.now(UTC)
        address = "https://corner.example/products.json"
        sha256 = intake.capture(Capture(address, 200, "application/json", {}, body, now))
        for listing in listings:
            intake.listing(listing, capture_sha256=sha256)
        run.publish(SHOP, CrawlReport(SHOP, ending="complete", seen=len(listings), kept=len(listings)))
