"""What a project told of its data when a message was asked."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    """Give messages a place for it."""
    op.add_column("message", sa.Column("instructions", sa.Text(), nullable=True))
