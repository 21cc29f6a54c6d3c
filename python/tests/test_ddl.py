"""`reelframe schema --format …`: DuckDB runs its DDL, and a parser of each other dialect reads theirs."""

import subprocess

import duckdb
import pytest
import sqlglot

import reelframe


def ddl(dialect, location):
    command = [reelframe.program(), "schema", "--format", dialect, "--location", str(location)]
    return subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True).stdout


def test_duckdb_reads_the_folders(store, tmp_path):
    exported = ["export", "--store", str(store), "--out", str(tmp_path), "--format", "parquet", "--layout", "folders"]
    reelframe.run(exported)
    database = duckdb.connect()
    database.execute(ddl("duckdb", tmp_path))
    latest = reelframe.open(store)
    for table in latest.tables:
        count = database.sql(f"SELECT COUNT(*) FROM {table}").fetchone()
        assert count == (latest.read(table).to_arrow().num_rows,), table
    names = [row[0] for row in database.sql("DESCRIBE reels").fetchall()]
    assert names == latest.read("reels").schema.names
    comments = "SELECT COUNT(*) FROM duckdb_columns() WHERE table_name = 'reels' AND comment <> ''"
    assert database.sql(comments).fetchone() == (len(names),)


@pytest.mark.parametrize("dialect", ["athena", "bigquery", "snowflake"])
def test_other_dialects_are_read_by_their_parser(dialect):
    location = {"athena": "s3://bucket/lake", "bigquery": "gs://bucket/lake", "snowflake": "@stage/lake"}[dialect]
    statements = [statement for statement in sqlglot.parse(ddl(dialect, location), read=dialect) if statement]
    created = [found.name for statement in statements for found in statement.find_all(sqlglot.exp.Table)]
    assert set(reelframe.tables()) <= set(created), created
