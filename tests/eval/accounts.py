"""A small telephone company: customers, their contracts and invoices, districts; its names are short, German, quoted.

The same on every run. Nothing in it says what its codes mean: that is what definitions are for.
"""

import random
import sqlite3
from datetime import date, timedelta
from pathlib import Path

TABLES = """
    CREATE TABLE bezirk (bez_id INTEGER PRIMARY KEY, "A2" TEXT, reg_cd TEXT, "A11" INTEGER,
                         "Unemployment Rate (%)" REAL, "No. of Residents" INTEGER);
    CREATE TABLE kunde (kd_nr INTEGER PRIMARY KEY, fname TEXT, lname TEXT, sex TEXT, dob TEXT, stat TEXT,
                        bez_id INTEGER REFERENCES bezirk (bez_id), vip INTEGER);
    CREATE TABLE vertrag (vtr_id INTEGER PRIMARY KEY, kd_nr INTEGER REFERENCES kunde (kd_nr), typ TEXT, beg_dt TEXT,
                          end_dt TEXT, mon_fee REAL, dur INTEGER);
    CREATE TABLE rechnung (rg_id INTEGER PRIMARY KEY, vtr_id INTEGER REFERENCES vertrag (vtr_id), period INTEGER,
                           amt REAL, vat REAL, paid_dt TEXT, reminders INTEGER);
    CREATE TABLE "sales rep" ("Rep Code" TEXT PRIMARY KEY, "Full Name" TEXT, "Hire Date" TEXT, "Base Pay" REAL,
                              "Bonus Pct" REAL, bez_id INTEGER REFERENCES bezirk (bez_id));
"""
TOWNS = ("Adlershof", "Buchholz", "Cronberg", "Dahlem", "Elsfleth", "Falkensee", "Gotha", "Hildburg")
WOMEN = ("Anna", "Berta", "Clara", "Doris", "Emma", "Frieda")
MEN = ("Albert", "Bruno", "Carl", "Dieter", "Ernst")
FAMILIES = ("Ahrens", "Brandt", "Conrad", "Dietz", "Ebert", "Fuchs", "Graf", "Haas", "Imhoff", "Jung")


def write_accounts(location: Path) -> None:
    """Write the SQLite file of the company."""
    chance = random.Random(7)
    with sqlite3.connect(location) as database:
        database.executescript(TABLES)
        database.executemany("INSERT INTO bezirk VALUES (?, ?, ?, ?, ?, ?)", _districts(chance))
        database.executemany("INSERT INTO kunde VALUES (?, ?, ?, ?, ?, ?, ?, ?)", _customers(chance))
        contracts = [_contract(chance, number) for number in range(1, 201)]
        database.executemany("INSERT INTO vertrag VALUES (?, ?, ?, ?, ?, ?, ?)", contracts)
        invoices = [(contract[0], contract[5]) for contract in contracts for _ in range(chance.randint(0, 8))]
        rows = [_invoice(chance, number, *invoice) for number, invoice in enumerate(invoices, 1)]
        database.executemany("INSERT INTO rechnung VALUES (?, ?, ?, ?, ?, ?, ?)", rows)
        database.executemany('INSERT INTO "sales rep" VALUES (?, ?, ?, ?, ?, ?)', _representatives(chance))
    database.close()


def _districts(chance: random.Random) -> list[tuple[object, ...]]:
    return [
        (at, town, "NSWO"[at % 4], 2000 + 137 * at, round(3 + chance.random() * 6, 2), chance.randint(10_000, 100_000))
        for at, town in enumerate(TOWNS, 1)
    ]


def _customers(chance: random.Random) -> list[tuple[object, ...]]:
    found: list[tuple[object, ...]] = []
    for number in range(1, 121):
        sex = chance.choice("FM")
        first, last = chance.choice(WOMEN if sex == "F" else MEN), chance.choice(FAMILIES)
        born = _day(chance, date(1945, 1, 1), 20_000)
        vip = int(chance.random() < 0.2)
        found.append((number, first, last, sex, born, chance.choice("AAACP"), chance.randint(1, 8), vip))
    return found


def _contract(chance: random.Random, number: int) -> tuple[int, int, str, str, str | None, float, int]:
    begun = _day(chance, date(2008, 1, 1), 2_200)
    ended = None if chance.random() < 0.6 else _day(chance, date.fromisoformat(begun), 900)
    kind, months = chance.choice(("FLX", "STD", "PRM")), chance.choice((12, 24, 36, 48))
    return number, chance.randint(1, 110), kind, begun, ended, round(10 + chance.random() * 90, 2), months


def _invoice(chance: random.Random, number: int, contract: int, fee: float) -> tuple[object, ...]:
    year, month = chance.choice((2011, 2012, 2013)), chance.randint(1, 12)
    paid = None if chance.random() < 0.25 else date(year, month, chance.randint(1, 28)).isoformat()
    amount = round(fee * chance.choice((1, 1, 2)), 2)
    return (
        number,
        contract,
        year * 100 + month,
        amount,
        round(amount * 0.19, 2),
        paid,
        chance.choice((0, 0, 0, 1, 2, 3)),
    )


def _representatives(chance: random.Random) -> list[tuple[object, ...]]:
    found: list[tuple[object, ...]] = []
    for number in range(1, 16):
        name = f"{chance.choice(WOMEN + MEN)} {chance.choice(FAMILIES)}"
        hired = _day(chance, date(1998, 1, 1), 5_500)
        pay, bonus = 2_000 + chance.randint(0, 30) * 100, chance.choice((2.5, 5, 7.5, 10))
        found.append((f"R{number:02d}", name, hired, pay, bonus, chance.randint(1, 8)))
    return found


def _day(chance: random.Random, first: date, most: int) -> str:
    return (first + timedelta(days=chance.randint(0, most))).isoformat()
