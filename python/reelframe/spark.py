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
| `partition_bytes` | page logs per partition, in bytes; about 100 MB if not given |

The path is the folder raw/ of a store, or a list of them separated by commas, in which no account may be twice. It must be
readable at the same place on the driver and on all executors. An account is never split, so that a partition is as large as its largest account.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pyspark.sql.datasource import DataSource, DataSourceReader, EqualTo, Filter, In, InputPartition

from reelframe._run import without_settings
from reelframe._spark_report import published, report

if TYPE_CHECKING:
    import pyarrow
    from pyspark.sql import SparkSession
    from pyspark.sql.types import StructType

__all__ = ["published", "register", "report", "write"]

#: So that a program on an executor stays below 1 GiB, even if it holds all accounts of its group at once.
PARTITION_BYTES = 96 << 20
OPTIONS = {"path", "table", "columns", "accounts", "program", "timezone", "partition_bytes"}
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
        #: Of these accounts alone, as a filter says.
        self.names: set[str] | None = None

    def partitions(self) -> list[InputPartition]:
        path = self.options.get("path")
        if not path:
            raise ValueError("no path: load the folder raw/ of a store, as in .load('/data/reels/raw')")
        unknown = sorted(self.options.keys() - OPTIONS)
        if unknown:
            raise ValueError(f"there is no option {', '.join(unknown)}: the options are {', '.join(sorted(OPTIONS))}")
        limit = _bytes(self.options.get("partition_bytes", PARTITION_BYTES))
        folders = account_folders(_list(path), self.accounts)
        if self.names is not None:
            folders = [folder for folder in folders if _may_be_called(folder, self.names)]
        # Spark wants one partition at least.
        return groups(folders, limit) or [Accounts(())]

    def read(self, partition: Accounts) -> Iterator[pyarrow.RecordBatch]:
        columns = arrow_schema(self.options).names
        for batch in stream(partition.folders, self.options):
            yield batch.select(columns)


class _FilteringReader(Reader):
    def pushFilters(self, filters: list[Filter]) -> Iterator[Filter]:
        """Takes `account = 'x'` and `account IN (…)`; Spark applies them again, to the rows."""
        for one in filters:
            if isinstance(one, (EqualTo, In)) and one.attribute == ("account",):
                names = {str(one.value)} if isinstance(one, EqualTo) else {str(name) for name in one.value}
                self.names = names if self.names is None else self.names & names
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


def account_folders(paths: Sequence[str], accounts: Sequence[str]) -> list[str]:
    """The folders of accounts in these folders, or of these accounts alone. What the program skips is left out: hidden
    folders, and those without pages.

    Raises:
        ValueError: an account is not there, or in two of the folders; or page logs are outside of an account's folder.
    """
    found: list[str] = []
    for path in paths:
        if not os.path.isdir(path):
            raise FileNotFoundError(f"{path}: no such folder; load the folder raw/ of a store")
        # Executors have working directories of their own.
        entries = sorted(os.scandir(os.path.abspath(path)), key=lambda entry: entry.name)
        for entry in entries:
            if not entry.is_dir() and _is_page_file(entry.name):
                raise ValueError(f"{entry.path} is not in a folder of an account: load the folder raw/ of a store")
        found += [entry.path for entry in entries if entry.is_dir() and entry.name[0] != "." and _sizes(entry.path)]
    unknown = set(accounts) - {os.path.basename(folder) for folder in found}
    if unknown:
        raise ValueError(f"there is no account {', '.join(sorted(unknown))} in {', '.join(paths)}")
    found = [folder for folder in found if not accounts or os.path.basename(folder) in accounts]
    if len(paths) > 1:
        _expect_once(found)
    return found


def _expect_once(folders: Sequence[str]) -> None:
    """Two folders of one account would be one account where one program has both, and two where two have."""
    seen: dict[str, str] = {}
    for folder in folders:
        start = next((start for start in map(_start_of, sorted(_sizes(folder), reverse=True)) if start), {})
        for name in (os.path.basename(folder).lower(), start.get("account_id")):
            first = seen.setdefault(name, folder) if name else folder
            if first != folder:
                raise ValueError(f"{first} and {folder} are of one account: put the stores together by `reelframe merge`")


def _is_page_file(name: str) -> bool:
    """Whether the program takes a file for pages, by its name."""
    return not name.startswith(".") and name.removesuffix(".partial").endswith((".json", ".ndjson", ".zst", ".gz"))


def _sizes(folder: str) -> dict[str, int]:
    """The files of pages below a folder, each with its bytes."""
    files = (path for path in Path(folder).rglob("*") if _is_page_file(path.name) and path.is_file())
    return {str(path): path.stat().st_size for path in files}


def _start_of(log: str) -> dict[str, Any] | None:
    """The start line of a page log; None for any other file."""
    import json

    import pyarrow

    try:
        with pyarrow.input_stream(log, compression="zstd") as lines:
            start = json.loads(lines.read(1 << 16).partition(b"\n")[0])
        return start if start["line"] == "start" else None
    except (OSError, ValueError, KeyError, TypeError):
        return None


def _may_be_called(folder: str, names: set[str]) -> bool:
    """Whether one of these can be the name of a folder's account: it is the folder's, or that of one of its crawls. Where
    a file is no log, or a damaged one, it may be any."""
    from urllib.parse import unquote

    # Where two accounts have the same name, one is called by it and `~2`.
    wanted = {name.lower().partition("~")[0] for name in names}
    starts = [_start_of(log) for log in _sizes(folder)]
    called = {unquote(os.path.basename(folder)).lower(), *(str(start["account"]).lower() for start in starts if start)}
    return bool(called & wanted) or None in starts


def groups(folders: Sequence[str], limit: int) -> list[InputPartition]:
    """Whole accounts in groups of about `limit` bytes of page logs, in their order."""
    found: list[InputPartition] = []
    group: list[str] = []
    size = 0
    for folder in folders:
        bytes_of_account = sum(_sizes(folder).values())
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
            child = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=log, env=without_settings(replay), cwd=replay)
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
            raise RuntimeError(_message(exit_code, log.read().decode("utf-8", "replace"), replay, folders))


@contextmanager
def _linked(folders: Sequence[str]) -> Iterator[str]:
    """A folder with links to the folders of some accounts, which the program replays as one."""
    import tempfile

    with tempfile.TemporaryDirectory(prefix="reelframe-") as replay:
        for number, folder in enumerate(folders):
            # The folder's name is the account's; two stores may both have it.
            link = _link(replay, number, folder)
            os.mkdir(os.path.dirname(link))
            os.symlink(os.path.abspath(folder), link)
        yield replay


def _link(replay: str, number: int, folder: str) -> str:
    return os.path.join(replay, str(number), os.path.basename(folder))


def _program(options: dict[str, str]) -> str:
    if options.get("program"):
        return os.path.abspath(options["program"])
    from reelframe._run import program

    try:
        return program()
    except FileNotFoundError as error:
        raise RuntimeError(f"{error} on every executor, or name it by the option 'program'") from error


def _message(exit_code: int, log: str, replay: str, folders: Sequence[str]) -> str:
    """What the program's last JSON object says, or its last lines, with the folders of the accounts instead of the links."""
    import json

    try:
        said_last = json.loads(log.strip().splitlines()[-1])
        # At the end of a command, or what is wrong with its arguments.
        error = said_last.get("error") or said_last
        said = ": ".join(text for text in (error["message"], error.get("hint")) if text)
    except (ValueError, KeyError, IndexError, TypeError, AttributeError):
        said = log.strip()[-2000:] or "no message"
    for number, folder in enumerate(folders):
        said = said.replace(_link(replay, number, folder), folder)
    return f"reelframe ended with exit code {exit_code}: {said}"


def _bytes(size: int | str) -> int:
    if not str(size).isdecimal() or int(size) < 1:
        raise ValueError(f"partition_bytes is a number of bytes, such as {PARTITION_BYTES}, and not {size!r}")
    return int(size)


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
    replaces what it had written. `out/_SUCCESS` is written last: without it, files of some groups are missing. `out` must be
    the same folder on the driver and on all executors, and must not hold files of another write.

    Raises:
        ValueError: `out` holds files, or there are no accounts in `raw`.
        pyspark.errors.PySparkException: with the program's own message, where a task fails.
    """
    if "://" in out:
        raise ValueError(f"{out} is an address: name a folder, which is mounted at the same place everywhere")
    out = os.path.abspath(out)
    if os.path.isdir(out) and os.listdir(out):
        raise ValueError(
            f"{out} holds files: name a folder that is empty or does not exist; remove what a write without _SUCCESS left"
        )
    options = {"program": program or "", "timezone": timezone or ""}
    folders = account_folders(_list(raw), [])
    if not folders:
        raise ValueError(f"{raw}: no folders of accounts; name the folder raw/ of a store")
    work = [(number, list(group.folders)) for number, group in enumerate(groups(folders, _bytes(partition_bytes)))]

    def export(batches: Iterator[pyarrow.RecordBatch]) -> Iterator[pyarrow.RecordBatch]:
        import pyarrow as pa

        for batch in batches:
            for row in batch.to_pylist():
                rows = _export(row["folders"], row["number"], out, options)
                yield pa.RecordBatch.from_pydict({"table": list(rows), "rows": list(rows.values())})

    # By range, so that each task has one group.
    frame = spark.createDataFrame(work, "number int, folders array<string>").repartitionByRange(len(work), "number")
    counts: dict[str, int] = {}
    for row in frame.mapInArrow(export, "table string, rows long").collect():
        counts[row["table"]] = counts.get(row["table"], 0) + row["rows"]
    Path(out, "_SUCCESS").touch()
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
        env = without_settings(replay)
        done = subprocess.run(command, capture_output=True, text=True, errors="replace", env=env, cwd=replay)
        if done.returncode != 0:
            raise RuntimeError(_message(done.returncode, done.stdout, replay, folders))
        for entry in os.scandir(os.path.join(written, "tables")):
            table, ending = os.path.splitext(entry.name)
            if ending != ".parquet":
                continue
            rows[table] = parquet.ParquetFile(entry.path).metadata.num_rows
            os.makedirs(os.path.join(out, table), exist_ok=True)
            os.replace(entry.path, os.path.join(out, table, f"part-{number:05}.parquet"))
    return rows
