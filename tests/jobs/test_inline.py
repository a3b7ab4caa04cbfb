"""Answering in the command itself."""

import signal

from chatctl.jobs.workers import worker_alive, worker_statuses

from .conftest import Start
from .scripted import Desk, eventually


def test_a_message_is_answered_here(desk: Desk, start: Start) -> None:
    [message_id] = desk.submit("print")
    command = start("here", str(message_id))
    output, _ = command.communicate(timeout=15)
    assert (command.returncode, output) == (0, "True\n")
    assert desk.message(message_id).status == "completed"
    assert worker_statuses(desk.config) == []
    again = start("here", str(message_id))
    assert again.communicate(timeout=15)[0] == "False\n"


def test_ctrl_c_gives_the_message_back(desk: Desk, start: Start) -> None:
    [message_id] = desk.submit("hang")
    command = start("here", str(message_id))
    eventually(lambda: len(desk.executions()) == 1)
    assert not worker_alive(desk.config)
    command.send_signal(signal.SIGINT)
    command.communicate(timeout=15)
    assert command.returncode == -signal.SIGINT
    message = desk.message(message_id)
    assert (message.status, message.errors, message.crashes, message.lost) == ("queued", 0, 0, 0)


def test_what_a_killed_command_left_is_taken_over(desk: Desk, start: Start) -> None:
    [message_id] = desk.submit("nap 1")
    command = start("here", str(message_id), lease="60")
    eventually(lambda: len(desk.executions()) == 1)
    command.kill()
    command.wait()
    heir = start("here", str(message_id), lease="60")
    assert heir.communicate(timeout=15)[0] == "True\n"
    assert desk.message(message_id).lost == 1
    assert desk.executions("end") == [str(message_id)]
