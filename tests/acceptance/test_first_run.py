"""A new user's first minutes: nothing is there, and a few commands later there is an answer in a CSV file."""

import os
import stat
from pathlib import Path

import pytest

from support import eventually

from .homes import Home

BY_HAND = """
chatctl source add flights ./nycflights13/*.csv >columns.txt
chatctl new "What is the average arrival delay by carrier?" --source flights --wait >first.txt
chatctl send -c "only the top 5, as a bar chart" --wait >second.txt
ID=$(chatctl new -q "How many flights were there per month?" --source flights) && chatctl wait $ID >waited.txt \\
  && chatctl show $ID --data -o csv >third.csv
chatctl show --json | jq '.messages[0].status' >status.txt
"""


@pytest.fixture(params=[pytest.param("generated", marks=pytest.mark.slow), "real"])
def folder(request: pytest.FixtureRequest, data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A working folder with ./nycflights13 in it: tables like the real ones, and the real ones where they are."""
    there = os.environ.get("CHATCTL_TEST_FLIGHTS")
    if request.param == "real" and not there:
        pytest.skip("CHATCTL_TEST_FLIGHTS names no folder of nycflights13 (scripts/test fetches it)")
    work = tmp_path / "work"
    work.mkdir()
    (work / "nycflights13").symlink_to(data if request.param == "generated" else str(there))
    monkeypatch.chdir(work)
    return work


@pytest.fixture
def newcomer(tmp_path: Path) -> Home:
    """Someone without any setting, in a home folder that is empty."""
    (tmp_path / "me").mkdir()
    home = Home(tmp_path / "me" / "data" / "chatctl", {"CHATCTL_IDLE_EXIT": "0.5"})
    home.environment |= {"HOME": str(tmp_path / "me"), "XDG_DATA_HOME": str(tmp_path / "me" / "data")}
    del home.environment["CHATCTL_HOME"]
    return home


def test_the_first_commands_give_answers_and_leave_no_process(folder: Path, newcomer: Home) -> None:
    ran = newcomer.shell(BY_HAND)
    assert ran.exit == 0, ran.stderr
    carriers = (folder / "first.txt").read_text().splitlines()[-5:]
    assert all(len(line.split("\t")) == 2 for line in carriers)
    top = (folder / "second.txt").read_text().splitlines()[-5:]
    averages = [float(line.split("\t")[1]) for line in top]
    assert averages == sorted(averages, reverse=True)
    months = (folder / "third.csv").read_text().splitlines()
    assert [line.split(",")[0] for line in months] == ["month", *map(str, range(1, 13))]
    assert sum(int(line.split(",")[1]) for line in months[1:]) == _lines(folder / "nycflights13" / "flights.csv") - 1
    assert (folder / "status.txt").read_text() == '"completed"\n'
    assert stat.S_IMODE(newcomer.folder.stat().st_mode) == 0o700
    eventually(lambda: not newcomer.processes() and not newcomer.locked())


def test_before_anything_was_done_commands_say_what_to_do(empty: Home) -> None:
    listed, shown, sources = empty.together(["list"], ["show"], ["source", "list"])
    assert (listed.exit, listed.stdout) == (0, "")
    assert "chatctl new" in listed.stderr
    assert (shown.exit, shown.stdout) == (3, "")
    assert "chatctl new" in shown.stderr
    assert (sources.exit, sources.stdout) == (0, "")
    assert "chatctl source add" in sources.stderr


def _lines(path: Path) -> int:
    return path.read_bytes().count(b"\n")
