"""`worker status` and `doctor`, on each kind of database: who works, what is stuck, and what is told in which words."""

import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import uuid4

import pytest

import servers
from chatctl.config import load
from chatctl.domain.errors import ExitCode
from chatctl.domain.health import Finding, Workers, WorkerState
from chatctl.domain.requests import ChatRequest
from chatctl.jobs import locks
from chatctl.rendering.screen import Screen
from chatctl.rendering.upkeep import findings, workers
from chatctl.runtime import Runtime
from chatctl.storage import schema

HERE, ELSEWHERE = "here-1-0a", "there-eu-7-0b"


@dataclass
class Ward:
    """A runtime on a database of its own, which others change too."""

    runtime: Runtime

    def ask(self) -> None:
        """A new message."""
        self.runtime.chats.handle(ChatRequest(prompt="x"))

    def sql(self, statement: str) -> None:
        """Change the database behind the product's back."""
        with self.runtime.database.write() as session:
            session.connection().exec_driver_sql(statement)

    def examine(self) -> tuple[dict[str, Finding], ExitCode]:
        """The findings by check, and the exit status."""
        found, worst = self.runtime.health.examine()
        return {each.check: each for each in found}, worst


@pytest.fixture(params=["sqlite", "postgresql"])
def ward(request: pytest.FixtureRequest, home: Path, blank: Path) -> Iterator[Ward]:
    """Each kind of database; the queue is a file."""
    home.mkdir()
    if request.param == "postgresql":
        url = request.getfixturevalue("postgres_url")
    else:
        url = f"sqlite:///{shutil.copy(blank, home / 'chatctl.db')}"
    flags = {"home": str(home), "database": url, "queue": f"sqlite:///{home}/queue.db", "user": "ada"}
    fresh = Ward(Runtime(load(flags, {"CHATCTL_AUTO_WORKER": "never"})))
    yield fresh
    fresh.runtime.close()


def test_workers_of_this_machine_and_of_others(ward: Ward) -> None:
    for _ in range(3):
        ward.ask()
    with locks.life(locks.run_folder(ward.runtime.config), HERE, "manual"):
        for worker in (HERE, ELSEWHERE):
            assert ward.runtime.ledger.claim_next(worker)
        told = ward.runtime.health.workers()
    assert (told.queued, told.running, told.failed_today) == (1, 2, 0)
    assert told.oldest_queued_age is not None
    here, there = told.workers
    assert (here.worker_id, here.host, here.kind, here.alive, here.running) == (HERE, "here", "manual", True, 1)
    assert (there.worker_id, there.host, there.pid, there.kind) == (ELSEWHERE, "there-eu", 7, None)
    assert (there.alive, there.started_at, there.running) == (True, None, 1)
    for each in told.workers:
        assert each.last_beat_at
        assert abs(each.last_beat_at - told.as_of) < timedelta(seconds=5)


def test_a_worker_elsewhere_whose_leases_are_over_is_gone(ward: Ward) -> None:
    ward.ask()
    assert ward.runtime.ledger.claim_next(ELSEWHERE)
    ward.sql("UPDATE message SET lease_expires_at = 1")
    assert [each.alive for each in ward.runtime.health.workers().workers] == [False]
    found, worst = ward.examine()
    assert (found["messages"].verdict, worst) == ("warning", ExitCode.OK)
    assert "1 held by workers that vanished" in found["messages"].finding
    assert ward.runtime.health.fix().recovered == 1
    assert ward.examine()[0]["messages"].verdict == "ok"


def test_a_healthy_home(ward: Ward) -> None:
    ward.ask()
    found, worst = ward.examine()
    names = ["database", "schema", "sqlite", "queue", "workers", "messages", "sources", "disk", "clock", "model"]
    assert list(found) == names
    assert worst == ExitCode.OK
    assert {each.verdict for each in found.values()} == {"ok"}, found


def test_messages_that_wait_too_long_are_an_error_of_the_queue(ward: Ward) -> None:
    ward.ask()
    ward.sql("UPDATE message SET not_before = not_before - 100")
    found, worst = ward.examine()
    assert (found["messages"].verdict, worst) == ("error", ExitCode.QUEUE)
    assert "--fix" in (found["messages"].hint or "")


@pytest.mark.parametrize(("at", "words"), [("9999", "newer version"), ("1f0a", "another program")])
def test_an_unknown_schema_is_an_error_and_nothing_else_is_read(ward: Ward, at: str, words: str) -> None:
    ward.sql(f"UPDATE alembic_version SET version_num = '{at}'")  # noqa: S608
    found, worst = ward.examine()
    assert (found["schema"].verdict, worst) == ("error", ExitCode.DATA)
    assert words in found["schema"].finding
    assert {found[name].verdict for name in ("messages", "sources", "clock")} == {"skipped"}


def test_an_older_schema_names_the_upgrade(ward: Ward) -> None:
    ward.sql("UPDATE alembic_version SET version_num = '0000'")
    found, worst = ward.examine()
    on_server = ward.runtime.bare_database.path is None
    assert (found["schema"].verdict, worst) == (("error", 5) if on_server else ("warning", 0))
    assert "0000" in found["schema"].finding
    assert ("db upgrade" in (found["schema"].hint or "")) is on_server


def test_looking_makes_neither_a_user_nor_a_database(ward: Ward, home: Path) -> None:
    ward.examine()
    with ward.runtime.bare_database.read() as session:
        assert session.connection().exec_driver_sql("SELECT count(*) FROM user_account").scalar_one() == 0
    fresh = Runtime(load({"home": str(home / "other"), "user": "ada"}, {}))
    found, worst = fresh.health.examine()
    assert worst == ExitCode.OK
    assert {each.verdict for each in found} == {"ok", "skipped"}
    assert not (home / "other" / "chatctl.db").exists()
    fresh.close()


def garbage(path: Path) -> None:
    path.write_bytes(b"this is no database" * 100)


def folder(path: Path) -> None:
    path.mkdir()


@pytest.mark.parametrize("damage", [garbage, folder])
def test_a_broken_queue_file_is_put_aside_and_told(ward: Ward, home: Path, damage: Callable[[Path], None]) -> None:
    ward.ask()
    ward.runtime.crew.close()
    for path in home.glob("queue.db*"):
        path.unlink()
    damage(home / "queue.db")
    assert ward.examine()[0]["queue"].verdict == "warning"
    done = ward.runtime.health.fix()
    assert done.queue_set_aside
    assert Path(done.queue_set_aside).exists()
    assert len(done.successful) == 1
    assert ward.examine()[0]["queue"].verdict == "ok"
    assert ward.runtime.health.fix().queue_set_aside is None


def test_a_server_that_is_away_costs_its_time_once_and_the_rest_is_told(
    home: Path, postgres_server: servers.Postgres
) -> None:
    assert postgres_server
    flags = {"home": str(home), "database": "postgresql://ada:hidden@127.0.0.1:1/x", "queue": f"sqlite:///{home}/q.db"}
    away = Runtime(load(flags, {}))
    found, worst = away.health.examine()
    verdicts = {each.check: each.verdict for each in found}
    assert worst == ExitCode.DATA
    assert (verdicts["database"], verdicts["disk"], verdicts["queue"], verdicts["workers"]) == ("error", *["ok"] * 3)
    assert {name for name, verdict in verdicts.items() if verdict == "skipped"} == {
        "schema",
        "messages",
        "sources",
        "clock",
    }
    done = away.health.fix()
    assert (done.recovered, done.successful) == (0, [])
    assert "No server answers" in (done.error or "")
    assert "hidden" not in f"{found} {done}"
    away.close()


def test_an_upgrade_makes_a_server_healthy(home: Path, postgres_server: servers.Postgres) -> None:
    name = f"test_{uuid4().hex}"
    flags = {"home": str(home), "database": postgres_server.create(name), "queue": f"sqlite:///{home}/q.db"}
    runtime = Runtime(load(flags, {}))
    assert runtime.health.examine()[1] == ExitCode.DATA
    schema.upgrade(runtime.bare_database)
    assert runtime.health.examine()[1] == ExitCode.OK
    runtime.close()
    postgres_server.drop(name)


def test_a_source_on_a_server_is_there_only_if_it_answers(ward: Ward, postgres_server: servers.Postgres) -> None:
    name = f"test_{uuid4().hex}"
    url = postgres_server.create(name)
    with postgres_server.connect(name) as connection:
        connection.execute("CREATE TABLE sales (amount int)")
    ward.runtime.sources.add("sales", [url.replace("+psycopg", "")])
    assert ward.examine()[0]["sources"].finding == "1 registered, all there"
    postgres_server.drop(name)
    found, worst = ward.examine()
    assert (found["sources"].verdict, worst) == ("error", ExitCode.DATA)
    assert found["sources"].finding.startswith("sales: ")


# on the screen


NOON = datetime(2027, 1, 1, 12, tzinfo=UTC)


def seen(*states: WorkerState, queued: int = 0, failed: int = 0, by_itself: bool = False) -> str:
    value = Workers(
        as_of=NOON,
        starts_by_itself=by_itself,
        workers=list(states),
        queued=queued,
        running=sum(each.running for each in states),
        oldest_queued_age=75.2 if queued else None,
        failed_today=failed,
    )
    return workers(value, Screen(width=80, colour=False))


def state(**values: object) -> WorkerState:
    usual = {"worker_id": HERE, "host": "here", "pid": 1, "kind": "manual", "alive": True, "running": 0}
    started = NOON - timedelta(minutes=3)
    return WorkerState.model_validate({**usual, "started_at": started, **values})


def test_workers_on_the_screen() -> None:
    beat = NOON - timedelta(seconds=2)
    drawn = seen(
        state(),
        state(kind="automatic", running=2, last_beat_at=beat),
        state(kind=None, host="there", started_at=None, running=1, last_beat_at=beat - timedelta(minutes=1)),
        state(kind="inline", alive=False),
        queued=1_200,
        failed=1,
    )
    assert drawn.splitlines() == [
        "worker            started                      state                       holds",
        "─" * 80,
        "here, process 1   by hand, 3 min 0 s ago       idle                            0",
        "here, process 1   by itself, 3 min 0 s ago     working, beat 2 s ago           2",
        "there, process 1  elsewhere                    silent, beat 1 min 2 s ago      1",
        "here, process 1   by a command, 3 min 0 s ago  gone                            0",
        "",
        "1,200 queued, the oldest for 1 min 15 s",
        "3 running",
        "1 failed today (UTC)",
    ]


@pytest.mark.parametrize(
    ("by_itself", "words"), [(True, "one is started when there is work."), (False, "`chatctl worker run` is one.")]
)
def test_no_worker_on_the_screen(by_itself: bool, words: str) -> None:
    assert seen(by_itself=by_itself).splitlines()[0] == f"No worker is alive; {words}"


def test_findings_on_the_screen() -> None:
    values = [
        Finding(check="database", verdict="error", finding="No server answers", hint="Start it."),
        Finding(check="schema", verdict="skipped", finding="not looked at"),
        Finding(check="disk", verdict="ok", finding="3.0 GiB free\x1b[2J"),
        Finding(check="clock", verdict="warning", finding="was set back " * 8),
    ]
    drawn = findings(values, Screen(width=80, colour=False)).splitlines()
    assert drawn[0] == "✗  database  No server answers"
    assert drawn[1] == "             Start it."
    assert drawn[2] == "–  schema    not looked at"
    assert drawn[3] == "✓  disk      3.0 GiB free\\x1b[2J"
    assert drawn[4].startswith("!  clock     was set back")
    assert max(map(len, drawn)) <= 80
    assert drawn[-1] == "1 error, 1 warning"
