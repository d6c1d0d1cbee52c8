"""One product: the label's own words, what was read from them and why, findings, offers."""

from __future__ import annotations

from html import escape
from urllib.parse import urlencode

import streamlit as st

from catalog import OfferPeriod, Product
from dashboard import queries, words
from dashboard.queries import Snapshot
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
    _head(product)
    # A plain link: after Streamlit's own ways to another page the browser's Back does not find this one.
    beside = f"side-by-side?{urlencode({'p': listing})}"
    st.html(f'<a href="{escape(beside)}" target="_self">Put it beside another product</a>')
    read, said = st.columns(2, gap="large")
    with read:
        _what_was_read(product)
        parts.findings(product.findings)
    with said:
        _label(product)
        _offers(product)


def _close() -> None:
    del st.query_params["listing"]


def _head(product: Product) -> None:
    row = product.row
    st.html(f'<h1 class="product-title">{escape(words.one_line(row.title))}</h1>')
    by = [words.one_line(part) for part in (row.brand, row.market) if part]
    st.html(f'<p class="muted">{escape(", ".join([*by, f"seen {words.moment(row.seen_at)} at {row.source}"]))}</p>')
    for line in words.attributions([row]):
        st.html(f'<p class="muted">{escape(line)}</p>')
    if row.contains_oxide:
        stated = "oxide" in row.forms
        st.badge(
            "Contains oxide" if stated else "Oxide implied, not named", icon=":material/change_history:", color="orange"
        )


def _what_was_read(product: Product) -> None:
    st.subheader("What was read", anchor=False)
    row = product.row
    pairs = words.label_facts(product.label)
    if row.elemental_mg_per_unit is not None:
        pairs.append(
            (f"Per {words.one_line(row.serving_unit or 'unit')}", f"{words.rounded(row.elemental_mg_per_unit)} mg")
        )
    if row.servings_per_container is not None:
        told = words.one_line(row.servings_quote or "")
        pairs.append(("Servings in the pack", f"{row.servings_per_container:,} (“{told}”)"))
    if row.price_per_100mg is not None:
        pairs.append(("Per 100 mg elemental", f"{words.money(row.price_per_100mg)} {row.currency}"))
    parts.facts(pairs)
    st.html(f"<p><strong>Why:</strong> {words.BASIS[product.label.basis]}</p>")


def _label(product: Product) -> None:
    st.subheader("The label’s own words", anchor=False)
    text = product.listing.label_text
    if text:
        parts.label_words(text, product.label.quotes)
        st.html('<p class="muted">Marked: the words that the numbers were read from.</p>')
    else:
        st.html('<p class="muted">The source gives no label text.</p>')
    parts.evidence(product.label.quotes)


def _offers(product: Product) -> None:
    st.subheader("Offers", anchor=False)
    if product.offers:
        st.dataframe([_offer(offer) for offer in product.offers], hide_index=True)
    else:
        gone = "The source no longer offers it." if product.gone else "The source states no price."
        st.html(f'<p class="muted">{gone}</p>')
    past = [offer for offer in product.price_history if offer.until is not None]
    if past:
        with st.expander("Earlier prices"):
            st.dataframe([_offer(offer) for offer in past], hide_index=True)
    st.html(f'<p class="muted">As of {words.moment(product.last_seen)}, known since {product.first_seen:%Y-%m-%d}.</p>')
    if address := words.web_address(product.row.url):
        st.link_button("Open the source’s page", address, icon=":material/open_in_new:")


def _offer(offer: OfferPeriod) -> dict[str, str]:
    price = words.NOT_STATED if offer.price is None else f"{words.money(offer.price)} {offer.currency or ''}".strip()
    return {
        "Pack": words.one_line(offer.name) or "one pack",
        "Price": price,
        "Stock": words.AVAILABILITY.get(offer.availability, words.AVAILABILITY["unknown"]),
        "Since": f"{offer.since:%Y-%m-%d}",
        **({"Until": f"{offer.until:%Y-%m-%d}"} if offer.until else {}),
    }
