"""`maglabel refresh`, as a user types it, when many shops are broken at once."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

from tests.conftest import Maglabel
from tests.spiders.catalogues import CATALOGUES
from tests.spiders.faults import FAULTS, FRESH, PARTIAL
from tests.spiders.faultserver import FaultySite, misbehaving

BROKEN = ["500", "429", "429 for an hour", "gzip bomb", "200 MB", "one byte now and then", "silence", "reset", "404"]
SHOP = CATALOGUES["shopify"]


def shop(fault: str = "", place: str = "first") -> FaultySite:
    pages = SHOP.pages(SHOP.rows("1", "2"), SHOP.rows("3", "4"), SHOP.rows("5", "6"))
    bad = {"first": SHOP.page(1, 0), "late": SHOP.page(3, 4)}[place]
    return FaultySite(pages, FAULTS[fault].play if fault else None, lambda path: path == bad)


def written(folder: Path, sites: dict[str, FaultySite], **settings: object) -> Path:
    """A maglabel.toml with the sites."""
    lines = [
        f"{key} = {json.dumps(value)}" for key, value in ({"kind": "shopify", "currency": "USD"} | settings).items()
    ]
    entries = [f'[sources.{name}]\nurl = "{site.url}"\n' + "\n".join(lines) for name, site in sites.items()]
    (path := folder / "maglabel.toml").write_text("\n".join(entries), "utf-8")
    return path


def results(done: subprocess.CompletedProcess[str]) -> dict[str, dict[str, Any]]:
    assert "Traceback" not in done.stderr
    return {source["source"]: source for source in json.loads(done.stdout)["sources"]}


def test_broken_shops_neither_stop_nor_change_the_good_ones(maglabel: Maglabel, tmp_path: Path) -> None:
    sites = {f"good-{number}": shop() for number in range(5)}
    sites |= {f"broken-{number}": shop(fault) for number, fault in enumerate(BROKEN)} | {"half": shop("500", "late")}
    assert len(sites) == 15
    with misbehaving(*sites.values()):
        config = written(tmp_path, sites, delay=0, timeout=2)
        done = maglabel("refresh", "--json", "--config", str(config), "--database", f"sqlite:///{tmp_path}/c.sqlite")
        found = results(done)
        assert done.returncode == 3
        for name, result in found.items():
            expected = {"good": (FRESH, 6), "half": (PARTIAL, 4), "broken": ("failed", 0)}[name.partition("-")[0]]
            assert (result["outcome"], result["listings"]) == expected, (name, result["message"])
        for number, fault in enumerate(BROKEN):
            assert FAULTS[fault].says in found[f"broken-{number}"]["message"]
        seconds = {name: result["seconds"] for name, result in found.items()}
        slowest = max(seconds[name] for name in found if name.startswith("good"))
        assert slowest < seconds["broken-5"], "a good shop waits for no shop that sends a byte now and then"
        for name in ("good-1", "half"):
            sites[name].play = None
        again = maglabel(
            "refresh", "half", "--json", "--config", str(config), "--database", f"sqlite:///{tmp_path}/c.sqlite"
        )
    assert again.returncode == 0
    assert results(again)["half"]["listings"] == 6


def test_a_refresh_ends_when_its_time_is_over(maglabel: Maglabel, tmp_path: Path) -> None:
    with misbehaving(site := shop()):
        config = written(tmp_path, {"slow": site}, delay=4)
        options = ["--json", "--config", str(config), "--database", f"sqlite:///{tmp_path}/c.sqlite"]
        done = maglabel("refresh", "--max-time", "7s", *options)
    assert done.returncode == 3
    slow = results(done)["slow"]
    assert (slow["outcome"], slow["listings"]) == (PARTIAL, 2)
    assert slow["message"] == "the time given with --max-time was used up; what was not reached stays as it was"
    assert len(site.asked) == 2


def test_no_time_at_all_is_no_time_without_end(maglabel: Maglabel, tmp_path: Path) -> None:
    with misbehaving(site := shop()):
        options = ["--config", str(written(tmp_path, {"slow": site})), "--database", f"sqlite:///{tmp_path}/c.sqlite"]
        done = maglabel("refresh", "--max-time", "0s", *options)
    assert (done.returncode, site.asked) == (5, [])
    assert "slow failed: the time given with --max-time was used up" in done.stderr


def test_a_time_that_is_none_is_refused(maglabel: Maglabel) -> None:
    done = maglabel("refresh", "--max-time", "soon")
    assert done.returncode == 2
    assert "it may be 90s, 30m, 20h, 7d or 2w" in done.stderr
