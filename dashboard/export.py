"""The comparison as CSV, JSON, and the Markdown table that a writer pastes. Pure functions of its rows."""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Iterable, Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from decimal import Decimal

from catalog import COMPARISON_COLUMNS, ComparisonRow, Product
from dashboard import words

_FORMULA_START = ("=", "+", "-", "@", "\uff1d", "\uff0b", "\uff0d", "\uff20")  # the last four are full-width
_MARKDOWN_SPECIAL = re.compile(r"([\\`*_\[\]|~$!])")
_ENTITIES = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;", "{": "&#123;", "}": "&#125;"})
_AUTOLINK = re.compile(r"(?i)(?<=\bwww)\.|:(?=//)|(?<=\bmailto):")
_URL_UNSAFE = {char: f"%{ord(char):02X}" for char in "()<>[]|\\`\"'*_~"}


def to_csv(rows: Iterable[ComparisonRow]) -> str:
    """CSV (RFC 4180) with the comparison columns. Unknown is empty; several values are joined by "; ".

    Text that a spreadsheet would run as a formula gets a leading apostrophe
    (https://owasp.org/www-community/attacks/CSV_Injection); marks that turn the direction of writing become spaces.
    """
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(COMPARISON_COLUMNS)
    for row in rows:
        writer.writerow([_csv_cell(getattr(row, column)) for column in COMPARISON_COLUMNS])
    return out.getvalue()


def _csv_cell(value: object) -> str:
    if isinstance(value, tuple):
        value = "; ".join(value)
    plain = _plain(value)
    if isinstance(plain, bool):
        return "true" if plain else "false"
    text = "" if plain is None else words.straight(str(plain))
    formula = text.lstrip().startswith(_FORMULA_START) or text.startswith(("\t", "\r", "\n"))
    return f"'{text}" if isinstance(value, str) and formula else text


def to_json(rows: Iterable[ComparisonRow]) -> str:
    """A JSON array of objects keyed by the comparison columns. Numbers are strings of decimals, unknown is null."""
    objects = [{column: _plain(getattr(row, column)) for column in COMPARISON_COLUMNS} for row in rows]
    return json.dumps(objects, ensure_ascii=False, indent=2)


def product_json(product: Product) -> str:
    """One product as a JSON object: its row of the comparison, its text, the reading, the findings, all its prices."""
    return json.dumps(
        {
            "row": {column: _plain(getattr(product.row, column)) for column in COMPARISON_COLUMNS},
            "listing": product.listing.model_dump(mode="json"),
            "label": product.label.model_dump(mode="json"),
            "findings": [finding.model_dump(mode="json") for finding in product.findings],
            "prices": [
                {name: _plain(value) for name, value in asdict(period).items()} for period in product.price_history
            ],
            "first_seen": _plain(product.first_seen),
            "last_seen": _plain(product.last_seen),
            "gone": product.gone,
        },
        ensure_ascii=False,
        indent=2,
    )


def _plain(value: object) -> object:
    match value:
        case bool() | None | str():
            return value
        case Decimal():
            return f"{value:f}"
        case int():
            return str(value)
        case datetime():
            return value.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
        case tuple():
            return list(value)
    raise TypeError(f"a comparison row holds no {type(value).__name__}")


def to_markdown(rows: Sequence[ComparisonRow], as_of: datetime | None, demo: bool) -> str:
    """A Markdown table (GitHub flavour) with a footnote per product: the quoted label line and the source's link."""
    header = (
        "Product",
        "Form",
        "Elemental mg per serving",
        "Serving",
        "Price",
        "Price per 100 mg elemental",
        "Currency",
    )
    lines = [f"| {' | '.join(header)} |", "|---|---|---:|---|---:|---:|---|"]
    lines += [f"| {' | '.join(_cells(row, mark))} |" for mark, row in enumerate(rows, 1)]
    notes = [f"As of {words.moment(as_of)}. {words.ADVICE}"]
    notes += [f"**{words.DEMO}**"] * demo
    footnotes = [_footnote(row, mark) for mark, row in enumerate(rows, 1)]
    return "\n".join([*lines, "", "  \n".join(notes), "", *footnotes]).rstrip() + "\n"


def _cells(row: ComparisonRow, mark: int) -> tuple[str, ...]:
    title = row.title if not row.brand or row.brand.casefold() in row.title.casefold() else f"{row.brand} {row.title}"
    return (
        f"{escaped(title)} [^{mark}]",
        words.forms_text(row.forms, row.contains_oxide),
        words.milligrams(row.elemental_mg, row.elemental_mg_low, row.elemental_mg_high),
        words.serving_text(row.serving_quantity, escaped(row.serving_unit or "") or None),
        words.NOT_STATED if row.price is None else words.money(row.price),
        words.NOT_STATED if row.price_per_100mg is None else words.money(row.price_per_100mg),
        row.currency or words.NOT_STATED,
    )


def _footnote(row: ComparisonRow, mark: int) -> str:
    quote = f"“{escaped(row.quote)}”" if row.quote else "The label line is not stated"
    address = words.web_address(row.url)
    source = escaped(row.source)
    link = f"[{source}]({link_target(address)})" if address else source
    if row.price_per_100mg is not None and row.servings_quote:
        quote += f"; {row.servings_per_container:,} servings: “{escaped(row.servings_quote)}”"
    owed = f" {words.data_from(row.attribution)}" if row.attribution else ""
    return f"[^{mark}]: {quote}. {words.BASIS[row.basis]} Source: {link}, seen {words.moment(row.seen_at)}.{owed}"


def escaped(text: str) -> str:
    """Scraped text as Markdown that shows exactly its characters: no markup, no link, no HTML, no second line."""
    marked = _MARKDOWN_SPECIAL.sub(r"\\\1", words.one_line(text).translate(_ENTITIES))
    return _AUTOLINK.sub(lambda match: f"&#{ord(match[0])};", marked)


def link_target(address: str) -> str:
    """An address as the target of a Markdown link."""
    return "".join(_URL_UNSAFE.get(char, char) for char in address)
