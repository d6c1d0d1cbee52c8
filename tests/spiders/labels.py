"""A small label database on loopback, its zip, and a crawl of it."""

from __future__ import annotations

import io
import json
import zipfile
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

from catalog import open_catalog
from spiders.config import SourceConfig
from spiders.dsld_search import WINDOW
from tests.spiders.crawling import Crawled, crawl_all, database_in
from tests.spiders.sites import Answer, Say, Site


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
