"""Errors as people and as scripts read them."""

from collections.abc import Iterator, Mapping
from datetime import datetime
from uuid import UUID

from chatctl.domain.errors import ChatctlError
from chatctl.rendering.text import visible, visible_line
from chatctl.rendering.words import utc


def as_object(error: ChatctlError, request_id: UUID, timestamp: datetime) -> dict[str, object]:
    """The error object of the contract, section 5."""
    return {
        "error": error.message,
        "code": error.code,
        "details": error.details,
        "hint": error.hint,
        "requestId": request_id,
        "timestamp": utc(timestamp),
        "exitCode": int(error.exit_code),
    }


def as_lines(error: ChatctlError) -> Iterator[tuple[str, str]]:
    """Label and text of each line: the sentence, every broken rule, every candidate, the hint."""
    yield "error", visible(error.message)
    problems = error.details.get("validationErrors", [])
    if len(problems) > 1:
        yield from (("", f"  {_problem(problem)}") for problem in problems)
    yield from (("", f"  {_candidate(candidate)}") for candidate in error.details.get("candidates", []))
    if error.hint:
        yield "hint", visible(error.hint)


def _problem(problem: Mapping[str, object]) -> str:
    place = [str(problem["path"])] if problem.get("path") else []
    place += [f"line {problem['line']}"] if problem.get("line") else []
    return f"{visible_line(', '.join([*place, str(problem['field'])]))}: {visible_line(str(problem['message']))}"


def _candidate(candidate: object) -> str:
    if isinstance(candidate, Mapping):
        return "  ".join(visible_line(str(value)) for value in candidate.values() if value is not None)
    return visible_line(str(candidate))
