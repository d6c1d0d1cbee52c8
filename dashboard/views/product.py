"""One product: the label's own words, what was read from them and why, findings, offers."""

from __future__ import annotations

import re
from collections.abc import Sequence
from html import escape
from itertools import pairwise
from urllib.parse import urlencode

import streamlit as st

from catalog import OfferPeriod, Product
from dashboard import charts, export, product_words, queries, words
from dashboard.queries import Snapshot
from dashboard.seals import seals
from dashboard.views import parts


def draw(shown: Snapshot, listing: str) -> None:
    """The product named "source/key"."""
    st.button("Back to the comparison", icon=":material/arrow_back:", type="tertiary", on_click=_close)
    source, _, source_key = listing.partition("/")
    product = queries.product(shown, source, source_key)
    if product is None:
        st.title("No such product", anchor=False)
        st.html('<p class="lead">The catalog has no product at this address.</p>')
        return
    _head(product, listing)
    read, said = st.columns(2, gap="large")
    with read:
        _what_was_read(product)
        parts.findings(product.findings)
    with said:
        _label(product)
        _seals(product)
        _offers(product)
    _label_history(product)
    _report(product)


def _close() -> None:
    del st.query_params["listing"]


def _head(product: Product, listing: str) -> None:
    row = product.row
    st.set_page_config(page_title=f"{words.title(row.title)} · maglabel")
    st.html(f'<h1 class="product-title">{escape(words.title(row.title))}</h1>')
    by = [words.one_line(part) for part in (row.brand, row.market) if part]
    st.html(f'<p class="muted">{escape(", ".join([*by, f"seen {words.moment(row.seen_at)} at {row.source}"]))}</p>')
    for line in words.attributions([row]):
        st.html(f'<p class="muted">{escape(line)}</p>')
    if product.gone:
        parts.alert(
            f"{words.one_line(row.source)} no longer lists it; what follows is from {words.moment(row.seen_at)}."
        )
    if row.contains_oxide:
        stated = "oxide" in row.forms
        st.badge(
            "Contains oxide" if stated else "Oxide implied, not named", icon=":material/change_history:", color="orange"
        )
    with st.container(horizontal=True, vertical_alignment="center", gap="medium"):
        # A plain link: after Streamlit's own ways to another page the browser's Back does not find this one.
        beside = f"side-by-side?{urlencode({'p': listing})}"
        st.html(f'<a href="{escape(beside)}" target="_self">Put it beside another product</a>', width="content")
        st.download_button(
            "JSON",
            lambda: export.product_json(product),
            f"{slug(listing)}.json",
            "application/json",
            icon=":material/download:",
            on_click="ignore",
        )


def slug(listing: str) -> str:
    """A file's name from "source/key", of plain characters only."""
    return re.sub(r"[^A-Za-z0-9.-]+", "-", listing).strip(".-")[:80] or "product"


def _what_was_read(product: Product) -> None:
    st.header("What was read", anchor=False)
    row = product.row
    pairs = words.label_facts(product.label)
    if row.servings_per_container is not None:  # told below, with the words that it is from
        pairs = [pair for pair in pairs if pair != (words.SERVINGS, str(row.servings_per_container))]
    if row.elemental_mg_per_unit is not None:
        pairs.append(
            (f"Per {words.one_line(row.serving_unit or 'unit')}", f"{words.rounded(row.elemental_mg_per_unit)} mg")
        )
    if row.servings_per_container is not None:
        told = words.one_line(row.servings_quote or "")
        pairs.append(("Servings in the pack", f"{row.servings_per_container:,} (“{told}”)"))
    if row.price_per_100mg is not None:
        pairs.append(("Per 100 mg elemental", f"{words.money(row.price_per_100mg)} {row.currency}"))
    if row.quote:
        pairs.append(("Read from", f"“{words.one_line(row.quote)}”"))
    parts.facts(pairs)
    st.html(f"<p><strong>Why:</strong> {words.BASIS[product.label.basis]}</p>")


def _label(product: Product) -> None:
    st.header("The label’s own words", anchor=False)
    text = product.listing.label_text
    if text:
        parts.label_words(text, product.label.quotes)
        st.html('<p class="muted">Marked: the words that the numbers were read from.</p>')
    else:
        st.html('<p class="muted">The source gives no label text.</p>')
    parts.evidence(product.label.quotes)


def _seals(product: Product) -> None:
    if found := seals(f"{product.listing.title}\n{product.listing.label_text}"):
        st.header("Stated by the seller", anchor=False)
        parts.facts([(seal.name, f"“{seal.quote}”") for seal in found])
        st.html('<p class="muted">The seller’s own statements, which nobody checked here.</p>')


def _report(product: Product) -> None:
    with st.expander("Report an error", icon=":material/flag:"):
        mail = parts.cell(parts.Link("Write it as a mail", product_words.report_link(product)))
        st.html(f"<p>{mail}, or copy it, to whoever keeps this catalog, and say what is wrong.</p>")
        st.code(product_words.error_report(product), language=None, wrap_lines=True)


def _offers(product: Product) -> None:
    st.header("Offers", anchor=False)
    if product.offers:
        _offer_table("Offers of this source", product.offers)
    else:
        gone = "The source no longer offers it." if product.gone else "The source states no price."
        st.html(f'<p class="muted">{gone}</p>')
    _other_shops(product)
    if any(offer.until is not None for offer in product.price_history):
        _price_history(product)
    st.html(f'<p class="muted">As of {words.moment(product.last_seen)}, known since {product.first_seen:%Y-%m-%d}.</p>')
    if address := words.web_address(product.row.url):
        st.link_button("Open the source’s page", address, icon=":material/open_in_new:")


def _other_shops(product: Product) -> None:
    """Offers of the same bar code, and what may be the same."""
    others = [
        o for o in product.same_product if (o.source, o.source_key) != (product.row.source, product.row.source_key)
    ]
    if others:
        st.header("The same bar code at all sources", anchor=False)
        offers = product.same_product
        parts.products((o.source, o.source_key, o.title, product_words.article_offer(o), ()) for o in offers)
    if product.suggestions:
        st.header("Perhaps the same product", anchor=False)
        parts.muted("Brand, form and amount agree and the names are alike; no bar code says that they are one product.")
        rows = [suggestion.row for suggestion in product.suggestions]
        parts.products((row.source, row.source_key, row.title, product_words.price_text(row), ()) for row in rows)


def _label_history(product: Product) -> None:
    """What the label came to state otherwise, the latest first."""
    changes = list(pairwise(product.label_history))[::-1]
    if changes:
        st.header("What the label said before", anchor=False)
        rows = [
            (f"{now.since:%Y-%m-%d}", product_words.label_changes(before.label, now.label)) for before, now in changes
        ]
        parts.table("Changes of the label", ("Since", "Changed"), rows)


def _price_history(product: Product) -> None:
    """A chart in the currency of the last price, and the table behind it."""
    st.header("Price history", anchor=False)
    priced = [offer for offer in product.price_history if offer.price is not None and offer.currency]
    if priced and (currency := priced[-1].currency):
        chart = charts.price_history(product.price_history, currency, product.last_seen)
        st.vega_lite_chart(
            chart, alt=f"Price of each pack in {currency} over time; the table below holds the same prices."
        )
    with st.expander("All prices as a table"):
        _offer_table("All prices", product.price_history)


def _offer_table(caption: str, offers: Sequence[OfferPeriod]) -> None:
    ended = any(offer.until for offer in offers)
    head = ("Pack", ">Price", "Stock", "Since", *["Until"] * ended)
    parts.table(caption, head, [_offer(offer)[: len(head)] for offer in offers])


def _offer(offer: OfferPeriod) -> tuple[str, ...]:
    price = words.NOT_STATED if offer.price is None else f"{words.money(offer.price)} {offer.currency or ''}".strip()
    return (
        words.one_line(offer.name) or "one pack",
        price,
        words.stock(offer.availability),
        f"{offer.since:%Y-%m-%d}",
        f"{offer.until:%Y-%m-%d}" if offer.until else "still",
    )
