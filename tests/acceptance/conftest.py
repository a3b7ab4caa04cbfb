"""Homes for the acceptance tests: each test has its own or shares a busy one; nothing is left behind by either."""

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from . import flights
from .homes import Home

SETTINGS = {"CHATCTL_USER": "ada", "CHATCTL_IDLE_EXIT": "30", "NO_COLOR": "1"}


@pytest.fixture(scope="session", autouse=True)
def _no_settings_of_mine() -> Iterator[None]:
    """The settings of whoever runs the tests are none of the tests' business."""
    mine = {name: os.environ.pop(name) for name in list(os.environ) if _is_setting(name)}
    yield
    os.environ.update(mine)


@pytest.fixture(scope="session")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with airlines.csv and flights.csv, which no test changes."""
    folder = tmp_path_factory.mktemp("data") / "nycflights13"
    flights.write(folder)
    return folder


@pytest.fixture(scope="session")
def prepared(data: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home in which `flights` is registered and loaded, and nothing else was done."""
    folder = tmp_path_factory.mktemp("prepared") / "home"
    home = Home(folder, SETTINGS)
    added = home.run("source", "add", "flights", *map(str, sorted(data.glob("*.csv"))))
    assert added.exit == 0, added.stderr
    return folder


@pytest.fixture
def empty(tmp_path: Path) -> Iterator[Home]:
    """A home that is not there yet; workers start by themselves."""
    home = Home(tmp_path / "home", SETTINGS)
    yield home
    home.close()


@pytest.fixture
def own(tmp_path: Path, prepared: Path) -> Iterator[Home]:
    """A home of the test's own that knows `flights`; workers start by themselves."""
    home = Home(Path(shutil.copytree(prepared, tmp_path / "home")), SETTINGS)
    yield home
    home.close()


@pytest.fixture(scope="module")
def shared(prepared: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Home]:
    """A home that the tests of a file share: it knows `flights`, and its worker was started by hand."""
    folder = tmp_path_factory.mktemp("shared") / "home"
    home = Home(Path(shutil.copytree(prepared, folder)), SETTINGS)
    home.worker()
    yield home
    home.close()


def _is_setting(name: str) -> bool:
    return name.startswith("CHATCTL_") and not name.startswith("CHATCTL_TEST_")
