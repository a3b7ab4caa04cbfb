"""Engines over the same data on every back end."""

from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from chatctl.engines.engine import Engine
from chatctl.engines.sources import open_engine

from . import samples


@pytest.fixture(scope="session", params=["files", "duckdb", "sqlite"])
def sample(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> samples.Sample:
    """The two tables as a source; shared by all tests, as none can change it."""
    return samples.make(request.param, tmp_path_factory.mktemp(request.param) / "data")


@pytest.fixture(scope="session")
def engine(sample: samples.Sample, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    """The source, opened."""
    found = open_engine(
        name="shop", kind=sample.kind, locations=sample.locations, cache=tmp_path_factory.mktemp("cache")
    )
    yield found
    found.close()


@pytest.fixture
def cache(tmp_path: Path) -> Path:
    """A cache folder that is not there yet."""
    return tmp_path / "cache"


@pytest.fixture
def opening_all(tmp_path: Path, cache: Path) -> Iterator[samples.OpeningAll]:
    """Write data files of these names and contents into a folder, and open that."""
    engines: list[Engine] = []

    def write_and_open(files: Mapping[str, str | bytes]) -> Engine:
        folder = tmp_path / "data"
        folder.mkdir(exist_ok=True)
        for name, content in files.items():
            (folder / name).write_bytes(content.encode() if isinstance(content, str) else content)
        engines.append(samples.opened(folder, cache))
        return engines[-1]

    yield write_and_open
    for engine in engines:
        engine.close()


@pytest.fixture
def opening(opening_all: samples.OpeningAll) -> samples.Opening:
    """Write one data file of this name and content, and open it."""
    return lambda name, content: opening_all({name: content})
