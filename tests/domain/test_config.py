"""Settings: which one wins, where it came from, and what is wrong with one."""

import getpass
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatctl.config import Config, load, mask, user_file
from chatctl.domain.errors import ValidationError
from chatctl.settings import SETTINGS


@pytest.fixture
def place(tmp_path: Path) -> "Place":
    return Place(tmp_path)


class Place:
    """A home with a config.toml, and a project with a .chatctl.toml above the working folder."""

    def __init__(self, root: Path) -> None:
        self.home = root / "home"
        self.work = root / "project" / "deep" / "down"
        self.project = root / "project" / ".chatctl.toml"
        self.user = self.home / "config.toml"
        self.home.mkdir()
        self.work.mkdir(parents=True)

    def load(self, flags: dict[str, object] | None = None, **environment: str) -> Config:
        return load(flags or {}, {"CHATCTL_HOME": str(self.home), **environment}, self.work)

    def origin(self, key: str, flags: dict[str, object] | None = None, **environment: str) -> tuple[Any, str]:
        config = self.load(flags, **environment)
        return next((each.value, each.origin) for each in config.origins if each.key == key)


def test_flag_before_environment_before_project_before_user_before_default(place: Place) -> None:
    assert place.origin("row_limit") == (1000, "default")
    place.user.write_text("row_limit = 1\n")
    assert place.origin("row_limit") == (1, str(place.user))
    place.project.write_text("row_limit = 2\n")
    assert place.origin("row_limit") == (2, str(place.project))
    assert place.origin("row_limit", CHATCTL_ROW_LIMIT="3") == (3, "environment")
    assert place.origin("row_limit", {"row_limit": 4}, CHATCTL_ROW_LIMIT="3") == (4, "flag")
    assert place.origin("row_limit", {"row_limit": None}, CHATCTL_ROW_LIMIT="") == (2, str(place.project))


def test_the_nearest_project_file_is_taken(place: Place) -> None:
    place.project.write_text('model = "far"\n')
    near = place.work / ".chatctl.toml"
    near.write_text('model = "near"\n')
    assert place.origin("model") == ("near", str(near))


@pytest.mark.parametrize(
    ("setting", "effect"),
    [
        ('home = "data"', {"home": "{there}/data", "database": "sqlite:///{there}/data/chatctl.db"}),
        ('database = "chats.db"', {"database": "sqlite:///{there}/chats.db"}),
        ('database = "sqlite:///chats.db"', {"database": "sqlite:///{there}/chats.db"}),
        ('database = "sqlite:////var/x.db"', {"database": "sqlite:////var/x.db"}),
        ('database = "postgresql+psycopg://h/db"', {"database": "postgresql+psycopg://h/db"}),
        ('queue = "sqlite:///rings.db"', {"queue": "sqlite:///{there}/rings.db"}),
        ('queue = "redis://h/0"', {"queue": "redis://h/0"}),
        ('source = "data/sales.csv"', {"source": "{there}/data/sales.csv"}),
        ('source = "here.csv"', {"source": "{there}/here.csv"}),
        ('source = "flights"', {"source": "flights"}),
        ('model = "a/b"', {"model": "a/b"}),
        ('model = "replay:recorded.json"', {"model": "replay:{there}/recorded.json"}),
        ('model_fallback = "replay:/var/r.json"', {"model_fallback": "replay:/var/r.json"}),
    ],
)
def test_relative_paths_of_a_file_are_relative_to_its_folder(
    place: Place, setting: str, effect: dict[str, str]
) -> None:
    (place.project.parent / "here.csv").touch()
    (place.project.parent / "flights").mkdir()
    place.project.write_text(setting)
    shown = {each.key: each.value for each in load({}, {}, place.work).origins}
    assert {key: shown[key] for key in effect} == {
        key: value.format(there=place.project.parent) for key, value in effect.items()
    }


def test_a_relative_queue_is_the_same_for_a_worker_in_another_folder(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(place.work)
    assert place.load(CHATCTL_QUEUE_URL="sqlite:///q.db").queue_url == f"sqlite:///{place.work}/q.db"


def test_a_file_with_a_byte_order_mark_and_windows_line_ends_is_read(place: Place) -> None:
    place.user.write_bytes(b"\xef\xbb\xbf# mine\r\nrow_limit = 7\r\n")
    assert place.origin("row_limit") == (7, str(place.user))


def test_defaults_are_shown_as_they_take_effect(place: Place) -> None:
    config = place.load()
    shown = {each.key: each.value for each in config.origins}
    assert list(shown) == list(SETTINGS)
    assert shown["home"] == str(place.home)
    assert shown["database"] == config.database == f"sqlite:///{place.home}/chatctl.db"
    assert shown["queue"] == config.queue_url == f"sqlite:///{place.home}/queue.db"
    assert shown["user"] == config.user == getpass.getuser()
    assert config.database_path == place.home / "chatctl.db"
    assert (config.logs, config.run, config.cache) == (
        place.home / "logs",
        place.home / "run",
        place.home / "cache",
    )


@pytest.mark.parametrize(
    ("given", "url"),
    [
        ("chats.db", "sqlite:///{here}/chats.db"),
        ("sqlite:///chats.db", "sqlite:///{here}/chats.db"),
        ("sqlite:////var/x.db", "sqlite:////var/x.db"),
        ("postgresql+psycopg://u@h/db", "postgresql+psycopg://u@h/db"),
    ],
)
def test_a_database_is_a_path_or_a_url(place: Place, monkeypatch: pytest.MonkeyPatch, given: str, url: str) -> None:
    monkeypatch.chdir(place.work)
    assert place.load(CHATCTL_DATABASE_URL=given).database == url.format(here=place.work)


def test_a_server_is_its_own_queue_and_starts_no_worker(place: Place) -> None:
    config = place.load(CHATCTL_DATABASE_URL="postgresql+psycopg://u:p@h/db")
    assert config.database_path is None
    assert config.queue_url == config.database
    assert not config.starts_workers
    assert place.load(CHATCTL_AUTO_WORKER="always", CHATCTL_DATABASE_URL="postgresql://h/db").starts_workers
    assert place.load().starts_workers
    assert not place.load(CHATCTL_AUTO_WORKER="never").starts_workers


@pytest.mark.parametrize(
    ("variable", "value", "words"),
    [
        ("CHATCTL_ROW_LIMIT", "many", "row_limit must be a whole number, not 'many' (environment)"),
        ("CHATCTL_ROW_LIMIT", "1.5", "row_limit must be a whole number, not '1.5' (environment)"),
        ("CHATCTL_ROW_LIMIT", "0", "row_limit must be more than 0, not '0' (environment)"),
        ("CHATCTL_QUERY_TIMEOUT", "-1", "query_timeout must be more than 0, not '-1' (environment)"),
        ("CHATCTL_QUERY_TIMEOUT", "inf", "query_timeout must be more than 0, not 'inf' (environment)"),
        ("CHATCTL_LEASE", "nan", "lease must be more than 0, not 'nan' (environment)"),
        ("CHATCTL_IDLE_EXIT", "-1", "idle_exit must be 0 or more, not '-1' (environment)"),
        ("CHATCTL_WAIT", "maybe", "wait must be true or false, not 'maybe' (environment)"),
        ("CHATCTL_AUTO_WORKER", "no", "auto_worker must be one of auto, always, never, not 'no' (environment)"),
    ],
)
def test_a_bad_value_is_told_with_where_it_came_from(place: Place, variable: str, value: str, words: str) -> None:
    with pytest.raises(ValidationError) as caught:
        place.load({}, **{variable: value})
    assert caught.value.message == words


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"row_limit = = 3", "Cannot read the settings in {file}: "),
        (b"\xff\xfe", "Cannot read the settings in {file}: "),
        (b"rowlimit = 3", "{file} has an unknown setting 'rowlimit'"),
        (b"row_limit = true", "row_limit must be a whole number, not True ({file})"),
        (b"row_limit = 2.5", "row_limit must be a whole number, not 2.5 ({file})"),
        (b"model = 5", "model must be text, not 5 ({file})"),
        (b"model = ['a']", "model must be text, not ['a'] ({file})"),
    ],
)
@pytest.mark.parametrize("level", ["user", "project"])
def test_a_bad_file_is_told_by_name(place: Place, level: str, content: bytes, words: str) -> None:
    file: Path = getattr(place, level)
    file.write_bytes(content)
    with pytest.raises(ValidationError) as caught:
        place.load()
    assert caught.value.message.startswith(words.format(file=file))


def test_a_settings_file_that_cannot_be_read_is_told(place: Place) -> None:
    place.user.mkdir()
    with pytest.raises(ValidationError, match="Is a directory"):
        place.load()


def test_a_whole_number_serves_where_a_fraction_may_stand(place: Place) -> None:
    place.user.write_text("query_timeout = 5\nwait = true\n")
    config = place.load()
    assert (config.query_timeout, config.wait) == (5.0, True)


@pytest.mark.parametrize(("word", "truth"), [("1", True), ("yes", True), ("ON", True), ("0", False), ("off", False)])
def test_words_for_true_and_false(place: Place, word: str, truth: bool) -> None:
    assert place.load(CHATCTL_WAIT=word).wait is truth


def test_a_short_lease_shortens_heartbeat_and_sweep(place: Place) -> None:
    timing = place.load(CHATCTL_LEASE="3").timing
    assert (timing.lease, timing.heartbeat, timing.sweep) == (3, 0.5, 0.5)
    assert place.load().timing.heartbeat == 5


def test_the_user_file_is_in_the_home_where_one_is_set(tmp_path: Path) -> None:
    assert user_file({"CHATCTL_HOME": str(tmp_path)}) == tmp_path / "config.toml"
    assert user_file({}).name == "config.toml"


@pytest.mark.parametrize(
    ("url", "masked"),
    [
        ("postgresql+psycopg://u:secret@h/db", "postgresql+psycopg://u:***@h/db"),
        ("redis://:secret@h:6379/0", "redis://:***@h:6379/0"),
        ("postgresql://u:sec@ret@h/db", "postgresql://u:***@h/db"),
        ("postgresql://u:sec/ret@h/db", "postgresql://u:***@h/db"),
        ("postgresql://h/db?user=u&password=secret&x=1", "postgresql://h/db?user=u&password=***&x=1"),
        ("cannot reach postgresql://u:secret@h/db today", "cannot reach postgresql://u:***@h/db today"),
        ("sqlite:////home/ada/chatctl.db", "sqlite:////home/ada/chatctl.db"),
        ("builtin", "builtin"),
        ("anthropic:claude", "anthropic:claude"),
    ],
)
def test_passwords_are_masked(url: str, masked: str) -> None:
    assert mask(url) == masked


@given(st.text(st.characters(codec="ascii", exclude_characters=" \t\n\r\x0b\x0c\x1c\x1d\x1e\x1f?&"), min_size=4))
def test_no_password_shows(password: str) -> None:
    assert f":{password}@" not in mask(f"postgresql://someone:{password}@host/db")


def test_origins_show_no_password(place: Place) -> None:
    value, _ = place.origin("database", CHATCTL_DATABASE_URL="postgresql://u:secret@h/db")
    assert value == "postgresql://u:***@h/db"
    value, _ = place.origin("queue", CHATCTL_DATABASE_URL="postgresql://u:secret@h/db")
    assert value == "postgresql://u:***@h/db"
