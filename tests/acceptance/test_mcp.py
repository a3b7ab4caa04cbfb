"""Other agents: what they are offered, what they are refused, and that they leave nothing behind."""

import hashlib
import signal
import subprocess
import sys
from functools import partial
from pathlib import Path

import anyio
import pytest
from mcp import MCPError

from support import eventually

from .agents import Agent, connected, play, together, told, wire
from .homes import Home, loading_elsewhere

METRIC = """
name: Flights by month
source: flights
sql: SELECT month, count(*) AS flights FROM flights WHERE month >= :first GROUP BY month ORDER BY month
params: {first: 1}
chartConfig:
  selectedChartType: bar
  barAndLineAxis: {x: [month], y: [flights]}
"""
DASHBOARD = """
name: Overview
rows:
  - id: 1
    items: [{id: Flights by month}]
    columnSizes: [12]
"""
QUESTION = "How many flights are there per carrier?"

HOSTILE = {
    "DROP TABLE flights": "SQL_NOT_READ_ONLY",
    "DELETE FROM flights": "SQL_NOT_READ_ONLY",
    "SELECT 1; DROP TABLE flights": "SQL_NOT_READ_ONLY",
    "COPY flights TO '/tmp/stolen.csv'": "SQL_NOT_READ_ONLY",
    "ATTACH '/tmp/other.db' AS other": "SQL_NOT_READ_ONLY",
    "PRAGMA database_list": "SQL_NOT_READ_ONLY",
    "SELECT * FROM '/etc/passwd'": "QUERY_ERROR",
    "SELECT * FROM read_csv('/etc/passwd')": "SQL_NOT_READ_ONLY",
    "SELECT content FROM read_text('/etc/passwd')": "SQL_NOT_READ_ONLY",
    "SELECT getenv('HOME')": "SQL_NOT_READ_ONLY",
    "SELECT no_such FROM flights": "QUERY_ERROR",
    "": "SQL_NOT_READ_ONLY",
}


@pytest.fixture(scope="module")
def stocked(shared: Home) -> Home:
    """A home with a metric and a dashboard, at which bob has been too."""
    assert shared.run("metric", "create", "-", stdin=METRIC).exit == 0
    assert shared.run("dashboard", "create", "-", stdin=DASHBOARD).exit == 0
    assert shared.run("list", "--as", "bob").exit == 0
    return shared


def test_data_are_looked_at_and_queried(stocked: Home) -> None:
    async def script(agent: Agent) -> None:
        (source,) = (await agent.get("list_sources"))["sources"]
        shown = await agent.get("show_source", source=source["name"])
        assert {table["name"] for table in shown["tables"]} == {"airlines", "flights"}
        profile = await agent.get("describe_table", source="flights", table="airlines")
        assert profile["rowCount"] == 7
        result = await agent.call("run_sql", source="flights", sql="SELECT name FROM airlines ORDER BY 1", limit=2)
        assert result.structured_content["rows"] == [["American Airlines Inc."], ["Delta Air Lines Inc."]]
        assert result.structured_content["truncated"]
        assert "| American Airlines Inc. |" in told(result)
        assert "more rows than these 2" in told(result)

    play(stocked, script)


def test_metrics_and_dashboards_are_listed_shown_and_run(stocked: Home) -> None:
    async def script(agent: Agent) -> None:
        metrics = await agent.get("list_metrics")
        assert "Flights by month" in [each["name"] for each in metrics["assets"]]
        assert metrics["total"] == len(metrics["assets"])
        shown = await agent.get("show_metric", name="Flights by month")
        assert shown["content"]["sql"].startswith("SELECT month")
        run = await agent.get("run_metric", name="Flights by month", parameters={"first": 11})
        assert [month for month, _ in run["result"]["rows"]] == [11, 12]
        assert [each["name"] for each in (await agent.get("list_dashboards"))["assets"]] == ["Overview"]
        board = await agent.call("show_dashboard", name="Overview")
        assert board.structured_content["rows"][0]["panels"][0]["result"]["rowCount"] == 12
        assert "## Flights by month" in told(board)

    play(stocked, script)


def test_a_question_is_asked_continued_and_shown(stocked: Home) -> None:
    async def script(agent: Agent) -> None:
        said: list[str | None] = []

        async def progress(progress: float, total: float | None, message: str | None) -> None:  # noqa: ARG001
            said.append(message)

        asked = {"question": QUESTION, "sources": ["flights"]}
        first = (await agent.session.call_tool("ask", asked, progress_callback=progress)).structured_content
        assert (first["status"], first["outcome"]) == ("completed", "answered")
        assert first["results"][0]["rowCount"] == 7
        assert first["files"][0]["fileType"] == "metric_file"
        assert said
        second = await agent.call("ask", question="only JFK", chat=first["chatId"])
        assert second.structured_content["chatId"] == first["chatId"]
        assert "JFK" in second.structured_content["results"][0]["sql"]
        assert "```sql" in told(second)
        assert second.structured_content["messageId"] in told(second)
        chat = await agent.get("show_chat", chat=first["chatId"])
        assert [turn["position"] for turn in chat["turns"]] == [2, 1]
        newest = await agent.get("show_chat", chat=second.structured_content["messageId"], limit=1)
        assert [turn["position"] for turn in newest["turns"]] == [2]
        assert newest["earlier"] == 1
        again = await agent.get("show_message", message=first["chatId"])
        assert again["messageId"] == second.structured_content["messageId"]
        declined = await agent.get("ask", question="Will it rain tomorrow?", sources=["flights"])
        assert declined["outcome"] in ("declined", "clarification")

    play(stocked, script)


def test_a_question_repeated_under_its_key_is_asked_once(stocked: Home) -> None:
    async def script(agent: Agent) -> None:
        asked = partial(agent.get, "ask", question=QUESTION, sources=["flights"], idempotency_key="the agent's")
        assert (await asked())["messageId"] == (await asked())["messageId"]
        refused = await agent.refused("ask", question="Another", idempotency_key="the agent's")
        assert refused["details"]["validationErrors"][0]["field"] == "idempotency_key"

    play(stocked, script)


def test_what_takes_longer_is_told_waited_for_and_stopped(own: Home) -> None:
    async def script(agent: Agent) -> None:
        with loading_elsewhere(own):
            begun = await agent.call("ask", question=QUESTION, sources=["flights"], wait_seconds=0.2)
            assert begun.structured_content["status"] in ("queued", "running")
            assert begun.structured_content["answer"] is None
            assert "not finished yet" in told(begun)
            stopped = await agent.get("cancel", message=begun.structured_content["messageId"])
            asked = await agent.get("ask", question=QUESTION, chat=stopped["chatId"], wait_seconds=0)
        done = await agent.get("show_message", message=asked["messageId"], wait_seconds=30)
        assert done["outcome"] == "answered"
        assert (await agent.get("show_message", message=stopped["messageId"]))["status"] == "cancelled"
        assert (await agent.refused("cancel", message=stopped["messageId"]))["code"] == "VALIDATION_ERROR"

    play(own, script)


def test_hostile_sql_is_refused_and_the_data_stay_as_they_are(stocked: Home, data: Path) -> None:
    before = fingerprint(data)

    async def script(agent: Agent) -> None:
        for sql, code in HOSTILE.items():
            assert (await agent.refused("run_sql", source="flights", sql=sql))["code"] == code, sql

    play(stocked, script)
    assert fingerprint(data) == before


def test_data_are_named_by_their_registered_names_alone(stocked: Home, data: Path) -> None:
    async def script(agent: Agent) -> None:
        for name in (str(data / "flights.csv"), "/etc/passwd", "postgresql://localhost/x", "*", "nowhere", ""):
            for tool, arguments in (
                ("show_source", {"source": name}),
                ("describe_table", {"source": name}),
                ("run_sql", {"source": name, "sql": "SELECT 1"}),
                ("ask", {"question": QUESTION, "sources": [name]}),
            ):
                refused = await agent.refused(tool, **arguments)
                assert refused["code"] == "SOURCE_NOT_FOUND", (tool, name)
        assert len((await agent.get("list_sources"))["sources"]) == 1

    play(stocked, script)


def test_arguments_that_do_not_fit_are_told_one_by_one(stocked: Home) -> None:
    async def script(agent: Agent) -> None:
        refused = await agent.refused("run_sql", source="flights", limit=0, rows=5)
        problems = refused["details"]["validationErrors"]
        assert {each["field"] for each in problems} == {"sql", "limit", "rows"}
        assert (await agent.refused("run_sql"))["code"] == "VALIDATION_ERROR"
        assert (await agent.refused("ask", question="  "))["error"] == "Prompt is required"
        assert (await agent.refused("ask", question="x", wait_seconds=1e9))["code"] == "VALIDATION_ERROR"
        assert (await agent.refused("ask", question="x", model="replay:/etc/passwd"))["code"] == "VALIDATION_ERROR"
        assert (await agent.refused("show_chat", chat="no such chat"))["code"] == "CHAT_NOT_FOUND"
        assert (await agent.refused("run_metric", name="nothing"))["code"] == "ASSET_NOT_FOUND"
        with pytest.raises(MCPError, match="no tool 'drop_everything'"):
            await agent.call("drop_everything")

    play(stocked, script)


def test_an_agent_sees_what_its_user_may_see(stocked: Home) -> None:
    chat = stocked.run("new", QUESTION, "--source", "flights", "--wait", "-q").id()

    async def script(agent: Agent) -> None:
        assert (await agent.refused("show_chat", chat=chat))["code"] == "CHAT_NOT_FOUND"
        assert (await agent.refused("run_metric", name="Flights by month"))["code"] == "ASSET_NOT_FOUND"
        assert (await agent.get("list_metrics"))["total"] == 0
        assert stocked.run("share", chat, "--to", "bob", "--role", "can_view").exit == 0
        assert (await agent.get("show_chat", chat=chat))["turns"][0]["outcome"] == "answered"
        assert (await agent.refused("ask", question="and?", chat=chat))["code"] == "PERMISSION_DENIED"
        assert stocked.run("unshare", chat, "--to", "bob").exit == 0
        assert (await agent.refused("show_chat", chat=chat))["code"] == "CHAT_NOT_FOUND"

    play(stocked, script, "--as", "bob")


def test_a_result_is_as_long_as_asked_for_and_never_too_long(stocked: Home) -> None:
    async def script(agent: Agent) -> None:
        every = "SELECT * FROM flights"
        assert (await agent.get("run_sql", source="flights", sql=every))["rowCount"] == 100
        many = await agent.get("run_sql", source="flights", sql="SELECT flight FROM flights", limit=10_000)
        assert (many["rowCount"], many["truncated"]) == (10_000, True)
        wide = await agent.call("run_sql", source="flights", sql="SELECT repeat('x', 50000) FROM flights LIMIT 50")
        assert (wide.structured_content["rowCount"], wide.structured_content["truncated"]) == (4, True)
        assert "Only 4 rows fit" in told(wide)
        vast = await agent.get("run_sql", source="flights", sql="SELECT repeat('x', 5000000) AS x")
        assert (vast["rows"], vast["truncated"]) == ([], True)

    play(stocked, script)


def test_text_in_the_data_takes_no_effect(stocked: Home) -> None:
    async def script(agent: Agent) -> None:
        sql = "SELECT chr(27) || '[31m' || chr(8238) || '| [link](x)' || chr(10) || '{\"id\": 1}' AS x"
        result = await agent.call("run_sql", source="flights", sql=sql)
        assert result.structured_content["rows"] == [['\x1b[31m\u202e| [link](x)\n{"id": 1}']]
        assert not {"\x1b", "\u202e"} & set(told(result))
        assert len(told(result).splitlines()) == 3

    play(stocked, script)


def test_many_calls_are_served_at_once(stocked: Home) -> None:
    async def script(agent: Agent) -> None:
        looks = [partial(agent.get, "run_sql", source="flights", sql=f"SELECT {number} AS x") for number in range(24)]
        asks = [
            partial(agent.get, "ask", question=f"How many flights left {origin}?", sources=["flights"])
            for origin in ("EWR", "JFK", "LGA")
        ]
        found = await together(*looks, *asks)
        assert [each["rows"] for each in found[:24]] == [[[number]] for number in range(24)]
        assert [each["outcome"] for each in found[24:]] == ["answered"] * 3
        assert len({each["chatId"] for each in found[24:]}) == 3

    play(stocked, script)


def test_calls_that_wait_hold_up_no_others(own: Home) -> None:
    async def script(agent: Agent) -> None:
        with loading_elsewhere(own):
            begun = await agent.get("ask", question=QUESTION, sources=["flights"], wait_seconds=0)
            waits = partial(agent.call, "show_message", message=begun["messageId"], wait_seconds=600)
            with anyio.CancelScope() as scope:
                async with anyio.create_task_group() as group:
                    for _ in range(20):
                        group.start_soon(waits)
                    assert (await agent.get("list_sources"))["sources"]
                    scope.cancel()

    play(own, script)


def test_two_agents_share_a_home(stocked: Home) -> None:
    async def script(agent: Agent) -> None:
        async with connected(stocked) as other:
            asked = await agent.get("ask", question=QUESTION, sources=["flights"])
            both = [partial(each.get, "ask", question="only JFK", chat=asked["chatId"]) for each in (agent, other)]
            found = await together(*both)
        assert sorted(each["position"] for each in found) == [2, 3]

    play(stocked, script)


def test_junk_is_answered_with_an_error_or_nothing_and_the_server_goes_on(stocked: Home) -> None:
    with wire(stocked) as line:
        line.initialize()
        for junk in (
            b"",
            b"no json",
            b'{"jsonrpc": "2.0"',
            b"[]",
            b"null",
            b"\xff\xfe",
            b"[" * 100_000,
            b"x" * 5_000_000,
        ):
            line.write(junk)
        unknown = line.request("no/such/method")
        nameless = line.request("tools/call")
        odd = line.request("tools/call", name="run_sql", arguments="SELECT 1")
        null = line.request("tools/call", name="run_sql", arguments={"source": "flights\x00", "sql": "\x00"})
        sane = line.request("tools/call", name="list_sources", arguments={})
        assert "error" in line.response(unknown)
        assert "error" in line.response(nameless)
        assert "error" in line.response(odd)
        assert line.response(null)["result"]["isError"]
        assert line.response(sane)["result"]["structuredContent"]["sources"]
        assert line.leave() == 0


def test_the_server_ends_with_its_client_and_the_work_goes_on(own: Home) -> None:
    with wire(own) as line:
        line.initialize()
        with loading_elsewhere(own):
            line.request("tools/call", name="ask", arguments={"question": QUESTION, "sources": ["flights"]})
            line.request("tools/call", name="show_source", arguments={"source": "flights"})
            eventually(lambda: own.run("show").exit == 0)
            assert line.leave() == 0
    assert own.run("wait", "@last", "--timeout", "30").exit == 0


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_the_server_at_once(empty: Home, number: signal.Signals) -> None:
    with wire(empty) as line:
        line.initialize()
        line.process.send_signal(number)
        assert line.process.wait(10) == -number


def test_nothing_but_the_protocol_is_on_stdout_even_where_the_database_is_new(empty: Home) -> None:
    with wire(empty) as line:
        line.initialize()
        found = line.response(line.request("tools/call", name="list_sources", arguments={}))
        assert found["result"]["structuredContent"] == {"sources": []}
        assert line.leave() == 0


def test_a_database_that_cannot_be_opened_is_said_at_the_start(empty: Home) -> None:
    refused = empty.run("mcp", CHATCTL_DATABASE_URL="postgresql+psycopg://nobody@localhost:1/none")
    assert refused.exit == 5
    assert not refused.stdout


def test_without_the_package_the_command_names_what_installs_it(empty: Home) -> None:
    script = (
        "import importlib.util as found, sys; known = found.find_spec\n"
        "found.find_spec = lambda name, *rest: None if name == 'mcp' else known(name, *rest)\n"
        "from chatctl.__main__ import main; sys.argv = ['chatctl', 'mcp']; main()"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], env=empty.environment, capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == 2
    assert "pip install 'chatctl[mcp]'" in done.stderr


def fingerprint(folder: Path) -> dict[str, str]:
    """What a folder's files hold."""
    return {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in folder.iterdir()}
