"""Errors as an interface: every class has a code and an exit status of the contract."""

import pytest

from chatctl.domain import errors
from chatctl.domain.errors import ChatctlError, ValidationError

CONTRACT = {
    1: {"INTERNAL_ERROR"},
    2: {
        "VALIDATION_ERROR",
        "AMBIGUOUS_ID",
        "USAGE_ERROR",
        "ASSET_TYPE_MISMATCH",
        "ASSET_INVALID",
        "VERSION_CONFLICT",
        "SQL_NOT_READ_ONLY",
    },
    3: {"CHAT_NOT_FOUND", "MESSAGE_NOT_FOUND", "ASSET_NOT_FOUND", "ASSET_DELETED", "SOURCE_NOT_FOUND"},
    4: {"PERMISSION_DENIED", "ASSET_ACCESS_DENIED"},
    5: {"DATABASE_ERROR", "SOURCE_ERROR", "QUERY_ERROR", "QUERY_TIMEOUT"},
    6: {"TRIGGER_ERROR"},
    7: {"ANALYST_FAILED", "MODEL_ERROR", "LIMIT_EXCEEDED"},
    8: {"WAIT_TIMEOUT"},
    9: {"QUOTA_EXCEEDED"},
    11: {"CHECK_FAILED"},
}

CLASSES = [each for each in vars(errors).values() if isinstance(each, type) and issubclass(each, ChatctlError)]


@pytest.mark.parametrize("error", [each for each in CLASSES if "code" in vars(each)], ids=lambda each: each.__name__)
def test_code_and_exit_status_are_those_of_the_contract(error: type[ChatctlError]) -> None:
    assert error.code in CONTRACT[error.exit_code]
    assert error.__doc__


def test_one_broken_rule_speaks_for_itself_several_together() -> None:
    one = {"field": "a", "message": "A is wrong", "code": "wrong"}
    assert ValidationError.of([one]).message == "A is wrong"
    assert ValidationError.of([one, one]).message == "Request validation failed"
    assert ValidationError.of([one, one]).details == {"validationErrors": [one, one]}
