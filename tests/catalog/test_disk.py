"""A disk that is full or read-only, met by the whole command line: one sentence, and nothing is lost."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.catalog.conftest import with_own_mounts
from tests.conftest import ROOT
from tests.spiders.sites import Answer, Site, page, product, serving, shop

SCRIPT = """
mount -t tmpfs -o size={size} tmpfs {disk} || exit 77
run() {{ {python} {root}/maglabel.py "$@" --database sqlite:///{disk}/catalog.sqlite; echo "exit code $?" >&2; }}
{then}
"""


@pytest.fixture
def acme() -> Iterator[Site]:
    """A shop with one product now, and more text than a small disk holds in its second answer."""
    text = "Magnesium (as magnesium citrate) 100 mg 24%"
    site = shop([product(1, "Magnesium 1", body_html=text)])
    noise = [os.urandom(3000).hex() for _ in range(400)]
    many = [product(n, f"Magnesium {n}", body_html=f"{text}<p>{words}") for n, words in enumerate(noise, 1)]
    one = site.answers[page(1)]
    assert isinstance(one, Answer)
    site.answers[page(1)] = [one, Answer({"products": many})]
    with serving(site):
        yield site


def on_a_disk(folder: Path, site: Site, then: str, size: str = "64m") -> list[str]:
    """What the commands say on standard error, on a disk of their own."""
    disk = folder / "disk"
    disk.mkdir()
    config = folder / "maglabel.toml"
    config.write_text(f'[sources.acme]\nurl = "{site.url}"\nkind = "shopify"\ndelay = 0\n', "utf-8")
    script = SCRIPT.format(size=size, disk=disk, python=sys.executable, root=ROOT, then=then.format(disk=disk))
    environment = {**os.environ, "MAGLABEL_CONFIG": str(config), "TMPDIR": str(folder)}
    done = with_own_mounts(script, environment)
    assert "Traceback" not in done.stderr, done.stderr
    return done.stderr.splitlines()


@pytest.mark.parametrize("size", ["2m", "3m", "5m"], ids=["at once", "while collecting", "while publishing"])
def test_a_full_disk(tmp_path: Path, acme: Site, size: str) -> None:
    said = on_a_disk(tmp_path, acme, "run refresh; run refresh; run compare --json; run status", size)
    assert said[0] == "exit code 0"
    disk = tmp_path / "disk"
    assert said[1:3] in (
        [f"maglabel: The catalog {disk}/catalog.sqlite cannot be written: the disk is full.", "exit code 2"],
        [f"maglabel: acme failed: What is collected cannot be kept in {disk}: No space left on device.", "exit code 5"],
    )
    assert said[3:] == ["exit code 0", "exit code 0"], "what was there can still be read"


def test_a_read_only_disk(tmp_path: Path, acme: Site) -> None:
    remount = "run refresh; mount -o remount,ro {disk} || exit 77\n"
    commands = "run refresh; run review --accept acme; run refresh --log-file {disk}/log; run status; run compare"
    said = on_a_disk(tmp_path, acme, remount + commands)
    disk = tmp_path / "disk"
    reason = "cannot be written, and SQLite writes beside the file even to read it"
    told = f"maglabel: The catalog {disk}/catalog.sqlite {reason}."
    assert said == [
        "exit code 0",
        *(told, "exit code 2") * 2,
        f"maglabel: The log file {disk}/log cannot be written: Read-only file system.",
        *(told, "exit code 2"),
        *("exit code 0",) * 2,
    ]


@pytest.mark.parametrize(
    ("log", "why"), [("/dev/full", "No space left on device"), ("/nowhere/log", "No such file or directory")]
)
def test_a_log_alone_that_cannot_be_written(tmp_path: Path, acme: Site, log: str, why: str) -> None:
    said = on_a_disk(tmp_path, acme, f"run refresh --log-file {log}")
    assert said == [f"maglabel: The log file {log} cannot be written: {why}.", "exit code 0"]
