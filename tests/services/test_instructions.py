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
    assert instructions.read(settings, [source(tmp_path / "a.csv")]) == instructions.Instructions()


@pytest.mark.parametrize("location", ["data/a.csv", "data", "data/*.csv", "data/**/*.csv", "data/a?.csv"])
def test_those_beside_the_data_are_read(settings: Config, tmp_path: Path, location: str) -> None:
    file = put(tmp_path / "data", "Revenue is amount.\n")
    found = instructions.read(settings, [source(tmp_path / location), source(tmp_path / "data" / "b.csv")])
    assert (found.text, found.files, found.warnings) == ("Revenue is amount.", (file,), ())


def test_a_database_file_has_them_too_but_a_server_has_none(settings: Config, tmp_path: Path) -> None:
    put(tmp_path, "Revenue is amount.")
    assert instructions.read(settings, [source(tmp_path / "a.db", kind="sqlite")]).text
    assert not instructions.read(settings, [source("postgresql://h/db", kind="postgresql")]).text


def test_the_setting_comes_first(settings: Config, tmp_path: Path) -> None:
    house = put(tmp_path / "house", "Be brief.", "rules.md")
    put(tmp_path / "data", "Revenue is amount.")
    found = instructions.read(replace(settings, instructions=str(house)), [source(tmp_path / "data")])
    assert found.text == "Be brief.\n\nRevenue is amount."


def test_a_file_that_is_both_is_read_once(settings: Config, tmp_path: Path) -> None:
    file = put(tmp_path, "Revenue is amount.")
    found = instructions.read(replace(settings, instructions=str(file)), [source(tmp_path)])
    assert found.text == "Revenue is amount."


@pytest.mark.parametrize(
    "raw",
    ["Größe".encode(), "Größe".encode("utf-8-sig"), "Größe".encode("utf-16"), "Größe".encode("cp1252")],
    ids=["utf-8", "utf-8 with a mark", "utf-16", "windows"],
)
def test_any_common_encoding_is_read(settings: Config, tmp_path: Path, raw: bytes) -> None:
    put(tmp_path, raw)
    assert instructions.read(settings, [source(tmp_path)]).text == "Größe"


def test_too_much_is_cut_and_told(settings: Config, tmp_path: Path) -> None:
    file = put(tmp_path / "a", "ä" * instructions.MOST)
    other = put(tmp_path / "b", "More.")
    found = instructions.read(settings, [source(file.parent), source(other.parent)])
    assert len(found.text.encode()) == instructions.MOST
    assert found.warnings == (
        f"Of {file} only the first 32,768 bytes were read: 32 KB in all are the limit",
        f"Of {other} only the first 0 bytes were read: 32 KB in all are the limit",
    )


def test_what_cannot_be_read_is_a_warning(settings: Config, tmp_path: Path) -> None:
    missing = replace(settings, instructions=str(tmp_path / "none.md"))
    put(tmp_path / "binary", b"\0\1\2")
    (tmp_path / "folder.md").mkdir()
    found = instructions.read(missing, [source(tmp_path / "binary")])
    assert found.text == ""
    assert found.warnings == (
        f"{tmp_path}/none.md was not read: No such file or directory",
        f"{tmp_path}/binary/ANALYST.md was not read: it is no text",
    )
    os.mkfifo(tmp_path / "pipe")
    for name in ("folder.md", "pipe"):
        other = replace(settings, instructions=str(tmp_path / name))
        assert instructions.read(other, []).warnings == (f"{tmp_path}/{name} was not read: it is no text",)


def test_a_project_has_its_own_which_workers_are_told_of(home: Path, tmp_path: Path) -> None:
    put(home, f'instructions = "{tmp_path}/house.md"\n', "config.toml")
    put(tmp_path, "", ".chatctl.toml")
    assert config.load({}, folder=tmp_path).instructions == f"{tmp_path}/house.md"
    own = put(tmp_path, "Revenue is amount.")
    (tmp_path / "deep").mkdir()
    loaded = config.load({}, folder=tmp_path / "deep")
    assert loaded.instructions == str(own)
    assert {each.key: each.origin for each in loaded.origins}["instructions"] == str(own)
    assert config.environment_for(loaded, {})["CHATCTL_INSTRUCTIONS"] == str(own)
    put(tmp_path, 'instructions = "docs/rules.md"\n', ".chatctl.toml")
    assert config.load({}, folder=tmp_path).instructions == f"{tmp_path}/docs/rules.md"


def test_a_file_that_is_not_there_cannot_be_set(run: Run) -> None:
    refused = run("config", "set", "instructions", "rules.md", "--json")
    assert (refused.exit, refused.problems()[0]["field"]) == (2, "instructions")
    Path("rules.md").write_text("Be brief.")
    assert run("config", "set", "instructions", "rules.md").exit == 0
    assert run("config", "get", "instructions").stdout == f"{Path.cwd()}/rules.md\n"
    assert run("config", "set", "instructions", "").exit == 0
