"""What a user or a shop does wrong ends with one clear sentence, the right exit code, and the catalog as it was."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from subprocess import CompletedProcess

import pytest

from spiders.demo.server import serve_demo
from tests.conftest import Maglabel


def sentence(done: CompletedProcess[str], code: int) -> str:
    """The one sentence on standard error; asserts the exit code and that there is no traceback."""
    assert done.returncode == code, (done.returncode, done.stdout, done.stderr)
    assert "Traceback" not in done.stderr + done.stdout
    lines = [line for line in done.stderr.splitlines() if line.strip()]
    assert len(lines) == 1, lines
    return lines[0]


def write_config(folder: Path, text: str) -> str:
    path = folder / "maglabel.toml"
    path.write_text(text, "utf-8")
    return str(path)


@contextmanager
def html_everywhere() -> Iterator[str]:
    """A server that answers every address with a page."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            body = b"<!doctype html><title>Soon</title>" if self.path != "/robots.txt" else b"User-agent: *\nAllow: /\n"
            self.send_response(200)
            self.send_header("Content-Type", "text/html")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *args: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}/"
        server.shutdown()


def test_no_source_yet(maglabel: Maglabel, tmp_path: Path) -> None:
    said = sentence(maglabel("refresh", "--config", str(tmp_path / "maglabel.toml")), 2)
    assert "maglabel sources add" in said
    assert str(tmp_path / "maglabel.toml") in said


def test_a_typo_in_the_config_is_named(maglabel: Maglabel, tmp_path: Path) -> None:
    config = write_config(tmp_path, '[sources.acme]\nurl = "http://127.0.0.1/"\nkind = "shopify"\ncurency = "USD"\n')
    said = sentence(maglabel("refresh", "--config", config), 2)
    assert config in said
    assert "curency" in said
    assert "currency" in said.replace("curency", "")


def test_broken_toml_names_the_line(maglabel: Maglabel, tmp_path: Path) -> None:
    config = write_config(tmp_path, 'contact = "x"\n[sources.acme\n')
    said = sentence(maglabel("sources", "list", "--config", config), 2)
    assert config in said
    assert "line 2" in said


def test_a_database_that_cannot_be_written(maglabel: Maglabel, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("not a folder")
    config = write_config(tmp_path, '[sources.acme]\nurl = "http://127.0.0.1:9/"\nkind = "shopify"\ndelay = 0\n')
    place = tmp_path / "file" / "catalog.sqlite"
    said = sentence(maglabel("refresh", "--config", config, "--database", f"sqlite:///{place}"), 2)
    assert str(place) in said


def test_a_catalog_that_does_not_exist_is_not_made_by_reading(maglabel: Maglabel, tmp_path: Path) -> None:
    place = tmp_path / "none.sqlite"
    said = sentence(maglabel("compare", "--database", f"sqlite:///{place}"), 2)
    assert str(place) in said
    assert "maglabel refresh" in said
    assert not place.exists()


def test_a_binary_label_file(maglabel: Maglabel, tmp_path: Path) -> None:
    picture = tmp_path / "label.png"
    picture.write_bytes(b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\xff")
    said = sentence(maglabel("check", str(picture)), 2)
    assert str(picture) in said
    assert "missing.txt" in sentence(maglabel("check", "missing.txt"), 2)


def test_an_unreachable_source_beside_a_good_one(maglabel: Maglabel, tmp_path: Path) -> None:
    database = f"sqlite:///{tmp_path / 'catalog.sqlite'}"
    with serve_demo() as shops:
        good = shops["demo-tidewater"]
        good_part = f'[sources.good]\nurl = "{good.url}"\nkind = "woocommerce"\ndelay = 0\n'
        bad_part = '[sources.bad]\nurl = "http://127.0.0.1:9/"\nkind = "shopify"\ndelay = 0\n'
        config = write_config(tmp_path, good_part + bad_part)
        done = maglabel("refresh", "--json", "--config", config, "--database", database)
    assert done.returncode == 3, done.stderr
    assert "Traceback" not in done.stderr
    outcomes = {source["source"]: source for source in json.loads(done.stdout)["sources"]}
    assert outcomes["good"]["outcome"] == "fresh"
    assert outcomes["bad"]["outcome"] == "failed"
    assert "127.0.0.1:9" in outcomes["bad"]["message"]
    assert len(json.loads(maglabel("compare", "--json", "--limit", "99", "--database", database).stdout)) > 10


def test_html_for_json_keeps_the_last_good_data(maglabel: Maglabel, tmp_path: Path) -> None:
    database = f"sqlite:///{tmp_path / 'catalog.sqlite'}"
    entry = '[sources.shop]\nurl = "{}"\nkind = "{}"\ndelay = 0\n'
    with serve_demo() as shops:
        good = shops["demo-tidewater"]
        config = write_config(tmp_path, entry.format(good.url, good.kind))
        assert maglabel("refresh", "--config", config, "--database", database).returncode == 0
    before = maglabel("export", "--format", "json", "--database", database).stdout
    assert len(json.loads(before)) > 10
    with html_everywhere() as url:
        config = write_config(tmp_path, entry.format(url, good.kind))
        done = maglabel("refresh", "--json", "--config", config, "--database", database)
    assert done.returncode == 5
    message = json.loads(done.stdout)["sources"][0]["message"]
    assert url in message
    assert "HTML" in message
    assert maglabel("export", "--format", "json", "--database", database).stdout == before


def test_pages_that_are_no_known_shop_are_refused(maglabel: Maglabel, tmp_path: Path) -> None:
    config = tmp_path / "maglabel.toml"
    with html_everywhere() as url:
        done = maglabel("sources", "add", url, "--config", str(config))
    assert done.returncode == 1
    assert "Traceback" not in done.stderr
    assert url.rstrip("/") in done.stderr
    assert not config.exists()


@pytest.mark.parametrize("kind", ["shopify", "woocommerce", "dsld"])
def test_a_shop_is_told_by_asking(maglabel: Maglabel, tmp_path: Path, kind: str) -> None:
    config = tmp_path / "maglabel.toml"
    with serve_demo() as shops:
        shop = next(shop for shop in shops.values() if shop.kind == kind)
        done = maglabel("sources", "add", shop.url, "--name", "mine", "--delay", "0", "--config", str(config))
    assert done.returncode == 0, done.stderr
    listed = json.loads(maglabel("sources", "list", "--json", "--config", str(config)).stdout)
    assert listed["mine"]["kind"] == kind
    assert listed["mine"]["currency"] == shop.currency
    assert maglabel("sources", "remove", "mine", "--config", str(config)).returncode == 0
    assert json.loads(maglabel("sources", "list", "--json", "--config", str(config)).stdout) == {}


def test_unknown_options_are_usage(maglabel: Maglabel) -> None:
    assert maglabel("compare", "--limit", "0").returncode == 2
    assert maglabel("export", "--format", "xlsx").returncode == 2
    assert maglabel("compare", "--max-price", "cheap").returncode == 2


def test_a_pipeline_may_ask_findings_to_fail(maglabel: Maglabel, tmp_path: Path) -> None:
    label = tmp_path / "label.txt"
    label.write_text("Serving Size: 1 Capsule\nMagnesium (as magnesium oxide) 400 mg 95%\n", "utf-8")
    asked = ["check", str(label), "--market", "US"]
    assert maglabel(*asked).returncode == 0
    assert maglabel(*asked, "--fail-on", "warning").returncode == 6
    assert maglabel(*asked, "--fail-on", "error").returncode == 0
    assert "For you:" in maglabel(*asked).stdout


@pytest.mark.parametrize("amount", ["NaN", "-1", "inf", "1e999999", "abc"])
def test_a_highest_price_that_is_no_amount_is_refused(maglabel: Maglabel, amount: str) -> None:
    done = maglabel("compare", f"--max-price={amount}")
    assert done.returncode == 2
    assert "is not an amount" in done.stderr


@pytest.mark.parametrize(
    ("option", "value", "told"),
    [
        ("--form", "glycinat", "glycinate"),
        ("--taken", "capsules", "capsule, tablet"),
        ("--seen", "a week", "7d"),
        ("--seen", "2999-01-01", "in the future"),
    ],
)
def test_a_filter_that_does_not_exist_is_refused(maglabel: Maglabel, option: str, value: str, told: str) -> None:
    done = maglabel("compare", option, value)
    assert done.returncode == 2
    assert told in done.stderr
    assert option in done.stderr


def test_the_demo_names_what_to_run_and_its_shops(maglabel: Maglabel, tmp_path: Path) -> None:
    home = {"XDG_DATA_HOME": str(tmp_path)}
    assert "maglabel demo" in sentence(maglabel("compare", "--demo", **home), 2)
    assert "demo-tidewater" in sentence(maglabel("refresh", "--demo", "bogus", **home), 2)


def test_output_that_cannot_be_written_is_told(maglabel: Maglabel, tmp_path: Path) -> None:
    database = f"sqlite:///{tmp_path / 'catalog.sqlite'}"
    with serve_demo() as shops:
        config = write_config(
            tmp_path, f'[sources.shop]\nurl = "{shops["demo-labels"].url}"\nkind = "dsld"\ndelay = 0\n'
        )
        assert maglabel("refresh", "--config", config, "--database", database).returncode == 0
    assert "target.csv" in sentence(
        maglabel("export", "--format", "csv", "--database", database, "-o", str(tmp_path / "no" / "target.csv")), 2
    )
