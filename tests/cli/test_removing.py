"""A source that is removed or moved leaves nothing of its data in the home."""

import fcntl
import os
from pathlib import Path

import pytest

from support import Run

pytestmark = pytest.mark.usefixtures("seeded")


@pytest.fixture
def sales(run: Run) -> Path:
    """A file that is registered and loaded."""
    file = Path("sales.csv").absolute()
    file.write_text("region,amount\nNorth,1\n")
    assert run("source", "add", "sales", str(file)).exit == 0
    return file


def loaded(home: Path) -> list[Path]:
    return [*home.glob("cache/files/*/*.duckdb")]


def test_what_was_loaded_goes_with_its_source(run: Run, home: Path, sales: Path) -> None:
    assert loaded(home)
    assert run("source", "remove", "sales").exit == 0
    assert not [*home.glob("cache/files/*")]
    assert sales.exists()
    assert run("source", "add", "sales", str(sales)).exit == 0
    assert run("sql", "SELECT * FROM sales", "--source", "sales", "-o", "csv").stdout == "region,amount\nNorth,1\n"


def test_what_another_source_reads_stays(run: Run, home: Path, sales: Path) -> None:
    run("source", "add", "again", str(sales))
    run("source", "remove", "sales")
    assert loaded(home)
    run("source", "remove", "again")
    assert not loaded(home)


def test_a_move_leaves_nothing_of_the_former_files(run: Run, home: Path, sales: Path) -> None:
    sales.rename("moved.csv")
    assert run("source", "move", "sales", "moved.csv").exit == 0
    assert len(loaded(home)) == 1
    assert run("source", "move", "sales", "moved.csv").exit == 0
    assert len(loaded(home)) == 1


def test_what_is_being_loaded_is_left_alone(run: Run, home: Path, sales: Path) -> None:
    (lock,) = home.glob("cache/files/*/lock")
    descriptor = os.open(lock, os.O_RDWR)
    fcntl.flock(descriptor, fcntl.LOCK_EX)
    assert run("source", "remove", "sales").exit == 0
    assert loaded(home)
    assert sales.exists()
    os.close(descriptor)


def test_its_catalog_goes_too(run: Run, home: Path, sales: Path) -> None:
    run("new", "How many are there?", "--source", "sales", "--wait")
    assert [*home.glob("cache/catalog-*")]
    run("source", "remove", "sales")
    assert not [*home.glob("cache/catalog-*")]
    assert sales.exists()
