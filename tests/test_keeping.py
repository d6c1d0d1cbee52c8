"""The commands of the catalog's keeper as a user types them, on a catalog made by the demo shops."""

from __future__ import annotations

import json
import os
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from checker.errors import ConfigError
from commands.places import config_path, database_url
from tests.conftest import Maglabel


@pytest.fixture(scope="module")
def demo(maglabel: Maglabel) -> Path:
    """The file of a demo catalog that has been refreshed once."""
    done = maglabel("refresh", "--demo")
    assert done.returncode == 0, done.stderr
    told = json.loads(maglabel("status", "--demo", "--json").stdout)
    return Path(told["database"].removeprefix("sqlite:///"))


def told(maglabel: Maglabel, *arguments: str) -> dict[str, object]:
    """What a command prints with --json."""
    done = maglabel(*arguments, "--json")
    assert done.returncode == 0, done.stderr
    answer: dict[str, object] = json.loads(done.stdout)
    return answer


def test_a_reread_after_an_upgrade_is_told_apart_from_what_shops_changed(maglabel: Maglabel, demo: Path) -> None:
    with closing(sqlite3.connect(demo)) as catalog, catalog:
        catalog.execute("UPDATE listings SET read_with = '0.older/0'")
        catalog.execute("UPDATE comparison SET reader_version = '0.older'")
        catalog.execute(
            "UPDATE labels SET reader_version = '0.older', read_at = '2020-01-01 00:00:00.000000', "
            """document = replace(document, '"elemental_mg":"200"', '"elemental_mg":"100"')"""
        )
    first = maglabel("reread", "--demo")
    assert first.returncode == 0, first.stderr
    assert "state something else now." in first.stdout
    assert "elemental mg:" in first.stdout
    assert told(maglabel, "reread", "--demo") == {"listings": 0, "labels_changed": 0, "fields": {}}
    report = told(maglabel, "changes", "--since", "1d", "--demo")
    assert report["demo"] is True
    assert report["prices"] == report["reformulations"] == []
    changes = report["reader_changes"]
    assert isinstance(changes, list)
    assert "elemental_mg" in {field["field"] for change in changes for field in change["changes"]}
    assert {change["reader_before"] for change in changes} == {"0.older"}
    markdown = maglabel("changes", "--markdown", "--demo").stdout
    assert "## Read otherwise" in markdown
    assert "Demo data" in markdown


def test_what_changed_since_the_beginning_is_told_by_source(maglabel: Maglabel, demo: Path) -> None:
    assert demo.is_file()
    done = maglabel("changes", "--since", "2020-01-01", "--demo")
    assert done.returncode == 0, done.stderr
    assert "New source demo-labels: " in done.stdout


@pytest.mark.parametrize(
    ("since", "said"),
    [
        ("2026-13-01", "is no date"),
        ("soon", "is no span of time"),
        ("2999-01-01", "is in the future"),
    ],
)
def test_a_time_that_is_none(maglabel: Maglabel, demo: Path, since: str, said: str) -> None:
    assert demo.is_file()
    done = maglabel("changes", "--since", since, "--demo")
    assert done.returncode == 2
    assert said in done.stderr
    assert "--since" in done.stderr


def test_json_or_markdown(maglabel: Maglabel, demo: Path) -> None:
    assert demo.is_file()
    done = maglabel("changes", "--json", "--markdown", "--demo")
    assert done.returncode == 2
    assert "exclude each other" in done.stderr


def test_a_backup_is_a_catalog(maglabel: Maglabel, demo: Path, tmp_path: Path) -> None:
    copy = tmp_path / "copy.sqlite"
    done = maglabel("backup", str(copy), "--demo")
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith(f"{copy}: ")
    assert done.stderr == "", "cron mails what stands there"
    again = maglabel("compare", "--json", "--database", f"sqlite:///{copy}")
    assert json.loads(again.stdout) == json.loads(maglabel("compare", "--json", "--demo").stdout)
    refused = maglabel("backup", str(demo), "--demo")
    assert refused.returncode == 2
    assert "is the catalog itself" in refused.stderr
    assert "Traceback" not in refused.stderr


def test_prune_says_what_it_would_forget_and_then_what_it_did(maglabel: Maglabel, demo: Path) -> None:
    assert demo.is_file()
    would = maglabel("prune", "--keep", "0d", "--dry-run", "--demo")
    assert would.stdout.startswith("Would forget 0 responses (0 bytes)"), would.stderr
    did = told(maglabel, "prune", "--keep", "0d", "--demo")
    assert did["dry_run"] is False
    assert maglabel("prune", "--keep", "a year", "--demo").returncode == 2


def test_without_a_catalog_each_says_what_to_run(maglabel: Maglabel, tmp_path: Path) -> None:
    nowhere = f"sqlite:///{tmp_path / 'none.sqlite'}"
    for command in (["changes"], ["reread"], ["prune"], ["backup", str(tmp_path / "copy")]):
        done = maglabel(*command, "--database", nowhere)
        assert done.returncode == 2
        assert "There is no catalog at" in done.stderr
    assert list(tmp_path.iterdir()) == []


def test_without_a_home_the_places_must_be_named(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HOME", "XDG_DATA_HOME", "XDG_CONFIG_HOME"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(os, "getuid", lambda: 2**31 - 7)  # whom no list of users has, as a container may run
    for place in (lambda: database_url(None), lambda: config_path(None)):
        with pytest.raises(ConfigError, match="This user has no home folder"):
            place()


def test_the_cheapest_of_each_bar_code(maglabel: Maglabel, demo: Path) -> None:
    assert demo.is_file()
    every, cheapest = (
        json.loads(maglabel("export", "--format", "json", "--demo", *more).stdout) for more in ([], ["--cheapest"])
    )
    codes = [(row["gtin"], row["currency"]) for row in cheapest if row["gtin"]]
    assert len(codes) == len(set(codes))
    assert len(cheapest) <= len(every)
