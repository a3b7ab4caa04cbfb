"""The SQLite library in use: the newest one there is.

SQLite 3.7.0 to 3.51.2 can corrupt a database in WAL mode when a checkpoint meets a reset of the log, so a wheel
that carries a newer library is preferred to the one Python was built with.
"""

try:
    from pysqlite3 import dbapi2 as sqlite3
except ImportError:
    import sqlite3

__all__ = ["sqlite3"]
