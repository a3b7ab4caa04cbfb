"""Every test has a home of its own; nothing that it starts outlives it."""

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

import support
from chatctl.storage import schema
from chatctl.storage.database import Database


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A fresh home, no other setting, an empty working folder, and no worker that starts by itself."""
    for name in [name for name in os.environ if name.startswith("CHATCTL_")]:
        monkeypatch.delenv(name)
    folder = tmp_path / "home"
    monkeypatch.setenv("CHATCTL_HOME", str(folder))
    monkeypatch.setenv("CHATCTL_AUTO_WORKER", "never")
    monkeypatch.setenv("CHATCTL_USER", "ada")
    (tmp_path / "work").mkdir()
    monkeypatch.chdir(tmp_path / "work")
    return folder


@pytest.fixture
def run(home: Path) -> support.Run:  # noqa: ARG001
    """The command line in this process."""
    return support.in_process


@pytest.fixture(scope="session")
def blank(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database file at this version's schema, to be copied: making one takes fifty times as long."""
    path = tmp_path_factory.mktemp("blank") / "chatctl.db"
    fresh = Database(f"sqlite:///{path}")
    schema.ensure(fresh)
    fresh.close()
    return path


@pytest.fixture
def database(tmp_path: Path, blank: Path) -> Iterator[Database]:
    """A database at this version's schema."""
    fresh = Database(f"sqlite:///{shutil.copy(blank, tmp_path / 'chatctl.db')}", patience=2)
    yield fresh
    fresh.close()
