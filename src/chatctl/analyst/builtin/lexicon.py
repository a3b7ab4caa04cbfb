"""General English that helps to meet a schema's words: no line is about a particular database.

Every table is one line per fact, so that a fact can be added without reading the program.
"""

_STOP_WORDS = """
    a an the of in on at for to by with and or is are was were be been being do does did has have had having it its
    this that these those there their they them he she his her him i me my we our you your us as so if then than from
    into onto upon per each every any all some what which who whom whose when where how many much please can could
    would should will shall may might must just also too very there's here such same other about not no nor only
    show list give find tell display return get see want know let present print provide return compute calculate
    data dataset table tables record records row rows value values entry entries result results information
    along together corresponding respective ever yet still already over up out off down during within according
    among near between against across through both either neither done made make makes happen happened exist exists
    available recorded registered stored associated belonging belong given used using use id're it's
    now then well okay ok hi hello thanks thank com vs versus s t
    """
STOP_WORDS = frozenset(_STOP_WORDS.split())
"""Words that carry no meaning of their own: left uncovered, they cost nothing."""

# Words that can be said for one another; the closer pairs are the rule, not the exception.
_SYNONYMS = """
    airline carrier operator
    plane aircraft airplane jet
    airport airfield
    customer client buyer shopper purchaser consumer
    order purchase
    product item article good merchandise
    price cost charge fee
    revenue sale turnover income earning
    salary wage pay compensation earning earn income
    amount sum value total
    quantity amount count
    employee staff worker personnel
    manager boss supervisor head
    company firm business enterprise corporation
    department division unit
    shop store outlet
    supplier vendor provider
    seller merchant vendor
    city town municipality
    country nation
    nationality country citizenship
    state province
    location place site venue
    location address city
    address street
    region area territory
    gender sex
    person people individual
    child kid
    doctor physician
    teacher instructor lecturer faculty
    professor faculty lecturer
    student pupil learner
    school college university
    class course
    subject topic
    grade mark score
    score point rating
    rating rank stars
    movie film
    song track
    singer artist vocalist performer
    author writer
    book title publication
    paper publication article
    concert show performance
    stadium arena venue
    team club squad
    match game
    player athlete
    car vehicle automobile
    maker manufacturer producer
    brand make manufacturer
    type kind category sort class
    category group kind
    name title
    code id identifier
    email mail
    phone telephone
    date day time
    birthday birth
    year season
    begin start
    end finish
    duration length time
    height tall
    weight mass
    speed velocity
    temperature temp
    size area
    capacity seat
    population people inhabitant resident
    description detail
    comment note remark
    review feedback
    document file
    picture photo image
    apartment flat
    house home residence
    hotel lodging
    guest visitor
    trip journey travel tour
    destination dest target
    origin source start departure
    departure dep leave depart
    arrival arr arrive land
    delay late
    route line
    payment pay transaction
    bill invoice
    account balance
    discount rebate reduction
    budget fund
    profit gain
    loss deficit
    contract agreement
    job occupation position work profession
    degree diploma
    party faction
    vote ballot
    war battle
    ship vessel boat
    station stop
    animal pet
    illness disease sickness
    drug medicine medication
    patient case
    hospital clinic
    language tongue
    religion faith
    color colour
    member participant
    nickname alias
    wind gust
    rain precipitation
    dollar amount price
    mile distance
    minute duration time
"""

# What a word can be said for, but not the other way round: a price is no rating, though "rate" has the same stem.
_SAID_FOR = """
    rate: price cost charge fee
"""

_SIZES = ("size", "area", "population", "amount", "capacity", "seat", "quantity", "enrollment", "revenue", "total")
# What an adjective measures: its base, the nouns to look for, the direction of "most", and "more" of it.
# "the longest flight": distance or length, largest first.
ADJECTIVES: dict[str, tuple[tuple[str, ...], bool]] = {
    "long": (("distance", "length", "duration", "runtime", "time"), True),
    "short": (("distance", "length", "height", "duration", "runtime", "time"), False),
    "far": (("distance",), True),
    "tall": (("height",), True),
    "high": (("altitude", "height", "elevation", "score", "price", "salary", "rating"), True),
    "low": (("altitude", "height", "elevation", "score", "price", "salary", "rating"), False),
    "deep": (("depth",), True),
    "big": (
        _SIZES,
        True,
    ),
    "large": (
        _SIZES,
        True,
    ),
    "small": (
        _SIZES,
        False,
    ),
    "heavy": (("weight", "mass"), True),
    "light": (("weight", "mass"), False),
    "old": (("age",), True),
    "young": (("age",), False),
    "populous": (("population", "inhabitants"), True),
    "populated": (("population", "inhabitants"), True),
    "dense": (("density",), True),
    "profitable": (("profit", "income", "earnings"), True),
    "valuable": (("value", "worth", "price"), True),
    "cited": (("citations", "cites"), True),
    "productive": (("production", "productivity", "output"), True),
    "wealthy": (("wealth", "worth", "income", "money"), True),
    "wide": (("width",), True),
    "thick": (("thickness", "depth"), True),
    "powerful": (("power", "horsepower"), True),
    "dangerous": (("deaths", "injuries", "accidents", "crime"), True),
    "deadly": (("deaths", "fatalities", "killed"), True),
    "safe": (("deaths", "injuries", "accidents", "crime"), False),
    "expensive": (("price", "cost", "fee", "amount", "budget"), True),
    "costly": (("price", "cost", "fee", "budget"), True),
    "cheap": (("price", "cost", "fee", "amount"), False),
    "fast": (("speed", "velocity", "horsepower"), True),
    "slow": (("speed", "velocity"), False),
    "hot": (("temperature",), True),
    "warm": (("temperature",), True),
    "cold": (("temperature",), False),
    "windy": (("wind", "gust"), True),
    "rich": (("money", "income", "wealth", "salary", "worth"), True),
    "poor": (("money", "income", "wealth", "salary"), False),
    "busy": ((), True),
    "popular": ((), True),
    "common": ((), True),
    "frequent": ((), True),
    "rare": ((), False),
    "late": (("delay", "lateness"), True),
    "delayed": (("delay", "lateness"), True),
    "early": (("date", "time", "year"), False),
    "recent": (("date", "time", "year"), True),
    "new": (("date", "year", "time"), True),
    "good": (("rating", "score", "rank", "revenue", "sales", "amount", "total", "profit"), True),
    "bad": (("rating", "score", "rank", "revenue", "sales", "amount", "total", "profit"), False),
    "strong": (("strength", "magnitude", "power"), True),
    "humid": (("humidity",), True),
}
# What is said of things that were rated or paid, behind "best" or "highest": "the best rated film".
PARTICIPLES: dict[str, tuple[str, ...]] = {
    "rated": ("rating", "score", "stars", "points"),
    "reviewed": ("rating", "score", "stars"),
    "scored": ("score", "points", "rating"),
    "scoring": ("score", "points", "rating"),
    "ranked": ("rank", "ranking"),
    "paid": ("salary", "pay", "wage", "income", "earnings"),
    "earning": ("salary", "pay", "wage", "income", "earnings"),
    "priced": ("price", "cost"),
    "grossing": ("gross", "revenue", "sales"),
    "voted": ("votes",),
    "funded": ("funding", "budget", "amount"),
}
LEADING = {"best": True, "highest": True, "top": True, "most": True, "worst": False, "lowest": False, "least": False}
"""Superlatives before such a participle, and whether the largest figure is meant."""
COUNTING_ADJECTIVES = frozenset({"busy", "popular", "common", "frequent", "rare"})
IRREGULAR_FORMS = {
    "further": "far", "farther": "far", "furthest": "far", "farthest": "far", "better": "good", "best": "good",
    "worse": "bad", "worst": "bad", "latest": "recent", "later": "recent", "oldest": "old", "busiest": "busy",
    "newest": "new", "earliest": "early", "earlier": "early", "biggest": "big", "bigger": "big", "hottest": "hot",
    "hotter": "hot", "heaviest": "heavy", "heavier": "heavy", "windiest": "windy", "rarest": "rare",
}  # fmt: skip

# Words before a value that say which column it belongs to: "left JFK" is an origin, "to LAX" a destination.
DIRECTIONS: dict[str, tuple[str, ...]] = {
    "from": ("origin", "source", "start", "departure", "from"),
    "left": ("origin", "source", "start", "departure"),
    "leaving": ("origin", "source", "start", "departure"),
    "leave": ("origin", "source", "start", "departure"),
    "departed": ("origin", "source", "start", "departure"),
    "departing": ("origin", "source", "start", "departure"),
    "departures": ("origin", "source", "start", "departure"),
    "out": ("origin", "source", "start", "departure"),
    "to": ("dest", "destination", "target", "end", "arrival", "to"),
    "into": ("dest", "destination", "target", "end", "arrival"),
    "towards": ("dest", "destination", "target", "end", "arrival"),
    "arriving": ("dest", "destination", "target", "end", "arrival"),
    "arrived": ("dest", "destination", "target", "end", "arrival"),
    "landed": ("dest", "destination", "target", "end", "arrival"),
    "landing": ("dest", "destination", "target", "end", "arrival"),
    "reached": ("dest", "destination", "target", "end", "arrival"),
    "bound": ("dest", "destination", "target", "end", "arrival"),
    "named": ("name", "title"),
    "called": ("name", "title"),
    "titled": ("title", "name"),
    "made": ("maker", "manufacturer", "brand"),
    "built": ("maker", "manufacturer", "brand"),
    "manufactured": ("maker", "manufacturer", "brand"),
}
_MOTION_WORDS = """
    left leaving leave departed departing depart arrived arriving arrive landed landing fly flew flying flown bound go
    flies going went operate operated reached out towards
"""
MOTION_WORDS = frozenset(_MOTION_WORDS.split())

MONTHS = ("january", "february", "march", "april", "may", "june", "july", "august", "september", "october",
          "november", "december")  # fmt: skip
MONTH_NUMBERS = {name: at for at, name in enumerate(MONTHS, 1)} | {
    name[:3]: at for at, name in enumerate(MONTHS, 1) if name != "may"
} | {"sept": 9}  # fmt: skip
WEEKDAYS = ("sunday", "monday", "tuesday", "wednesday", "thursday", "friday", "saturday")
ORDINALS = {"first": 1, "second": 2, "third": 3, "fourth": 4, "1st": 1, "2nd": 2, "3rd": 3, "4th": 4}
_COUNTED = "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen"
NUMBER_WORDS = {name: at for at, name in enumerate(_COUNTED.split())} | {
    "twenty": 20,
    "thirty": 30,
    "fifty": 50,
    "hundred": 100,
    "dozen": 12,
}

# A word of a column's name that says its unit.
UNITS = {
    "minutes": "minutes", "mins": "minutes", "seconds": "seconds", "secs": "seconds", "ms": "ms", "hours": "hours",
    "hrs": "hours", "days": "days", "km": "km", "miles": "miles", "meters": "m", "kg": "kg", "lbs": "lb",
    "usd": "USD", "eur": "EUR", "gbp": "GBP", "dollars": "USD", "percent": "%", "pct": "%", "celsius": "°C",
    "fahrenheit": "°F", "mph": "mph", "kmh": "km/h",
}  # fmt: skip


# What a unit measures: "over 1000 miles" is about a distance. Units that are seldom a column's own carry their factor
# to the usual one: a bare number of hours must not be compared with minutes.
UNIT_NOUNS: dict[str, tuple[str, ...]] = {
    "miles": ("distance", "length"),
    "mile": ("distance", "length"),
    "km": ("distance", "length"),
    "kilometers": ("distance", "length"),
    "kilometres": ("distance", "length"),
    "meters": ("height", "length", "altitude", "distance"),
    "meter": ("height", "length", "altitude", "distance"),
    "feet": ("altitude", "height", "elevation", "length"),
    "foot": ("altitude", "height", "elevation", "length"),
    "ft": ("altitude", "height", "elevation", "length"),
    "dollars": ("price", "amount", "cost", "salary", "budget"),
    "dollar": ("price", "amount", "cost", "salary", "budget"),
    "euros": ("price", "amount", "cost", "salary", "budget"),
    "euro": ("price", "amount", "cost", "salary", "budget"),
    "usd": ("price", "amount", "cost", "salary", "budget"),
    "degrees": ("temperature",),
    "degree": ("temperature",),
    "years": ("age",),
    "year": ("age",),
    "kg": ("weight",),
    "lbs": ("weight",),
    "lb": ("weight",),
    "pounds": ("weight",),
    "tons": ("weight", "tonnage"),
    "mph": ("speed",),
    "knots": ("speed",),
}
TO_MINUTES = {"hour": 60.0, "hours": 60.0, "hrs": 60.0, "day": 1440.0, "days": 1440.0}

# Words that say how a thing is done, not which: "flights operated by United", "currently", "roughly".
_HARMLESS = """
    built constructed produced manufactured
    operate operates operated operating run runs ran carry carries carried serve serves served place placed buy bought
    purchase purchased order ordered belong belongs own owns owned live lives lived work works worked come comes came
    take takes took taken occur occurs occurred held hold holds contained contains include includes included including
    appear appears appeared need needs currently approximately roughly about actually generally usually overall exactly
    respectively corresponding correspond corresponds related associated total made sold sell sells written write wrote
    participate participated attend attended attending play plays played won win winning got gets receive received made
    use uses used using name named called whole entire full complete various certain particular specific possible known
    number numbers amount sum per like want wants look looking tell think flight-wise data altogether anything something
"""
HARMLESS = frozenset(_HARMLESS.split())


def _groups() -> dict[str, frozenset[str]]:
    found: dict[str, set[str]] = {}
    for line in _SYNONYMS.strip().splitlines():
        group = line.split()
        for word in group:
            found.setdefault(word, set()).update(group)
    for line in _SAID_FOR.strip().splitlines():
        word, _, others = line.strip().partition(": ")
        found.setdefault(word, set()).update(others.split())
    return {word: frozenset(others - {word}) for word, others in found.items()}


SYNONYMS = _groups()
