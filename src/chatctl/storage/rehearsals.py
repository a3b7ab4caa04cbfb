"""A database in memory behind the connections of another one, to run code once for what that leaves compiled.

SQLAlchemy keeps every compiled statement with its engine, and what it knows of the mapped classes with the process:
together most of what a short attempt costs.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final

from sqlalchemy import event

from chatctl.storage import schema
from chatctl.storage.database import Database

_PLACE: Final = "file:rehearsal?mode=memory&cache=shared"


@contextmanager
def in_memory(database: Database) -> Iterator[None]:
    """Inside the block a SQLite database is an empty one in memory, at this version's schema; no file is touched."""

    def elsewhere(_dialect: object, _record: object, arguments: list[Any], options: dict[str, Any]) -> None:
        arguments[0], options["uri"] = _PLACE, True

    engines = database.engines()
    for engine in engines:
        event.listen(engine, "do_connect", elsewhere)
    try:
        schema.upgrade(database)
        yield
    finally:
        for engine in engines:
            event.remove(engine, "do_connect", elsewhere)
            engine.dispose()
