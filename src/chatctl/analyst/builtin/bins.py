"""How wide the stretches of a distribution are: measured on the data, so that extremes do not squeeze the rest."""

import math

from chatctl.analyst.builtin.catalog import Catalog
from chatctl.analyst.builtin.forms import BinOf, ColumnOf, Form, Operand, Term
from chatctl.analyst.builtin.queries import to_sql
from chatctl.domain.errors import SourceError
from chatctl.domain.results import approximated
from chatctl.engines.engine import Engine, Limits

MOST = 20
WHOLE = frozenset({"sqlite", "mysql"})
"""Dialects without quantiles: their bins run from the least to the greatest number."""
TAILS = (0.01, 0.99)
STEPS = (1.0, 2.0, 2.5, 5.0, 10.0)
_LOOK = Limits(rows=1, seconds=10.0)


def unmeasured(form: Form) -> BinOf | None:
    """The bin of a form that has no width yet."""
    return next((key for key in form.group if isinstance(key, BinOf) and key.width is None), None)


def measured(form: Form, catalog: Catalog, engine: Engine) -> Form:
    """The form with its bins as wide as the data ask for; as it is where they cannot be measured."""
    asked = unmeasured(form)
    if asked is None:
        return form
    figures = _figures(asked, form, catalog, engine)
    if figures is None:
        return form
    found = _bin(asked, *figures, whole=catalog.column(asked.table, asked.column).type == "integer")

    def put(operand: Operand) -> Operand:
        return found if operand == asked else operand

    terms = tuple(term.model_copy(update={"of": put(term.of)}) for term in form.select)
    return form.model_copy(update={"select": terms, "group": tuple(map(put, form.group))})


def _figures(asked: BinOf, form: Form, catalog: Catalog, engine: Engine) -> tuple[float, float, float, float] | None:
    """The least, a low, a high and the greatest number of the rows that the form looks at."""
    column = Term(of=ColumnOf(table=asked.table, column=asked.column))
    tails = () if catalog.dialect in WHOLE else TAILS
    select = [
        column.model_copy(update={"function": "min"}),
        *(column.model_copy(update={"function": "quantile", "fraction": it}) for it in tails),
        column.model_copy(update={"function": "max"}),
    ]
    look = form.model_copy(
        update={"select": tuple(select), "group": (), "having": (), "order": (), "limit": None, "supporting": 0}
    )
    try:
        (row,) = approximated(engine.run(to_sql(look, catalog), _LOOK)).rows
    except SourceError:
        return None
    cells = [float(cell) for cell in row if isinstance(cell, int | float)]
    if len(cells) < len(select):
        return None
    return cells[0], cells[len(tails) // 2], cells[-1 - len(tails) // 2], cells[-1]


def _bin(asked: BinOf, least: float, low: float, high: float, greatest: float, *, whole: bool) -> BinOf:
    width = _nice((high - low) / MOST)
    width = max(1.0, round(width)) if whole else width
    first, last = _exact(math.floor(low / width) * width), _exact(math.floor(high / width) * width)
    return asked.model_copy(
        update={
            "width": width,
            "low": first if least < first else None,
            "high": last if greatest >= last + width else None,
        }
    )


def _exact(bound: float) -> float:
    """A multiple of a width without the dust of its multiplication."""
    return float(f"{bound:.10g}")


def _nice(width: float) -> float:
    """The next round number: 1, 2, 2.5, 5 times a power of ten."""
    if width <= 0:
        return 1.0
    power = 10.0 ** math.floor(math.log10(width))
    return next(step * power for step in STEPS if step * power >= width * (1 - 1e-9))
