"""Judging an answer and taking its parts: nothing that a site sends is trusted to have a shape."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable
from contextlib import suppress
from datetime import UTC, datetime
from typing import Annotated, Any, Literal, TypeVar

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError
from scrapy.http import Response
from w3lib.encoding import html_to_unicode

from catalog import Capture
from checker.errors import SourceError
from checker.models import Availability
from spiders.problems import plain, status_problem

SWITCHED_OFF = (401, 403, 404, 410)
UNWANTED = re.compile("[\0\ud800-\udfff]")
"""What no store and no screen takes."""


def _text(value: object) -> object:
    if isinstance(value, str):
        clean = value.isascii() and "\0" not in value
        return (value if clean else UNWANTED.sub("", value)).strip()
    if value is None:
        return ""
    if isinstance(value, int | float) and not isinstance(value, bool):
        return f"{value:g}" if value == int(value) and abs(value) < 1e6 else str(value)
    return value


def _listed(value: object) -> object:
    if isinstance(value, list | tuple):
        return [one for one in value if one is not None]
    return value or ()


Text = Annotated[str, BeforeValidator(_text)]
"""Text as the interfaces give it: null is empty, a number is its digits."""
Key = Annotated[Text, Field(min_length=1)]
"""What a product is known by: a text that is never empty."""
Many = BeforeValidator(_listed)
"""For a list that may be null or hold nulls."""
One = BeforeValidator(lambda value: {} if value is None else value)
"""For an object that may be null."""
AVAILABILITY: dict[bool | None, Availability] = {True: "in_stock", False: "out_of_stock", None: "unknown"}


class Shape(BaseModel):
    """The part of an interface's answer that is used; the rest is ignored."""

    model_config = ConfigDict(extra="ignore", frozen=True)


AnyShape = TypeVar("AnyShape", bound=Shape)


def readable(shape: type[AnyShape], rows: Iterable[object]) -> list[AnyShape]:
    """The rows that have the shape."""
    found = []
    for row in rows:
        with suppress(ValidationError):
            found.append(shape.model_validate(row))
    return found


class NotOfferedError(SourceError):
    """The site does not have what was asked for, or shows it to nobody: asking again would not help."""


def body_of(response: Response) -> bytes:
    """The body of a good answer; raises SourceError when the status says that it is none."""
    if response.status in SWITCHED_OFF:
        raise NotOfferedError(status_problem(response))
    if response.status != 200:
        raise SourceError(status_problem(response))
    return response.body


def html_of(response: Response) -> str:
    """The HTML of an answer as text; raises SourceError that says what came instead."""
    body = as_utf_8(body_of(response))
    if not _is_markup(body):
        raise SourceError(f"{plain(response.url)} answered something that is not HTML")
    return decoded(body, (response.headers.get("Content-Type") or b"").decode("latin-1"))


def as_utf_8(body: bytes) -> bytes:
    """The body in UTF-8 when it begins with a mark of UTF-16; else itself."""
    wide = body.startswith((b"\xff\xfe", b"\xfe\xff"))
    return body.decode("utf-16", "replace").encode("utf-8", "replace") if wide else body


def decoded(body: bytes, content_type: str) -> str:
    """HTML as text: UTF-8 if it can be that, else as its headers or the page itself say, else cp1252."""
    try:
        return body.decode("utf-8-sig")
    except UnicodeDecodeError:
        return html_to_unicode(content_type, body, default_encoding="cp1252")[1]


def _is_markup(body: bytes) -> bool:
    return body.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"<")


def json_of(response: Response) -> Any:
    """The JSON of an answer; raises SourceError that says what came instead."""
    place, body = plain(response.url), body_of(response)
    if _is_markup(body):
        raise NotOfferedError(f"{place} answered HTML instead of JSON")
    try:
        return json.loads(_decoded(body))
    except (ValueError, RecursionError):  # no JSON, a number of thousands of digits, nested without end
        raise SourceError(f"{place} answered JSON that is damaged or broken off") from None


def _decoded(body: bytes) -> str:
    """JSON as text: Unicode by its first bytes (RFC 4627), else what a wrong server takes for it."""
    try:
        return body.decode(json.detect_encoding(body), "surrogatepass")
    except UnicodeDecodeError:
        return body.decode("cp1252", "replace")


Media = Literal["json", "html", "xml", "robots"]
"""What an answer is asked and read as."""
PARSERS: dict[Media, Callable[[Response], Any]] = {"json": json_of, "html": html_of, "xml": body_of, "robots": body_of}
"""Each raises SourceError when the answer is something else; XML and robots.txt stay bytes."""
ACCEPT: dict[Media, str] = {
    "json": "application/json",
    "html": "text/html, application/xhtml+xml",
    "xml": "application/xml, text/xml, application/gzip",
    "robots": "text/plain",
}


def rows_of(response: Response, data: Any, key: str | None = None) -> list[Any]:
    """The list that an answer is, or holds under `key`; raises SourceError when there is none."""
    rows = data.get(key) if key and isinstance(data, dict) else data
    if not isinstance(rows, list):
        wanted = f'a list of "{key}"' if key else "a list"
        raise SourceError(f"{plain(response.url)} answered JSON without {wanted}")
    return rows


def capture_of(response: Response) -> Capture:
    """The answer as evidence: the body as unpacked, the headers as received."""
    headers = {
        name.decode("latin-1"): b", ".join(values).decode("latin-1") for name, values in response.headers.items()
    }
    return Capture(
        url=response.url,
        status=response.status,
        content_type=headers.get("Content-Type"),
        headers=headers,
        body=response.body,
        fetched_at=datetime.now(UTC),
    )
