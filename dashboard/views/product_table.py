"""The table of products: plain HTML, so that it is there at once, its rows are links, and screen readers know it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from html import escape
from urllib.parse import urlencode

import streamlit as st

from catalog import ComparisonRow
from dashboard import words

_MEANS = {
    "Form": f"{words.OXIDE_MARK} marks oxide, stated or implied.",
    "Elemental mg per serving": "Magnesium itself.",
    "Elemental mg per unit": "Magnesium itself in a capsule, tablet or other unit.",
    "Pills per 100 mg": "Capsules, tablets or gummies that hold 100 mg of elemental magnesium.",
    "Price per 100 mg": "Of elemental magnesium.",
    "Sodium mg": "Per serving.",
    "Potassium mg": "Per serving.",
}
_NUMBERS = _MEANS.keys() - {"Form"} | {"Price"}


def draw(rows: Sequence[ComparisonRow], electrolytes: bool) -> None:
    """The rows, each with a link to its product that keeps the choices of the address."""
    cells = [_cells(row, electrolytes, any(each.attribution for each in rows)) for row in rows]
    head = "".join(_head(name) for name in ("Product", *cells[0]))
    here = {name: st.query_params.get_all(name) for name in st.query_params if name != "listing"}
    body = "".join(_row(row, shown, here) for row, shown in zip(rows, cells, strict=True))
    st.html(
        '<div class="table products-table" tabindex="0" role="region" aria-label="Products"><table>'
        f"<thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div>"
    )


def _head(name: str) -> str:
    title = f' title="{escape(_MEANS[name])}"' if name in _MEANS else ""
    return f'<th scope="col"{_look(name)}{title}>{escape(name)}</th>'


def _look(name: str) -> str:
    return ' class="number"' if name in _NUMBERS else ""


def _row(row: ComparisonRow, cells: Mapping[str, str | Sequence[str]], here: Mapping[str, list[str]]) -> str:
    address = f"./?{urlencode({**here, 'listing': f'{row.source}/{row.source_key}'}, doseq=True)}"
    link = f'<a href="{escape(address)}" target="_self">{escape(words.title(row.title))}</a>{_brand(row)}'
    rest = "".join(f'<td data-name="{escape(name)}"{_look(name)}>{_cell(value)}</td>' for name, value in cells.items())
    return f'<tr><th scope="row">{link}</th>{rest}</tr>'


def _brand(row: ComparisonRow) -> str:
    """The brand beneath the name, unless the name has it."""
    brand = words.title(row.brand or "")
    return f"<small>{escape(brand)}</small>" if brand and brand.casefold() not in row.title.casefold() else ""


def _cell(value: str | Sequence[str]) -> str:
    if isinstance(value, str):
        return f'<span class="unknown">{value}</span>' if value == words.NOT_STATED else escape(value)
    return " ".join(f'<span class="chip">{escape(each)}</span>' for each in value)


def _cells(row: ComparisonRow, electrolytes: bool, attributed: bool) -> dict[str, str | Sequence[str]]:
    severity = words.SEVERITY[row.worst_severity] if row.worst_severity else ""
    mixed = {"Sodium mg": _number(row.sodium_mg), "Potassium mg": _number(row.potassium_mg)} if electrolytes else {}
    return {
        "Form": words.form_chips(row.forms, row.contains_oxide),
        "Elemental mg per serving": words.milligrams(row.elemental_mg, row.elemental_mg_low, row.elemental_mg_high),
        "Elemental mg per unit": _number(row.elemental_mg_per_unit),
        "Pills per 100 mg": words.pills_per_100mg(row),
        **mixed,
        "Price": _money(row.price, row.currency),
        "Price per 100 mg": _money(row.price_per_100mg, row.currency),
        "Findings": f"{severity} ({len(row.findings)})" if severity else "none",
        "Seen": f"{row.seen_at:%Y-%m-%d}",
        "Serving": words.serving_text(row.serving_quantity, row.serving_unit and words.one_line(row.serving_unit)),
        "Taken as": words.dosage_name(row.dosage_form) if row.dosage_form else words.NOT_STATED,
        "Source": words.one_line(row.source),
        **({"Data": words.one_line(row.attribution or "the source’s own page")} if attributed else {}),
    }


def _number(value: Decimal | None) -> str:
    return words.NOT_STATED if value is None else words.rounded(value)


def _money(value: Decimal | None, currency: str | None) -> str:
    return words.NOT_STATED if value is None else f"{words.money(value)} {currency or ''}".rstrip()
