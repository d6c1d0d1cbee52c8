"""A refresh as cron sees it: real processes, real shops on loopback."""

from __future__ import annotations

import json
import os
import pty
import shlex
import signal
import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
import typer
from pydantic import BaseModel, field_serializer

from catalog import SourceResult
from checker import LockedError
from commands import log
from commands.duration import duration
from commands.ending import Report, exit_code
from commands.hook import run_hook
from maglabel import main
from tests.catalog.test_lock import another_process
from tests.conftest import ROOT, Maglabel
from tests.spiders.sites import Answer, Site, page, product, serving, shop, variant

FACTS = "Supplement Facts<br>Serving Size: 2 Capsules<br>Magnesium (as magnesium bisglycinate) 200 mg 48%"


def shelf(size: int, price: float = 20) -> list[dict[str, Any]]:
    """Products at a price and the next dollars."""
    return [
        product(n, f"Magnesium Glycinate {n}", body_html=FACTS, variants=[variant(price=f"{price + n:.2f}")])
        for n in range(1, size + 1)
    ]


@pytest.fixture
def acme() -> Iterator[Site]:
    """A shop that answers."""
    site = shop(shelf(12))
    with serving(site):
        yield site


class Cron:
    """Refreshes one shop, with a configuration and a catalog of its own."""

    def __init__(self, maglabel: Maglabel, folder: Path) -> None:
        self.maglabel, self.folder = maglabel, folder
        self.config, self.database = folder / "maglabel.toml", f"sqlite:///{folder / 'catalog.sqlite'}"
        self.places = ("--config", str(self.config), "--database", self.database)

    def sources(self, head: str = "", **urls: str) -> None:
        parts = [f'[sources.{n}]\nurl = "{url}"\nkind = "shopify"\ndelay = 0\n' for n, url in urls.items()]
        self.config.write_text(head + "".join(parts), "utf-8")

    def refresh(self, *options: str) -> subprocess.CompletedProcess[str]:
        return self.maglabel("refresh", *options, *self.places)

    def shown(self) -> Any:
        return json.loads(self.maglabel("export", "--format", "json", "--database", self.database).stdout)


@pytest.fixture
def cron(maglabel: Maglabel, tmp_path: Path) -> Cron:
    return Cron(maglabel, tmp_path)


def restocked(site: Site, products: list[dict[str, Any]]) -> None:
    """Let the shop offer other products from now on."""
    site.answers[page(1)] = Answer({"products": products})


def test_it_is_quiet_and_says_one_line(cron: Cron, acme: Site) -> None:
    cron.sources(acme=acme.url)
    done = cron.refresh()
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("1 source fresh; 12 new, 0 changed, 0 gone; ")
    assert done.stdout.endswith("; exit code 0\n")
    assert done.stdout.count("\n") == 1


def test_on_a_terminal_it_shows_a_table(cron: Cron, acme: Site) -> None:
    cron.sources(acme=acme.url)
    here, there = pty.openpty()
    command = [sys.executable, str(ROOT / "maglabel.py"), "refresh", *cron.places]
    with subprocess.Popen(command, stdout=there, stderr=subprocess.PIPE, cwd=ROOT) as child:
        os.close(there)
        seen = b""
        while chunk := read_or_nothing(here):
            seen += chunk
    os.close(here)
    assert child.returncode == 0
    assert b"Outcome" in seen


def read_or_nothing(terminal: int) -> bytes:
    """What a terminal shows next; nothing when nobody writes to it any more."""
    try:
        return os.read(terminal, 4096)
    except OSError:
        return b""


def test_what_is_not_fresh_is_named_on_standard_error(cron: Cron, acme: Site) -> None:
    cron.sources(acme=acme.url, bad="http://127.0.0.1:9/")
    done = cron.refresh()
    assert done.returncode == 3
    (line,) = done.stderr.splitlines()
    assert line.startswith("maglabel: bad failed: ")
    assert done.stdout.count("\n") == 1
    assert cron.refresh("bad").returncode == 5


def test_what_a_broken_crawl_brought_is_shown_and_nothing_is_gone(cron: Cron, acme: Site) -> None:
    cron.sources(acme=acme.url)
    assert cron.refresh().returncode == 0
    restocked(acme, [*shelf(3, price=21), *shelf(14)[12:]])
    acme.answers[page(2)] = Answer("<h1>Soon</h1>", media="text/html")
    done = cron.refresh()
    assert done.returncode == 3
    assert done.stderr.startswith("maglabel: acme partial: ")
    assert done.stdout.startswith("1 source partial; 2 new, 3 changed, 0 gone; ")
    prices = {row["title"]: row["price"] for row in cron.shown()}
    assert len(prices) == 14
    assert (prices["Magnesium Glycinate 1"], prices["Magnesium Glycinate 12"]) == ("22", "32")


def result(outcome: str) -> SourceResult:
    return SourceResult(outcome, outcome, "", 0, 0, 0, 0, 0, 0, 0, {}, 0, 0, 0.0)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("outcomes", "code"),
    [
        ("fresh fresh", 0),
        ("skipped skipped", 0),
        ("skipped fresh", 0),
        ("fresh failed", 3),
        ("skipped failed", 3),
        ("fresh partial", 3),
        ("partial partial", 3),
        ("partial failed", 3),
        ("fresh held", 4),
        ("failed held partial", 4),
        ("held", 4),
        ("failed failed", 5),
    ],
)
def test_the_exit_code_is_what_must_be_known_first(outcomes: str, code: int) -> None:
    assert exit_code([result(outcome) for outcome in outcomes.split()]) == code


def test_an_error_and_a_signal_have_their_own_codes() -> None:
    assert Report(error=LockedError("x"), sources=[result("failed")]).exit_code == 75
    assert Report(signal=signal.SIGTERM, sources=[result("failed")]).exit_code == 143
    assert Report(signal=signal.SIGINT, sources=[result("fresh")]).exit_code == 130


def test_a_bug_is_told_as_one() -> None:
    report = Report(error=KeyError("gap"))
    assert (report.exit_code, report.as_dict()["error"]) == (1, "A bug in maglabel: KeyError: 'gap'")


def test_what_looks_wrong_waits_for_review(cron: Cron, acme: Site) -> None:
    cron.sources(acme=acme.url)
    assert cron.refresh().returncode == 0
    before = cron.shown()
    restocked(acme, shelf(4))
    done = cron.refresh()
    assert done.returncode == 4
    assert "maglabel: acme held: kept aside for review: only 4 of last time's 12 listings" in done.stderr
    assert cron.shown() == before
    review = ("review", "--database", cron.database)
    shown = cron.maglabel(*review).stdout
    assert "listings 12 -> 4" in shown
    assert "Magnesium Glycinate 5" in shown
    assert "waits for review" in cron.maglabel("status", "--database", cron.database).stdout
    assert json.loads(cron.maglabel(*review, "--json").stdout)["reviews"][0]["gone"] == 8
    rejected = cron.maglabel(*review, "--reject", "acme")
    assert (rejected.returncode, "rejected" in rejected.stderr) == (0, True)
    assert cron.shown() == before
    assert cron.refresh().returncode == 4
    accepted = cron.maglabel(*review, "--accept", "acme")
    assert (accepted.returncode, "4 listings" in accepted.stderr) == (0, True)
    assert len(cron.shown()) == 4
    assert cron.refresh().returncode == 0
    nothing = cron.maglabel(*review, "--accept", "acme")
    assert (nothing.returncode, nothing.stderr) == (2, "maglabel: Nothing of 'acme' waits for review.\n")
    assert cron.maglabel(*review).stdout == "Nothing waits for review.\n"


def test_the_report_is_json(cron: Cron, acme: Site) -> None:
    cron.sources(acme=acme.url)
    report = json.loads(cron.refresh("--json").stdout)
    assert (report["run"], report["database"], report["exit_code"], report["error"]) == (1, cron.database, 0, None)
    assert report["started_at"] < report["finished_at"]
    assert [source["outcome"] for source in report["sources"]] == ["fresh"]


def test_what_is_fresh_enough_is_not_asked(cron: Cron, acme: Site) -> None:
    cron.sources(acme=acme.url)
    assert cron.refresh("--max-age", "20h").returncode == 0
    asked = len(acme.asked)
    done = cron.refresh("--max-age", "20h", "--json")
    (source,) = json.loads(done.stdout)["sources"]
    assert (done.returncode, source["outcome"], source["listings"]) == (0, "skipped", 12)
    assert "fresh since" in source["message"]
    assert len(acme.asked) == asked
    assert cron.refresh("--max-age", "0m").returncode == 0
    assert len(acme.asked) > asked


def test_a_clock_that_was_wrong_once_does_not_stop_refreshes(cron: Cron, acme: Site) -> None:
    cron.sources(acme=acme.url)
    assert cron.refresh().returncode == 0
    with closing(sqlite3.connect(cron.folder / "catalog.sqlite")) as connection, connection:
        connection.execute("UPDATE run_sources SET finished_at = '2099-01-01 00:00:00.000000'")
    status = ("status", "--database", cron.database, "--max-age", "20h")
    assert cron.maglabel(*status).returncode == 3
    restocked(acme, shelf(12, price=21))
    assert cron.refresh("--max-age", "20h").stdout.startswith("1 source fresh; 0 new, 12 changed")
    shown = cron.maglabel(*status)
    assert (shown.returncode, "2099" in shown.stdout) == (0, False)


def test_a_monitor_asks_how_old_everything_is(cron: Cron, acme: Site) -> None:
    cron.sources(acme=acme.url)
    status = ("status", *cron.places, "--max-age")
    assert cron.refresh().returncode == 0
    assert cron.maglabel(*status, "20h").returncode == 0
    assert cron.maglabel(*status, "0s").returncode == 3
    restocked(acme, shelf(4))
    cron.refresh()
    assert cron.maglabel(*status, "20h").returncode == 4


def test_a_monitor_asks_for_the_sources_that_are_to_be_refreshed(cron: Cron, acme: Site) -> None:
    cron.sources(acme=acme.url, bad="http://127.0.0.1:9/")
    assert cron.refresh().returncode == 3
    status = ("status", *cron.places, "--max-age", "20h")
    assert cron.maglabel(*status).returncode == 3
    cron.sources(acme=acme.url)
    assert cron.maglabel(*status).returncode == 0, "what was removed is not waited for"
    cron.sources(acme=acme.url, new=acme.url)
    assert cron.maglabel(*status).returncode == 3, "what was never refreshed is"
    cron.config.unlink()
    assert cron.maglabel(*status).returncode == 3, "without a list all that the catalog has"


@pytest.mark.parametrize(("text", "seconds"), [("30m", 1800), ("20h", 72000), ("7d", 604800), (" 2W ", 1209600)])
def test_spans_of_time(text: str, seconds: int) -> None:
    assert duration(text).total_seconds() == seconds


@pytest.mark.parametrize("text", ["", "20", "h", "20 hours", "-1d", "1.5h", "99999d"])
def test_what_is_no_span_of_time_is_refused(text: str) -> None:
    with pytest.raises(typer.BadParameter, match="is no span of time"):
        duration(text)


def test_a_wrong_span_of_time_is_wrong_usage(cron: Cron) -> None:
    done = cron.refresh("--max-age", "soon")
    assert (done.returncode, "is no span of time" in done.stderr) == (2, True)


def test_the_log_file_has_a_line_for_each_source_and_each_error(cron: Cron, acme: Site, tmp_path: Path) -> None:
    path = tmp_path / "maglabel.log"
    cron.sources(acme=acme.url, bad="http://127.0.0.1:9/")
    cron.refresh("--log-file", str(path))
    with another_process(cron.database) as other:
        assert cron.refresh("--log-file", str(path)).returncode == 75
    first, second, third, error, last = path.read_text("utf-8").splitlines()
    assert "INFO acme: fresh (12 listings, 12 new, 0 changed, 0 gone; " in first
    assert " ERROR bad: failed (" in second
    assert third.endswith(" INFO run 1 ended with exit code 3")
    assert f" ERROR The catalog {tmp_path}/catalog.sqlite is being written since " in error
    assert f"process {other.pid} of " in error
    assert last.endswith(" INFO run - ended with exit code 75")


def test_the_log_file_is_rotated(tmp_path: Path) -> None:
    path = tmp_path / "maglabel.log"
    with log.logged(path):
        for number in range(3 * log.LARGEST // 1000):
            log.LOG.info("%05d %s", number, "x" * 1000)
    sizes = {file.name: file.stat().st_size for file in tmp_path.iterdir()}
    assert set(sizes) == {"maglabel.log", *(f"maglabel.log.{n}" for n in (1, 2, 3))}
    assert max(sizes.values()) <= log.LARGEST


HOOK = """
import json, os, sys
report = json.load(sys.stdin)
with open(sys.argv[1], "w") as file:
    json.dump({"code": os.environ["MAGLABEL_EXIT_CODE"], "report": report}, file)
print("heard")
sys.exit(int(sys.argv[2]))
"""


@pytest.fixture
def hook(tmp_path: Path) -> Callable[[int], str]:
    """A command that writes down what it hears and ends with a code."""
    script = tmp_path / "hook.py"
    script.write_text(HOOK, "utf-8")
    return lambda code: shlex.join([sys.executable, str(script), str(tmp_path / "heard.json"), str(code)])


def test_a_command_hears_how_it_ended(cron: Cron, acme: Site, hook: Callable[[int], str], tmp_path: Path) -> None:
    cron.sources(f"on_finish = '''{hook(0)}'''\n", acme=acme.url, bad="http://127.0.0.1:9/")
    done = cron.refresh("--json")
    heard = json.loads((tmp_path / "heard.json").read_text())
    assert heard == {"code": "3", "report": json.loads(done.stdout)}
    assert done.stderr == "heard\n"
    with another_process(cron.database):
        assert cron.refresh().returncode == 75
    heard = json.loads((tmp_path / "heard.json").read_text())
    assert (heard["code"], heard["report"]["sources"]) == ("75", [])
    assert "is being written since" in heard["report"]["error"]


def test_a_command_that_fails_is_told_and_changes_nothing(cron: Cron, acme: Site, hook: Callable[[int], str]) -> None:
    cron.sources("on_finish = 'no-such-command'\n", acme=acme.url)
    done = cron.refresh("--on-finish", hook(7))
    assert (done.returncode, done.stdout.count("\n")) == (0, 1)
    assert done.stderr.endswith(f"maglabel: The command on_finish ({sys.executable}) ended with exit code 7.\n")
    done = cron.refresh()
    assert done.returncode == 0
    expected = "maglabel: The command on_finish (no-such-command) cannot be run: No such file or directory.\n"
    assert done.stderr == expected
    assert len(cron.shown()) == 12


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["sh", "-c", "exit 0"], ""),  # though it does not read its report
        (["sh", "-c", "kill -9 $$"], "The command on_finish (sh) was ended by signal 9."),
        (["a\0b"], "The command on_finish (a\0b) cannot be run: embedded null byte."),
        (["/"], "The command on_finish (/) cannot be run: Permission denied."),
    ],
)
def test_how_a_command_ended_is_said(words: list[str], said: str) -> None:
    assert run_hook(words, {"message": "x" * 1_000_000}, 0) == said


def test_a_command_that_hangs_is_killed_with_what_it_started(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("commands.hook.HOOK_SECONDS", 2)
    pipe = tmp_path / "held"
    os.mkfifo(pipe)
    reader = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)
    said = run_hook(["sh", "-c", f"exec 3>'{pipe}'; echo up >&3; sleep 600 & sleep 600"], {}, 0)
    assert said == "The command on_finish (sh) did not end within 2 seconds and was killed."
    os.set_blocking(reader, True)
    assert os.read(reader, 9) == b"up\n"
    assert os.read(reader, 9) == b"", "nobody has it open any more"
    os.close(reader)


def test_settings_that_are_wrong_are_told_everywhere(cron: Cron, acme: Site, hook: Callable[[int], str]) -> None:
    path, heard = cron.folder / "maglabel.log", cron.folder / "heard.json"
    options = ("--json", "--log-file", str(path), "--on-finish", hook(0))
    for settings, said in (("[sources", "is not valid TOML"), ("", "No source is configured yet in ")):
        cron.sources(settings, **({} if said.startswith("No") else {"acme": acme.url}))
        done = cron.refresh(*options)
        report = json.loads(done.stdout)
        assert (done.returncode, report["sources"], done.stderr.count("\n")) == (2, [], 2)
        assert said in report["error"]
        assert json.loads(heard.read_text("utf-8")) == {"code": "2", "report": report}
    assert path.read_text("utf-8").count("INFO run - ended with exit code 2") == 2
    assert not (cron.folder / "catalog.sqlite").exists()


def test_a_command_hears_of_it_though_nothing_can_be_printed(
    cron: Cron, acme: Site, hook: Callable[[int], str], tmp_path: Path
) -> None:
    cron.sources(acme=acme.url)
    command = [sys.executable, str(ROOT / "maglabel.py"), "refresh", *cron.places, "--on-finish", hook(0)]
    with Path("/dev/full").open("w") as full:
        done = subprocess.run(command, stdout=full, stderr=subprocess.PIPE, text=True, cwd=ROOT, check=False)
    assert (done.returncode, done.stderr.count("\n")) == (2, 2)
    assert done.stderr.endswith("maglabel: The output cannot be written: No space left on device.\n")
    assert json.loads((tmp_path / "heard.json").read_text("utf-8"))["report"]["error"] is None


@pytest.mark.parametrize("options", [[], ["--json"]])
def test_a_reader_who_has_gone_changes_nothing(
    cron: Cron, acme: Site, hook: Callable[[int], str], tmp_path: Path, options: list[str]
) -> None:
    cron.sources(acme=acme.url, closed="http://127.0.0.1:1/")
    command = [sys.executable, str(ROOT / "maglabel.py"), "refresh", *options, *cron.places, "--on-finish", hook(0)]
    here, there = os.pipe()
    os.close(here)
    done = subprocess.run(command, stdout=there, stderr=subprocess.PIPE, text=True, cwd=ROOT, check=False)
    os.close(there)
    assert done.returncode == 3
    assert "Traceback" not in done.stderr
    assert "Broken pipe" not in done.stderr
    assert json.loads((tmp_path / "heard.json").read_text("utf-8"))["code"] == "3"
    assert len(cron.shown()) == 12


def test_ctrl_c_is_ctrl_c_wherever_it_comes(monkeypatch: pytest.MonkeyPatch) -> None:
    class Written(BaseModel):
        word: str = ""

        @field_serializer("word")
        def interrupted(self, _: str) -> str:
            raise KeyboardInterrupt

    monkeypatch.setattr("maglabel.app", lambda: Written().model_dump_json())
    with pytest.raises(SystemExit) as ended:
        main()
    assert ended.value.code == 130


def test_output_that_a_limit_cuts_off_is_told(tmp_path: Path) -> None:
    command = shlex.join([sys.executable, str(ROOT / "maglabel.py"), "refresh", "--help"])
    limited = ["sh", "-c", f"ulimit -f 1; exec {command} > {tmp_path / 'help.txt'}"]
    done = subprocess.run(limited, stderr=subprocess.PIPE, text=True, cwd=ROOT, check=False)
    assert (done.returncode, done.stderr) == (2, "maglabel: The output cannot be written: File too large.\n")


def test_a_second_refresh_ends_at_once_and_says_who_is_there(cron: Cron, acme: Site) -> None:
    cron.sources(acme=acme.url)
    with another_process(cron.database) as other:
        done = cron.refresh()
    assert (done.returncode, done.stdout) == (75, "")
    assert f"by process {other.pid} of " in done.stderr
    assert acme.asked == []


@pytest.mark.parametrize(("number", "code"), [(signal.SIGTERM, 143), (signal.SIGINT, 130)])
def test_a_signal_ends_it_between_pages(cron: Cron, acme: Site, number: signal.Signals, code: int) -> None:
    reached, stopped = threading.Event(), threading.Event()

    def hang() -> Answer:
        reached.set()
        stopped.wait(60)
        return Answer({"products": shelf(3)})

    slow = Site({page(1): hang})
    cron.sources(acme=acme.url, slow=slow.url)
    assert cron.refresh("acme").returncode == 0
    before = cron.shown()
    command = [sys.executable, str(ROOT / "maglabel.py"), "refresh", "slow", "--json", *cron.places]
    with serving(slow), subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, cwd=ROOT) as child:
        assert reached.wait(60)
        child.send_signal(number)
        time.sleep(0.5)  # for the handler to run before the answer comes; too short only weakens the test
        stopped.set()
        out, err = child.communicate(timeout=60)
    assert (child.returncode, err) == (code, b"")
    (source,) = json.loads(out)["sources"]
    assert (source["outcome"], "stopped" in source["message"]) == ("failed", True)
    assert cron.shown() == before
    assert cron.refresh("acme").returncode == 0


@pytest.mark.parametrize(
    ("damage", "said"),
    [
        ("UPDATE maglabel_version SET version_num = '9999'", "was made by a newer version of maglabel (schema 9999)"),
        ("UPDATE labels SET document = '{'", "is damaged; restore it from a backup"),
        ("UPDATE run_sources SET finished_at = 'once'", "is damaged; restore it from a backup"),
    ],
    ids=["newer", "damaged", "no time"],
)
def test_a_catalog_that_cannot_be_used_is_told_and_left_alone(cron: Cron, acme: Site, damage: str, said: str) -> None:
    cron.sources(acme=acme.url)
    assert cron.refresh().returncode == 0
    with closing(sqlite3.connect(cron.folder / "catalog.sqlite")) as connection, connection:
        connection.execute(damage)
    before = dump(cron.folder)
    restocked(acme, shelf(12, price=21))
    done = cron.refresh("--json")
    assert (done.returncode, json.loads(done.stdout)["error"]) == (2, done.stderr.removeprefix("maglabel: ").strip())
    assert said in done.stderr
    assert done.stderr.count("\n") == 1
    assert dump(cron.folder) == before


def test_what_had_ended_before_an_error_is_told(cron: Cron, acme: Site) -> None:
    other = shop(shelf(12))
    with serving(other):
        cron.sources(acme=acme.url, bravo=other.url)
        assert cron.refresh().returncode == 0
        with closing(sqlite3.connect(cron.folder / "catalog.sqlite")) as connection, connection:
            bravo = "SELECT l.id FROM listings l JOIN sources s ON s.id = l.source_id WHERE s.name = 'bravo'"
            connection.execute(f"UPDATE labels SET document = '{{' WHERE listing_id IN ({bravo})")
        for site in (acme, other):
            restocked(site, shelf(12, price=21))
        done = cron.refresh("--json")
        report = json.loads(done.stdout)
        assert done.returncode == report["exit_code"] == 2
        assert [(each["source"], each["outcome"], each["changed"]) for each in report["sources"]] == [
            ("acme", "fresh", 12)
        ]
        assert "is damaged; restore it from a backup" in report["error"]


def dump(folder: Path) -> list[str]:
    """All that the catalog holds, but for the runs."""
    with closing(sqlite3.connect(folder / "catalog.sqlite")) as connection:
        return [line for line in connection.iterdump() if 'INTO "runs"' not in line]
