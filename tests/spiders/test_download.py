"""A large file: kept piece by piece, taken up where it broke off, and never mixed with another version of itself."""

from __future__ import annotations

import re
import threading
from collections.abc import Sequence
from pathlib import Path

import pytest
import requests

from checker import SourceError
from spiders.download import PIECE, TRIES, Download, Stopped
from tests.spiders.sites import Answer, Site, serving

BODY = bytes(range(256)) * 4000
"""About a megabyte: several pieces."""


class Shelf(Site):
    """Serves one file ; `breaks`: bytes after which connections break, one after the other."""

    def __init__(
        self, *, body: bytes = BODY, etag: str = '"v1"', ranges: bool = True, breaks: Sequence[int] = ()
    ) -> None:
        super().__init__({"/all.zip": self.file})
        self.body, self.etag, self.ranges, self.breaks = body, etag, ranges, list(breaks)

    @property
    def ranges_asked(self) -> list[str | None]:
        return [asked.headers.get("Range") for asked in self.asked]

    def file(self) -> Answer:
        headers = self.asked[-1].headers
        told = {"ETag": self.etag} if self.etag else {}
        if self.etag and headers.get("If-None-Match") == self.etag:
            return Answer(status=304, headers=told)
        found = re.fullmatch(r"bytes=(\d+)-(\d*)", headers.get("Range", ""))
        wanted = found and self.ranges and headers.get("If-Range", self.etag) == self.etag
        start = int(found[1]) if found and wanted else 0
        if wanted:
            if start >= len(self.body):
                return Answer(status=416, headers=told)
            told["Content-Range"] = f"bytes {start}-{len(self.body) - 1}/{len(self.body)}"
        rest = self.body[start:]
        sent = rest[: self.breaks.pop(0)] if self.breaks else rest
        return Answer(sent, 206 if wanted else 200, "application/zip", told, length=len(rest))


def download(site: Site, folder: Path) -> Download:
    return Download(f"{site.url}all.zip", folder / "new", requests.Session(), "maglabel", 0.0)


@pytest.mark.parametrize("ranges", [True, False])
def test_a_file_is_fetched_once_and_then_only_asked_after(tmp_path: Path, ranges: bool) -> None:
    with serving(site := Shelf(ranges=ranges)):
        path = download(site, tmp_path).fetch()
        assert path.read_bytes() == BODY
        assert download(site, tmp_path).fetch() == path
    assert [asked.headers.get("If-None-Match") for asked in site.asked] == [None, '"v1"']
    assert {asked.headers["User-Agent"] for asked in site.asked} == {"maglabel"}
    assert path.name.endswith("-all.zip")


def test_a_broken_connection_is_taken_up_where_it_broke_off(tmp_path: Path) -> None:
    with serving(site := Shelf(breaks=(5 * PIECE, 6 * PIECE))):
        done = download(site, tmp_path)
        assert done.fetch().read_bytes() == BODY
    assert site.ranges_asked == [None, f"bytes={5 * PIECE}-", f"bytes={11 * PIECE}-"]
    assert done.bytes == len(BODY), "no byte came twice"


def test_what_came_is_used_by_the_next_refresh(tmp_path: Path) -> None:
    with serving(site := Shelf(breaks=(5 * PIECE, *[0] * TRIES))):
        with pytest.raises(SourceError, match=r"all\.zip broke off or did not answer after 327,680 bytes of 1 MB"):
            download(site, tmp_path).fetch()
        assert download(site, tmp_path).fetch().read_bytes() == BODY
    assert site.ranges_asked[-1] == f"bytes={5 * PIECE}-"


def test_a_server_that_serves_no_parts_begins_anew(tmp_path: Path) -> None:
    with serving(site := Shelf(ranges=False, breaks=(5 * PIECE,))):
        assert download(site, tmp_path).fetch().read_bytes() == BODY


def test_without_a_validator_two_versions_could_mix_so_it_begins_anew(tmp_path: Path) -> None:
    with serving(site := Shelf(etag="", breaks=(5 * PIECE,))):
        assert download(site, tmp_path).fetch().read_bytes() == BODY
    assert site.ranges_asked == [None, None]


def test_a_file_that_changes_meanwhile_is_never_put_together_from_two(tmp_path: Path) -> None:
    with serving(site := Shelf(breaks=(5 * PIECE, *[0] * TRIES))):
        with pytest.raises(SourceError):
            download(site, tmp_path).fetch()
        site.body, site.etag = BODY[::-1], '"v2"'
        assert download(site, tmp_path).fetch().read_bytes() == BODY[::-1]
        site.body, site.etag = BODY, '"v3"'
        assert download(site, tmp_path).fetch().read_bytes() == BODY


def test_a_part_that_is_longer_than_the_file_is_thrown_away(tmp_path: Path) -> None:
    with serving(site := Shelf()):
        one = download(site, tmp_path)
        one.fetch().replace(one.part)
        assert download(site, tmp_path).fetch().read_bytes() == BODY
    assert site.ranges_asked == [None, f"bytes={len(BODY)}-", None]


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (Answer("<h1>no</h1>", 404, "text/html"), "all.zip answered 404 Not Found"),
        (Answer(status=302, headers={"Location": "http://acme.example/"}), "all.zip redirects to http://acme.example/"),
        (Answer(status=503, headers={"Retry-After": "0"}), "all.zip answered 503 Service Unavailable"),
        (Answer(b"x", 206, headers={"Content-Range": "bytes 7-7/9"}), "another part of the file than was asked for"),
    ],
)
def test_what_is_no_file_is_told(tmp_path: Path, answer: Answer, words: str) -> None:
    with serving(site := Site({"/all.zip": answer})), pytest.raises(SourceError, match=re.escape(words)) as caught:
        download(site, tmp_path).fetch()
    assert "\n" not in str(caught.value)
    assert len(site.asked) == (TRIES if answer.status == 503 else 1)


def test_a_passing_fault_is_survived(tmp_path: Path) -> None:
    with serving(site := Site({"/all.zip": [Answer(status=503), Answer(status=429), Answer(BODY)]})):
        assert download(site, tmp_path).fetch().read_bytes() == BODY


def test_nobody_answers(tmp_path: Path) -> None:
    site = Shelf()
    one = download(site, tmp_path)
    site.server_close()
    with pytest.raises(SourceError, match=r"all\.zip broke off or did not answer"):
        one.fetch()


def test_a_download_that_is_told_to_stop_keeps_what_came(tmp_path: Path) -> None:
    reached, go_on = threading.Event(), threading.Event()
    site = Shelf(breaks=(5 * PIECE,))

    def slowly() -> Answer:
        if site.breaks:
            return site.file()
        reached.set()
        go_on.wait(60)
        return site.file()

    site.answers["/all.zip"] = slowly
    with serving(site):
        one = download(site, tmp_path)
        ended: list[BaseException] = []

        def fetch() -> None:
            with pytest.raises(Stopped) as caught:
                one.fetch()
            ended.append(caught.value)

        thread = threading.Thread(target=fetch)
        thread.start()
        assert reached.wait(60)
        one.stop.set()
        go_on.set()
        thread.join(60)
    assert ended
    assert one.part.stat().st_size == 5 * PIECE


def test_a_folder_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    (tmp_path / "new").write_text("a file")
    with serving(site := Shelf()), pytest.raises(SourceError, match="cannot be written: "):
        download(site, tmp_path).fetch()
