"""What the columns of a form's result are called."""

import re

from chatctl.analyst.builtin.forms import (
    BinOf,
    CalculatedOf,
    ColumnOf,
    DayOf,
    Form,
    GrainOf,
    Operand,
    PieceOf,
    RowsOf,
    Term,
)

NAMED = {"count": "number_of", "sum": "total", "avg": "average", "min": "minimum", "max": "maximum", "median": "median",
         "deviation": "deviation_of", "correlation": "correlation_of"}  # fmt: skip


def column_labels(form: Form) -> list[str]:
    """The labels of the result's columns, in order, each once."""
    labels: list[str] = []
    for term in form.select:
        label, number = _label(term), 2
        while label.lower() in map(str.lower, labels):
            label, number = f"{_label(term)}_{number}", number + 1
        labels.append(label)
    return labels


def _label(term: Term) -> str:
    name = "_".join(_operand_name(term.of).split())
    if term.window == "ratio":
        return "ratio"
    if term.window in ("change", "growth"):
        return "change" if term.window == "change" else "growth_percent"
    if term.window:
        return f"running_{_label(term.model_copy(update={'window': None}))}"
    if term.label:
        return "_".join([_label(term.model_copy(update={"label": ""})), *term.label.lower().split()])
    if term.share:
        return "share_percent"
    if term.fraction is not None:
        return f"percentile_{100 * term.fraction:g}_{name}".replace(".", "_")
    if term.per is not None and isinstance(term.per, ColumnOf) and term.function == "sum":
        return f"{name}_per_{_operand_name(term.per)}"
    if term.per is not None:
        return f"average_{name}_per_{_operand_name(term.per)}"
    if term.function is None:
        return name
    if term.distinct:
        return f"distinct_{name}"
    return f"{NAMED[term.function]}_{name}"


def _operand_name(operand: Operand) -> str:
    match operand:
        case ColumnOf():
            return operand.column
        case GrainOf():
            return operand.unit
        case DayOf():
            return "date"
        case BinOf():
            return f"{operand.column}_from"
        case PieceOf():
            return operand.column
        case CalculatedOf():
            return "_".join(re.findall(r"\w+", operand.name.lower()))
        case RowsOf():
            return operand.table
