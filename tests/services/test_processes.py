"""Work by several processes, and one that dies of it."""

import os
from collections.abc import Callable
from functools import partial

from chatctl.services.processes import by_processes


def worker(factor: int) -> Callable[[int], int]:
    """Work that multiplies, and that kills its process at 13."""

    def work(number: int) -> int:
        if number == 13:
            os._exit(1)
        return number * factor

    return work


def test_a_process_that_dies_costs_its_own_item_alone() -> None:
    numbers = [1, 13, 2, 13, 3, 4]
    found = sorted(by_processes(partial(worker, 10), numbers, most=2), key=lambda each: each[0])
    assert found == [(1, 10), (2, 20), (3, 30), (4, 40), (13, None), (13, None)]
