"""What a user types becomes a source, or a clear word."""

import subprocess
import sys
from pathlib import Path

import pytest

from chatctl.domain.errors import SourceError
from chatctl.engines.sources import resolve, suggest_name

from .samples import make, reachable


@pytest.fixture
def data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of data files, which is the working folder, too."""
    folder = tmp_path / "data"
    folder.mkdir()
    for name in ("a.csv", "b.parquet", "c.tsv", "notes.txt", ".hidden.csv", "Sales 2024.CSV", "x[1].csv"):
        (folder / name).write_text("a,b\n1,2\n")
    monkeypatch.chdir(folder)
    monkeypatch.setenv("HOME", str(folder))
    return folder


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        ("a.csv", "a.csv"),
        ("./a.csv", "a.csv"),
        ("../data/a.csv", "a.csv"),
        ("~/a.csv", "a.csv"),
        ("Sales 2024.CSV", "Sales 2024.CSV"),
        ("x[1].csv", "x[1].csv"),
        ("*.csv", "*.csv"),
        ("~/*.tsv", "*.tsv"),
        ("../*/a.csv", "../*/a.csv"),
        (".", ""),
    ],
)
def test_paths_folders_and_patterns(data: Path, typed: str, expected: str) -> None:
    location = data.parent / expected.removeprefix("../") if expected.startswith("../") else data / expected
    assert resolve([typed]) == ("files", [str(location)])


def test_several_locations_keep_their_order_without_doubles(data: Path) -> None:
    assert resolve(["c.tsv", "a.csv", "./c.tsv"]) == ("files", [str(data / "c.tsv"), str(data / "a.csv")])


def test_file_urls(data: Path) -> None:
    assert resolve([(data / "Sales 2024.CSV").as_uri()]) == ("files", [str(data / "Sales 2024.CSV")])


@pytest.mark.parametrize("kind", ["sqlite", "duckdb"])
@pytest.mark.parametrize("name", ["shop.db", "shop", "shop.csv"])
def test_databases_are_known_by_their_first_bytes(tmp_path: Path, kind: str, name: str) -> None:
    (file,) = make(kind, tmp_path / "made").files
    path = file.rename(tmp_path / name)
    assert resolve([str(path)]) == (kind, [str(path)])
    assert resolve([f"{kind}:///{path}"]) == (kind, [str(path)])
    assert resolve([f"{kind}+driver:///{path}"]) == (kind, [str(path)])


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        (["nothing.csv"], "no file or folder"),
        (["a.cvs"], "no file or folder"),
        (["*.json"], "No data file matches"),
        (["notes.txt"], "unsupported type (.txt)"),
        (["nosuffix"], "unsupported type"),
        (["book.xlsx"], "is a spreadsheet"),
        (["empty.db"], "is empty"),
        (["junk.sqlite"], "not a SQLite or DuckDB database"),
        (["empty-folder"], "has no data files"),
        (["a.csv/b.csv"], "Cannot read"),
        (["a.csv", "shop.sqlite"], "files and sqlite"),
        (["shop.sqlite", "other.sqlite"], "one database"),
        (["sqlite:///a.csv"], "not a sqlite database"),
        (["https://example.org/a.csv"], "Cannot read from"),
        (["s3://bucket/a.csv"], "Cannot read from"),
        ([], "at least one"),
    ],
)
def test_what_cannot_be_a_source_is_told_with_a_hint(data: Path, typed: list[str], words: str) -> None:
    (data / "nosuffix").write_text("a,b\n")
    (data / "book.xlsx").write_bytes(b"PK\x03\x04")
    (data / "empty.db").touch()
    (data / "junk.sqlite").write_bytes(b"junk" * 50)
    (data / "empty-folder").mkdir()
    for name in ("shop.sqlite", "other.sqlite"):
        make("sqlite", data / "made").files[0].rename(data / name)
    with pytest.raises(SourceError) as caught:
        resolve(typed)
    assert words in caught.value.message
    assert caught.value.hint


def test_a_misspelt_name_is_set_right(data: Path) -> None:  # noqa: ARG001
    with pytest.raises(SourceError) as caught:
        resolve(["a.cvs"])
    assert caught.value.hint == "Did you mean 'a.csv'?"


@pytest.mark.parametrize(
    ("location", "name"),
    [
        ("/x/flights.csv", "flights"),
        ("/x/flights.csv.gz", "flights"),
        ("/x/Sales 2024 (final).csv", "Sales_2024_final"),
        ("/x/2024.csv", "d_2024"),
        ("/x/nycflights13/*.csv", "nycflights13"),
        ("/x/größe.parquet", "größe"),
        ("/x/---.csv", "data"),
        ("sqlite:////x/shop.db", "shop"),
        ("file:///x/my%20data.csv", "my_data"),
        ("postgresql://ada:${PW}@db/shop?schema=sales", "shop"),
        ("postgresql://${USER}@db.example.org:${PORT}", "db_example_org"),
        ("mysql+pymysql://ada@db/${NAME}", "db"),
        ("sqlite+pysqlite:////x/shop.db", "shop"),
    ],
)
def test_names_are_suggested(location: str, name: str) -> None:
    assert suggest_name(location) == name


def test_a_folder_names_its_source(data: Path) -> None:
    assert suggest_name(str(data)) == "data"


FORBIDDEN = """
import os
import sys
from chatctl.domain.errors import SourceError
from chatctl.engines.sources import resolve
if os.geteuid() == 0:
    os.setgroups([])
    os.setgid(65534)
    os.setuid(65534)
try:
    resolve([sys.argv[1]])
except SourceError as error:
    print(error.message)
"""


@pytest.mark.parametrize("name", ["secret.csv", "secret"])
def test_what_may_not_be_read_is_told(tmp_path: Path, name: str) -> None:
    reachable(tmp_path)
    path = tmp_path / name
    if path.suffix:
        path.write_text("a\n1\n")
    else:
        path.mkdir()
    path.chmod(0)
    done = subprocess.run([sys.executable, "-c", FORBIDDEN, str(path)], capture_output=True, text=True, check=False)
    path.chmod(0o700)
    assert done.stdout == f"No permission to read {str(path)!r}.\n", done.stderr


def test_naming_sources_loads_no_driver() -> None:
    script = (
        "import sys, chatctl.engines.sources as s; s.suggest_name('a.csv');"
        "sys.exit(bool({'duckdb', 'sqlglot', 'sqlite3', 'pysqlite3'} & set(sys.modules)))"
    )
    assert subprocess.run([sys.executable, "-c", script], check=False).returncode == 0
