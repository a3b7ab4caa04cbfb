"""Changing what is there: retry, cancel, rename, feedback, delete, restore. Load, refuse, act, commit; a retry rings.

Where a COMMIT was not answered, each says how to see that it took effect: it is then told as done, and not done again.
"""

from collections.abc import Callable, Iterable, Sequence
from typing import get_args
from uuid import UUID

from chatctl.domain.access import Role
from chatctl.domain.chats import ChatWithMessages, Feedback, Written
from chatctl.domain.errors import ValidationError
from chatctl.domain.requests import title_problems
from chatctl.services import analysts, pages, quotas, references
from chatctl.services.workspace import Workspace
from chatctl.storage import chats as rows
from chatctl.storage import lookup, messages
from chatctl.storage.database import Transaction
from chatctl.storage.ledger import queue_again, request_cancel
from chatctl.storage.retries import repeatable, settled
from chatctl.storage.tables import ChatRow, MessageRow


class Changes:
    """What one actor changes."""

    def __init__(self, workspace: Workspace) -> None:
        self._workspace = workspace
        self._database = workspace.database
        self._actor = workspace.actor

    def retry(self, reference: str, model: str | None = None) -> ChatWithMessages:
        """Run a failed or cancelled message again, by another analyst if one is named.

        Raises ValidationError for a message that is neither.
        """
        changed = {} if model is None else {"model": analysts.named(model)}
        here = self._workspace.config
        reference, before = self._pinned(reference), dict[UUID, float | None]()

        def again() -> Written:
            with self._database.write() as session:
                row, chat = self._message(session, reference)
                before.setdefault(row.id, row.finished_at)
                model, now = changed.get("model", row.model), self._database.now(session)
                quotas.check(session, here, organization_id=row.organization_id, model=model, now=now)
                setup = analysts.retried(here, model, row.model_setup if "model" not in changed else None)
                if not queue_again(session, row.id, now, model_setup=setup, **changed):
                    raise ValidationError.field(
                        "message",
                        f"Only a failed or cancelled message can be run again; this one is {row.status}",
                        hint=f"`chatctl redo {row.id}` answers it anew.",
                    )
                rows.touch(session, chat.id, now, updated_by=self._actor.user_id)
            return Written(chat_id=chat.id, message_id=row.id)

        # It may have run and failed anew since: only the time tells a failure from the next one.
        written = settled(again, found=lambda: self._found(before, lambda row: row.finished_at != before[row.id]))
        self._workspace.accepted(written)
        (trigger,) = self._workspace.ring([written.message_id])
        return pages.after_change(self._database, written.chat_id, new_message_id=written.message_id, trigger=trigger)

    def cancel(self, wanted: Sequence[str]) -> list[ChatWithMessages]:
        """Stop queued messages at once, running ones within seconds, all or none; the chat of each, up to it.

        Raises ValidationError if any is finished.
        """
        pinned, meant = [self._pinned(reference) for reference in wanted], dict[UUID, tuple[UUID, int]]()

        def stop() -> bool:
            with self._database.write() as session:
                found = {row.id: row for reference in pinned for row, _ in [self._message(session, reference)]}
                meant.update({row.id: (row.chat_id, row.position) for row in found.values()})
                now = self._database.now(session)
                if finished := [row for row in found.values() if not request_cancel(session, row.id, now)]:
                    raise ValidationError.of([_nothing_to_cancel(row) for row in finished])
                for row in found.values():
                    rows.touch(session, row.chat_id, now, updated_by=self._actor.user_id)
            return True

        settled(stop, found=lambda: bool(self._found(meant, _is_stopped)) or None)
        return [
            pages.after_change(self._database, chat_id, before=position + 1) for chat_id, position in meant.values()
        ]

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

        return pages.after_change(self._database, settled(name))

    def give_feedback(self, reference: str, opinion: str) -> ChatWithMessages:
        """Say whether an answer was `positive` or `negative`; `none` takes it back."""
        if opinion not in ("none", *get_args(Feedback)):
            raise ValidationError.field("feedback", f"{opinion!r} is none of positive, negative and none")
        feedback = None if opinion == "none" else opinion
        reference = self._pinned(reference)

        def rate() -> tuple[UUID, int]:
            with self._database.write() as session:
                row, chat = self._message(session, reference)
                messages.rate(session, row.id, feedback)
                return chat.id, row.position

        chat_id, position = settled(rate)
        return pages.after_change(self._database, chat_id, before=position + 1)

    def delete(self, wanted: Sequence[str]) -> list[UUID]:
        """Put chats or messages away, all or none; `restore` brings them back. Open work on them is cancelled.

        A whole chat is deleted and restored with full_access; its messages with can_edit, as `redo` puts them away too.
        """
        return self._all(self._delete, wanted, deleted=True)

    def restore(self, wanted: Sequence[str]) -> list[UUID]:
        """Bring back deleted chats, or messages with those that were put away together with them; all or none."""
        return self._all(self._restore, wanted, deleted=False)

    @repeatable
    def _pinned(self, reference: str) -> str:
        """`@last` as an id: a transaction that is repeated must mean the same chat."""
        if reference != references.LAST:
            return reference
        with self._database.read() as session:
            return str(references.chat(session, self._workspace, reference).id)

    def _all(self, act: Callable[[Transaction, str], UUID], wanted: Sequence[str], *, deleted: bool) -> list[UUID]:
        """Do it to each, all or none; the ids, also where an unanswered COMMIT had done it."""
        pinned, ids = [self._pinned(reference) for reference in dict.fromkeys(wanted)], list[UUID]()

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
        references.require(session, self._workspace, found.chat, Role.FULL_ACCESS, to="delete it")
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
        references.require(session, self._workspace, found.chat, Role.FULL_ACCESS, to="restore it")
        rows.touch(session, found.chat.id, now, updated_by=by, deleted_at=None)
        return found.chat.id

    def _message(self, session: Transaction, reference: str) -> tuple[MessageRow, ChatRow]:
        return references.message(session, self._workspace, reference, at_least=Role.CAN_EDIT)


def _nothing_to_cancel(row: MessageRow) -> dict[str, str]:
    message = f"Message {row.id} is {row.status} already: there is nothing to cancel"
    return {"field": "message", "message": message, "code": "finished"}


def _is_stopped(row: MessageRow) -> bool:
    return row.cancel_requested or row.status == "cancelled"
