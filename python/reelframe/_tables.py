"""Tables, and the latest run of a store."""

from __future__ import annotations

import html
import json
import os
import shutil
import tempfile
import weakref
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from reelframe import _reelframe
from reelframe._run import run, without_settings

if TYPE_CHECKING:
    import pandas
    import polars
    import pyarrow

#: Rows and columns that a notebook shows of a table.
_SHOWN_ROWS = 10
_SHOWN_COLUMNS = 12
#: Letters that it shows of a value.
_SHOWN_LETTERS = 60


@dataclass(frozen=True)
class Column:
    """A column: its Arrow type, its unit (`count`, `ratio`, `s`, …), whether it can be null, and its meaning.

    Columns of a query's answer have neither unit nor meaning, and all can be null.
    """

    name: str
    type: str
    unit: str
    nullable: bool
    meaning: str


class Schema:
    """The columns of a table. PyArrow and Polars take it: `pyarrow.schema(schema)`.

    >>> reelframe.schema("reels").names[:3]
    ['reel_key', 'reel_id', 'media_id']
    """

    def __init__(self, native: _reelframe.TableSchema) -> None:
        self._native = native

    def __arrow_c_schema__(self) -> object:
        return self._native.capsule()

    @property
    def columns(self) -> list[Column]:
        return [Column(*column) for column in self._native.columns()]

    @property
    def names(self) -> list[str]:
        return [column.name for column in self.columns]

    def __repr__(self) -> str:
        return "\n".join(f"{column.name}: {column.type}" for column in self.columns)


class Table:
    """A table, or the answer to a query. Nothing is read before it is used, and each use reads it again.

    Libraries that know Arrow take it as it is: `polars.DataFrame(table)`, `pyarrow.table(table)`,
    `duckdb.sql("SELECT … FROM table")`, `pandas.DataFrame.from_arrow(table)`. Ids are text, times are in UTC.
    """

    def __init__(self, native: _reelframe.Source, name: str, keeps: object = None) -> None:
        self._native = native
        self._name = name
        # A folder that must exist as long as the table.
        self._keeps = keeps

    def __arrow_c_stream__(self, requested_schema: object = None) -> object:
        """A fresh stream of batches of at most 65,536 rows. A requested schema is not followed, as the protocol allows."""
        return self._native.stream()

    @property
    def schema(self) -> Schema:
        """Its columns. Of a table, not of an answer, with units and meanings."""
        return Schema(self._native.schema())

    def to_arrow(self) -> pyarrow.Table:
        """All rows, as a `pyarrow.Table`."""
        import pyarrow

        return pyarrow.table(self)

    def to_polars(self) -> polars.DataFrame:
        """All rows, as a `polars.DataFrame`."""
        import polars

        return polars.DataFrame(self)

    def to_pandas(self) -> pandas.DataFrame:
        """All rows, as a `pandas.DataFrame`; needs PyArrow. Counts with nulls become floating-point numbers."""
        import pandas

        # New in pandas 3.
        if hasattr(pandas.DataFrame, "from_arrow"):
            return pandas.DataFrame.from_arrow(self)
        return self.to_arrow().to_pandas()

    def __repr__(self) -> str:
        return f"<reelframe.Table {self._name}: {len(self.schema.names)} columns>"

    def _repr_html_(self) -> str:
        rows: list[dict[str, Any]] = json.loads(self._native.preview(_SHOWN_COLUMNS, _SHOWN_ROWS))
        names = self.schema.names
        shown = names[:_SHOWN_COLUMNS]
        head = "".join(f"<th>{html.escape(name)}</th>" for name in shown)
        body = "".join("<tr>" + "".join(f"<td>{_cell(row[name])}</td>" for name in shown) + "</tr>" for row in rows)
        columns = f"{len(shown)} of {len(names)} columns" if len(shown) < len(names) else f"{len(names)} columns"
        title = f"{html.escape(self._name)}: the first {len(rows)} rows, {columns}"
        return f"<table><caption>{title}</caption><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"


def _cell(value: object) -> str:
    if value is None:
        return ""
    text = value if isinstance(value, str) else json.dumps(value)
    return html.escape(text if len(text) <= _SHOWN_LETTERS else text[: _SHOWN_LETTERS - 1] + "…")


class Run:
    """The latest run of a store when it was opened. What is read through it is of this one run.

    A later `reelframe run` leaves its files in place for as long as the store keeps the run (`--keep-runs`).
    """

    def __init__(self, store: str | os.PathLike[str] = "reels") -> None:
        # Absolute: the working directory may change before a table is read.
        self._native = _reelframe.open(os.path.abspath(os.fspath(store)))

    @property
    def run_id(self) -> str:
        """Its id, which also names its folder."""
        return self._native.id

    @property
    def accounts(self) -> list[str]:
        """The accounts in its tables, by name."""
        return self._native.accounts

    @property
    def tables(self) -> list[str]:
        """The names of its tables."""
        return _reelframe.tables()

    def read(self, table: str, columns: Sequence[str] | None = None, accounts: Sequence[str] | None = None) -> Table:
        """As :func:`reelframe.read`, of this run."""
        return Table(self._native.read(table, _names("columns", columns), _names("accounts", accounts)), table)

    def query(self, sql_or_name: str | os.PathLike[str]) -> Table:
        """As :func:`reelframe.query`, of this run."""
        return Table(self._native.query(os.fspath(sql_or_name)), "answer")

    def __repr__(self) -> str:
        return f"<reelframe.Run {self.run_id}: {len(self.accounts)} accounts>"


def _names(argument: str, names: Sequence[str] | None) -> list[str] | None:
    # A text is a sequence of texts, too: its letters.
    if isinstance(names, str):
        raise TypeError(f"{argument} is a list of names: [{names!r}]")
    return None if names is None else list(names)


def open(store: str | os.PathLike[str] = "reels") -> Run:
    """Opens the latest run of a store, to read several tables of one and the same run.

    >>> latest = reelframe.open(store)
    >>> latest.accounts
    ['fernweh.trails.example', 'harbor.bakery.example', 'monsoon.moves.example']

    Raises:
        UsageError: nothing has been published yet.
        InvalidDataError: the store is damaged.
    """
    return Run(store)


def read(
    table: str,
    store: str | os.PathLike[str] = "reels",
    columns: Sequence[str] | None = None,
    accounts: Sequence[str] | None = None,
) -> Table:
    """A table of the latest run, or these columns of it in this order, with the rows of these accounts.

    >>> reels = reelframe.read("reels", store, columns=["account", "reel_id", "views"])
    >>> reels.to_polars().shape
    (201, 3)

    Args:
        table: one of `reels`, `observations`, `hashtags`, `people`, `accounts`, `profiles`, `days`, `findings`.
            :func:`reelframe.schema` gives the units and the meaning of its columns.
        store: the folder of the store.
        columns: their names; all if not given.
        accounts: handles or user ids; all if not given.

    Raises:
        ValueError: there is no such table.
        UsageError: there is no such column or account, or nothing has been published yet.
        InvalidDataError: the store is damaged. Where that shows only while the table is read, the library that reads it
            raises an exception of its own with the same text.
    """
    return open(store).read(table, columns, accounts)


def query(sql_or_name: str | os.PathLike[str], store: str | os.PathLike[str] = "reels") -> Table:
    """The answer to a SELECT on the tables of the latest run, to a built-in query, or to a `.sql` file.

    >>> reelframe.query("SELECT COUNT(*) AS reels FROM reels", store).to_polars().item()
    201
    >>> reelframe.query("best_times", store).schema.names[:2]
    ['account', 'posted_weekday']

    Raises:
        UsageError: the SQL is not one SELECT on these tables.
    """
    return open(store).query(sql_or_name)


def schema(table: str) -> Schema:
    """The columns of a table: types, units, whether they can be null, and their meaning.

    >>> [column.unit for column in reelframe.schema("reels").columns if column.name == "engagement_rate"]
    ['ratio']
    """
    return Schema(_reelframe.schema(table))


def export(
    pages: str | os.PathLike[str],
    accounts: Sequence[str] = (),
    timezone: str | None = None,
    allow_partial: bool = False,
) -> dict[str, Table]:
    """All tables made of saved pages, without a store: a file, a folder or an archive, as of `reelframe export --replay`.

    The tables are files in a temporary folder, which is removed with the last of them. Settings of the program
    (`reelframe.toml`, environment) do not count here.

    >>> tables = reelframe.export("sample_data")
    >>> tables["accounts"].to_polars().height
    3

    Args:
        pages: what was saved.
        accounts: only these; all if not given.
        timezone: of accounts whose pages do not say theirs, such as `Europe/Vienna`; UTC if not given.
        allow_partial: give the tables although some pages could not be read.

    Raises:
        PartialError: some pages could not be read.
        UsageError, InvalidDataError: there are no pages, or none can be parsed.
    """
    _reelframe.check_process()
    folder = _Folder()
    options = ["--replay", os.path.abspath(os.fspath(pages)), "--out", folder.path, "--format", "parquet"]
    if timezone is not None:
        options += ["--timezone", timezone]
    env = without_settings(folder.path)
    result = run(["export", *options, "--", *(_names("accounts", accounts) or [])], check=False, env=env, cwd=folder.path)
    if result.exit_code == 3 and not allow_partial:
        error = result.error()
        error.hint = "allow_partial=True gives the tables of the pages that can be read; result.stderr names the others"
        raise error
    if not result.ok and result.exit_code != 3:
        raise result.error()
    return {name: Table(_reelframe.scan(name, folder.path), name, keeps=folder) for name in _reelframe.tables()}


class _Folder:
    """A temporary folder, which the process that made it removes, and no child of it."""

    def __init__(self) -> None:
        self.path = tempfile.mkdtemp(prefix="reelframe-")
        weakref.finalize(self, _remove, self.path, os.getpid())


def _remove(path: str, owner: int) -> None:
    if os.getpid() == owner:
        shutil.rmtree(path, ignore_errors=True)


def tables() -> list[str]:
    """The names of all tables."""
    return _reelframe.tables()


def queries() -> dict[str, str]:
    """The built-in queries: name and title.

    >>> reelframe.queries()["080_best_times"]
    'Best times'
    """
    return dict(_reelframe.queries())
