"""config and schema."""

import json
import stat
from pathlib import Path

import jsonschema
import pytest

import support
from chatctl.settings import SETTINGS
from support import Run


def listed(run: Run, *flags: str) -> dict[str, tuple[object, str]]:
    values = run("config", "list", "--origin", "--json", *flags).json()
    support.check("settings", values)
    return {each["setting"]: (each["value"], each["origin"]) for each in values}


def test_every_setting_with_its_origin(run: Run, home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    home.mkdir()
    (home / "config.toml").write_text('model = "builtin"\nrow_limit = 5\n')
    (Path.cwd() / ".chatctl.toml").write_text("row_limit = 7\n")
    monkeypatch.setenv("CHATCTL_LEASE", "9")
    values = listed(run, "--organization", "acme")
    assert list(values) == list(SETTINGS)
    assert values["home"] == (str(home), "environment")
    assert values["database"] == (f"sqlite:///{home}/chatctl.db", "default")
    assert values["model"] == ("builtin", str(home / "config.toml"))
    assert values["row_limit"] == (7, str(Path.cwd() / ".chatctl.toml"))
    assert values["lease"] == (9.0, "environment")
    assert values["organization"] == ("acme", "flag")
    assert values["wait"] == (False, "default")


def test_set_get_and_remove_keep_comments(run: Run, home: Path) -> None:
    file = Path(run("config", "path").stdout.strip())
    assert file == home / "config.toml"
    home.mkdir()
    file.write_text("# mine\nwait = false  # not yet\n")
    assert run("config", "set", "row_limit", "50").exit == 0
    assert run("config", "set", "wait", "yes").exit == 0
    assert file.read_text() == "# mine\nwait = true  # not yet\nrow_limit = 50\n"
    assert run("config", "get", "row_limit").stdout == "50\n"
    assert run("config", "set", "row_limit", "").exit == 0
    assert run("config", "get", "row_limit").stdout == "1000\n"
    assert "# mine" in file.read_text()


def test_a_path_set_is_taken_from_where_it_was_typed(run: Run) -> None:
    run("config", "set", "database", "chats.db")
    assert run("config", "get", "database").stdout == f"sqlite:///{Path.cwd()}/chats.db\n"


def test_set_keeps_windows_line_ends(run: Run, home: Path) -> None:
    home.mkdir()
    (home / "config.toml").write_bytes(b"\xef\xbb\xbf# mine\r\nwait = false\r\n")
    assert run("config", "set", "wait", "yes").exit == 0
    assert (home / "config.toml").read_bytes() == b"# mine\r\nwait = true\r\n"


def test_a_project_takes_its_home_with_it(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    project = Path.cwd()
    (project / ".chatctl.toml").write_text('home = ".chats"\n')
    (project / "deep" / "down").mkdir(parents=True)
    monkeypatch.delenv("CHATCTL_HOME")
    chat = run("new", "x", "-q").id()
    monkeypatch.chdir("deep/down")
    assert run("show", "-q").id() == chat
    assert [path.name for path in project.rglob("chatctl.db")] == ["chatctl.db"]


@pytest.mark.parametrize(
    ("words", "field"),
    [
        (("set", "row_limit", "many"), "row_limit"),
        (("set", "row_limit", "0"), "row_limit"),
        (("set", "auto_worker", "perhaps"), "auto_worker"),
        (("set", "rowlimit", "5"), "key"),
        (("get", "rowlimit"), "key"),
    ],
)
def test_a_wrong_setting_is_refused_and_nothing_is_written(
    run: Run, home: Path, words: tuple[str, ...], field: str
) -> None:
    refused = run("config", *words, "--json")
    assert (refused.exit, refused.stdout) == (2, "")
    assert refused.problems()[0]["field"] == field
    assert not (home / "config.toml").exists()


@pytest.mark.parametrize("content", ["row_limit = ", "unknown = 1", "row_limit = 'x'"])
@pytest.mark.parametrize("command", [("list",), ("new", "x"), ("config", "list")], ids=" ".join)
def test_a_bad_config_file_is_a_clear_sentence(run: Run, home: Path, content: str, command: tuple[str, ...]) -> None:
    home.mkdir()
    (home / "config.toml").write_text(content)
    refused = run(*command, "--json")
    assert (refused.exit, refused.stdout) == (2, "")
    error = refused.error()
    assert error["code"] == "VALIDATION_ERROR"
    assert str(home / "config.toml") in error["error"]


def test_a_secret_is_kept_from_others_and_never_printed(run: Run, home: Path) -> None:
    run("config", "set", "queue", "redis://:hunter2@localhost/0")
    assert stat.S_IMODE((home / "config.toml").stat().st_mode) == 0o600
    for words in (("config", "list"), ("config", "list", "--json"), ("config", "get", "queue")):
        assert "hunter2" not in run(*words).stdout
    refused = run("list", "--database", "postgresql+psycopg://u:hunter2@127.0.0.1:1/db?connect_timeout=1")
    assert refused.exit != 0
    assert "hunter2" not in refused.stderr + refused.stdout
    assert "hunter2" not in "".join(path.read_text() for path in (home / "logs").glob("*.log"))


def test_a_schema_for_every_object(run: Run) -> None:
    names = run("schema").stdout.split()
    for name in names:
        schema = run("schema", name).json()
        jsonschema.Draft202012Validator.check_schema(schema)
        assert schema == run("schema", name, "--json").json()
    assert {"chat", "message", "list", "result", "request", "error", "batch"} <= set(names)
    unknown = run("schema", "nonsense", "--json")
    assert (unknown.exit, unknown.problems()[0]["field"]) == (2, "name")
    assert json.loads(run("schema", "error").stdout)["properties"]["exitCode"]
