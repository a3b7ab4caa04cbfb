"""The call that is being served: what is said to its caller meanwhile, and what is remarked on its result.

Several are served at once, each in a thread that starts with a context of its own.
"""

from collections.abc import Callable
from contextvars import ContextVar
from dataclasses import dataclass, field


@dataclass(kw_only=True, slots=True)
class Call:
    """One call; `progress` tells its caller what is being done."""

    progress: Callable[[str], None]
    notes: list[str] = field(default_factory=list)


_CURRENT: ContextVar[Call | None] = ContextVar("call", default=None)


def begin(call: Call) -> None:
    """Let this context be the call's."""
    _CURRENT.set(call)


def note(text: str) -> bool:
    """Remark something on the current call's result; False where there is none."""
    call = _CURRENT.get()
    if call is not None:
        call.notes.append(text)
    return call is not None


def progress(text: str) -> None:
    """Tell the current caller what is being done."""
    if call := _CURRENT.get():
        call.progress(text)
