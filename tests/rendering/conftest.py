"""Streams to print on."""

import pytest

from .factories import Streams


@pytest.fixture
def piped() -> Streams:
    return Streams(terminal=False)


@pytest.fixture
def terminal() -> Streams:
    return Streams(terminal=True)
