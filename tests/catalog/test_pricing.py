"""Printed prices and packs to numbers: right, or none."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from catalog.packs import Containers, Pack, containers, packs
from catalog.pricing import Priced, best_offer, exact, parse_price, priced, valid_gtin
from catalog.servings import Sale, Servings
from checker import Label, Listing, Offer, Serving
from checker.sale import open_offers

D = Decimal


@pytest.mark.parametrize(
    ("text", "currency", "amount"),
    [
        ("19.99", "USD", "19.99"),
        ("19.9", None, "19.9"),
        ("1,299.00", "KES", "1299"),
        ("1.299,00 €", "EUR", "1299"),
        ("£12.50", "GBP", "12.5"),
        ("1,299", "KES", "1299"),
        ("12.990", "CLP", "12990"),
        ("3980", "JPY", "3980"),
        ("1.250", "KWD", "1.25"),
    ],
)
def test_a_price_is_read_as_printed(text: str, currency: str | None, amount: str) -> None:
    assert parse_price(text, currency) == D(amount)


@pytest.mark.parametrize(
    ("text", "currency"),
    [
        (None, "USD"),
        ("", "USD"),
        ("call us", "USD"),
        ("0.00", "USD"),
        ("-5.00", "USD"),
        ("10.00 - 20.00", "USD"),
        ("from 10 to 20", "USD"),
        ("£12.50 (£0.10 per capsule)", "GBP"),
        ("1.250", None),
        ("1,250", "KWD"),
        ("9" * 30, "USD"),
    ],
)
def test_a_price_that_is_not_certain_is_none(text: str | None, currency: str) -> None:
    assert parse_price(text, currency) is None


@given(st.text(max_size=30), st.sampled_from([None, "USD", "KWD", "JPY"]))
def test_any_text_gives_a_price_that_the_catalog_can_keep_or_none(text: str, currency: str | None) -> None:
    price = parse_price(text, currency)
    assert price is None or 0 < price == exact(price)


@pytest.mark.parametrize(
    "text", ["036000291452", "0 36000 29145 2", "4006381333931", "00036000291452", "73513537", "978-0-471-11709-4"]
)
def test_a_right_gtin_keeps_its_digits(text: str) -> None:
    assert valid_gtin(text) == "".join(filter(str.isdigit, text))


@pytest.mark.parametrize(
    "text",
    [
        pytest.param(None, id="none"),
        pytest.param("", id="empty"),
        pytest.param("036000291453", id="wrong check digit"),
        pytest.param("12345", id="too short"),
        pytest.param("SKU-12-XL", id="in-house words"),
        pytest.param("0000000000000", id="zeros"),
        pytest.param("2000000000008", id="a shop's own number"),
        pytest.param("0200000000004", id="a shop's own number by weight"),
        pytest.param("20000004", id="a shop's own short number"),
    ],
)
def test_what_names_no_article_in_the_world_is_no_gtin(text: str | None) -> None:
    assert valid_gtin(text) is None


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("120 capsules", [("120", "capsule")]),
        ("Magnesium Glycinate 400mg, 120 Veggie Capsules", [("120", "capsule")]),
        ("Net contents: 60 Tablet(s)", [("60", "tablet")]),
        ("90 ct", [("90", "count")]),
        ("90ct", [("90", "count")]),
        ("90-count", [("90", "count")]),
        ("1,000 Tablets", [("1000", "tablet")]),
        ("120 easy-to-swallow enteric coated tablets", [("120", "tablet")]),
        ("60 chewable tablets", [("60", "tablet")]),
        ("180 chewables", [("180", "tablet")]),
        ("2 x 60", [("120", "count")]),
        ("2 x 60 capsules", [("120", "capsule")]),
        ("60 Kapseln x 2", [("120", "capsule")]),
        ("Magnesium 250mg Tablets 60's", [("60", "count")]),
        ("180 soft gels", [("180", "softgel")]),
        ("pack of 60 capsules", [("60", "capsule")]),
        ("240 Vegan Capsules (120 servings)", [("240", "capsule"), ("120", "serving")]),
        ("250 g", [("250", "g")]),
        ("0.5 kg powder", [("500", "g")]),
        ("Magnesium Oil 118 ml", [("118", "ml")]),
        ("400 mg tablets", []),
        ("Magnesium 2 x 200 mg", []),
        ("1-2 capsules", []),
        ("1.000 Tabletten", []),
        ("Vitamin B6 gummies", []),
        ("gluten free", []),
    ],
)
def test_packs_of_a_text(text: str, found: list[tuple[str, str]]) -> None:
    assert packs(text) == tuple(Pack(D(count), unit) for count, unit in found)


@pytest.mark.parametrize(
    "text",
    [
        "Pack of 3",
        "60 capsules (pack of 2)",
        "3-pack",
        "Twin Pack",
        "2 bottles",
        "60 + 30 capsules",
        "90 capsules + 10 free",
    ],
)
def test_several_packs_of_unknown_content_make_all_counts_unsure(text: str) -> None:
    assert packs(text) is None


NUMBERS = ["120", "1,000", "2", "x", "×", "60's", "(", ")", "+", "-", "१२"]
WORDS = ["caps", "Tablet(s)", "pıll", "KG", "l", "ſoftgels", "pack", "of", "ct"]


@given(st.lists(st.sampled_from(NUMBERS + WORDS)))
def test_any_words_give_packs_or_none(words: list[str]) -> None:
    for text in (" ".join(words), "".join(words)):
        assert all(pack.count >= 0 for pack in packs(text) or ())


def test_a_weight_in_a_title_may_be_a_dose_and_is_no_pack() -> None:
    assert packs("Magnesium citrate powder 5 g, 60 servings", measures=False) == (Pack(D(60), "serving"),)


def a_label(
    mg: str | None = "200",
    quantity: str | None = "2",
    unit: str | None = "capsule",
    servings: int | None = None,
    **more: str,
) -> Label:
    serving = Serving(quantity=quantity and D(quantity), unit=unit, text="as printed", **more)
    amount = mg and D(mg)
    return Label(
        has_magnesium=True,
        elemental_mg=amount,
        basis="declared",
        serving=serving,
        servings_per_container=servings,
        reader_version="1",
    )


def a_listing(*offers: Offer, title: str = "Magnesium", pack: str | None = None, **values: str) -> Listing:
    place = {"source": "acme", "source_key": "1", "url": "http://acme.example/1"}
    return Listing(**place | values, title=title, pack=pack, offers=offers)


def servings_of(offer: Offer | None, listing: Listing, label: Label) -> Servings | None:
    return Sale(listing, label).servings(offer)


def price_of(offer: Offer, listing: Listing, label: Label) -> Priced:
    return priced(offer, Sale(listing, label))


def best_of(listing: Listing, label: Label) -> Priced | None:
    return best_offer(Sale(listing, label))


def number(servings: Servings | None) -> int | None:
    return servings.number if servings else None


@pytest.mark.parametrize(
    ("label", "title", "pack", "servings"),
    [
        pytest.param(a_label(servings=30), "Magnesium", None, 30, id="printed"),
        pytest.param(a_label(), "Magnesium", "120 capsules", 60, id="from the pack"),
        pytest.param(a_label(), "Magnesium 120 Capsules", None, 60, id="from the title"),
        pytest.param(a_label(), "Magnesium", "120 ct", 60, id="pieces fit capsules"),
        pytest.param(a_label(), "Magnesium 60 servings", None, 60, id="servings are servings"),
        pytest.param(a_label(servings=30), "Magnesium 60 capsules", "60 capsules", 30, id="all agree"),
        pytest.param(
            a_label(quantity="3", servings=33), "Magnesium 100 capsules", None, 33, id="agree but for rounding"
        ),
        pytest.param(a_label(quantity="3"), "Magnesium 100 capsules", None, 33, id="rounded as labels round"),
        pytest.param(a_label(quantity="4", unit="sachet"), "Magnesium 10 sachets", None, None, id="2.5 is not rounded"),
        pytest.param(a_label(), "Magnesium 120 tablets", None, None, id="units disagree"),
        pytest.param(a_label(), "Magnesium", "300 g", None, id="grams of capsules"),
        pytest.param(a_label(quantity="5", unit="g"), "Magnesium", "300 g", 60, id="grams"),
        pytest.param(a_label(quantity="1", unit="scoop"), "Magnesium", "60 ct", None, id="scoops are not counted"),
        pytest.param(a_label(servings=30), "Magnesium 120 capsules", None, None, id="label and title contradict"),
        pytest.param(a_label(), "Magnesium 60 or 120 capsules", "60 capsules", None, id="two packs named"),
        pytest.param(a_label(servings=30), "Magnesium (Pack of 3)", None, None, id="three of what the label describes"),
        pytest.param(a_label(), "Magnesium", None, None, id="nothing said"),
        pytest.param(a_label(quantity=None), "Magnesium 120 capsules", None, None, id="serving unknown"),
        pytest.param(a_label(), "Magnesium 2 capsules", None, None, id="the serving repeated is no pack"),
        pytest.param(
            a_label(quantity="1", quantity_max="2"), "Magnesium 120 capsules", None, None, id="a range of servings"
        ),
    ],
)
def test_servings_are_known_or_none(label: Label, title: str, pack: str | None, servings: int | None) -> None:
    assert number(servings_of(None, a_listing(title=title, pack=pack), label)) == servings


def test_each_variant_has_its_own_pack() -> None:
    small, large = Offer(name="60 capsules", price="10.00"), Offer(name="120 capsules", price="18.00")
    listing, label = a_listing(small, large), a_label(servings=30)
    assert [number(servings_of(offer, listing, label)) for offer in (small, large)] == [30, 60]


def test_variants_at_different_prices_that_do_not_state_their_packs_have_no_servings() -> None:
    small, large = Offer(name="Small", price="10.00"), Offer(name="Large", price="18.00")
    assert servings_of(large, a_listing(small, large), a_label(servings=30)) is None


def test_flavours_at_one_price_share_the_label() -> None:
    cherry, lemon = Offer(name="Cherry", price="10.00"), Offer(name="Lemon", price="10.00")
    assert number(servings_of(lemon, a_listing(cherry, lemon), a_label(servings=30))) == 30


@pytest.mark.parametrize(
    ("name", "found"),
    [
        ("2 Pack", Containers(2, "pack")),
        ("Pack of 3", Containers(3, "pack")),
        ("3 Bottles", Containers(3, "bottle")),
        ("Lemon / 2-pack", Containers(2, "pack")),
        ("Single Bottle", Containers(1, "bottle")),
        ("Flavour: Lemon, Size: 2 Bottles", Containers(2, "bottle")),
        ("2 boxes", Containers(2, "box")),
        ("120 capsules / 2 Pack", None),
        ("2 Pack + 1 free", None),
        ("Bottle", None),
        ("2 Pack of 3", None),
        ("", None),
    ],
)
def test_containers_that_a_variant_names(name: str, found: Containers | None) -> None:
    assert containers(name) == found


def at_prices(*names: str) -> list[Offer]:
    return [
        Offer(name=name, price=f"{n}0.00", currency="USD", availability="in_stock") for n, name in enumerate(names, 1)
    ]


def test_several_of_what_the_label_describes_have_servings_of_their_own() -> None:
    offers = at_prices("1 Bottle", "2 Bottles", "3 Bottles")
    listing, label = a_listing(*offers), a_label(servings=30)
    assert [number(servings_of(offer, listing, label)) for offer in offers] == [30, 60, 90]
    told = servings_of(offers[1], a_listing(*offers, title="Magnesium 120 Capsules"), a_label())
    assert told == Servings(120, "2 Bottles: 120 Capsules")
    assert [price_of(offer, listing, label).price_per_100mg for offer in offers] == [D("0.166667")] * 3


@pytest.mark.parametrize(
    ("names", "title", "unit"),
    [
        pytest.param(["2 Pack", "4 Pack"], "Magnesium 120 capsules", "capsule", id="what one is, is not said"),
        pytest.param(["2 Pack"], "Magnesium 120 capsules", "capsule", id="alone: the count may be that of both"),
        pytest.param(["1 Pack", "2 Pack"], "Magnesium 30 sachets", "sachet", id="a pack of sachets is not two boxes"),
        pytest.param(["1 Pack", "2 Pack"], "Magnesium bundle 120 capsules", "capsule", id="a bundle"),
    ],
)
def test_several_of_something_unknown_have_no_servings(names: list[str], title: str, unit: str) -> None:
    offers = at_prices(*names)
    assert servings_of(offers[-1], a_listing(*offers, title=title), a_label(unit=unit)) is None


@pytest.mark.parametrize(
    ("slug", "servings"),
    [
        pytest.param("acme-magnesium-120-capsules", 60, id="one count"),
        pytest.param("acme-magnesium-120-Veggie-Caps/", 60, id="words before the unit"),
        pytest.param("magnesium-400-mg-120-ct.html", 60, id="pieces, and a strength"),
        pytest.param("omega-3-and-magnesium-120-capsules", 60, id="another number elsewhere"),
        pytest.param("magnesium-with-b6-120-capsules", 60, id="a name that ends with a number"),
        pytest.param("magnesium-60-120-capsules", None, id="a number before it may make a range"),
        pytest.param("magnesium-120-capsules-60-servings", None, id="two counts"),
        pytest.param("magnesium-120-capsules-1", None, id="a second product at the same address"),
        pytest.param("copy-of-magnesium-120-capsules", None, id="a copy"),
        pytest.param("magnesium-120-capsules-2-pack", None, id="two packs"),
        pytest.param("magnesium-120-capsules-bundle", None, id="a bundle"),
        pytest.param("magnesium-120-tablets", None, id="units disagree"),
        pytest.param("magnesium-4-capsules-a-day", None, id="a dose"),
        pytest.param("magnesium-120", None, id="no unit"),
        pytest.param("?p=120-capsules", None, id="no address in words"),
        pytest.param("120-capsules-%FF%00", 60, id="bytes that are no text"),
    ],
)
def test_the_address_tells_the_pack_where_nothing_else_does(slug: str, servings: int | None) -> None:
    url = f"https://acme.example/products/{slug}"
    assert number(servings_of(None, a_listing(url=url), a_label())) == servings
    assert number(servings_of(None, a_listing(url=url), a_label(servings=90))) == 90, "the label goes first"


def test_what_is_no_address_tells_nothing() -> None:
    assert servings_of(None, a_listing(url="http://[120-capsules"), a_label()) is None


@pytest.mark.parametrize(
    ("text", "servings"),
    [
        ("Take 2 capsules, up to 6 capsules a day.", 60),
        ("Each bottle holds 120 capsules.", 60),
        ("Also sold with 240 capsules.", None),
        ("Buy 2 bottles and save.", 60),
        ("Holds 2 x 60 capsules.", 60),
        ("Holds 2 x 90 capsules.", None),
    ],
)
def test_an_address_that_the_text_contradicts_tells_nothing(text: str, servings: int | None) -> None:
    listing = a_listing(url="https://acme.example/magnesium-120-capsules", description=text)
    found = servings_of(None, listing, a_label())
    assert number(found) == servings
    assert found is None or found.quote == "address: …120-capsules"


PIECES = [
    "120",
    "60-",
    "2",
    " x ",
    "capsules",
    "pack",
    "bottle",
    " of ",
    " / ",
    ": ",
    "subscribe",
    "kit",
    "-",
    "%41",
    "ß",
    "İ",
]


@given(*[st.lists(st.sampled_from(PIECES)).map("".join) | st.text(max_size=20)] * 4)
def test_any_words_give_servings_with_a_quote_or_none(name: str, title: str, pack: str, address: str) -> None:
    offers = at_prices(name, "1 Bottle")
    listing = a_listing(*offers, title=title, pack=pack, url=f"https://acme.example/{address}")
    for offer in offers:
        servings = servings_of(offer, listing, a_label())
        assert servings is None or (servings.number > 0 and servings.quote)


def test_a_price_for_subscribers_is_no_price() -> None:
    offers = [
        Offer(name="60 capsules / Subscribe & Save", price="10.00", currency="USD", availability="in_stock"),
        Offer(name="60 capsules / One-time purchase", price="20.00", currency="USD", availability="in_stock"),
    ]
    best = best_of(a_listing(*offers), a_label())
    assert best is not None
    assert (best.price, best.price_per_100mg) == (D(20), D("0.333333"))
    assert price_of(offers[0], a_listing(*offers), a_label()).price is None
    alone = best_of(a_listing(offers[0]), a_label())
    assert alone is not None
    assert alone.price is None


def test_a_price_for_subscribers_does_not_keep_the_other_from_the_labels_pack() -> None:
    offers = at_prices("Auto-ship every 30 days", "Once")
    assert number(servings_of(offers[1], a_listing(*offers), a_label(servings=30))) == 30


@pytest.mark.parametrize(
    ("name", "title", "expected"),
    [
        ("Subscription", "Magnesium", True),
        ("Ships every 2 months", "Magnesium", True),
        ("Im Abo", "Magnesium", True),
        ("", "Magnesium Glycinate Auto renew", True),
        ("3 Month Supply", "Magnesium", False),
        ("One-time purchase (no subscription)", "Magnesium", False),
        ("Once, without subscription", "Magnesium subscription", False),
        ("Above 60", "Abondance Magnesium", False),
    ],
)
def test_what_is_for_subscribers(name: str, title: str, expected: bool) -> None:
    offer = Offer(name=name)
    assert open_offers(a_listing(offer, title=title)) == (() if expected else (offer,))


@pytest.mark.parametrize(
    ("title", "pack"),
    [
        ("Sleep Bundle", "120 capsules"),
        ("Magnesium 120 capsules Starter-Set", None),
        ("Magnesium", "120 capsules; Kits"),
    ],
)
def test_a_bundle_has_no_price_of_100_mg(title: str, pack: str | None) -> None:
    offer = Offer(price="24.00", currency="USD")
    assert price_of(offer, a_listing(offer, title=title, pack=pack), a_label(servings=60)).price_per_100mg is None


def test_thousands_of_variants_take_no_time_each_for_all_of_them() -> None:
    offers = tuple(Offer(name=f"{n} capsules", price=f"{n}.00", currency="USD") for n in range(12, 10_012, 2))
    best = best_of(a_listing(*offers, title="Magnesium " * 20_000), a_label())
    assert best is not None
    assert best.price_per_100mg == D(1)


def test_price_of_a_serving_and_of_100_mg() -> None:
    offer = Offer(price="24.00", currency="usd", availability="in_stock")
    found = price_of(offer, a_listing(offer), a_label(mg="200", servings=60))
    assert (found.price, found.currency, number(found.servings)) == (D(24), "USD", 60)
    assert (found.price_per_serving, found.price_per_100mg) == (D("0.4"), D("0.2"))


@pytest.mark.parametrize(
    ("offer", "label"),
    [
        pytest.param(Offer(price="24.00"), a_label(servings=60), id="no currency"),
        pytest.param(Offer(price="24.00", currency="$"), a_label(servings=60), id="a sign is no currency"),
        pytest.param(Offer(currency="USD"), a_label(servings=60), id="no price"),
        pytest.param(Offer(price="24.00", currency="USD"), a_label(), id="no servings"),
        pytest.param(Offer(price="24.00", currency="USD"), a_label(mg=None, servings=60), id="no dose"),
        pytest.param(Offer(price="24.00", currency="USD"), a_label(mg="0", servings=60), id="a dose of 0"),
    ],
)
def test_no_price_of_100_mg_without_all_it_needs(offer: Offer, label: Label) -> None:
    assert price_of(offer, a_listing(offer), label).price_per_100mg is None


def an_offer(name: str, price: str, availability: str, currency: str = "USD") -> Offer:
    return Offer(name=name, price=price, currency=currency, availability=availability)


@pytest.mark.parametrize(
    ("offers", "chosen"),
    [
        pytest.param(
            [an_offer("60 capsules", "10", "in_stock"), an_offer("120 capsules", "18", "in_stock")],
            "120 capsules",
            id="lowest price of 100 mg",
        ),
        pytest.param(
            [an_offer("60 capsules", "10", "in_stock"), an_offer("120 capsules", "18", "out_of_stock")],
            "60 capsules",
            id="in stock before cheap",
        ),
        pytest.param(
            [an_offer("Large", "18", "in_stock"), an_offer("Small", "10", "in_stock")], "Small", id="else lowest price"
        ),
        pytest.param(
            [an_offer("60 capsules", "10", "in_stock"), an_offer("120 capsules", "9", "in_stock", "EUR")],
            "60 capsules",
            id="never across currencies",
        ),
        pytest.param([Offer(name="first"), Offer(name="second")], "first", id="none has a price"),
    ],
)
def test_which_offer_stands_for_a_listing(offers: list[Offer], chosen: str) -> None:
    best = best_of(a_listing(*offers), a_label())
    assert best is not None
    assert best.offer.name == chosen


def test_a_listing_without_offers_has_none() -> None:
    assert best_of(a_listing(), a_label()) is None
