"""A school authority and a sailing league: quoted, short and joined-up names, codes, dates and times of laps as text.

The same on every run. What the names and codes stand for is told by the definitions of each question.
"""

import random
import sqlite3
from datetime import date, timedelta
from pathlib import Path

TABLES = """
    CREATE TABLE sch (SchCode TEXT PRIMARY KEY, SchTitle TEXT, Strt TEXT, Town TEXT, Post TEXT, Cty TEXT, Phone TEXT,
                      Chartered INTEGER, FndTyp TEXT, OpnDate TEXT, ClsDate TEXT, Kind TEXT, Onl TEXT, Grades TEXT,
                      HdFirst TEXT, HdLast TEXT, HdMail TEXT);
    CREATE TABLE lunches (SchCode TEXT PRIMARY KEY REFERENCES sch (SchCode), "Pupils (K-12)" INTEGER,
                          "Free Lunches (K-12)" INTEGER, "Pupils (Ages 5-17)" INTEGER,
                          "Free Lunches (Ages 5-17)" INTEGER);
    CREATE TABLE exams (Sch TEXT PRIMARY KEY REFERENCES sch (SchCode), NumTstTakr INTEGER, AvgScrRead INTEGER,
                        AvgScrMath INTEGER, AvgScrWrite INTEGER, NumOver1500 INTEGER);
    CREATE TABLE ports (PortNo INTEGER PRIMARY KEY, PortNm TEXT, Land TEXT, Lati REAL, Longi REAL);
    CREATE TABLE skippers (SkipNo INTEGER PRIMARY KEY, FirstNm TEXT, FamNm TEXT, BornOn TEXT, Passport TEXT, Gndr TEXT,
                           SailCd TEXT);
    CREATE TABLE cups (CupNo INTEGER PRIMARY KEY, Season INTEGER, Leg INTEGER,
                       PortNo INTEGER REFERENCES ports (PortNo), CupNm TEXT, HeldOn TEXT);
    CREATE TABLE outcomes (OutNo INTEGER PRIMARY KEY, Outcome TEXT);
    CREATE TABLE starts (StartNo INTEGER PRIMARY KEY, CupNo INTEGER REFERENCES cups (CupNo),
                         SkipNo INTEGER REFERENCES skippers (SkipNo), Lane INTEGER, Plc INTEGER, Pts REAL,
                         BestLap TEXT, OutNo INTEGER REFERENCES outcomes (OutNo));
"""
TOWNS = {"Ardmore": "Kent", "Bellton": "Kent", "Calder": "Marl Hills", "Dunmore": "Marl Hills", "Eastvale": "Tusk"}
PORTS = (("Kiel", "Germany"), ("Cowes", "England"), ("Brest", "France"), ("Palma", "Spain"), ("Marseille", "France"))
FIRST = ("Anton", "Bea", "Cyril", "Dora", "Emil", "Fay", "Gus", "Hana", "Ivo", "Jana", "Kurt", "Lena")
FAMILY = ("Abel", "Bruck", "Costa", "Duval", "Egan", "Fischer", "Grant", "Horvat", "Ilic", "Jansen", "Keller")
PASSPORTS = ("German", "British", "French", "Spanish", "Italian", "Dutch")
POINTS = (25, 18, 15, 12, 10, 8, 6, 4, 2, 1)


def write_authorities(location: Path) -> None:
    """Write the SQLite file of the schools and the regattas."""
    chance = random.Random(5)
    rows: dict[str, list[tuple[object, ...]]] = {
        **_schools(chance),
        "ports": [(at, *port, 40 + at, 3 * at) for at, port in enumerate(PORTS, 1)],
        "skippers": [_skipper(chance, number) for number in range(1, 61)],
        "cups": [_cup(chance, number) for number in range(1, 61)],
        "outcomes": [(1, "Finished"), (2, "Disqualified"), (3, "Capsized"), (4, "Retired")],
        "starts": [it for cup in range(60) for it in _starts(chance, cup)],
    }
    with sqlite3.connect(location) as database:
        database.executescript(TABLES)
        for table, found in rows.items():
            places = ", ".join("?" * len(found[0]))
            database.executemany(f"INSERT INTO {table} VALUES ({places})", found)  # noqa: S608, the tables are those above
    database.close()


def _schools(chance: random.Random) -> dict[str, list[tuple[object, ...]]]:
    schools, lunches, exams = list[tuple[object, ...]](), list[tuple[object, ...]](), list[tuple[object, ...]]()
    for number in range(1, 241):
        code = f"S{number:04d}"
        schools.append(_school(chance, number, code))
        pupils = chance.randint(40, 2_500)
        free, young = int(pupils * chance.random() * 0.9), int(pupils * 0.95)
        lunches.append((code, pupils, free, young, int(free * 0.93)))
        takers = chance.randint(15, 700)
        scores = [chance.randint(350, 690) for _ in range(3)]
        exams.append((code, takers, *scores, int(takers * chance.random())))
    return {"sch": schools, "lunches": lunches, "exams": exams}


def _school(chance: random.Random, number: int, code: str) -> tuple[object, ...]:
    town, chartered = chance.choice(list(TOWNS)), int(chance.random() < 0.3)
    first, last = chance.choice(("Ana", "Bob", "Carl", "Eve")), chance.choice(("Moss", "Nash", "Ortiz", "Quinn"))
    closed = _day(chance, date(2000, 1, 1), 6_000) if chance.random() < 0.15 else None
    title = f"{chance.choice(('River', 'Oak', 'Hill'))} {chance.choice(('Park', 'Grove', 'Creek'))} School {number}"
    return (
        *(code, title, f"{number} Elm St.", town, f"9{number:04d}", TOWNS[town], f"555-{number:04d}", chartered),
        chance.choice(("Directly funded", "Locally funded")) if chartered else None,
        *(_day(chance, date(1950, 1, 1), 24_000), closed, chance.choice(("ES", "HS", "MS")), chance.choice("FNP")),
        *(chance.choice(("K-5", "6-8", "9-12")), first, last, f"{first}.{last}{number}@sch.example"),
    )


def _skipper(chance: random.Random, number: int) -> tuple[object, ...]:
    first, family = FIRST[number % 12], FAMILY[(number * 7 + number // 12) % 11]
    code = None if chance.random() < 0.4 else f"{first[:2]}{number}".upper()
    return (
        number,
        first,
        family,
        _day(chance, date(1955, 1, 1), 16_000),
        chance.choice(PASSPORTS),
        "MF"[number % 2],
        code,
    )


def _cup(chance: random.Random, number: int) -> tuple[object, ...]:
    season, port = 2000 + (number - 1) // 5, chance.randint(1, len(PORTS))
    day = date(season, chance.randint(4, 9), chance.randint(1, 28)).isoformat()
    return number, season, (number - 1) % 5 + 1, port, f"{PORTS[port - 1][0]} Cup", day


def _starts(chance: random.Random, cup: int) -> list[tuple[object, ...]]:
    found = list[tuple[object, ...]]()
    for place, skipper in enumerate(chance.sample(range(1, 61), 12), 1):
        finished, lap = chance.random() < 0.85, chance.randint(80_000, 99_999)
        points = POINTS[place - 1] if finished and place <= len(POINTS) else 0
        time = f"{lap // 60_000}:{lap % 60_000 // 1_000:02d}.{lap % 1_000:03d}" if finished else None
        outcome = 1 if finished else chance.randint(2, 4)
        lane, number = chance.randint(1, 12), cup * 12 + place
        found.append((number, cup + 1, skipper, lane, place if finished else None, points, time, outcome))
    return found


def _day(chance: random.Random, first: date, most: int) -> str:
    return (first + timedelta(days=chance.randint(0, most))).isoformat()
