"""Labels of cells: what each format makes of a value, in text and on axes."""

from typing import Any

import pytest

from chatctl.domain.charts import ColumnLabelFormat
from chatctl.domain.results import Cell, Column, ColumnType
from chatctl.rendering.labels import expression, label


def form(**given: Any) -> ColumnLabelFormat:
    return ColumnLabelFormat.model_validate(given)


@pytest.mark.parametrize(
    ("cell", "kind", "given", "told"),
    [
        (336776, "integer", {"style": "number"}, "336,776"),
        (12.3456, "number", {"style": "number"}, "12.35"),
        (12.0, "number", {"style": "number", "decimals": 2}, "12.00"),
        ("1234.50", "decimal", {"style": "number", "decimals": 1}, "1,234.5"),
        (0.2149, "number", {"style": "percent"}, "21.5%"),
        (0.2149, "number", {"style": "percent", "decimals": 0}, "21%"),
        (-1234.5, "number", {"style": "currency", "currency": "EUR"}, "-€1,234.50"),
        (1200, "integer", {"style": "currency", "currency": "JPY"}, "¥1,200"),
        (3, "integer", {"style": "currency", "currency": "CHF"}, "CHF\u00a03.00"),
        (1_234_567, "integer", {"compact": True}, "1.23M"),
        (27_004, "integer", {"compact": True}, "27K"),
        (-999, "integer", {"compact": True}, "-999"),
        (2.5e9, "number", {"style": "currency", "currency": "USD", "compact": True}, "$2.5B"),
        (7.25, "number", {"suffix": " min", "prefix": "~", "decimals": 1}, "~7.2 min"),
        ("2013-07-04", "date", {"style": "date", "dateFormat": "MMM D, YYYY"}, "Jul 4, 2013"),
        ("2013-07-04T09:05:00", "timestamp", {"style": "date", "dateFormat": "%H:%M"}, "09:05"),
        ("2013-07-04", "date", {"style": "date"}, "2013-07-04"),
        ("EWR", "text", {"style": "string", "prefix": "from "}, "from EWR"),
        (2013, "integer", {"style": "string"}, "2013"),
        ("not a date", "text", {"style": "date", "dateFormat": "YYYY"}, "not a date"),
        (None, "number", {"style": "percent", "suffix": "!"}, "‹null›"),
    ],
)
def test_a_cell_is_written_as_its_column_asks(cell: Cell, kind: ColumnType, given: dict[str, Any], told: str) -> None:
    assert label(cell, Column(name="x", type=kind), form(**given)) == told


@pytest.mark.parametrize(
    ("cell", "told"), [(20.215542521994134, "20.22"), (1234567.0, "1,234,567"), (0.00123, "0.00123"), (1e-9, "1e-09")]
)
def test_without_a_format_figures_are_brief_where_that_is_asked_for(cell: float, told: str) -> None:
    column = Column(name="x", type="number")
    assert label(cell, column, None, brief=True) == told
    assert label(cell, column, None) == repr(cell)


def test_axes_are_labelled_by_expressions() -> None:
    month, figure, year = (
        Column(name="m", type="date"),
        Column(name="f", type="number"),
        Column(name="y", type="integer"),
    )
    assert expression(figure, None) is None
    assert expression(year, None) == "format(datum.value, 'd')"
    assert expression(month, form(style="date", dateFormat="MMM")) == 'utcFormat(datum.value, "%b")'
    assert expression(month, None, band=True) == 'utcFormat(datum.value, "%Y-%m-%d")'
    assert expression(figure, form(style="percent")) == "format(datum.value, '.2~%')"
    assert expression(figure, form(suffix='"+alert(1)+"')).endswith(r' + "\"+alert(1)+\""')  # type: ignore[union-attr]
