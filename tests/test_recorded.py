"""The main job on recorded real shops and labels, where they are on this machine."""

from __future__ import annotations

import gzip
import json
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from catalog import Selection, open_catalog
from spiders.html_text import parse_html
from spiders.panel import facts_of
from spiders.product_data import Product, product_of
from tests.conftest import Maglabel

SHOPS = {
    "dsld": ("127.0.1.1", "dsld", None),
    "herbera": ("127.0.1.2", "shopify", "USD"),
    "supplements_ke": ("127.0.1.3", "shopify", "KES"),
    "multivitamins": ("127.0.1.4", "shopify", "USD"),
    "multivitamins_woo": ("127.0.1.5", "woocommerce", "USD"),
}


@contextmanager
def replayed(recorded: Path, port: int, day: int = 0) -> Iterator[None]:
    """The recorded shops on loopback, `day` days after the recording."""
    script = recorded / "replay" / "replay.py"
    command = [sys.executable, str(script), "--port", str(port), "--day", str(day)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as server:
        assert server.stdout is not None
        for line in server.stdout:
            if line.startswith("pages"):
                break
        try:
            yield
        finally:
            server.terminate()


@pytest.fixture(scope="module")
def port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as free:
        return int(free.getsockname()[1])


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory, port: int) -> list[str]:
    """The options that name a configuration of all recorded sources and a catalog of their own."""
    folder = tmp_path_factory.mktemp("recorded")
    entries = [
        f'[sources.{name}]\nurl = "http://{host}:{port}/"\nkind = "{kind}"\ndelay = 0\n'
        for name, (host, kind, _) in SHOPS.items()
    ]
    (folder / "maglabel.toml").write_text("\n".join(entries), "utf-8")
    return ["--config", str(folder / "maglabel.toml"), "--database", f"sqlite:///{folder / 'catalog.sqlite'}"]


@pytest.fixture(scope="module")
def refreshed(maglabel: Maglabel, recorded: Path, port: int, place: list[str]) -> dict[str, dict[str, object]]:
    """The first refresh's report, by source."""
    with replayed(recorded, port):
        done = maglabel("refresh", "--json", *place)
    assert done.returncode == 0, done.stderr + done.stdout
    return {source["source"]: source for source in json.loads(done.stdout)["sources"]}


@pytest.mark.parametrize(
    ("source", "rows", "elemental", "priced"),
    [
        ("dsld", (36, 41), 30, None),
        ("herbera", (0, 0), 0, 0),
        ("multivitamins", (246, 246), 235, 235),
        ("multivitamins_woo", (125, 125), 118, 118),
    ],
)
def test_what_a_refresh_finds(
    refreshed: dict[str, dict[str, int]], source: str, rows: tuple[int, int], elemental: int, priced: int | None
) -> None:
    found = refreshed[source]
    assert rows[0] <= found["with_magnesium"] <= rows[1]
    assert found["with_elemental"] >= elemental
    assert found["with_price"] >= priced if priced is not None else found["with_price"] == 0


@pytest.mark.parametrize(("source", "priced"), [("multivitamins", 204), ("multivitamins_woo", 100)])
def test_a_pack_that_only_the_address_states_gives_a_price_of_100_mg(
    refreshed: dict[str, dict[str, object]], place: list[str], source: str, priced: int
) -> None:
    assert refreshed
    with open_catalog(place[-1], read_only=True) as catalog:
        rows = catalog.compare(Selection(sources=(source,)), limit=None)
    assert sum(row.price_per_100mg is not None for row in rows) >= priced
    told = [row.servings_quote for row in rows if row.servings_per_container is not None]
    assert all(told)
    assert sum(str(quote).startswith("address: ") for quote in told) >= priced - 10


def test_currencies_are_the_shops_own(refreshed: dict[str, dict[str, object]], place: list[str]) -> None:
    assert refreshed["supplements_ke"]["with_magnesium"], "some titles say magnesium"
    with open_catalog(place[-1], read_only=True) as catalog:
        for row in catalog.compare(limit=None):
            assert row.currency == SHOPS[row.source][2]
            assert (row.price is None) == (row.source == "dsld")


def test_prices_move_into_the_history(
    maglabel: Maglabel, recorded: Path, port: int, place: list[str], refreshed: dict[str, dict[str, object]]
) -> None:
    assert refreshed
    with open_catalog(place[-1], read_only=True) as catalog:
        before = {(row.source, row.source_key): row for row in catalog.compare(limit=None)}
    with replayed(recorded, port):
        again = json.loads(maglabel("refresh", "--json", *place).stdout)
    assert all(source["new"] == source["changed"] == source["gone"] == 0 for source in again["sources"])
    with replayed(recorded, port, day=3):
        assert maglabel("refresh", *place).returncode == 0
    with open_catalog(place[-1], read_only=True) as catalog:
        after = {(row.source, row.source_key): row for row in catalog.compare(limit=None)}
        moved = [key for key in before.keys() & after.keys() if before[key].price != after[key].price]
        assert moved
        product = catalog.product(*moved[0])
    assert product is not None
    prices = {offer.price for offer in product.price_history}
    assert {before[moved[0]].price, after[moved[0]].price} <= prices


def test_a_saved_page_of_another_product_with_magnesium_in_its_menus_gives_none(
    maglabel: Maglabel, recorded: Path, port: int, tmp_path: Path
) -> None:
    place = ["--config", str(tmp_path / "maglabel.toml")]
    with replayed(recorded, port):
        added = maglabel("sources", "add", f"http://127.0.1.6:{port}/", "--name", "saved", "--delay", "0", *place)
        assert added.returncode == 0, added.stderr
        assert "answered a page with a schema.org product" in added.stdout
        done = maglabel("refresh", "--deep", "--json", "--database", f"sqlite:///{tmp_path / 'catalog.sqlite'}", *place)
    (source,) = json.loads(done.stdout)["sources"]
    assert (source["outcome"], source["listings"], source["skipped"]) == ("fresh", 0, {"no_magnesium": 1})


def test_the_facts_panel_of_a_saved_page_is_found(recorded: Path) -> None:
    html = gzip.decompress((recorded / "real" / "pages" / "iherb_108255.html.gz").read_bytes()).decode()
    root = parse_html(html)
    assert root is not None
    product = product_of(root, "https://www.iherb.com/pr/108255")
    assert isinstance(product, Product)
    assert (product.gtin, [(offer.price, offer.currency) for offer in product.offers]) == (
        "898220020904",
        [("20.23", "USD")],
    )
    lines = facts_of(root, product.name).panel.splitlines()
    assert lines[:2] == ["Supplement facts", "Serving Size: 1 Capsule"]
    assert "Thiamin (as Thiamine HCl) | 110 mg | 9167%" in lines
    assert not any("Magnesium" in line for line in lines)
