"""Who can answer, as `chatctl models` prints it."""

from chatctl.domain.values import Value


class ProviderState(Value):
    """A provider of analysts; `ready` says that nothing is known to be missing, in this command's environment.

    `keys` are the variables of which one must hold its key, none where it wants none; `endpoint` is the address as it
    is set, without a password. `model` and `fallback` are what those settings name, where that is one of its models.
    """

    provider: str
    ready: bool
    installed: bool
    keys: list[str]
    key_set: bool
    endpoint: str | None
    missing: str | None
    model: str | None = None
    fallback: str | None = None
