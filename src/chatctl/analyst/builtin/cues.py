"""Words that say what is to be done with the schema's words: one cue a line, with an example.

A tag is one letter, so that the grammar can be written as patterns over tags:
A aggregate, U distinct, H share, S superlative, J adjective, C comparison, G comparison behind the number, W between,
l part of a text, X missing, ! not, B by or per, R whose or with, T top, O sorted by, d direction, Q question word,
E existence, & and, | or, c chart, Y only, I instead, K what about, m also, z why; `analyses` has more.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

from chatctl.analyst.builtin.analyses import ANALYSES
from chatctl.analyst.builtin.idioms import STATES
from chatctl.analyst.builtin.lexicon import ADJECTIVES, COUNTING_ADJECTIVES, IRREGULAR_FORMS, LEADING, PARTICIPLES


@dataclass(frozen=True, slots=True)
class Cue:
    """A phrase, its tag, what it carries, and a question in which it stands."""

    phrase: str
    tag: str
    value: str = ""
    example: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class Degree:
    """A superlative or comparative: its direction or operator, and the nouns that its adjective measures."""

    descending: bool
    operator: str = ""
    nouns: tuple[str, ...] = ()
    counting: bool = False


CUES = (
    Cue("how many", "A", "count", "how many flights left JFK"),
    Cue("how many times", "A", "count", "how many times did it rain"),
    Cue("how much", "A", "sum", "how much revenue"),
    Cue("number of", "A", "count", "number of flights by carrier"),
    Cue("numbers of", "A", "count", "the numbers of flights and airports"),
    Cue("count of", "A", "count", "count of flights"),
    Cue("count the number of", "A", "count", "count the number of flights"),
    Cue("count", "A", "count", "count the flights"),
    Cue("amount of", "A", "sum", "the amount of seats"),
    Cue("total number of", "A", "total", "the total number of flights, of seats"),
    Cue("total count of", "A", "total", "the total count of flights"),
    Cue("total amount of", "A", "sum", "the total amount of rain"),
    Cue("total", "A", "sum", "total distance by carrier"),
    Cue("sum of", "A", "sum", "sum of seats"),
    Cue("sum", "A", "sum", "sum distance by carrier"),
    Cue("overall", "A", "sum", "overall distance"),
    Cue("average", "A", "avg", "average delay"),
    Cue("averages", "A", "avg", "the averages by month"),
    Cue("avg", "A", "avg", "avg delay"),
    Cue("mean", "A", "avg", "mean delay"),
    Cue("on average", "A", "avg", "how late is UA on average"),
    Cue("typical", "A", "median", "the typical delay"),
    Cue("median", "A", "median", "median delay"),
    Cue("maximum", "A", "max", "maximum delay"),
    Cue("max", "A", "max", "max delay"),
    Cue("peak", "A", "max", "peak temperature"),
    Cue("minimum", "A", "min", "minimum delay"),
    Cue("min", "A", "min", "min delay"),
    Cue("distinct", "U", "", "distinct carriers"),
    Cue("different", "U", "", "how many different carriers"),
    Cue("unique", "U", "", "unique tail numbers"),
    Cue("deduplicated", "U", "", "deduplicated carriers"),
    Cue("share of", "H", "", "share of flights by carrier"),
    Cue("share", "H", "", "as a share"),
    Cue("percentage of", "H", "", "percentage of flights from JFK"),
    Cue("percentage", "H", "", "as a percentage"),
    Cue("percent of", "H", "", "percent of flights from JFK"),
    Cue("what percent", "H", "", "what percent of flights"),
    Cue("proportion of", "H", "", "proportion of flights"),
    Cue("fraction of", "H", "", "fraction of flights"),
    Cue("as a share of the total", "H", "", "and as a share of the total"),
    Cue("as a percentage of the total", "H", "", "as a percentage of the total"),
    Cue("share of the total", "H", "", "as share of the total"),
    Cue("percent of total", "H", "", "as percent of total"),
    Cue("most", "S", "desc", "most flights"),
    Cue("the most", "S", "desc", "the most flights"),
    Cue("highest", "S", "desc", "the highest delay"),
    Cue("greatest", "S", "desc", "the greatest distance"),
    Cue("largest number of", "S", "count desc", "the largest number of flights"),
    Cue("highest number of", "S", "count desc", "the highest number of flights"),
    Cue("greatest number of", "S", "count desc", "the greatest number of flights"),
    Cue("most number of", "S", "count desc", "the most number of flights"),
    Cue("maximum number of", "S", "count desc", "the maximum number of flights"),
    Cue("smallest number of", "S", "count asc", "the smallest number of flights"),
    Cue("lowest number of", "S", "count asc", "the lowest number of flights"),
    Cue("least number of", "S", "count asc", "the least number of flights"),
    Cue("minimum number of", "S", "count asc", "the minimum number of flights"),
    Cue("fewest number of", "S", "count asc", "the fewest number of flights"),
    Cue("most common", "S", "common desc", "the most common origin"),
    Cue("most frequent", "S", "common desc", "the most frequent origin"),
    Cue("most popular", "S", "common desc", "the most popular destination"),
    Cue("least common", "S", "common asc", "the least common origin"),
    Cue("least popular", "S", "common asc", "the least popular destination"),
    Cue("most frequently", "S", "common desc", "the origin used most frequently"),
    Cue("least frequently", "S", "common asc", "the origin used least frequently"),
    Cue("least often", "S", "common asc", "which origin occurs least often"),
    Cue("most often", "S", "common desc", "which origin occurs most often"),
    Cue("best selling", "S", "lead desc", "the best selling product"),
    Cue("best-selling", "S", "lead desc", "the best-selling product"),
    Cue("top selling", "S", "lead desc", "the top selling product"),
    Cue("best performing", "S", "lead desc", "the best performing region"),
    Cue("worst selling", "S", "lead asc", "the worst selling product"),
    Cue("worst performing", "S", "lead asc", "the worst performing region"),
    Cue("lowest", "S", "asc", "the lowest delay"),
    Cue("least", "S", "asc", "the least delay"),
    Cue("fewest", "S", "asc", "the fewest flights"),
    Cue("more than", "C", ">", "more than 5 engines"),
    Cue("greater than", "C", ">", "distance greater than 1000"),
    Cue("higher than", "C", ">", "higher than 10"),
    Cue("bigger than", "C", ">", "bigger than 10"),
    Cue("larger than", "C", ">", "larger than 10"),
    Cue("by more than", "C", ">", "delayed by more than 30 minutes"),
    Cue("by at least", "C", ">=", "delayed by at least 30 minutes"),
    Cue("by over", "C", ">", "delayed by over 30 minutes"),
    Cue("by less than", "C", "<", "delayed by less than 30 minutes"),
    Cue("over", "C", ">", "over 1000 miles"),
    Cue("above", "C", ">", "delay above 60"),
    Cue("exceeding", "C", ">", "delay exceeding 60"),
    Cue("exceeds", "C", ">", "whose delay exceeds 60"),
    Cue("exceed", "C", ">", "delays that exceed 60"),
    Cue(">", "C", ">", "dep_delay > 60"),
    Cue(">=", "C", ">=", "dep_delay >= 60"),
    Cue("<", "C", "<", "dep_delay < 60"),
    Cue("<=", "C", "<=", "dep_delay <= 60"),
    Cue("=", "C", "=", "month = 7"),
    Cue("==", "C", "=", "month == 7"),
    Cue("!=", "C", "!=", "month != 7"),
    Cue("<>", "C", "!=", "month <> 7"),
    Cue("less than", "C", "<", "less than 5 engines"),
    Cue("fewer than", "C", "<", "fewer than 5 flights"),
    Cue("lower than", "C", "<", "lower than 10"),
    Cue("smaller than", "C", "<", "smaller than 10"),
    Cue("under", "C", "<", "under 500 miles"),
    Cue("below", "C", "<", "delay below 0"),
    Cue("at least", "C", ">=", "at least 2 engines"),
    Cue("no less than", "C", ">=", "no less than 2"),
    Cue("no fewer than", "C", ">=", "no fewer than 2"),
    Cue("minimum of", "C", ">=", "a minimum of 2 engines"),
    Cue("at most", "C", "<=", "at most 2 engines"),
    Cue("no more than", "C", "<=", "no more than 2 engines"),
    Cue("up to", "C", "<=", "up to 500 miles"),
    Cue("in or after", "C", ">=", "in or after 2013"),
    Cue("on or after", "C", ">=", "on or after 4 July"),
    Cue("in or before", "C", "<=", "in or before 2013"),
    Cue("on or before", "C", "<=", "on or before 4 July"),
    Cue("or more", "G", ">=", "2 or more engines"),
    Cue("or less", "G", "<=", "2 or less"),
    Cue("or fewer", "G", "<=", "2 or fewer"),
    Cue("or later", "G", ">=", "2013 or later"),
    Cue("or earlier", "G", "<=", "2013 or earlier"),
    Cue("equal to", "C", "=", "distance equal to 1000"),
    Cue("equals", "C", "=", "month equals 7"),
    Cue("exactly", "C", "=", "exactly 4 engines"),
    Cue("since", "C", ">=", "since March"),
    Cue("after", "C", ">", "after June"),
    Cue("later than", "C", ">", "later than June"),
    Cue("before", "C", "<", "before June"),
    Cue("earlier than", "C", "<", "earlier than June"),
    Cue("prior to", "C", "<", "prior to June"),
    Cue("until", "C", "<=", "until June"),
    Cue("through", "C", "<=", "through June"),
    Cue("starting in", "C", ">=", "starting in June"),
    Cue("contains", "l", "part", 'names that contain "Air"'),
    Cue("contain", "l", "part", 'names that contain "Air"'),
    Cue("containing", "l", "part", 'names containing "Air"'),
    Cue("contains the word", "l", "part", 'names that contain the word "Air"'),
    Cue("contain the word", "l", "part", 'names that contain the word "Air"'),
    Cue("containing the word", "l", "part", 'names containing the word "Air"'),
    Cue("includes", "l", "part", 'whose name includes "Air"'),
    Cue("with the substring", "l", "part", 'names with the substring "Air"'),
    Cue("has the substring", "l", "part", 'whose name has the substring "Air"'),
    Cue("like", "l", "part", 'names like "Air"'),
    Cue("starts with", "l", "start", 'whose name starts with "A"'),
    Cue("start with", "l", "start", 'names that start with "A"'),
    Cue("starting with", "l", "start", 'names starting with "A"'),
    Cue("begins with", "l", "start", 'whose name begins with "A"'),
    Cue("beginning with", "l", "start", 'names beginning with "A"'),
    Cue("ends with", "l", "end", 'whose name ends with "Inc."'),
    Cue("end with", "l", "end", 'names that end with "Inc."'),
    Cue("ending with", "l", "end", 'names ending with "Inc."'),
    Cue("between", "W", "", "between 5 and 10"),
    Cue("ranging from", "W", "", "ranging from 5 to 10"),
    Cue("missing", "X", "", "missing arrival time"),
    Cue("without", "X", "", "flights without a tail number"),
    Cue("without any", "X", "", "customers without any order"),
    Cue("lacking", "X", "", "flights lacking a tail number"),
    Cue("lack", "X", "", "flights that lack a tail number"),
    Cue("have no", "X", "", "flights that have no tail number"),
    Cue("has no", "X", "", "which plane has no speed"),
    Cue("had no", "X", "", "flights that had no delay"),
    Cue("with no", "X", "", "flights with no tail number"),
    Cue("do not have", "X", "", "flights that do not have a tail number"),
    Cue("do not have any", "X", "", "customers that do not have any order"),
    Cue("does not have", "X", "", "a plane that does not have a speed"),
    Cue("don't have", "X", "", "flights that don't have a tail number"),
    Cue("doesn't have", "X", "", "a plane that doesn't have a speed"),
    Cue("never had", "X", "", "customers who never had an order"),
    Cue("nulls in", "X", "", "how many nulls in tailnum"),
    Cue("missing values in", "X", "", "how many missing values in tailnum"),
    Cue("null", "X", "", "where dep_time is null"),
    Cue("empty", "X", "", "where tailnum is empty"),
    Cue("blank", "X", "", "where tailnum is blank"),
    Cue("unknown", "X", "", "where the speed is unknown"),
    Cue("not", "!", "", "not from JFK"),
    Cue("isn't", "!", "", "origin isn't JFK"),
    Cue("didn't", "!", "", "didn't leave from JFK"),
    Cue("except", "!", "", "all carriers except UA"),
    Cue("except for", "!", "", "all carriers except for UA"),
    Cue("excluding", "!", "", "excluding UA"),
    Cue("other than", "!", "", "carriers other than UA"),
    Cue("apart from", "!", "", "apart from UA"),
    Cue("different from", "!", "", "carrier different from UA"),
    Cue("by", "B", "", "flights by carrier"),
    Cue("per", "B", "", "flights per month"),
    Cue("each", "B", "", "for each carrier"),
    Cue("for each", "B", "", "for each carrier"),
    Cue("for every", "B", "", "for every carrier"),
    Cue("of each", "B", "", "average delay of each carrier"),
    Cue("in each", "B", "", "flights in each month"),
    Cue("at each", "B", "", "flights at each origin"),
    Cue("from each", "B", "", "flights from each origin"),
    Cue("every", "B", "", "for every carrier"),
    Cue("grouped by", "B", "", "flights grouped by carrier"),
    Cue("group by", "B", "", "group by carrier"),
    Cue("broken down by", "B", "add", "broken down by carrier"),
    Cue("break down by", "B", "add", "break down by carrier"),
    Cue("break it down by", "B", "add", "break it down by carrier"),
    Cue("split by", "B", "add", "split by carrier"),
    Cue("across", "B", "", "delays across carriers"),
    Cue("over time", "B", "time", "flights over time"),
    Cue("trend", "B", "time", "the trend of flights"),
    Cue("top", "T", "desc", "top 5 carriers"),
    Cue("first", "T", "", "the first 5 rows"),
    Cue("bottom", "T", "asc", "bottom 5 carriers"),
    Cue("last", "T", "asc", "the last 5"),
    Cue("sorted by", "O", "", "sorted by name"),
    Cue("sort by", "O", "", "sort by name"),
    Cue("sort it by", "O", "", "sort it by name"),
    Cue("sort them by", "O", "", "sort them by name"),
    Cue("ordered by", "O", "", "ordered by delay"),
    Cue("order by", "O", "", "order by delay"),
    Cue("order it by", "O", "", "order it by delay"),
    Cue("ranked by", "O", "desc", "ranked by delay"),
    Cue("rank by", "O", "desc", "rank by delay"),
    Cue("in order of", "O", "", "in order of distance"),
    Cue("in the order of", "O", "", "in the order of distance"),
    Cue("in ascending order of", "O", "asc", "in ascending order of distance"),
    Cue("in descending order of", "O", "desc", "in descending order of distance"),
    Cue("in alphabetical order of", "O", "asc", "in alphabetical order of name"),
    Cue("descending", "d", "desc", "descending"),
    Cue("in descending order", "d", "desc", "by delay in descending order"),
    Cue("descending order of", "O", "desc", "the descending order of distance"),
    Cue("ascending order of", "O", "asc", "the ascending order of distance"),
    Cue("from highest to lowest", "d", "desc", "from highest to lowest"),
    Cue("from most to least", "d", "desc", "from most to least"),
    Cue("highest first", "d", "desc", "highest first"),
    Cue("largest first", "d", "desc", "largest first"),
    Cue("ascending", "d", "asc", "ascending"),
    Cue("in ascending order", "d", "asc", "in ascending order"),
    Cue("from lowest to highest", "d", "asc", "from lowest to highest"),
    Cue("lowest first", "d", "asc", "lowest first"),
    Cue("smallest first", "d", "asc", "smallest first"),
    Cue("alphabetically", "d", "asc", "sorted alphabetically"),
    Cue("in alphabetical order", "d", "asc", "in alphabetical order"),
    Cue("alphabetical order", "d", "asc", "alphabetical order"),
    Cue("in lexicographical order", "d", "asc", "in lexicographical order"),
    Cue("alphabetical", "d", "asc", "alphabetical"),
    Cue("reverse", "d", "flip", "in reverse order"),
    Cue("sorted", "O", "", "sorted descending"),
    Cue("sort", "O", "", "sort descending"),
    Cue("ordered", "O", "", "ordered by delay"),
    Cue("what", "Q", "", "what is the average delay"),
    Cue("which", "Q", "", "which carrier"),
    Cue("who", "Q", "", "who ordered most"),
    Cue("whose", "R", "", "customers whose age"),
    Cue("where", "R", "", "where origin is JFK"),
    Cue("with", "R", "", "flights with delay over 60"),
    Cue("having", "R", "", "carriers having"),
    Cue("who have", "R", "", "customers who have"),
    Cue("that have", "R", "", "carriers that have"),
    Cue("which have", "R", "", "carriers which have"),
    Cue("when", "Q", "when", "when was the longest flight"),
    Cue("show", "Q", "", "show flights"),
    Cue("show me", "Q", "", "show me flights"),
    Cue("list", "Q", "", "list the carriers"),
    Cue("find", "Q", "", "find the carriers"),
    Cue("give", "Q", "", "give the carriers"),
    Cue("give me", "Q", "", "give me the carriers"),
    Cue("return", "Q", "", "return the carriers"),
    Cue("display", "Q", "", "display the carriers"),
    Cue("compare", "Q", "compare", "compare JFK and LGA"),
    Cue("are there", "E", "", "are there flights without tail number"),
    Cue("are there any", "E", "", "are there any flights"),
    Cue("is there", "E", "", "is there a flight"),
    Cue("is there any", "E", "", "is there any flight"),
    Cue("were there", "E", "", "were there flights"),
    Cue("were there any", "E", "", "were there any flights"),
    Cue("was there", "E", "", "was there a flight"),
    Cue("do we have", "E", "", "do we have flights"),
    Cue("do we have any", "E", "", "do we have any flights"),
    Cue("and", "&", "", "origin and month"),
    Cue("as well as", "&", "", "origin as well as month"),
    Cue(",", ",", "", "origin, dest"),
    Cue("or", "|", "", "JFK or LGA"),
    Cue("only", "Y", "", "only JFK"),
    Cue("just", "Y", "", "just JFK"),
    Cue("instead", "I", "", "in July instead"),
    Cue("instead of", "I", "of", "LGA instead of JFK"),
    Cue("rather than", "I", "of", "LGA rather than JFK"),
    Cue("what about", "K", "", "what about LGA"),
    Cue("how about", "K", "", "how about LGA"),
    Cue("same for", "K", "", "the same for LGA"),
    Cue("the same for", "K", "", "the same for LGA"),
    Cue("also", "m", "", "also by month"),
    Cue("too", "m", "", "by month too"),
    Cue("as well", "m", "", "by month as well"),
    Cue("additionally", "m", "", "additionally by month"),
    Cue("why", "z", "", "why"),
)

CHARTS = {
    "bar": ("bar chart", "bar graph", "bars", "bar plot", "column chart"),
    "line": ("line chart", "line graph", "line plot", "line"),
    "pie": ("pie chart", "pie", "donut chart"),
    "scatter": ("scatter plot", "scatter chart", "scatterplot"),
    "table": ("table",),
    "metric": ("number", "single number", "big number"),
}
"""Names of charts, each said as "as a …", "in a …", "with a …" or, if it is two words, alone."""


def _chart_cues() -> Iterator[Cue]:
    for kind, names in CHARTS.items():
        for name in names:
            leads = ["as a ", "in a ", "with a ", "as "]
            yield from (Cue(f"{lead}{name}", "c", kind, f"{lead}{name}") for lead in leads)
            if " " in name and kind != "metric":
                yield Cue(name, "c", kind, name)


def _state_cues() -> Iterator[Cue]:
    yield from (Cue(phrase, "j", phrase, f"{phrase} flights") for phrase in STATES if phrase not in degrees())


@cache
def phrases() -> dict[tuple[str, ...], Cue]:
    """The cues by their words."""
    return {
        tuple(cue.phrase.split()): cue
        for cue in (*CUES, *(Cue(*row) for row in ANALYSES), *_chart_cues(), *_state_cues())
    }


@cache
def degrees() -> dict[str, tuple[str, Degree]]:
    """Every degree of every adjective: tag S for the superlative, C for "longer" (before "than"), J for the base."""
    return dict(_degrees())


def led(first: str, second: str) -> Degree | None:
    """ "best rated", "lowest paid": which end of what is meant; the best rank is the smallest number."""
    largest, nouns = LEADING.get(first), PARTICIPLES.get(second.removeprefix("-"))
    if largest is None or nouns is None:
        return None
    return Degree(descending=largest != ("rank" in nouns), nouns=nouns)


def _degrees() -> Iterator[tuple[str, tuple[str, Degree]]]:
    for base, (nouns, most_is_large) in ADJECTIVES.items():
        counting = base in COUNTING_ADJECTIVES
        degree = Degree(
            descending=most_is_large, operator=">" if most_is_large else "<", nouns=nouns, counting=counting
        )
        yield base, ("J", degree)
        root = base[:-1] if base.endswith("e") else base
        root = root[:-1] + "i" if root.endswith("y") else root
        yield f"{root}est", ("S", degree)
        yield f"{root}er", ("C", degree)
    for form, base in IRREGULAR_FORMS.items():
        nouns, most_is_large = ADJECTIVES[base]
        superlative = form.endswith(("st", "test"))
        degree = Degree(
            descending=most_is_large,
            operator=">" if most_is_large else "<",
            nouns=nouns,
            counting=base in COUNTING_ADJECTIVES,
        )
        yield form, ("S" if superlative else "C", degree)
