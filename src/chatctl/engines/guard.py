"""The first guard: the statement's parse tree must be one query over known tables.

It looks at the tree, never at words, so a column `open` or the text 'Drop in' is fine. Table functions are refused
unless known to be safe; scalar ones are refused if they reach outside. The engines guard once more, in their own way.
"""

import logging
from collections.abc import Collection, Iterator
from typing import Final

import sqlglot
from sqlglot import exp
from sqlglot.errors import ParseError, SqlglotError
from sqlglot.tokenizer_core import TokenType

from chatctl.domain.errors import QueryError, SqlNotReadOnly
from chatctl.engines.names import nearest

# sqlglot logs statements that it only half understands; a statement belongs neither in a log nor on stderr.
logging.getLogger("sqlglot").setLevel(logging.CRITICAL)

HINT: Final = "Write one SELECT over the source's own tables."

_CHANGES: Final = (
    exp.DML,
    exp.DDL,
    exp.Command,
    exp.Into,
    exp.Copy,
    exp.Pragma,
    exp.Attach,
    exp.Detach,
    exp.Set,
    exp.Drop,
    exp.Alter,
    exp.Use,
    exp.Lock,
)
_SAFE_TABLE_FUNCTIONS: Final = frozenset(
    {
        "generate_series",
        "range",
        "unnest",
        "json_each",
        "json_tree",
        "generate_subscripts",
        "repeat",
        "regexp_split_to_table",
    }
)
_SAFE_TABLE_NODES: Final = (exp.GenerateSeries, exp.Unnest, exp.Explode, exp.RegexpSplit)
_OUTSIDE_FUNCTIONS: Final = frozenset(
    {
        "benchmark", "currval", "current_setting", "cursor_to_xml", "database_to_xml", "edit", "fts3_tokenizer",
        "get_lock", "getenv", "glob_files", "lastval", "load_extension", "load_file", "loread", "lowrite", "nextval",
        "opendatasource", "openquery", "openrowset", "parse_duckdb_log_message", "query", "query_table", "query_to_xml",
        "query_to_xml_and_xmlschema", "readfile", "release_all_locks", "release_lock", "schema_to_xml", "set_config",
        "setval", "sleep", "sniff_csv", "table_to_xml", "ts_stat", "write_log", "writefile",
    }
)  # fmt: skip
_OUTSIDE_PREFIXES: Final = (
    "pg_",
    "lo_",
    "dblink",
    "read_",
    "parquet_",
    "scan_",
    "sqlite_",
    "duckdb_",
    "pragma_",
    "xp_",
)
_HARMLESS: Final = frozenset({"pg_column_size", "pg_size_pretty", "pg_typeof"})
_FIELDS_MAY_CALL: Final = frozenset({"postgres", "redshift"})
_OUTSIDE_NODES: Final = (exp.ReadCSV, exp.ReadParquet)


def check(sql: str, *, dialect: str, tables: Collection[str], qualified: Collection[str] = ()) -> exp.Expr:
    """Accept exactly one query over `tables`, or the same named in full, `schema.table`, as in `qualified`.

    Returns the query as it was read.
    Raises SqlNotReadOnly for anything else than a query, QueryError for SQL that cannot be parsed (with its position)
    or a table that is not there (with the nearest ones).
    """
    query = _parse(sql, dialect)
    for node in query.walk():
        _check_node(node)
    known = {name.casefold() for name in (*tables, *qualified)}
    for table in query.find_all(exp.Table):
        _check_table(table, known, tables)
    if dialect in _FIELDS_MAY_CALL:
        for field in query.find_all(exp.Dot):
            _check_field(field)
    return query


def ordered(sql: str, *, dialect: str) -> bool:
    """Whether the order of the rows is part of what the query says. Raises QueryError for SQL that cannot be parsed."""
    return bool(_parse(sql, dialect).args.get("order"))


def check_escapes(sql: str, *, dialect: str) -> None:
    """Raises SqlNotReadOnly for names in PostgreSQL's U&"…" form, whose escapes sqlglot does not resolve."""
    tokens = sqlglot.tokenize(sql, dialect=dialect)
    for letter, sign, name in zip(tokens, tokens[1:], tokens[2:], strict=False):
        together = sign.start == letter.end + 1 and name.start == sign.end + 1
        if together and letter.text in "uU" and sign.text == "&" and name.token_type == TokenType.IDENTIFIER:
            raise SqlNotReadOnly('Names in the form U&"…" are not allowed here.', hint=HINT)


def calls(query: exp.Expr) -> set[str]:
    """The names of the functions that the query calls as such, in the spelling of PostgreSQL's catalog."""
    names = {_function_name(node) for node in query.find_all(exp.Func)}
    return (names | {node.name for node in query.find_all(exp.Anonymous)}) - {""}


def fields(query: exp.Expr) -> set[str]:
    """The names that stand after a dot: `(x).f` and `t.f` mean `f(x)` and `f(t)` where there is no such field.

    https://www.postgresql.org/docs/current/rowtypes.html#ROWTYPES-USAGE
    """
    names = {node.name for node in query.find_all(exp.Column) if node.table}
    names |= {node.expression.name for node in query.find_all(exp.Dot) if isinstance(node.expression, exp.Identifier)}
    return names | {name.lower() for name in names}


def without_semicolon(sql: str, *, dialect: str) -> str:
    """One statement up to the semicolon that ends it, if there is one; what follows is a remark."""
    tokens = sqlglot.tokenize(sql, dialect=dialect)
    return next((sql[: token.start] for token in tokens if token.token_type == TokenType.SEMICOLON), sql)


def _parse(sql: str, dialect: str) -> exp.Expr:
    if "\0" in sql or _unencodable(sql):
        raise QueryError("The SQL holds characters that no text can.")
    try:
        parsed = sqlglot.parse(sql, dialect=dialect)
    except ParseError as error:
        raise _syntax_error(error) from error
    except SqlglotError as error:
        raise QueryError("The SQL cannot be read: a quote or a comment is never closed.") from error
    except RecursionError:
        raise QueryError("The SQL is nested too deeply.") from None
    # A remark after the last semicolon is no statement.
    statements = [statement for statement in parsed if statement and not isinstance(statement, exp.Semicolon)]
    if len(statements) != 1:
        words = "no statement" if not statements else f"{len(statements)} statements"
        raise SqlNotReadOnly(f"Exactly one query is run at a time, and there is {words}.", hint=HINT)
    if not isinstance(statements[0], exp.Query | exp.Values):
        raise SqlNotReadOnly(f"Only queries are run, not {_verb(statements[0])}.", hint=_instead_of(statements[0]))
    return statements[0]


def _unencodable(sql: str) -> bool:
    try:
        sql.encode()
    except UnicodeEncodeError:
        return True
    return False


def _syntax_error(error: ParseError) -> QueryError:
    problem = error.errors[0] if error.errors else {}
    line, column, word = problem.get("line"), problem.get("col"), problem.get("highlight")
    near = f" near {word!r}" if word else ""
    where = f" (line {line}, column {column})" if line else ""
    return QueryError(f"Syntax error in the SQL{near}{where}.", line=line, column=column)


def _verb(statement: exp.Expr) -> str:
    if isinstance(statement, exp.Command):
        return str(statement.this).upper()
    return statement.key.upper()


def _instead_of(statement: exp.Expr) -> str:
    if isinstance(statement, exp.Describe | exp.Summarize | exp.Show):
        return "`chatctl source show` lists tables and columns."
    return HINT


def _check_node(node: exp.Expr) -> None:
    if isinstance(node, _CHANGES):
        raise SqlNotReadOnly(f"The query holds {_verb(node)}, which does more than read.", hint=HINT)
    if isinstance(node, _OUTSIDE_NODES) or (isinstance(node, exp.Func) and _reaches_outside(_function_name(node))):
        raise SqlNotReadOnly(f"The function {_function_name(node)}() is not allowed here.", hint=HINT)


def _check_field(field: exp.Dot) -> None:
    if isinstance(field.expression, exp.Identifier) and _reaches_outside(field.expression.name.casefold()):
        raise SqlNotReadOnly(f"The field {field.expression.name} may call a function of that name.", hint=HINT)


def _reaches_outside(name: str) -> bool:
    return name in _OUTSIDE_FUNCTIONS or (name.startswith(_OUTSIDE_PREFIXES) and name not in _HARMLESS)


def _function_name(node: exp.Expr) -> str:
    name = node.name if isinstance(node, exp.Anonymous) else node.sql_name() if isinstance(node, exp.Func) else ""
    return name.casefold()


def _check_table(table: exp.Table, known: Collection[str], tables: Collection[str]) -> None:
    if isinstance(table.this, exp.Func):
        _check_table_function(table.this)
        return
    name = ".".join(part.name for part in table.parts)
    if name.casefold() in known or (not table.db and _is_cte(table)):
        return
    similar = nearest(table.name, tables)
    hint = f"Did you mean {', '.join(similar)}?" if similar else f"There are {', '.join(sorted(tables)[:20])}."
    raise QueryError(
        f"There is no table {name!r} in this source.", hint=hint if tables else "The source has no tables."
    )


def _check_table_function(function: exp.Func) -> None:
    if isinstance(function, _SAFE_TABLE_NODES) or _function_name(function) in _SAFE_TABLE_FUNCTIONS:
        return
    raise SqlNotReadOnly(f"The table function {_function_name(function)}() is not allowed here.", hint=HINT)


def _is_cte(table: exp.Table) -> bool:
    name = table.name.casefold()
    return any(cte.alias.casefold() == name for cte in _ctes_in_scope(table))


def _ctes_in_scope(table: exp.Table) -> Iterator[exp.Expr]:
    """The CTEs that the table may name: those of the queries around it; inside a WITH, the earlier ones.

    Within its own body a CTE is in scope if the WITH is recursive.
    """
    inside: exp.Expr = table
    while (around := inside.parent) is not None:
        if isinstance(around, exp.With):
            position = around.expressions.index(inside)
            yield from around.expressions[: position + 1 if around.recursive else position]
            # The query that owns this WITH has no others in scope here.
            inside = around.parent or around
            continue
        if isinstance(with_ := around.args.get("with_"), exp.With):
            yield from with_.expressions
        inside = around
