"""What is said on stderr while something goes on."""

from chatctl.domain.chats import Reasoning, TextStep
from chatctl.rendering.narration import Narration

from .factories import Streams, Terminal, identifier, waiting


def test_progress_in_a_pipe_is_a_line_for_each_thing(piped: Streams) -> None:
    output = piped.output()
    for share in (None, 0.1, 0.9):
        output.progress("Loading flights.csv", share)
    output.progress("Loading airlines.csv", None)
    output.done()
    assert piped.err == "Loading flights.csv\nLoading airlines.csv\n"


def test_progress_on_a_terminal_is_one_line_redrawn_ten_times_a_second() -> None:
    stream, now = Terminal(), [0.0]
    narration = Narration(stream=stream, colour=False, quiet=False, width=80, clock=lambda: now[0])
    for hundredth in range(101):
        now[0] = hundredth / 100
        narration.progress("Loading", hundredth / 100)
    narration.done()
    assert 10 <= stream.getvalue().count("Loading") <= 11
    assert stream.getvalue().endswith("\r\x1b[K")


def test_quiet_keeps_warnings_and_errors_alone(piped: Streams) -> None:
    output = piped.output(quiet=True)
    output.note("a note")
    output.progress("Loading", None)
    output.live(waiting(1, status="running"))
    output.warn("careful")
    assert piped.err == "warning: careful\n"


def test_each_step_is_told_once(piped: Streams) -> None:
    output = piped.output()
    done = TextStep(id=identifier(1), title="Understood the question", status="completed")
    doing = TextStep(id=identifier(2), title="Running the query", status="loading")
    for steps in ([], [done], [done, doing], [done, doing]):
        output.live(waiting(1, status="running", reasoning=Reasoning(steps=steps)))
    output.live(
        waiting(1, status="running", reasoning=Reasoning(steps=[done, doing.model_copy(update={"status": "failed"})]))
    )
    assert piped.err == "✓ Understood the question\n✗ Running the query\n"


def test_a_terminal_sees_what_is_going_on_and_then_a_clean_line(terminal: Streams) -> None:
    output = terminal.output()
    doing = TextStep(id=identifier(2), title="Running the query", status="loading")
    output.live(waiting(1))
    output.live(waiting(1, status="running", attempts=2, reasoning=Reasoning(steps=[doing])))
    output.live(waiting(1, status="cancelled", is_completed=True))
    wipe = "\r\x1b[K"
    assert terminal.err == f"{wipe}queued …{wipe}attempt 2\n{wipe}running, attempt 2 · Running the query …{wipe}"
