"""The comparison counted by what it is filtered by, and indexes that hold what it is filtered by."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
EXACT = sa.Numeric(18, 6).with_variant(sa.BigInteger(), "sqlite")
FILTERS = (
    *("availability", "form_group", "contains_oxide", "worst_severity", "dosage_form", "source", "source_id"),
    *("market", "brand_key", "sodium_mg", "potassium_mg", "search_text"),
)
PRICE = ("currency", "price_per_100mg", "listing_id")
INDEXES = {
    "ix_comparison_price_per_100mg": (*PRICE, *FILTERS),
    "ix_comparison_form": ("form_group", *PRICE, *(name for name in FILTERS if name != "form_group")),
    "ix_comparison_sample": ("currency", "lot", "listing_id", "price_per_100mg", *FILTERS),
}
KEYS = "form_group, currency, source, market, dosage_form, availability, contains_oxide"


def upgrade() -> None:
    op.add_column("comparison", sa.Column("brand_key", sa.Text))
    op.add_column("comparison", sa.Column("lot", sa.BigInteger, nullable=False, server_default="0"))
    op.execute("UPDATE comparison SET brand_key = lower(substr(brand, 1, 100))")
    op.execute("UPDATE comparison SET search_text = substr(search_text, 1, 300)")
    op.drop_index("ix_comparison_price_per_100mg", "comparison")
    op.drop_index("ix_comparison_form", "comparison")
    for name, columns in INDEXES.items():
        op.create_index(name, "comparison", columns)
    _tables()
    _fill()


def _tables() -> None:
    op.create_table(
        "comparison_groups",
        sa.Column("id", ID, primary_key=True, autoincrement=False),
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
        sa.Column("lowest", EXACT),
        sa.Column("highest", EXACT),
    )
    op.create_table(
        "comparison_brands",
        sa.Column("id", ID, primary_key=True, autoincrement=False),
        sa.Column("brand", sa.Text, nullable=False),
        sa.Column("products", sa.BigInteger, nullable=False),
    )


def _fill() -> None:
    flags = (
        "coalesce(worst_severity IN ('warning', 'error'), false) AS warned, "
        "(sodium_mg IS NOT NULL OR potassium_mg IS NOT NULL) AS is_mix"
    )
    counts = "count(*), count(price_per_100mg), min(price_per_100mg) AS lowest, max(price_per_100mg) AS highest"
    grouped = f"SELECT {KEYS}, {flags}, {counts} FROM comparison GROUP BY {KEYS}, warned, is_mix"
    op.execute(f"INSERT INTO comparison_groups SELECT row_number() OVER (), grouped.* FROM ({grouped}) AS grouped")
    frequent = "SELECT brand, count(*) AS products FROM comparison WHERE brand IS NOT NULL GROUP BY brand"
    ordered = f"{frequent} ORDER BY count(*) DESC, brand LIMIT 300"
    op.execute(f"INSERT INTO comparison_brands SELECT row_number() OVER (), ordered.* FROM ({ordered}) AS ordered")
