"""Small words about chats and messages that every form of output shares."""

from collections.abc import Sequence
from datetime import UTC, datetime, tzinfo
from uuid import UUID

from chatctl.domain.chats import ChatWithMessages, Message, ResultEntry, TextEntry
from chatctl.rendering.text import plural, visible_line

UNGROUNDED = "[?]"
OUTCOMES = {"answered": "answered", "clarification": "asks back", "declined": "declined"}


def short(identifier: UUID) -> str:
    """The first eight digits of an id, enough to name it in a command."""
    return str(identifier)[:8]


def local(moment: datetime, zone: tzinfo | None) -> str:
    """A time as people read it, in their own zone (None is the machine's)."""
    return moment.astimezone(zone).strftime("%Y-%m-%d %H:%M")


def utc(moment: datetime) -> str:
    """A time as scripts read it: RFC 3339 in UTC."""
    return moment.astimezone(UTC).isoformat().replace("+00:00", "Z")


def duration(seconds: float) -> str:
    """A length of time in its two largest units: `3 s`, `2 min 5 s`, `3 h 10 min`, `4 days`."""
    whole = max(0, int(seconds))
    minutes, hours, days = whole // 60, whole // 3600, whole // 86_400
    if days:
        return plural(days, "day")
    if hours:
        return f"{hours} h {minutes % 60} min"
    return f"{minutes} min {whole % 60} s" if minutes else f"{whole} s"


def status(message: Message, now: datetime) -> str:
    """Where a message stands: `queued 3 s`, `running, attempt 1, asked 5 s ago`, `answered`, `failed`."""
    waited = duration((now - message.created_at).total_seconds())
    match message.status:
        case "queued":
            return f"queued {waited}"
        case "running":
            return f"running, attempt {message.attempts}, asked {waited} ago"
        case "completed":
            return OUTCOMES.get(message.outcome or "", "completed")
        case _:
            return message.status


def answer_text(message: Message) -> str:
    """The Markdown of a message's answer, its entries apart by blank lines."""
    entries = message.response_messages.messages
    return "\n\n".join(entry.message for entry in entries if isinstance(entry, TextEntry))


def marked(entry: TextEntry, message: Message) -> str:
    """A text of the answer with `[?]` after every figure that no result holds."""
    missing = message.grounding.ungrounded if message.grounding else []
    if not missing:
        return entry.message
    # Imported here, for few answers have such figures and its patterns take a while to be made.
    from chatctl.domain.figures import find

    text, done = [], 0
    for figure in find(entry.message):
        if figure.text in missing:
            text.append(f"{entry.message[done : figure.end]} {UNGROUNDED}")
            done = figure.end
    return "".join([*text, entry.message[done:]])


def results(message: Message) -> list[ResultEntry]:
    """The results of a message, in order."""
    return [entry for entry in message.response_messages.messages if isinstance(entry, ResultEntry)]


def last_result(messages: Sequence[Message]) -> ResultEntry | None:
    """The last result of the newest message that has one."""
    newest_first = sorted(messages, key=lambda message: message.position, reverse=True)
    return next((found[-1] for message in newest_first if (found := results(message))), None)


def newest(value: ChatWithMessages) -> Message:
    """The message just made, or else the one at the highest position. Raises ValueError in a chat without any."""
    made = next((message for message in value.messages if message.id == value.new_message_id), None)
    return made or max(value.messages, key=lambda message: message.position)


def state(message: Message) -> str:
    """What is going on at this moment, for a line that is redrawn when it changes."""
    doing = [step.title for step in message.reasoning.steps if step.status == "loading"]
    attempt = f", attempt {message.attempts}" if message.attempts > 1 else ""
    return f"{message.status}{attempt}" + "".join(f" · {visible_line(title)}" for title in doing[-1:]) + " …"
