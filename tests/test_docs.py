"""Documents that tests can break: what a user can type is written down."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

import maglabel
from catalog import COMPARISON_COLUMNS
from catalog.plausible import HOLD
from checker import CHECKS, FORMS, Label
from commands import options
from commands.sources import sources_app
from spiders.config import SourceConfig, load_config
from tests.conftest import ROOT

README = (ROOT / "README.md").read_text("utf-8")
OPERATIONS = (ROOT / "docs" / "OPERATIONS.md").read_text("utf-8")
JSON = (ROOT / "docs" / "JSON.md").read_text("utf-8")


PAGES = (ROOT / "README.md", ROOT / "CONTRIBUTING.md", ROOT / "CHANGELOG.md", *sorted((ROOT / "docs").glob("*.md")))
LINK = re.compile(r"\]\((?!https?:)([^)#]*)#?([^)]*)\)")
"""File and heading of a link inside the project."""


def commands() -> list[str]:
    own = [c.name or c.callback.__name__ for c in maglabel.app.registered_commands if c.callback]
    return [*own, *(f"sources {c.name}" for c in sources_app.registered_commands)]


def headings(page: Path) -> set[str]:
    """What links call the headings of a page."""
    found = re.findall(r"^#+ (.*)$", page.read_text("utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in found}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_link_leads_somewhere(page: Path) -> None:
    for file, heading in LINK.findall(page.read_text("utf-8")):
        target = page.parent / file if file else page
        assert target.is_file(), file
        assert not heading or heading in headings(target), heading


def test_the_python_in_the_readme_prints_what_it_says(capsys: pytest.CaptureFixture[str]) -> None:
    (example,) = re.findall(r"```python\n(.*?)```", README, re.DOTALL)
    exec(example, {})
    first, quotes = capsys.readouterr().out.splitlines()
    assert f"# {first}\n" in example
    assert all(quote in example for quote in ast.literal_eval(quotes))


def test_every_command_is_in_the_readme() -> None:
    assert len(commands()) >= 11
    for command in commands():
        assert f"maglabel {command}" in README, command


@pytest.mark.parametrize("setting", SourceConfig.model_fields)
def test_every_setting_is_in_the_readme(setting: str) -> None:
    assert setting in README


def test_the_configuration_in_the_readme_is_one(tmp_path: Path) -> None:
    (example,) = re.findall(r"```toml\n(.*?)```", README, re.DOTALL)
    path = tmp_path / "maglabel.toml"
    path.write_text(example, "utf-8")
    assert load_config(path).sources.keys() == {"acme", "dsld"}


def test_the_json_is_documented() -> None:
    for column in COMPARISON_COLUMNS:
        assert column in JSON, column
    for field in Label.model_fields:
        assert f'"{field}"' in JSON, field


def test_every_finding_has_its_section() -> None:
    findings = (ROOT / "docs" / "FINDINGS.md").read_text("utf-8")
    for code in CHECKS:
        assert f"\n## {code}\n" in findings, code


def test_every_exit_code_says_what_it_asks() -> None:
    codes = {value for name, value in vars(options).items() if name.startswith("EXIT_")} - {options.EXIT_SIGNAL}
    assert codes == {1, 2, 3, 4, 5, 6, 75}
    for code in {0, *codes}:
        assert f"\n| {code} | " in OPERATIONS, code


def test_the_thresholds_of_a_review_are_documented() -> None:
    section = OPERATIONS.partition("\n## Review\n")[2].partition("\n## ")[0]
    for table, limits in HOLD.items():
        for name, value in limits.items():
            said = "half" if value == 0.5 else f"{value:g}"
            assert said in section, (table, name)


def test_every_form_key_is_documented() -> None:
    forms = (ROOT / "docs" / "FORMS.md").read_text("utf-8")
    for key, form in FORMS.items():
        assert f"`{key}`" in forms, key
        for species in form.species:
            assert f"{100 * species.fraction:.2f}" in forms, (key, species.name)
