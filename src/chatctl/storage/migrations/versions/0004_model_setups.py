"""How the model of a message is asked, where it was asked."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    """Give messages a place for it."""
    op.add_column("message", sa.Column("model_setup", sa.JSON(none_as_null=True), nullable=True))
