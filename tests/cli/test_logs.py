"""What is logged: ids, durations and codes; never what was asked, what came out, who asked or a secret."""

import json
import logging
from pathlib import Path

import pytest

from chatctl import logs
from support import Run


def written(folder: Path) -> str:
    return "".join(path.read_text() for path in (folder / "logs").iterdir() if path.is_file())


def test_no_prompt_title_name_row_path_or_secret_is_logged(
    run: Run, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    Path("vaults.csv").write_text("place,amount\nZanzibar,1\n")
    run("new", "PROMPT how many", "--title", "TITLE", "--source", "vaults.csv", "--wait", "--as", "lovelace")
    run("sql", "SELECT place, 'LITERAL' FROM vaults", "--source", "vaults", "--as", "lovelace")
    run("sql", "SELECT cast(place AS int) FROM vaults", "--source", "vaults", "--as", "lovelace")
    run("rename", "@last", "RENAMED", "--as", "lovelace")
    run("new", "PROMPT", "--source", "/nowhere/SECRETPATH.csv", "--as", "lovelace")
    run("list", "--database", "postgresql+psycopg://u:hunter2@127.0.0.1:1/db?connect_timeout=1")
    monkeypatch.setenv("CHATCTL_QUEUE_URL", "redis://:hunter2@127.0.0.1:1/0")
    run("new", "PROMPT", "--as", "lovelace")
    logged = written(home)
    assert "rung" in logged
    for word in ("PROMPT", "TITLE", "RENAMED", "lovelace", "Zanzibar", "LITERAL", "SECRETPATH", "hunter2"):
        assert word not in logged


def test_the_folder_with_the_users_name_and_passwords_are_left_out_of_reasons(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path / "lovelace"))
    logs.configure(tmp_path / "home" / "logs", request_id="r", process="worker")
    reason = f"cannot open {tmp_path}/lovelace/chatctl.db at postgresql://u:hunter2@h/db"
    logging.getLogger("chatctl.jobs").warning("the database cannot be used", extra={"reason": reason, "due": 3})
    line = json.loads(written(tmp_path / "home"))
    assert line["reason"] == "cannot open ~/chatctl.db at postgresql://u:***@h/db"
    assert line["due"] == 3
