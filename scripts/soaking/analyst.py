"""The scripted analyst: the first word of a prompt decides what becomes of it.

plain   answers after a nap          flaky   fails on its first two attempts     bad     fails every time
slow    answers after eight seconds   poison  kills its own process               hanging ignores everything, for ever
threads starts threads without end   memory  takes 2 GiB                         stubborn hangs inside one C call
"""

import os
import random
import re
import signal
import threading
import time
from collections.abc import Iterator
from uuid import uuid4

from chatctl.analyst.contract import Answer, Finding, Question, Step
from chatctl.domain.chats import TextStep
from chatctl.domain.results import Column, ResultSet

NAP = "SOAK_NAP"
"""Environment variable: the shortest and the longest nap in seconds."""

SLOW = 8.0
GREED = 2 * 2**30


class Scripted:
    """Answers in one attempt; each has a process of its own."""

    def __init__(self, attempt: int) -> None:
        self._attempt = attempt

    def __call__(self, question: Question) -> Iterator[Step | Answer]:
        """A step, then an answer with one result; each carries the attempt, so that a stale one shows."""
        yield TextStep(id=uuid4(), title=f"Attempt {self._attempt}", status="completed")
        self._behave(question.text.split()[0])
        result = ResultSet(columns=[Column(name="attempt", type="integer")], rows=[[self._attempt]])
        yield Answer(
            outcome="answered",
            text=f"attempt {self._attempt}",
            findings=(Finding(source="oracle", sql="SELECT attempt", result=result),),
            raw=({"attempt": self._attempt},),
        )

    def _behave(self, kind: str) -> None:
        match kind:
            case "slow":
                time.sleep(SLOW)
            case "bad":
                raise RuntimeError("the data is wrong")
            case "flaky" if self._attempt <= 2:
                raise RuntimeError("not this time")
            case "poison":
                os.kill(os.getpid(), signal.SIGKILL)
            case "hanging":
                _hang()
            case "threads":
                while True:
                    threading.Thread(target=threading.Event().wait, daemon=True).start()
            case "memory":
                hoard = b"x" * GREED
                time.sleep(len(hoard))
            case "stubborn":
                re.match(r"(a+)+b", "a" * 64)
            case _:
                shortest, longest = map(float, os.environ.get(NAP, "0.05 0.4").split())
                time.sleep(random.uniform(shortest, longest))


def _hang() -> None:
    for number in set(signal.Signals) - {signal.SIGKILL, signal.SIGSTOP}:
        signal.signal(number, signal.SIG_IGN)
    threading.Event().wait()
