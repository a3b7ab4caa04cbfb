"""What of a chat is wanted."""

from dataclasses import dataclass
from typing import Literal

Order = Literal["newest", "oldest"]


@dataclass(frozen=True, kw_only=True)
class ChatView:
    """Parts of a chat to show: any of SQL, reasoning, last result and raw messages, or none for the conversation.

    `order` of the messages is newest first in JSON and oldest first elsewhere unless given; `earlier` and `later`
    count the messages left out before and after the page, of which the user is told.
    """

    sql: bool = False
    steps: bool = False
    data: bool = False
    raw: bool = False
    order: Order | None = None
    earlier: int = 0
    later: int = 0
