"""Servers for a session, and databases on them for a test."""

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from uuid import uuid4

import pytest

import servers
from chatctl.storage import schema
from chatctl.storage.database import Database

BLANK = "blank"
"""The database at this version's schema that others are copied from."""


@contextmanager
def or_skip() -> Iterator[None]:
    """A machine without the server skips the test and says why; in CI that is a failure."""
    try:
        yield
    except servers.Missing as missing:
        if os.environ.get("CI") == "true":
            pytest.fail(str(missing))
        pytest.skip(str(missing))


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[servers.Postgres]:
    """A PostgreSQL for the session, with a blank database to copy."""
    with or_skip(), servers.postgres() as server:
        database = Database(server.create(BLANK))
        schema.upgrade(database)
        database.close()
        yield server


@pytest.fixture(scope="session")
def redis_server() -> Iterator[servers.Redis]:
    """A Redis for the session."""
    with or_skip(), servers.redis() as server:
        yield server


NewUrl = Callable[[], str]


@pytest.fixture
def new_postgres_url(postgres_server: servers.Postgres) -> Iterator[NewUrl]:
    """Makes databases at this version's schema, which are dropped after the test."""
    names: list[str] = []

    def create() -> str:
        names.append(f"test_{uuid4().hex}")
        return postgres_server.create(names[-1], BLANK)

    yield create
    for name in names:
        postgres_server.drop(name)


@pytest.fixture
def postgres_url(new_postgres_url: NewUrl) -> str:
    """A database at this version's schema on the server."""
    return new_postgres_url()
