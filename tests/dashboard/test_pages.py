"""The pages without a browser: every state of the catalog draws something helpful and no exception."""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Callable
from contextlib import closing
from html import escape
from pathlib import Path
from urllib.parse import parse_qs

import pytest
from lxml.html import fromstring
from streamlit.testing.v1 import AppTest

from catalog import CrawlReport, SourceInfo, open_catalog
from checker import CHECKS, READER_VERSION, STUDIES, Listing, Quote
from dashboard import source_words, words
from dashboard.serve import DATABASE
from dashboard.views.parts import marked
from tests.conftest import ROOT
from tests.dashboard import shelf
from tests.dashboard.conftest import PATIENCE, Catalogs

Visit = Callable[..., AppTest]


@pytest.fixture
def visit(catalogs: Catalogs, monkeypatch: pytest.MonkeyPatch) -> Visit:
    """Open a page on a catalog in some state, with a query string."""

    def run(state: str, script: str = "app.py", **query: str | list[str]) -> AppTest:
        monkeypatch.setenv(DATABASE, catalogs[state])
        app = AppTest.from_file(str(ROOT / "dashboard" / script), default_timeout=PATIENCE)
        app.query_params.update(query)
        app.run()
        assert not app.exception, app.exception
        return app

    return run


def text_of(app: AppTest) -> str:
    """The page's HTML pieces."""
    return "\n".join(element.proto.body for element in app.get("html"))


def titles(app: AppTest) -> list[str]:
    """What the table lists."""
    return [row["Product"] for row in rows(app)]


def cards(app: AppTest) -> list[tuple[str, str]]:
    """Each form's name and median, as its card has them."""
    page = fromstring(f"<div>{text_of(app)}</div>")
    return [
        (card.findtext("h2", default=""), card.findtext("strong", default="")) for card in page.cssselect(".cards li")
    ]


def rows(app: AppTest, name: str = "Products") -> list[dict[str, str]]:
    """A table, as text; the cell that names a row is its "Product"."""
    page = fromstring(f"<div>{text_of(app)}</div>")
    return [
        {cell.get("data-name", "Product"): "".join(cell.xpath(".//text()[not(parent::small)]")) for cell in line}
        for line in page.cssselect(f".table[aria-label='{name}'] tbody tr")
    ]


def test_a_missing_catalog_is_named_with_the_way_out(visit: Visit, catalogs: Catalogs) -> None:
    app = visit("missing")
    assert catalogs["missing"].removeprefix("sqlite:///") in text_of(app)
    assert "maglabel refresh" in app.code[0].value
    assert not Path(catalogs["missing"].removeprefix("sqlite:///")).exists()


@pytest.mark.parametrize("listing", [None, "corner/gly"])
def test_a_catalog_damaged_inside_is_told_in_a_sentence(
    visit: Visit, catalogs: Catalogs, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, listing: str | None
) -> None:
    damaged = tmp_path / "damaged.sqlite"
    whole = Path(catalogs["many"].removeprefix("sqlite:///"))
    with closing(sqlite3.connect(whole)) as database:
        (size,) = database.execute("PRAGMA page_size").fetchone()
        (place,) = database.execute("SELECT rootpage FROM sqlite_master WHERE name = 'comparison'").fetchone()
    content = bytearray(whole.read_bytes())
    content[(place - 1) * size : place * size] = bytes([170]) * size
    damaged.write_bytes(content)
    app = visit("missing")
    monkeypatch.setenv(DATABASE, f"sqlite:///{damaged}")
    app.query_params.update({"listing": listing} if listing else {})
    app.run()
    assert not app.exception
    assert f"The catalog {damaged} is damaged; restore it from a backup" in text_of(app)
    assert words.ADVICE in text_of(app)


def test_a_catalog_of_a_newer_version_says_to_update(
    visit: Visit, catalogs: Catalogs, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    newer = tmp_path / "newer.sqlite"
    shutil.copy(catalogs["many"].removeprefix("sqlite:///"), newer)
    with closing(sqlite3.connect(newer)) as database, database:
        database.execute("UPDATE maglabel_version SET version_num = '9999'")
    app = visit("missing")
    monkeypatch.setenv(DATABASE, f"sqlite:///{newer}")
    assert "was made by a newer version of maglabel (schema 9999); update maglabel." in text_of(app.run())


def test_an_empty_catalog_says_how_to_fill_it(visit: Visit) -> None:
    app = visit("empty")
    assert app.title[0].value == "The catalog is empty"
    assert words.ADVICE in text_of(app)
    assert "maglabel refresh" in app.code[0].value


def test_no_catalog_named_at_all(visit: Visit, monkeypatch: pytest.MonkeyPatch) -> None:
    app = visit("one")
    monkeypatch.delenv(DATABASE)
    assert "maglabel dashboard" in text_of(app.run())


def test_one_product_fills_its_card_and_says_that_it_is_demo(visit: Visit) -> None:
    app = visit("one")
    assert cards(app) == [
        ("Glycinate", "0.20 USD"),
        ("Citrate", "no product"),
        ("Malate", "no product"),
        ("Oxide", "no product"),
    ]
    assert titles(app) == ["Quiet Glycinate"]
    assert words.DEMO in text_of(app)
    assert words.ADVICE in text_of(app)


def test_many_products_compare_by_form_within_one_currency(visit: Visit) -> None:
    app = visit("many")
    assert [median for _, median in cards(app)] == ["0.20 USD", "0.13 USD", "0.25 USD", "0.025 USD"]
    assert "8 products from 1 source" in text_of(app)
    assert "prices in USD" in text_of(app)
    assert words.elemental_explained() in text_of(app)
    assert words.DEMO not in text_of(app)
    assert "UTC" in text_of(app)
    assert titles(app) == [
        *("Budget Oxide", "Double Magnesium", "Plain Citrate", "Quiet Glycinate", "Morning Malate"),
        *("Euro Citrate", "Trail Drink Mix", "Unpriced Glycinate"),
    ]


@pytest.mark.parametrize(
    ("query", "shown"),
    [
        ({"form": "Glycinate"}, {"Quiet Glycinate", "Unpriced Glycinate"}),
        ({"form": ["Citrate", "Malate"], "currency": "USD"}, {"Plain Citrate", "Morning Malate"}),
        ({"no_oxide": "true", "max_price": "18"}, {"Plain Citrate", "Morning Malate"}),
        ({"q": "euro"}, {"Euro Citrate"}),
        ({"currency": "EUR"}, {"Euro Citrate"}),
        ({"taken": "Powder"}, {"Trail Drink Mix"}),
        ({"brand": "Tarn (fictional)"}, {"Morning Malate"}),
        ({"in_stock": "true", "form": ["Glycinate", "Chloride"]}, {"Quiet Glycinate"}),
        ({"seen": "1 day", "form": "Malate"}, {"Morning Malate"}),
    ],
)
def test_a_shared_address_shows_the_same_products(
    visit: Visit, query: dict[str, str | list[str]], shown: set[str]
) -> None:
    assert set(titles(visit("many", **query))) == shown


def test_every_form_and_blend_stands_in_numbers_behind_the_chart(visit: Visit) -> None:
    told = {row["Product"]: row for row in rows(visit("many", numbers="true"), "Prices of 100 mg elemental, in USD")}
    assert list(told) == ["Glycinate", "Citrate", "Malate", "Oxide", "Several forms", "Chloride"]
    assert told["Glycinate"] == {
        "Product": "Glycinate",
        "Products": "2",
        "With warnings": "0",
        "Priced": "1",
        "Median": "0.20",
        "Lowest": "0.20",
        "Highest": "0.20",
    }
    assert told["Citrate"]["Products"] == "2"  # the one in euros too
    assert told["Chloride"]["Median"] == words.NOT_STATED


def test_mixes_show_their_electrolytes(visit: Visit) -> None:
    (mix,) = rows(visit("many", electrolytes="true"))
    assert mix["Product"] == "Trail Drink Mix"
    assert (mix["Sodium mg"], mix["Potassium mg"], mix["Pills per 100 mg"]) == ("500", "200", "no pills")
    assert "Sodium mg" not in rows(visit("many"))[0]


def test_pills_and_forms_of_each_product(visit: Visit) -> None:
    (double,) = rows(visit("many", form="Several forms"))
    assert (double["Form"], double["Pills per 100 mg"]) == ("Glycinate ▲ Oxide", "0.7")


def test_a_brand_stands_beneath_a_name_that_does_not_tell_it(
    visit: Visit, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert "Morning Malate</a><small>Tarn (fictional)</small>" in text_of(visit("many", form="Malate"))
    url = f"sqlite:///{tmp_path / 'brand.sqlite'}"
    shelf.write(url, [shelf.product("b", "TARN Malate", shelf.facts(shelf.GLYCINATE_ROW), brand="Tarn")])
    app = visit("many")
    monkeypatch.setenv(DATABASE, url)
    assert "TARN Malate</a></th>" in text_of(app.run())


def test_what_an_address_says_wrong_is_ignored(visit: Visit) -> None:
    assert len(titles(visit("many", form="Nonsense", currency="XXX", max_price="cheap", sort="?", page="99"))) == 8
    for price in ("1e308", "99999999999999", "NaN", "-1"):
        assert len(titles(visit("many", max_price=price))) == 8


def test_nothing_found_is_a_sentence(visit: Visit) -> None:
    app = visit("many", q="zzz")
    assert "No product matches" in app.info[0].value
    assert "0 of 8 products, as of 20" in text_of(app)
    assert '<a href="./" target="_self">Show all products</a>' in text_of(app)
    assert not rows(app)


def test_a_product_shows_its_words_numbers_and_price(visit: Visit) -> None:
    text = text_of(visit("many", listing="corner/gly"))
    assert f"<mark>{shelf.GLYCINATE_AMOUNT}" in text
    assert "200 mg per serving" in text
    assert "<dt>Servings in the pack</dt><dd>60 (" in text
    assert f"<dt>{words.SERVINGS}</dt>" not in text  # the same number is said once
    assert words.BASIS["declared"] in text
    assert words.ADVICE in text


def test_a_product_says_what_the_seller_states_and_how_to_report_an_error(visit: Visit) -> None:
    app = visit("many", listing="corner/gly")
    assert f"<dt>Tested by a third party</dt><dd>“{shelf.SAID}”</dd>" in text_of(app)
    report = app.code[0].value
    for fact in ("corner/gly", shelf.GLYCINATE.url, "200 mg per serving", shelf.GLYCINATE_ROW, READER_VERSION):
        assert fact in report
    (link,) = fromstring(text_of(app)).xpath("//a[starts-with(@href, 'mailto:')]/@href")
    assert parse_qs(link.removeprefix("mailto:?"))["body"] == [report]
    assert "Stated by the seller" not in [heading.value for heading in visit("many", listing="corner/cit").header]


def test_a_price_that_changed_has_a_history_with_a_table_behind_it(visit: Visit) -> None:
    app = visit("later", listing="corner/gly")
    assert len(app.get("vega_lite_chart")) == 1
    prices = [(price["Price"], price["Until"] == "still") for price in rows(app, "All prices")]
    assert prices == [("30.00 USD", False), ("24.00 USD", True)]
    assert [offer["Price"] for offer in rows(app, "Offers of this source")] == ["24.00 USD"]
    assert not visit("later", listing="corner/cit").get("vega_lite_chart")


def test_changes_since_a_date_are_kept_apart_by_kind(visit: Visit) -> None:
    app = visit("later", "views/changes.py", since="2026-01-01")
    assert [heading.value for heading in app.header] == ["Cheaper (1)", "Reformulations (1)"]
    assert ">Quiet Glycinate</a> (corner): 30.00 → 24.00 USD (-20 %)" in text_of(app)
    assert "New source corner: 8 products with magnesium." in text_of(app)


def test_a_changed_label_says_what_it_said_before(visit: Visit) -> None:
    text = text_of(visit("later", listing="corner/oxi"))
    assert "Elemental magnesium: 250 mg per serving → 400 mg per serving" in text
    assert "Daily Value: 60 % → 95 %" in text
    assert "“Magnesium (as Magnesium Oxide) 250 mg 60%” → “Magnesium (as Magnesium Oxide) 400 mg 95%”" in text


def test_a_product_that_its_source_no_longer_lists_says_so(
    visit: Visit, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    url = f"sqlite:///{tmp_path / 'gone.sqlite'}"
    for listings in shelf.SHELF, shelf.SHELF[1:]:
        shelf.write(url, listings)
    app = visit("missing")
    monkeypatch.setenv(DATABASE, url)
    app.query_params.update(listing="corner/gly")
    assert "corner no longer lists it; what follows is from " in text_of(app.run())
    app.switch_page("views/side_by_side.py")
    app.query_params.update(p=["corner/gly", "corner/cit"])
    assert "<td>no longer listed</td><td>in stock</td>" in text_of(app.run())
    assert "no longer lists it" not in text_of(visit("many", listing="corner/gly"))


def test_the_same_bar_code_at_another_shop_is_an_offer(visit: Visit) -> None:
    text = text_of(visit("later", listing="corner/mal"))
    assert ">Malate of Morning</a> (market): 17.00 USD, in stock, " in text
    assert text.count("the cheapest in its currency") == 1


def test_a_finding_leads_to_what_its_check_looks_for(visit: Visit) -> None:
    assert 'href="data?check=split-unknown"' in text_of(visit("many", listing="corner/two"))
    app = visit("many", script="views/data.py", check="split-unknown")
    assert CHECKS["split-unknown"].name in app.header[0].value
    assert CHECKS["split-unknown"].means in text_of(app)
    assert not [h.value for h in visit("many", script="views/data.py", check="?").header if h.value.startswith("Check")]


@pytest.mark.parametrize("code", CHECKS)
def test_every_check_is_explained_in_full(visit: Visit, code: str) -> None:
    (told,) = (
        text.value for text in visit("many", script="views/data.py", check=code).markdown if "Comp" in text.value
    )
    for part in ("**Computed.**", "**Source.**", "**Innocent explanations.**"):
        assert part in told
    assert "](#" not in told
    assert "](../" not in told


@pytest.mark.parametrize("listing", ["corner", "corner/none", "nowhere/gly", "/"])
def test_an_unknown_product_is_said_to_be_unknown(visit: Visit, listing: str) -> None:
    assert visit("many", listing=listing).title[0].value == "No such product"


def test_a_new_run_is_shown_without_a_restart(visit: Visit, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    app = visit("many")
    url = f"sqlite:///{tmp_path / 'growing.sqlite'}"
    monkeypatch.setenv(DATABASE, url)
    shelf.write(url, shelf.SHELF[:1])
    assert titles(app.run()) == ["Quiet Glycinate"]
    shelf.write(url, shelf.SHELF[:2])
    assert titles(app.run()) == ["Plain Citrate", "Quiet Glycinate"]
    (tmp_path / "growing.sqlite").unlink()
    assert not rows(app.run())


def test_data_is_shown_with_whom_it_is_from(visit: Visit, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    url = f"sqlite:///{tmp_path / 'labels.sqlite'}"
    shelf.write(url, [shelf.GLYCINATE], kind="openfoodfacts")
    monkeypatch.setenv(DATABASE, url)
    for query in ({}, {"listing": f"{shelf.SHOP}/{shelf.GLYCINATE.source_key}"}):
        app = AppTest.from_file(str(ROOT / "dashboard" / "app.py"), default_timeout=PATIENCE)
        app.query_params.update(query)
        app.run()
        assert not app.exception, app.exception
        assert "Data: Open Food Facts contributors, ODbL 1.0" in text_of(app)
    assert "contributors" not in text_of(visit("many"))


PAGES = tuple(f"views/{name}.py" for name in ("side_by_side", "check", "forms", "dose", "changes", "data"))
STATES = ("missing", "empty", "one", "many", "hostile")


@pytest.mark.parametrize("state", STATES)
@pytest.mark.parametrize("page", PAGES)
def test_every_page_draws_every_state_of_the_catalog(visit: Visit, page: str, state: str) -> None:
    app = visit(state, page)
    assert len(app.title) == 1
    assert words.ADVICE in text_of(app)
    if state in ("one", "many", "hostile"):
        assert 'from <a href="data" target="_self">1 source</a>' in text_of(app)
        assert "As of 20" in text_of(app)


@pytest.mark.parametrize("state", ["missing", "many"])
def test_a_pasted_label_is_read_with_and_without_a_catalog(visit: Visit, state: str) -> None:
    app = visit(state, "views/check.py", text=f"<b>{shelf.GLYCINATE_ROW}", market="US")
    assert "200 mg per serving" in text_of(app)
    assert "&lt;b&gt;<mark>" in text_of(app)
    app.text_area[0].set_value("Vitamin C 500 mg").run()
    assert "No magnesium is declared" in text_of(app)


def test_a_text_too_long_for_an_address_is_read_and_not_in_it(visit: Visit) -> None:
    app = visit("missing", "views/check.py", text=shelf.GLYCINATE_ROW)
    assert app.query_params["text"]
    app.text_area[0].set_value(f"{shelf.GLYCINATE_ROW}\n{'Läuft. ' * 1000}").run()
    assert "200 mg per serving" in text_of(app)
    assert "too long for this page’s address" in text_of(app)
    assert "text" not in app.query_params


def test_the_example_is_read(visit: Visit) -> None:
    app = visit("missing", "views/check.py")
    next(button for button in app.button if button.label == "Try an example").click().run()
    assert "Glycinate (oxide implied)" in text_of(app)
    assert app.query_params["text"]


def test_forms_show_their_computed_share_and_what_they_cost(visit: Visit) -> None:
    text = text_of(visit("many", "views/forms.py"))
    assert "117 to 141 mg" in text
    assert "603 mg" in text
    assert "0.20 (from 0.20 to 0.20, 1 product)" in text
    for study in STUDIES:
        assert study.citation in text
        assert escape(study.caveat) in text


def test_forms_without_a_catalog_count_nothing(visit: Visit) -> None:
    assert {row["Products"] for row in rows(visit("missing", "views/forms.py"), "Other forms")} == {words.NOT_STATED}
    others = {row["Product"]: row for row in rows(visit("many", "views/forms.py"), "Other forms")}
    assert (others["Chloride"]["Products"], others["Taurate"]["Products"]) == ("1", "0")


def planned(app: AppTest) -> list[dict[str, str]]:
    """The plans of a dose."""
    return rows(app, "Products with units and cost a day")


def test_a_dose_is_planned_in_whole_units_cheapest_day_first(visit: Visit) -> None:
    app = visit("many", "views/dose.py", mg="300", currency="USD")
    assert [(plan["Product"], plan["A day"], plan["Above the limit of"]) for plan in planned(app)[:2]] == [
        ("Budget Oxide", "2 capsules", "EFSA, IOM"),
        ("Double Magnesium", "2 capsules", "EFSA"),
    ]
    assert "Sodium and potassium" not in planned(app)[0]
    assert "300 mg a day is above the upper limit of EFSA." in text_of(app)
    assert 'href="./?listing=corner%2Foxi"' in text_of(app)
    (citrate,) = planned(visit("many", "views/dose.py", mg="300", form="Citrate", no_oxide="true"))
    assert (citrate["Elemental mg"], citrate["USD a day"], citrate["USD in 30 days"]) == ("300", "0.40", "12.00")
    assert citrate["Above the limit of"] == "EFSA"


def test_a_plan_far_above_the_target_stands_apart(visit: Visit) -> None:
    app = visit("many", "views/dose.py", mg="100", currency="USD")
    assert "Budget Oxide" not in {plan["Product"] for plan in planned(app)}
    far = {plan["Product"]: plan["Elemental mg"] for plan in rows(app, "Products that give far more")}
    assert far == {"Budget Oxide": "200"}
    assert "upper limit of" not in text_of(app)
    assert "give far more" in visit("many", "views/dose.py", mg="10", currency="USD").info[0].value


def test_a_dose_of_a_mix_tells_its_sodium_and_potassium(
    visit: Visit, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    url = f"sqlite:///{tmp_path / 'mix.sqlite'}"
    offers = ({"price": "20.00", "currency": "USD", "availability": "in_stock"},)
    (mix,) = (each for each in shelf.SHELF if each.source_key == "mix")
    text = f"{mix.facts_text}\nServings Per Container: 20"
    shelf.write(url, [Listing(**mix.model_dump() | {"facts_text": text, "offers": offers}), shelf.GLYCINATE])
    app = visit("many")
    monkeypatch.setenv(DATABASE, url)
    app.switch_page("views/dose.py")
    app.query_params.update(mg="180")
    told = {plan["Product"]: (plan["A day"], plan["Sodium and potassium"]) for plan in planned(app.run())}
    assert told == {
        "Trail Drink Mix": ("3 sachets", "sodium 1,500 mg, potassium 600 mg"),
        "Quiet Glycinate": ("2 capsules", words.NOT_STATED),
    }


def test_who_should_ask_a_professional_is_said_before_any_product(visit: Visit) -> None:
    drawn = [element for element in visit("many", "views/dose.py").main if element.type in ("markdown", "html")]
    texts = [element.proto.body for element in drawn]
    (asked,) = (place for place, text in enumerate(texts) if "kidney disease" in text)
    (plans,) = (place for place, text in enumerate(texts) if "Products with units and cost a day" in text)
    assert asked < plans
    for who in ("pregnancy", "child", "antibiotics", "diabetes"):
        assert who in texts[asked]


def test_two_products_side_by_side_mark_what_differs(visit: Visit) -> None:
    app = visit("many", "views/side_by_side.py", p=["corner/gly", "corner/cit", "corner/none"])
    assert "1 product of this address" in app.warning[0].value
    table = text_of(app)
    assert '<tr class="differs"><th scope="row">Form' in table
    assert '<tr><th scope="row">Market</th>' in table
    app.text_input[0].set_value("malate").run()
    next(button for button in app.button if button.label.startswith("Add")).click().run()
    assert app.query_params["p"] == ["corner/gly", "corner/cit", "corner/mal"]  # the unknown one takes no place
    next(button for button in app.button if "Plain Citrate" in button.label).click().run()
    assert app.query_params["p"] == ["corner/gly", "corner/mal"]


def test_products_beyond_four_and_unknown_ones_are_said(visit: Visit) -> None:
    five = [f"corner/{key}" for key in ("gly", "x", "y", "cit", "mal")]
    app = visit("many", "views/side_by_side.py", p=[*five, ""])
    assert [warning.value for warning in app.warning] == [
        "2 products of this address are not in the catalog.",
        "This address names 5 products; the first 4 are shown.",
    ]


def test_data_names_sources_their_age_and_what_could_be_read(visit: Visit) -> None:
    text = text_of(visit("many", "views/data.py"))
    assert f'<th scope="row">{shelf.SHOP}</th>' in text
    assert source_words.OUTCOME["fresh"] in text
    assert f'{words.BASIS["declared"]}</th><td data-name="Products" class="number">8</td>' in text
    assert READER_VERSION in text
    (source,) = rows(visit("many", "views/data.py"), "Sources")
    assert "min ago)" in source["Data from"]
    assert source["Passed over"] == "none"


def test_a_source_that_failed_says_so_with_both_times(
    visit: Visit, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    url = f"sqlite:///{tmp_path / 'failed.sqlite'}"
    shelf.write(url, shelf.SHELF)
    source = SourceInfo(shelf.SHOP, "shopify", "https://corner.example/", "US")
    with open_catalog(url) as catalog, catalog.start_run([source]) as run:
        run.publish(shelf.SHOP, CrawlReport(shelf.SHOP, "failed", message="<b>no answer</b>"))
    app = visit("many", "views/data.py")
    monkeypatch.setenv(DATABASE, url)
    (row,) = rows(app.run(), "Sources")
    assert row["Last refresh"].endswith(f" UTC: {source_words.OUTCOME['failed']}")
    assert "&lt;b&gt;no answer&lt;/b&gt;" in text_of(app)
    assert row["Listings"] == "8"


def test_why_labels_give_no_amount_is_counted(visit: Visit, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    url = f"sqlite:///{tmp_path / 'unsettled.sqlite'}"
    texts = ["Magnesium glycinate 500 mg", "Magnesium citrate 400 mg", "Contains magnesium (as magnesium malate)."]
    shelf.write(url, [*shelf.SHELF, *(shelf.product(f"u{i}", "Some", text) for i, text in enumerate(texts))])
    app = visit("many", "views/data.py")
    monkeypatch.setenv(DATABASE, url)
    found = rows(app.run(), "Products whose label gives no exact amount: why (some for two reasons)")
    assert {row["Product"]: row["Products"] for row in found} == {
        CHECKS["compound-only"].means: "2",
        "The label names magnesium without an exact amount, or with several that cannot be told apart.": "1",
    }


def test_marks_are_escaped_and_overlapping_evidence_is_marked_once() -> None:
    text = "<b>Magnesium</b> & \u202e200 mg"
    quotes = (
        Quote(quote=text[3:12], span=(3, 12), rule="a"),
        Quote(quote=text[5:16], span=(5, 16), rule="b"),
        Quote(quote="200 mg", span=(20, 26), rule="c"),
        Quote(quote="title", span=None, rule="d"),
    )
    assert marked(text, quotes) == "&lt;b&gt;<mark>Magnesium&lt;/b&gt;</mark> &amp;  <mark>200 mg</mark>"
