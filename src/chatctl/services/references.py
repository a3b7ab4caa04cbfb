"""What a user means by an id: a full UUID, a unique prefix, or @last."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeVar
from uuid import UUID

from chatctl.domain.access import Role
from chatctl.domain.errors import (
    AmbiguousId,
    AssetDeleted,
    AssetNotFound,
    ChatNotFound,
    MessageNotFound,
    NotFound,
    PermissionDenied,
)
from chatctl.services.workspace import Workspace
from chatctl.storage import lookup, permissions
from chatctl.storage.chats import by_id, newest_message
from chatctl.storage.database import Transaction
from chatctl.storage.tables import AssetRow, ChatRow, MessageRow

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


Candidate = TypeVar("Candidate", bound=Found | AssetRow)


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
    require(session, workspace, found.chat, at_least)
    return found


def require(
    session: Transaction, workspace: Workspace, chat: ChatRow, at_least: Role, *, to: str = "change it"
) -> None:
    """Raises PermissionDenied if the actor, who may see the chat, holds a lower role on it."""
    held = permissions.role_on(session, workspace.actor, chat)
    if held < at_least:
        raise PermissionDenied(
            f"You may see this chat, but not {to}",
            hint="Its owner can share it with more rights: chatctl share.",
            role=held.word,
            needed=at_least.word,
        )


def require_view(session: Transaction, workspace: Workspace, chat_id: UUID) -> None:
    """Raises ChatNotFound if the actor may not see a chat any more that they once wrote to; it may be deleted."""
    if not permissions.may_view(session, workspace.actor, by_id(session, chat_id)):
        raise ChatNotFound("Chat not found or access denied", hint=HINT)


def require_views(session: Transaction, workspace: Workspace, message_ids: Sequence[UUID]) -> None:
    """Raises MessageNotFound if one of the messages is in a chat that the actor may not see any more."""
    if message_ids and len(lookup.seen(session, workspace.actor, message_ids)) < len(message_ids):
        raise MessageNotFound("Message not found or access denied", hint=HINT)


def shareable(session: Transaction, workspace: Workspace, reference: str) -> ChatRow | AssetRow:
    """The chat, metric or dashboard that is meant: a name wins over an id, and one's own over another's.

    Raises ChatNotFound for what could be an id, AssetNotFound for what could not; AssetDeleted, AmbiguousId.
    """
    from chatctl.storage import assets

    if reference == LAST:
        return _last(session, workspace).chat
    named = [each.row for each in assets.named(session, workspace.actor, reference)]
    live = [row for row in named if row.deleted_at is None]
    own = [row for row in live if row.created_by == workspace.actor.user_id]
    candidates: list[Found | AssetRow] = [*(own or live)]
    if not candidates and lookup.is_reference(reference):
        named += [each.row for each in assets.matching(session, workspace.actor, reference)]
        candidates += [row for row in named if row.deleted_at is None]
        candidates += _candidates(session, workspace, reference, deleted=False)
    if not candidates:
        raise _nothing(reference, named)
    found = _only(reference, candidates)
    return found.chat if isinstance(found, Found) else found


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
    candidates = _candidates(session, workspace, reference, deleted=deleted)
    if not candidates:
        raise missing
    return _only(reference, candidates)


def _candidates(session: Transaction, workspace: Workspace, reference: str, *, deleted: bool) -> list[Found]:
    chats = lookup.matching_chats(session, workspace.actor, reference, deleted=deleted)
    messages = lookup.matching_messages(session, workspace.actor, reference, deleted=deleted)
    return [
        *(Found(chat=chat) for chat in chats),
        *(Found(chat=owner, message=message) for message, owner in messages),
    ]


def _only(reference: str, candidates: Sequence[Candidate]) -> Candidate:
    if len(candidates) > 1:
        count = len(candidates) if len(candidates) <= NAMED else f"more than {NAMED}"
        raise AmbiguousId(
            f"{reference!r} fits {count} ids",
            hint="Give more digits.",
            candidates=[_candidate(found) for found in candidates[:NAMED]],
        )
    return candidates[0]


def _candidate(found: Found | AssetRow) -> dict[str, str]:
    if isinstance(found, AssetRow):
        return {"id": str(found.id), "kind": _kind(found), "title": found.name}
    row = found.message or found.chat
    return {"id": str(row.id), "kind": "message" if found.message else "chat", "title": row.title}


def _kind(asset: AssetRow) -> str:
    return asset.file_type.removesuffix("_file")


def _nothing(reference: str, deleted: Sequence[AssetRow]) -> NotFound:
    if deleted:
        return AssetDeleted(f"The {_kind(deleted[0])} was deleted", assetId=str(deleted[0].id))
    lists = "`chatctl list`, `chatctl metric list` and `chatctl dashboard list` show what there is."
    if lookup.is_reference(reference):
        return ChatNotFound("Chat or asset not found or access denied", hint=lists, reference=reference)
    return AssetNotFound("Asset not found or access denied", hint=lists, reference=reference)
