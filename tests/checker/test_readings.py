"""The readings of the recorded labels, so that no reading changes without a new reader version.

    python -m tests.checker.test_readings      # writes the readings of this version

The stored file holds ids and readings only; the labels themselves are kept outside the project.
"""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from checker import READER_VERSION, read_label
from tests.checker.labels import DATA
from tests.conftest import SHARED

STORED = DATA / "readings.json"


def readings(folder: Path) -> dict[str, list[object]]:
    """Case id -> forms, elemental mg, basis, percent and compound weights, as JSON."""
    found = {}
    for line in (folder / "eval" / "labels-dev.jsonl").read_text("utf-8").splitlines():
        case = json.loads(line)
        label = read_label(case["panel"], title=case["title"], market=case["market"])
        weights = [f"{s.form} {s.compound_mg}" for s in label.sources if s.compound_mg is not None]
        bounds = [str(mg) for mg in label.elemental_range or ()]
        found[case["id"]] = [
            list(label.forms),
            str(label.elemental_mg),
            label.basis,
            str(label.percent_dv),
            bounds,
            weights,
        ]
    return found


def test_a_changed_reading_has_a_new_version(recorded: Path) -> None:
    if not (recorded / "eval" / "labels-dev.jsonl").is_file():
        pytest.skip("the recorded cases are not on this machine")
    stored = json.loads(STORED.read_text("utf-8"))
    now = readings(recorded)
    changed = sorted(key for key in now if stored["readings"].get(key) != now[key])
    if changed:
        assert stored["reader_version"] != READER_VERSION, (
            f"{len(changed)} readings changed ({', '.join(changed[:5])} ...): raise READER_VERSION, "
            "then write the readings anew (python -m tests.checker.test_readings) and docs/ACCURACY.md"
        )
    assert stored["reader_version"] == READER_VERSION, "write the readings of this version"
    assert not changed


def write() -> None:
    """Store the readings of this version."""
    folder = Path(os.environ.get("MAGLABEL_RECORDED", SHARED))
    rows = ",\n".join(f" {json.dumps(k)}: {json.dumps(v)}" for k, v in sorted(readings(folder).items()))
    STORED.write_text(f'{{"reader_version": "{READER_VERSION}", "readings": {{\n{rows}\n}}}}\n', "utf-8")


if __name__ == "__main__":
    write()
