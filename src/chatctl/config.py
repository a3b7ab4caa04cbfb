"""Settings: flag > CHATCTL_* environment > project .chatctl.toml > user config.toml > default.

The only module that reads the environment. Reading costs no import beyond the standard library and platformdirs.
"""

import getpass
import os
import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

from chatctl.domain.errors import ValidationError
from chatctl.domain.jobs import Timing
from chatctl.domain.models import ModelLimits, ModelSetup
from chatctl.settings import SETTINGS, Setting

PROJECT_FILE: Final = ".chatctl.toml"
PROJECT_INSTRUCTIONS: Final = "ANALYST.md"
_SQLITE: Final = "sqlite:///"
_REPLAY: Final = "replay:"
_FLAGS: Final = {"user": "as"}
_TIMING: Final = Timing()


@dataclass(frozen=True, kw_only=True, slots=True)
class Origin:
    """A setting's value and where it came from."""

    key: str
    value: str | int | float | bool | None
    origin: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Config:
    """Every setting of one run, read once."""

    home: Path
    database: str
    queue: str | None
    model: str
    source: str | None
    auto_worker: str
    wait: bool
    row_limit: int
    query_timeout: float
    attempt_memory: int
    user: str
    organization: str
    timing: Timing
    model_base_url: str | None
    model_fallback: str | None
    model_limits: ModelLimits
    daily_tokens: int
    daily_cost: float
    instructions: str | None
    origins: tuple[Origin, ...] = ()

    @property
    def database_path(self) -> Path | None:
        """The SQLite file of the chats, or None on a server."""
        return Path(self.database.removeprefix(_SQLITE)) if self.database.startswith(_SQLITE) else None

    @property
    def queue_url(self) -> str:
        """Huey's storage: as set, else a SQLite file beside the database, else the database's own server."""
        if self.queue:
            return self.queue
        path = self.database_path
        return f"sqlite:///{path.with_name('queue.db')}" if path else self.database

    @property
    def starts_workers(self) -> bool:
        """Whether a command may start a worker: by itself only beside a local database file."""
        return self.auto_worker == "always" or (self.auto_worker == "auto" and self.database_path is not None)

    @property
    def model_setup(self) -> ModelSetup:
        """How models are asked here."""
        return ModelSetup(base_url=self.model_base_url, fallback=self.model_fallback, limits=self.model_limits)

    @property
    def logs(self) -> Path:
        """The folder of JSON lines."""
        return self.home / "logs"

    @property
    def run(self) -> Path:
        """The folder of locks."""
        return self.home / "run"

    @property
    def cache(self) -> Path:
        """The folder of loaded files and catalogs."""
        return self.home / "cache"


def load(
    flags: Mapping[str, object], environment: Mapping[str, str] | None = None, folder: Path | None = None
) -> Config:
    """The settings of this run from flags (None means not given), the environment and the files.

    Raises ValidationError for a file that is not TOML, an unknown key or a value of the wrong kind.
    """
    environment = os.environ if environment is None else environment
    layers = _layers(flags, environment, folder or _working_directory())
    origins = {key: _resolve(setting, layers) for key, setting in SETTINGS.items()}
    values: dict[str, Any] = {key: origin.value for key, origin in origins.items()}
    home = Path(values["home"] or _default_home()).expanduser().absolute()
    values["home"] = home
    values["database"] = _database_url(values["database"], home)
    values["queue"] = values["queue"] and _absolute(values["queue"])
    values["instructions"] = values["instructions"] and str(Path(values["instructions"]).expanduser().absolute())
    values["user"] = values["user"] or _login_name()
    lease = values.pop("lease")
    timing = Timing(
        lease=lease,
        heartbeat=min(_TIMING.heartbeat, lease / 6),
        sweep=min(_TIMING.sweep, max(lease / 6, 0.2)),
        longest_run=values.pop("longest_run"),
        idle_exit=values.pop("idle_exit"),
        concurrency=max(1, values.pop("concurrency")),
    )
    limits = ModelLimits(**{name: values.pop(f"model_{name}") for name in ModelLimits.__slots__})
    config = Config(**values, timing=timing, model_limits=limits)
    effective = {"home": str(home), "database": config.database, "queue": config.queue_url, "user": config.user}
    shown = (replace(origin, value=effective.get(key, origin.value)) for key, origin in origins.items())
    return replace(config, origins=tuple(map(_masked, shown)))


def user_file(environment: Mapping[str, str] | None = None) -> Path:
    """The user's config.toml: in $CHATCTL_HOME if that is set, else in the platform's folder for settings."""
    environment = os.environ if environment is None else environment
    if home := environment.get("CHATCTL_HOME"):
        return Path(home).expanduser() / "config.toml"
    from platformdirs import user_config_path

    return user_config_path("chatctl") / "config.toml"


def project_file(folder: Path) -> Path | None:
    """The nearest .chatctl.toml from `folder` upwards."""
    return next((path for up in (folder, *folder.parents) if (path := up / PROJECT_FILE).is_file()), None)


def mask(text: str) -> str:
    """The text with every password in a URL replaced by stars, also one that holds `@` or `/` as it should not."""
    text = re.sub(r"\b(\w+://[^:/@\s]*):\S+@", r"\1:***@", text)
    return re.sub(r"([?&](?:password|passwd|pwd|token|secret)=)[^&\s]+", r"\1***", text, flags=re.IGNORECASE)


def colour_wanted(environment: Mapping[str, str] | None = None) -> bool:
    """Whether NO_COLOR (no-color.org) leaves colour allowed."""
    return not (os.environ if environment is None else environment).get("NO_COLOR")


def pager(environment: Mapping[str, str] | None = None) -> str | None:
    """The pager as gh chooses it: CHATCTL_PAGER, else PAGER, else less; `cat` and an empty one mean none."""
    environment = os.environ if environment is None else environment
    chosen = environment.get("CHATCTL_PAGER", environment.get("PAGER", "less"))
    return chosen if chosen.strip() not in ("", "cat") else None


def editor(environment: Mapping[str, str] | None = None) -> str:
    """The editor as git chooses it: VISUAL, else EDITOR, else vi."""
    environment = os.environ if environment is None else environment
    return environment.get("VISUAL") or environment.get("EDITOR") or "vi"


def variable(name: str, environment: Mapping[str, str] | None = None) -> str | None:
    """A variable that a source's URL names as `${NAME}`; None where it is not set."""
    return (os.environ if environment is None else environment).get(name)


def hand_down(config: "Config") -> None:
    """Let the processes that this one starts from here on find these settings in their environment."""
    os.environ.update(environment_for(config, {}))


def environment_for(config: "Config", environment: Mapping[str, str] | None = None) -> dict[str, str]:
    """The environment of a process that is to run on these settings, whatever folder it starts in."""
    values = {
        "CHATCTL_HOME": str(config.home),
        "CHATCTL_DATABASE_URL": config.database,
        "CHATCTL_QUEUE_URL": config.queue_url,
        "CHATCTL_ROW_LIMIT": str(config.row_limit),
        "CHATCTL_QUERY_TIMEOUT": str(config.query_timeout),
        "CHATCTL_LEASE": str(config.timing.lease),
        "CHATCTL_LONGEST_RUN": str(config.timing.longest_run),
        "CHATCTL_IDLE_EXIT": str(config.timing.idle_exit),
        "CHATCTL_CONCURRENCY": str(config.timing.concurrency),
        "CHATCTL_ATTEMPT_MEMORY": str(config.attempt_memory),
        "CHATCTL_DAILY_TOKENS": str(config.daily_tokens),
        "CHATCTL_DAILY_COST": str(config.daily_cost),
        **{f"CHATCTL_MODEL_{name.upper()}": str(getattr(config.model_limits, name)) for name in ModelLimits.__slots__},
        "CHATCTL_MODEL": config.model,
        "CHATCTL_MODEL_BASE_URL": config.model_base_url or "",
        "CHATCTL_MODEL_FALLBACK": config.model_fallback or "",
    }
    return {**(os.environ if environment is None else environment), **values}


def _layers(
    flags: Mapping[str, object], environment: Mapping[str, str], folder: Path
) -> list[tuple[str, Mapping[str, object]]]:
    by_variable = {s.key: environment[s.variable] for s in SETTINGS.values() if environment.get(s.variable)}
    if empty := next((key for key, value in flags.items() if value == ""), None):
        raise ValidationError.field(empty, f"--{_FLAGS.get(empty, empty)} must not be empty", "required")
    layers: list[tuple[str, Mapping[str, object]]] = [
        ("flag", {key: value for key, value in flags.items() if value is not None}),
        ("environment", by_variable),
    ]
    if found := project_file(folder):
        layers.append((str(found), anchored(_read(found), found.parent)))
    told = (found.parent if found else folder) / PROJECT_INSTRUCTIONS
    if told.is_file():
        layers.append((str(told), {"instructions": str(told)}))
    user = user_file(environment)
    return [*layers, (str(user), anchored(_read(user), user.parent))]


def anchored(values: Mapping[str, object], folder: Path) -> dict[str, object]:
    """The settings, with relative paths among them taken from `folder`, wherever the command is run."""
    return {key: _anchored(key, value, folder) if isinstance(value, str) else value for key, value in values.items()}


def _anchored(key: str, value: str, folder: Path) -> str:
    match key:
        case "home" | "database" | "instructions" if value and "://" not in value:
            return str(folder / Path(value).expanduser())
        case "database" | "queue" if value.startswith(_SQLITE):
            return f"{_SQLITE}{folder / Path(value.removeprefix(_SQLITE)).expanduser()}"
        case "model" | "model_fallback" if value.startswith(_REPLAY):
            return f"{_REPLAY}{folder / Path(value.removeprefix(_REPLAY)).expanduser()}"
        case "source" if "://" not in value and ("/" in value or (folder / value).is_file()):
            return str(folder / Path(value).expanduser())
        case _:
            return value


def _read(path: Path) -> Mapping[str, object]:
    try:
        values = tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except FileNotFoundError:
        return {}
    except OSError as error:
        raise ValidationError.field("config", f"Cannot read the settings in {path}: {error.strerror}") from error
    except ValueError as error:
        raise ValidationError.field("config", f"Cannot read the settings in {path}: {error}") from error
    if unknown := sorted(set(values) - set(SETTINGS)):
        raise ValidationError.field(
            unknown[0], f"{path} has an unknown setting {unknown[0]!r}", hint=f"Known are: {', '.join(SETTINGS)}."
        )
    return values


def _masked(shown: Origin) -> Origin:
    return replace(shown, value=mask(shown.value)) if isinstance(shown.value, str) else shown


def _resolve(setting: Setting, layers: list[tuple[str, Mapping[str, object]]]) -> Origin:
    for origin, values in layers:
        if setting.key in values:
            return Origin(key=setting.key, value=setting.parse(values[setting.key], origin), origin=origin)
    return Origin(key=setting.key, value=setting.default, origin="default")


def _default_home() -> Path:
    from platformdirs import user_data_path

    return user_data_path("chatctl")


def _database_url(raw: str | None, home: Path) -> str:
    if not raw:
        return f"sqlite:///{home / 'chatctl.db'}"
    if "://" not in raw:
        return f"sqlite:///{Path(raw).expanduser().absolute()}"
    return _absolute(raw)


def _absolute(url: str) -> str:
    """A SQLite URL with the whole path, for a worker runs in another folder; others as they are."""
    return f"{_SQLITE}{Path(url.removeprefix(_SQLITE)).expanduser().absolute()}" if url.startswith(_SQLITE) else url


def _login_name() -> str:
    try:
        return getpass.getuser()
    except (OSError, KeyError):
        return f"uid-{os.getuid()}"


def _working_directory() -> Path:
    try:
        return Path.cwd()
    except FileNotFoundError:
        return Path("/")
