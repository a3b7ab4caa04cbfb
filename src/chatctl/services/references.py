"""What a user means by an id: a full UUID, a unique prefix, or @last."""

from dataclasses import dataclass

from chatctl.domain.access import Role
from chatctl.domain.errors import AmbiguousId, ChatNotFound, MessageNotFound, PermissionDenied
from chatctl.services.workspace import Workspace
from chatctl.storage import lookup, permissions
from chatctl.storage.chats import newest_message
from chatctl.storage.database import Transaction
from chatctl.storage.tables import ChatRow, MessageRow

LAST = "@last"
HINT = "`chatctl list` shows your chats."
DELETED = "`chatctl list --deleted` shows the deleted chats."

NAMED = 20
"""Candidates that the error for an ambiguous prefix lists."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Found:
    """What a reference named: a chat, or a message with its chat."""

    chat: ChatRow
    message: MessageRow | None = None


def chat(session: Transaction, workspace: Workspace, reference: str, *, at_least: Role = Role.CAN_VIEW) -> ChatRow:
    """The chat that is meant; a message stands for its chat. Raises ChatNotFound, AmbiguousId, PermissionDenied."""
    return either(session, workspace, reference, at_least=at_least).chat


def message(
    session: Transaction, workspace: Workspace, reference: str, *, at_least: Role = Role.CAN_VIEW
) -> tuple[MessageRow, ChatRow]:
    """The message that is meant; a chat stands for its newest. Raises as `chat`, and MessageNotFound."""
    try:
        found = either(session, workspace, reference, at_least=at_least)
    except ChatNotFound as error:
        raise MessageNotFound("Message not found or access denied", hint=error.hint, **error.details) from None
    newest = found.message or newest_message(session, found.chat.id)
    if newest is None:
        raise MessageNotFound("The chat has no message", chatId=str(found.chat.id))
    return newest, found.chat


def either(
    session: Transaction,
    workspace: Workspace,
    reference: str,
    *,
    at_least: Role = Role.CAN_VIEW,
    deleted: bool = False,
) -> Found:
    """The one chat or message that the reference names, among the live or among the deleted ones."""
    found = _last(session, workspace) if reference == LAST else _matching(session, workspace, reference, deleted)
    if permissions.role_on(session, workspace.actor, found.chat) < at_least:
        raise PermissionDenied(
            "You may see this chat, but not change it", hint="Its owner can share it with more rights."
        )
    return found


def _last(session: Transaction, workspace: Workspace) -> Found:
    chat = lookup.last_chat(session, workspace.actor)
    if chat is None:
        raise ChatNotFound("There is no chat yet", hint='Start one with `chatctl new "your question"`.')
    workspace.note(f"Using the last chat, {chat.id} ({chat.title})")
    return Found(chat=chat)


def _matching(session: Transaction, workspace: Workspace, reference: str, deleted: bool) -> Found:
    hint = f"None of yours is {reference!r}: {DELETED if deleted else HINT}"
    missing = ChatNotFound("Chat not found or access denied", hint=hint, reference=reference)
    if not lookup.is_reference(reference):
        raise missing
    chats = lookup.matching_chats(session, workspace.actor, reference, deleted=deleted)
    messages = lookup.matching_messages(session, workspace.actor, reference, deleted=deleted)
    candidates = [Found(chat=chat) for chat in chats]
    candidates += [Found(chat=owner, message=message) for message, owner in messages]
    if not candidates:
        raise missing
    if len(candidates) > 1:
        count = len(candidates) if len(candidates) <= NAMED else f"more than {NAMED}"
        raise AmbiguousId(
            f"{reference!r} fits {count} ids",
            hint="Give more digits.",
            candidates=[_candidate(found) for found in candidates[:NAMED]],
        )
    return candidates[0]


def _candidate(found: Found) -> dict[str, str]:
    row = found.message or found.chat
    return {"id": str(row.id), "kind": "message" if found.message else "chat", "title": row.title}
