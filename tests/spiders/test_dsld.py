"""The label database: the whole of it from one zip, then only what is new, and a search in slices without a zip."""

from __future__ import annotations

import io
import json
import signal
import threading
import zipfile
from pathlib import Path
from random import Random
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from catalog import open_catalog
from spiders.config import SourceConfig
from spiders.detect import detect
from spiders.download import PIECE
from spiders.dsld_bulk import BULK
from spiders.dsld_search import FIRST_YEAR, FORMS, WINDOW, Slice
from tests.conftest import Maglabel
from tests.spiders.crawling import Crawled, crawl_all, database_in, ended, start_crawl
from tests.spiders.sites import Answer, Say, Site, serving
from tests.spiders.test_download import Shelf


def row(name: str, quantity: float = 100, **values: Any) -> dict[str, Any]:
    amount = {"servingSizeOrder": 1, "quantity": quantity, "unit": "mg", "operator": "="}
    return {"name": name, "ingredientGroup": name, "notes": "", "forms": [], "quantity": [amount], **values}


def document(key: int, *rows: dict[str, Any], **values: Any) -> dict[str, Any]:
    """A label as the database gives it; magnesium when no row is named."""
    sizes = [{"minQuantity": 1, "maxQuantity": 1, "unit": "Tablet(s)"}]
    names = {"id": key, "fullName": f"Label {key}", "brandName": "Acme (fictional)", "upcSku": "0 12345 67890 5"}
    return names | {"servingSizes": sizes, "ingredientRows": list(rows) or [row("Magnesium")]} | values


STEARATE = {"ingredients": [{"name": "magnesium stearate", "ingredientGroup": "Magnesium"}]}
EXCIPIENT = document(9, row("Zinc"), otheringredients=STEARATE)
NESTED = document(8, row("Blend", nestedRows=[row("Magnesium Citrate")], ingredientGroup="Blend"))


class Labels(Site):
    """The database: `labels` in the order of entry; `years` by key; a page holds `page` hits at most."""

    def __init__(self, *keys: int, page: int = 2, **answers: Say) -> None:
        super().__init__(answers)
        self.documents = {key: document(key) for key in keys}
        self.page = page
        self.counts: dict[str, int] = {}
        """Query of a slice to the number of labels that it is said to have."""

    def say(self, path: str) -> Answer:
        if path.startswith("/dsld/v9/label/") and path not in self.answers:
            found = self.documents.get(int(path.rpartition("/")[2]))
            return Answer(found) if found else Answer(status=404)
        if path.startswith("/dsld/v9/search-filter") and path not in self.answers:
            return self.hits(parse_qs(urlsplit(path).query))
        return super().say(path)

    def hits(self, query: dict[str, list[str]]) -> Answer:
        start = int(query["from"][0])
        assert start + int(query["size"][0]) <= WINDOW, "beyond, the database answers empty"
        part = ",".join(query.get(name, [""])[0] for name in ("date_start", "date_end", "supplement_form"))
        newest = sorted(self.documents, reverse=True)[start : start + self.page]
        found = ((key, self.documents[key]["ingredientRows"]) for key in newest)
        rows = [{"_id": str(key), "_source": {"allIngredients": ingredients}} for key, ingredients in found]
        return Answer({"hits": rows, "stats": {"count": self.counts.get(part, len(self.documents))}})

    @property
    def labels_asked(self) -> list[int]:
        return [int(path.rpartition("/")[2]) for path in self.paths if path.startswith("/dsld/v9/label/")]

    @property
    def searches(self) -> int:
        return sum(path.startswith("/dsld/v9/search-filter") for path in self.paths)


def packed(*documents: dict[str, Any], **others: bytes) -> bytes:
    """A zip of one JSON a label, as the database publishes it, and other files."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for one in documents:
            archive.writestr(f"labels/{one['id']}.json", json.dumps(one))
        for name, body in others.items():
            archive.writestr(f"{name}.json", body)
    return out.getvalue()


def damage(archive: bytes, name: str) -> bytes:
    """The zip with one entry's bytes turned around."""
    with zipfile.ZipFile(io.BytesIO(archive)) as opened:
        info = opened.getinfo(name)
    start = info.header_offset + 30 + len(name)
    end = start + info.compress_size
    return archive[:start] + bytes(255 - byte for byte in archive[start:end]) + archive[end:]


def crawl(site: Site, folder: Path, **values: Any) -> tuple[dict[str, Any], Crawled]:
    source = SourceConfig(url=site.url, kind="dsld", delay=0, **values)
    site.asked.clear()
    crawled = crawl_all({"dsld": source}, folder)
    assert crawled.stderr == ""
    return crawled.results["dsld"], crawled


def zipped(folder: Path, body: bytes) -> str:
    path = folder / "all.zip"
    path.write_bytes(body)
    return str(path)


def keys(folder: Path) -> list[str]:
    with open_catalog(database_in(folder), read_only=True) as catalog:
        return sorted(found.source_key for found in catalog.compare(limit=None))


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


def test_afterwards_only_what_is_new_is_asked_for_and_nothing_is_gone(tmp_path: Path) -> None:
    site = Labels(*range(1, 9))
    with serving(site):
        first, _ = crawl(site, tmp_path)
        assert (first["outcome"], first["listings"], len(site.labels_asked)) == ("fresh", 8, 8)
        second, _ = crawl(site, tmp_path)
        assert (second["outcome"], second["gone"], second["listings"]) == ("fresh", 0, 8)
        assert (site.labels_asked, site.searches) == ([], 1), "one page on which everything is known"
        site.documents |= {key: document(key) for key in (9, 10, 11)}
        third, _ = crawl(site, tmp_path)
    assert (third["outcome"], third["new"], third["gone"], third["listings"]) == ("fresh", 3, 0, 11)
    assert sorted(site.labels_asked) == [9, 10, 11]
    assert site.searches == 3, "two pages with new labels, and the first page without"


def test_labels_without_a_magnesium_row_never_make_the_search_go_on(tmp_path: Path) -> None:
    site = Labels(*range(1, 7))
    with serving(site):
        crawl(site, tmp_path)
        stearate = row("Magnesium") | {"notes": "x"}
        site.documents[7] = document(7, row("Zinc"), row("Magnesium"))
        site.answers["/dsld/v9/label/7"] = Answer(document(7, row("Zinc"), otheringredients=STEARATE, x=stearate))
        for _ in range(2):
            result, _ = crawl(site, tmp_path)
            assert (result["outcome"], site.labels_asked, site.searches) == ("fresh", [7], 1)


def test_a_label_that_fails_makes_the_source_partial_and_is_looked_for_again(tmp_path: Path) -> None:
    site = Labels(*range(1, 7))
    site.answers["/dsld/v9/label/2"] = Answer("<h1>busy</h1>", media="text/html")
    with serving(site):
        first, _ = crawl(site, tmp_path)
        assert (first["outcome"], first["listings"]) == ("partial", 5)
        assert "/dsld/v9/label/2 answered HTML instead of JSON" in first["message"]
        del site.answers["/dsld/v9/label/2"]
        second, _ = crawl(site, tmp_path)
    assert (second["outcome"], second["listings"], second["new"]) == ("fresh", 6, 1)
    assert site.labels_asked == [2], "it stands behind pages on which all is known"


def test_deep_fetches_everything_again_and_sees_what_is_gone(tmp_path: Path) -> None:
    site = Labels(1, 2, 3)
    with serving(site):
        crawl(site, tmp_path)
        del site.documents[3]
        result, _ = crawl(site, tmp_path, deep=True)
    assert (result["outcome"], result["gone"], result["listings"]) == ("fresh", 1, 2)
    assert sorted(site.labels_asked) == [1, 2]


def test_damaged_entries_are_counted_and_the_others_are_kept(tmp_path: Path) -> None:
    body = packed(document(1), document(2), document(3), odd=b"[1, 2]", half=b'{"id": 5, "full', none=b'{"id": null}')
    site = Labels(1, 2, 3)
    with serving(site):
        result, _ = crawl(site, tmp_path, bulk=zipped(tmp_path, damage(body, "labels/2.json")))
    assert (result["outcome"], result["skipped"]) == ("partial", {"damaged": 2, "unreadable": 2})
    assert "2 labels of all.zip are damaged and were passed over" in result["message"]
    assert keys(tmp_path) == ["1", "2", "3"], "the search finds what the zip lost"


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


def test_a_search_that_is_too_large_is_cut_into_years_and_forms(tmp_path: Path) -> None:
    site = Labels(1, 2, 3, 4)
    whole = Slice().parts()
    assert (whole[0].years or (0, 0))[0] == FIRST_YEAR
    old, new = (f"{part.years[0]},{part.years[1]}," for part in whole if part.years)
    site.counts = {",,": WINDOW + 1, old: 1, new: WINDOW}
    with serving(site):
        result, _ = crawl(site, tmp_path)
    assert (result["outcome"], result["listings"]) == ("fresh", 4)
    assert [path for path in site.paths if "date_start" not in path and "search" in path] == [Slice().path()]
    assert sorted(site.labels_asked) == [1, 2, 3, 4], "slices that overlap ask for a label once"


def test_one_year_is_cut_into_forms_and_what_they_do_not_list_is_told(tmp_path: Path) -> None:
    site = Labels(1, 2)
    site.counts = {f"{first},{last},": WINDOW + 5 for first in range(2000, 2100) for last in range(first, 2100)}
    site.counts |= {f"{year},{year},{form}": 0 for year in range(2000, 2100) for form in FORMS} | {",,": WINDOW + 5}
    with serving(site):
        result, _ = crawl(site, tmp_path)
    assert (result["outcome"], result["listings"]) == ("partial", 2)
    assert "the database counts 10,005 labels with magnesium, but its years and forms list 0" in result["message"]
    assert any(path.endswith(f"&supplement_form={FORMS[0]}&size=200&from=0") for path in site.paths)


def test_a_page_that_comes_again_and_again_is_left(tmp_path: Path) -> None:
    site = Labels(1, 2)
    for start in (2, 4):
        site.answers[Slice().path(start)] = site.hits({"from": ["0"], "size": ["2"]})
    with serving(site):
        result, _ = crawl(site, tmp_path)
    assert result["outcome"] == "partial"
    assert "the same page again and again" in result["message"]
    assert site.searches == 2


def test_slices_make_up_the_whole() -> None:
    def years(part: Slice) -> list[int]:
        assert part.years is not None
        if part.years[0] == part.years[1]:
            assert {smaller.form for smaller in part.parts()} == set(FORMS)
            assert all(smaller.years == part.years and smaller.parts() == () for smaller in part.parts())
            return [part.years[0]]
        return [year for smaller in part.parts() for year in years(smaller)]

    found = [year for part in Slice().parts() for year in years(part)]
    assert found == list(range(FIRST_YEAR, found[-1] + 1))
    assert Slice().path(WINDOW - 50).endswith(f"&size=50&from={WINDOW - 50}")


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
