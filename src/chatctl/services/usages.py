"""What language models have cost an organization: for its members to look at, and to stay within its quotas."""

from collections import defaultdict
from datetime import datetime
from typing import Final
from uuid import UUID

from chatctl.domain.access import Actor
from chatctl.domain.chats import Usage
from chatctl.domain.usage import By, Spent, UsageLine
from chatctl.services.workspace import Workspace
from chatctl.storage import usage as rows
from chatctl.storage.database import Transaction
from chatctl.storage.retries import repeatable

_UNNAMED: Final = (None, None)


class Usages:
    """The usage of one actor's organization.

    Every member may know what it uses, for its quotas are shared; chats that are not shared with them stay unnamed.
    """

    def __init__(self, workspace: Workspace) -> None:
        self._actor = workspace.actor
        self._database = workspace.database

    @repeatable
    def by(self, by: By, since: datetime | None) -> list[UsageLine]:
        """A line for each day, in order, or for each model, chat or user, the most tokens first.

        Counted are messages whose last attempt was due since then. A day is one of UTC.
        """
        with self._database.read() as session:
            spent = list(rows.since(session, self._actor.organization_id, since.timestamp() if since else 0.0))
            named = _names(session, self._actor, by, spent)
        found: dict[tuple[str | None, str | None], list[Usage]] = defaultdict(list)
        for each in spent:
            found[named.get(_key(by, each), _UNNAMED)].append(each.usage)
        return sorted((UsageLine.of(by, key, name, used) for (key, name), used in found.items()), key=_in_order)


def _key(by: By, spent: Spent) -> str | UUID:
    match by:
        case "day":
            return spent.at.date().isoformat()
        case "model":
            return spent.usage.model
        case "chat":
            return spent.chat_id
        case "user":
            return spent.user_id


def _names(session: Transaction, actor: Actor, by: By, spent: list[Spent]) -> dict[str | UUID, tuple[str, str]]:
    """Keys as they are shown, with their names; without the chats that the actor may not see."""
    keys = {_key(by, each) for each in spent}
    ids = {key for key in keys if isinstance(key, UUID)}
    names: dict[UUID, str] = {}
    if by == "chat":
        names = rows.titles(session, actor, ids)
    elif by == "user":
        names = rows.names(session, ids)
    return {key: (key, key) for key in keys if isinstance(key, str)} | {
        key: (str(key), name) for key, name in names.items()
    }


def _in_order(line: UsageLine) -> tuple[str, int]:
    return (line.key or "", 0) if line.by == "day" else ("", -line.input_tokens - line.output_tokens)
