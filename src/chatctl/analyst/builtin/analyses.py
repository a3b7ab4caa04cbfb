"""Words that ask for an analysis rather than a plain figure: one phrase a line, as (phrase, tag, value, example).

Tags: g growth, p period over period, r running total, v versus, b both, n but not, i distribution, k correlation,
o outliers, u duplicates, q quartiles, x statistics, e rate, f ratio, y bins, a another number.
"""

_SHORT = {"year": "yoy", "quarter": "qoq", "month": "mom", "week": "wow", "day": "dod"}
_PERIODS = tuple(
    (phrase, "p", unit, f"revenue {phrase}")
    for unit, short in _SHORT.items()
    for phrase in (f"{unit} over {unit}", f"{unit} on {unit}", f"{unit} to {unit}", short)
)
ANALYSES: tuple[tuple[str, str, str, str], ...] = (
    ("cumulative", "r", "", "cumulative revenue by month"),
    ("running total of", "r", "", "running total of revenue by month"),
    ("running total", "r", "", "as a running total"),
    ("running sum of", "r", "", "running sum of revenue"),
    ("as a running total", "r", "", "as a running total"),
    ("quartiles of", "q", "", "quartiles of revenue"),
    ("quartiles", "q", "", "revenue quartiles"),
    ("standard deviation of", "A", "deviation", "standard deviation of revenue"),
    ("standard deviation", "A", "deviation", "standard deviation of revenue"),
    ("std dev of", "A", "deviation", "std dev of revenue"),
    ("statistics of", "x", "", "statistics of revenue"),
    ("statistics for", "x", "", "statistics for revenue"),
    ("summary statistics of", "x", "", "summary statistics of revenue"),
    ("summary statistics for", "x", "", "summary statistics for revenue"),
    ("summarize", "x", "", "summarize revenue"),
    ("summarise", "x", "", "summarise revenue"),
    ("summary of", "x", "", "summary of revenue"),
    ("describe", "x", "", "describe revenue"),
    ("growth", "g", "up", "growth by region"),
    ("growth rate", "g", "up", "growth rate of revenue"),
    ("growing", "g", "up", "the fastest growing region"),
    ("grew", "g", "up", "which region grew fastest"),
    ("grow", "g", "up", "how much did revenue grow"),
    ("grown", "g", "up", "which region has grown most"),
    ("increase", "g", "up", "the largest increase in revenue"),
    ("increased", "g", "up", "which region increased most"),
    ("rose", "g", "up", "where revenue rose most"),
    ("improved", "g", "up", "which product improved most"),
    ("change", "g", "", "change of revenue by region"),
    ("changed", "g", "", "how has revenue changed"),
    ("changes", "g", "", "changes in revenue by month"),
    ("decline", "g", "down", "decline of revenue"),
    ("declined", "g", "down", "which product declined most"),
    ("declining", "g", "down", "the fastest declining product"),
    ("decrease", "g", "down", "the largest decrease"),
    ("decreased", "g", "down", "which product decreased most"),
    ("dropped", "g", "down", "which product dropped most"),
    ("drop", "g", "down", "the biggest drop in revenue"),
    ("fell", "g", "down", "which product fell most"),
    ("shrank", "g", "down", "which product shrank most"),
    *_PERIODS,
    ("distribution of", "i", "", "distribution of revenue"),
    ("distribution", "i", "", "revenue distribution"),
    ("histogram of", "i", "", "histogram of revenue"),
    ("histogram", "i", "", "revenue histogram"),
    ("spread of", "i", "", "spread of revenue"),
    ("correlation between", "k", "", "correlation between units and revenue"),
    ("correlation of", "k", "", "correlation of units and revenue"),
    ("correlation", "k", "", "correlation with revenue"),
    ("correlated with", "k", "", "is revenue correlated with units"),
    ("correlate with", "k", "", "does revenue correlate with units"),
    ("relationship between", "k", "", "relationship between units and revenue"),
    ("relation between", "k", "", "relation between units and revenue"),
    ("outliers in", "o", "", "outliers in revenue"),
    ("outliers of", "o", "", "outliers of revenue"),
    ("outliers", "o", "", "revenue outliers"),
    ("outlier", "o", "", "is there any outlier in revenue"),
    ("anomalies in", "o", "", "anomalies in revenue"),
    ("duplicate", "u", "", "duplicate emails"),
    ("duplicates", "u", "", "duplicates in customers"),
    ("duplicates in", "u", "", "duplicates in customers"),
    ("duplicated", "u", "", "duplicated emails"),
    *(
        (f"{verb} {times}", "u", "", f"which names {verb} {times}")
        for verb in ("occur", "occurs", "appear", "appears", "exist", "there are")
        for times in ("more than once", "several times", "twice or more", "multiple times")
    ),
    ("ratio of", "f", "", "ratio of cost to revenue"),
    ("ratio between", "f", "", "ratio between cost and revenue"),
    *(
        (f"in {pieces} of", "y", "", f"orders by amount in {pieces} of 100")
        for pieces in ("bins", "buckets", "steps", "intervals", "groups", "ranges", "bands")
    ),
    ("make it", "a", "", "make it 10"),
    ("make that", "a", "", "make that 10"),
    ("rate", "e", "", "cancellation rate"),
    ("vs", "v", "", "Europe vs Asia"),
    ("versus", "v", "", "Europe versus Asia"),
    ("compared to", "v", "", "this year compared to last year"),
    ("compared with", "v", "", "this year compared with last year"),
    ("both", "b", "", "in both 2025 and 2026"),
    ("but not", "n", "", "products sold in Europe but not in Asia"),
    ("and not", "n", "", "products sold in Europe and not in Asia"),
)
