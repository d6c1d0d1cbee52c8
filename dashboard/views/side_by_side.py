"""Side by side: two to four products, row by row, with what differs marked."""

from __future__ import annotations

from html import escape

import streamlit as st

from catalog import ComparisonRow, Product, Selection
from dashboard import product_words, queries, words
from dashboard.queries import Snapshot
from dashboard.views import parts

MOST = 4
_FOUND = 8


def draw() -> None:
    """The page; its products are the `p` of the address, each "source/key"."""
    shown = parts.opened()
    parts.heading("Side by side", "Two to four products, row by row. What differs is marked with ≠.")
    asked = list(dict.fromkeys(filter(None, st.query_params.get_all("p"))))
    names = asked[:MOST]
    products = [(name, found) for name in names if (found := queries.product(shown, *_key(name)))]
    if lost := len(names) - len(products):
        st.warning(
            f"{words.counted(lost, 'product')} of this address {'is' if lost == 1 else 'are'} not in the catalog."
        )
    if len(asked) > MOST:
        st.warning(f"This address names {len(asked)} products; the first {MOST} are shown.")
    if products:
        _table([product for _, product in products])
        _remove(products)
    if len(products) < MOST:
        _add(shown, [name for name, _ in products])
    parts.closing(shown)


def _key(name: str) -> tuple[str, str]:
    source, _, key = name.partition("/")
    return source, key


def _table(products: list[Product]) -> None:
    heads = "".join(f'<th scope="col">{parts.cell(parts.product_link(product.row))}</th>' for product in products)
    body = "".join(_row(name, cells) for name, cells in lines(products))
    st.html(
        '<div class="table beside" tabindex="0" role="region" aria-label="Products side by side"><table>'
        f"<thead><tr><td></td>{heads}</tr></thead><tbody>{body}</tbody></table></div>"
    )


def _row(name: str, cells: list[str]) -> str:
    differs = len(set(cells)) > 1
    mark = '&nbsp;<span aria-label="differs">≠</span>' if differs else ""
    look = ' class="differs"' if differs else ""
    return (
        f'<tr{look}><th scope="row">{escape(name)}{mark}</th>'
        + "".join(f"<td>{escape(c)}</td>" for c in cells)
        + "</tr>"
    )


def lines(products: list[Product]) -> list[tuple[str, list[str]]]:
    """Every line of the table: its name, and what it says of each product."""
    named = [product_words.product_facts(product) for product in products]
    return [(name, [facts[name] for facts in named]) for name in named[0]]


def _remove(products: list[tuple[str, Product]]) -> None:
    with st.container(horizontal=True):
        for name, product in products:
            st.button(f"Remove {_short(product.row)}", key=f"remove {name}", on_click=_drop, args=(name,))


def _short(row: ComparisonRow) -> str:
    return words.plain(words.shortened(words.title(row.title), 60))


def _drop(name: str) -> None:
    st.query_params["p"] = [kept for kept in st.query_params.get_all("p") if kept != name]


def _take(name: str, beside: list[str]) -> None:
    st.query_params["p"] = [*beside, name]


def _add(shown: Snapshot, names: list[str]) -> None:
    st.header("Add a product", anchor=False)
    text = st.text_input("Search", key="find", type="search", placeholder="Title or brand", bind="query-params")
    if not text and names:
        return
    rows = queries.rows(shown, Selection(text=text or ""), "price_per_100mg", False, _FOUND, 0)
    for row in rows:
        name = f"{row.source}/{row.source_key}"
        if name not in names:
            with st.container(horizontal=True, vertical_alignment="center"):
                st.button(f"Add {_short(row)}", key=f"add {name}", on_click=_take, args=(name, names))
                st.html(f"<span>{escape(words.forms_text(row.forms, row.contains_oxide))}</span>")
    if not rows:
        st.info("No product matches.")


draw()
