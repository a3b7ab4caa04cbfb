"""Passwords in URLs: refused where they are written out, looked up where they are named, never said."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from chatctl.domain.errors import SourceError, ValidationError
from chatctl.engines import addresses
from chatctl.engines.sources import open_engine, resolve

PLAINTEXT = [
    "postgresql://ada:hunter2@db/shop",
    "postgresql://ada:hunter2@db",
    "postgresql+psycopg://:hunter2@db/shop",
    "postgresql://ada:hunter2%2F@[::1]:5432/shop",
    "postgresql://ada:${PW}hunter2@db/shop",
    "postgresql://ada:$hunter2@db/shop",
    "postgresql://ada:hun@ter2@db/shop",
    "postgresql://ada:hun/ter2@db/shop",
    "postgresql://ada:hun?ter2@db/shop",
    "postgresql://ada:hun#ter2@db/shop",
    "postgresql://ada:hunter2@",
    "postgresql://ada@db/shop?password=hunter2",
    "postgresql://ada@db/shop?sslmode=require&sslpassword=hunter2",
    "mysql+pymysql://ada:hunter2@db/shop",
    "mssql+pyodbc:///?odbc_connect=DRIVER%3DX%3BUID%3Dada%3BPWD%3Dhunter2",
    "databricks://token:hunter2@host?http_path=/x",
    "bigquery://project?credentials_base64=hunter2",
    "POSTGRES://ada:hunter2@db/shop",
]

FINE = [
    "postgresql://ada:${PW}@db/shop",
    "postgresql://${USER}:${PW}@${HOST}:${PORT}/${NAME}",
    "postgresql://ada@db:5432/shop?schema=sales",
    "postgresql://db:5432/shop",
    "postgresql:///shop",
    "postgresql://ada@/shop?host=/run/postgresql&port=5432",
    "postgresql://ada@[::1]:5432/shop",
    "postgresql://ada@db/shop?password=${PW}",
    "postgresql://ada@db/shop?passfile=/home/ada/.pgpass",
    "postgresql://ada:@db/shop",
]


@pytest.mark.parametrize("url", PLAINTEXT)
def test_a_password_that_is_written_out_is_refused_and_not_repeated(url: str) -> None:
    with pytest.raises(ValidationError) as caught:
        resolve([url])
    said = repr((caught.value.message, caught.value.hint, caught.value.details))
    assert "ter2" not in said
    assert "hun" not in said
    assert "${DB_PASSWORD}" in (caught.value.hint or "")


@pytest.mark.parametrize("url", FINE)
def test_a_url_without_one_is_kept_as_it_is(url: str) -> None:
    assert resolve([url]) == ("postgresql", [url])


def test_variables_are_looked_up_whatever_they_hold() -> None:
    found = addresses.resolve("postgresql://ada:${PW}@${HOST}/shop", {"PW": "p@ss/w:rd%?#", "HOST": "db"})
    assert found.url == "postgresql://ada:p%40ss%2Fw%3Ard%25%3F%23@db/shop"
    assert found.secrets == ("p@ss/w:rd%?#",)
    assert "p@ss" not in found.shown


def test_a_variable_that_is_not_set_is_named() -> None:
    with pytest.raises(SourceError, match="variable CHATCTL_TEST_NOWHERE") as caught:
        addresses.resolve("postgresql://ada:${CHATCTL_TEST_NOWHERE}@db/shop", {})
    assert "export CHATCTL_TEST_NOWHERE=" in (caught.value.hint or "")


def test_a_driver_s_words_lose_every_secret() -> None:
    found = addresses.resolve("mysql+pymysql://ada:${PW}@db/shop?ssl_key_password=${K}", {"PW": "p@ss", "K": "other"})
    assert found.scrubbed("cannot use 'p@ss' in ada:p%40ss@db,\n other") == "cannot use '***' in ada:***@db, ***"
    assert found.cause(ValueError("p@ss")) is None
    assert isinstance(found.cause(ValueError("no such host")), ValueError)


def test_an_option_of_ours_is_taken_out_of_the_url() -> None:
    url = "postgresql://db/shop?schema=sales,hr&sslmode=require&schema=%C3%A9t%C3%A9"
    assert addresses.option(url, "schema") == ("postgresql://db/shop?sslmode=require", ["sales", "hr", "été"])
    assert addresses.option("postgresql://db/shop?schema=a", "schema") == ("postgresql://db/shop", ["a"])


def test_without_psycopg_the_command_that_installs_it_is_told(tmp_path: Path) -> None:
    (tmp_path / "psycopg.py").write_text("raise ImportError('no pq wrapper available')")
    script = """
from chatctl.domain.errors import SourceError
from chatctl.engines.sources import resolve
try:
    resolve(["postgresql://ada@db/shop"])
except SourceError as error:
    print(error.message, error.hint)
"""
    done = subprocess.run(
        [sys.executable, "-c", script],
        env={**os.environ, "PYTHONPATH": str(tmp_path)},
        capture_output=True,
        text=True,
        check=True,
    )
    assert "psycopg, which is not installed. pip install 'chatctl[postgres]'" in done.stdout


@pytest.mark.parametrize(
    ("url", "words", "hint"),
    [
        ("nosuchdb://db/shop", "No SQLAlchemy dialect 'nosuchdb' is installed", "pip install"),
        ("snowflake://ada@account/shop", "No SQLAlchemy dialect 'snowflake'", "pip install snowflake-sqlalchemy"),
        ("oracle+oracledb://ada@db/shop", "The driver of 'oracle+oracledb' URLs", "pip install oracledb"),
        ("mssql+pyodbc://ada@db/shop", "The driver of 'mssql+pyodbc' URLs", "pip install pyodbc"),
    ],
)
def test_a_dialect_that_is_not_installed_is_named_with_what_installs_it(
    url: str, words: str, hint: str, tmp_path_factory: pytest.TempPathFactory
) -> None:
    for attempt in (
        lambda: resolve([url]),
        lambda: open_engine(name="s", kind="sqlalchemy", locations=[url], cache=tmp_path_factory.getbasetemp()),
    ):
        with pytest.raises(SourceError) as caught:
            attempt()
        assert words in caught.value.message
        assert hint in (caught.value.hint or "")
