"""One product in words: beside others, over time, in a report. No SQL, no drawing."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import quote

from checker import Label
from dashboard import words

if TYPE_CHECKING:
    from catalog import ArticleOffer, ComparisonRow, Product


def product_facts(product: Product) -> dict[str, str]:
    """What sets one product beside others, by name: the label, the price, the findings."""
    row = product.row
    per_unit = (
        f"{words.rounded(row.elemental_mg_per_unit)} mg" if row.elemental_mg_per_unit is not None else words.NOT_STATED
    )
    price, per_100mg = (
        f"{words.money(amount)} {row.currency or ''}".strip() if amount is not None else words.NOT_STATED
        for amount in (row.price, row.price_per_100mg)
    )
    return {
        **{name: value or words.NOT_STATED for name, value in words.all_label_facts(product.label)},
        "Elemental mg per unit": per_unit,
        "Why": words.BASIS[product.label.basis],
        "Pack price": price,
        "Price of 100 mg elemental": per_100mg,
        "Stock": words.stock(row.availability) if not product.gone else "no longer listed",
        "Findings": " ".join(dict.fromkeys(words.one_line(finding.message) for finding in product.findings)) or "none",
        "Label": f"“{words.one_line(row.quote)}”" if row.quote else words.NOT_STATED,
        "Brand": words.one_line(row.brand or words.NOT_STATED),
        "Market": row.market or words.NOT_STATED,
        "Source": words.one_line(row.source),
        "Seen": f"{row.seen_at:%Y-%m-%d}",
        "Data": row.attribution or "the source’s own page",
    }


def price_text(row: ComparisonRow) -> str:
    """The price of a pack and of 100 mg: "24.00 USD, 0.20 USD per 100 mg"."""
    if row.price is None:
        return f"price {words.NOT_STATED}"
    each = "" if row.price_per_100mg is None else f", {words.money(row.price_per_100mg)} {row.currency} per 100 mg"
    return f"{words.money(row.price)} {row.currency or ''}".strip() + each


def label_changes(before: Label, after: Label) -> str:
    """What a label states otherwise than it did, and the words: "Form: Glycinate → Glycinate + oxide; “…” → “…”"."""
    old, new = dict(words.all_label_facts(before)), dict(words.all_label_facts(after))
    said = [
        f"{name}: {old[name] or words.NOT_STATED} → {value or words.NOT_STATED}"
        for name, value in new.items()
        if value != old[name]
    ]
    was, now = (
        words.one_line(label.quotes[0].quote) if label.quotes else words.NOT_STATED for label in (before, after)
    )
    quoted = [f"“{was}” → “{now}”"] * (was != now)
    return "; ".join([*(said or ["other words, the same facts"]), *quoted])


def article_offer(offer: ArticleOffer) -> str:
    """What a shop asks for an article: "24.00 USD (120 capsules), in stock, seen 2026-11-20, the cheapest"."""
    price = words.NOT_STATED if offer.price is None else f"{words.money(offer.price)} {offer.currency or ''}".strip()
    pack = f" ({words.one_line(offer.name)})" if offer.name else ""
    notes = [
        f"{price}{pack}",
        words.stock(offer.availability),
        f"seen {offer.seen_at:%Y-%m-%d}",
        *["the cheapest in its currency"] * offer.is_cheapest,
    ]
    return ", ".join(notes)


_MOST = 200
"""Characters of a quote in a report: mail programs cut long addresses off."""


def report_link(product: Product) -> str:
    """A mail with the report filled in; who keeps the catalog is for its sender to know (RFC 6068)."""
    subject = f"maglabel: {words.title(product.row.title)}"
    return f"mailto:?subject={quote(subject, safe='')}&body={quote(error_report(product), safe='')}"


def error_report(product: Product) -> str:
    """What a report of an error needs, filled in, one fact a line."""
    row, label = product.row, product.label
    said = words.shortened(words.one_line(row.quote or ""), _MOST)
    facts = [
        ("Product", words.title(row.title)),
        ("Listing", words.one_line(f"{row.source}/{row.source_key}")),
        ("Page", words.web_address(row.url) or words.NOT_STATED),
        ("Seen", words.moment(row.seen_at)),
        *words.label_facts(label),
        ("Read from", f"“{said}” ({label.basis})" if said else words.NOT_STATED),
        (
            "Price of 100 mg",
            words.NOT_STATED if row.price_per_100mg is None else f"{words.money(row.price_per_100mg)} {row.currency}",
        ),
        ("Findings", ", ".join(finding.code for finding in product.findings) or "none"),
        ("Reader", f"version {label.reader_version}"),
    ]
    return "\n".join([*(f"{name}: {value}" for name, value in facts), "", "What is wrong: "])
