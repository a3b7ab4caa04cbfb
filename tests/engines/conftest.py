"""Engines over the same data on every back end."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from uuid import uuid4

import pytest

from chatctl.engines.engine import Engine
from chatctl.engines.sources import open_engine
from servers import Postgres

from . import samples


@pytest.fixture(scope="session", params=["files", "duckdb", "sqlite", "postgresql", "sqlalchemy"])
def sample(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> samples.Sample:
    """The two tables as a source; shared by all tests, as none can change it."""
    if request.param in ("postgresql", "sqlalchemy"):
        return samples.on_server(request.getfixturevalue("postgres_server"), request.param)
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


@pytest.fixture
def database(postgres_server: Postgres) -> Iterator[str]:
    """The name of an empty database."""
    name = f"data_{uuid4().hex}"
    postgres_server.create(name)
    yield name
    postgres_server.drop(name)


@pytest.fixture
def opening_postgres(postgres_server: Postgres, database: str) -> Iterator[samples.OpeningPostgres]:
    """Run statements in the database as its owner, then open it: as another role or with schemas, if they are given."""
    engines: list[Engine] = []

    def run_and_open(*statements: str, role: str = "", schema: str = "") -> Engine:
        with postgres_server.connect(database) as connection:
            for statement in statements:
                connection.execute(statement.encode())
        url = postgres_server.url(database).replace(f"{postgres_server.user}@", f"{role or postgres_server.user}@")
        location = f"{url}&schema={schema}" if schema else url
        engines.append(open_engine(name="data", kind="postgresql", locations=[location], cache=Path()))
        return engines[-1]

    yield run_and_open
    for engine in engines:
        engine.close()


@pytest.fixture
def reader(postgres_server: Postgres, database: str) -> Iterator[str]:
    """A role that may log in and has no rights of its own."""
    name = f"reader_{uuid4().hex}"
    with postgres_server.connect(database) as connection:
        connection.execute(f"CREATE ROLE {name} LOGIN".encode())
    yield name
    with postgres_server.connect(database) as connection:
        connection.execute(f"DROP OWNED BY {name}; DROP ROLE {name}".encode())
