"""chatctl: the data analyst in the terminal that keeps every conversation."""

__version__ = "0.1.0"
