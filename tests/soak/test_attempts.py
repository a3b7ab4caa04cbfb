"""What an attempt may take: no more memory than it is allowed, and no second longer than its worker lives."""

from collections.abc import Iterator

import pytest
from soaking import oracle
from soaking.reading import Reader, Row
from soaking.site import Site

from support import eventually

pytestmark = pytest.mark.soak


@pytest.fixture
def site() -> Iterator[Site]:
    settings = {"CHATCTL_ATTEMPT_MEMORY": "1024"}
    with Site(database=None, queue=None, settings=settings, keep=False, prepare=lambda _: None) as fresh:
        yield fresh


def message(site: Site) -> Row:
    with Reader(site.database, site.organization) as reader:
        [row] = reader.rows()
        return row


def test_who_takes_too_much_memory_fails_alone(site: Site) -> None:
    site.must("new", "memory 1", "-q")
    worker = site.start("worker", "run")
    eventually(lambda: message(site).errors, within=60)
    assert worker.poll() is None


def test_who_never_lets_go_dies_with_the_worker(site: Site) -> None:
    site.must("new", "stubborn 1", "-q")
    worker = site.start("worker", "run")
    eventually(lambda: any(event.event == "start" for event in oracle.read(site.oracle)), within=60)
    worker.kill()
    worker.wait()
    eventually(lambda: not site.alive())
