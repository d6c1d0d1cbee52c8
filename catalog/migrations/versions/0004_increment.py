"""Refreshes that asked a source only for what is new: they did not see the rest of it."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    op.add_column("run_sources", sa.Column("increment", sa.Boolean, nullable=False, server_default=sa.false()))
