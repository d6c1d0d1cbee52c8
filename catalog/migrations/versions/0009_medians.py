"""The medians of the forms, and indexes that hold the price too."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"

EXACT = sa.Numeric(18, 6).with_variant(sa.BigInteger(), "sqlite")
FILTERS = (
    *("availability", "form_group", "contains_oxide", "worst_severity", "dosage_form", "source", "source_id"),
    *("market", "brand_key", "price", "sodium_mg", "potassium_mg", "search_text"),
)
PRICE = ("currency", "price_per_100mg", "listing_id")
INDEXES = {
    "ix_comparison_price_per_100mg": (*PRICE, *FILTERS),
    "ix_comparison_form": ("form_group", *PRICE, *(name for name in FILTERS if name != "form_group")),
    "ix_comparison_sample": ("currency", "lot", "listing_id", "price_per_100mg", *FILTERS),
}


def upgrade() -> None:
    for name, columns in INDEXES.items():
        op.drop_index(name, "comparison")
        op.create_index(name, "comparison", columns)
    op.create_table(
        "comparison_medians",
        sa.Column("form_group", sa.Text, primary_key=True),
        sa.Column("currency", sa.Text, primary_key=True),
        sa.Column("lower", EXACT, nullable=False),
        sa.Column("upper", EXACT, nullable=False),
    )
    group = "PARTITION BY form_group, currency"
    ordered = (
        f"SELECT form_group, currency, price_per_100mg AS price, count(*) OVER ({group}) AS priced, "
        f"row_number() OVER ({group} ORDER BY price_per_100mg) AS place "
        "FROM comparison WHERE currency IS NOT NULL AND price_per_100mg IS NOT NULL"
    )
    op.execute(
        "INSERT INTO comparison_medians SELECT form_group, currency, min(price), max(price) "
        f"FROM ({ordered}) AS ordered WHERE place IN ((priced + 1) / 2, priced / 2 + 1) GROUP BY form_group, currency"
    )
