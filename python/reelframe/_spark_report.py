"""The report, with its queries run by Spark."""

from __future__ import annotations

import json
import math
import os
import re
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

from reelframe import _reelframe
from reelframe._run import run, without_settings

if TYPE_CHECKING:
    import pyarrow
    from pyspark.sql import DataFrame, SparkSession

TIME_ZONE = "spark.sql.session.timeZone"
EPOCH = date(1970, 1, 1)


def published(spark: SparkSession, stores: Sequence[str | os.PathLike[str]]) -> dict[str, DataFrame]:
    """The tables of the latest runs of several stores, such as those of shards, each as one DataFrame.

        tables = reelframe.spark.published(spark, ["shards/1", "shards/2"])
        tables["reels"].count()

    The stores must be readable at the same place on the driver and on all executors. An account that two of them have is
    there twice: `reelframe merge` makes it one.
    """
    if isinstance(stores, (str, os.PathLike)):
        raise TypeError(f"stores is a list of folders: [{os.fspath(stores)!r}]")
    files: dict[str, list[str]] = {table: [] for table in _reelframe.tables()}
    for store in stores:
        # The run's own folder: another one may be published meanwhile.
        latest = Path(store, "latest").resolve()
        try:
            manifest = json.loads((latest / "manifest.json").read_text(encoding="utf-8"))
        except FileNotFoundError as error:
            raise FileNotFoundError(f"{os.fspath(store)}: no run has been published in it") from error
        for table, paths in files.items():
            if table == "observations":
                paths += [os.path.abspath(Path(store, file["path"])) for file in manifest["observations"]]
            else:
                paths.append(str(latest / f"{table}.parquet"))
    return {table: spark.read.parquet(*map(_literal, paths)) if paths else _empty(spark, table) for table, paths in files.items()}


def report(
    spark: SparkSession,
    tables: str | os.PathLike[str] | Mapping[str, DataFrame],
    queries: str | os.PathLike[str] | None = None,
    *,
    first: date | str | None = None,
    last: date | str | None = None,
    days: int | None = None,
    compare: bool = True,
    run_id: str = "spark",
) -> str:
    """The content of report.json, with every query run by Spark. `reelframe report --from-json FILE` makes the page of it.

        text = reelframe.spark.report(spark, "/data/lake")
        pathlib.Path("report.json").write_text(text, encoding="utf-8")

    Args:
        tables: the folder that :func:`write` wrote, or the tables by name, as of :func:`published`. One that is missing has
            no rows. Read them from Parquet: with the format `reelframe`, every query would run the program again.
        queries: a folder of .sql files that add sections or override built-in ones. An error in one is shown in its place.
        first, last: the days of the period; the 28 days up to the newest observation if not given.
        days: how many days the period has, where `first` is not given.
        compare: whether the period is compared with as many days before it.
        run_id: as the report names the run.

    Raises:
        ValueError: the days are not in order, the folder is not complete, there is no such table, or the session has a
            temporary view with the name of one.
        UsageError: the folder of queries cannot be read.
        pyspark.errors.PySparkException: a table or a built-in query fails.
    """
    if isinstance(tables, (str, os.PathLike)):
        tables = os.fspath(tables)
        if os.path.isdir(tables) and not os.path.exists(os.path.join(tables, "_SUCCESS")):
            raise ValueError(f"{tables} is not complete: it has no file _SUCCESS, which `write` writes last")
        tables = {name: spark.read.parquet(_literal(f"{tables}/{name}")) for name in _reelframe.tables()}
    unknown = sorted(tables.keys() - set(_reelframe.tables()))
    if unknown:
        raise ValueError(f"there is no table {', '.join(unknown)}: the tables are {', '.join(_reelframe.tables())}")
    frames = {name: tables[name] if name in tables else _empty(spark, name) for name in _reelframe.tables()}
    asked = _reelframe.report_queries(None if queries is None else os.fspath(queries))
    first, last = _day(first), _day(last)
    with _views(spark, frames) as add:
        newest = spark.sql("SELECT MAX(observed_date) AS newest FROM accounts").collect()[0]["newest"]
        period = _reelframe.report_period(_day(newest), first, last, days, compare)
        add("period", spark.sql(_select(json.loads(period))))
        summary = _summary(spark)
        content = {
            "report_version": _reelframe.REPORT_VERSION,
            "run_id": run_id,
            "program_version": _reelframe.__version__,
            "period": json.loads(period),
            "first_observation": summary.pop("first_observation"),
            "last_observation": summary.pop("last_observation"),
            "summary": summary,
            "sections": [_section(spark, query) for query in asked],
        }
    return _completed(content)


def _completed(content: dict[str, Any]) -> str:
    """The same with findings and limits, which the program adds."""
    with tempfile.TemporaryDirectory(prefix="reelframe-") as folder:
        made, whole = Path(folder, "made.json"), Path(folder, "report.json")
        made.write_text(json.dumps(content, allow_nan=False), encoding="utf-8")
        arguments = ["report", "--from-json", made, "--format", "json", "--out", whole]
        result = run(arguments, check=False, env=without_settings(folder), cwd=folder)
        # 3: sections of the user's fail, and say why.
        if not result.ok and result.exit_code != 3:
            raise result.error()
        return whole.read_text(encoding="utf-8")


def _empty(spark: SparkSession, table: str) -> DataFrame:
    from reelframe.spark import spark_schema

    return spark.createDataFrame([], spark_schema({"table": table}))


def _literal(path: str) -> str:
    """A path as Spark reads it, which takes some characters for patterns."""
    return re.sub(r"([*?\[\]{}\\])", r"\\\1", path)


@contextmanager
def _views(spark: SparkSession, frames: Mapping[str, DataFrame]) -> Iterator[Callable[[str, DataFrame], None]]:
    """Makes the tables known by their names, in UTC, and gives what adds another; afterwards the session is as it was."""
    names = [*frames, "period"]
    taken = sorted({view.name for view in spark.catalog.listTables() if view.isTemporary} & set(names))
    if taken:
        # A DataFrame can be made of it, and would then read another table.
        raise ValueError(
            f"the session has temporary views called {', '.join(taken)}: drop them first (spark.catalog.dropTempView), "
            "or use a session of its own"
        )
    time_zone = spark.conf.get(TIME_ZONE)
    made = []

    def add(name: str, frame: DataFrame) -> None:
        frame.createOrReplaceTempView(name)
        made.append(name)

    try:
        spark.conf.set(TIME_ZONE, "UTC")
        for name, frame in frames.items():
            add(name, frame)
        yield add
    finally:
        spark.conf.set(TIME_ZONE, time_zone)
        for name in made:
            spark.catalog.dropTempView(name)


def _day(day: date | str | None) -> int | None:
    """Days since 1970-01-01."""
    if isinstance(day, str):
        day = date.fromisoformat(day)
    return None if day is None else (day - EPOCH).days


def _select(period: dict[str, Any]) -> str:
    """The SELECT that gives the one-row table `period`."""
    dates = ["first", "last", "before_first", "before_last", "chart_first"]
    literal = lambda value: "NULL" if value is None else f"'{value}'"
    columns = [f"CAST({literal(period[name])} AS DATE) AS {name}" for name in dates]
    return f"SELECT {', '.join(columns)}, CAST({literal(period['days'])} AS INT) AS days"


def _summary(spark: SparkSession) -> dict[str, Any]:
    sql = _reelframe.summary_queries()
    rows = {name: _rows(*_answer(spark, text)) for name, text in sql.items()}
    return {**rows["reels"][0], **rows["days_with_gains"][0], "accounts": rows["accounts"], "doubts": rows["doubts"]}


def _rows(columns: list[dict[str, str]], rows: list[list[Any]]) -> list[dict[str, Any]]:
    return [dict(zip([column["name"] for column in columns], row)) for row in rows]


def _section(spark: SparkSession, query: _reelframe.ReportQuery) -> dict[str, Any]:
    from pyspark.errors import PySparkException

    columns, rows, fault = [], [], query.fault
    if fault is None:
        try:
            columns, rows = _answer(spark, query.sql)
        except PySparkException as error:
            if not query.is_users:
                raise
            fault = " ".join(str(error).split("\n\n")[0].split())
    section = {"name": query.name, "title": query.title, "question": query.question, "chart": query.chart}
    return {**section, "columns": columns, "rows": rows, "fault": fault, "is_users": query.is_users}


def _answer(spark: SparkSession, sql: str) -> tuple[list[dict[str, str]], list[list[Any]]]:
    """Columns and rows of a SELECT, as they are in report.json."""
    table = spark.sql(sql).toArrow()
    typed = [_column(column) for column in table.columns]
    columns = [{"name": name, "type": column_type} for name, (column_type, _) in zip(table.column_names, typed)]
    return columns, [list(row) for row in zip(*(cells for _, cells in typed))]


def _column(column: pyarrow.ChunkedArray) -> tuple[str, list[Any]]:
    """The type of a column in the report, and its values as JSON has them."""
    from pyarrow import types

    of, cells = column.type, column.to_pylist()
    if types.is_boolean(of):
        return "bool", cells
    if types.is_integer(of):
        return ("int64" if of.bit_width == 64 else "int32"), cells
    if types.is_floating(of) or types.is_decimal(of):
        floats = [None if cell is None else float(cell) for cell in cells]
        return "float64", [cell if cell is None or math.isfinite(cell) else None for cell in floats]
    if types.is_date(of) or types.is_timestamp(of):
        zoned = "timestamp_us" if of == "timestamp[us]" else "timestamp_us_utc"
        return ("date" if types.is_date(of) else zoned), [None if cell is None else cell.isoformat() for cell in cells]
    return "string", [None if cell is None else str(cell) for cell in cells]
