"""Open Food Facts: every amount stands under the heading of what it is an amount of, and the reader reads it so."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from checker import read_label
from spiders.config import SourceConfig
from spiders.openfoodfacts import PATH, market_of
from spiders.openfoodfacts_text import Product, facts_text, product_of
from tests.conftest import Maglabel
from tests.spiders.crawling import crawl_all, database_in
from tests.spiders.sites import Answer, Say, Site, serving


def food(**values: Any) -> dict[str, Any]:
    """A product as the search gives it."""
    shape = {"code": "3017620422003", "product_name": "Magnesium", "brands": "Acme (fictional)", "lang": "en"}
    return shape | {"serving_size": "2 capsules (1.2 g)", "nutrition_data_per": "serving"} | values


def text_of(**values: Any) -> str:
    return facts_text(Product.model_validate(product_of(food(**values))))


def magnesium(**values: Any) -> dict[str, Any]:
    return {"nutriments": {f"magnesium_{name}": value for name, value in values.items()}}


def test_a_whole_panel() -> None:
    nutriments = {"magnesium_serving": 0.26, "magnesium_100g": 21.6666666666667, "magnesium_value": 260}
    nutriments |= {"magnesium_unit": "mg", "zinc_serving": 0.01, "sodium_100g": 1, "energy_serving": 3}
    text = text_of(nutriments=nutriments, ingredients_text="magnesium bisglycinate,\ncapsule | HPMC")
    assert text.splitlines() == [
        "Serving Size: 2 capsules (1.2 g)",
        "Amount Per Serving | Amount Per 100 g",
        "Magnesium | 260 mg | 21666.7 mg",
        "Zinc | 10 mg",
        "Ingredients: magnesium bisglycinate, capsule / HPMC",
    ]
    label = read_label(text, market="EU")
    assert (label.elemental_mg, label.forms) == (Decimal(260), ("glycinate",))
    assert label.serving is not None
    assert (label.serving.quantity, label.serving.unit) == (Decimal(2), "capsule")
    assert label.electrolytes == {}, "sodium is known per 100 g only"


@pytest.mark.parametrize(
    ("given", "mg"),
    [
        (magnesium(serving=0.26), "260"),
        (magnesium(serving="0.26"), "260"),
        (magnesium(serving=0.10000000149, unit="g"), "100"),
        (magnesium(serving=0.1125), "112.5"),
        (magnesium(serving=0.000375), "0.375"),
        (magnesium(serving=0.3, modifier="~"), "300"),
        (magnesium(serving=0.3, modifier="<"), None),
        (magnesium(serving=0.3, modifier="-"), None),
        (magnesium(serving=300, unit="g", value=300), None),
        (magnesium(serving=0), None),
        (magnesium(serving=-0.2), None),
        (magnesium(serving="NaN"), None),
        (magnesium(serving=1e400), None),
        (magnesium(serving=None), None),
        (magnesium(serving=[1]), None),
        ({"nutriments": None}, None),
    ],
)
def test_grams_become_milligrams_and_what_cannot_be_no_number(given: dict[str, Any], mg: str | None) -> None:
    label = read_label(text_of(ingredients_text="magnesium oxide", **given))
    assert label.elemental_mg == (Decimal(mg) if mg else None)
    assert label.forms == ("oxide",)


def test_an_amount_per_100_g_is_never_a_servings() -> None:
    text = text_of(**magnesium(**{"100g": 21.7}), nutrition_data_per="100g", ingredients_text="magnesium oxide")
    assert text.splitlines() == ["Amount Per 100 g", "Magnesium | 21700 mg", "Ingredients: magnesium oxide"]
    serving = read_label(text).serving
    assert serving is not None
    assert (serving.quantity, serving.unit) == (Decimal(100), "g")


def test_a_percentage_stays_one_because_its_daily_value_is_not_known() -> None:
    text = text_of(**magnesium(serving=0.1, unit="% DV", value=25), ingredients_text="magnesium oxide")
    assert "% Daily Value\nMagnesium | 25%" in text
    label = read_label(text)
    assert (label.elemental_mg, label.percent_dv) == (None, Decimal(25))
    per_100g = text_of(**magnesium(serving=0.1, unit="%", value=25), nutrition_data_per="100g")
    assert "Magnesium" not in per_100g


@pytest.mark.parametrize(
    ("texts", "line"),
    [
        ({"lang": "fr", "ingredients_text": "a", "ingredients_text_fr": "Oxyde de magnésium"}, "Oxyde de magnésium"),
        ({"lang": "fr", "ingredients_text": "Oxyde", "ingredients_text_en": "Oxide"}, "Oxyde"),
        ({"lang": "fr", "ingredients_text": " ", "ingredients_text_de": "Magnesiumoxid"}, "Magnesiumoxid"),
    ],
)
def test_ingredients_stand_in_the_labels_own_language(texts: dict[str, str], line: str) -> None:
    assert text_of(**texts).splitlines()[-1] == f"Ingredients: {line}"
    assert "Ingredients" not in text_of(ingredients_text=None)


@pytest.mark.parametrize(
    ("countries", "market"),
    [
        (["en:france", "en:belgium"], "EU"),
        (["en:united-states"], "US"),
        (["en:united-kingdom", "en:france"], None),
        (["en:world", "fr:ailleurs", "en:canada"], "CA"),
        (None, None),
    ],
)
def test_countries_give_a_market_when_they_agree(countries: list[str] | None, market: str | None) -> None:
    assert market_of(Product.model_validate(product_of(food(countries_tags=countries)))) == market


def foods(*pages: list[Any], count: int = 0) -> dict[str, Say]:
    """The pages of the search."""
    told = {"count": count} if count else {}
    return {
        f"/{PATH.format(page=number)}": Answer({"page": number, "page_size": 100, "products": found, **told})
        for number, found in enumerate(pages, 1)
    }


def test_every_page_is_read_and_what_is_no_magnesium_is_counted(tmp_path: Path) -> None:
    pages = [
        [food(**magnesium(serving=0.26, unit="mg"), countries_tags=["en:france"], quantity="60 capsules"), None, {}],
        [food(code="200 1", product_name="Zinc", **magnesium(unit="mg", serving=0)), food(code="2001", lang="fr")],
        [food(code="77", product_name="", ingredients_text="citrate de magnésium")],
        [],
    ]
    open_ended, counted = Site(foods(*pages)), Site(foods(*pages, count=150))
    with serving(open_ended, counted):
        sources = {
            name: SourceConfig(url=site.url, kind="openfoodfacts", delay=0, market="UK")
            for name, site in (("open", open_ended), ("counted", counted))
        }
        crawled = crawl_all(sources, tmp_path)
    result = crawled.results["open"]
    assert (result["outcome"], result["message"]) == ("fresh", "a food database has no prices")
    assert (result["listings"], result["skipped"]) == (3, {"unreadable": 2, "no_magnesium": 1})
    assert open_ended.paths == ["/robots.txt", *foods([], [], [], [])]
    assert counted.paths == ["/robots.txt", *foods([], [])], "the count says which page is the last"
    listing = crawled.listing("open", "3017620422003")
    assert (listing.gtin, listing.pack, listing.market) == ("3017620422003", "60 capsules", "EU")
    assert listing.url == f"{open_ended.url}product/3017620422003"
    assert listing.facts_text == "Serving Size: 2 capsules (1.2 g)\nAmount Per Serving\nMagnesium | 260 mg"
    untitled = crawled.listing("open", "77")
    assert (untitled.title, untitled.gtin, untitled.market, untitled.offers) == ("77", None, "UK", ())
    agents = {asked.headers["User-Agent"] for asked in open_ended.asked}
    assert all(agent.endswith("(+mailto:tests@acme.example)") for agent in agents)


def test_without_a_contact_nothing_is_asked(tmp_path: Path, maglabel: Maglabel) -> None:
    site = Site(foods([food(**magnesium(serving=0.26))], []))
    config = tmp_path / "maglabel.toml"
    config.write_text(f'[sources.foods]\nurl = "{site.url}"\nkind = "openfoodfacts"\ndelay = 0\n', "utf-8")
    with serving(site):
        done = maglabel("refresh", "foods", "--config", str(config), "--database", database_in(tmp_path))
    assert done.returncode == 5
    assert "Open Food Facts asks who collects from it: write contact = " in done.stderr
    assert site.asked == []
