"""What people leave unsaid: how a bare quantity is drawn together, what a state of a row means, what an event counts.

General English, a line per fact; no line is about a particular database.
"""

# Quantities that add up: without an aggregate their total is meant, of other numbers the average.
_FLOWS = """
    revenue sale sales turnover amount total subtotal units unit quantity qty cost costs spend spending spent expense
    expenses profit income earnings volume payment payments gross net paid sold orders items
    precipitation rain rainfall snow snowfall
"""
FLOWS = frozenset(_FLOWS.split())
_TALLIES = """
    population pop deaths births cases votes goals wins losses medals enrollment passengers visitors accidents fires
    crimes incidents downloads views clicks likes
"""
TALLIES = frozenset(_TALLIES.split())
"""Counts that somebody made: they add up over groups, but are no stream in time."""
_LEVELS = "price rate avg average mean median percent percentage pct share ratio score index per discount min max"
LEVELS = frozenset(_LEVELS.split())
"""Words that make a quantity one that does not add up: unit price, average revenue."""

# The measure that is meant where none is named, the likeliest first: "which region grew fastest".
LEADING_MEASURES = ("revenue", "sales", "turnover", "amount", "total", "income", "profit", "units", "quantity")

# What is said of rows, and the column and condition that it means; a value or column of that name comes first.
# "cancelled flights": those without a departure time; "on time": with a delay of at most 0.
STATES: dict[str, tuple[tuple[str, ...], str, float]] = {
    "cancelled": (("departure time", "start time"), "null", 0.0),
    "canceled": (("departure time", "start time"), "null", 0.0),
    "delayed": (("delay", "lateness"), ">", 0.0),
    "late": (("delay", "lateness"), ">", 0.0),
    "departed late": (("departure delay", "delay"), ">", 0.0),
    "left late": (("departure delay", "delay"), ">", 0.0),
    "arrived late": (("arrival delay", "delay"), ">", 0.0),
    "departed early": (("departure delay", "delay"), "<", 0.0),
    "left early": (("departure delay", "delay"), "<", 0.0),
    "arrived early": (("arrival delay", "delay"), "<", 0.0),
    "on time": (("delay", "lateness"), "<=", 0.0),
    "punctual": (("delay", "lateness"), "<=", 0.0),
    "arrived on time": (("arrival delay", "delay"), "<=", 0.0),
    "left on time": (("departure delay", "delay"), "<=", 0.0),
    "departed on time": (("departure delay", "delay"), "<=", 0.0),
}

# Events that are said for the rows of a table, and the way they point: "most departures" counts flights by origin.
EVENTS: dict[str, str] = {
    "departures": "departed",
    "departure": "departed",
    "takeoffs": "departed",
    "arrivals": "arrived",
    "arrival": "arrived",
    "landings": "arrived",
}
# What somebody did, and what it is called: "planes that never flew" have no flight.
DEEDS: dict[str, str] = {
    "flew": "flights",
    "flown": "flights",
    "sold": "sales",
    "ordered": "orders",
    "bought": "purchases",
    "purchased": "purchases",
    "paid": "payments",
    "visited": "visits",
    "redeemed": "redemptions",
    "booked": "bookings",
    "played": "games",
    "reviewed": "reviews",
    "returned": "returns",
}
ROW_WORDS = frozenset({"rows", "row", "records", "record", "entries", "observations"})
"""Words for the rows of a table, whatever it is called."""

_PAST = """
    had was were did went left flew sold bought ordered spent departed arrived landed served happened occurred came made
    earned paid lived worked played won got received used carried operated grew
"""
PAST = frozenset(_PAST.split())
"""Words of a question that is put in the past tense, and is answered so."""
