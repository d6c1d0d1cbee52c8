"""The words that tell how many servings a pack holds."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    op.add_column("comparison", sa.Column("servings_quote", sa.Text))
