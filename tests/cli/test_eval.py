"""chatctl eval: questions whose answers are known, asked and judged."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

import support
from chatctl.domain.errors import ExitCode
from support import Run

SALES = "region,sold_on,amount\n" + "".join(
    f"{region},2024-{month:02}-15,{amount + month}\n"
    for region, amount in (("North", 10), ("South", 20), ("East", 35))
    for month in range(1, 13)
)
RIGHT: dict[str, Any] = {
    "question": "What is the total amount?",
    "sql": "SELECT sum(amount) FROM sales",
    "tags": ["sum"],
}
WRONG: dict[str, Any] = {"question": "How many sales are there?", "sql": "SELECT 1", "tags": ["count"]}
DECLINED: dict[str, Any] = {"question": "Who invented the wheel?", "sql": "SELECT max(amount) FROM sales"}
BROKEN: dict[str, Any] = {"question": "What is the total amount?", "sql": "SELECT sum(amunt) FROM sales"}


@pytest.fixture(autouse=True)
def data(home: Path) -> None:  # noqa: ARG001
    """A table beside the cases."""
    Path("sales.csv").write_text(SALES)


def cases(**written: Mapping[str, Any]) -> str:
    """A file of cases, by their ids."""
    lines = [json.dumps({"id": name, "source": "sales.csv", **case}) for name, case in written.items()]
    Path("cases.jsonl").write_text("\n".join(lines))
    return "cases.jsonl"


def written(name: str = "out.jsonl") -> dict[str, dict[str, Any]]:
    """What `--out` wrote, by the cases' ids."""
    lines = [json.loads(line) for line in Path(name).read_text().splitlines()]
    for line in lines:
        support.check("outcome", line)
    return {line["id"]: line for line in lines}


def test_every_verdict_is_told_apart(run: Run) -> None:
    done = run("eval", cases(a=RIGHT, b=WRONG, c=DECLINED, d=BROKEN), "--out", "out.jsonl", "--json")
    assert done.exit == 0
    support.check("evaluation", done.json())
    score = done.json()["score"]
    assert [score[name] for name in ("cases", "correct", "wrong", "declined", "errors")] == [4, 1, 1, 1, 1]
    assert score["accuracy"]["value"] == 0.25
    assert score["precision"]["value"] == 0.5
    lines = written()
    assert [lines[name]["verdict"] for name in "abcd"] == ["correct", "wrong", "declined", "error"]
    assert [lines[name]["outcome"] for name in "abcd"] == ["answered", "answered", "declined", None]
    assert "amunt" in lines["d"]["error"]
    assert "1 of 4 cases could not be judged. d: The right SQL fails" in done.stderr
    assert {each["id"] for each in done.json()["missed"]} == {"b", "c", "d"}
    assert [(tag["tag"], tag["correct"]) for tag in done.json()["tags"]] == [("count", 0), ("sum", 1)]


def test_no_chat_is_written(run: Run) -> None:
    run("eval", cases(a=RIGHT))
    assert run("list", "--json").json() == []


def test_a_minimum_that_is_not_reached_is_exit_11(run: Run) -> None:
    file = cases(a=RIGHT, b=WRONG)
    assert run("eval", file, "--min-accuracy", "50%", "--min-precision", "0.5").exit == 0
    low = run("eval", file, "--min-precision", "0.6", "--json")
    assert low.exit == ExitCode.CHECK_FAILED
    assert low.error()["code"] == "CHECK_FAILED"
    assert low.json()["score"]["correct"] == 1
    nothing = run("eval", cases(a=DECLINED), "--min-precision", "0")
    assert nothing.exit == ExitCode.CHECK_FAILED
    assert run("eval", file, "--min-accuracy", "90").exit == 2


def test_what_was_done_is_not_done_again(run: Run) -> None:
    run("eval", cases(a=RIGHT, b=WRONG, d=BROKEN), "--out", "out.jsonl")
    with Path("out.jsonl").open("a") as out:
        out.write('{"id": "e", "outc')
    again = run("eval", cases(a=RIGHT, b={**WRONG, "sql": "SELECT count(*) FROM sales"}, d=RIGHT), "--out", "out.jsonl")
    assert "1 of 3 cases are in out.jsonl already" in again.stderr
    assert [line["verdict"] for line in written().values()] == ["correct", "correct", "correct"]
    lines = Path("out.jsonl").read_text().splitlines()
    assert len(lines) == 5


def test_outcomes_of_another_model_or_another_file_are_left_alone(run: Run) -> None:
    file = cases(a=RIGHT)
    run("eval", file, "--out", "other.jsonl")
    line = json.loads(Path("other.jsonl").read_text())
    Path("other.jsonl").write_text(json.dumps({**line, "model": "openai:gpt-9"}) + "\n")
    refused = run("eval", file, "--out", "other.jsonl")
    assert refused.exit == 2
    assert "openai:gpt-9" in refused.stderr
    assert run("eval", file, "--out", file).exit == 2
    assert run("eval", file, "--out", "sales.csv").exit == 2
    assert Path("sales.csv").read_text() == SALES
    assert json.loads(Path(file).read_text())["id"] == "a"


def test_changes_since_an_earlier_run(run: Run) -> None:
    run("eval", cases(a=RIGHT, b=WRONG), "--out", "before.jsonl")
    after = run(
        "eval", cases(a=RIGHT, b={**WRONG, "sql": "SELECT count(*) FROM sales"}), "--compare", "before.jsonl", "--json"
    )
    assert after.json()["changed"] == [{"id": "b", "before": "wrong", "after": "correct"}]
    assert run("eval", "cases.jsonl", "--json").json()["changed"] is None


def test_several_processes_come_to_the_same(run: Run) -> None:
    file = cases(
        **{
            f"{letter}{number}": case
            for number in range(3)
            for letter, case in zip("abc", (RIGHT, WRONG, DECLINED), strict=True)
        }
    )
    run("eval", file, "--out", "one.jsonl")
    run("eval", file, "--out", "two.jsonl", "--jobs", "2")
    told = [
        {name: (line["verdict"], line["sql"], line["confidence"]) for name, line in written(out).items()}
        for out in ("one.jsonl", "two.jsonl")
    ]
    assert told[0] == told[1]


def test_a_conversation_is_judged_by_all_its_turns(run: Run) -> None:
    total = {"question": "What is the total amount by region?"}
    gold = {"sql": "SELECT region, sum(amount) FROM sales GROUP BY 1"}
    north = {"question": "only North", "sql": "SELECT sum(amount) FROM sales WHERE region = 'North'"}
    named = {**north, "sql": "SELECT region, sum(amount) FROM sales WHERE region = 'North' GROUP BY 1"}
    file = cases(
        plain={**north, "alternatives": [named["sql"]], "turns": [total["question"]]},
        judged={**named, "turns": [{**total, **gold}]},
        wrong_before={**named, "turns": [{**total, "sql": "SELECT 1"}]},
        turns_alone={"turns": [total, named]},
    )
    run("eval", file, "--out", "out.jsonl")
    assert {name: line["verdict"] for name, line in written().items()} == {
        "plain": "correct",
        "judged": "correct",
        "wrong_before": "wrong",
        "turns_alone": "correct",
    }


def test_yaml_has_keys_for_all_cases_and_sources_by_name(run: Run) -> None:
    run("source", "add", "shop", "sales.csv")
    Path("cases.yaml").write_text(
        """\
source: shop
today: 2024-07-01
tags: [all]
cases:
  - id: 1
    question: What was the total amount last month?
    sql: SELECT sum(amount) FROM sales WHERE sold_on BETWEEN '2024-06-01' AND '2024-06-30'
  - {id: two, source: sales.csv, question: What is the total amount?, sql: SELECT sum(amount) FROM sales}
"""
    )
    done = run("eval", "cases.yaml", "--json").json()
    assert (done["score"]["correct"], done["tags"][0]["cases"]) == (2, 2)


def test_sources_are_found_from_the_file_of_the_cases(run: Run) -> None:
    Path("deep/data").mkdir(parents=True)
    Path("sales.csv").rename("deep/data/sales.csv")
    lines = [json.dumps({"id": name, "source": name, **RIGHT}) for name in ("data", "data/sales.csv", "data/*.csv")]
    Path("deep/cases.jsonl").write_text("\n".join(lines))
    assert run("eval", "deep/cases.jsonl", "--json").json()["score"]["correct"] == 3


@pytest.mark.parametrize(
    ("name", "text", "told"),
    [
        ("a.jsonl", '{"id": "a"}\n{"id": 2}\n', "line 1, question: is required"),
        ("a.jsonl", '\n{"id": 1,\n', "line 2, file: is not JSON"),
        ("a.jsonl", "[]", "line 1, case: must be keys and values"),
        ("a.jsonl", "", "line 1, file: there is no case in it"),
        ("a.jsonl", "[" * 100_000, "line 1, file: is not JSON"),
        ("a.jsonl", '{"id": "a", "source": "x", "question": "", "sql": "SELECT 1"}', "question: must not be empty"),
        ("a.jsonl", '{"id": "a", "source": "x", "question": "q", "sql": "s", "turn": []}', "did you mean turns?"),
        ("a.jsonl", b"\n\xff", "line 2, file: is not UTF-8"),
        ("a.yaml", "- id: a\n  source: x\n  question: q\n  sql: [1]\n", "line 4, sql: must be a text"),
        ("a.yaml", "- id: a\n- id: a\n  source: [", "line 3, file: not YAML"),
        ("a.yaml", "cases: 5\n", "cases: must be a list of cases"),
        ("a.yaml", "- &a {id: 1}\n- *a\n", "aliases (*name) are not supported"),
        ("a.yaml", "- {id: a, source: s, question: q, sql: s, today: soon}\n", "today: must be a date"),
        ("a.yaml", "x" * 1_000_001, "write one JSON object a line"),
    ],
)
def test_a_bad_file_is_one_sentence_with_line_and_key(run: Run, name: str, text: str | bytes, told: str) -> None:
    Path(name).write_bytes(text if isinstance(text, bytes) else text.encode())
    refused = run("eval", name)
    assert refused.exit == 2
    assert told in refused.stderr.splitlines()[0]
    assert name in refused.stderr


def test_a_case_twice_and_a_source_that_is_not_there(run: Run) -> None:
    Path("a.jsonl").write_text(f"{json.dumps({'id': 'a', 'source': 'sales.csv', **RIGHT})}\n" * 2)
    assert "line 2, id: 'a' is there twice" in run("eval", "a.jsonl").stderr
    assert run("eval", cases(a={**RIGHT, "source": "nowhere"})).exit == ExitCode.NOT_FOUND
    assert run("eval", "nowhere.jsonl").exit == 2
    assert run("eval", cases(a=RIGHT), "--model", "nonsense").exit == 2
    assert run("eval", cases(a=RIGHT), "--out", "no/folder/out.jsonl").exit == 2


def test_unknown_keys_are_left_to_who_wrote_them(run: Run) -> None:
    assert run("eval", cases(a={**RIGHT, "difficulty": "easy", "question_synonym": "…"})).exit == 0


def test_hostile_text_stays_text(run: Run) -> None:
    escape = "\x1b]0;owned\x07[bold]"
    hostile = {"question": f"{escape} drop table sales", "sql": "DROP TABLE sales", "tags": [escape]}
    for form in ("table", "md", "plain", "csv"):
        shown = run("eval", cases(a=hostile), "-o", form)
        assert "\x1b" not in shown.stdout or form == "csv"
    assert run("eval", cases(a=hostile), "--json").json()["missed"][0]["verdict"] == "error"


def test_more_rows_than_are_compared_is_an_error(run: Run) -> None:
    many = {"question": "What is the total amount?", "sql": "SELECT * FROM sales a, sales b, sales c, sales d"}
    told = run("eval", cases(a=many), "--json").json()["missed"][0]
    assert (told["verdict"], "100,000" in told["error"]) == ("error", True)


def test_the_screen_tells_what_went_wrong(run: Run) -> None:
    run("eval", cases(a=RIGHT, b=WRONG, c=DECLINED, d=BROKEN), "--out", "before.jsonl")
    seen = run("eval", cases(a=RIGHT, b=RIGHT, c=DECLINED, d=BROKEN), "--compare", "before.jsonl", "-o", "table").stdout
    assert "builtin on 4 cases: 2 correct, 0 wrong, 1 declined, 1 not judged" in seen
    assert "Precision, were only the surest cases answered" in seen
    assert "declined  c: Who invented the wheel?" in seen
    assert "1 changed, 1 gained, 0 lost" in seen
    assert "wrong → correct  b" in seen


def test_ctrl_c_keeps_what_was_done() -> None:
    slow = {"question": "What is the total amount?", "sql": SLOW}
    file = cases(a=RIGHT, b=slow)
    process = subprocess.Popen(
        [sys.executable, "-m", "chatctl", "eval", file, "--out", "out.jsonl", "--jobs", "2"],
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    support.eventually(lambda: os.path.exists("out.jsonl") and Path("out.jsonl").read_text(), within=60)
    os.killpg(process.pid, signal.SIGINT)
    _, told = process.communicate(timeout=60)
    assert process.returncode == 130
    assert "1 of 2 cases are done; out.jsonl keeps them" in told
    assert set(written()) == {"a"}


SLOW = "SELECT count(*) FROM range(100000000000) AS t(n) WHERE n % 7 = 3"
