"""Copies of a PostgreSQL database: made and read by the server's own client programs, pg_dump and pg_restore.

They are consistent while others write, know every version of the server, and give a file that its administrators can
use without chatctl.
"""

import subprocess
from collections.abc import Mapping
from itertools import pairwise
from pathlib import Path
from typing import Final

from sqlalchemy import URL

from chatctl.config import mask
from chatctl.domain.errors import DatabaseError
from chatctl.storage.connections import CONNECT_PATIENCE
from chatctl.storage.copies import unfinished

_VERSION: Final = "alembic_version"


def dump(url: URL, target: Path, environment: Mapping[str, str]) -> None:
    """Copy the database to a file in pg_dump's custom format, and read the file through once.

    Raises DatabaseError where that fails, or where there is no pg_dump; then there is no file.
    """
    with unfinished(target) as fresh:
        options = ["--format=custom", "--lock-wait-timeout=10s", "--file", str(fresh)]
        _run("pg_dump", *options, "--dbname", _address(url), environment=_secret(url, environment))
        check(fresh, environment)


def check(path: Path, environment: Mapping[str, str]) -> str:
    """The revision of a sound copy of a chatctl database. Raises DatabaseError for any other file."""
    _run("pg_restore", "--file=/dev/null", str(path), environment=environment)
    options = ["--data-only", f"--table={_VERSION}", "--file=-"]
    lines = _run("pg_restore", *options, str(path), environment=environment).splitlines()
    at = next((after for line, after in pairwise(lines) if line.startswith("COPY ")), None)
    if at is None:
        raise DatabaseError(f"{path} is not a copy of a chatctl database")
    return at


def load(url: URL, origin: Path, environment: Mapping[str, str]) -> None:
    """Put a copy into an empty database, in one transaction. Raises DatabaseError where that fails."""
    options = ["--single-transaction", "--exit-on-error", "--no-owner", "--no-privileges"]
    _run("pg_restore", *options, "--dbname", _address(url), str(origin), environment=_secret(url, environment))


def _address(url: URL) -> str:
    """As libpq has it; without the password, for others see a program's arguments."""
    return URL.create(
        "postgresql", username=url.username, host=url.host, port=url.port, database=url.database, query=url.query
    ).render_as_string(hide_password=False)


def _secret(url: URL, environment: Mapping[str, str]) -> dict[str, str]:
    given = {"PGPASSWORD": str(url.password)} if url.password else {}
    return {"PGCONNECT_TIMEOUT": str(CONNECT_PATIENCE), "PGAPPNAME": "chatctl", **environment, **given}


def _run(tool: str, *arguments: str, environment: Mapping[str, str]) -> str:
    """What the program prints. It never asks for a password: there may be nobody to ask."""
    try:
        done = subprocess.run(
            [tool, "--no-password", *arguments],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            encoding="utf-8",
            errors="replace",
            env=dict(environment),
            check=False,
        )
    except OSError as error:
        raise DatabaseError(
            f"A database on a server is copied by {tool}, which cannot be run here: {error.strerror}",
            hint="Install PostgreSQL's client programs, of the server's version or a newer one.",
        ) from error
    if done.returncode:
        words = mask(" ".join(done.stderr.split())) or f"exit status {done.returncode}"
        hint = "Check the server and the free space; the client programs must be as new as the server."
        raise DatabaseError(f"{tool} failed: {words}", hint=hint)
    return done.stdout
