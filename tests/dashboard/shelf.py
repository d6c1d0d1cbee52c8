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


def product(
    key: str, title: str, text: str, price: str | None = "20.00", currency: str = "USD", brand: str | None = None
) -> Listing:
    """A listing of the shop with one pack."""
    offers = (Offer(price=price, currency=currency, availability="in_stock"),) if price else ()
    url = f"https://corner.example/products/{key}"
    gtin = "036000291452" if key == "mal" else None
    given = {"source_key": key, "url": url, "title": title, "brand": brand, "gtin": gtin, "facts_text": text}
    return Listing(source=SHOP, market="US", offers=offers, **given)


GLYCINATE_AMOUNT = "Magnesium (as Magnesium Bisglycinate) 200 mg"
GLYCINATE_ROW = f"{GLYCINATE_AMOUNT} 48%"
SAID = "Vegan capsules, third-party tested."
GLYCINATE = product("gly", "Quiet Glycinate", f"{facts(GLYCINATE_ROW)}\n{SAID}", "24.00")
SHELF = (
    GLYCINATE,
    product("cit", "Plain Citrate", facts("Magnesium (as Magnesium Citrate) 150 mg 36%"), "12.00"),
    product(
        "mal",
        "Morning Malate",
        facts("Magnesium (as Dimagnesium Malate) 120 mg 29%"),
        "18.00",
        brand="Tarn (fictional)",
    ),
    product("oxi", "Budget Oxide", facts("Magnesium (as Magnesium Oxide) 400 mg 95%"), "6.00"),
    product(
        "two", "Double Magnesium", facts("Magnesium (as Magnesium Glycinate, Magnesium Oxide) 300 mg 71%"), "15.00"
    ),
    product("eur", "Euro Citrate", facts("Magnesium (as Magnesium Citrate) 100 mg 24%"), "9.00", "EUR"),
    product(
        "mix",
        "Trail Drink Mix",
        "Serving Size: 1 Sachet\nMagnesium (as Magnesium Chloride) 60 mg 14%\nSodium 500 mg\nPotassium 200 mg",
        None,
    ),
    product("nop", "Unpriced Glycinate", facts("Magnesium (as Magnesium Glycinate) 100 mg 24%"), None),
)
_WAS = {"offers": (Offer(price="30.00", currency="USD", availability="in_stock"),)}
_WEAKER = {"facts_text": facts("Magnesium (as Magnesium Oxide) 250 mg 60%")}
EARLIER = tuple(
    each.model_copy(update=was) if (was := {"gly": _WAS, "oxi": _WEAKER}.get(each.source_key)) else each
    for each in SHELF
)
"""The shelf before a refresh: one product was dearer, another weaker."""

ELSEWHERE = SHELF[2].model_copy(
    update={
        "source": "market",
        "title": "Malate of Morning",
        "offers": (Offer(price="17.00", currency="USD", availability="in_stock"),),
    }
)
"""The malate in another shop, for less."""

HOSTILE_TITLES = (
    "<img src=x onerror=\"document.title='owned'\"> Magnesium Glycinate",
    "[Magnesium Glycinate](javascript:alert(1)) **bold** :red[red] :material/home: $x^2$",
    '=HYPERLINK("http://evil.example","Magnesium")',
    "\u202eetanicylG muisengaM\u202c Magnesium </h1><script>document.title='owned'</script>",
    "@SUM(1+1)*cmd|' /C calc'!A0 ![Magnesium](http://evil.example/p.png) <http://evil.example> `code` # head | cell |",
    "Magnesium " * 500,
)
_SCRIPT = "<b id='owned' onclick='document.title=0'>$x$ :red[brand]</b>"


def _hostile(index: int, title: str) -> Listing:
    """A listing of which every text is hostile, its address and its pack too."""
    listing = product(f"bad{index}", title, facts(GLYCINATE_ROW, f"{title} <b id='owned'>cellulose</b>"))
    offers = tuple(
        Offer(price=price, currency="USD", availability="in_stock", name=f"=cmd {_SCRIPT} {name}")
        for price, name in (("20.00", "60 capsules"), ("30.00", "120 capsules"))
    )
    return listing.model_copy(
        update={"url": f"javascript:alert({index})", "brand": f"{_SCRIPT}{index}", "pack": _SCRIPT, "offers": offers}
    )


HOSTILE = tuple(_hostile(index, title) for index, title in enumerate(HOSTILE_TITLES))


def write(
    url: str, listings: Sequence[Listing], *, shop: str = SHOP, kind: str = "shopify", demo: bool = False
) -> None:
    """Make the catalog if need be and publish these listings as all that the shop has."""
    with (
        open_catalog(url, create=True) as catalog,
        catalog.start_run([SourceInfo(shop, kind, f"https://{shop}.example/", "US", demo)]) as run,
    ):
        intake = run.intake(shop)
        body = b'{"products": []}'
        now = datetime.now(UTC)
        address = "https://corner.example/products.json"
        sha256 = intake.capture(Capture(address, 200, "application/json", {}, body, now))
        for listing in listings:
            intake.listing(listing, capture_sha256=sha256)
        run.publish(shop, CrawlReport(shop, ending="complete", seen=len(listings), kept=len(listings)))
