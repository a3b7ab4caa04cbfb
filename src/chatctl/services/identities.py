"""Who acts."""

from collections.abc import Callable

from chatctl.config import Config
from chatctl.domain.access import Actor
from chatctl.domain.errors import ValidationError
from chatctl.domain.requests import name_problems
from chatctl.storage import identities
from chatctl.storage.database import Database
from chatctl.storage.retries import repeatable


def identify(database: Database, config: Config, note: Callable[[str], None]) -> Actor:
    """The actor of the settings, made on first use; names that the user gave are said when they are new.

    Raises ValidationError for an id that is not there and for a name that is empty.
    """
    names = {"user": config.user, "organization": config.organization}
    for field, name in names.items():
        if problems := name_problems(field, name):
            raise ValidationError.of(problems)
    actor, made = _find_or_create(database, names)
    given = {origin.key for origin in config.origins if origin.origin != "default"}
    said = [what for what in made if what.split()[0] in given]
    if said:
        note(f"Created {' and '.join(said)}")
    return actor


@repeatable
def _find_or_create(database: Database, names: dict[str, str]) -> tuple[Actor, list[str]]:
    with database.read() as session:
        actor = identities.find_actor(session, **names)
    if actor:
        return actor, []
    with database.write() as session:
        return identities.create_actor(database, session, **names)
