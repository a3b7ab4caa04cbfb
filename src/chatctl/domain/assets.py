"""Assets: metrics and dashboards as files with versions, and as they are shown."""

from collections import Counter
from collections.abc import Mapping
from contextlib import suppress
from datetime import date, datetime
from math import isfinite
from typing import Annotated, Any, Literal, Self
from uuid import UUID

from pydantic import (
    BeforeValidator,
    ConfigDict,
    Field,
    WithJsonSchema,
    field_validator,
    model_validator,
)

from chatctl.domain.charts import ChartConfig
from chatctl.domain.chats import FileType
from chatctl.domain.results import Cell
from chatctl.domain.values import Value

COLUMNS_OF_A_ROW = 12
ITEMS_OF_A_ROW = 4
ITEMS_OF_A_DASHBOARD = 25

KINDS: dict[FileType, str] = {"metric_file": "metric", "dashboard_file": "dashboard"}
"""What people call an asset of each type."""


def _written(value: object) -> object:
    """A whole number or a day where a text is meant, as YAML reads `timeFrame: 2013`.

    Others would not come back as they were written: 2013.10 is 2013.1, and 007 is 7.
    """
    if type(value) is date:
        return value.isoformat()
    return str(value) if type(value) is int else value


def _bound(value: object) -> object:
    """A number, or an ISO date or time as a text."""
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, str):
        with suppress(ValueError):
            datetime.fromisoformat(value.strip())
            return value
    elif value is None or (isinstance(value, int | float) and not isinstance(value, bool) and isfinite(value)):
        return value
    raise ValueError("must be a number or an ISO date, such as 2013-01-31")


def _parameter(value: object) -> object:
    if isinstance(value, date):
        return value.isoformat()
    if value is None or isinstance(value, str) or (isinstance(value, bool | int | float) and isfinite(value)):
        return value
    raise ValueError("must be a text, a number, true, false or null")


def _text(longest: int, *, shortest: int = 0, pattern: str) -> dict[str, Any]:
    """The JSON Schema of a text that may be written as a whole number."""
    string = {"type": "string", "minLength": shortest, "maxLength": longest, "pattern": pattern}
    return {"anyOf": [string, {"type": "integer"}]}


_NO_NUL = r"^[^\x00]*$"
_ONE_LINE = r"^[^\x00-\x1f\x7f]+$"
Text = Annotated[
    str,
    BeforeValidator(_written),
    Field(max_length=10_000, pattern=_NO_NUL),
    WithJsonSchema(_text(10_000, pattern=_NO_NUL), mode="validation"),
]
Name = Annotated[
    str,
    BeforeValidator(_written),
    Field(min_length=1, max_length=200, pattern=_ONE_LINE),
    WithJsonSchema(_text(200, shortest=1, pattern=_ONE_LINE), mode="validation"),
]
Columns = Annotated[list[str], Field(min_length=1)]
Bound = Annotated[int | float | str | None, BeforeValidator(_bound)]
Parameter = Annotated[Cell, BeforeValidator(_parameter)]


class _Part(Value):
    """A part of a file whose keys are written in snake_case, as those of checks are."""

    model_config = ConfigDict(alias_generator=None)


class Bounds(_Part):
    """Inclusive bounds, of which at least one is given."""

    min: Annotated[int | None, Field(ge=0)] = None
    max: Annotated[int | None, Field(ge=0)] = None

    @model_validator(mode="after")
    def _bounded(self) -> Self:
        _check_bounds(self.min, self.max)
        return self


class Between(_Part):
    """Every value of a column lies in the inclusive bounds, numbers or ISO dates; nulls are not looked at."""

    column: str
    min: Bound = None
    max: Bound = None

    @model_validator(mode="after")
    def _bounded(self) -> Self:
        _check_bounds(self.min, self.max)
        return self


def _check_bounds(low: float | str | None, high: float | str | None) -> None:
    if low is None and high is None:
        raise ValueError("min, max or both must be given")
    if low is None or high is None:
        return
    if isinstance(low, str) != isinstance(high, str):
        raise ValueError("min and max must both be numbers or both be dates")
    if low > high:  # type: ignore[operator]
        raise ValueError("min must not be above max")


class FreshWithin(_Part):
    """The newest time in a column is at most so old."""

    column: str
    days: float = Field(default=0, ge=0)
    hours: float = Field(default=0, ge=0)

    @model_validator(mode="after")
    def _some_time(self) -> Self:
        if not self.days and not self.hours:
            raise ValueError("days, hours or both must be given")
        return self


class NoChangeOver(_Part):
    """The sum of a column differs from that of the last stored result by at most so many percent."""

    column: str
    percent: float = Field(gt=0)


class Check(_Part):
    """One promise of a metric's result: exactly one of the keys."""

    model_config = ConfigDict(json_schema_extra={"minProperties": 1, "maxProperties": 1})

    row_count: Bounds | None = None
    not_null: Columns | None = None
    unique: Columns | None = None
    between: Between | None = None
    fresh_within: FreshWithin | None = None
    no_change_over: NoChangeOver | None = None

    @model_validator(mode="after")
    def _exactly_one(self) -> Self:
        if len(self.model_fields_set) != 1 or getattr(self, next(iter(self.model_fields_set))) is None:
            raise ValueError(f"a check has exactly one of {', '.join(type(self).model_fields)}")
        return self

    @property
    def kind(self) -> str:
        """Which promise it is."""
        return next(iter(self.model_fields_set))

    @property
    def columns(self) -> list[str]:
        """The columns that it names."""
        promise = getattr(self, self.kind)
        return promise if isinstance(promise, list) else [promise.column] if hasattr(promise, "column") else []


class MetricFile(Value):
    """A metric: SQL on a source, how its result is drawn, and what the result promises.

    `params` are the defaults of the `:name` placeholders in the SQL.
    """

    name: Name
    description: Text = ""
    time_frame: Text = ""
    source: Name
    sql: Annotated[str, Field(min_length=1, max_length=100_000, pattern=r"^[^\x00]*$")]
    chart_config: ChartConfig
    params: dict[str, Parameter] = {}
    checks: list[Check] = []

    @field_validator("sql")
    @classmethod
    def _not_blank(cls, sql: str) -> str:
        if not sql.strip():
            raise ValueError("the SQL must not be empty")
        return sql


class Item(Value):
    """A metric on a dashboard: its id or its name."""

    id: Name


class DashboardRow(Value):
    """Metrics side by side; `column_sizes` are their widths in twelfths, `row_height` is in pixels."""

    id: int | Name
    items: Annotated[list[Item], Field(min_length=1, max_length=ITEMS_OF_A_ROW)]
    column_sizes: list[Annotated[int, Field(ge=1, le=COLUMNS_OF_A_ROW)]]
    row_height: Annotated[int, Field(ge=100, le=2_000)] = 320

    @model_validator(mode="after")
    def _sized(self) -> Self:
        if len(self.column_sizes) != len(self.items):
            raise ValueError(f"columnSizes has {len(self.column_sizes)} sizes for {len(self.items)} items")
        if (total := sum(self.column_sizes)) != COLUMNS_OF_A_ROW:
            raise ValueError(f"columnSizes must sum to {COLUMNS_OF_A_ROW}, not {total}")
        return self


class DashboardFile(Value):
    """A dashboard: rows of metrics."""

    name: Name
    description: Text = ""
    rows: Annotated[list[DashboardRow], Field(min_length=1)]

    @model_validator(mode="after")
    def _bounded(self) -> Self:
        count = sum(len(row.items) for row in self.rows)
        if count > ITEMS_OF_A_DASHBOARD:
            raise ValueError(f"a dashboard has at most {ITEMS_OF_A_DASHBOARD} items, not {count}")
        twice = [str(row_id) for row_id, times in Counter(row.id for row in self.rows).items() if times > 1]
        if twice:
            raise ValueError(f"row ids must be unique; there are several with {', '.join(twice)}")
        return self

    @property
    def metrics(self) -> list[str]:
        """What the items name, in order, each once."""
        return list(dict.fromkeys(item.id for row in self.rows for item in row.items))

    def with_metrics(self, names: Mapping[str, str]) -> Self:
        """The same with other names or ids for its metrics."""
        rows = [
            row.model_copy(update={"items": [Item(id=names.get(item.id, item.id)) for item in row.items]})
            for row in self.rows
        ]
        return self.model_copy(update={"rows": rows})


AssetFile = MetricFile | DashboardFile

FILES: dict[FileType, type[MetricFile] | type[DashboardFile]] = {
    "metric_file": MetricFile,
    "dashboard_file": DashboardFile,
}


class AssetReference(Value):
    """An asset as a user names it: of a type, by its name, its id or a unique start of it."""

    file_type: FileType
    reference: str


class Asset(Value):
    """An asset at one of its versions; `source` is null for a dashboard."""

    id: UUID
    name: str
    file_type: FileType
    version_number: int
    source: str | None
    content: AssetFile
    created_at: datetime
    updated_at: datetime
    created_by: UUID


class AssetListing(Value):
    """An asset in `list`."""

    id: UUID
    name: str
    file_type: FileType
    version_number: int
    description: str
    source: str | None
    created_at: datetime
    updated_at: datetime
    created_by: UUID


class AssetVersion(Value):
    """A version in `history`; `diff` is what it changed in the file, as a unified diff."""

    version_number: int
    created_at: datetime
    created_by: UUID
    note: str | None
    diff: str = ""


CheckStatus = Literal["passed", "failed", "error"]


class CheckOutcome(Value):
    """How one check of a metric went; `expected` and `found` in words.

    `check` is its kind, or what must hold of every metric: `file` (the file can be read), `exists` (a dashboard's
    metric is there), `runs` (the SQL does), `chart` (the chart's columns are in the result). `error` is a check that
    could not be made. `dashboard` is the one whose metric it is, `path` the file, where one was asked for.
    """

    metric: str
    check: str
    columns: list[str] = []
    status: CheckStatus
    expected: str
    found: str
    asset_id: UUID | None = None
    version_number: int | None = None
    dashboard: str | None = None
    path: str | None = None
    elapsed_ms: float = 0.0


PlannedAction = Literal["create", "change", "unchanged", "delete"]


class Planned(Value):
    """What an import does, or would do, to one asset; `version_number` is the one it has then, `diff` the change."""

    action: PlannedAction
    file_type: FileType
    name: str
    path: str | None
    id: UUID | None
    version_number: int | None
    diff: str = ""


class Exported(Value):
    """A file of an export; `written` is false where it was the same already."""

    name: str
    file_type: FileType
    id: UUID
    version_number: int
    path: str
    written: bool
