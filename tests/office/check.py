#!/usr/bin/env python3
"""Opens CSV files of the dialect excel-eu in LibreOffice with a German locale and compares every cell with the Parquet.

Needs LibreOffice Calc (soffice), and `pip install pyarrow openpyxl`:

    reelframe export --replay sample_data --out tables --format parquet,csv --csv-dialect excel-eu
    python tests/office/check.py tables

Numbers must be equal to 15 digits, times to the second and shown with their seconds, texts to the letter. A text that
would run as a formula stands behind an apostrophe; a spreadsheet knows no difference of a null and an empty text.
"""

import datetime
import decimal
import pathlib
import subprocess
import sys
import tempfile

import openpyxl
import pyarrow as pa
import pyarrow.parquet as pq

# Separator `;`, quotes `"`, UTF-8, from line 1, German (1031), quoted cells as any other, numbers and dates detected.
GERMAN = "CSV:59,34,UTF8,1,,1031,false,true"


def open_in_libreoffice(csv, folder):
    """The cells of a CSV file as LibreOffice reads them."""
    command = [
        "soffice", f"-env:UserInstallation=file://{folder}/profile", "--headless", "--convert-to", "xlsx",
        f"--infilter={GERMAN}", "--outdir", str(folder), str(csv),
    ]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    book = openpyxl.load_workbook(folder / f"{csv.stem}.xlsx", data_only=True)
    return list(book.active.iter_rows())


def has_15_digits_of(seen, value):
    """Whether a number is another one rounded to 15 digits; a half may have gone either way."""
    value, seen = decimal.Decimal(repr(value)), decimal.Decimal(repr(seen))
    return abs(seen - value) * 2 <= decimal.Decimal(1).scaleb(value.adjusted() - 14)


def is_same(column_type, value, cell):
    """Whether a cell shows a value of the Parquet file."""
    seen = cell.value
    if value is None or value == "":
        return seen is None
    if pa.types.is_string(column_type):
        is_guarded = value.lstrip(" ").startswith(("=", "+", "-", "@", "\t", "\r", "\n"))
        return seen == ("'" + value if is_guarded else value)
    if pa.types.is_boolean(column_type):
        return seen == str(value).lower()
    if pa.types.is_integer(column_type):
        return isinstance(seen, (int, float)) and seen == value
    if pa.types.is_floating(column_type):
        return isinstance(seen, (int, float)) and has_15_digits_of(seen, value)
    if pa.types.is_date(column_type):
        return isinstance(seen, datetime.datetime) and seen == datetime.datetime.combine(value, datetime.time())
    if pa.types.is_timestamp(column_type):
        if not isinstance(seen, datetime.datetime) or "ss" not in cell.number_format.lower():
            return False
        # A spreadsheet's time is a fraction of a day: what comes of it is off by microseconds.
        seen = (seen + datetime.timedelta(milliseconds=500)).replace(microsecond=0)
        return seen == value.replace(tzinfo=None, microsecond=0)
    raise SystemExit(f"no rule for {column_type}")


def check(csv, folder):
    """Compares one table; returns how many cells differ."""
    table = pq.read_table(csv.with_suffix(".parquet"))
    rows = open_in_libreoffice(csv, folder)
    header = [cell.value for cell in rows[0]]
    if header != table.column_names or len(rows) - 1 != table.num_rows:
        print(f"{csv.stem}: {len(rows) - 1} rows of {len(header)} columns, Parquet has {table.num_rows} of {table.num_columns}")
        return 1
    differences = 0
    known = 0
    for at, field in enumerate(table.schema):
        for number, value in enumerate(table.column(at).to_pylist()):
            cell = rows[number + 1][at]
            known += value is not None
            if not is_same(field.type, value, cell):
                differences += 1
                if differences <= 10:
                    print(f"{csv.stem}.{field.name}, row {number + 1}: {value!r} is shown as {cell.value!r}")
    print(f"{csv.stem}: {table.num_rows} rows, {table.num_columns} columns, {known} cells with a value, {differences} differences")
    return differences


def main():
    tables = sorted(pathlib.Path(sys.argv[1]).glob("*.csv"))
    if not tables:
        raise SystemExit(f"{sys.argv[1]} holds no CSV file")
    with tempfile.TemporaryDirectory() as folder:
        differences = sum(check(csv, pathlib.Path(folder)) for csv in tables)
    raise SystemExit(1 if differences else 0)


if __name__ == "__main__":
    main()
