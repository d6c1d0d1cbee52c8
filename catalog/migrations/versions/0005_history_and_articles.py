"""Which words a listing showed from when until when, its bar codes, and the indexes that history is asked by."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")

WORDINGS = """
INSERT INTO wordings (listing_id, since_run_id, until_run_id, content_hash, title, pack)
WITH shown AS (
    SELECT listing_id, content_hash, min(run_id) AS since FROM labels GROUP BY listing_id, content_hash
    UNION ALL
    SELECT l.id, l.content_hash, l.changed_run_id FROM listings l WHERE EXISTS (
        SELECT 1 FROM labels b WHERE b.listing_id = l.id AND b.run_id < l.changed_run_id
            AND b.content_hash <> l.content_hash AND b.run_id > (
                SELECT min(c.run_id) FROM labels c WHERE c.listing_id = l.id AND c.content_hash = l.content_hash))
), periods AS (
    SELECT shown.*, lead(since) OVER (PARTITION BY listing_id ORDER BY since) AS until FROM shown
)
SELECT p.listing_id, p.since, coalesce(p.until, l.gone_run_id), p.content_hash,
    CASE WHEN p.until IS NULL THEN l.title END, CASE WHEN p.until IS NULL THEN {pack} END
FROM periods p JOIN listings l ON l.id = p.listing_id JOIN listing_texts t ON t.listing_id = l.id
"""
"""From what was read when; words that came back are taken to be back since the listing last changed."""

PACK = {"sqlite": "json_extract(t.document, '$.pack')", "postgresql": "CAST(t.document AS json) ->> 'pack'"}

INDEXES = {
    "ix_wordings_since": ("wordings", ["since_run_id"]),
    "ix_wordings_until": ("wordings", ["until_run_id"]),
    "ix_gtins_listing": ("gtins", ["listing_id"]),
    "ix_listings_capture": ("listings", ["capture_id"]),
    "ix_offers_since": ("offers", ["since_run_id"]),
    "ix_offers_until": ("offers", ["until_run_id"]),
    "ix_labels_run": ("labels", ["run_id"]),
    "ix_comparison_gtin": ("comparison", ["gtin14", "currency", "price", "listing_id"]),
    "ix_comparison_likeness": ("comparison", ["likeness_key"]),
}


def _key(name: str, target: str, *, optional: bool = False, primary: bool = False) -> sa.Column[int]:
    return sa.Column(
        name, ID, sa.ForeignKey(f"{target}.id"), nullable=optional, primary_key=primary, autoincrement=False
    )


def upgrade() -> None:
    op.create_table(
        "wordings",
        _key("listing_id", "listings", primary=True),
        _key("since_run_id", "runs", primary=True),
        _key("until_run_id", "runs", optional=True),
        sa.Column("content_hash", sa.Text, nullable=False),
        sa.Column("title", sa.Text),
        sa.Column("pack", sa.Text),
    )
    op.create_table(
        "gtins", sa.Column("gtin14", sa.Text, primary_key=True), _key("listing_id", "listings", primary=True)
    )
    op.add_column("comparison", sa.Column("gtin14", sa.Text))
    op.add_column("comparison", sa.Column("likeness_key", sa.Text))
    op.execute(WORDINGS.format(pack=PACK[op.get_bind().dialect.name]))
    for name, (table, columns) in INDEXES.items():
        op.create_index(name, table, columns)
