"""The walk through docs/ADD_A_SHOP.md, in a copy of the project."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from spiders.kinds import KINDS
from tests.conftest import ROOT
from tests.spiders.sites import Answer, Site, serving

GUIDE = (ROOT / "docs" / "ADD_A_SHOP.md").read_text("utf-8")
FACTS = "<p>Serving Size: 1 Capsule</p><p>Magnesium (as magnesium citrate) 100 mg</p>"
PAGE = {
    "items": [
        {"id": 7, "name": "Night Magnesium &amp; B6", "price": "19.90", "currency": "EUR", "html": FACTS},
        {"id": 8, "name": "Zinc", "price": 4, "currency": "EUR"},
        {"id": "9", "name": "Magnesium Citrate", "price": "12.00", "currency": "EUR", "html": FACTS},
        {"name": "no id"},
    ]
}


@pytest.fixture(scope="module")
def checkout(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The parts of the project that a spider and its test need."""
    root = tmp_path_factory.mktemp("checkout")
    for room in ("checker", "catalog", "spiders", "tests"):
        shutil.copytree(ROOT / room, root / room, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "pyproject.toml", root)
    return root


def run(checkout: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, *arguments],
        cwd=checkout,
        env={"PYTHONPATH": str(checkout), "PATH": "", "HOME": str(checkout)},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


def begin(checkout: Path, name: str, answer: Answer, robots: Answer | None = None) -> subprocess.CompletedProcess[str]:
    with serving(site := Site({"/api/products?page=1": answer}, robots=robots)):
        return run(checkout, "-m", "spiders.template", name, f"{site.url}api/products?page=1")


def tried(checkout: Path, name: str) -> subprocess.CompletedProcess[str]:
    return run(checkout, "-m", "pytest", "-q", "-p", "no:cacheprovider", f"tests/spiders/test_{name}.py")


def test_a_spider_is_begun_with_its_page_and_a_test_that_fails_until_it_is_written(checkout: Path) -> None:
    begun = begin(checkout, "acme", Answer(PAGE))
    assert begun.returncode == 0, begun.stderr
    made = begun.stdout.splitlines()[:4]
    assert made == ["spiders/acme.py", "tests/spiders/data/acme.json", "tests/spiders/test_acme.py", "spiders/kinds.py"]
    assert (checkout / made[1]).read_bytes() == Answer(PAGE).encoded()
    known = "from spiders.kinds import KINDS, spider_of; print(spider_of('acme').name, *KINDS)"
    assert run(checkout, "-c", known).stdout.split() == ["acme", *list(KINDS)[:-1], "acme", "pages"]

    failing = tried(checkout, "acme")
    assert failing.returncode == 1, failing.stdout
    assert "spiders/acme.py does not say yet how an answer becomes listings" in failing.stdout

    spider = next(
        block for block in re.findall(r"```python\n(.*?)```", GUIDE, re.DOTALL) if "class AcmeSpider" in block
    )
    (checkout / "spiders" / "acme.py").write_text(spider, "utf-8")
    unsaid = tried(checkout, "acme")
    assert unsaid.returncode == 1
    assert "say in EXPECTED which products acme.json shows" in unsaid.stdout

    (expected,) = re.findall(r"^EXPECTED = .*$", GUIDE, re.MULTILINE)
    test = checkout / "tests" / "spiders" / "test_acme.py"
    test.write_text(re.sub(r"^EXPECTED: .*$", lambda _: expected, test.read_text("utf-8"), flags=re.MULTILINE), "utf-8")
    passing = tried(checkout, "acme")
    assert passing.returncode == 0, passing.stdout


def test_what_is_made_has_the_projects_style(checkout: Path) -> None:
    assert begin(checkout, "tidy", Answer(PAGE)).returncode == 0
    for command in (["check"], ["format", "--check"]):
        done = run(checkout, "-m", "ruff", *command, "--no-cache", "spiders", "tests/spiders/test_tidy.py")
        assert done.returncode == 0, done.stdout


@pytest.mark.parametrize(
    ("name", "answer", "robots", "said"),
    [
        ("Acme", Answer(PAGE), None, "'Acme' cannot name a spider"),
        ("shopify", Answer(PAGE), None, "already; choose another name."),
        ("nojson", Answer("<!doctype html>", media="text/html"), None, "answered HTML; give the address of the shop's"),
        ("missing", Answer(status=404), None, "answered 404 Not Found; give the address"),
        ("shy", Answer(PAGE), Answer("User-agent: *\nDisallow: /api/\n"), "may not be fetched (robots.txt)."),
    ],
)
def test_a_spider_that_cannot_be_begun_is_told_and_nothing_is_made(
    checkout: Path, name: str, answer: Answer, robots: Answer | None, said: str
) -> None:
    before = sorted(path for path in checkout.rglob("*.py"))
    begun = begin(checkout, name, answer, robots)
    assert begun.returncode == 1
    assert said in begun.stderr
    assert begun.stderr.count("\n") == 1
    assert sorted(path for path in checkout.rglob("*.py")) == before
