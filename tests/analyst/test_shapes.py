"""Codes that were never seen together are composed of those that are likely on their own."""

from chatctl.analyst.builtin.learned.shapes import comparisons, together

TESTS = {"": -1.0, "=": -0.5, ">[avg]": -0.9, "and = =": -2.0, "?": -0.1}
SELECTS = {"avg column": -0.4, "column min": -0.8, "column": -1.2, "column column min": -3.0}


def test_two_likely_conditions_are_said_at_once() -> None:
    wheres, _ = together(TESTS, SELECTS)
    assert list(wheres) == ["and = >[avg]"]
    assert wheres["and = >[avg]"] < TESTS["="]
    read = comparisons("and = >[avg]")
    assert read is not None
    assert (read.operators, read.connective) == (("=",), "and")
    assert read.nested is not None
    assert read.nested.select == "avg"


def test_figures_of_the_same_list_are_said_at_once() -> None:
    _, selects = together(TESTS, SELECTS)
    assert list(selects) == ["avg column min"]


def test_what_was_seen_keeps_its_own_weight() -> None:
    wheres, selects = together(TESTS | {"and = >[avg]": -5.0}, SELECTS | {"avg column min": -5.0})
    assert (wheres, selects) == ({}, {})
