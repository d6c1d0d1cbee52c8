"""Data that is kept aside for review."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Make the tables."""
    op.create_table(
        "held",
        sa.Column("source_id", ID, sa.ForeignKey("sources.id"), primary_key=True, autoincrement=False),
        sa.Column("run_id", ID, sa.ForeignKey("runs.id"), nullable=False),
        sa.Column("ending", sa.Text, nullable=False),
        sa.Column("difference", sa.Text, nullable=False),
    )
    op.create_table(
        "held_listings",
        sa.Column("source_id", ID, sa.ForeignKey("sources.id"), primary_key=True, autoincrement=False),
        sa.Column("position", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("source_key", sa.Text, nullable=False),
        sa.Column("input_hash", sa.Text, nullable=False),
        sa.Column("capture_id", ID, sa.ForeignKey("captures.id")),
        sa.Column("document", sa.Text, nullable=False),
    )
    op.create_index("ix_held_listings_capture", "held_listings", ["capture_id"])
