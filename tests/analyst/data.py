"""Small data to ask about: a year of flights in CSV files, and a shop in a SQLite file; the same on every run."""

import csv
import random
import sqlite3
from datetime import date, datetime, timedelta
from pathlib import Path

AIRLINES = {
    "9E": "Endeavor Air Inc.",
    "AA": "American Airlines Inc.",
    "B6": "JetBlue Airways",
    "DL": "Delta Air Lines Inc.",
    "F9": "Frontier Airlines Inc.",
    "HA": "Hawaiian Airlines Inc.",
    "UA": "United Air Lines Inc.",
    "WN": "Southwest Airlines Co.",
}
AIRPORTS = {
    "EWR": ("Newark Liberty Intl", 18),
    "JFK": ("John F Kennedy Intl", 13),
    "LGA": ("La Guardia", 22),
    "LAX": ("Los Angeles Intl", 126),
    "ORD": ("Chicago Ohare Intl", 668),
    "HNL": ("Honolulu Intl", 13),
    "ATL": ("Hartsfield Jackson Atlanta Intl", 1026),
    "BOS": ("General Edward Lawrence Logan Intl", 19),
    "DEN": ("Denver Intl", 5431),
    "SEA": ("Seattle Tacoma Intl", 433),
}
DESTINATIONS = {"LAX": 2475, "ORD": 733, "HNL": 4983, "ATL": 762, "BOS": 187, "DEN": 1620, "SEA": 2422}
MANUFACTURERS = ("BOEING", "AIRBUS", "EMBRAER")
FLIGHTS = 3_000


def write_flights(folder: Path) -> list[str]:
    """The CSV files of the flights source."""
    chance = random.Random(20130101)
    planes = [f"N{100 + number}XX" for number in range(60)]
    _csv(folder / "airlines.csv", ["carrier", "name"], AIRLINES.items())
    _csv(folder / "airports.csv", ["faa", "name", "alt"], [(code, *rest) for code, rest in AIRPORTS.items()])
    _csv(
        folder / "planes.csv",
        ["tailnum", "year", "manufacturer", "engines", "seats"],
        [
            (tail, 1990 + at % 22, MANUFACTURERS[at % 3], 2 + at % 7 // 6 * 2, 50 + at * 4)
            for at, tail in enumerate(planes)
        ],
    )
    _csv(
        folder / "flights.csv",
        ["year", "month", "day", "dep_time", "dep_delay", "arr_time", "arr_delay", "carrier", "flight", "tailnum",
         "origin", "dest", "air_time", "distance", "hour", "time_hour"],
        [_flight(chance, planes, number) for number in range(FLIGHTS)],
    )  # fmt: skip
    return [str(path) for path in sorted(folder.glob("*.csv"))]


def _flight(chance: random.Random, planes: list[str], number: int) -> tuple[object, ...]:
    day = date(2013, 1, 1) + timedelta(days=int(365 * chance.random() ** 1.1))
    hour = chance.randint(5, 22)
    destination = chance.choice(sorted(DESTINATIONS))
    distance = DESTINATIONS[destination] + chance.randint(-20, 20)
    carrier = chance.choice(sorted(AIRLINES))
    delay = int(chance.gauss(8 + sorted(AIRLINES).index(carrier) * 2.5, 35))
    cancelled = chance.random() < 0.03
    tail = "NA" if chance.random() < 0.02 else chance.choice(planes)
    return (
        2013, day.month, day.day, "NA" if cancelled else hour * 100 + 15, "NA" if cancelled else delay,
        "NA" if cancelled else min(hour + 2, 23) * 100, "NA" if cancelled else delay + chance.randint(-25, 20), carrier,
        1000 + number % 700, tail, chance.choice(("EWR", "JFK", "JFK", "LGA")), destination,
        "NA" if cancelled else distance // 7, distance, hour,
        datetime(2013, day.month, day.day, hour).isoformat(sep=" "),
    )  # fmt: skip


REGIONS = {"Africa": 0.7, "Asia": 1.9, "Europe": 1.0, "North America": 1.2}
"""Regions of the sales, and how their units grow from the first day to the last."""


def write_sales(path: Path) -> str:
    """The CSV file of the sales: 2023-02-10 to 2025-09-20, some cells empty, two rows doubled, one far too large."""
    chance = random.Random(4)
    first, days = date(2023, 2, 10), 954
    rows: list[list[object]] = []
    for at in range(1_200):
        day = at * days // 1_200
        region = chance.choice(sorted(REGIONS))
        product, price = chance.choice((("Laptop", 999), ("Phone", 599), ("Monitor", 249)))
        product = "Phone" if product == "Monitor" and region == "Europe" else product
        units = max(1, round(chance.gauss(6, 2) * (1 + (REGIONS[region] - 1) * day / days)))
        rows.append([first + timedelta(days=day), region, product, units, round(units * price * chance.random(), 2)])
    rows[20][4], rows[77][4] = "", 250_000
    _csv(path, ["date", "region", "product", "units", "revenue"], [*rows, rows[10], rows[50]])
    return str(path)


def _csv(path: Path, header: list[str], rows: object) -> None:
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(header)
        writer.writerows(rows)  # type: ignore[arg-type]


SHOP = """
CREATE TABLE customers (id INTEGER PRIMARY KEY, name TEXT, city TEXT, country TEXT, age INTEGER, signed_up DATE);
CREATE TABLE products (id INTEGER PRIMARY KEY, name TEXT, category TEXT, price REAL);
CREATE TABLE orders (id INTEGER PRIMARY KEY, customer_id INTEGER REFERENCES customers(id), order_date DATE,
    status TEXT, total REAL);
CREATE TABLE order_items (order_id INTEGER REFERENCES orders(id), product_id INTEGER REFERENCES products(id),
    quantity INTEGER);
"""
CITIES = (("Berlin", "Germany"), ("Paris", "France"), ("Lyon", "France"), ("Rome", "Italy"), ("Bonn", "Germany"))
NAMES = ("Anna Bell", "Bruno Cole", "Clara Dunn", "David Ertl", "Emma Funk", "Felix Graf", "Greta Hom", "Ivo Ito")
PRODUCTS = (("Teapot", "kitchen", 24.5), ("Kettle", "kitchen", 39.0), ("Lamp", "living", 59.9), ("Rug", "living", 120),
            ("Desk", "office", 249.0), ("Chair", "office", 99.0))  # fmt: skip


def write_shop(path: Path) -> str:
    """The SQLite file of the shop."""
    chance = random.Random(7)
    with sqlite3.connect(path) as shop:
        shop.executescript(SHOP)
        for at, name in enumerate(NAMES, 1):
            city, country = CITIES[at % 5]
            signed = date(2022, 1, 1) + timedelta(days=90 * at)
            customer = (at, name, city, country, 20 + 5 * at, signed.isoformat())
            shop.execute("INSERT INTO customers VALUES (?,?,?,?,?,?)", customer)
        for at, product in enumerate(PRODUCTS, 1):
            shop.execute("INSERT INTO products VALUES (?,?,?,?)", (at, *product))
        for at in range(1, 121):
            day = date(2023, 1, 1) + timedelta(days=at * 5)
            status = chance.choice(("paid", "paid", "open", "returned"))
            total = None if at % 17 == 0 else round(20 + 200 * chance.random(), 2)
            shop.execute("INSERT INTO orders VALUES (?,?,?,?,?)", (at, 1 + at % 6, day.isoformat(), status, total))
            shop.execute("INSERT INTO order_items VALUES (?,?,?)", (at, 1 + at % 6, 1 + at % 4))
    shop.close()
    return str(path)
