"""Starting chats, adding to them and showing them: load, refuse, act, commit, then ring.

The behaviours are those of the guide's chat handler: access before anything is written, one transaction for chat,
message and links, and a ring that can never fail the request.
"""

import logging
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any
from uuid import UUID, uuid4

from chatctl.domain.access import Role
from chatctl.domain.chats import ChatListing, ChatWithMessages, Message, Trigger, Written
from chatctl.domain.errors import ChatctlError, ValidationError
from chatctl.domain.listing import Filter
from chatctl.domain.requests import ChatRequest
from chatctl.services import analysts, instructions, pages, quotas, references
from chatctl.services.sources import Sources, Wanted
from chatctl.services.workspace import Workspace
from chatctl.storage import chats as rows
from chatctl.storage import lookup, messages
from chatctl.storage.database import Transaction
from chatctl.storage.retries import repeatable, settled
from chatctl.storage.tables import ChatRow, MessageRow

if TYPE_CHECKING:
    from chatctl.domain.assets import AssetReference
    from chatctl.services.contexts import Context, Contexts

log = logging.getLogger("chatctl.chats")


class Chats:
    """The chats of one actor."""

    def __init__(self, workspace: Workspace, sources: Sources, contexts: "Callable[[], Contexts]") -> None:
        self._workspace = workspace
        self._database = workspace.database
        self._actor = workspace.actor
        self._sources = sources
        self._contexts = contexts

    def handle(
        self,
        request: ChatRequest,
        *,
        chat: str | None = None,
        message: str | None = None,
        asset: "AssetReference | None" = None,
    ) -> ChatWithMessages:
        """The guide's handler: a new chat, a follow-up, or a redo, whichever the request asks for.

        `chat`, `message` and `asset` are references as a user types them; they stand for the request's chat_id,
        message_id and asset_id. An asset without a prompt opens a chat that shows it, and no analyst is asked.
        Raises ValidationError, ChatNotFound, MessageNotFound, PermissionDenied, SourceNotFound, SourceError, and what
        `Contexts.look` raises.
        """
        begun, opens_chat = time.monotonic(), chat is None and message is None and _opens_chat(request)
        named = [chat or message, asset.reference if asset else None]
        asked = request.fingerprint(" ".join(filter(None, named)) or None)
        written = self._replayed(request, asked)
        if written is None:
            written = self._accept(request, asked, self._prepare(request, opens_chat, asset), chat, message)
        log.info(
            "request handled",
            extra={
                "chatId": str(written.chat_id),
                "messageId": str(written.message_id),
                "isNewChat": opens_chat,
                "hasAssetContext": bool(asset or request.asset_id),
                "durationMs": round((time.monotonic() - begun) * 1000, 1),
            },
        )
        return self._shown(written, self._ring(written))

    def handle_many(self, requests: Sequence[ChatRequest]) -> list[tuple[Written, Trigger | None] | ChatctlError]:
        """Many requests in one transaction, each in a savepoint of its own: a refused one costs no other."""
        message_ids = [uuid4() for _ in requests]
        prepared = [_attempt(self._prepared, request) for request in requests]
        outcomes: list[Written | ChatctlError] = []

        def store() -> list[Written | ChatctlError]:
            outcomes.clear()
            with self._database.write() as session:
                for each in zip(requests, prepared, message_ids, strict=True):
                    outcomes.append(_attempt(self._store_one, session, *each))
            return outcomes

        # All or none of them were stored, so the first that was to be tells of the others.
        settled(store, found=lambda: outcomes if any(map(self._stored, _fresh(outcomes, message_ids))) else None)
        written = [each for each in outcomes if isinstance(each, Written) and each.status == "queued"]
        triggers = dict(zip(written, self._workspace.ring([each.message_id for each in written]), strict=True))
        return [each if isinstance(each, ChatctlError) else (each, triggers.get(each)) for each in outcomes]

    @repeatable
    def show(
        self, reference: str, *, limit: int | None = None, before: int | None = None
    ) -> ChatWithMessages | Message:
        """A chat with a page of its messages, or one message, whichever the reference names."""
        with self._database.read() as session:
            found = references.either(session, self._workspace, reference)
            if found.message:
                return rows.message_values(session, [found.message])[0]
            return rows.page(session, found.chat, limit=limit or pages.SIZE, before=before)

    @repeatable
    def around(self, shown: ChatWithMessages) -> tuple[int, int]:
        """How many live messages of the chat lie before the page shown, and how many after it."""
        if not shown.messages:
            return 0, 0
        newest, oldest = shown.messages[0].position, shown.messages[-1].position
        with self._database.read() as session:
            return rows.count_around(session, shown.chat.id, oldest, newest)

    @repeatable
    def with_message(self, message_id: UUID) -> ChatWithMessages:
        """The chat of a message with the page that ends in it, as one who waited for it sees it."""
        with self._database.read() as session:
            row, chat = references.message(session, self._workspace, str(message_id))
            return rows.page(session, chat, limit=pages.SIZE, before=row.position + 1, new_message_id=message_id)

    @repeatable
    def recent(self, wanted: Filter) -> tuple[list[ChatListing], str | None]:
        """The actor's chats, last updated first, and the cursor of the next page."""
        with self._database.read() as session:
            return lookup.listing(session, self._actor, wanted)

    def _message(self, session: Transaction, reference: str) -> tuple[MessageRow, ChatRow]:
        """The message that is to be changed, and its chat."""
        return references.message(session, self._workspace, reference, at_least=Role.CAN_EDIT)

    def _accept(
        self, request: ChatRequest, asked: str | None, prepared: "_Prepared", chat: str | None, message: str | None
    ) -> Written:
        """Store a request that is not known yet, in one transaction; that it is accepted is told even on Ctrl-C."""
        message_id = uuid4()

        def store() -> Written:
            with self._database.write() as session:
                if replay := self._replay(session, request, asked):
                    return replay
                resolved = self._resolved(session, request, chat, message)
                return self._write(session, resolved, prepared, asked, message_id)

        try:
            written = settled(store, found=lambda: self._stored(message_id))
        except KeyboardInterrupt:
            if stored := self._stored(message_id):
                self._workspace.accepted(stored)
            raise
        self._workspace.accepted(written)
        return written

    def _prepared(self, request: ChatRequest) -> "Written | _Prepared":
        """What the request's key wrote before, else what it names."""
        return self._replayed(request, request.fingerprint()) or self._prepare(request, _opens_chat(request), None)

    def _prepare(self, request: ChatRequest, opens_chat: bool, asset: "AssetReference | None") -> "_Prepared":
        """The sources that the request names, its asset, and who is asked, who must be allowed to be.

        A new chat that names neither source nor asset has the default source.
        """
        if asset is None and request.asset_id and request.asset_type:
            from chatctl.domain.assets import AssetReference

            asset = AssetReference(file_type=request.asset_type, reference=str(request.asset_id))
        context = self._contexts().look(asset, shown=opens_chat and request.prompt is None) if asset else None
        default = [self._workspace.config.source] if opens_chat and not asset and self._workspace.config.source else []
        sources = self._sources.resolve(request.sources or default)
        model = analysts.named(request.model or self._workspace.config.model)
        if quotas.bind(self._workspace.config, model) and not (context and context.entries):
            self._require_quota(model)
        told = self._told if analysts.is_paid(model) else None
        return _Prepared(sources=sources, context=context, model=model, instructions=told)

    @repeatable
    def _require_quota(self, model: str) -> None:
        """Before the transaction that writes: a day of long exchanges takes a while to be added up."""
        organization_id, config = self._actor.organization_id, self._workspace.config
        with self._database.read() as session:
            now = self._database.now(session)
            quotas.check(session, config, organization_id=organization_id, model=model, now=now)

    @cached_property
    def _told(self) -> str:
        """What the project tells language models of its data."""
        found = instructions.of_project(self._workspace.config)
        for warning in found.warnings:
            self._workspace.note(warning)
        return found.text

    def _resolved(
        self, session: Transaction, request: ChatRequest, chat: str | None, message: str | None
    ) -> ChatRequest:
        if chat is not None:
            found = references.chat(session, self._workspace, chat, at_least=Role.CAN_EDIT)
            return request.model_copy(update={"chat_id": found.id})
        if message is not None:
            row, _ = self._message(session, message)
            return request.model_copy(update={"message_id": row.id})
        return request

    def _write(
        self, session: Transaction, request: ChatRequest, prepared: "_Prepared", asked: str | None, message_id: UUID
    ) -> Written:
        context = prepared.context
        config, now = self._workspace.config, self._database.now(session)
        prompt, position = request.prompt, 1
        if request.message_id:
            chat_id, prompt = self._redo(session, request, now)
            position = rows.next_position(session, chat_id)
        elif request.chat_id:
            chat_id = self._existing(session, str(request.chat_id), now)
            position = rows.next_position(session, chat_id)
        else:
            prefix = context.prefix if context else ""
            chat_id = messages.new_chat(session, self._actor, request, now, prefix=prefix)
        wanted = [*prepared.sources, *(context.sources if context else ())]
        rows.attach(session, chat_id, [self._sources.register(session, each, now) for each in wanted], now)
        messages.placeholder(
            session,
            self._actor,
            chat_id,
            request,
            asked,
            position=position,
            prompt=prompt,
            model=prepared.model,
            now=now,
            message_id=message_id,
            instructions=prepared.instructions,
            setup=analysts.setup(config, prepared.model),
        )
        if context is None:
            return Written(chat_id=chat_id, message_id=message_id)
        self._contexts().link(session, context, chat_id, message_id, now)
        if not context.entries:
            return Written(chat_id=chat_id, message_id=message_id)
        messages.complete(session, message_id, context.entries, context.asset.name, now)
        return Written(chat_id=chat_id, message_id=message_id, status="completed")

    def _store_one(
        self,
        session: Transaction,
        request: ChatRequest,
        prepared: "_Prepared | Written | ChatctlError",
        message_id: UUID,
    ) -> Written:
        if isinstance(prepared, ChatctlError):
            raise prepared
        if isinstance(prepared, Written):
            return prepared
        with session.connection().begin_nested():
            asked = request.fingerprint()
            replay = self._replay(session, request, asked)
            return replay or self._write(session, request, prepared, asked, message_id)

    def _stored(self, message_id: UUID) -> Written | None:
        """What became of a message whose COMMIT was not answered."""
        with self._database.read() as session:
            row = lookup.message(session, message_id)
        return Written(chat_id=row.chat_id, message_id=row.id, status=row.status) if row else None

    def _existing(self, session: Transaction, reference: str, now: float) -> UUID:
        chat = references.chat(session, self._workspace, reference, at_least=Role.CAN_EDIT)
        rows.touch(session, chat.id, now, updated_by=self._actor.user_id)
        return chat.id

    def _redo(self, session: Transaction, request: ChatRequest, now: float) -> tuple[UUID, str | None]:
        """Put the message and all later ones away; the chat, and the prompt of the message to come."""
        row, chat = self._message(session, str(request.message_id))
        if request.chat_id and request.chat_id != chat.id:
            raise ValidationError.field("message_id", "The message does not belong to the chat", "mismatch")
        messages.put_away(session, messages.from_here_on(session, row), now)
        rows.touch(session, chat.id, now, updated_by=self._actor.user_id)
        return chat.id, request.prompt or row.request_message

    @repeatable
    def _replayed(self, request: ChatRequest, asked: str | None) -> Written | None:
        """What the same key wrote before, looked up before anything else: files that it named may be gone by now."""
        if request.idempotency_key is None:
            return None
        with self._database.read() as session:
            return self._replay(session, request, asked)

    def _replay(self, session: Transaction, request: ChatRequest, asked: str | None) -> Written | None:
        """What the same key wrote before. Raises ValidationError if that was another request, ChatNotFound for a chat
        that the actor may not see any more.

        Before ids are looked up: what the first run put away or put last must not change what the second one means.
        """
        if request.idempotency_key is None:
            return None
        row = lookup.keyed_message(session, self._actor, request.idempotency_key)
        if row is None:
            return None
        if row.request_hash != asked:
            raise ValidationError.field(
                "idempotency_key",
                "This idempotency key was used for another request",
                "conflict",
                hint="Use a new key.",
            )
        references.require_view(session, self._workspace, row.chat_id)
        return Written(chat_id=row.chat_id, message_id=row.id, status=row.status)

    def _ring(self, written: Written) -> Trigger | None:
        return self._workspace.ring([written.message_id])[0] if written.status == "queued" else None

    def _shown(self, written: Written, trigger: Trigger | None) -> ChatWithMessages:
        return pages.after_change(self._database, written.chat_id, new_message_id=written.message_id, trigger=trigger)


@dataclass(frozen=True, kw_only=True, slots=True)
class _Prepared:
    """What a request names, looked up before its transaction."""

    sources: Sequence[Wanted]
    context: "Context | None"
    model: str
    instructions: str | None


def _opens_chat(request: ChatRequest) -> bool:
    return request.chat_id is None and request.message_id is None


def _fresh(outcomes: Sequence[Written | ChatctlError], message_ids: Sequence[UUID]) -> list[UUID]:
    """The first message that was to be stored, if any was."""
    written = {each.message_id for each in outcomes if isinstance(each, Written)}
    return [each for each in message_ids if each in written][:1]


def _attempt(act: Any, *arguments: Any) -> Any:
    try:
        return act(*arguments)
    except ChatctlError as error:
        return error
