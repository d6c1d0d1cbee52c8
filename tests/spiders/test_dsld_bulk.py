"""The whole label database from one zip: on this machine or on the web, broken off, damaged, or none at all."""

from __future__ import annotations

import json
import signal
import threading
import zipfile
from pathlib import Path
from random import Random

import pytest

from catalog import open_catalog
from spiders.config import SourceConfig
from spiders.detect import detect
from spiders.download import PIECE
from spiders.dsld_bulk import BULK
from tests.conftest import Maglabel
from tests.spiders.crawling import crawl_all, ended, start_crawl
from tests.spiders.labels import EXCIPIENT, NESTED, Labels, crawl, damage, document, keys, packed, row, zipped
from tests.spiders.sites import Answer, Site, serving
from tests.spiders.test_download import Shelf


def test_a_local_zip_fills_the_catalog_and_the_search_adds_what_is_newer(tmp_path: Path) -> None:
    site = Labels(1, 2, 3, 4)
    body = packed(document(1), document(2), EXCIPIENT, NESTED)
    with serving(site):
        result, crawled = crawl(site, tmp_path, bulk=zipped(tmp_path, body))
    assert (result["outcome"], result["message"]) == ("fresh", "a label database has no prices")
    assert keys(tmp_path) == ["1", "2", "3", "4", "8"]
    assert result["skipped"] == {"no_magnesium": 1}
    assert sorted(site.labels_asked) == [3, 4], "what the zip holds is not asked for again"
    facts = crawled.listing("dsld", "8").facts_text
    assert facts is not None
    assert "  Magnesium Citrate | 100 mg" in facts.splitlines()


def test_damaged_entries_are_counted_and_the_others_are_kept(tmp_path: Path) -> None:
    body = packed(document(1), document(2), document(3), odd=b"[1, 2]", half=b'{"id": 5, "full', none=b'{"id": null}')
    site = Labels(1, 2, 3)
    with serving(site):
        result, _ = crawl(site, tmp_path, bulk=zipped(tmp_path, damage(body, "labels/2.json")))
    assert (result["outcome"], result["skipped"]) == ("fresh", {"damaged": 2, "unreadable": 2})
    assert "2 labels of all.zip are damaged and were searched for one by one" in result["message"]
    assert keys(tmp_path) == ["1", "2", "3"], "the search finds what the zip lost"


def test_a_gap_is_filled_from_the_zip_where_there_is_one(tmp_path: Path) -> None:
    site = Labels(1, 2, 3, 4, 5, 6)
    site.answers["/dsld/v9/label/5"] = Answer(status=404)
    site.answers["/dsld/v9/label/6"] = Answer("<h1>busy</h1>", media="text/html")
    bulk = zipped(tmp_path, packed(document(1), document(2)))
    with serving(site):
        first, _ = crawl(site, tmp_path, bulk=bulk)
        assert (first["outcome"], first["listings"], sorted(site.labels_asked)) == ("partial", 2, [5, 6])
        zipped(tmp_path, packed(document(1), document(2), document(3)))
        del site.answers["/dsld/v9/label/6"]
        second, _ = crawl(site, tmp_path, bulk=bulk)
        assert (second["outcome"], second["listings"], sorted(site.labels_asked)) == ("fresh", 5, [4, 5, 6])
        third, _ = crawl(site, tmp_path, bulk=str(tmp_path / "none.zip"))
    assert (third["outcome"], site.labels_asked, site.searches) == ("fresh", [5], 1), "the zip is not needed any more"


def test_memory_does_not_grow_with_the_zip(tmp_path: Path) -> None:
    peaks = []
    for number in (500, 15_000):
        path = tmp_path / f"{number}.zip"
        padding = "x" * 10_000
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
            for key in range(number):
                one = document(key) if key % 20 == 0 else document(key, row("Zinc"), statements=[{"notes": padding}])
                archive.writestr(f"{key}.json", json.dumps(one))
        with serving(site := Labels()):
            (tmp_path / str(number)).mkdir()
            result, crawled = crawl(site, tmp_path / str(number), bulk=str(path))
        assert (result["outcome"], result["listings"]) == ("fresh", number // 20)
        assert result["skipped"] == {"no_magnesium": number - number // 20}
        peaks.append(crawled.megabytes)
    assert peaks[1] - peaks[0] < 75, "unpacked, the larger zip has 145 MB"


def test_recorded_labels_come_out_of_a_zip_as_out_of_the_interface(tmp_path: Path, recorded: Path) -> None:
    lines = (recorded / "real/dsld/labels.jsonl").read_text("utf-8").splitlines()
    labels = [json.loads(line) for line in lines]
    from_zip, one_by_one = Labels(), Labels(page=50)
    one_by_one.documents = {label["id"]: label for label in labels}
    for label in labels:  # the search knows of magnesium in nested rows, too
        one_by_one.answers[f"/dsld/v9/label/{label['id']}"] = Answer(label)
    one_by_one.documents = {label["id"]: document(label["id"]) for label in labels}
    (tmp_path / "zip").mkdir()
    (tmp_path / "search").mkdir()
    with serving(from_zip, one_by_one):
        first, a = crawl(from_zip, tmp_path / "zip", bulk=zipped(tmp_path, packed(*labels)))
        second, b = crawl(one_by_one, tmp_path / "search")
    assert first["outcome"] == second["outcome"] == "fresh"
    assert first["listings"] == second["listings"] == len(labels) == 41
    for label in labels:
        zipped_listing, found = a.listing("dsld", str(label["id"])), b.listing("dsld", str(label["id"]))
        assert zipped_listing.model_copy(update={"url": ""}) == found.model_copy(update={"url": ""})


@pytest.mark.parametrize("body", [packed(document(1), document(2))[:-30], b"<html>", b""])
def test_a_zip_that_is_none_is_told_in_a_sentence(tmp_path: Path, body: bytes) -> None:
    site = Labels(1)
    with serving(site):
        result, _ = crawl(site, tmp_path, bulk=zipped(tmp_path, body))
        assert result["outcome"] == "failed"
        assert "all.zip is no zip file, or is damaged or broken off" in result["message"]
        gone, _ = crawl(site, tmp_path, bulk=str(tmp_path / "none.zip"))
    assert "none.zip is not there" in gone["message"]
    assert site.asked == []


def test_a_zip_from_the_network_is_taken_up_where_it_broke_off(tmp_path: Path) -> None:
    noise = json.dumps({"id": 7, "noise": Random(1).randbytes(100_000).hex()})
    shelf = Shelf(body=packed(document(1), document(2), noise=noise.encode()), breaks=(0, PIECE))
    site = Labels(1, 2)
    with serving(site, shelf):
        result, crawled = crawl(site, tmp_path, bulk=f"{shelf.url}all.zip")
        assert (result["outcome"], result["listings"]) == ("fresh", 2)
        assert shelf.paths == ["/robots.txt", *["/all.zip"] * 3]
        assert shelf.ranges_asked[1:] == ["bytes=0-0", None, f"bytes={PIECE}-"]
        assert result["bytes"] > len(shelf.body)
        assert {asked.headers["User-Agent"] for asked in shelf.asked} == {site.asked[0].headers["User-Agent"]}
        with open_catalog(crawled.database, read_only=True) as catalog:
            product = catalog.product("dsld", "1")
        assert product is not None
        assert product.capture_url == f"{shelf.url}all.zip#labels/1.json"


@pytest.mark.parametrize(
    ("shelf", "words"),
    [
        (Shelf(body=b"no zip" * 20), "is no zip file, or is damaged or broken off"),
        (Site({}), "/all.zip answered 404 Not Found"),
        (Site({}, robots=Answer("User-agent: *\nDisallow: /", media="text/plain")), "robots.txt forbids it"),
        (Site({"/all.zip": Answer(status=302, headers={"Location": "http://127.0.0.2:9/"})}), "redirects to"),
    ],
)
def test_a_zip_that_cannot_be_had_fails_the_source(tmp_path: Path, shelf: Site, words: str) -> None:
    site = Labels(1)
    with serving(site, shelf):
        result, _ = crawl(site, tmp_path, bulk=f"{shelf.url}all.zip")
    assert result["outcome"] == "failed"
    assert words in result["message"]
    assert not list(tmp_path.glob("cache/maglabel/*.zip")), "a damaged file is fetched anew"


def configured(folder: Path, site: Site, bulk: str, **values: object) -> Path:
    """A maglabel.toml with the database as a source."""
    path = folder / "maglabel.toml"
    more = "".join(f"{name} = {value}\n" for name, value in values.items())
    path.write_text(f'[sources.dsld]\nurl = "{site.url}"\nkind = "dsld"\ndelay = 0\nbulk = "{bulk}"\n{more}', "utf-8")
    return path


def test_a_taste_does_not_fetch_the_whole_database(tmp_path: Path, maglabel: Maglabel) -> None:
    site, shelf = Labels(1, 2, 3), Shelf()
    with serving(site, shelf):
        path = configured(tmp_path, site, f"{shelf.url}all.zip")
        done = maglabel("sources", "test", "dsld", "--limit", "2", "--config", str(path))
    assert (done.returncode, done.stderr) == (0, "")
    assert "Dietary Supplement Label Database" in done.stdout
    assert shelf.asked == []


def test_ctrl_c_ends_a_download_and_the_next_refresh_goes_on_from_there(tmp_path: Path) -> None:
    noise = json.dumps({"id": 7, "noise": Random(1).randbytes(300_000).hex()}).encode()
    shelf = Shelf(body=packed(document(1), noise=noise), breaks=(0, 2 * PIECE))
    site, file = Labels(1), shelf.file
    reached, stopped = threading.Event(), threading.Event()

    def hang() -> Answer:
        if not shelf.breaks:
            reached.set()
            stopped.wait(60)
        return file()

    shelf.answers["/all.zip"] = hang
    source = {"dsld": SourceConfig(url=site.url, kind="dsld", delay=0, bulk=f"{shelf.url}all.zip")}
    with serving(site, shelf):
        with start_crawl(source, tmp_path) as child:
            assert reached.wait(60)
            child.send_signal(signal.SIGINT)
            stopped.set()
            first = ended(child, tmp_path)
        assert (first.results["dsld"]["outcome"], first.stderr) == ("failed", "")
        assert "stopped" in first.results["dsld"]["message"]
        assert site.asked == []
        second = crawl_all(source, tmp_path)
    assert second.results["dsld"]["outcome"] == "fresh"
    last = shelf.asked[-1].headers
    assert last.get("Range") == f"bytes={2 * PIECE}-" or "If-None-Match" in last, "no byte is fetched twice"


def test_a_budget_that_is_used_up_by_the_zip_keeps_what_came_of_it(tmp_path: Path) -> None:
    noise = json.dumps({"id": 7, "noise": Random(1).randbytes(300_000).hex()}).encode()
    shelf, site = Shelf(body=packed(document(1), noise=noise)), Labels(1)
    with serving(site, shelf):
        result, _ = crawl(site, tmp_path, bulk=f"{shelf.url}all.zip", max_bytes=1000)
        assert result["outcome"] == "failed"
        assert "the bytes for this source were used up (max_bytes: 1,000)" in result["message"]
        asked = len(shelf.asked)
        result, _ = crawl(site, tmp_path, bulk=f"{shelf.url}all.zip")
    assert (result["outcome"], result["listings"]) == ("fresh", 1)
    assert len(shelf.asked) > asked


def test_the_official_database_is_added_with_its_zip(monkeypatch: pytest.MonkeyPatch) -> None:
    with serving(site := Labels(1, **{"/dsld/version": Answer({"version": "9.5.0"})})):
        assert "bulk" not in detect(site.url).entry
        monkeypatch.setattr("spiders.dsld.OFFICIAL", "127.0.0.1")
        found = detect(site.url)
    assert found.entry["bulk"] == BULK
    assert any(BULK in note for note in found.notes(3.6))
