"""The cars of vega_datasets as they might be shared on a data site: two tables, short names, undeclared keys."""

import json
import sqlite3
from pathlib import Path

TABLES = """
    CREATE TABLE CAR_SPECS (CarID INTEGER, ModelName TEXT, ORIGIN_CTRY TEXT, ModelYr INTEGER, CYL_CNT INTEGER,
                            HP INTEGER, CurbWt_lbs INTEGER, IMPORTED TEXT);
    CREATE TABLE FuelEconomy (CAR_NO INTEGER, AvgMPG REAL, ACCEL_SEC REAL);
"""


def write_garage(cars: Path, location: Path) -> None:
    """Write the SQLite file of the cars in a JSON file."""
    rows = list(enumerate(json.loads(cars.read_text()), 1001))
    with sqlite3.connect(location) as database:
        database.executescript(TABLES)
        database.executemany("INSERT INTO CAR_SPECS VALUES (?, ?, ?, ?, ?, ?, ?, ?)", [_specs(*row) for row in rows])
        economy = [(number, car["Miles_per_Gallon"], car["Acceleration"]) for number, car in rows]
        database.executemany("INSERT INTO FuelEconomy VALUES (?, ?, ?)", economy)
    database.close()


def _specs(number: int, car: dict[str, object]) -> tuple[object, ...]:
    imported = "N" if car["Origin"] == "USA" else "Y"
    made = (car["Name"], car["Origin"], int(str(car["Year"])[:4]))
    return (number, *made, car["Cylinders"], car["Horsepower"], car["Weight_in_lbs"], imported)
