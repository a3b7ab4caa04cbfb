"""The cache of loaded files: loaded once, noticed when changed, whole or not there."""

import os
import resource
import signal
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from chatctl.domain.errors import SourceError
from chatctl.domain.results import Cell
from chatctl.engines.engine import Limits

from .samples import Opening, opened, rows

LOAD = """
import sys
from pathlib import Path
from chatctl.engines.files import open_files
try:
    engine = open_files([sys.argv[1]], Path(sys.argv[2]), lambda what, share: print(what, flush=True))
except KeyboardInterrupt:
    sys.exit(130)
print("rows", engine.tables()[0].row_count, flush=True)
"""


def load_in_a_process(path: Path, cache: Path, **options: object) -> "subprocess.Popen[str]":
    return subprocess.Popen(  # type: ignore[call-overload,no-any-return]
        [sys.executable, "-c", LOAD, str(path), str(cache)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        **options,
    )


def cached(cache: Path) -> list[str]:
    """The files of the cache, but for locks."""
    return sorted(path.name for path in cache.rglob("*") if path.is_file() and path.name != "lock")


def touch(path: Path, content: str) -> None:
    """Write the file with a time of its own: two writes may fall into one tick of the file system."""
    path.write_text(content)
    later = path.stat().st_mtime_ns + 1_000_000_000
    os.utime(path, ns=(later, later))


@pytest.fixture
def big(tmp_path: Path) -> Path:
    """A file that takes a moment to load."""
    path = tmp_path / "big.csv"
    path.write_text("id,name,value\n" + "".join(f"{n},name {n},{n / 7}\n" for n in range(100_000)))
    return path


def test_files_are_loaded_once_with_progress(tmp_path: Path, cache: Path) -> None:
    (tmp_path / "a.csv").write_text("x\n1\n")
    (tmp_path / "b.csv").write_text("x\n1\n2\n3\n")
    said: list[tuple[str, float | None]] = []
    first = opened(tmp_path / "*.csv", cache, lambda what, share: said.append((what, share)))
    assert said[0] == ("loading a.csv", 0.0)
    assert ("loading b.csv", 4 / 12) in said
    assert said[-1] == ("loaded", 1.0)
    said.clear()
    second = opened(tmp_path / "*.csv", cache, lambda what, share: said.append((what, share)))
    assert said == []
    assert first.fingerprint == second.fingerprint
    first.close()
    second.close()


def test_tables_are_named_by_stem_and_stay_apart(tmp_path: Path, cache: Path) -> None:
    for folder in ("2023", "2024"):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "sales.csv").write_text(f"year\n{folder}\n")
    (tmp_path / "2024" / "1st half.csv").write_text("x\n1\n")
    engine = opened(tmp_path / "*" / "*.csv", cache)
    assert [table.name for table in engine.tables()] == ["sales", "sales_2", "t_1st_half"]
    assert rows(engine, "sales_2") == [[2024]]
    engine.close()


def test_a_changed_file_is_noticed_and_said_once(tmp_path: Path, cache: Path) -> None:
    path = tmp_path / "flights.csv"
    path.write_text("x\n1\n")
    before = opened(path, cache)
    touch(path, "x\n2\n")
    after = opened(path, cache)
    assert after.warnings == ("flights.csv changed since it was last loaded; loaded again.",)
    assert after.fingerprint != before.fingerprint
    assert (rows(before, "flights"), rows(after, "flights")) == ([[1]], [[2]])
    assert len(cached(cache)) == 1
    again = opened(path, cache)
    assert again.warnings == ()
    for engine in (before, after, again):
        engine.close()


def test_new_and_gone_files_of_a_folder_are_noticed(tmp_path: Path, cache: Path) -> None:
    folder = tmp_path / "data"
    folder.mkdir()
    (folder / "a.csv").write_text("x\n1\n")
    opened(folder, cache).close()
    (folder / "b.csv").write_text("x\n1\n")
    (folder / "a.csv").unlink()
    engine = opened(folder, cache)
    assert [table.name for table in engine.tables()] == ["b"]
    assert set(engine.warnings) == {"b.csv is new and was loaded.", "a.csv is gone; its table is too."}
    engine.close()


def test_warnings_of_the_load_are_known_ever_after(tmp_path: Path, cache: Path) -> None:
    (tmp_path / "t.csv").write_text("a,b\n1,2\n3\n")
    first, second = opened(tmp_path / "t.csv", cache), opened(tmp_path / "t.csv", cache)
    assert first.warnings == second.warnings
    assert "too few fields" in second.warnings[0]
    first.close()
    second.close()


def test_two_processes_load_one_file_at_once(big: Path, cache: Path) -> None:
    outputs = [process.communicate(timeout=60) for process in [load_in_a_process(big, cache) for _ in range(3)]]
    assert [out.splitlines()[-1] for out, _ in outputs] == ["rows 100000"] * 3, outputs
    assert sum("loading big.csv" in out for out, _ in outputs) == 1
    assert len(cached(cache)) == 1


def test_a_killed_load_leaves_nothing_in_the_way(big: Path, cache: Path) -> None:
    process = load_in_a_process(big, cache)
    assert process.stdout is not None
    assert process.stdout.readline() == "loading big.csv\n"
    process.kill()
    process.communicate()
    engine = opened(big, cache)
    assert engine.tables()[0].row_count == 100_000
    assert len(cached(cache)) == 1
    assert list((cache / "spill").glob(f"{process.pid}-*")) == []
    engine.close()


def test_an_interrupted_load_cleans_up(big: Path, cache: Path) -> None:
    process = load_in_a_process(big, cache)
    assert process.stdout is not None
    assert process.stdout.readline() == "loading big.csv\n"
    process.send_signal(signal.SIGINT)
    _, stderr = process.communicate(timeout=20)
    assert (process.returncode, stderr) == (130, "")
    assert cached(cache) == []


def test_no_space_is_said_clearly_and_leaves_no_rubbish(big: Path, cache: Path) -> None:
    def small_disk() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (500_000, 500_000))

    process = load_in_a_process(big, cache, preexec_fn=small_disk)
    _, stderr = process.communicate(timeout=20)
    assert stderr.splitlines()[-1].startswith("chatctl.domain.errors.SourceError: There is no space left"), stderr
    assert cached(cache) == []


def test_a_damaged_cache_is_loaded_again(tmp_path: Path, cache: Path) -> None:
    (tmp_path / "t.csv").write_text("x\n1\n")
    opened(tmp_path / "t.csv", cache).close()
    (loaded,) = cache.rglob("*.duckdb")
    loaded.write_bytes(b"rubbish" * 1_000)
    engine = opened(tmp_path / "t.csv", cache)
    assert rows(engine, "t") == [[1]]
    engine.close()


def test_a_cache_that_cannot_be_made_is_said(tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_text("x\n1\n")
    (tmp_path / "cache").write_text("a file where a folder should be")
    with pytest.raises(SourceError, match="Cannot load the files"):
        opened(tmp_path / "t.csv", tmp_path / "cache")


def test_a_file_that_goes_away_is_said(tmp_path: Path, cache: Path) -> None:
    path = tmp_path / "t.csv"
    path.write_text("x\n1\n")
    opened(path, cache).close()
    path.unlink()
    with pytest.raises(SourceError, match=r"no file or folder .*t\.csv"):
        opened(path, cache)


def test_engines_of_one_process_share_a_cached_file(tmp_path: Path, cache: Path) -> None:
    (tmp_path / "t.csv").write_text("x\n1\n")
    engines = [opened(tmp_path / "t.csv", cache) for _ in range(4)]
    results: list[list[list[Cell]]] = []
    threads = [threading.Thread(target=lambda engine=engine: results.append(rows(engine, "t"))) for engine in engines]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert results == [[[1]]] * 4
    for engine in engines:
        engine.close()


def test_the_cache_s_own_tables_are_out_of_reach(opening: Opening) -> None:
    engine = opening("t.csv", "x\n1\n")
    assert [table.name for table in engine.tables()] == ["t"]
    for name in ("_chatctl.files", "_chatctl.warnings", "source._chatctl.files", "warnings"):
        with pytest.raises(SourceError, match="no table"):
            engine.run(f"SELECT * FROM {name}", Limits())  # noqa: S608
