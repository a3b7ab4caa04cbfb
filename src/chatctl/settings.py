"""Every setting: its name in the files and in the environment, its default, and how a text becomes its value."""

import math
from dataclasses import dataclass
from typing import Any, Final

from chatctl.domain.errors import ValidationError
from chatctl.domain.jobs import Timing
from chatctl.domain.models import ModelLimits


@dataclass(frozen=True, kw_only=True, slots=True)
class Setting:
    """One setting: its key in the files, its environment variable, its default and how a text becomes its value."""

    key: str
    variable: str
    default: str | int | float | bool | None
    about: str
    choices: tuple[str, ...] = ()
    positive: bool = False

    def parse(self, raw: Any, origin: str) -> Any:
        """The typed value of a text or a TOML value. Raises ValidationError that names where it came from."""
        kind = str if self.default is None else type(self.default)
        try:
            value: Any = _boolean(raw) if kind is bool else _plain(kind, raw)
        except (TypeError, ValueError):
            raise ValidationError.field(
                self.key, f"{self.key} must be {_KINDS[kind]}, not {raw!r} ({origin})", hint=self.about
            ) from None
        if self.choices and value not in self.choices:
            raise ValidationError.field(
                self.key, f"{self.key} must be one of {', '.join(self.choices)}, not {value!r} ({origin})"
            )
        if kind in (int, float) and not (math.isfinite(value) and (value > 0 if self.positive else value >= 0)):
            bound = "more than 0" if self.positive else "0 or more"
            raise ValidationError.field(self.key, f"{self.key} must be {bound}, not {raw!r} ({origin})")
        return value


_KINDS: Final[dict[type, str]] = {bool: "true or false", int: "a whole number", float: "a number", str: "text"}
_TIMING: Final = Timing()
_MODEL: Final = ModelLimits()

SETTINGS: Final = {
    setting.key: setting
    for setting in (
        Setting(key="home", variable="CHATCTL_HOME", default=None, about="Folder of databases, logs and caches."),
        Setting(
            key="database",
            variable="CHATCTL_DATABASE_URL",
            default=None,
            about="SQLAlchemy URL of the chats' database.",
        ),
        Setting(key="queue", variable="CHATCTL_QUEUE_URL", default=None, about="URL of Huey's storage."),
        Setting(key="model", variable="CHATCTL_MODEL", default="builtin", about="builtin, or PROVIDER:NAME."),
        Setting(key="source", variable="CHATCTL_SOURCE", default=None, about="Source of chats that name none."),
        Setting(
            key="auto_worker",
            variable="CHATCTL_AUTO_WORKER",
            default="auto",
            choices=("auto", "always", "never"),
            about="Whether new and send start a worker when none is alive.",
        ),
        Setting(key="wait", variable="CHATCTL_WAIT", default=False, about="Wait for answers."),
        Setting(
            key="row_limit",
            variable="CHATCTL_ROW_LIMIT",
            default=1_000,
            about="Rows a query may return.",
            positive=True,
        ),
        Setting(
            key="query_timeout",
            variable="CHATCTL_QUERY_TIMEOUT",
            default=30.0,
            about="Seconds a query may run.",
            positive=True,
        ),
        Setting(key="user", variable="CHATCTL_USER", default=None, about="Who acts: a name or a UUID."),
        Setting(
            key="organization", variable="CHATCTL_ORGANIZATION", default="local", about="Whose chats: a name or a UUID."
        ),
        Setting(
            key="lease",
            variable="CHATCTL_LEASE",
            default=_TIMING.lease,
            about="Seconds a claim holds unrenewed.",
            positive=True,
        ),
        Setting(
            key="longest_run",
            variable="CHATCTL_LONGEST_RUN",
            default=_TIMING.longest_run,
            about="Seconds one attempt at an answer may take.",
            positive=True,
        ),
        Setting(
            key="idle_exit",
            variable="CHATCTL_IDLE_EXIT",
            default=_TIMING.idle_exit,
            about="Seconds without work after which the automatic worker leaves.",
        ),
        Setting(
            key="concurrency",
            variable="CHATCTL_CONCURRENCY",
            default=_TIMING.concurrency,
            about="Attempts that one worker runs at once.",
        ),
        Setting(
            key="attempt_memory",
            variable="CHATCTL_ATTEMPT_MEMORY",
            default=8_192,
            about="Megabytes of memory that one attempt may take.",
            positive=True,
        ),
        Setting(
            key="model_base_url",
            variable="CHATCTL_MODEL_BASE_URL",
            default=None,
            about="Address of a server that speaks OpenAI's protocol, such as http://localhost:11434/v1.",
        ),
        Setting(
            key="model_fallback",
            variable="CHATCTL_MODEL_FALLBACK",
            default=None,
            about="Who answers when the model fails: another PROVIDER:NAME, or builtin.",
        ),
        Setting(
            key="model_steps",
            variable="CHATCTL_MODEL_STEPS",
            default=_MODEL.steps,
            about="Requests to the model for one answer.",
            positive=True,
        ),
        Setting(
            key="model_output_tokens",
            variable="CHATCTL_MODEL_OUTPUT_TOKENS",
            default=_MODEL.output_tokens,
            about="Tokens of one of its replies.",
            positive=True,
        ),
        Setting(
            key="model_tokens",
            variable="CHATCTL_MODEL_TOKENS",
            default=_MODEL.tokens,
            about="Tokens, in and out, for one answer.",
            positive=True,
        ),
        Setting(
            key="model_cost",
            variable="CHATCTL_MODEL_COST",
            default=_MODEL.cost,
            about="US dollars for one answer; 0 for no limit.",
        ),
        Setting(
            key="model_seconds",
            variable="CHATCTL_MODEL_SECONDS",
            default=_MODEL.seconds,
            about="Seconds for one answer.",
            positive=True,
        ),
        Setting(
            key="model_history",
            variable="CHATCTL_MODEL_HISTORY",
            default=_MODEL.history,
            about="Tokens of earlier turns that are sent along.",
            positive=True,
        ),
        Setting(
            key="daily_tokens",
            variable="CHATCTL_DAILY_TOKENS",
            default=0,
            about="Tokens that the organization may use in a day (UTC); 0 for no limit.",
        ),
        Setting(
            key="daily_cost",
            variable="CHATCTL_DAILY_COST",
            default=0.0,
            about="US dollars that the organization may spend in a day (UTC); 0 for no limit.",
        ),
        Setting(
            key="instructions",
            variable="CHATCTL_INSTRUCTIONS",
            default=None,
            about="File of definitions and house rules that the analysts are given.",
        ),
    )
}


def _boolean(raw: object) -> bool:
    if isinstance(raw, bool):
        return raw
    words = {"1": True, "true": True, "yes": True, "on": True, "0": False, "false": False, "no": False, "off": False}
    if str(raw).lower() not in words:
        raise ValueError(raw)
    return words[str(raw).lower()]


def _plain(kind: type, raw: object) -> object:
    """A text as what it spells; of the values in a TOML file only those of the kind, a whole number for a float too."""
    fitting = (str, int, float) if kind is float else (str, kind)
    if isinstance(raw, bool) or not isinstance(raw, fitting):
        raise TypeError(raw)
    return kind(raw)
