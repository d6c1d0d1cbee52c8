"""Lists every error that the checks raise on the recorded labels, with its arithmetic, in docs/FINDINGS.md.

    python -m benchmarks.audit_findings [FOLDER]     # or: make audit

FOLDER holds the recorded shops and labels (MAGLABEL_RECORDED); it is no part of the project.
"""

from __future__ import annotations

import gzip
import json
import os
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from checker import Finding, check_label, read_label
from spiders.dsld_text import Label as DsldLabel
from spiders.dsld_text import label_text, statements_text
from spiders.html_text import html_to_text

ROOT = Path(__file__).resolve().parents[1]
PAGE = ROOT / "docs" / "FINDINGS.md"
HEADING = "# Errors on measured labels"
SHOPS = {"multivitamins": "US", "herbera": None, "supplements_ke": None}


class Case(NamedTuple):
    """One label as the reader gets it."""

    key: str
    text: str
    title: str | None
    market: str | None


def cases(folder: Path) -> Iterator[Case]:
    """Every recorded label: the labelled cases, the label database, the shops."""
    for line in (folder / "eval" / "labels-dev.jsonl").read_text("utf-8").splitlines():
        row = json.loads(line)
        yield Case(row["id"], row["panel"] or "", row["title"], row["market"])
    for line in (folder / "real" / "dsld" / "labels.jsonl").read_text("utf-8").splitlines():
        label = DsldLabel.model_validate_json(line)
        text = "\n\n".join(filter(None, (label_text(label), statements_text(label))))
        yield Case(f"dsld-{label.id}", text, label.full_name, "US")
    for shop, market in SHOPS.items():
        for product in _products(folder / "real" / f"shopify_{shop}.json.gz"):
            yield Case(f"{shop}-{product['id']}", html_to_text(product["body_html"]), product["title"], market)
    for product in _products(folder / "real" / "woocommerce_multivitamins.json.gz"):
        yield Case(f"woocommerce-{product['id']}", html_to_text(product["description"]), product["name"], "US")


def _products(path: Path) -> list[dict[str, str]]:
    products: list[dict[str, str]] = json.loads(gzip.decompress(path.read_bytes()))
    return products


def audit(folder: Path) -> tuple[str, Counter[str]]:
    """The table of errors in Markdown, and how often each code fires."""
    fired: Counter[str] = Counter()
    labels = 0
    rows: list[tuple[str, Finding]] = []
    for case in cases(folder):
        label = read_label(case.text, case.title, case.market)
        labels += label.has_magnesium
        for finding in check_label(label):
            fired[finding.code] += 1
            if finding.severity == "error":
                rows.append((case.key, finding))
    lines = [f"On {labels} recorded labels with magnesium, {len(rows)} error(s):", ""]
    lines += ["| label | code | its words | arithmetic |", "|---|---|---|---|"]
    lines += [f"| {key} | {f.code} | {_cell(f.quote or '')} | {_cell(f.message)} |" for key, f in rows]
    return "\n".join(lines) + "\n", fired


def _cell(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|")


def main() -> None:
    """Rewrite the table at the end of docs/FINDINGS.md and print how often each code fires."""
    folder = Path(sys.argv[1] if len(sys.argv) > 1 else os.environ.get("MAGLABEL_RECORDED", ROOT.parent / "shared"))
    if not (folder / "real").is_dir():
        sys.exit(f"no recorded labels in {folder}")
    table, fired = audit(folder)
    page = PAGE.read_text("utf-8").partition(HEADING)[0]
    PAGE.write_text(f"{page}{HEADING}\n\n{table}", "utf-8")
    for code, count in fired.most_common():
        print(f"{count:6} {code}")


if __name__ == "__main__":
    main()
