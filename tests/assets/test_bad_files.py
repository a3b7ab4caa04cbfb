"""Bad files are refused with the line, the key and what to do, and leave what is stored as it is.

The first line of each file in `bad` says what is to be found in the first problem: `# line 3, key: words`. Files
that cannot have such a line are in the table below.
"""

import re
from pathlib import Path

import pytest

from chatctl.domain.asset_files import parse_bytes
from chatctl.domain.chats import FileType
from chatctl.domain.errors import AssetInvalid
from chatctl.runtime import Runtime
from support import Run

BAD = sorted((Path(__file__).parent / "bad").glob("*.yaml"))
BYTES = {
    "metric-bytes-binary": "line 2, file: not UTF-8",
    "metric-bytes-empty": "line 1, file: empty",
    "metric-bytes-escape": "line 8, file: U+001B",
    "metric-bytes-latin-1": "line 8, file: save the file as UTF-8",
    "metric-bytes-nul": "line 8, file: U+0000",
    "metric-bytes-utf-16": "line 1, file: save the file as UTF-8",
}
STORED: dict[FileType, str] = {"metric_file": "Flights per month", "dashboard_file": "Departures"}


def test_there_are_many_of_them() -> None:
    assert len(BAD) >= 60


@pytest.mark.parametrize("path", BAD, ids=lambda path: path.stem)
def test_a_bad_file_is_refused_and_changes_nothing(looked_at: Runtime, path: Path) -> None:
    file_type: FileType = "metric_file" if path.stem.startswith("metric") else "dashboard_file"
    before = looked_at.assets.show(file_type, STORED[file_type])
    with pytest.raises(AssetInvalid) as refused:
        looked_at.assets.change(parse_bytes(path.read_bytes(), file_type, origin=path.name), STORED[file_type])
    assert _fits(refused.value, BYTES.get(path.stem) or _expected(path))
    assert refused.value.message.startswith(f"{path.name} is not valid: line ")
    assert looked_at.assets.show(file_type, STORED[file_type]) == before


def test_too_large_and_too_deep_files_are_refused_quickly() -> None:
    for text, words in (("x" * 1_000_001, "longer than"), ("[" * 900_000, "nested more than")):
        with pytest.raises(AssetInvalid, match=words):
            parse_bytes(text.encode(), "metric_file")


def test_a_byte_order_mark_is_no_fault() -> None:
    from assets.conftest import METRIC

    assert parse_bytes(b"\xef\xbb\xbf" + METRIC.encode(), "metric_file") == parse_bytes(METRIC.encode(), "metric_file")


@pytest.mark.usefixtures("seeded")
def test_the_command_tells_every_problem_and_exits_2(run: Run) -> None:
    bad = str(Path(__file__).parent / "bad" / "metric-unknown-key-near.yaml")
    refused = run("metric", "create", bad, "--json")
    assert refused.exit == 2
    assert refused.error()["code"] == "ASSET_INVALID"
    assert [each["field"] for each in refused.problems()] == ["chartconfig", "chartConfig"]
    assert run("metric", "list", "--json").json() == []


def _expected(path: Path) -> str:
    return path.read_text(encoding="utf-8").partition("\n")[0].removeprefix("# ")


def _fits(error: AssetInvalid, expected: str) -> bool:
    found = re.fullmatch(r"line (\d+), (\S+): (.*)", expected)
    assert found, f"{expected!r} is not `line N, key: words`"
    problem = error.details["validationErrors"][0]
    told = (str(problem["line"]), problem["field"], problem["message"])
    assert told[:2] == (found[1], found[2]), told
    assert found[3] in problem["message"], told
    return True
