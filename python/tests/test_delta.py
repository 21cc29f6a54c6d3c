"""The Delta tables, by readers that know nothing of reelframe: rows and sums are those of the manifest's files."""

import json
import os
import subprocess
from datetime import date, timedelta

import deltalake
import duckdb
import polars
import pyarrow
import pyarrow.dataset
import pytest
from duckdb_extensions import import_extension

import reelframe

COUNTED = ["views", "like_count", "comment_count"]


@pytest.fixture(scope="module")
def duck():
    import_extension("delta")
    connection = duckdb.connect()
    connection.execute("LOAD delta")
    return connection


def summed(table):
    """Rows, and the sum of each count, by account."""
    frame = polars.DataFrame(table)
    sums = [polars.col(name).sum() for name in COUNTED]
    return frame.group_by("account").agg(polars.len().cast(polars.Int64), *sums).sort("account").rows()


def agree(duck, store):
    """All three readers find what the manifest of the latest run lists."""
    manifest = json.loads((store / "latest" / "manifest.json").read_text())
    files = [store / file["path"] for file in manifest["observations"]]
    expected = summed(pyarrow.dataset.dataset(files).to_table(columns=["account", *COUNTED])) if files else []
    folder = str(store / "observations")
    sums = ", ".join(f"SUM({name})::BIGINT" for name in COUNTED)
    by_account = f"SELECT account, COUNT(*), {sums} FROM delta_scan('{folder}') GROUP BY account ORDER BY account"
    table = deltalake.DeltaTable(folder)
    assert summed(pyarrow.table(table.to_pyarrow_table())) == expected
    assert summed(polars.read_delta(folder)) == expected
    assert duck.sql(by_account).fetchall() == expected
    if "delta" in manifest["settings"]["format"]:
        reels = str(store / "delta" / "reels")
        whole = polars.read_parquet(store / "latest" / "reels.parquet").drop("posted_local")
        assert polars.read_delta(reels).equals(whole)
        assert polars.DataFrame(pyarrow.table(deltalake.DeltaTable(reels).to_pyarrow_table())).equals(whole)
        rows = duck.sql(f"SELECT COUNT(*), SUM(views)::BIGINT FROM delta_scan('{reels}')").fetchall()
        assert rows == [(whole.height, whole["views"].sum())]
    # A filter loses no row.
    if expected:
        reel = pyarrow.dataset.dataset(files).to_table(columns=["reel_id"])["reel_id"][0].as_py()
        found = table.to_pyarrow_table(filters=[("reel_id", "=", reel)]).num_rows
        assert found == polars.read_parquet(files).filter(polars.col("reel_id") == reel).height > 0
    assert table.protocol().min_reader_version == 1
    return table.version()


def run(store, *arguments, **options):
    return reelframe.run([*arguments, "--store", str(store)], **options)


def pages(folder, day):
    """Two accounts, each with one reel a day more, on the days from 2026-10-30 on: two months."""
    at = date(2026, 10, 29) + timedelta(days=day)
    for number, account in enumerate(["ana", "bob"]):
        reels = [
            {
                "pk": f"{number}{reel}",
                "code": f"C{number}{reel}",
                "taken_at": 1_790_000_000 + reel,
                "user": {"pk": str(number + 1), "username": account},
                "play_count": 100 * day + reel,
                "like_count": day,
                "comment_count": reel,
            }
            for reel in range(day + 2)
        ]
        page = {"items": [{"media": reel} for reel in reels], "paging_info": {"more_available": False}}
        path = folder / f"day{day}" / account
        path.mkdir(parents=True)
        (path / "1.json").write_text(json.dumps(page))
    return ["run", "--format", "parquet,delta", "--replay", str(folder / f"day{day}"), "--observed-at", f"{at}T06:00:00Z"]


@pytest.fixture
def days(tmp_path):
    return [pages(tmp_path / "pages", day) for day in range(1, 5)]


def test_readers_agree_after_each_command(duck, tmp_path, days):
    store = tmp_path / "reels"
    run(store, *days[0], "--run-id", "manual__2026-10-30T06:00:00+00:00")
    assert agree(duck, store) == 0
    run(store, *days[1])
    run(store, *days[2])
    assert agree(duck, store) == 2
    run(store, *days[2])
    assert agree(duck, store) == 2, "published twice"
    first = sorted(path.name for path in (store / "runs").iterdir())[-1]
    run(store, "rebuild", "--rollback", first)
    run(store, "compact")
    version = agree(duck, store)
    run(store, "forget", "bob", "--yes")
    assert agree(duck, store) == version + 1
    run(store, "rebuild")
    assert agree(duck, store) == version + 2
    run(store, *days[3])
    assert agree(duck, store) == version + 3


@pytest.mark.parametrize("number", range(3, 120, 39))
def test_readers_agree_after_a_kill_and_the_next_command(duck, tmp_path, days, number):
    store = tmp_path / "reels"
    run(store, *days[0])
    run(store, *days[1])
    before = agree(duck, store)
    killing = {**os.environ, "REELFRAME_FAIL_DISK": f"{number}:KILL"}
    killed = run(store, *days[2], check=False, env=killing)
    if killed.exit_code == 0:
        pytest.skip("a release build cannot be killed this way, or it was over before")
    assert agree(duck, store) in (before, before + 1)
    run(store, *days[2])
    assert agree(duck, store) == before + 1
    run(store, "compact")
    assert agree(duck, store) == before + 2
