"""What a product is taken as, and the electrolytes that a mix states beside magnesium."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"

EXACT = sa.Numeric(18, 6).with_variant(sa.BigInteger(), "sqlite")


def upgrade() -> None:
    op.add_column("comparison", sa.Column("dosage_form", sa.Text))
    op.add_column("comparison", sa.Column("sodium_mg", EXACT))
    op.add_column("comparison", sa.Column("potassium_mg", EXACT))
