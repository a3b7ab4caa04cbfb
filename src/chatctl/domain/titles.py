"""Titles and last words, by the guide's rules; lengths are in code points."""

CHAT_TITLE = 100
MESSAGE_TITLE = 50
ELLIPSIS = "..."


def shorten(prompt: str, length: int) -> str:
    """The trimmed prompt; one that is longer than `length` becomes its first `length - 3` characters and `...`."""
    title = prompt.strip()
    return title if len(title) <= length else title[: length - len(ELLIPSIS)] + ELLIPSIS


def last_word(status: str, seconds: float) -> str | None:
    """How the reasoning ended: `Reasoned for 3 seconds`, in minutes from 60; None while it goes on."""
    if status == "cancelled":
        return "Stopped reasoning"
    verb = {"completed": "Reasoned for", "failed": "Failed after"}.get(status)
    whole = round(seconds)
    count, unit = (whole, "second") if whole < 60 else ((whole + 30) // 60, "minute")
    return f"{verb} {count} {unit}{'' if count == 1 else 's'}" if verb else None
