"""Who can answer."""

from chatctl.domain.errors import ValidationError

NAMES = ("builtin",)


def named(name: str) -> str:
    """The analyst that is to answer. Raises ValidationError for one that is not there."""
    if name not in NAMES:
        hint = f"Available: {', '.join(NAMES)}."
        raise ValidationError.field("model", f"There is no analyst {name!r}", "unknown", hint=hint)
    return name
