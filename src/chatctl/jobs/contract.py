"""What the jobs are handed: the ledger of messages, kept by the database."""

from collections.abc import Sequence
from typing import Protocol
from uuid import UUID

from chatctl.domain.jobs import Beat, Claim, Sweep


class Ledger(Protocol):
    """The queue of truth. Every change is one guarded UPDATE; False or None says that the claim is no longer ours.

    Raises DatabaseError when the database cannot be used.
    """

    def claim(self, message_id: UUID, worker_id: str) -> Claim | None:
        """Claim this message if it is due and its chat has no earlier open one."""

    def claim_next(self, worker_id: str) -> Claim | None:
        """Claim the oldest due message."""

    def heartbeat(self, held: Sequence[Claim]) -> dict[Claim, Beat]:
        """Renew the leases of what is held, never past the deadline."""

    def cancelled(self, claim: Claim) -> bool:
        """Finish a running message as cancelled."""

    def crashed(self, claim: Claim, why: str) -> bool:
        """The attempt's own process died: queue again, or fail it with ATTEMPTS_EXHAUSTED at the third time."""

    def overran(self, claim: Claim) -> bool:
        """The attempt ran into its deadline: counts as an error, with DEADLINE_EXCEEDED."""

    def give_back(self, claim: Claim) -> bool:
        """Queue a running message again at once, no counter raised: the worker stops."""

    def sweep(self, dead_workers: Sequence[str]) -> Sweep:
        """Take back what vanished workers hold and tell what is due but was not rung; idempotent."""

    def has_queued(self) -> bool:
        """Whether any message is queued, be it due now or after a pause."""
