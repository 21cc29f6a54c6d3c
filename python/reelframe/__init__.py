"""Public Instagram reels as typed tables.

    import reelframe

    reelframe.run(["run", "some_account"])           # the program: fetches, and publishes a run
    reels = reelframe.read("reels")                  # a table of the latest run
    reels.to_polars()                                # or to_pandas(), to_arrow(), or any library that knows Arrow
    reelframe.query("best_times").to_pandas()        # SQL, or a built-in query

Tables are not read before they are used. Ids are text, times are in UTC, and what is not known is null.
"""

from reelframe._errors import (
    AuthError,
    DiskError,
    Error,
    InterruptedRunError,
    InvalidDataError,
    PartialError,
    QuotaError,
    StoreLockedError,
    TerminatedRunError,
    TransientError,
    UsageError,
)
from reelframe._reelframe import __version__
from reelframe._run import RunResult, Summary, program, run
from reelframe._tables import Column, Run, Schema, Table, export, open, queries, query, read, schema, tables

# Without `open`, which would take the place of Python's own.
__all__ = [
    "AuthError",
    "Column",
    "DiskError",
    "Error",
    "InterruptedRunError",
    "InvalidDataError",
    "PartialError",
    "QuotaError",
    "Run",
    "RunResult",
    "Schema",
    "StoreLockedError",
    "Summary",
    "Table",
    "TerminatedRunError",
    "TransientError",
    "UsageError",
    "__version__",
    "export",
    "program",
    "queries",
    "query",
    "read",
    "run",
    "schema",
    "tables",
]
