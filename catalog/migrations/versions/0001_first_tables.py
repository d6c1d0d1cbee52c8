"""The first tables.

Exact decimals are NUMERIC(18, 6) on PostgreSQL and integers of millionths on SQLite.
"""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
EXACT = sa.Numeric(18, 6).with_variant(sa.BigInteger(), "sqlite")
UTC = sa.DateTime(timezone=True)


def _id() -> sa.Column[int]:
    return sa.Column("id", ID, primary_key=True, autoincrement=False)


def _key(name: str, target: str, *, optional: bool = False, primary: bool = False) -> sa.Column[int]:
    return sa.Column(
        name, ID, sa.ForeignKey(f"{target}.id"), nullable=optional, primary_key=primary, autoincrement=False
    )


def upgrade() -> None:
    _sources_and_runs()
    _listings()
    _readings()
    _comparison()


def _sources_and_runs() -> None:
    op.create_table(
        "sources",
        _id(),
        sa.Column("name", sa.Text, nullable=False, unique=True),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("url", sa.Text, nullable=False),
        sa.Column("market", sa.Text),
        sa.Column("demo", sa.Boolean, nullable=False),
    )
    op.create_table(
        "runs",
        _id(),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("started_at", UTC, nullable=False),
        sa.Column("finished_at", UTC),
    )
    counts = ("seen", "kept", "listings", "new", "changed", "gone", "with_magnesium", "with_elemental", "with_price")
    op.create_table(
        "run_sources",
        _key("run_id", "runs", primary=True),
        _key("source_id", "sources", primary=True),
        sa.Column("outcome", sa.Text, nullable=False),
        sa.Column("message", sa.Text, nullable=False),
        sa.Column("finished_at", UTC, nullable=False),
        *(sa.Column(name, sa.Integer, nullable=False) for name in (*counts, "requests")),
        sa.Column("bytes", sa.BigInteger, nullable=False),
        sa.Column("seconds", sa.Float, nullable=False),
        sa.Column("skipped", sa.JSON, nullable=False),
    )
    op.create_index("ix_run_sources_last", "run_sources", ["source_id", "outcome", "finished_at"])


def _listings() -> None:
    op.create_table(
        "captures",
        _id(),
        sa.Column("sha256", sa.Text, nullable=False, unique=True),
        sa.Column("url", sa.Text, nullable=False),
        sa.Column("status", sa.Integer, nullable=False),
        sa.Column("content_type", sa.Text),
        sa.Column("headers", sa.JSON, nullable=False),
        sa.Column("fetched_at", UTC, nullable=False),
        sa.Column("size", sa.BigInteger, nullable=False),
        sa.Column("body", sa.LargeBinary, nullable=False),
    )
    op.create_table(
        "listings",
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
    )
    op.create_table(
        "listing_texts",
        _key("listing_id", "listings", primary=True),
        sa.Column("document", sa.Text, nullable=False),
    )
    op.create_table(
        "offers",
        _id(),
        _key("listing_id", "listings"),
        sa.Column("position", sa.Integer, nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("sku", sa.Text),
        sa.Column("gtin", sa.Text),
        sa.Column("price_text", sa.Text),
        sa.Column("price", EXACT),
        sa.Column("currency", sa.Text),
        sa.Column("availability", sa.Text, nullable=False),
        _key("since_run_id", "runs"),
        _key("until_run_id", "runs", optional=True),
    )
    op.create_index("ix_offers_listing", "offers", ["listing_id", "since_run_id"])


def _readings() -> None:
    op.create_table(
        "labels",
        _id(),
        _key("listing_id", "listings"),
        sa.Column("content_hash", sa.Text, nullable=False),
        sa.Column("reader_version", sa.Text, nullable=False),
        sa.Column("has_magnesium", sa.Boolean, nullable=False),
        sa.Column("document", sa.Text, nullable=False),
        sa.Column("read_at", UTC, nullable=False),
        _key("run_id", "runs"),
        sa.UniqueConstraint("listing_id", "content_hash", "reader_version", name="uq_labels_reading"),
    )
    op.create_table(
        "findings",
        _key("label_id", "labels", primary=True),
        sa.Column("position", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("code", sa.Text, nullable=False),
        sa.Column("severity", sa.Text, nullable=False),
        sa.Column("document", sa.Text, nullable=False),
    )
    op.create_index("ix_findings_code", "findings", ["code"])


def _comparison() -> None:
    op.create_table(
        "comparison",
        _key("listing_id", "listings", primary=True),
        _key("source_id", "sources"),
        *(sa.Column(name, sa.Text, nullable=False) for name in ("source", "source_key", "url", "title")),
        *(sa.Column(name, sa.Text) for name in ("brand", "gtin", "market")),
        *(sa.Column(name, sa.Text, nullable=False) for name in ("form_group", "forms")),
        sa.Column("contains_oxide", sa.Boolean, nullable=False),
        *(sa.Column(name, EXACT) for name in ("elemental_mg", "elemental_mg_low", "elemental_mg_high")),
        sa.Column("basis", sa.Text, nullable=False),
        *(sa.Column(name, EXACT) for name in ("compound_mg", "percent_dv", "serving_quantity")),
        sa.Column("serving_unit", sa.Text),
        sa.Column("servings_per_container", sa.BigInteger),
        *(sa.Column(name, EXACT) for name in ("elemental_mg_per_unit", "price")),
        *(sa.Column(name, sa.Text) for name in ("currency", "availability")),
        *(sa.Column(name, EXACT) for name in ("price_per_serving", "price_per_100mg")),
        sa.Column("findings", sa.Text, nullable=False),
        *(sa.Column(name, sa.Text) for name in ("worst_severity", "quote")),
        sa.Column("read_at", UTC, nullable=False),
        sa.Column("reader_version", sa.Text, nullable=False),
        sa.Column("sort_title", sa.Text().with_variant(sa.Text(collation="C"), "postgresql"), nullable=False),
        sa.Column("search_text", sa.Text, nullable=False),
    )
    indexes = {
        "price_per_100mg": ["currency", "price_per_100mg", "listing_id"],
        "price": ["currency", "price", "listing_id"],
        "form": ["form_group", "currency", "price_per_100mg", "listing_id", "worst_severity", "contains_oxide"],
        "elemental_mg": ["elemental_mg", "listing_id"],
        "elemental_mg_per_unit": ["elemental_mg_per_unit", "listing_id"],
        "title": ["sort_title", "listing_id"],
        "source": ["source", "market"],
    }
    for name, columns in indexes.items():
        op.create_index(f"ix_comparison_{name}", "comparison", columns)
