"""Roles: the rules of sharing that a game may never come to play."""

import pytest

from chatctl.domain.access import Role, may_replace

NONE, VIEW, EDIT, FULL, OWNER = Role.NONE, Role.CAN_VIEW, Role.CAN_EDIT, Role.FULL_ACCESS, Role.OWNER


@pytest.mark.parametrize(
    ("own", "former", "by", "allowed"),
    [
        (FULL, NONE, FULL, True),
        (FULL, VIEW, NONE, True),
        (OWNER, FULL, EDIT, True),
        (OWNER, NONE, OWNER, True),
        (EDIT, NONE, VIEW, False),
        (FULL, NONE, OWNER, False),
        (FULL, OWNER, VIEW, False),
        (FULL, OWNER, NONE, False),
        (NONE, VIEW, NONE, False),
    ],
    ids=[
        "as much as one holds",
        "taken back",
        "lowered",
        "another owner",
        "an editor shares",
        "more than one holds",
        "lower one above",
        "take from one above",
        "a stranger takes back",
    ],
)
def test_nobody_gives_or_takes_more_than_they_hold(own: Role, former: Role, by: Role, allowed: bool) -> None:
    assert may_replace(own, former=former, by=by) is allowed
