"""Page logs as a Spark data source: every executor runs the program for whole accounts, and Spark gets Arrow batches.

    import reelframe.spark

    reelframe.spark.register(spark)
    reels = spark.read.format("reelframe").option("table", "reels").load("/data/reels/raw")

| option | meaning |
|---|---|
| `table` | the table; `reels` if not given |
| `columns` | names, separated by commas; all if not given |
| `accounts` | accounts, separated by commas: as their folders in raw/ are called; all if not given |
| `program` | path of the program on the executors; that of the package `reelframe` there if not given |
| `timezone` | time zone of the `posted_*` columns for pages without one |
| `partition_bytes` | page logs per partition, in bytes; about 128 MB if not given |

The path is the folder raw/ of a store, or a list of them separated by commas. It must be readable at the same place on the
driver and on all executors. An account is never split, so that a partition is as large as its largest account.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from pyspark.sql.datasource import DataSource, DataSourceReader, EqualTo, Filter, In, InputPartition

from reelframe._spark_report import published, report

if TYPE_CHECKING:
    import pyarrow
    from pyspark.sql import SparkSession
    from pyspark.sql.types import StructType

__all__ = ["published", "register", "report", "write"]

PARTITION_BYTES = 128 << 20
PUSHDOWN = "spark.sql.python.filterPushdown.enabled"


def register(spark: SparkSession) -> None:
    """Makes the format `reelframe` known to a session. Filters by account are pushed down if the session allows it
    (`spark.sql.python.filterPushdown.enabled`)."""
    is_on = str(spark.conf.get(PUSHDOWN, "false")).lower() == "true"
    spark.dataSource.register(_FilteringSource if is_on else ReelframeSource)


@dataclass
class Accounts(InputPartition):
    """Folders of raw/, one per account."""

    folders: tuple[str, ...]


class ReelframeSource(DataSource):
    """`spark.read.format("reelframe")`."""

    @classmethod
    def name(cls) -> str:
        return "reelframe"

    def schema(self) -> StructType:
        return spark_schema(dict(self.options))

    def reader(self, schema: StructType) -> DataSourceReader:
        return Reader(dict(self.options))


class _FilteringSource(ReelframeSource):
    def reader(self, schema: StructType) -> DataSourceReader:
        return _FilteringReader(dict(self.options))


class Reader(DataSourceReader):
    def __init__(self, options: dict[str, str]):
        self.options = options
        self.accounts = _list(options.get("accounts"))

    def partitions(self) -> list[InputPartition]:
        path = self.options.get("path")
        if not path:
            raise ValueError("no path: load the folder raw/ of a store, as in .load('/data/reels/raw')")
        limit = int(self.options.get("partition_bytes", PARTITION_BYTES))
        # Spark wants one partition at least.
        return groups(_list(path), self.accounts, limit) or [Accounts(())]

    def read(self, partition: Accounts) -> Iterator[pyarrow.RecordBatch]:
        columns = arrow_schema(self.options).names
        for batch in stream(partition.folders, self.options):
            yield batch.select(columns)


class _FilteringReader(Reader):
    def pushFilters(self, filters: list[Filter]) -> Iterator[Filter]:
        """Takes `account = 'x'` and `account IN (…)`; Spark applies them again, since an account may have had other names."""
        for one in filters:
            if isinstance(one, (EqualTo, In)) and one.attribute == ("account",):
                wanted = [one.value] if isinstance(one, EqualTo) else list(one.value)
                self.accounts = [name for name in self.accounts if name in wanted] if self.accounts else wanted
            yield one


def spark_schema(options: dict[str, str]) -> StructType:
    from pyspark.sql.pandas.types import from_arrow_schema

    # Said because the default differs between versions of PySpark.
    return from_arrow_schema(arrow_schema(options), prefer_timestamp_ntz=True)


def arrow_schema(options: dict[str, str]) -> pyarrow.Schema:
    """The schema of the table and columns that are asked for, nullability included."""
    import pyarrow

    import reelframe

    schema = pyarrow.schema(reelframe.schema(options.get("table", "reels")))
    columns = _list(options.get("columns"))
    unknown = [name for name in columns if name not in schema.names]
    if unknown:
        raise ValueError(f"there is no column {', '.join(unknown)} in the table {options.get('table', 'reels')}")
    fields = [schema.field(name) for name in columns or schema.names]
    return pyarrow.schema([pyarrow.field(field.name, field.type, field.nullable) for field in fields])


def groups(paths: Sequence[str], accounts: Sequence[str], limit: int) -> list[InputPartition]:
    """Whole accounts in groups of about `limit` bytes of page logs, in the order of their folders."""
    found: list[InputPartition] = []
    group: list[str] = []
    size = 0
    for path in paths:
        if not os.path.isdir(path):
            raise FileNotFoundError(f"{path}: no such folder; load the folder raw/ of a store")
        for folder in sorted(entry.path for entry in os.scandir(path) if entry.is_dir()):
            if accounts and os.path.basename(folder) not in accounts:
                continue
            bytes_of_account = sum(entry.stat().st_size for entry in os.scandir(folder) if entry.is_file())
            if group and size + bytes_of_account > limit:
                found.append(Accounts(tuple(group)))
                group, size = [], 0
            group.append(folder)
            size += bytes_of_account
    return [*found, Accounts(tuple(group))] if group else found


def stream(folders: Sequence[str], options: dict[str, str]) -> Iterator[pyarrow.RecordBatch]:
    """The table's rows of some accounts, from one process of the program.

    Raises:
        RuntimeError: with the program's own message, where it fails or rows are missing.
    """
    import subprocess
    import tempfile

    from pyarrow import ArrowInvalid, ipc

    if not folders:
        return
    with _linked(folders) as replay, tempfile.TemporaryFile() as log:
        command = [_program(options), "export", "--replay", replay, "--table", options.get("table", "reels")]
        command += ["--stdout", "arrow", "--log-format", "json", "-q"]
        command += ["--timezone", options["timezone"]] if options.get("timezone") else []
        try:
            child = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=log)
        except OSError as error:
            raise RuntimeError(f"{command[0]} cannot be started here: {error}; install reelframe on every executor") from error
        try:
            with child.stdout as stdout:
                try:
                    yield from ipc.open_stream(stdout)
                except (OSError, ArrowInvalid) as error:
                    # The stream breaks off where the program fails; its message says more.
                    broken: Exception | None = error
                else:
                    broken = None
            exit_code = child.wait()
        finally:
            if child.poll() is None:
                child.kill()
                child.wait()
        if exit_code != 0 or broken is not None:
            log.seek(0)
            raise RuntimeError(_message(exit_code, log.read().decode("utf-8", "replace")))


@contextmanager
def _linked(folders: Sequence[str]) -> Iterator[str]:
    """A folder with links to the folders of some accounts, which the program replays as one."""
    import tempfile

    with tempfile.TemporaryDirectory(prefix="reelframe-") as replay:
        for number, folder in enumerate(folders):
            # The folder's name is the account's; two stores may both have it.
            place = os.path.join(replay, str(number))
            os.mkdir(place)
            os.symlink(os.path.abspath(folder), os.path.join(place, os.path.basename(folder)))
        yield replay


def _program(options: dict[str, str]) -> str:
    if options.get("program"):
        return options["program"]
    from reelframe._run import program

    try:
        return program()
    except FileNotFoundError as error:
        raise RuntimeError(f"{error} on every executor, or name it by the option 'program'") from error


def _message(exit_code: int, log: str) -> str:
    """What the program's last JSON object says, or its last lines."""
    import json

    try:
        error = json.loads(log.strip().splitlines()[-1])["error"]
        said = ": ".join(text for text in (error["message"], error["hint"]) if text)
    except (ValueError, KeyError, IndexError, TypeError):
        said = log.strip()[-2000:] or "no message"
    return f"reelframe ended with exit code {exit_code}: {said}"


def _list(text: Any) -> list[str]:
    return [part.strip() for part in str(text or "").split(",") if part.strip()]


def write(
    spark: SparkSession,
    raw: str,
    out: str,
    *,
    partition_bytes: int = PARTITION_BYTES,
    program: str | None = None,
    timezone: str | None = None,
) -> dict[str, int]:
    """Writes all tables of the page logs below `raw` as Parquet, one folder a table: `out/reels/part-00000.parquet` and so on,
    a file for each group of accounts. Returns the rows of each table.

    Each group is one run of the program on an executor. A file is complete or not there, and a task that is tried again
    replaces what it had written. `out` must be the same folder on all executors, and must not hold files of another write.

    Raises:
        ValueError: `out` holds files.
        pyspark.errors.PySparkException: with the program's own message, where a task fails.
    """
    if os.path.isdir(out) and os.listdir(out):
        raise ValueError(f"{out} holds files: name a folder that is empty or does not exist")
    options = {"program": program or "", "timezone": timezone or ""}
    work = [(number, list(group.folders)) for number, group in enumerate(groups(_list(raw), [], partition_bytes))]
    if not work:
        return {}

    def export(batches: Iterator[pyarrow.RecordBatch]) -> Iterator[pyarrow.RecordBatch]:
        import pyarrow as pa

        for batch in batches:
            for row in batch.to_pylist():
                rows = _export(row["folders"], row["number"], out, options)
                yield pa.RecordBatch.from_pydict({"table": list(rows), "rows": list(rows.values())})

    frame = spark.createDataFrame(work, "number int, folders array<string>").repartition(len(work), "number")
    counts: dict[str, int] = {}
    for row in frame.mapInArrow(export, "table string, rows long").collect():
        counts[row["table"]] = counts.get(row["table"], 0) + row["rows"]
    return counts


def _export(folders: Sequence[str], number: int, out: str, options: dict[str, str]) -> dict[str, int]:
    """Writes the files of one group; returns the rows of each table."""
    import subprocess
    import tempfile

    from pyarrow import parquet

    os.makedirs(out, exist_ok=True)
    rows = {}
    # In the folder that it is moved into, so that a file appears there as a whole.
    with tempfile.TemporaryDirectory(prefix=".part-", dir=out) as written, _linked(folders) as replay:
        command = [_program(options), "export", "--replay", replay, "--out", os.path.join(written, "tables")]
        command += ["--format", "parquet", "--log-format", "json", "-q"]
        command += ["--timezone", options["timezone"]] if options.get("timezone") else []
        done = subprocess.run(command, capture_output=True, text=True, errors="replace")
        if done.returncode != 0:
            raise RuntimeError(_message(done.returncode, done.stdout))
        for entry in os.scandir(os.path.join(written, "tables")):
            table, ending = os.path.splitext(entry.name)
            if ending != ".parquet":
                continue
            rows[table] = parquet.ParquetFile(entry.path).metadata.num_rows
            os.makedirs(os.path.join(out, table), exist_ok=True)
            os.replace(entry.path, os.path.join(out, table, f"part-{number:05}.parquet"))
    return rows
