"""The whole label database in one zip, one JSON document a label: read entry by entry, never held in memory."""

from __future__ import annotations

import json
import struct
import zipfile
import zlib
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from threading import Event

from pydantic import ValidationError

from catalog import Capture
from checker.errors import SourceError
from spiders.dsld_text import Label, has_magnesium_row
from spiders.magnesium import may_contain_magnesium
from spiders.settings import MAX_BODY

BULK = "https://api.ods.od.nih.gov/dsld/s3/data/DSLD-full-database-JSON.zip"
"""As the database publishes it (https://dsld.od.nih.gov/): 214,780 labels, 557 MB, 2.4 GB unpacked."""
DAMAGED = (
    zipfile.BadZipFile,
    zlib.error,
    struct.error,
    EOFError,
    NotImplementedError,  # a way of packing that is not known here
    RuntimeError,  # a password; RecursionError, for JSON without a bottom
    ValueError,  # no JSON
)
"""What a damaged entry raises; the entries after it are not touched by that."""


class Entry:
    """One document of the zip, unpacked, and the label in it when it has a magnesium row."""

    def __init__(self, name: str, body: bytes, here_since: datetime) -> None:
        self.name, self.body, self.here_since = name, body, here_since
        self.id, self.label = "", None
        data = json.loads(body)
        if not isinstance(data, dict) or not isinstance(data.get("id"), int | str):
            raise TypeError(f"{name} is no label")
        self.id = str(data["id"])
        if may_contain_magnesium(body.decode("utf-8", "replace")):
            label = Label.model_validate(data)
            self.label = label if has_magnesium_row(label) else None

    def capture(self, place: str) -> Capture:
        """The document as evidence; `place` is where the zip is from."""
        return Capture(
            url=f"{place}#{self.name}",
            status=200,
            content_type="application/json",
            headers={},
            body=self.body,
            fetched_at=self.here_since,
        )


def read_zip(path: Path, stop: Event) -> Iterator[Entry | str]:
    """Every label of the zip, or a word for what became of it instead: `damaged` or `unreadable`.

    Memory: the zip's index (0.6 kB a label) and one entry. Raises SourceError when the file is no whole zip; ends early
    when told to stop.
    """
    try:
        archive, here_since = zipfile.ZipFile(path), datetime.fromtimestamp(path.stat().st_mtime, UTC)
    except FileNotFoundError:
        raise SourceError(f"{path} is not there; bulk names it") from None
    except OSError as error:
        raise SourceError(f"{path} cannot be read: {error.strerror}") from None
    except DAMAGED:
        raise SourceError(f"{path.name} is no zip file, or is damaged or broken off") from None
    with archive:
        for info in archive.infolist():
            if stop.is_set():
                return
            if info.filename.endswith(".json") and not info.filename.startswith("__MACOSX/"):
                yield _entry(archive, info, here_since)


def _entry(archive: zipfile.ZipFile, info: zipfile.ZipInfo, here_since: datetime) -> Entry | str:
    try:
        if info.file_size > MAX_BODY:
            return "damaged"
        return Entry(info.filename, archive.read(info), here_since)
    except (ValidationError, TypeError):  # before ValueError, which ValidationError is
        return "unreadable"
    except (*DAMAGED, OSError):
        return "damaged"
