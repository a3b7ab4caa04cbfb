"""The rules of sharing a second time: from the contract's section 6 and not from the code, over names alone."""

from dataclasses import dataclass, field
from typing import Final
from uuid import UUID

HOMES: Final = {"ada": "north", "bob": "north", "cat": "north", "eve": "south"}
"""Users and their organizations: with three in one, somebody can be given more than another one holds."""

NONE, VIEW, EDIT, FULL, OWNER = range(5)
RANKS: Final = {"can_view": VIEW, "can_edit": EDIT, "full_access": FULL, "owner": OWNER}


@dataclass
class Thing:
    """A chat or a metric as the contract has it: who made it, who was given what, and what it holds."""

    kind: str
    id: UUID
    name: str
    creator: str
    public: bool = False
    given: dict[str, str] = field(default_factory=dict)
    deleted: bool = False
    held: list[str] = field(default_factory=list)
    """Of a chat its questions, of a metric the SQL of its versions."""

    def rank(self, user: str) -> int:
        """The highest of what the user made, was given in person or through the organization, and anyone may."""
        ranks = [VIEW if self.public else NONE]
        if HOMES[user] == HOMES[self.creator]:
            ranks += [RANKS[self.given[each]] for each in (user, HOMES[user]) if each in self.given]
            ranks += [OWNER] if user == self.creator else []
        return max(ranks)

    def refusals(self, user: str, needs: int) -> set[str]:
        """The codes with which the user is told that they may not; empty if they may."""
        chat, rank = self.kind == "chat", self.rank(user)
        if rank == NONE or (chat and self.deleted):
            return {"CHAT_NOT_FOUND" if chat else "ASSET_NOT_FOUND"}
        if self.deleted:
            return {"ASSET_DELETED"}
        return {"PERMISSION_DENIED" if chat else "ASSET_ACCESS_DENIED"} if rank < needs else set()

    def unnamed(self, user: str, needs: int) -> set[str]:
        """The same where nothing says that it is a metric: what could be any id is not told to be one."""
        return set(map(unnamed, self.refusals(user, needs)))


def unnamed(code: str) -> str:
    """The code where what is meant could be a chat as well."""
    return "CHAT_NOT_FOUND" if code == "ASSET_NOT_FOUND" else code


def of_message(code: str) -> str:
    """The code where a message is meant."""
    return "MESSAGE_NOT_FOUND" if code == "CHAT_NOT_FOUND" else code
