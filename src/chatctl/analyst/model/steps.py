"""Steps of reasoning that are no SQL."""

from uuid import uuid4

from chatctl.domain.chats import TextStep


def looked(title: str, more: str) -> TextStep:
    """A look at the sources."""
    return TextStep(id=uuid4(), title=title, secondary_title=more or None, status="completed")
