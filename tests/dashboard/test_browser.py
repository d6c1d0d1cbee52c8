"""The pages in real headless Chromium, served by a real Streamlit from a real catalog."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Literal
from urllib.parse import quote

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import BrowserContext, Locator, Page, expect

from dashboard import words
from tests.dashboard import shelf
from tests.dashboard.conftest import PATIENCE

Open = Callable[..., Page]
Scheme = Literal["light", "dark"]


@pytest.fixture
def visit(
    chromium: BrowserContext, address: Callable[[str], str], request: pytest.FixtureRequest, shots: Path | None
) -> Iterator[Open]:
    """Open a page and wait until it stands still; fails when anything but this machine was asked for.

    `stranger` opens it in a browser that knows nothing of the other pages.
    """
    pages: list[Page] = []
    asked: list[str] = []

    def visit(
        state: str, path: str = "/", width: int = 1280, scheme: Scheme = "light", *, stranger: bool = False
    ) -> Page:
        browser = chromium.browser
        page = browser.new_page() if stranger and browser else chromium.new_page()
        pages.append(page)
        page.set_default_timeout(PATIENCE * 1000)
        page.set_viewport_size({"width": width, "height": 1600})
        page.emulate_media(color_scheme=scheme)
        page.on("request", lambda request: asked.append(request.url))
        page.goto(address(state) + path)
        settle(page)
        return page

    yield visit
    for number, page in enumerate(pages):
        if shots:
            name = re.sub(r"[^A-Za-z0-9-]+", "_", request.node.name.removeprefix("test_")).strip("_")
            _pictures(page, shots / f"{name}-{number}")
        page.close()
    assert [
        url for url in asked if not url.startswith(("http://127.0.0.1:", "ws://127.0.0.1:", "data:", "blob:"))
    ] == []


def _pictures(page: Page, file: Path) -> None:
    """The page from its top to its end, light and dark."""
    settle(page)
    height = page.evaluate("document.querySelector('[data-testid=stMain]').scrollHeight")
    page.set_viewport_size({"width": page.evaluate("window.innerWidth"), "height": min(height, 12_000)})
    for scheme in in_both_schemes(page):
        page.screenshot(path=f"{file}-{scheme}.png")


def settle(page: Page) -> None:
    """Until the script has run and what it drew is there."""
    page.wait_for_selector("[data-testid=stApp][data-test-script-state=notRunning]")
    expect(page.locator("[data-testid=stSkeleton]")).to_have_count(0)
    expect(page.get_by_text(words.ADVICE).or_(page.locator("[data-testid=stCode]")).first).to_be_attached()


def expect_titles(page: Page, titles: Sequence[str]) -> None:
    """The table lists these products in this order."""
    expect(page.locator(".products-table tbody th a")).to_have_text(titles)


def test_the_page_opens_with_cards_chart_and_table(visit: Open) -> None:
    page = visit("many")
    expect(page.get_by_role("heading", name="Magnesium supplements, by form")).to_be_visible()
    expect(page.get_by_role("list", name="Forms").get_by_role("listitem")).to_have_count(4)
    expect(
        page.locator("[data-testid=stVegaLiteChart] canvas, [data-testid=stVegaLiteChart] svg").first
    ).to_be_visible()
    expect(page.get_by_text(words.ADVICE)).to_be_visible()
    expect(page.locator(".products-table tbody th")).to_have_count(8)


def test_a_filter_narrows_the_table_and_the_address_has_it(visit: Open) -> None:
    page = visit("many")
    page.get_by_text("No oxide", exact=True).click()
    expect(page.get_by_text("6 of 8 products")).to_be_visible()
    page.get_by_role("searchbox").fill("glycinate")
    page.keyboard.press("Enter")
    expect(page.get_by_text("2 of 8 products")).to_be_visible()
    expect(page).to_have_url(re.compile(r"/\?no_oxide=true\&q=glycinate$"))
    expect_titles(page, ["Quiet Glycinate", "Unpriced Glycinate"])
    expect_titles(visit("many", "/" + page.url.rpartition("/")[2]), ["Quiet Glycinate", "Unpriced Glycinate"])


def test_a_chosen_row_opens_the_label_and_the_way_back_keeps_the_filters(visit: Open) -> None:
    page = visit("many", "/?form=Glycinate")
    page.get_by_role("link", name="Quiet Glycinate").click()
    expect(page.get_by_role("heading", name="Quiet Glycinate")).to_be_visible()
    mark = page.locator("mark", has_text=shelf.GLYCINATE_AMOUNT)
    expect(mark).to_be_visible()
    assert mark.evaluate("node => getComputedStyle(node).borderBottomStyle") == "solid"  # not by colour alone
    expect(page).to_have_url(re.compile(r"/\?form=Glycinate\&listing=corner%2Fgly$"))
    assert page.get_by_role("link", name="Open the source’s page").get_attribute("href") == shelf.GLYCINATE.url
    page.get_by_text("Back to the comparison").click()
    expect(page.get_by_text("2 of 8 products")).to_be_visible()
    expect(page).to_have_url(re.compile(r"/\?form=Glycinate$"))
    page.go_back()
    expect(page.get_by_role("heading", name="Quiet Glycinate")).to_be_visible()
    page.go_back()
    expect(page.get_by_text("2 of 8 products")).to_be_visible()


def test_the_cheapest_pure_glycinate_is_found_and_the_view_is_shared(visit: Open) -> None:
    page = visit("many")
    page.get_by_role("combobox", name="Form", exact=True).click()
    page.get_by_role("option", name="Glycinate", exact=True).click()
    page.keyboard.press("Escape")
    page.get_by_text("No oxide", exact=True).click()
    page.get_by_text("In stock", exact=True).click()
    expect(page.get_by_text("1 of 8 products")).to_be_visible()
    page.get_by_role("combobox", name="Sort by").click()
    page.get_by_role("option", name="Price per 100 mg").click()
    expect_titles(page, ["Quiet Glycinate"])
    expect(page.locator(".products-table td[data-name='Price per 100 mg']").first).to_have_text("0.20 USD")
    shared = visit("many", "/" + page.url.rpartition("/")[2], stranger=True)
    expect_titles(shared, ["Quiet Glycinate"])
    expect(shared.get_by_role("checkbox", name="No oxide")).to_be_checked()
    shared.get_by_role("link", name="Quiet Glycinate").click()
    expect(shared.get_by_text("0.20 USD", exact=True)).to_be_visible()
    product = visit("many", "/" + shared.url.rpartition("/")[2], stranger=True)
    expect(product.get_by_role("heading", name="Quiet Glycinate")).to_be_visible()


def test_a_page_that_one_comes_back_to_is_as_it_was(visit: Open) -> None:
    page = visit("many")
    page.get_by_text("No oxide", exact=True).click()
    expect(page.get_by_text("6 of 8 products")).to_be_visible()
    pages = page.get_by_role("navigation", name="Pages")
    pages.get_by_role("link", name="Plan a dose").click()
    expect(page).to_have_title(re.compile("^Plan a dose"))
    expect(pages.locator("[aria-current=page]")).to_have_text("Plan a dose")
    page.get_by_role("spinbutton").fill("300")
    page.keyboard.press("Tab")
    expect(page.get_by_role("heading", name="What gives 300 mg a day")).to_be_visible()
    expect(page).to_have_url(re.compile(r"/dose\?mg=300$"))
    pages.get_by_role("link", name="Forms").click()
    expect(page.get_by_role("heading", name="Forms of magnesium")).to_be_visible()
    page.go_back()
    expect(page.get_by_role("heading", name="What gives 300 mg a day")).to_be_visible()
    page.go_back()
    expect(page.get_by_text("6 of 8 products")).to_be_visible()
    expect(page.get_by_role("checkbox", name="No oxide")).to_be_checked()
    page.get_by_role("link", name="Quiet Glycinate").click()
    expect(page).to_have_title(re.compile("^Quiet Glycinate"))


def test_a_plan_a_label_and_a_date_are_shared_by_their_address(visit: Open) -> None:
    plan = visit("many", "/dose")
    plan.get_by_role("spinbutton").fill("300")
    plan.keyboard.press("Tab")
    expect(plan.get_by_role("heading", name="What gives 300 mg a day")).to_be_visible()
    checked = visit("missing", "/check")
    checked.get_by_role("textbox", name="The label’s words").fill(shelf.GLYCINATE_ROW)
    checked.keyboard.press("Tab")
    expect(checked.get_by_text("200 mg per serving", exact=True)).to_be_visible()
    again = visit("missing", "/" + checked.url.rpartition("/")[2], stranger=True)
    expect(again.get_by_text("200 mg per serving", exact=True)).to_be_visible()
    again = visit("many", "/" + plan.url.rpartition("/")[2], stranger=True)
    expect(again.get_by_role("heading", name="What gives 300 mg a day")).to_be_visible()


PATHS = [
    pytest.param("/", id="compare"),
    pytest.param("/?listing=corner/gly", id="product"),
    pytest.param("/side-by-side?p=corner/gly&p=corner/cit", id="side-by-side"),
    pytest.param(f"/check?text={quote(shelf.GLYCINATE_ROW)}", id="check"),
    pytest.param("/forms", id="forms"),
    pytest.param("/dose", id="dose"),
    pytest.param("/changes", id="changes"),
    pytest.param("/data", id="data"),
]


SHOWS = """bright => {
    const app = document.querySelector('[data-testid=stApp]');
    const red = getComputedStyle(app).backgroundColor.match(/[0-9.]+/)[0];
    return (red > 128) === bright && !document.getAnimations().some(each => each instanceof CSSTransition);
}"""
"""Whether the page's background is bright or dark, and no colour is on its way any more."""


def in_both_schemes(page: Page) -> Iterator[Scheme]:
    """Give an open page the one and then the other, which it takes without being loaded again."""
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme)
        page.wait_for_function(SHOWS, arg=scheme == "light")
        settle(page)
        yield scheme


@pytest.mark.parametrize("path", PATHS)
def test_no_barrier_for_anyone(visit: Open, path: str) -> None:
    page = visit("many", path)
    closed = page.locator("details:not([open]) > summary")
    for left in reversed(range(closed.count())):
        closed.first.click()
        expect(closed).to_have_count(left)
    settle(page)
    for scheme in in_both_schemes(page):
        found = Axe().run(page).response["violations"]
        assert [(rule["id"], rule["nodes"][0]["html"]) for rule in found] == [], scheme


@pytest.mark.parametrize("path", PATHS)
def test_a_phone_shows_it_without_scrolling_sideways(visit: Open, path: str) -> None:
    page = visit("many", path, width=390)
    for scheme in in_both_schemes(page):
        assert page.evaluate("document.documentElement.scrollWidth") <= 390, scheme
        assert page.evaluate("document.querySelector('[data-testid=stMain]').scrollWidth") <= 390, scheme
        expect(page.get_by_text(words.ADVICE)).to_be_attached()


def test_the_words_of_a_chart_have_contrast_in_both_themes(visit: Open) -> None:
    page = visit("many")
    chart = "[data-testid=stVegaLiteChart] svg text"
    expect(page.locator(chart).first).to_be_visible()
    for scheme in in_both_schemes(page):
        background, text = page.evaluate(
            "chart => [getComputedStyle(document.querySelector('[data-testid=stApp]')).backgroundColor, "
            "getComputedStyle(document.querySelector(chart)).fill].map(c => c.match(/[0-9.]+/g).map(Number))",
            chart,
        )
        assert contrast(background, text) >= 4.5, scheme


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_text_has_contrast_in_both_themes(visit: Open, scheme: Scheme) -> None:
    page = visit("many", "/?listing=corner/gly", scheme=scheme)
    background, text = page.evaluate(
        "[document.querySelector('[data-testid=stApp]'), document.querySelector('.facts dd')].map("
        "(node, i) => getComputedStyle(node)[i ? 'color' : 'backgroundColor'].match(/[0-9.]+/g).map(Number))"
    )
    assert contrast(background, text) >= 7
    assert (luminance(background) > luminance(text)) == (scheme == "light")


def luminance(color: list[float]) -> float:
    """Relative luminance (https://www.w3.org/TR/WCAG21/#dfn-relative-luminance)."""
    parts = [c / 255 for c in color]
    red, green, blue = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in parts[:3])
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: list[float], other: list[float]) -> float:
    dark, light = sorted((luminance(one), luminance(other)))
    return (light + 0.05) / (dark + 0.05)


HOSTILE_PATHS = (
    "/",
    *(f"/?listing=corner/bad{index}" for index in range(len(shelf.HOSTILE))),
    "/side-by-side?p=corner/bad0&p=corner/bad1&p=corner/bad5&find=magnesium",
    "/dose",
    "/changes?since=2026-01-01",
    "/data?check=%3Cb%20id%3Downed%3E",
    f"/check?text={quote(shelf.HOSTILE[4].label_text)}&title={quote(shelf.HOSTILE_TITLES[0])}",
    "/?form=%3Cb%20id%3Downed%3E&q=%3Cb%20id%3Downed%3E",
    f"/?brand={quote(str(shelf.HOSTILE[0].brand))}",
)
MADE_FROM_TEXT = "#owned, .katex, [data-testid=stMain] a[href^='javascript'], [data-testid=stMain] img[src*='evil']"


@pytest.mark.parametrize("path", HOSTILE_PATHS)
def test_hostile_text_is_plain_text_everywhere(visit: Open, path: str) -> None:
    page = visit("hostile", path)
    assert page.title() not in ("owned", "0")
    expect(page.locator(MADE_FROM_TEXT)).to_have_count(0)
    assert page.evaluate("document.querySelector('[data-testid=stMain]').scrollWidth") <= 1280


def test_hostile_text_in_a_chart_is_plain_text(visit: Open) -> None:
    page = visit("hostile")
    mark = page.locator("[data-testid=stVegaLiteChart] path[aria-label*='<img src=x']").first
    mark.hover(force=True)
    told = page.locator("#vg-tooltip-element")
    expect(told).to_contain_text("<img src=x onerror")
    expect(told.locator("img, script, b, a")).to_have_count(0)
    assert page.title() not in ("owned", "0")


def test_hostile_titles_stand_as_they_are(visit: Open) -> None:
    page = visit("hostile")
    for title in shelf.HOSTILE_TITLES:
        expect(page.locator(".products-table").get_by_role("link", name=words.title(title), exact=True)).to_have_count(
            1
        )
    for index, title in enumerate(shelf.HOSTILE_TITLES):
        page = visit("hostile", f"/?listing=corner/bad{index}")
        expect(page.locator("h1")).to_have_text(words.title(title))
        expect(page.locator(".words")).to_contain_text("<b id='owned'>cellulose</b>")
        expect(page.locator("h1 *, .words script, .words img, .words a")).to_have_count(0)
    page = visit("hostile", "/side-by-side?find=magnesium")
    for title in shelf.HOSTILE_TITLES:
        expect(page.get_by_role("button", name=f"Add {words.shortened(words.title(title), 60)}")).to_have_count(1)


@pytest.mark.parametrize("state", ["missing", "empty", "one"])
def test_a_catalog_with_little_in_it_looks_right(visit: Open, state: str) -> None:
    page = visit(state)
    expect(page.locator("h1")).to_have_count(1)
    expect(page.locator("[data-testid=stException]")).to_have_count(0)


def test_a_click_on_a_mark_narrows_the_page_to_its_form(visit: Open) -> None:
    page = visit("many")
    chart = page.locator("[data-testid=stVegaLiteChart]").first
    mark = chart.locator("path[aria-label*='Plain Citrate']")
    expect(mark).to_be_visible()
    mark.click()
    expect(page.get_by_text("2 of 8 products")).to_be_visible()
    expect(page).to_have_url(re.compile(r"/\?form=Citrate$"))


def test_two_products_are_put_side_by_side_and_back_leads_back(visit: Open) -> None:
    page = visit("many", "/?form=Glycinate&listing=corner/gly")
    page.get_by_role("link", name="Put it beside another product").click()
    page.get_by_role("searchbox").fill("citrate")
    page.keyboard.press("Enter")
    page.get_by_role("button", name="Add Euro Citrate").click()
    expect(page.locator("thead th")).to_have_text(["Quiet Glycinate", "Euro Citrate"])
    row = page.locator("tr", has=page.get_by_role("rowheader", name=re.compile("^Form")))
    expect(row).to_contain_text("≠")  # not by colour alone
    shared = visit("many", "/" + page.url.rpartition("/")[2])
    expect(shared.locator("thead th")).to_have_text(["Quiet Glycinate", "Euro Citrate"])
    page.go_back()
    page.go_back()
    expect(page.get_by_role("heading", name="Quiet Glycinate")).to_be_visible()


def test_a_pasted_label_is_read_as_the_box_is_left(visit: Open) -> None:
    page = visit("missing", "/check")
    page.get_by_role("textbox", name="The label’s words").fill(shelf.GLYCINATE_ROW)
    page.keyboard.press("Tab")
    expect(page.locator("mark")).to_contain_text(shelf.GLYCINATE_AMOUNT)
    expect(page.get_by_text("200 mg per serving", exact=True)).to_be_visible()


def test_a_product_is_downloaded_as_json(visit: Open) -> None:
    page = visit("later", "/?listing=corner/gly")
    with page.expect_download() as started:
        page.get_by_role("button", name="JSON").click()
    assert started.value.suggested_filename == "corner-gly.json"
    read = json.loads(Path(started.value.path()).read_text("utf-8"))
    assert [(price["price"], price["until"] is None) for price in read["prices"]] == [("30", False), ("24", True)]
    assert read["label"]["elemental_mg"] == read["row"]["elemental_mg"] == "200"


def test_a_download_is_the_whole_selection(visit: Open) -> None:
    page = visit("many", "/?form=Citrate")
    with page.expect_download() as started:
        page.get_by_role("button", name="CSV").click()
    lines = Path(started.value.path()).read_text("utf-8").splitlines()
    assert len(lines) == 3
    assert {line.split(",")[3] for line in lines[1:]} == {"Plain Citrate", "Euro Citrate"}


def tab_to(page: Page, target: Locator) -> None:
    """Press Tab until the element, once it is there, has the focus; fails after a hundred times."""
    expect(target).to_be_visible()
    for _ in range(100):
        page.keyboard.press("Tab")
        if target.evaluate("node => node === document.activeElement"):
            return
    pytest.fail(f"the Tab key never reaches {target}")


def test_the_main_journey_needs_no_mouse(visit: Open) -> None:
    page = visit("many")
    tab_to(page, page.get_by_role("searchbox"))
    page.keyboard.type("glycinate")
    page.keyboard.press("Enter")
    expect(page.get_by_text("2 of 8 products")).to_be_visible()
    tab_to(page, page.get_by_role("checkbox", name="No oxide"))
    page.keyboard.press("Space")
    expect(page).to_have_url(re.compile("no_oxide=true"))
    settle(page)
    tab_to(page, page.get_by_role("link", name="Quiet Glycinate"))
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Quiet Glycinate")).to_be_visible()
    tab_to(page, page.get_by_role("link", name="Put it beside another product"))
    page.keyboard.press("Enter")
    expect(page.locator("thead th")).to_have_text(["Quiet Glycinate"])
    tab_to(page, page.get_by_role("searchbox"))
    page.keyboard.type("oxide")
    page.keyboard.press("Enter")
    tab_to(page, page.get_by_role("button", name="Add Budget Oxide"))
    page.keyboard.press("Enter")
    expect(page.locator("thead th")).to_have_text(["Quiet Glycinate", "Budget Oxide"])
