"""The tables. docs/CATALOG.md says what writes them; `migrations` makes them.

Ids are given by the one writer (`max + 1` inside its transaction), so that plain bulk inserts fill every table.
"""

from __future__ import annotations

import sqlalchemy as sa

from catalog.columns import Exact, Id, SortedText, Utc

REVISION = "0009"
"""The newest migration; what `open_catalog` expects to find."""

VERSION_TABLE = "maglabel_version"

metadata = sa.MetaData()


def _id() -> sa.Column[int]:
    return sa.Column("id", Id, primary_key=True, autoincrement=False)


def _key(name: str, target: str, *, optional: bool = False, primary: bool = False) -> sa.Column[int]:
    return sa.Column(
        name, Id, sa.ForeignKey(f"{target}.id"), nullable=optional, primary_key=primary, autoincrement=False
    )


sources = sa.Table(
    "sources",
    metadata,
    _id(),
    sa.Column("name", sa.Text, nullable=False, unique=True),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("url", sa.Text, nullable=False),
    sa.Column("market", sa.Text),
    sa.Column("demo", sa.Boolean, nullable=False),
)

COUNTS = ("seen", "kept", "listings", "new", "changed", "gone", "with_magnesium", "with_elemental", "with_price")
"""What a run counts for each source."""

runs = sa.Table(
    "runs",
    metadata,
    _id(),
    sa.Column("state", sa.Text, nullable=False),
    sa.Column("started_at", Utc, nullable=False),
    sa.Column("finished_at", Utc),
)

run_sources = sa.Table(
    "run_sources",
    metadata,
    _key("run_id", "runs", primary=True),
    _key("source_id", "sources", primary=True),
    sa.Column("outcome", sa.Text, nullable=False),
    sa.Column("message", sa.Text, nullable=False),
    sa.Column("finished_at", Utc, nullable=False),
    *(sa.Column(name, sa.Integer, nullable=False) for name in (*COUNTS, "requests")),
    sa.Column("bytes", sa.BigInteger, nullable=False),
    sa.Column("seconds", sa.Float, nullable=False),
    sa.Column("skipped", sa.JSON, nullable=False),
    sa.Column("increment", sa.Boolean, nullable=False, server_default=sa.false()),
    sa.Index("ix_run_sources_last", "source_id", "outcome", "finished_at"),
)

captures = sa.Table(
    "captures",
    metadata,
    _id(),
    sa.Column("sha256", sa.Text, nullable=False, unique=True),
    sa.Column("url", sa.Text, nullable=False),
    sa.Column("status", sa.Integer, nullable=False),
    sa.Column("content_type", sa.Text),
    sa.Column("headers", sa.JSON, nullable=False),
    sa.Column("fetched_at", Utc, nullable=False),
    sa.Column("size", sa.BigInteger, nullable=False),
    sa.Column("body", sa.LargeBinary, nullable=False),
)

pages = sa.Table(
    "pages",
    metadata,
    _key("source_id", "sources", primary=True),
    sa.Column("url", sa.Text, primary_key=True),
    sa.Column("made_with", sa.Text, nullable=False),
    sa.Column("sha256", sa.Text, nullable=False),
    sa.Column("etag", sa.Text),
    sa.Column("last_modified", sa.Text),
    sa.Column("listings", sa.JSON, nullable=False),
    sa.Column("reading", sa.JSON, nullable=False),
)

listings = sa.Table(
    "listings",
    metadata,
    _id(),
    _key("source_id", "sources"),
    sa.Column("source_key", sa.Text, nullable=False),
    sa.Column("url", sa.Text, nullable=False),
    sa.Column("title", sa.Text, nullable=False),
    sa.Column("input_hash", sa.Text, nullable=False),
    sa.Column("content_hash", sa.Text, nullable=False),
    sa.Column("read_with", sa.Text, nullable=False),
    _key("capture_id", "captures", optional=True),
    _key("first_run_id", "runs"),
    _key("changed_run_id", "runs"),
    _key("last_seen_run_id", "runs", optional=True),
    _key("gone_run_id", "runs", optional=True),
    sa.UniqueConstraint("source_id", "source_key", name="uq_listings_source_key"),
    sa.Index("ix_listings_capture", "capture_id"),
)

listing_texts = sa.Table(
    "listing_texts",
    metadata,
    _key("listing_id", "listings", primary=True),
    sa.Column("document", sa.Text, nullable=False),
)

wordings = sa.Table(
    "wordings",
    metadata,
    _key("listing_id", "listings", primary=True),
    _key("since_run_id", "runs", primary=True),
    _key("until_run_id", "runs", optional=True),
    sa.Column("content_hash", sa.Text, nullable=False),
    sa.Column("title", sa.Text),
    sa.Column("pack", sa.Text),
    sa.Index("ix_wordings_since", "since_run_id"),
    sa.Index("ix_wordings_until", "until_run_id"),
)

gtins = sa.Table(
    "gtins",
    metadata,
    sa.Column("gtin14", sa.Text, primary_key=True),
    _key("listing_id", "listings", primary=True),
    sa.Index("ix_gtins_listing", "listing_id"),
)

offers = sa.Table(
    "offers",
    metadata,
    _id(),
    _key("listing_id", "listings"),
    sa.Column("position", sa.Integer, nullable=False),
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("sku", sa.Text),
    sa.Column("gtin", sa.Text),
    sa.Column("price_text", sa.Text),
    sa.Column("price", Exact),
    sa.Column("currency", sa.Text),
    sa.Column("availability", sa.Text, nullable=False),
    _key("since_run_id", "runs"),
    _key("until_run_id", "runs", optional=True),
    sa.Index("ix_offers_listing", "listing_id", "since_run_id"),
    sa.Index("ix_offers_since", "since_run_id"),
    sa.Index("ix_offers_until", "until_run_id"),
)

labels = sa.Table(
    "labels",
    metadata,
    _id(),
    _key("listing_id", "listings"),
    sa.Column("content_hash", sa.Text, nullable=False),
    sa.Column("reader_version", sa.Text, nullable=False),
    sa.Column("has_magnesium", sa.Boolean, nullable=False),
    sa.Column("document", sa.Text, nullable=False),
    sa.Column("read_at", Utc, nullable=False),
    _key("run_id", "runs"),
    sa.UniqueConstraint("listing_id", "content_hash", "reader_version", name="uq_labels_reading"),
    sa.Index("ix_labels_run", "run_id"),
)

findings = sa.Table(
    "findings",
    metadata,
    _key("label_id", "labels", primary=True),
    sa.Column("position", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("code", sa.Text, nullable=False),
    sa.Column("severity", sa.Text, nullable=False),
    sa.Column("document", sa.Text, nullable=False),
    sa.Index("ix_findings_code", "code"),
)

FILTERS = (
    *("availability", "form_group", "contains_oxide", "worst_severity", "dosage_form", "source", "source_id"),
    *("market", "brand_key", "price", "sodium_mg", "potassium_mg", "search_text"),
)
"""What a selection asks for. At the end of an index they decide about a row before the row itself is fetched."""

PRICE_INDEX = ("currency", "price_per_100mg", "listing_id")
FORM_INDEX = ("form_group", *PRICE_INDEX, *(name for name in FILTERS if name != "form_group"))
"""Covers the medians of the forms with their filters."""

comparison = sa.Table(
    "comparison",
    metadata,
    _key("listing_id", "listings", primary=True),
    _key("source_id", "sources"),
    sa.Column("source", sa.Text, nullable=False),
    sa.Column("source_key", sa.Text, nullable=False),
    sa.Column("url", sa.Text, nullable=False),
    sa.Column("title", sa.Text, nullable=False),
    sa.Column("brand", sa.Text),
    sa.Column("gtin", sa.Text),
    sa.Column("market", sa.Text),
    sa.Column("form_group", sa.Text, nullable=False),
    sa.Column("forms", sa.Text, nullable=False),
    sa.Column("contains_oxide", sa.Boolean, nullable=False),
    sa.Column("elemental_mg", Exact),
    sa.Column("elemental_mg_low", Exact),
    sa.Column("elemental_mg_high", Exact),
    sa.Column("basis", sa.Text, nullable=False),
    sa.Column("compound_mg", Exact),
    sa.Column("percent_dv", Exact),
    sa.Column("serving_quantity", Exact),
    sa.Column("serving_unit", sa.Text),
    sa.Column("servings_per_container", sa.BigInteger),
    sa.Column("servings_quote", sa.Text),
    sa.Column("elemental_mg_per_unit", Exact),
    sa.Column("dosage_form", sa.Text),
    sa.Column("sodium_mg", Exact),
    sa.Column("potassium_mg", Exact),
    sa.Column("price", Exact),
    sa.Column("currency", sa.Text),
    sa.Column("availability", sa.Text),
    sa.Column("price_per_serving", Exact),
    sa.Column("price_per_100mg", Exact),
    sa.Column("findings", sa.Text, nullable=False),
    sa.Column("worst_severity", sa.Text),
    sa.Column("quote", sa.Text),
    sa.Column("read_at", Utc, nullable=False),
    sa.Column("reader_version", sa.Text, nullable=False),
    sa.Column("sort_title", SortedText, nullable=False),
    sa.Column("search_text", sa.Text, nullable=False),
    sa.Column("gtin14", sa.Text),
    sa.Column("likeness_key", sa.Text),
    sa.Column("brand_key", sa.Text),
    sa.Column("lot", sa.BigInteger, nullable=False, server_default="0"),  # a draw for samples
    sa.Index("ix_comparison_price_per_100mg", *PRICE_INDEX, *FILTERS),
    sa.Index("ix_comparison_sample", "currency", "lot", "listing_id", "price_per_100mg", *FILTERS),
    sa.Index("ix_comparison_price", "currency", "price", "listing_id"),
    sa.Index("ix_comparison_form", *FORM_INDEX),
    sa.Index("ix_comparison_elemental_mg", "elemental_mg", "listing_id"),
    sa.Index("ix_comparison_elemental_mg_per_unit", "elemental_mg_per_unit", "listing_id"),
    sa.Index("ix_comparison_title", "sort_title", "listing_id"),
    sa.Index("ix_comparison_source", "source", "market"),
    sa.Index("ix_comparison_gtin", "gtin14", "currency", "price", "listing_id"),
    sa.Index("ix_comparison_likeness", "likeness_key"),
)

comparison_groups = sa.Table(
    "comparison_groups",
    metadata,
    _id(),
    sa.Column("form_group", sa.Text, nullable=False),
    sa.Column("currency", sa.Text),
    sa.Column("source", sa.Text, nullable=False),
    sa.Column("market", sa.Text),
    sa.Column("dosage_form", sa.Text),
    sa.Column("availability", sa.Text),
    sa.Column("contains_oxide", sa.Boolean, nullable=False),
    sa.Column("warned", sa.Boolean, nullable=False),
    sa.Column("is_mix", sa.Boolean, nullable=False),
    sa.Column("products", sa.BigInteger, nullable=False),
    sa.Column("priced", sa.BigInteger, nullable=False),
    sa.Column("lowest", Exact),
    sa.Column("highest", Exact),
)

comparison_brands = sa.Table(
    "comparison_brands",
    metadata,
    _id(),
    sa.Column("brand", sa.Text, nullable=False),
    sa.Column("products", sa.BigInteger, nullable=False),
)

comparison_medians = sa.Table(
    "comparison_medians",
    metadata,
    sa.Column("form_group", sa.Text, primary_key=True),
    sa.Column("currency", sa.Text, primary_key=True),
    sa.Column("lower", Exact, nullable=False),
    sa.Column("upper", Exact, nullable=False),
)

held = sa.Table(
    "held",
    metadata,
    _key("source_id", "sources", primary=True),
    _key("run_id", "runs"),
    sa.Column("ending", sa.Text, nullable=False),
    sa.Column("difference", sa.Text, nullable=False),
)

held_listings = sa.Table(
    "held_listings",
    metadata,
    _key("source_id", "sources", primary=True),
    sa.Column("position", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("source_key", sa.Text, nullable=False),
    sa.Column("input_hash", sa.Text, nullable=False),
    _key("capture_id", "captures", optional=True),
    sa.Column("document", sa.Text, nullable=False),
    sa.Index("ix_held_listings_capture", "capture_id"),
)
