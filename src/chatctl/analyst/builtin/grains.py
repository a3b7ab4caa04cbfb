"""Units of time as SQL, for each dialect: a line per unit, with what it gives for 2013-07-04 15:20.

A fragment has one open place, `d`, where the expression of the date goes. Weeks begin on Monday, weekdays count from
Sunday = 0; quarter, month and week give their first day, so that they sort and can be drawn as a line.
"""

from functools import lru_cache

import sqlglot
from sqlglot import exp

GRAINS: dict[str, dict[str, str]] = {
    "duckdb": {
        "year": "CAST(EXTRACT(year FROM d) AS INTEGER)",  # 2013
        "quarter": "CAST(DATE_TRUNC('quarter', d) AS DATE)",  # 2013-07-01
        "month": "CAST(DATE_TRUNC('month', d) AS DATE)",  # 2013-07-01
        "week": "CAST(DATE_TRUNC('week', d) AS DATE)",  # 2013-07-01
        "day": "CAST(d AS DATE)",  # 2013-07-04
        "weekday": "CAST(EXTRACT(dow FROM d) AS INTEGER)",  # 4
        "hour": "CAST(EXTRACT(hour FROM d) AS INTEGER)",  # 15
        "month_number": "CAST(EXTRACT(month FROM d) AS INTEGER)",  # 7
        "quarter_number": "CAST(EXTRACT(quarter FROM d) AS INTEGER)",  # 3
        "day_number": "CAST(EXTRACT(day FROM d) AS INTEGER)",  # 4
    },
    "sqlite": {
        "year": "CAST(STRFTIME('%Y', d) AS INTEGER)",
        "quarter": "STRFTIME('%Y-', d) || SUBSTR('010101040404070707101010', 2 * STRFTIME('%m', d) - 1, 2) || '-01'",
        "month": "STRFTIME('%Y-%m-01', d)",
        "week": "DATE(d, '-6 days', 'weekday 1')",
        "day": "DATE(d)",
        "weekday": "CAST(STRFTIME('%w', d) AS INTEGER)",
        "hour": "CAST(STRFTIME('%H', d) AS INTEGER)",
        "month_number": "CAST(STRFTIME('%m', d) AS INTEGER)",
        "quarter_number": "(CAST(STRFTIME('%m', d) AS INTEGER) + 2) / 3",
        "day_number": "CAST(STRFTIME('%d', d) AS INTEGER)",
    },
    "mysql": {
        "year": "YEAR(d)",
        "quarter": "MAKEDATE(YEAR(d), 1) + INTERVAL (QUARTER(d) - 1) QUARTER",
        "month": "CAST(DATE_FORMAT(d, '%Y-%m-01') AS DATE)",
        "week": "DATE(d) - INTERVAL WEEKDAY(d) DAY",
        "day": "DATE(d)",
        "weekday": "DAYOFWEEK(d) - 1",
        "hour": "HOUR(d)",
        "month_number": "MONTH(d)",
        "quarter_number": "QUARTER(d)",
        "day_number": "DAYOFMONTH(d)",
    },
}
DAYS: dict[str, str] = {
    "duckdb": "MAKE_DATE(y, m, d)",
    "postgres": "MAKE_DATE(y, m, d)",
    "mysql": "MAKEDATE(y, 1) + INTERVAL (m - 1) MONTH + INTERVAL (d - 1) DAY",
    "sqlite": "DATE(PRINTF('%04d-%02d-%02d', y, m, d))",
}
STANDARD = "duckdb"
"""Its fragments are read for a dialect without lines of its own; sqlglot translates them."""


def grain_expression(unit: str, date: exp.Expr, dialect: str) -> exp.Expr:
    """The unit of a date, as an expression that the dialect understands."""
    own = dialect if dialect in GRAINS else STANDARD
    return _filled(_fragment(GRAINS[own][unit], own), {"d": date})


def day_expression(parts: list[exp.Column], dialect: str) -> exp.Expr:
    """The date that year, month and day columns make."""
    own = dialect if dialect in DAYS else STANDARD
    return _filled(_fragment(DAYS[own], own), dict(zip("ymd", parts, strict=True)))


@lru_cache(maxsize=200)
def _fragment(text: str, dialect: str) -> exp.Expr:
    return sqlglot.parse_one(text, read=dialect)


def _filled(fragment: exp.Expr, places: dict[str, exp.Expr]) -> exp.Expr:
    def fill(node: exp.Expr) -> exp.Expr:
        if isinstance(node, exp.Column) and not node.table and node.name in places:
            return places[node.name].copy()
        return node

    return fragment.copy().transform(fill)
