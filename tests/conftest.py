"""Every test has a home of its own; nothing that it starts outlives it."""

import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

import support
from chatctl.storage import schema
from chatctl.storage.database import Database

pytest_plugins = ("server_fixtures",)

LONGEST = ("test_readme", "test_servers_walk", "test_automatic", "test_everyday")
"""Files with tests of a minute: these begin first, lest one of them is still running when all others are done."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The longest first, the others as they stand."""
    items.sort(key=lambda item: item.path.stem not in LONGEST)


@pytest.fixture
def scratch() -> Iterator[Path]:
    """A folder in memory where there is one: these tests are not about the disk, and every commit would wait for it."""
    memory = Path("/dev/shm")
    with tempfile.TemporaryDirectory(dir=memory if os.access(memory, os.W_OK) else None) as folder:
        yield Path(folder)


@pytest.fixture
def home(scratch: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A fresh home, no other setting, an empty working folder, and no worker that starts by itself."""
    for name in [name for name in os.environ if name.startswith("CHATCTL_")]:
        monkeypatch.delenv(name)
    folder = scratch / "home"
    monkeypatch.setenv("CHATCTL_HOME", str(folder))
    monkeypatch.setenv("CHATCTL_AUTO_WORKER", "never")
    monkeypatch.setenv("CHATCTL_USER", "ada")
    (scratch / "work").mkdir()
    monkeypatch.chdir(scratch / "work")
    return folder


@pytest.fixture
def run(home: Path) -> support.Run:  # noqa: ARG001
    """The command line in this process."""
    return support.in_process


@pytest.fixture
def worker(home: Path) -> Iterator[support.Worker]:
    """Answers and fails messages by hand."""
    hand = support.Worker(home)
    yield hand
    hand.close()


@pytest.fixture(scope="session")
def blank(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database file at this version's schema, to be copied: making one takes fifty times as long."""
    path = tmp_path_factory.mktemp("blank") / "chatctl.db"
    fresh = Database(f"sqlite:///{path}")
    schema.ensure(fresh)
    fresh.close()
    return path


@pytest.fixture
def seeded(home: Path, blank: Path) -> None:
    """The home has its database already: most tests are not about how that is made."""
    home.mkdir(mode=0o700)
    shutil.copy(blank, home / "chatctl.db")


@pytest.fixture
def database(scratch: Path, blank: Path) -> Iterator[Database]:
    """A database at this version's schema."""
    fresh = Database(f"sqlite:///{shutil.copy(blank, scratch / 'chatctl.db')}", patience=2)
    yield fresh
    fresh.close()
