"""Tables as the libraries take them: rows, types and nulls are those of the Parquet files."""

import gc
import json
import os
from datetime import timezone

import arro3.core
import deltalake
import duckdb
import pandas
import polars
import pyarrow
import pyarrow.parquet
import pytest

import reelframe


def parquet(store, table):
    if table == "observations":
        # Without the column that the folders stand for.
        files = sorted((store / "observations").glob("observed_month=*/*.parquet"))
        return pyarrow.concat_tables(pyarrow.parquet.ParquetFile(file).read() for file in files)
    return pyarrow.parquet.read_table(store / "latest" / f"{table}.parquet")


def without_metadata(table):
    return table.replace_schema_metadata(None)


@pytest.mark.parametrize("table", reelframe.tables())
def test_every_table_is_that_of_its_file(store, table):
    got = reelframe.read(table, store).to_arrow()
    expected = without_metadata(parquet(store, table))
    assert got.schema == expected.schema
    assert got.equals(expected)
    assert pyarrow.schema(reelframe.schema(table)) == expected.schema


def test_libraries_take_a_table_as_it_is(store):
    reels = reelframe.read("reels", store)
    expected = without_metadata(parquet(store, "reels"))
    assert pyarrow.table(reels).equals(expected)
    assert pyarrow.RecordBatchReader.from_stream(reels).read_all().equals(expected)
    assert polars.DataFrame(reels).equals(polars.read_parquet(store / "latest" / "reels.parquet"))
    assert reels.to_polars().equals(polars.DataFrame(reels))
    assert pyarrow.table(arro3.core.Table(reels)).cast(expected.schema).equals(expected)
    assert duckdb.sql("SELECT * FROM reels").to_arrow_table().num_rows == expected.num_rows
    by_account = "SELECT account, COUNT(*), SUM(views), COUNT(views), CAST(MIN(posted_at) AS VARCHAR) FROM {} GROUP BY account ORDER BY 1"
    of_file = f"read_parquet('{store}/latest/reels.parquet')"
    assert duckdb.sql(by_account.format("reels")).fetchall() == duckdb.sql(by_account.format(of_file)).fetchall()


def test_pandas_has_the_same_values_nulls_and_times_in_utc(store):
    frame = reelframe.read("reels", store).to_pandas()
    expected = parquet(store, "reels")
    assert list(frame.columns) == expected.column_names
    for name in expected.column_names:
        assert int(frame[name].isna().sum()) == expected[name].null_count, name
    assert list(frame["reel_id"]) == expected["reel_id"].to_pylist()
    assert all(isinstance(reel_id, str) for reel_id in frame["reel_id"])
    assert str(frame["posted_at"].dt.tz) == "UTC"
    assert isinstance(frame, pandas.DataFrame)


def test_delta_lake_writes_a_table(store, tmp_path):
    reels = reelframe.read("reels", store)
    deltalake.write_deltalake(tmp_path / "delta", reels)
    written = pyarrow.table(deltalake.DeltaTable(tmp_path / "delta").to_pyarrow_table())
    expected = parquet(store, "reels")
    assert (written.num_rows, written["views"].null_count) == (expected.num_rows, expected["views"].null_count)
    assert sorted(written["reel_id"].to_pylist()) == sorted(expected["reel_id"].to_pylist())


def test_ids_are_text_and_times_have_their_zone(store):
    schema = pyarrow.schema(reelframe.read("reels", store).schema)
    assert schema.field("reel_id").type == pyarrow.string()
    assert schema.field("posted_at").type == pyarrow.timestamp("us", "UTC")
    assert schema.field("posted_local").type == pyarrow.timestamp("us")
    first = reelframe.read("reels", store, ["posted_at"]).to_polars().item(0, 0)
    assert first.tzinfo is not None and first.astimezone(timezone.utc) == first


def test_columns_and_accounts_are_chosen(store):
    account = "harbor.bakery.example"
    rows = reelframe.read("reels", store, columns=["views", "account"], accounts=[account, "@Monsoon.Moves.example"])
    frame = rows.to_polars()
    assert frame.columns == ["views", "account"]
    assert frame["account"].value_counts().sort("account").rows() == [(account, 68), ("monsoon.moves.example", 67)]
    # By the account's user id, too; of observations.
    one = reelframe.read("observations", store, ["account"], ["61204417733"]).to_polars()
    whole = reelframe.read("observations", store, ["account"]).to_polars()
    assert one.height == whole.filter(polars.col("account") == account).height > 68


def test_a_stream_is_fresh_each_time_and_belongs_to_its_run(store):
    reels = reelframe.read("reels", store)
    assert pyarrow.table(reels).equals(pyarrow.table(reels))
    first, second = (pyarrow.RecordBatchReader.from_stream(reels) for _ in range(2))
    assert first.read_next_batch().equals(second.read_next_batch())


def test_queries_give_sql_built_in_ones_and_files(store, tmp_path):
    total = parquet(store, "reels")["views"].combine_chunks()
    views = reelframe.query("SELECT SUM(views) AS views FROM reels", store)
    assert views.to_polars().rows() == [(sum(total.drop_null().to_pylist()),)]
    assert repr(views.schema) == "views: Int64"
    best = reelframe.query("best_times", store).to_arrow()
    file = tmp_path / "mine.sql"
    file.write_text("SELECT account FROM accounts ORDER BY account DESC")
    names = reelframe.query(str(file), store).to_arrow()["account"].to_pylist()
    assert names == sorted(names, reverse=True) and best.num_columns > 2
    assert reelframe.query("SELECT account FROM accounts WHERE FALSE", store).to_polars().height == 0


def test_an_open_run_has_its_id_accounts_and_tables(store):
    latest = reelframe.open(store)
    assert (store / "latest").resolve().name == latest.run_id
    assert latest.accounts == ["fernweh.trails.example", "harbor.bakery.example", "monsoon.moves.example"]
    assert latest.tables == reelframe.open(store).tables and "reels" in latest.tables
    assert latest.read("accounts").to_polars().height == latest.query("SELECT * FROM accounts").to_polars().height == 3


def test_an_open_run_stays_the_same_while_others_are_published(own_store):
    latest = reelframe.open(own_store)
    reelframe.run(["forget", "harbor.bakery.example", "--store", str(own_store), "--yes"])
    assert reelframe.open(own_store).accounts == ["fernweh.trails.example", "monsoon.moves.example"]
    assert latest.accounts != reelframe.open(own_store).accounts
    reels = latest.read("reels")
    assert reels.to_polars().height == 201
    for _ in range(2):
        reelframe.run(["rebuild", "--store", str(own_store), "--keep-runs", "2"])
    with pytest.raises(reelframe.UsageError, match="is gone: a newer run has taken its place") as raised:
        reels.to_polars()
    assert raised.value.hint == "open the store again"


def test_a_relative_store_stays_the_same_after_a_change_of_folder(store, tmp_path, monkeypatch):
    monkeypatch.chdir(store.parent)
    reels = reelframe.read("reels", "reels")
    monkeypatch.chdir(tmp_path)
    assert reels.to_polars().height == 201


def test_settings_of_the_program_do_not_reach_an_export(tmp_path, monkeypatch):
    pages = os.path.abspath("sample_data")
    (tmp_path / "reelframe.toml").write_text('layout = "folders"\n')
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("REELFRAME_EXPORT_FROM", "2026-09-01")
    assert reelframe.export(pages)["reels"].to_polars().height == 201


def test_pages_become_tables_without_a_store(store):
    tables = reelframe.export("sample_data")
    of_store = reelframe.read("hashtags", store).to_polars()
    assert set(tables) == set(reelframe.open(store).tables)
    assert tables["hashtags"].to_polars().drop("run_id", strict=False).equals(of_store.drop("run_id", strict=False))
    one = reelframe.export("sample_data", accounts=["harbor.bakery.example"])
    assert one["accounts"].to_polars()["account"].to_list() == ["harbor.bakery.example"]
    # The folder is there as long as one of its tables.
    reels = one["reels"]
    del one
    gc.collect()
    assert reels.to_polars().height == 68


def page(account, number):
    user = {"pk": str(number), "username": account}
    media = {"pk": f"90{number}", "code": f"C{number}", "taken_at": 1_700_000_000, "user": user, "play_count": 7}
    return json.dumps({"items": [{"media": media}], "paging_info": {"more_available": False}})


def test_pages_that_cannot_be_read_are_an_error_unless_that_is_allowed(tmp_path):
    for number, account in enumerate(["ana", "bob"]):
        (tmp_path / account).mkdir()
        (tmp_path / account / "1.json").write_text(page(account, number))
    in_vienna = reelframe.export(tmp_path, timezone="Europe/Vienna")["accounts"].to_polars()
    assert in_vienna.select("account", "timezone", "reels").rows() == [
        ("ana", "Europe/Vienna", 1),
        ("bob", "Europe/Vienna", 1),
    ]
    (tmp_path / "bob" / "1.json").write_text("{")
    with pytest.raises(reelframe.PartialError) as raised:
        reelframe.export(tmp_path)
    assert "bob" in str(raised.value) and raised.value.exit_code == 3
    assert reelframe.export(tmp_path, allow_partial=True)["reels"].to_polars()["account"].to_list() == ["ana"]
    (tmp_path / "ana" / "1.json").write_text("{")
    with pytest.raises(reelframe.InvalidDataError):
        reelframe.export(tmp_path, allow_partial=True)


def test_a_notebook_shows_the_first_rows(store):
    page = reelframe.query("SELECT '<b>' AS text, NULL AS nothing, 1.5 AS number", store)._repr_html_()
    assert "<td>&lt;b&gt;</td><td></td><td>1.5</td>" in page and "3 columns" in page
    reels = reelframe.read("reels", store)
    assert reels._repr_html_().count("<tr>") == 11 and "12 of " in reels._repr_html_()
    assert repr(reels).startswith("<reelframe.Table reels: ")


def test_the_schema_says_what_columns_mean():
    columns = {column.name: column for column in reelframe.schema("reels").columns}
    rate = columns["engagement_rate"]
    assert (rate.type, rate.unit, rate.nullable) == ("Float64", "ratio", True) and rate.meaning
    assert not columns["account"].nullable
