"""Starting chats, adding to them, changing and showing them: load, refuse, act, commit, then ring.

The behaviours are those of the guide's chat handler: access before anything is written, one transaction for chat,
message and links, and a ring that can never fail the request.
"""

import logging
import time
from collections.abc import Callable, Iterable, Sequence
from typing import Any, get_args
from uuid import UUID, uuid4

from chatctl.domain.access import Role
from chatctl.domain.chats import ChatListing, ChatWithMessages, Feedback, Message, Trigger, Written
from chatctl.domain.errors import AssetNotFound, ChatctlError, ValidationError
from chatctl.domain.listing import Filter
from chatctl.domain.requests import ChatRequest, title_problems
from chatctl.services import references
from chatctl.services.sources import Sources, Wanted
from chatctl.services.workspace import Workspace
from chatctl.storage import chats as rows
from chatctl.storage import lookup, messages
from chatctl.storage.database import Transaction
from chatctl.storage.ledger import queue_again, request_cancel
from chatctl.storage.retries import repeatable, settled
from chatctl.storage.tables import MessageRow

log = logging.getLogger("chatctl.chats")

ANALYSTS = ("builtin",)

PAGE = 50
"""Messages of a chat shown at once; `show --limit` and `--before` reach the others."""


class Chats:
    """The chats of one actor."""

    def __init__(self, workspace: Workspace, sources: Sources) -> None:
        self._workspace = workspace
        self._database = workspace.database
        self._actor = workspace.actor
        self._sources = sources

    def handle(self, request: ChatRequest, *, chat: str | None = None, message: str | None = None) -> ChatWithMessages:
        """The guide's handler: a new chat, a follow-up, or a redo, whichever the request asks for.

        `chat` and `message` are references as a user types them; they stand for the request's chat_id and message_id.
        Raises ValidationError, ChatNotFound, MessageNotFound, PermissionDenied, SourceNotFound, SourceError.
        """
        begun, opens_chat = time.monotonic(), chat is None and message is None and _opens_chat(request)
        wanted, asked = self._wanted(request, opens_chat), request.fingerprint(chat or message)
        message_id = uuid4()

        def store() -> Written:
            with self._database.write() as session:
                if replay := self._replay(session, request, asked):
                    return replay
                resolved = self._resolved(session, request, chat, message)
                return self._write(session, resolved, wanted, asked, message_id)

        written = settled(store, found=lambda: self._stored(message_id))
        log.info(
            "request handled",
            extra={
                "chatId": str(written.chat_id),
                "messageId": str(written.message_id),
                "isNewChat": opens_chat,
                "hasAssetContext": request.asset_id is not None,
                "durationMs": round((time.monotonic() - begun) * 1000, 1),
            },
        )
        return self._shown(written, self._ring(written))

    def handle_many(self, requests: Sequence[ChatRequest]) -> list[tuple[Written, Trigger | None] | ChatctlError]:
        """Many requests in one transaction, each in a savepoint of its own: a refused one costs no other."""
        message_ids = [uuid4() for _ in requests]
        prepared = [_attempt(self._wanted, request, _opens_chat(request)) for request in requests]
        outcomes: list[Written | ChatctlError] = []

        def store() -> list[Written | ChatctlError]:
            outcomes.clear()
            with self._database.write() as session:
                for request, wanted, message_id in zip(requests, prepared, message_ids, strict=True):
                    outcomes.append(_attempt(self._store_one, session, request, wanted, message_id))
            return outcomes

        # All or none of them were stored, so the first that was to be tells of the others.
        settled(store, found=lambda: outcomes if any(map(self._stored, _fresh(outcomes, message_ids))) else None)
        written = [each for each in outcomes if isinstance(each, Written) and each.status == "queued"]
        triggers = dict(zip(written, self._workspace.ring([each.message_id for each in written]), strict=True))
        return [each if isinstance(each, ChatctlError) else (each, triggers.get(each)) for each in outcomes]

    def retry(self, reference: str, model: str | None = None) -> ChatWithMessages:
        """Run a failed or cancelled message again, by another analyst if one is named.

        Raises ValidationError for a message that is neither.
        """
        changed = {} if model is None else {"model": _model(model)}
        reference, before = self._pinned(reference), dict[UUID, float | None]()

        def again() -> Written:
            with self._database.write() as session:
                row, chat = references.message(session, self._workspace, reference, at_least=Role.CAN_EDIT)
                before.setdefault(row.id, row.finished_at)
                if not queue_again(session, row.id, now := self._database.now(session), **changed):
                    raise ValidationError.field(
                        "message",
                        f"Only a failed or cancelled message can be run again; this one is {row.status}",
                        hint=f"`chatctl redo {row.id}` answers it anew.",
                    )
                rows.touch(session, chat.id, now, updated_by=self._actor.user_id)
            return Written(chat_id=chat.id, message_id=row.id)

        # It may have run and failed anew since: only the time tells a failure from the next one.
        written = settled(again, found=lambda: self._found(before, lambda row: row.finished_at != before[row.id]))
        return self._shown(written, self._ring(written))

    def cancel(self, reference: str) -> ChatWithMessages:
        """Stop a queued message at once, a running one within seconds. Raises ValidationError for a finished one."""
        reference, asked = self._pinned(reference), set[UUID]()

        def stop() -> Written:
            with self._database.write() as session:
                row, chat = references.message(session, self._workspace, reference, at_least=Role.CAN_EDIT)
                asked.add(row.id)
                if not request_cancel(session, row.id, now := self._database.now(session)):
                    raise ValidationError.field(
                        "message", f"The message is {row.status} already: there is nothing to cancel"
                    )
                rows.touch(session, chat.id, now, updated_by=self._actor.user_id)
            return Written(chat_id=chat.id, message_id=row.id)

        written = settled(stop, found=lambda: self._found(asked, _is_stopped))
        return self._shown(written, None, new=False)

    def rename(self, reference: str, title: str) -> ChatWithMessages:
        """Give a chat a title, which the program then never changes."""
        if problems := title_problems(title):
            raise ValidationError.of(problems)
        reference = self._pinned(reference)

        def name() -> UUID:
            with self._database.write() as session:
                chat = references.chat(session, self._workspace, reference, at_least=Role.CAN_EDIT)
                values = {"title": title.strip(), "title_set": True, "updated_by": self._actor.user_id}
                rows.touch(session, chat.id, self._database.now(session), **values)
                return chat.id

        return self._page(settled(name))

    def give_feedback(self, reference: str, opinion: str) -> ChatWithMessages:
        """Say whether an answer was `positive` or `negative`; `none` takes it back."""
        if opinion not in ("none", *get_args(Feedback)):
            raise ValidationError.field("feedback", f"{opinion!r} is none of positive, negative and none")
        feedback = None if opinion == "none" else opinion
        reference = self._pinned(reference)

        def rate() -> UUID:
            with self._database.write() as session:
                row, chat = references.message(session, self._workspace, reference, at_least=Role.CAN_EDIT)
                messages.rate(session, row.id, feedback)
                return chat.id

        return self._page(settled(rate))

    def delete(self, wanted: Sequence[str]) -> list[UUID]:
        """Put chats or messages away, all or none; `restore` brings them back. Open work on them is cancelled."""
        return self._all(self._delete, wanted, deleted=True)

    def restore(self, wanted: Sequence[str]) -> list[UUID]:
        """Bring back deleted chats, or messages with those that were put away together with them; all or none."""
        return self._all(self._restore, wanted, deleted=False)

    @repeatable
    def show(
        self, reference: str, *, limit: int | None = None, before: int | None = None
    ) -> ChatWithMessages | Message:
        """A chat with a page of its messages, or one message, whichever the reference names."""
        with self._database.read() as session:
            found = references.either(session, self._workspace, reference)
            if found.message:
                return rows.message_values(session, [found.message])[0]
            return rows.page(session, found.chat, limit=limit or PAGE, before=before)

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
            return rows.page(session, chat, limit=PAGE, before=row.position + 1, new_message_id=message_id)

    @repeatable
    def recent(self, wanted: Filter) -> tuple[list[ChatListing], str | None]:
        """The actor's chats, last updated first, and the cursor of the next page."""
        with self._database.read() as session:
            return lookup.listing(session, self._actor, wanted)

    @repeatable
    def _pinned(self, reference: str) -> str:
        """`@last` as an id: a transaction that is repeated must mean the same chat."""
        if reference != references.LAST:
            return reference
        with self._database.read() as session:
            return str(references.chat(session, self._workspace, reference).id)

    def _all(self, act: Callable[[Transaction, str], UUID], wanted: Sequence[str], *, deleted: bool) -> list[UUID]:
        """Do it to each, all or none; the ids, also where an unanswered COMMIT had done it."""
        pinned, ids = [self._pinned(reference) for reference in wanted], list[UUID]()

        def work() -> list[UUID]:
            ids.clear()
            with self._database.write() as session:
                ids.extend(act(session, reference) for reference in pinned)
            return ids

        def done() -> list[UUID] | None:
            with self._database.read() as session:
                return ids if len(lookup.deleted(session, ids)) == (len(set(ids)) if deleted else 0) else None

        return settled(work, found=done)

    def _found(self, message_ids: Iterable[UUID], took_effect: Callable[[MessageRow], bool]) -> Written | None:
        """The message on which an unanswered COMMIT took effect, if there is one."""
        with self._database.read() as session:
            found = [lookup.message(session, message_id) for message_id in message_ids]
        changed = (row for row in found if row and took_effect(row))
        return next((Written(chat_id=row.chat_id, message_id=row.id, status=row.status) for row in changed), None)

    def _delete(self, session: Transaction, reference: str) -> UUID:
        found = references.either(session, self._workspace, reference, at_least=Role.CAN_EDIT)
        now, by = self._database.now(session), self._actor.user_id
        if found.message:
            messages.put_away(session, [found.message.id], now)
            rows.touch(session, found.chat.id, now, updated_by=by)
            return found.message.id
        for message_id in rows.open_messages(session, found.chat.id):
            request_cancel(session, message_id, now)
        rows.touch(session, found.chat.id, now, updated_by=by, deleted_at=rows.utc(now))
        return found.chat.id

    def _restore(self, session: Transaction, reference: str) -> UUID:
        found = references.either(session, self._workspace, reference, at_least=Role.CAN_EDIT, deleted=True)
        now, by = self._database.now(session), self._actor.user_id
        if found.message:
            messages.bring_back(session, found.message)
            rows.touch(session, found.chat.id, now, updated_by=by)
            return found.message.id
        rows.touch(session, found.chat.id, now, updated_by=by, deleted_at=None)
        return found.chat.id

    def _wanted(self, request: ChatRequest, opens_chat: bool) -> list[Wanted]:
        """The sources that the request names; a new chat that names none has the default one."""
        default = [self._workspace.config.source] if opens_chat and self._workspace.config.source else []
        return self._sources.resolve(request.sources or default)

    def _resolved(
        self, session: Transaction, request: ChatRequest, chat: str | None, message: str | None
    ) -> ChatRequest:
        if chat is not None:
            found = references.chat(session, self._workspace, chat, at_least=Role.CAN_EDIT)
            return request.model_copy(update={"chat_id": found.id})
        if message is not None:
            row, _ = references.message(session, self._workspace, message, at_least=Role.CAN_EDIT)
            return request.model_copy(update={"message_id": row.id})
        return request

    def _write(
        self, session: Transaction, request: ChatRequest, wanted: Sequence[Wanted], asked: str | None, message_id: UUID
    ) -> Written:
        if request.asset_id:
            raise AssetNotFound("Asset not found or access denied", assetId=str(request.asset_id))
        model = _model(request.model or self._workspace.config.model)
        now = self._database.now(session)
        prompt, position = request.prompt, 1
        if request.message_id:
            chat_id, prompt = self._redo(session, request, now)
            position = rows.next_position(session, chat_id)
        elif request.chat_id:
            chat_id = self._existing(session, str(request.chat_id), now)
            position = rows.next_position(session, chat_id)
        else:
            chat_id = messages.new_chat(session, self._actor, request, now)
        rows.attach(session, chat_id, [self._sources.register(session, each, now) for each in wanted], now)
        messages.placeholder(
            session,
            self._actor,
            chat_id,
            request,
            asked,
            position=position,
            prompt=prompt,
            model=model,
            now=now,
            message_id=message_id,
        )
        return Written(chat_id=chat_id, message_id=message_id)

    def _store_one(
        self, session: Transaction, request: ChatRequest, wanted: Sequence[Wanted] | ChatctlError, message_id: UUID
    ) -> Written:
        if isinstance(wanted, ChatctlError):
            raise wanted
        with session.connection().begin_nested():
            asked = request.fingerprint()
            replay = self._replay(session, request, asked)
            return replay or self._write(session, request, wanted, asked, message_id)

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
        row, chat = references.message(session, self._workspace, str(request.message_id), at_least=Role.CAN_EDIT)
        if request.chat_id and request.chat_id != chat.id:
            raise ValidationError.field("message_id", "The message does not belong to the chat", "mismatch")
        messages.put_away(session, messages.from_here_on(session, row), now)
        rows.touch(session, chat.id, now, updated_by=self._actor.user_id)
        return chat.id, request.prompt or row.request_message

    def _replay(self, session: Transaction, request: ChatRequest, asked: str | None) -> Written | None:
        """What the same key wrote before. Raises ValidationError if that was another request.

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
        return Written(chat_id=row.chat_id, message_id=row.id, status=row.status)

    def _ring(self, written: Written) -> Trigger | None:
        return self._workspace.ring([written.message_id])[0] if written.status == "queued" else None

    def _shown(self, written: Written, trigger: Trigger | None, *, new: bool = True) -> ChatWithMessages:
        return self._page(written.chat_id, new_message_id=written.message_id if new else None, trigger=trigger)

    def _page(self, chat_id: UUID, **more: Any) -> ChatWithMessages:
        """The chat after a change; what is committed must not be told as failed, so this is patient."""

        def look() -> ChatWithMessages:
            with self._database.read() as session:
                return rows.page(session, rows.by_id(session, chat_id), limit=PAGE, **more)

        return settled(look, patience=self._database.patience)


def _model(name: str) -> str:
    """The analyst that is to answer. Raises ValidationError for one that is not there."""
    if name not in ANALYSTS:
        hint = f"Available: {', '.join(ANALYSTS)}."
        raise ValidationError.field("model", f"There is no analyst {name!r}", "unknown", hint=hint)
    return name


def _opens_chat(request: ChatRequest) -> bool:
    return request.chat_id is None and request.message_id is None


def _is_stopped(row: MessageRow) -> bool:
    return row.cancel_requested or row.status == "cancelled"


def _fresh(outcomes: Sequence[Written | ChatctlError], message_ids: Sequence[UUID]) -> list[UUID]:
    """The first message that was to be stored, if any was."""
    written = {each.message_id for each in outcomes if isinstance(each, Written)}
    return [each for each in message_ids if each in written][:1]


def _attempt(act: Any, *arguments: Any) -> Any:
    try:
        return act(*arguments)
    except ChatctlError as error:
        return error
