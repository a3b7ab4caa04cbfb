"""Instructions of a project: where they are found, how much is read, and what is told of those that cannot be."""

import os
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from uuid import uuid4

import pytest

from chatctl import config
from chatctl.config import Config
from chatctl.domain.sources import Source, SourceKind
from chatctl.services import instructions
from support import Run


@pytest.fixture
def settings(home: Path) -> Config:  # noqa: ARG001
    return config.load({})


def source(*locations: Path | str, kind: SourceKind = "files") -> Source:
    now = datetime.now(UTC)
    return Source(id=uuid4(), name="s", kind=kind, locations=list(map(str, locations)), created_at=now, updated_at=now)


def put(folder: Path, text: str | bytes, name: str = "ANALYST.md") -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    file = folder / name
    file.write_bytes(text if isinstance(text, bytes) else text.encode())
    return file


def test_without_any_there_are_none(settings: Config, tmp_path: Path) -> None:
    assert instructions.of_project(settings) == instructions.Instructions()
    assert instructions.beside([source(tmp_path / "a.csv")]) == instructions.Instructions()


@pytest.mark.parametrize("location", ["data/a.csv", "data", "data/*.csv", "data/**/*.csv", "data/a?.csv"])
def test_those_beside_the_data_are_read(tmp_path: Path, location: str) -> None:
    file = put(tmp_path / "data", "Revenue is amount.\n")
    found = instructions.beside([source(tmp_path / location), source(tmp_path / "data" / "b.csv")])
    assert (found.text, found.files, found.warnings) == ("Revenue is amount.", (file,), ())


def test_a_database_file_has_them_too_but_a_server_has_none(tmp_path: Path) -> None:
    put(tmp_path, "Revenue is amount.")
    assert instructions.beside([source(tmp_path / "a.db", kind="sqlite")]).text
    assert not instructions.beside([source("postgresql://h/db", kind="postgresql")]).text


def test_what_the_project_said_is_not_said_again(tmp_path: Path) -> None:
    put(tmp_path, "Revenue is amount.\n")
    assert instructions.beside([source(tmp_path)], after="Be brief.\n\nRevenue is amount.").text == ""


@pytest.mark.parametrize(
    "raw",
    ["Größe".encode(), "Größe".encode("utf-8-sig"), "Größe".encode("utf-16"), "Größe".encode("cp1252")],
    ids=["utf-8", "utf-8 with a mark", "utf-16", "windows"],
)
def test_any_common_encoding_is_read(settings: Config, tmp_path: Path, raw: bytes) -> None:
    file = put(tmp_path, raw)
    assert instructions.of_project(replace(settings, instructions=str(file))).text == "Größe"


def test_too_much_is_cut_and_told(tmp_path: Path) -> None:
    file = put(tmp_path / "a", "ä" * instructions.MOST)
    other = put(tmp_path / "b", "More.")
    found = instructions.beside([source(file.parent), source(other.parent)])
    assert len(found.text.encode()) == instructions.MOST
    assert found.warnings == (
        f"Of {file} only the first 32,768 bytes were read: 32 KB in all are the limit",
        f"Of {other} only the first 0 bytes were read: 32 KB in all are the limit",
    )
    assert instructions.beside([source(other.parent)], after="x" * (instructions.MOST - 3)).text == "Mor"


def test_what_cannot_be_read_is_a_warning(settings: Config, tmp_path: Path) -> None:
    put(tmp_path / "binary", b"\0\1\2")
    (tmp_path / "folder.md").mkdir()
    os.mkfifo(tmp_path / "pipe")
    for name, reason in (
        ("none.md", "No such file or directory"),
        ("binary/ANALYST.md", "it is no text"),
        ("folder.md", "it is no text"),
        ("pipe", "it is no text"),
    ):
        found = instructions.of_project(replace(settings, instructions=f"{tmp_path}/{name}"))
        assert (found.text, found.warnings) == ("", (f"{tmp_path}/{name} was not read: {reason}",))


def test_a_project_has_its_own_in_place_of_the_users(home: Path, tmp_path: Path) -> None:
    put(home, f'instructions = "{tmp_path}/house.md"\n', "config.toml")
    (tmp_path / "deep").mkdir()
    assert config.load({}, folder=tmp_path).instructions == f"{tmp_path}/house.md"
    own = put(tmp_path, "Revenue is amount.")
    loaded = config.load({}, folder=tmp_path)
    assert loaded.instructions == str(own)
    assert {each.key: each.origin for each in loaded.origins}["instructions"] == str(own)
    assert config.load({}, folder=tmp_path / "deep").instructions == f"{tmp_path}/house.md"
    put(tmp_path, "", ".chatctl.toml")
    assert config.load({}, folder=tmp_path / "deep").instructions == str(own)
    put(tmp_path, 'instructions = "docs/rules.md"\n', ".chatctl.toml")
    assert config.load({}, folder=tmp_path).instructions == f"{tmp_path}/docs/rules.md"


def test_a_file_that_is_not_there_cannot_be_set(run: Run) -> None:
    refused = run("config", "set", "instructions", "rules.md", "--json")
    assert (refused.exit, refused.problems()[0]["field"]) == (2, "instructions")
    Path("rules.md").write_text("Be brief.")
    assert run("config", "set", "instructions", "rules.md").exit == 0
    assert run("config", "get", "instructions").stdout == f"{Path.cwd()}/rules.md\n"
    assert run("config", "set", "instructions", "").exit == 0
