"""Tables like nycflights13's, small enough for every test: as many rows as seconds allow, with its dirt."""

import csv
import random
from pathlib import Path

ROWS = 20_000
CARRIERS = {
    "9E": "Endeavor Air Inc.",
    "AA": "American Airlines Inc.",
    "B6": "JetBlue Airways",
    "DL": "Delta Air Lines Inc.",
    "EV": "ExpressJet Airlines Inc.",
    "HA": "Hawaiian Airlines Inc.",
    "UA": "United Air Lines Inc.",
}
FLIGHTS = ("year", "month", "day", "dep_delay", "arr_delay", "carrier", "flight", "origin", "dest", "distance")


def write(folder: Path) -> list[Path]:
    """airlines.csv and flights.csv in this folder, the same ones every time."""
    folder.mkdir(parents=True)
    airlines, flights = folder / "airlines.csv", folder / "flights.csv"
    _table(airlines, ("carrier", "name"), list(CARRIERS.items()))
    _table(flights, FLIGHTS, _flights(random.Random(2013)))
    return [airlines, flights]


def _flights(chance: random.Random) -> list[tuple[object, ...]]:
    carriers = list(CARRIERS)
    rows: list[tuple[object, ...]] = []
    for number in range(ROWS):
        carrier = carriers[number % len(carriers)]
        delay = round(chance.gauss(4 + 3 * carriers.index(carrier), 20))
        cancelled = number % 50 == 0
        late: tuple[object, object] = ("NA", "NA") if cancelled else (delay, delay + chance.randint(-15, 5))
        when = (2013, number % 12 + 1, number % 28 + 1)
        where = (chance.choice(("EWR", "JFK", "LGA")), chance.choice(("ATL", "BOS", "LAX", "ORD")))
        rows.append((*when, *late, carrier, number % 900, *where, chance.randint(200, 2_500)))
    return rows


def _table(path: Path, columns: tuple[str, ...], rows: list[tuple[object, ...]]) -> None:
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(columns)
        writer.writerows(rows)
