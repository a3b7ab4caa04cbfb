"""The rehearsal: what it leaves is speed, and nothing else."""

import threading
from pathlib import Path

import pytest

from chatctl import config as configuration
from chatctl.domain.requests import ChatRequest
from chatctl.rehearsal import rehearse
from chatctl.runtime import Runtime
from chatctl.storage.database import WORKER_PATIENCE


@pytest.mark.parametrize("url", [None, "postgresql+psycopg://ada@127.0.0.1:1/none"])
def test_it_leaves_no_file_no_thread_and_no_connection(home: Path, url: str | None) -> None:
    before = threading.enumerate()
    rehearse(configuration.load({"database": url}, None, home.parent))
    assert not home.exists()
    assert threading.enumerate() == before


def test_an_attempt_after_it_compiles_nothing_new(home: Path) -> None:
    config = configuration.load({}, None, home.parent)
    rehearse(config)
    worker = Runtime(config, patience=WORKER_PATIENCE)
    asker = Runtime(config)
    asker.chats.handle(ChatRequest(prompt="?"))
    claim = worker.ledger.claim_next("w")
    assert claim is not None
    engines = worker.database.engines()
    known = [len(engine._compiled_cache) for engine in engines]  # type: ignore[arg-type]
    worker.analysis.answer(claim)
    assert [len(engine._compiled_cache) for engine in engines] == known  # type: ignore[arg-type]
    for runtime in (worker, asker):
        runtime.close()
