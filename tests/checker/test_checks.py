"""Findings on label texts, as a shopper gets them: read_label, then check_label."""

from __future__ import annotations

import re
import tomllib
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from benchmarks.audit_findings import audit
from checker import CHECKS, Finding, Label, Listing, check_label, make_finding, read_label
from checker.checks import SEVERITIES
from checker.checks.registry import LABEL_CHECKS, LISTING_CHECKS
from tests.conftest import ROOT

EXAMPLES: dict[str, list[dict[str, Any]]] = tomllib.loads(
    (Path(__file__).parent / "data" / "finding_examples.toml").read_text("utf-8")
)
OF_SEVERAL_LABELS = {"price-outlier", "sources-disagree", "reformulated"}
"""Made where prices, sources and history are known."""


def read(example: dict[str, Any]) -> tuple[Label, Listing | None]:
    text, title, market = example["text"], example.get("title"), example.get("market")
    listing = example.get("listing")
    if listing is not None:
        listing = Listing(
            source="shop", source_key="1", url="https://shop.example/1", title=title, description=text, **listing
        )
    return read_label(text, title, market), listing


def findings(example: dict[str, Any]) -> dict[str, Finding]:
    return {finding.code: finding for finding in check_label(*read(example))}


@pytest.mark.parametrize(
    ("code", "example"),
    [
        pytest.param(code, example, id=f"{code}-{number}-{example['fires']}")
        for code, examples in EXAMPLES.items()
        for number, example in enumerate(examples)
    ],
)
def test_example(code: str, example: dict[str, Any]) -> None:
    found = findings(example)
    if example["fires"] == "no":
        assert code not in found
        return
    finding = found[code]
    assert finding.severity == example["fires"]
    words = f"{example['text']}\n{example.get('title')}"
    if finding.quote is not None:
        assert all(part in words for part in finding.quote.split("; ")), finding.quote


def test_every_code_has_an_example_that_fires_and_one_that_does_not() -> None:
    assert set(EXAMPLES) == set(CHECKS) - OF_SEVERAL_LABELS
    for code, examples in EXAMPLES.items():
        fires = {example["fires"] for example in examples}
        assert set(CHECKS[code].severities) <= fires, code
        assert "no" in fires, code


def test_every_function_has_a_code_of_its_name() -> None:
    names = [function.__name__.replace("_", "-") for function in (*LABEL_CHECKS, *LISTING_CHECKS)]
    assert sorted(names) == sorted(set(CHECKS) - OF_SEVERAL_LABELS)


def test_every_code_is_documented() -> None:
    text = (ROOT / "docs" / "FINDINGS.md").read_text("utf-8")
    sections = dict(re.findall(r"^## ([a-z-]+)\n(.*?)(?=^## |\Z)", text, re.MULTILINE | re.DOTALL))
    assert list(sections) == list(CHECKS)
    for code, section in sections.items():
        assert all(severity in section.splitlines()[1] for severity in CHECKS[code].severities), code
        for part in ("Means", "Computed", "Source", "Innocent explanations"):
            assert f"**{part}.**" in section, f"{code}: {part}"


def test_worst_findings_first() -> None:
    text = "Serving Size: 1 Capsule\nMagnesium (as magnesium glycinate) 400 mg 95%"
    severities = [finding.severity for finding in check_label(read_label(text, "Magnesium Glycinate 400 mg", "US"))]
    assert severities == sorted(severities, key=SEVERITIES.index)
    assert {"error", "warning"} <= set(severities)


def test_a_finding_shows_what_it_compared() -> None:
    text = "Serving Size: 2 Capsules\nMagnesium (as magnesium oxide) 500 mg 119%"
    finding = {f.code: f for f in check_label(read_label(text, market="US"))}["above-upper-limit"]
    assert finding.numbers == {"elemental_mg_per_day": Decimal(500), "upper_limit_mg": Decimal(350)}
    assert "500 mg" in finding.message
    assert "IOM" in finding.message
    assert finding.quote is not None
    assert "500 mg" in finding.quote
    assert finding.more == "docs/FINDINGS.md#above-upper-limit"


def test_the_body_that_sets_the_limit_is_the_markets() -> None:
    text = "Serving Size: 1 tablet\nMagnesium (as magnesium oxide) 420 mg"
    said = {}
    for market in ("US", "CA", "EU", "DE", "UK", "AU", None):
        found = {f.code: f for f in check_label(read_label(text, market=market))}["above-upper-limit"]
        said[market] = found.numbers["upper_limit_mg"]
    assert said == {"US": 350, "CA": 350, "EU": 250, "DE": 250, "UK": 400, "AU": 350, None: 350}


def test_a_finding_of_a_wrong_kind_is_refused() -> None:
    with pytest.raises(KeyError):
        make_finding("no-such-code", "Nothing.")
    with pytest.raises(ValueError, match="never of severity error"):
        make_finding("hidden-oxide", "Nothing.", severity="error")


NOISE = {
    "trailing spaces": lambda text: text.replace("\n", "   \n"),
    "windows line ends": lambda text: text.replace("\n", "\r\n"),
    "wide spaces": lambda text: text.replace(" ", "\u00a0"),
    "table borders": lambda text: "\n".join(f"| {line} |" if line.strip() else line for line in text.split("\n")),
    "rules between rows": lambda text: text.replace("\n", "\n----------\n"),
    "asterisks": lambda text: text.replace("mg", "mg*"),
    "around": lambda text: f"\n\n\n{text}\n\n\n",
}


@pytest.mark.parametrize("noise", NOISE)
@pytest.mark.parametrize("code", EXAMPLES)
def test_noise_changes_no_finding(code: str, noise: str) -> None:
    for example in EXAMPLES[code]:
        changed = example | {"text": NOISE[noise](example["text"])}
        assert {c: f.severity for c, f in findings(changed).items()} == {
            c: f.severity for c, f in findings(example).items()
        }


def test_a_form_that_only_the_title_names_is_no_error() -> None:
    text = "Serving Size: 1 Capsule\nMagnesium 400 mg 95%"
    found = {f.code: f.severity for f in check_label(read_label(text, "Magnesium Glycinate", "US"))}
    assert found["does-not-fit-capsules"] == "warning"


def test_a_row_that_was_not_understood_is_no_wrong_sum() -> None:
    text = (
        "Magnesium 200 mg\nProvided by:\n117 mg of magnesium from 900 mg of magnesium bisglycinate\n"
        "50 mg of magnesium from 380 mg of magnesium unobtainate\n33 mg of magnesium from 63 mg of magnesium oxide\n"
    )
    assert "sum-mismatch" not in {f.code for f in check_label(read_label(text, market="CA"))}


def test_every_error_on_recorded_labels_is_in_the_docs(recorded: Path) -> None:
    table, _ = audit(recorded)
    rows = [line for line in table.splitlines() if line.startswith("| ") and not line.startswith("| label")]
    page = (ROOT / "docs" / "FINDINGS.md").read_text("utf-8").splitlines()
    assert [row for row in rows if row not in page] == [], "make audit rewrites the table"


def test_a_listings_title_counts_for_a_label_read_without_it() -> None:
    text = "Serving Size: 2 Tablets\nMagnesium (as magnesium oxide) 200 mg 50%"
    shop = {"source": "shop", "source_key": "1", "url": "https://shop.example/1"}
    plain = {f.code for f in check_label(read_label(text, market="US"))}
    assert {"old-daily-value"} <= plain
    assert not plain & {"title-form-mismatch", "hidden-oxide"}
    glycinate = Listing(**shop, title="Magnesium Glycinate 200 mg")
    found = {f.code for f in check_label(read_label(text, market="US"), glycinate)}
    assert {"hidden-oxide", "serving-is-several", "old-daily-value"} <= found
    prenatal = Listing(**shop, title="Prenatal Minerals")
    assert "old-daily-value" not in {f.code for f in check_label(read_label(text, market="US"), prenatal)}


@pytest.mark.parametrize(
    ("title", "stated", "said"),
    [
        ("Magnesium Glycinate", "magnesium oxide", {"hidden-oxide"}),
        ("Magnesium Glycinate", "magnesium citrate, magnesium oxide", {"title-form-mismatch"}),
        ("Magnesium Glycinate", "magnesium glycinate, magnesium oxide", {"hidden-oxide"}),
        ("Magnesium Oxide & Glycinate", "magnesium oxide", {"title-form-mismatch"}),
        ("Magnesium Malate", "magnesium glycinate, buffered", {"title-form-mismatch", "hidden-oxide"}),
    ],
)
def test_another_form_than_the_titles_is_said_once(title: str, stated: str, said: set[str]) -> None:
    label = read_label(f"Serving Size: 1 Tablet\nMagnesium (as {stated}) 100 mg 24%", title=title, market="US")
    assert {finding.code for finding in check_label(label)} & {"title-form-mismatch", "hidden-oxide"} == said


@pytest.mark.parametrize("percent", ["0%", "<1%"])
def test_a_placeholder_percent_proves_no_error(percent: str) -> None:
    text = f"Serving Size: 2 Capsules\nMagnesium (as magnesium glycinate) 2 g {percent}"
    found = check_label(read_label(text, market="US"))
    assert not [finding.code for finding in found if finding.severity == "error" and finding.code == "unit-slip"]


def test_a_doubted_amount_is_no_proof_of_an_overfull_capsule() -> None:
    text = "Serving Size: 1 Capsule\nMagnesium (as magnesium glycinate) 400 mg 60%"
    found = {finding.code: finding for finding in check_label(read_label(text, market="US"))}
    assert "percent-dv-mismatch" in found
    assert found["does-not-fit-capsules"].severity != "error"


def test_the_parts_that_do_not_add_up_are_shown() -> None:
    text = "Magnesium 310 mg 50%\n 200 mg from magnesium oxide\n 50 mg from magnesium citrate"
    (found,) = [f for f in check_label(read_label(text, market=None)) if f.code == "sum-mismatch"]
    assert {found.numbers["part_1_mg"], found.numbers["part_2_mg"]} == {200, 50}


def test_numbers_are_printed_to_four_decimals() -> None:
    text = "Serving Size: 1 Capsule\nMagnesium (as magnesium glycinate) 400 mg 95%"
    for finding in check_label(read_label(text, market="us")):
        assert all(len(str(number)) <= 12 for number in finding.numbers.values()), finding


def test_a_market_may_be_written_small() -> None:
    text = "Per tablet: Magnesium (as citrate) 375mg 100% NRV"
    codes = {f.code for f in check_label(read_label(text, market="uk"))}
    assert codes == {f.code for f in check_label(read_label(text, market="UK"))}
    assert "above-upper-limit" not in codes, "400 mg is the guidance level in the UK"
