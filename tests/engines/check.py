"""Compares the program's answers with DuckDB's.

    pip install duckdb pytz
    python tests/engines/check.py [STORE]

Runs every file of queries/ unchanged on DuckDB over the newest run of a store (default: reels) and compares column names,
the order of rows and all values with report.json, which has all rows of every answer. One line for each query; exit code 1
where anything differs.
"""

import argparse
import datetime
import decimal
import json
import math
import pathlib
import sys

QUERIES = pathlib.Path(__file__).resolve().parents[2] / "queries"
TABLES = ["reels", "hashtags", "people", "accounts", "profiles", "days", "findings"]
# Engines add floats in another order; that is all they may differ in.
CLOSE = 1e-9


def main():
    options = argparse.ArgumentParser(description="Runs queries/ on DuckDB and compares with report.json.")
    options.add_argument("store", nargs="?", default="reels", type=pathlib.Path)
    options.add_argument("--report", type=pathlib.Path, help="answers made again by `reelframe report --format json`")
    chosen = options.parse_args()
    run = (chosen.store / "latest").resolve()
    report = json.loads((chosen.report or run / "report.json").read_text(encoding="utf-8"))
    answers = {section["name"]: section for section in report["sections"]}
    queries = {path.stem: path.read_text(encoding="utf-8") for path in sorted(QUERIES.glob("*.sql"))}
    if sorted(answers) != sorted(queries):
        odd = ", ".join(sorted(set(answers) ^ set(queries)))
        sys.exit(f"the report and queries/ do not have the same questions: {odd}")
    failed = 0
    ask, version = on_duckdb(chosen.store, run, period(report["period"]))
    for name, sql in queries.items():
        try:
            found, size = compare(answers[name], *ask(sql))
        except Exception as error:  # pylint: disable=broad-except -- whatever the engine raises is its answer
            found, size = f"error: {str(error).strip().splitlines()[0][:300]}", 0.0
        failed += found is not None
        rows = len(answers[name]["rows"])
        print(f"DuckDB {version}  {name:<22} {rows:>5} rows  largest difference {size:.1e}  {found or 'ok'}")
    print("all agree" if failed == 0 else f"{failed} differ")
    sys.exit(min(failed, 1))


def observations(store, run):
    """The observation files of a run, as its manifest lists them."""
    listed = json.loads((run / "manifest.json").read_text(encoding="utf-8"))["observations"]
    return [str(store / file["path"]) for file in listed]


def period(days):
    """The SELECT that makes the one-row table `period`."""
    dates = ["first", "last", "before_first", "before_last", "chart_first"]
    column = lambda name: f"CAST({'NULL' if days[name] is None else repr(days[name])} AS DATE) AS {name}"
    count = "NULL" if days["days"] is None else days["days"]
    return f"SELECT {', '.join(map(column, dates))}, CAST({count} AS INT) AS days"


def on_duckdb(store, run, period):
    import duckdb

    connection = duckdb.connect()
    connection.execute("SET TimeZone = 'UTC'")
    files = {table: [str(run / f"{table}.parquet")] for table in TABLES} | {"observations": observations(store, run)}
    for table, paths in files.items():
        if paths:
            connection.read_parquet(paths).create_view(table)
    connection.execute(f"CREATE VIEW period AS {period}")

    def ask(sql):
        cursor = connection.execute(sql)
        return [column[0] for column in cursor.description], cursor.fetchall()

    return ask, duckdb.__version__


def compare(answer, columns, rows):
    """What differs first, or None; and the largest relative difference of two numbers."""
    names = [column["name"] for column in answer["columns"]]
    if names != columns:
        return f"columns {columns}, here {names}", 0.0
    if len(rows) != len(answer["rows"]):
        return f"{len(rows)} rows, here {len(answer['rows'])}", 0.0
    largest, first = 0.0, None
    for at, (theirs, ours) in enumerate(zip(rows, answer["rows"])):
        for column, their, our in zip(answer["columns"], theirs, ours):
            their, our = plain(their, column["type"]), plain(our, column["type"])
            if is_number(their) and is_number(our):
                size = distance(their, our)
                largest = max(largest, size)
                same = size <= CLOSE
            else:
                same = type(their) is type(our) and their == our
            if not same and first is None:
                first = f"row {at + 1}, {column['name']}: {their!r}, here {our!r}"
    return first, largest


def is_number(value):
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def distance(one, other):
    if one == other:
        return 0.0
    if not (math.isfinite(one) and math.isfinite(other)):
        return math.inf
    return abs(one - other) / max(abs(one), abs(other))


def plain(value, column_type):
    """The same value in the same Python type, whether it comes from an engine or from JSON."""
    if isinstance(value, decimal.Decimal):
        return float(value)
    if isinstance(value, str) and column_type == "date":
        return datetime.date.fromisoformat(value)
    if isinstance(value, str) and column_type.startswith("timestamp"):
        value = datetime.datetime.fromisoformat(value.replace("Z", "+00:00"))
    if isinstance(value, datetime.datetime) and value.tzinfo is not None:
        return value.astimezone(datetime.timezone.utc).replace(tzinfo=None)
    return value


if __name__ == "__main__":
    main()
