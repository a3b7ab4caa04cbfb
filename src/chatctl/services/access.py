"""Sharing chats, metrics and dashboards: load, lock, refuse, act, commit (contract, section 6).

What is shared is locked before roles are read: of two who share at once, the second decides by what the first left.
"""

from dataclasses import dataclass
from uuid import UUID

from chatctl.domain.access import ROLES, Audience, Recipient, Role, Sharing, may_replace
from chatctl.domain.assets import KINDS
from chatctl.domain.errors import AssetAccessDenied, PermissionDenied, ValidationError
from chatctl.services import references
from chatctl.services.workspace import Workspace
from chatctl.storage import identities, permissions
from chatctl.storage.chats import utc
from chatctl.storage.database import Transaction
from chatctl.storage.permissions import Shareable
from chatctl.storage.retries import repeatable, settled
from chatctl.storage.tables import ChatRow


@dataclass(frozen=True, kw_only=True, slots=True)
class Gift:
    """A role on a row for somebody, None for everyone; NONE takes away what was given."""

    row: Shareable
    audience: Audience
    identity_id: UUID | None
    role: Role


class Access:
    """Who may do what, as one actor sees and changes it."""

    def __init__(self, workspace: Workspace) -> None:
        self._workspace = workspace
        self._database = workspace.database
        self._actor = workspace.actor

    @repeatable
    def show(self, reference: str) -> Sharing:
        """Who may do what on a chat, a metric or a dashboard; who sees it only as it is public learns no more.

        Raises ChatNotFound, AssetNotFound, AssetDeleted, AmbiguousId.
        """
        with self._database.read() as session:
            return self._sharing(session, references.shareable(session, self._workspace, reference))

    def share(self, reference: str, recipient: Recipient, role: str) -> Sharing:
        """Give a role, in place of the one given before; given again it changes nothing. Who may do what then.

        Raises as `show`; PermissionDenied or AssetAccessDenied for who holds less than full_access, or less than what
        is given or replaced; ValidationError for a role or a user that is not there, and for the public above can_view.
        """
        return self._settle(reference, recipient, _role(role, recipient))

    def unshare(self, reference: str, recipient: Recipient) -> Sharing:
        """Take away what was given; where nothing was, nothing changes. Who may do what then. Raises as `share`."""
        return self._settle(reference, recipient, Role.NONE)

    def _settle(self, reference: str, recipient: Recipient, role: Role) -> Sharing:
        reference, meant = self._pinned(reference), list[Gift]()

        def give() -> Sharing:
            with self._database.write() as session:
                row = references.shareable(session, self._workspace, reference)
                permissions.lock(session, row)
                own = self._own(session, row)
                gift = self._gift(session, row, recipient, role)
                self._refuse(session, gift, own)
                meant[:] = [gift]
                self._give(session, gift)
                session.flush()
                return self._sharing(session, row)

        return settled(give, found=lambda: self._given(meant))

    def _own(self, session: Transaction, row: Shareable) -> Role:
        """The actor's role, which is enough to share."""
        own = permissions.role_on(session, self._actor, row)
        if own < Role.FULL_ACCESS:
            raise _denied(row, f"You may see this {_kind(row)}, but not share it", own, Role.FULL_ACCESS)
        return own

    def _gift(self, session: Transaction, row: Shareable, recipient: Recipient, role: Role) -> Gift:
        """Who is meant, and what they are to have. Raises ValidationError for a user that is not there."""
        identity_id = row.organization_id if recipient.audience == "organization" else None
        if recipient.audience == "user":
            identity_id = identities.user_of(session, row.organization_id, recipient.user or "")
            if identity_id is None:
                raise ValidationError.field(
                    "to",
                    f"There is no user {recipient.user!r} in this organization",
                    "unknown",
                    hint="A user is there from their first command on: chatctl --as USER list.",
                )
        return Gift(row=row, audience=recipient.audience, identity_id=identity_id, role=role)

    def _refuse(self, session: Transaction, gift: Gift, own: Role) -> None:
        """Raises for what the actor may not give or take away."""
        if gift.identity_id is None:
            return
        if gift.identity_id == gift.row.created_by:
            raise ValidationError.field(
                "to", f"This {_kind(gift.row)} was made by that user, who stays its owner", "owner"
            )
        former = permissions.held(session, gift.row, gift.identity_id)
        if not may_replace(own, former=former, by=gift.role):
            act = "give" if gift.role > own else "change or take away"
            above = max(former, gift.role)
            raise _denied(gift.row, f"You hold {own.word} and cannot {act} {above.word}", own, above)

    def _give(self, session: Transaction, gift: Gift) -> None:
        if gift.identity_id is None:
            permissions.publish(session, gift.row, bool(gift.role))
            return
        permissions.grant(
            session,
            self._actor,
            gift.row,
            identity_type=gift.audience,
            identity_id=gift.identity_id,
            role=gift.role,
            now=utc(self._database.now(session)),
        )

    def _given(self, meant: list[Gift]) -> Sharing | None:
        """Who may do what, if a COMMIT that was not answered took effect."""
        with self._database.read() as session:
            for gift in meant:
                row = permissions.reread(session, gift.row)
                held = permissions.held(session, row, gift.identity_id) if gift.identity_id else _public(row)
                if held == gift.role:
                    return self._sharing(session, row)
        return None

    def _sharing(self, session: Transaction, row: Shareable) -> Sharing:
        within = row.organization_id == self._actor.organization_id
        name = row.title if isinstance(row, ChatRow) else row.name
        entries = permissions.entries(session, row) if within else [permissions.EVERYONE]
        return Sharing(id=row.id, kind=_kind(row), name=name, entries=entries)

    @repeatable
    def _pinned(self, reference: str) -> str:
        """`@last` as an id: a transaction that is repeated must mean the same chat."""
        if reference != references.LAST:
            return reference
        with self._database.read() as session:
            return str(references.chat(session, self._workspace, reference).id)


def _role(word: str, recipient: Recipient) -> Role:
    """The role that is meant. Raises ValidationError for one that is none, and for the public above can_view."""
    if word not in ROLES:
        raise ValidationError.field("role", f"{word!r} is not a role; there are {', '.join(ROLES)}", "unknown")
    if recipient.audience == "public" and ROLES[word] is not Role.CAN_VIEW:
        raise ValidationError.field("role", f"What is public can be viewed by everyone, and no more: not {word}")
    return ROLES[word]


def _public(row: Shareable) -> Role:
    return Role.CAN_VIEW if row.publicly_accessible else Role.NONE


def _kind(row: Shareable) -> str:
    return "chat" if isinstance(row, ChatRow) else KINDS[row.file_type]  # type: ignore[index]


def _denied(row: Shareable, sentence: str, held: Role, needed: Role) -> PermissionDenied:
    """An error that is of chats or of assets."""
    denied = PermissionDenied if isinstance(row, ChatRow) else AssetAccessDenied
    hint = f"`chatctl access {row.id}` shows who may."
    return denied(sentence, hint=hint, role=held.word, needed=needed.word)
