"""One product: the label's own words, what was read from them and why, findings, offers."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from typing import Literal

import streamlit as st

from catalog import OfferPeriod, Product
from checker import CHECKS, Finding
from dashboard import queries, words
from dashboard.queries import Snapshot
from dashboard.views import parts

_SEVERITY_LOOK: dict[str, tuple[Literal["red", "orange", "blue"], str]] = {
    "error": ("red", ":material/error:"),
    "warning": ("orange", ":material/warning:"),
    "info": ("blue", ":material/info:"),
}


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
    read, said = st.columns(2, gap="large")
    with read:
        _what_was_read(product)
        _findings(product.findings)
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
    if titled := [quote.quote for quote in product.label.quotes if quote.span is None]:
        parts.facts([("From the title", words.one_line(quote)) for quote in titled])
    with st.expander("Evidence, rule by rule"):
        parts.facts([(quote.rule, f"“{words.one_line(quote.quote)}”") for quote in product.label.quotes])


def _findings(findings: Sequence[Finding]) -> None:
    st.subheader("Findings", anchor=False)
    if not findings:
        st.html('<p class="muted">The checks found nothing to say about this label.</p>')
    for finding in sorted(findings, key=lambda finding: words.SEVERITIES.index(finding.severity)):
        color, icon = _SEVERITY_LOOK[finding.severity]
        with st.container(border=True, gap="xsmall"):
            st.badge(words.SEVERITY[finding.severity], icon=icon, color=color)
            st.html(f'<p class="finding">{escape(words.one_line(finding.message))}</p>')
            st.html(f'<p class="muted">For you: {escape(CHECKS[finding.code].means)}</p>')
            if finding.numbers:
                st.html(f'<p class="muted">Compared: {escape(words.numbers_text(finding.numbers))}.</p>')
            st.html(f'<p class="muted">Check: {escape(finding.code)}</p>')
            if finding.quote:
                st.html(f'<p class="muted">Label: <q>{escape(words.one_line(finding.quote))}</q></p>')


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
