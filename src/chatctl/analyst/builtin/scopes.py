"""A scope: one table taken as the anchor of a query, with what can be reached from it and at which cost."""

from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property

from chatctl.analyst.builtin.catalog import Catalog, CatalogTable, Edge
from chatctl.analyst.builtin.forms import ColumnOf, DayOf, GrainOf, Link, Operand, Unit

TO_ONE, TO_MANY = 0.12, 0.22
"""What a join costs: following a key is natural, the way back multiplies rows."""
FARTHEST = 4


@dataclass(frozen=True, kw_only=True, slots=True)
class Route:
    """The joins that lead to a table, and their cost."""

    links: tuple[Link, ...]
    cost: float
    fanning: bool


class Scope:
    """An anchor table and the joins around it; `preferred` columns win where two keys lead to the same table."""

    def __init__(self, catalog: Catalog, anchor: str, preferred: frozenset[tuple[str, str]] = frozenset()) -> None:
        self.catalog = catalog
        self.anchor = anchor
        self._preferred = preferred

    @property
    def table(self) -> CatalogTable:
        """The anchor's table."""
        return self.catalog.tables[self.anchor]

    @cached_property
    def routes(self) -> dict[str, Route]:
        """The cheapest way to every table in reach, by table."""
        routes = {self.anchor: Route(links=(), cost=0.0, fanning=False)}
        queue = deque([self.anchor])
        while queue:
            table = queue.popleft()
            here = routes[table]
            if len(here.links) == FARTHEST:
                continue
            for edge, cost, fanning in self._steps(table):
                beyond = edge.table if fanning else edge.to_table
                known = routes.get(beyond)
                if known is None or here.cost + cost < known.cost - 1e-9:
                    link = _backward(edge) if fanning else _forward(edge)
                    routes[beyond] = Route(
                        links=(*here.links, link), cost=here.cost + cost, fanning=here.fanning or fanning
                    )
                    queue.append(beyond)
        return routes

    def _steps(self, table: str) -> Iterable[tuple[Edge, float, bool]]:
        """The edges at a table, what following each costs, and whether that is the way back."""
        for edge in self.catalog.beside.get(table, ()):
            discount = 0.01 if (edge.table, edge.column) in self._preferred else 0.0
            if edge.table == table:
                yield edge, TO_ONE - discount, False
            elif edge.to_table == table:
                yield edge, TO_MANY - discount, True

    def cost(self, table: str) -> float | None:
        """What reaching a table costs; nothing where it is out of reach."""
        route = self.routes.get(table)
        return route.cost if route else None

    def links(self, tables: Iterable[str]) -> tuple[Link, ...]:
        """The joins that bring in all these tables, each once, in an order in which they can be made."""
        links: dict[str, Link] = {}
        for table in tables:
            for link in self.routes[table].links:
                links.setdefault(link.to_table, link)
        return tuple(links.values())

    def grain(self, unit: Unit) -> Operand | None:
        """A unit of time of the anchor, or of a table that it points to: a column that holds it, or one computed."""
        for table in self._timed():
            found = _grain(table, unit)
            if found:
                return found
        return None

    def day(self) -> DayOf | None:
        """The date of a row."""
        for table in self._timed():
            if {"year", "month", "day"} <= table.parts.keys():
                return DayOf(table=table.name, parts=_date_parts(table))
            if table.dates:
                return DayOf(table=table.name, date=table.dates[0].name)
        return None

    def _timed(self) -> list[CatalogTable]:
        """The anchor first, then the tables that its rows have exactly one row of."""
        near = [name for name, route in self.routes.items() if name != self.anchor and not route.fanning]
        own = [self.table] if self.table.dates or self.table.parts else []
        return own or [self.catalog.tables[name] for name in near if self.catalog.tables[name].dates]

    def part(self, unit: str) -> ColumnOf | None:
        """The integer column that holds a part of the anchor's date."""
        column = self.table.parts.get(unit)
        return ColumnOf(table=self.anchor, column=column.name) if column else None


def _grain(table: CatalogTable, unit: Unit) -> Operand | None:
    part = table.parts.get(unit)
    whole = {"year", "month", "day"} <= table.parts.keys()
    several_years = "year" in table.parts and (table.parts["year"].distinct or 0) > 1
    if part and not (whole and (unit == "day" or (unit in ("month", "quarter", "week") and several_years))):
        return ColumnOf(table=table.name, column=part.name)
    if whole and unit != "hour":
        return GrainOf(unit=unit, table=table.name, parts=_date_parts(table))
    dates = [column for column in table.dates if unit != "hour" or column.type != "date"]
    return GrainOf(unit=unit, table=table.name, date=dates[0].name) if dates else None


def _date_parts(table: CatalogTable) -> tuple[str, ...]:
    return tuple(table.parts[part].name for part in ("year", "month", "day"))


def _forward(edge: Edge) -> Link:
    return Link(table=edge.table, column=edge.column, to_table=edge.to_table, to_column=edge.to_column)


def _backward(edge: Edge) -> Link:
    return Link(table=edge.to_table, column=edge.to_column, to_table=edge.table, to_column=edge.column)
