"""What is known of SQLAlchemy's dialects: whose SQL theirs is, how they are kept from writing, what installs them."""

from dataclasses import dataclass
from typing import Final

from sqlalchemy import URL, make_url
from sqlalchemy.exc import ArgumentError, NoSuchModuleError

from chatctl.domain.errors import SourceError


@dataclass(frozen=True, kw_only=True, slots=True)
class Backend:
    """A family of databases.

    `sql` is its dialect in sqlglot; a transaction begins with the `helpful` statements, which a server may not know,
    and the `required` ones, with `{ms}` and `{s}` for the time limit. `package` brings dialect and driver.
    """

    sql: str = ""
    helpful: tuple[str, ...] = ()
    required: tuple[str, ...] = ()
    package: str = ""


_MYSQL: Final = Backend(
    sql="mysql",
    # The first limit is MySQL's, the second MariaDB's.
    helpful=(
        "SET SESSION MAX_EXECUTION_TIME = {ms}",
        "SET SESSION max_statement_time = {s}",
        "SET time_zone = '+00:00'",
    ),
    required=("START TRANSACTION READ ONLY",),
    package="pymysql",
)
_POSTGRES: Final = Backend(
    sql="postgres",
    required=("SET TRANSACTION READ ONLY", "SET LOCAL statement_timeout = {ms}", "SET LOCAL TimeZone = 'UTC'"),
    package="psycopg",
)
BACKENDS: Final[dict[str, Backend]] = {
    "postgresql": _POSTGRES,
    "mysql": _MYSQL,
    "mariadb": _MYSQL,
    "mssql": Backend(sql="tsql", helpful=("SET LOCK_TIMEOUT {ms}",), package="pyodbc"),
    "oracle": Backend(sql="oracle", required=("SET TRANSACTION READ ONLY",), package="oracledb"),
    "snowflake": Backend(
        sql="snowflake",
        helpful=("ALTER SESSION SET STATEMENT_TIMEOUT_IN_SECONDS = {s}",),
        package="snowflake-sqlalchemy",
    ),
    "bigquery": Backend(sql="bigquery", package="sqlalchemy-bigquery"),
    "redshift": Backend(
        sql="redshift", helpful=("SET statement_timeout = {ms}",), package="sqlalchemy-redshift redshift_connector"
    ),
    "clickhouse": Backend(sql="clickhouse", package="clickhouse-sqlalchemy"),
    "clickhousedb": Backend(sql="clickhouse", package="clickhouse-connect"),
    "trino": Backend(sql="trino", package="trino[sqlalchemy]"),
    "presto": Backend(sql="presto", package="pyhive"),
    "hive": Backend(sql="hive", package="pyhive"),
    "databricks": Backend(sql="databricks", package="databricks-sqlalchemy"),
    "awsathena": Backend(sql="athena", package="PyAthena[SQLAlchemy]"),
    "teradatasql": Backend(sql="teradata", package="teradatasqlalchemy"),
    "db2": Backend(package="ibm-db-sa"),
    "cockroachdb": Backend(
        sql="postgres", required=("SET TRANSACTION READ ONLY",), package="sqlalchemy-cockroachdb psycopg"
    ),
}


def of(url: URL) -> Backend:
    """What is known of the URL's family; of an unknown one only that its SQL is near the standard."""
    return BACKENDS.get(url.get_backend_name(), Backend())


def parse(url: str) -> URL:
    """The URL in its parts. Raises SourceError, which repeats nothing of it, for one that is none."""
    try:
        return make_url(url)
    except (ArgumentError, ValueError):
        hint = "Its form is DIALECT+DRIVER://USER@HOST:PORT/NAME, as SQLAlchemy spells it."
        raise SourceError("The URL of the source cannot be read.", hint=hint) from None


def check_installed(url: str) -> None:
    """Raises SourceError with the command that installs it, where the URL's dialect or driver is not there."""
    # Without the variables, of which the port must be a number to be parsed.
    parsed = parse(f"{url.partition('://')[0]}://")
    name = parsed.drivername
    try:
        parsed.get_dialect().import_dbapi()
    except NoSuchModuleError:
        package = of(parsed).package
        hint = (
            f"pip install {package}" if package else "pip install the SQLAlchemy dialect of that name, if there is one."
        )
        raise SourceError(f"No SQLAlchemy dialect {name!r} is installed.", hint=hint) from None
    except ImportError as error:
        package = _package(parsed, error)
        raise SourceError(f"The driver of {name!r} URLs is not installed.", hint=f"pip install {package}") from None


def _package(url: URL, error: ImportError) -> str:
    driver = url.drivername.partition("+")[2]
    return driver or error.name or of(url).package
