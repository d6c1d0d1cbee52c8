"""maglabel.toml: made to be edited by hand, so every slip is told by name, and what people wrote there stays."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

from checker import ConfigError
from spiders.config import Config, Secrets, SourceConfig, add_source, load_config, remove_source

ACME = SourceConfig(url="https://acme.example", kind="shopify")
SOURCE = '[sources.acme]\nurl = "https://acme.example/"\nkind = "shopify"\n'


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "new folder" / "maglabel.toml"


def written(path: Path, text: str) -> Path:
    path.parent.mkdir(exist_ok=True)
    path.write_text(text, "utf-8")
    return path


def test_no_file_is_an_empty_configuration(path: Path) -> None:
    assert load_config(path) == Config()


def test_defaults(path: Path) -> None:
    source = load_config(written(path, SOURCE)).sources["acme"]
    assert source == ACME
    assert (source.delay, source.market, source.currency, source.enabled) == (1.0, None, None, True)


def test_adding_and_removing_keeps_comments(path: Path) -> None:
    text = f"# mine\ncontact = 'mailto:me@acme.example'  # write to me\n\n{SOURCE}delay = 2  # slowly\n"
    written(path, text)
    add_source(path, "other", SourceConfig(url="http://127.0.0.1:8/", kind="dsld", delay=0, market="us"))
    assert path.read_text("utf-8").startswith(text)
    assert load_config(path).sources["other"].market == "US"
    remove_source(path, "other")
    assert path.read_text("utf-8").strip() == text.strip()
    assert load_config(path).sources["acme"].delay == 2


def test_the_first_source_makes_the_file_and_the_last_leaves_it_valid(path: Path) -> None:
    add_source(path, "acme", ACME)
    assert load_config(path).sources == {"acme": ACME}
    remove_source(path, "acme")
    assert load_config(path) == Config()
    add_source(path, "acme", ACME)
    assert list(path.parent.iterdir()) == [path], "nothing is left lying about"


def test_a_name_is_taken_once(path: Path) -> None:
    add_source(path, "acme", ACME)
    with pytest.raises(ConfigError, match="has a source acme already"):
        add_source(path, "acme", ACME)


def test_removing_what_is_not_there_names_what_was_meant(path: Path) -> None:
    with pytest.raises(ConfigError, match=r"has no source akme\. Did you mean acme\?"):
        remove_source(written(path, SOURCE), "akme")


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (SOURCE + "dealy = 2", "sources.acme.dealy is not a setting. Did you mean delay?"),
        ("conntact = 'x'", "conntact is not a setting. Did you mean contact?"),
        (SOURCE + "api_key = 'x'", "sources.acme.api_key is not a setting."),
        (SOURCE + "market = 7", "sources.acme.market must be a code such as US, not 7"),
        (SOURCE + "currency = 'dollar'", "sources.acme.currency must be a three-letter code such as USD, not 'DOLLAR'"),
        (SOURCE + "delay = 0", "sources.acme: delay must be at least 0.5 s (0 is for loopback only), not 0"),
        (SOURCE + "delay = 'slow'", "sources.acme.delay must be a number of seconds, not 'slow'"),
        (SOURCE + "delay = nan", "sources.acme.delay must be a number of seconds"),
        (
            SOURCE.replace("shopify", "shopfy"),
            "sources.acme.kind must be one of shopify, woocommerce, dsld, openfoodfacts, pages, not 'shopfy'",
        ),
        (SOURCE.replace("https://acme.example/", "acme.example"), "sources.acme.url: must be an address such as"),
        (SOURCE.replace("https://", "https://me:secret@"), "sources.acme.url: must not hold a user name or password"),
        (SOURCE.replace("url", "#"), "sources.acme.url is missing"),
        (SOURCE.replace("acme]", "Acme]"), "sources.Acme: a source's name is lower-case letters"),
        ("contact = 'a (b)\\n'", "contact must be an address such as mailto:you@example.org"),
        ("sources = 3", "sources must be tables such as [sources.acme], not 3"),
        ("a = [", "is not valid TOML"),
    ],
)
def test_a_slip_is_told_with_file_key_and_what_was_meant(path: Path, text: str, words: str) -> None:
    with pytest.raises(ConfigError) as caught:
        load_config(written(path, text))
    assert str(path) in str(caught.value)
    assert words in str(caught.value)
    assert "\n" not in str(caught.value)


def test_an_entry_says_how_it_was_found_and_what_its_keys_mean(path: Path) -> None:
    mine = '# mine\ncontact = "mailto:a@acme.example"  # who\n'
    add_source(written(path, mine), "acme", ACME, ["Found on a day.", "Of the first 2 products 1 may."])
    text = path.read_text("utf-8")
    assert text.startswith(mine)
    assert "[sources.acme]\n# Found on a day.\n# Of the first 2 products 1 may.\nurl = " in text
    assert "\ndelay = 1.0 # seconds between two requests to the host\n" in text
    assert load_config(path).sources["acme"] == ACME
    assert "barcodes" not in text
    add_source(path, "other", ACME.model_copy(update={"barcodes": True}))
    add_source(path, "labels", ACME.model_copy(update={"kind": "dsld", "bulk": "/data/labels.zip"}))
    assert "\nbarcodes = true # one more request" in path.read_text("utf-8")
    assert '\nbulk = "/data/labels.zip" # the whole database' in path.read_text("utf-8")


def test_toml_errors_name_the_line(path: Path) -> None:
    with pytest.raises(ConfigError, match="at line 4"):
        load_config(written(path, SOURCE + "delay = = 1\n"))


def test_a_file_that_is_wrong_is_not_edited(path: Path) -> None:
    text = SOURCE + "dealy = 2\n"
    with pytest.raises(ConfigError, match="dealy"):
        add_source(written(path, text), "other", ACME)
    assert path.read_text("utf-8") == text


@pytest.mark.parametrize("name", ["", "Acme", "a.b", "a b", "ä", "x" * 65])
def test_names_that_cannot_be(path: Path, name: str) -> None:
    with pytest.raises(ConfigError, match="lower-case"):
        add_source(path, name, ACME)
    assert not path.exists()


def test_places_that_cannot_be_read_or_written(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="cannot be read"):
        load_config(tmp_path)
    binary = tmp_path / "binary.toml"
    binary.write_bytes(b"\xff\xfe\x00")
    with pytest.raises(ConfigError, match="not text in UTF-8"):
        load_config(binary)
    with pytest.raises(ConfigError, match="cannot be"):
        add_source(binary / "maglabel.toml", "acme", ACME)


@pytest.mark.parametrize("url", ["http://127.0.0.1:81/", "http://localhost/", "http://[::1]:81/", "http://127.9.9.9/"])
def test_no_delay_on_loopback(url: str) -> None:
    assert SourceConfig(url=url, kind="shopify", delay=0).delay == 0


@pytest.mark.parametrize("url", ["http://127.0.0.1.evil.example/", "http://10.0.0.1/", "http://localhost.example/"])
def test_what_only_looks_like_loopback_is_waited_for(url: str) -> None:
    with pytest.raises(ConfigError, match="delay"):
        SourceConfig.checked("acme", {"url": url, "kind": "shopify", "delay": 0})


def test_the_command_lines_values_are_checked_like_the_files() -> None:
    values = {"url": "https://acme.example/shop?x=1#y", "kind": "woocommerce", "market": None, "currency": " eur "}
    source = SourceConfig.checked("acme", values)
    assert (source.url, source.currency) == ("https://acme.example/shop/", "EUR")
    with pytest.raises(ConfigError, match=r"The source acme cannot be used: sources\.acme\.kind must be"):
        SourceConfig.checked("acme", {"url": "https://acme.example/", "kind": "shop"})


def test_the_key_comes_from_the_environment_and_hides(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("MAGLABEL_DSLD_KEY", raising=False)
    assert Secrets().dsld_key is None
    monkeypatch.setenv("MAGLABEL_DSLD_KEY", "k3y")
    key = Secrets().dsld_key
    assert key is not None
    assert key.get_secret_value() == "k3y"
    assert "k3y" not in repr(Secrets())


def test_the_configuration_loads_without_scrapy() -> None:
    code = "import sys, spiders.config; print('scrapy' in sys.modules, 'sqlalchemy' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["False", "False"]


def test_what_a_kind_asks_for_is_the_least_delay() -> None:
    foods = SourceConfig(url="https://acme.example", kind="openfoodfacts")
    labels = SourceConfig(url="https://acme.example", kind="dsld", delay=0.5)
    assert (foods.paced().delay, foods.paced(key=True).delay) == (6, 6)
    assert (labels.paced().delay, labels.paced(key=True).delay) == (3.6, 0.5)
    assert 3600 / labels.paced().delay <= 1_000
    assert 3600 / labels.paced(key=True).delay <= 10_000
    assert SourceConfig(url="https://acme.example", kind="dsld", delay=9).paced().delay == 9
    assert SourceConfig(url="http://127.0.0.1/", kind="dsld", delay=0).paced().delay == 0
    assert ACME.paced() == ACME


@pytest.mark.parametrize(
    ("bulk", "words"),
    [
        ('bulk = "https://acme.example/all.zip"', ""),
        ('bulk = "/data/all.zip"', ""),
        (
            'bulk = "all.zip"',
            "sources.dsld.bulk: must be an address such as https://acme.example/all.zip, or a whole path",
        ),
        ("bulk = 7", "sources.dsld.bulk must be the address of a zip file, or its path, not 7"),
    ],
)
def test_the_whole_database_is_named_by_address_or_path(path: Path, bulk: str, words: str) -> None:
    text = f'[sources.dsld]\nurl = "https://acme.example/"\nkind = "dsld"\n{bulk}'
    if not words:
        assert load_config(written(path, text)).sources["dsld"].bulk in bulk
        return
    with pytest.raises(ConfigError, match=re.escape(words)):
        load_config(written(path, text))


def test_only_the_label_database_is_read_from_a_file(path: Path) -> None:
    with pytest.raises(ConfigError, match=r"bulk is for the label database \(kind dsld\), not for shopify"):
        load_config(written(path, SOURCE + 'bulk = "/data/all.zip"'))


def test_a_delay_of_zero_is_written_too(tmp_path: Path) -> None:
    path = tmp_path / "maglabel.toml"
    add_source(path, "here", SourceConfig(url="http://127.0.0.1:8000/", kind="shopify", delay=0))
    assert load_config(path).sources["here"].delay == 0
