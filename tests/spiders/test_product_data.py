"""Products and packs from schema.org data, with the malformations that real pages have."""

from __future__ import annotations

import json
import time
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from spiders.html_text import parse_html
from spiders.json_ld import loads, mended
from spiders.offer_data import gtin_of, offers_of
from spiders.product_data import Missing, Product, product_of

HERE = "https://acme.example/p/mag"
EAN = "4006381333931"
UPC = "036000291452"


def read(html: str) -> Product | Missing:
    root = parse_html(html)
    assert root is not None
    return product_of(root, HERE, "EUR")


def script(*values: object) -> str:
    blocks = (value if isinstance(value, str) else json.dumps(value) for value in values)
    return "".join(f'<script type="application/ld+json">{block}</script>' for block in blocks)


def found(*values: object, more: str = "") -> Product:
    product = read(script(*values) + more)
    assert isinstance(product, Product), product
    return product


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ('{"a": 1, "b": 1.50, "c": true, "d": null}', [{"a": "1", "b": "1.50", "c": True, "d": None}]),
        ('{"a": "two\nlines\ttab"}', [{"a": "two\nlines\ttab"}]),
        ('{"gtin13": 0812345678905, "b": [01, 2]}', [{"gtin13": "0812345678905", "b": ["01", "2"]}]),
        ('{"a": [1, 2,], "b": 3,}', [{"a": ["1", "2"], "b": "3"}]),
        ('<!-- {"a": 1} -->', [{"a": "1"}]),
        ('//<![CDATA[\n{"a": "http://x//y"}\n//]]>', [{"a": "http://x//y"}]),
        ('/*<![CDATA[*/{"a": 1}/*]]>*/', [{"a": "1"}]),
        ('{"a": 1 // why\n}', [{"a": "1"}]),
        (r'{"a": "it\'s \d \u00e9 \\ \" \u12"}', [{"a": "it\\'s \\d é \\ \" \\u12"}]),
        ("{&quot;a&quot;: 1}", [{"a": "1"}]),
        ('{"a": 1}{"b": 2};', [{"a": "1"}, {"b": "2"}]),
        ('{"a": "say: 012, or // this", "b": 012}', [{"a": "say: 012, or // this", "b": "012"}]),
        ('{"a": NaN}', [{"a": None}]),
        ('{"a": "x', []),
        ("", []),
        ("[" * 100_000, []),
    ],
)
def test_a_block_is_read_as_it_was_meant(text: str, values: list[Any]) -> None:
    assert json.loads(json.dumps(loads(text), default=str)) == values


@pytest.mark.parametrize(
    "text", ['\\"' * 400_000, '"' * 400_000, "{" * 400_000, ", " * 400_000, '"a" ' * 200_000, "0" * 400_000]
)
def test_rubbish_is_given_up_in_bounded_time(text: str) -> None:
    start = time.process_time()
    loads(text)
    assert time.process_time() - start < 5


@given(st.text(alphabet='{}[]",:0123\\\n u/*-', max_size=60))
def test_any_block_gives_values(text: str) -> None:
    assert isinstance(loads(text), list)


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("MagnÃ©sium â€“ 60 gÃ©lules", "Magnésium – 60 gélules"),
        ("Ð¼Ð°Ð³Ð½Ð¸Ð¹", "магний"),
        ("Magnésium – Ã la carte", "Magnésium – Ã la carte"),
        ("GESÜNDER", "GESÜNDER"),
        ("plain", "plain"),
    ],
)
def test_utf_8_saved_as_latin_1_is_mended(text: str, meant: str) -> None:
    assert mended(text) == meant


MAG = {"@type": "Product", "name": "Mag", "offers": {"@type": "Offer", "price": "9.00"}}


@pytest.mark.parametrize(
    "value",
    [
        MAG,
        [{"@type": "WebSite"}, MAG],
        {"@context": "https://schema.org", "@graph": [{"@type": "Organization", "name": "Acme"}, MAG]},
        {"@type": "WebPage", "mainEntity": MAG},
        MAG | {"@type": ["Product", "DietarySupplement"]},
        MAG | {"@type": "http://schema.org/Product"},
        [MAG, {"@type": "DietarySupplement", "name": "Mag", "activeIngredient": "x"}],
        [{"@type": "Product", "name": "Zinc", "url": "/p/zinc"}, MAG | {"@id": "/p/mag#product"}],
        [MAG | {"isRelatedTo": {"@type": "Product", "name": "Zinc"}}, "{broken"],
        {"@type": "BreadcrumbList", "itemListElement": [{"@type": "Product", "name": "Zinc"}], "@graph": MAG},
    ],
)  # fmt: skip
def test_the_pages_own_product_is_found(value: Any) -> None:
    values = value if isinstance(value, list) else [value]
    product = found(*values)
    assert (product.name, [offer.price for offer in product.offers]) == ("Mag", ["9.00"])


def test_a_page_of_several_products_is_none_unless_it_is_headed_by_one() -> None:
    shelf = script([MAG | {"name": "Magnesium"}, MAG | {"name": "Magnesium Complex"}])
    assert read(shelf) == Missing("several_products")
    headed = read(f"{shelf}<h1> Magnesium   complex </h1>")
    assert isinstance(headed, Product)
    assert headed.name == "Magnesium Complex"


@pytest.mark.parametrize(
    ("html", "reason"),
    [
        ("<p>x", "no_product"),
        (script({"@type": "Recipe", "name": "Soup"}), "no_product"),
        (script({"@type": "Product", "name": " "}), "no_name"),
        (script({"@type": "Product", "name": {"@value": None}}), "no_name"),
        ("<div itemscope itemtype='https://schema.org/Product'><b itemprop=sku>1</b></div>", "no_name"),
    ],
)
def test_why_there_is_no_product(html: str, reason: str) -> None:
    assert read(html) == Missing(reason)


def test_every_field_is_text_on_one_line() -> None:
    product = found({
        "@type": "Product", "name": "Mag &amp;\n B6\u0000", "brand": [{"@type": "Brand", "name": "Acme (fictional)"}],
        "description": "<b>a</b>", "gtin8": None, "gtin": int(EAN), "size": "60 caps", "category": ["A", "B"],
        "image": [None, "/a.png", {"@type": "ImageObject", "contentUrl": "b.png"}, "/a.png", 5],
    })  # fmt: skip
    assert product == Product(
        name="Mag & B6",
        description="<b>a</b>",
        brand="Acme (fictional)",
        gtin=EAN,
        pack="60 caps",
        category="A B",
        pictures=("/a.png", "b.png", "5"),
    )


@pytest.mark.parametrize(
    ("node", "gtin"),
    [
        ({"gtin13": EAN}, EAN),
        ({"gtin13": "4006381333930"}, None),
        ({"gtin13": "2000000000015"}, None),
        ({"gtin13": "1234567890123", "gtin12": UPC}, UPC),
        ({"gtin12": UPC.lstrip("0")}, UPC),
        ({"gtin13": UPC.lstrip("0")}, "0" + UPC),
        ({"gtin13": "1234"}, None),
        ({"gtin": f"0{EAN}"}, f"0{EAN}"),
        ({"productID": f"gtin13:{EAN}"}, EAN),
        ({"gtin13": ["", EAN]}, EAN),
        ({"gtin13": {"a": 1}}, None),
        ({}, None),
    ],
)
def test_only_a_worldwide_number_with_a_right_check_digit_is_a_gtin(node: dict[str, Any], gtin: str | None) -> None:
    assert gtin_of(node) == gtin


UNIT = {"@type": "UnitPriceSpecification", "price": "1.00", "referenceQuantity": {"value": 100}}
STRUCK = {"price": "20.00", "priceType": "https://schema.org/StrikethroughPrice"}


@pytest.mark.parametrize(
    ("offer", "price", "currency"),
    [
        ({"price": "9.00", "priceCurrency": "usd"}, "9.00", "USD"),
        ({"price": "9,00 €", "priceCurrency": "€"}, "9,00 €", "EUR"),
        (
            {"price": None, "priceSpecification": [UNIT, STRUCK, {"price": "9.00", "priceCurrency": "CHF"}]},
            "9.00",
            "CHF",
        ),
        ({"price": "", "priceCurrency": "GBP", "priceSpecification": {"price": "9.00"}}, "9.00", "GBP"),
        ({"priceSpecification": UNIT}, None, None),
        ({"priceSpecification": {"price": "8.00", "billingDuration": "P1M"}}, None, None),
        ({"priceSpecification": {"price": "8.00", "validForMemberTier": {"name": "Gold"}}}, None, None),
        ({"priceSpecification": {"price": "8.00", "eligibleQuantity": {"minValue": "3"}}}, None, None),
        ({"@type": "AggregateOffer", "lowPrice": None, "highPrice": None}, None, None),
        ({"@type": "AggregateOffer", "lowPrice": "9.00", "highPrice": "9.00"}, "9.00", "EUR"),
        ({"@type": "AggregateOffer", "lowPrice": "9.00", "highPrice": "19.00"}, None, None),
        ({"@type": "AggregateOffer", "lowPrice": "9.00", "offerCount": "1"}, "9.00", "EUR"),
        ({"@type": "AggregateOffer", "offers": [{"price": "9.00"}]}, "9.00", "EUR"),
        ({"price": []}, None, None),
        ({}, None, None),
    ],
)
def test_the_price_is_the_price_of_one_pack(offer: dict[str, Any], price: str | None, currency: str | None) -> None:
    (given_,) = offers_of({"name": "Mag", "offers": offer}, "EUR")
    assert (given_.price, given_.currency) == (price, currency)


@pytest.mark.parametrize(
    ("number", "price"), [("17.990", "17.99"), ("1180", "1180"), ("19.995", "19.9950"), ("9", "9"), ("1e400", None)]
)
def test_a_number_is_no_thousands(number: str, price: str | None) -> None:
    product = found(f'{{"@type": "Product", "name": "Mag", "offers": {{"price": {number}}}}}')
    assert product.offers[0].price == price


@pytest.mark.parametrize(
    ("printed", "availability"),
    [
        ("https://schema.org/InStock", "in_stock"),
        ("InStock", "in_stock"),
        ("http://schema.org/SoldOut", "out_of_stock"),
        ("https://schema.org/PreOrder", "unknown"),
        (None, "unknown"),
        (["OutOfStock"], "out_of_stock"),
    ],
)
def test_availability(printed: Any, availability: str) -> None:
    (offer,) = offers_of({"offers": {"price": "1", "availability": printed}}, None)
    assert offer.availability == availability


def test_variants_are_packs_with_their_own_words() -> None:
    variants = [
        {"name": "Mag - 60 caps", "sku": "A", "gtin": EAN, "offers": {"price": "9.00"}},
        {"name": "Mag", "size": "90 caps", "offers": [{"price": "12.00"}]},
        {"name": "Mag", "offers": []},
        None,
    ]
    offers = offers_of({"name": "Mag", "sku": "GROUP", "hasVariant": variants}, "EUR")
    assert [(o.name, o.sku, o.gtin, o.price) for o in offers] == [
        ("60 caps", "A", EAN, "9.00"),
        ("90 caps", None, None, "12.00"),
    ]


def test_several_offers_do_not_take_the_products_number() -> None:
    product = {
        "name": "Mag",
        "gtin": EAN,
        "sku": "G",
        "offers": [{"price": "9", "name": "Mag, 60"}, {"price": "12", "name": "120"}],
    }
    assert [(o.name, o.gtin, o.sku) for o in offers_of(product, None)] == [("60", None, None), ("120", None, None)]
    assert offers_of({"offers": [{"price": "9"}, {"price": "9"}]}, None) == offers_of({"offers": {"price": "9"}}, None)


MICRODATA = """<div itemscope itemtype="http://schema.org/Product"><h1 itemprop="name">Mag</h1>
<div itemprop="brand" itemscope itemtype="http://schema.org/Brand"><span itemprop="name">Acme (fictional)</span></div>
<div itemprop="offers" itemscope itemtype="http://schema.org/Offer"><span itemprop="price" content="9.50">9,50 €</span>
<meta itemprop="priceCurrency" content="CHF"><link itemprop="availability" href="http://schema.org/InStock"></div></div>"""


def test_microdata_is_read_where_json_ld_is_missing_or_has_no_offer() -> None:
    for html in (MICRODATA, script({"@type": "Product", "name": "Mag", "sku": "S"}) + MICRODATA):
        product = read(html)
        assert isinstance(product, Product)
        (offer,) = product.offers
        assert (product.brand, offer.price, offer.currency, offer.availability) == (
            "Acme (fictional)",
            "9.50",
            "CHF",
            "in_stock",
        )
    assert offer.sku == "S"


def test_a_flood_of_microdata_is_not_read() -> None:
    flood = '<div itemscope itemtype="https://schema.org/Product"><i itemprop="name">x</i></div>' * 6000
    assert read(flood) == Missing("no_product")


LEAF = st.none() | st.text(max_size=8) | st.integers() | st.floats() | st.booleans()
KEYS = (
    "@type",
    "name",
    "offers",
    "price",
    "priceSpecification",
    "hasVariant",
    "gtin13",
    "brand",
    "image",
    "@graph",
    "size",
)
ANY = st.recursive(
    LEAF, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(KEYS), inner, max_size=5)
)


@given(ANY)
def test_any_shape_gives_a_product_or_a_reason(value: Any) -> None:
    read(script({"@type": "Product", "name": "Mag", "offers": value, "image": value, "brand": value, "@graph": value}))


FORM_ROWS = [
    {"attributes": {"attribute_size": "60-capsules"}, "display_price": 9.9, "sku": "A", "is_in_stock": True},
    {"attributes": {"attribute_size": "120-capsules", "attribute_x": ""}, "display_price": 17, "is_in_stock": False},
    {"attributes": [], "display_price": None, "is_in_stock": {}},
    None,
]


def test_packs_that_stand_in_the_form_of_a_page_are_read_where_its_data_has_but_a_range() -> None:
    form = f"<form data-product_variations='{json.dumps(FORM_ROWS)}'>"
    ranged = {"@type": "AggregateOffer", "lowPrice": "9.90", "highPrice": "17.00", "priceCurrency": "GBP"}
    product = found(MAG | {"offers": [ranged]}, more=form)
    assert [(o.name, o.sku, o.price, o.currency, o.availability) for o in product.offers] == [
        ("60 capsules", "A", "9.90", "GBP", "in_stock"),
        ("120 capsules", None, "17", "GBP", "out_of_stock"),
        ("", None, None, None, "unknown"),
    ]
    assert [o.price for o in found(MAG, more=form).offers] == ["9.00"], "what the data states comes first"
    assert found(MAG | {"offers": ranged}, more="<form data-product_variations=false>").offers[0].price is None
