"""What cannot be done as the model asked: it is told why, and may try again."""

import pydantic


class Refused(Exception):
    """Said to the model in place of a result."""

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message


def reasons(error: pydantic.ValidationError) -> str:
    """Each broken rule with its place, on a line."""
    return "\n".join(
        f"{'.'.join(map(str, each['loc'])) or 'arguments'}: {each['msg']}"
        for each in error.errors(include_url=False, include_input=False)
    )
