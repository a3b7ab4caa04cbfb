"""show and list: pages, orders, formats."""

import csv
import io
import subprocess
import sys
from pathlib import Path
from uuid import uuid4

import pytest

import support
from chatctl.domain.chats import ResultEntry
from chatctl.domain.results import Column
from support import Run, Worker

pytestmark = pytest.mark.usefixtures("seeded")

RESULT = ResultEntry(
    id=uuid4(),
    source="flights",
    sql="SELECT carrier, n FROM flights",
    columns=[Column(name="carrier", type="text"), Column(name="n", type="integer")],
    rows=[["AA", 5], ["B,B", None], ['"q"', 7], ["", 8]],
    row_count=4,
    truncated=True,
    elapsed_ms=1.5,
)


@pytest.fixture
def long_chat(run: Run) -> str:
    """A chat of five messages."""
    chat = run("new", "q1", "-q").id()
    for number in range(2, 6):
        run("send", f"q{number}", "--chat-id", chat)
    return chat


def positions(outcome: support.Outcome) -> list[int]:
    support.check("chat", outcome.json())
    return [message["position"] for message in outcome.json()["messages"]]


def test_messages_come_newest_first_unless_told_otherwise(run: Run, long_chat: str) -> None:
    assert positions(run("show", long_chat, "--json")) == [5, 4, 3, 2, 1]
    assert positions(run("show", long_chat, "--json", "--order", "oldest")) == [1, 2, 3, 4, 5]
    assert positions(run("show", long_chat, "--json", "--limit", "2")) == [5, 4]
    assert positions(run("show", long_chat, "--json", "--limit", "2", "--before", "4")) == [3, 2]
    assert positions(run("show", long_chat, "--json", "--before", "1")) == []
    assert run("show", long_chat, "--order", "random").exit == 2
    assert run("show", long_chat, "--limit", "0").exit == 2


def test_show_in_plain_text_reads_from_the_oldest(run: Run, long_chat: str) -> None:
    shown = run("show", long_chat).stdout
    assert shown.index("q1") < shown.index("q5")
    assert "\x1b" not in shown


def test_show_of_a_chat_as_rows(run: Run, long_chat: str) -> None:
    rows = list(csv.DictReader(io.StringIO(run("show", long_chat, "-o", "csv").stdout)))
    assert [(row["position"], row["requestMessage"], row["status"]) for row in rows] == [
        (str(number), f"q{number}", "queued") for number in range(1, 6)
    ]


def test_show_prints_ids_only_where_asked(run: Run, long_chat: str) -> None:
    assert run("show", long_chat, "-q").id() == long_chat
    newest = run("show", long_chat, "--json").json()["messages"][0]["id"]
    assert run("show", newest, "-q").id() == newest


def test_the_data_of_an_answer(run: Run, worker: Worker) -> None:
    message = run("new", "x", "--json").json()["newMessageId"]
    worker.answer(message, "See", RESULT)
    (entry,) = [run("show", message, "--json").json()["responseMessages"]["messages"][1]]
    support.check("result", entry)
    assert entry | {"id": None, "chartConfig": None} == RESULT.model_dump(mode="json", by_alias=True) | {"id": None}
    shown = run("show", "--data", "-o", "csv")
    assert shown.stdout.replace("\r\n", "\n") == 'carrier,n\nAA,5\n"B,B",\n"""q""",7\n"",8\n'
    assert "more rows" in shown.stderr
    table = list(csv.reader(io.StringIO(shown.stdout)))
    assert [[cell or None for cell in row] for row in table[1:]] == [
        [str(cell) if cell not in (None, "") else None for cell in row] for row in RESULT.rows
    ]
    support.check("result", run("show", "--data", "--json").json())
    assert run("show", "--data", "-o", "ndjson").ndjson()[0] == {"carrier": "AA", "n": 5}


def test_a_chat_without_data_says_so(run: Run) -> None:
    run("new", "x")
    shown = run("show", "--data")
    assert (shown.exit, shown.stdout) == (0, "")
    assert "no result" in shown.stderr


def test_the_sql_is_one_flag_away(run: Run, worker: Worker) -> None:
    message = run("new", "x", "--json").json()["newMessageId"]
    worker.answer(message, "See", RESULT)
    assert RESULT.sql in run("show", "--sql").stdout
    assert run("show", message, "--raw", "--json").json() == [[{"kept": "See"}]]


# list


def test_list_is_an_array_newest_first_with_counts(run: Run) -> None:
    assert run("list", "--json").json() == []
    one = run("new", "one", "-q").id()
    two = run("new", "two", "-q").id()
    run("send", "more", "--chat-id", one)
    values = run("list", "--json").json()
    support.check("list", values)
    assert [(value["id"], value["messageCount"], value["lastStatus"]) for value in values] == [
        (one, 2, "queued"),
        (two, 1, "queued"),
    ]
    assert [value["id"] for value in run("list", "-o", "ndjson").ndjson()] == [one, two]
    assert run("list", "-q").stdout == f"{one}\n{two}\n"


def test_an_empty_list_is_no_error(run: Run) -> None:
    empty = run("list")
    assert (empty.exit, empty.stdout) == (0, "")
    assert "chatctl new" in empty.stderr


def test_the_next_cursor_is_on_stderr(run: Run) -> None:
    ids = [run("new", f"q{number}", "-q").id() for number in range(5)]
    seen: list[str] = []
    more: list[str] = []
    for _ in range(3):
        page = run("list", "-n", "2", "--json", *more)
        seen += [value["id"] for value in page.json()]
        more = page.stderr.split()[-2:] if page.stderr else []
    assert seen == ids[::-1]
    assert more == []
    assert run("list", "--cursor", "nonsense").exit == 2


def test_filters(run: Run) -> None:
    one, two = run("new", "one", "-q").id(), run("new", "two", "-q").id()
    run("cancel", one)
    assert run("list", "-q", "--status", "cancelled").id() == one
    assert run("list", "-q", "--status", "queued").id() == two
    assert run("list", "-q", "--since", "1h").stdout.split() == [one, two]
    assert run("list", "-q", "--since", "2999-01-01").stdout == ""
    for wrong in (("--status", "done"), ("--since", "yesterday"), ("--since", "9" * 20 + "d"), ("-n", "0")):
        refused = run("list", "--json", *wrong)
        assert (refused.exit, refused.stdout) == (2, "")
        refused.error()


def test_the_plain_list_is_tab_separated_and_whole(run: Run) -> None:
    title = "long " * 19
    chat = run("new", "x", "--title", title, "-q").id()
    (line,) = run("list").stdout.splitlines()
    assert line.split("\t")[:4] == [chat, title.strip(), "queued", "1"]
    assert line.endswith("Z")


def test_text_of_others_is_shown_as_data(run: Run) -> None:
    prompt = "\x1b[31mred\x07 [bold]x[/bold] \u202eback"
    run("new", prompt)
    for format in ("plain", "table", "md", "json"):
        for shown in (run("show", "-o", format), run("list", "-o", format)):
            assert shown.exit == 0
            assert not {"\x1b", "\x07", "\u202e"} & set(shown.stdout)
            assert "[bold]x[/bold]" in shown.stdout.replace("\\[", "[").replace("\\]", "]")


def test_a_result_as_parquet_reads_back(scratch: Path, run: Run) -> None:
    source, target = scratch / "cities.csv", scratch / "again.parquet"
    source.write_text("city,inhabitants,share\nOslo,700000,1.5\nBergen,,2.25\n")
    query = [sys.executable, "-m", "chatctl", "sql", "SELECT * FROM cities", "--source", str(source), "-o", "parquet"]
    with target.open("wb") as out:
        subprocess.run(query, stdin=subprocess.DEVNULL, stdout=out, check=True)
    again = run("sql", "SELECT * FROM again", "--source", str(target), "-o", "csv")
    assert again.stdout == "city,inhabitants,share\nOslo,700000,1.5\nBergen,,2.25\n"


def test_parquet_is_for_results_only(run: Run) -> None:
    refused = run("list", "-o", "parquet")
    assert (refused.exit, refused.stdout) == (2, "")
