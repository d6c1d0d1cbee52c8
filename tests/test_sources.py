"""`maglabel sources`, as a user types it, against real servers on loopback."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from tests.catalog.test_lock import another_process
from tests.conftest import Maglabel
from tests.spiders.sites import Answer, Site, product, serving, shop, variant
from tests.spiders.test_pages import html, urlset
from tests.spiders.test_pages import site as site_of

FACTS = "<p>Serving Size: 2 Capsules</p><p>Magnesium (as magnesium citrate) 100 mg 24%</p>"


def pills(key: int) -> dict[str, object]:
    packs = [variant(title="60 Capsules", price="9.00"), variant(title="60 Capsules / Subscribe & Save", price="6.00")]
    return product(key, f"Magnesium {key}", body_html=FACTS, variants=packs, handle=f"p-{key}")


def long_shop() -> Site:
    """Forty products on a first page, and more behind it."""
    return shop([product(90, "Zinc"), *map(pills, range(1, 40))], [pills(40)])


@pytest.fixture
def config(tmp_path: Path) -> Path:
    path = tmp_path / "maglabel.toml"
    path.write_text('# mine\ncontact = "mailto:tests@acme.example"  # who\n', "utf-8")
    return path


def test_a_shop_is_added_tested_and_nothing_is_kept(maglabel: Maglabel, config: Path, tmp_path: Path) -> None:
    with serving(site := long_shop()):
        site.answers["/products.json?limit=1&page=41"] = Answer({"products": [pills(40)]})
        options = ["--config", str(config), "--name", "acme", "--delay", "0"]
        added = maglabel("sources", "add", site.url, *options)
        assert added.returncode == 0, added.stderr
        site.asked.clear()
        tested = maglabel("sources", "test", "acme", "--config", str(config))
    assert "Of the first 40 products 39 may contain magnesium." in added.stdout
    assert "A refresh takes at least 5 requests" in added.stdout, "the shop did not answer how far its list goes"
    text = config.read_text("utf-8")
    assert text.startswith('# mine\ncontact = "mailto:tests@acme.example"  # who\n')
    assert re.search(
        r"\[sources\.acme\]\n# On \d{4}-\d\d-\d\d the site was recognised as shopify\.\n# Of the first 40", text
    )
    assert tested.returncode == 0, tested.stderr
    assert "10. Magnesium 10" in tested.stdout
    assert "Magnesium 11" not in tested.stdout
    assert "elemental magnesium: 100 mg per serving; form: Citrate" in tested.stdout
    assert "price: 9.00 USD; 30 servings (“60 Capsules”); 0.30 USD per 100 mg" in tested.stdout
    assert "“Magnesium (as magnesium citrate) 100 mg 24%”" in tested.stdout
    assert "10 products read, 10 with magnesium" in tested.stdout
    assert [path for path in site.paths if "page=2" in path] == [], "it stops when it has ten"
    assert site.most_at_once == 1
    assert not list(tmp_path.rglob("*.sqlite*"))
    assert "There is no catalog" in maglabel("status").stderr


def test_the_products_as_json(maglabel: Maglabel, config: Path) -> None:
    with serving(site := shop([pills(1), product(2, "Magnesium stearate", body_html="no facts")])):
        assert (
            maglabel("sources", "add", site.url, "--config", str(config), "--name", "acme", "--delay", "0").returncode
            == 0
        )
        done = maglabel("sources", "test", "acme", "--limit", "5", "--json", "--config", str(config))
    said = json.loads(done.stdout)
    assert [one["has_magnesium"] for one in said["products"]] == [True, False]
    first = said["products"][0]
    assert (first["row"]["elemental_mg"], first["row"]["price"], first["row"]["servings_per_container"]) == (
        "100",
        "9",
        30,
    )
    assert first["listing"]["offers"][1]["name"] == "60 Capsules / Subscribe & Save"


def test_a_source_without_magnesium_or_answer_is_told_in_one_sentence(maglabel: Maglabel, config: Path) -> None:
    with serving(site := shop([product(1, "Zinc")])):
        assert (
            maglabel("sources", "add", site.url, "--config", str(config), "--name", "acme", "--delay", "0").returncode
            == 0
        )
        none = maglabel("sources", "test", "acme", "--config", str(config))
    gone = maglabel("sources", "test", "acme", "--config", str(config))
    missing = maglabel("sources", "test", "nobody", "--config", str(config))
    assert (none.returncode, none.stderr) == (
        1,
        "maglabel: acme gave no product that may contain magnesium: 1 product looked at.\n",
    )
    assert gone.returncode == 1
    assert "refused the connection" in gone.stderr
    assert missing.returncode == 2
    assert "There is no source 'nobody'" in missing.stderr


def test_pages_that_were_not_looked_at_are_told_with_the_way_to_read_them(maglabel: Maglabel, config: Path) -> None:
    with serving(site := site_of({"/sitemap.xml": urlset("/p/evening"), "/p/evening": html("Evening")})):
        options = ["--kind", "pages", "--name", "acme", "--delay", "0", "--config", str(config)]
        assert maglabel("sources", "add", site.url, *options).returncode == 0
        none = maglabel("sources", "test", "acme", "--config", str(config))
    assert none.returncode == 1
    assert "1 of 1 product pages were not read, as their addresses do not name magnesium" in none.stderr
    assert "/p/evening" not in site.paths


def test_a_source_that_is_removed_is_no_longer_compared(maglabel: Maglabel, tmp_path: Path) -> None:
    def named(*names: str) -> None:
        parts = [f'[sources.{name}]\nurl = "{site.url}"\nkind = "shopify"\ndelay = 0\n' for name in names]
        config.write_text("".join(parts), "utf-8")

    def compared() -> set[str]:
        return {row["source"] for row in json.loads(maglabel("export", "--format", "json", *places[2:]).stdout)}

    config = tmp_path / "maglabel.toml"
    places = ("--config", str(config), "--database", f"sqlite:///{tmp_path / 'catalog.sqlite'}")
    with serving(site := shop([pills(1)])):
        named("early")
        assert maglabel("sources", "remove", "early", *places).stdout == f"Removed early from {config}.\n"
        named("acme", "other")
        assert maglabel("refresh", *places).returncode == 0
        named("renamed", "other")  # acme, by hand
        assert maglabel("refresh", "renamed", *places).returncode == 0
    assert compared() == {"acme", "other", "renamed"}
    with another_process(places[3]):
        assert maglabel("sources", "remove", "other", *places).returncode == 75
    assert "[sources.other]" in config.read_text("utf-8")
    old = maglabel("sources", "remove", "acme", *places)
    told = "1 of its listings are no longer compared; their history stays in the catalog.\n"
    assert (old.returncode, old.stdout) == (0, told)
    assert maglabel("sources", "remove", "other", *places).stdout == f"Removed other from {config}.\n{told}"
    assert compared() == {"renamed"}
    again = maglabel("sources", "remove", "acme", *places)
    assert (again.returncode, again.stderr) == (2, f"maglabel: {config} has no source acme.\n")
    monitored = maglabel("status", "--max-age", "1d", "--database", places[3], MAGLABEL_CONFIG=str(tmp_path / "none"))
    assert monitored.returncode == 0
