"""Spark reads page logs by the program on its executors, in processes of their own, and gets what the store has."""

import json
import os
import shutil
import stat
import subprocess
import sys
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from checks import assert_same_report, assert_same_table, cluster

import reelframe
import reelframe.spark

SAMPLE = Path(__file__).parents[2] / "sample_data"
os.environ["PYSPARK_PYTHON"] = sys.executable
TABLES = [table for table in reelframe.tables()]


@pytest.fixture(scope="session")
def spark():
    # Two executors of one core and 1 GiB, each a JVM of its own.
    session = cluster()
    reelframe.spark.register(session)
    yield session
    session.stop()


@pytest.fixture(scope="session")
def store(tmp_path_factory):
    path = tmp_path_factory.mktemp("sample") / "reels"
    reelframe.run(["run", "--replay", str(SAMPLE), "--store", str(path)])
    return path


def read(spark, store, **options):
    return spark.read.format("reelframe").options(**options).load(f"{store}/raw")


@pytest.mark.parametrize("table", TABLES)
def test_a_table_has_the_rows_and_the_schema_of_the_store(spark, store, table):
    # A partition for each account.
    assert_same_table(read(spark, store, table=table, partition_bytes=1).toArrow(), table, store)


def test_whole_accounts_are_grouped_by_the_size_of_their_logs(store):
    folders = reelframe.spark.account_folders([str(store / "raw")], [])
    sizes = {folder.name: sum(log.stat().st_size for log in folder.iterdir()) for folder in (store / "raw").iterdir()}
    names = sorted(sizes)
    grouped = lambda limit: [[Path(f).name for f in group.folders] for group in reelframe.spark.groups(folders, limit)]
    assert grouped(1) == [[name] for name in names]
    assert grouped(sizes[names[0]] + sizes[names[1]]) == [names[:2], names[2:]]
    assert grouped(1 << 30) == [names]
    assert reelframe.spark.account_folders([str(store / "raw")], [names[1]]) == [str(store / "raw" / names[1])]
    with pytest.raises(ValueError, match="there is no account nobody in"):
        reelframe.spark.account_folders([str(store / "raw")], [names[1], "nobody"])


def test_columns_and_accounts_are_chosen(spark, store):
    accounts = sorted(folder.name for folder in (store / "raw").iterdir())
    frame = read(spark, store, columns="account,views", accounts=accounts[0])
    assert frame.columns == ["account", "views"]
    assert {row["account"] for row in frame.collect()} == {accounts[0]}
    with pytest.raises(Exception, match="there is no column likes_total in the table reels"):
        read(spark, store, columns="account,likes_total").count()


def test_a_filter_by_account_reads_that_account_alone(spark, store, tmp_path):
    accounts = sorted(folder.name for folder in (store / "raw").iterdir())
    wanted = reelframe.read("reels", store=store, accounts=[accounts[1]]).to_arrow().num_rows
    spark.conf.set(reelframe.spark.PUSHDOWN, "true")
    reelframe.spark.register(spark)
    try:
        frame = read(spark, store, partition_bytes=1).filter(f"account = '{accounts[1]}'")
        assert frame.rdd.getNumPartitions() == 1 and frame.count() == wanted
        # A folder keeps the first name of its account.
        shutil.copytree(store / "raw", tmp_path / "raw")
        (tmp_path / "raw" / accounts[1]).rename(tmp_path / "raw" / "a.former.name")
        frame = read(spark, tmp_path, partition_bytes=1).filter(f"account IN ('nobody', '{accounts[1]}')")
        assert frame.rdd.getNumPartitions() == 1 and frame.count() == wanted
    finally:
        spark.conf.set(reelframe.spark.PUSHDOWN, "false")
        reelframe.spark.register(spark)


def test_a_damaged_log_fails_its_task_with_the_programs_message(spark, store, tmp_path):
    shutil.copytree(store / "raw", tmp_path / "raw")
    log = damage(tmp_path / "raw")
    with pytest.raises(Exception) as raised:
        read(spark, tmp_path).count()
    # The log's own path, not that of a link to it.
    assert "reelframe ended with exit code 3" in str(raised.value) and str(log) in str(raised.value)


def damage(raw):
    """Changes a byte in the log of the first account."""
    log = next(sorted(raw.iterdir())[0].glob("*.zst"))
    log.chmod(stat.S_IRUSR | stat.S_IWUSR)
    content = bytearray(log.read_bytes())
    content[len(content) // 2] ^= 0xFF
    log.write_bytes(content)
    return log


def test_an_executor_without_the_program_says_so(spark, store):
    with pytest.raises(Exception, match="/no/such/program cannot be started here") as raised:
        read(spark, store, program="/no/such/program").count()
    assert "install reelframe on every executor" in str(raised.value)


#: Ends the executor whose task started it, the first time that it is started, and is the program after that.
KILLS_ITS_EXECUTOR = """#!/bin/sh
if mkdir {once} 2>/dev/null; then
  ancestor=$$
  until grep -aq CoarseGrainedExecutorBackend /proc/$ancestor/cmdline; do
    ancestor=$(sed -n 's/^PPid:[^0-9]*//p' /proc/$ancestor/status)
  done
  kill -9 $ancestor
fi
exec {program} "$@"
"""


def test_the_tasks_of_a_killed_executor_are_tried_again_and_the_result_is_whole(spark, store, tmp_path):
    program = tmp_path / "reelframe"
    program.write_text(KILLS_ITS_EXECUTOR.format(once=tmp_path / "once", program=reelframe.program()))
    program.chmod(0o755)
    got = read(spark, store, program=str(program), partition_bytes=1).toArrow()
    assert (tmp_path / "once").is_dir()
    assert_same_table(got, "reels", store)


@pytest.fixture(scope="session")
def lake(spark, store, tmp_path_factory):
    folder = tmp_path_factory.mktemp("lake") / "tables"
    counts = reelframe.spark.write(spark, f"{store}/raw", str(folder), partition_bytes=1)
    return folder, counts


@pytest.mark.parametrize("table", TABLES)
def test_a_table_is_written_whole(store, lake, table):
    folder, counts = lake
    got = pq.read_table(folder / table)
    assert counts[table] == got.num_rows
    assert_same_table(got, table, store)


def test_a_folder_with_files_is_not_written_into(spark, store, lake):
    folder, _ = lake
    assert sorted(path.name for path in folder.iterdir()) == ["_SUCCESS", *sorted(TABLES)]
    with pytest.raises(ValueError, match="holds files"):
        reelframe.spark.write(spark, f"{store}/raw", str(folder))


def test_without_all_groups_tables_are_not_taken_for_whole(spark, store, tmp_path):
    shutil.copytree(store / "raw", tmp_path / "raw")
    damage(tmp_path / "raw")
    with pytest.raises(Exception, match="reelframe ended with exit code"):
        reelframe.spark.write(spark, str(tmp_path / "raw"), str(tmp_path / "lake"), partition_bytes=1)
    with pytest.raises(ValueError, match="not complete"):
        reelframe.spark.report(spark, str(tmp_path / "lake"))
    (tmp_path / "none").mkdir()
    with pytest.raises(ValueError, match="no folders of accounts"):
        reelframe.spark.write(spark, str(tmp_path / "none"), str(tmp_path / "lake2"))


def test_what_several_stores_published_is_one_table(spark, store):
    tables = reelframe.spark.published(spark, [store, store])
    assert sorted(tables) == sorted(TABLES)
    assert tables["reels"].count() == 402 and tables["observations"].count() == 2 * 362
    with pytest.raises(FileNotFoundError, match="no run has been published"):
        reelframe.spark.published(spark, [store.parent])
    with pytest.raises(TypeError, match="a list of folders"):
        reelframe.spark.published(spark, str(store))


def test_a_folder_whose_name_looks_like_a_pattern_is_that_folder(spark, store, tmp_path):
    for name in ["a [b] {c}*", "a b c and more"]:
        shutil.copytree(store, tmp_path / name, symlinks=True)
    assert reelframe.spark.published(spark, [tmp_path / "a [b] {c}*"])["reels"].count() == 201
    assert read(spark, tmp_path / "a [b] {c}*").count() == 201


def test_an_account_that_two_folders_have_is_refused(spark, store, tmp_path):
    shutil.copytree(store / "raw", tmp_path / "raw")
    both = f"{store}/raw,{tmp_path}/raw"
    with pytest.raises(Exception, match="are of one account: put the stores together"):
        spark.read.format("reelframe").load(both).count()
    accounts = sorted((tmp_path / "raw").iterdir())
    accounts[0].rename(tmp_path / "raw" / "another.name")
    with pytest.raises(Exception, match="are of one account"):
        spark.read.format("reelframe").load(both).count()
    for account in accounts[1:]:
        shutil.rmtree(account)
    shutil.rmtree(tmp_path / "raw" / "another.name")
    # Hidden folders and those without pages are not accounts.
    for name in ["nobody.yet", ".cache"]:
        (tmp_path / "raw" / name).mkdir()
    (tmp_path / "raw" / "nobody.yet" / "README").write_text("no pages")
    assert spark.read.format("reelframe").option("partition_bytes", 1).load(both).count() == 201


def test_what_is_wrong_with_the_options_is_said(spark, store):
    for options, message in [
        ({"acounts": "a"}, "there is no option acounts: the options are accounts, columns"),
        ({"partition_bytes": "128MB"}, "partition_bytes is a number of bytes"),
        ({"partition_bytes": "0"}, "partition_bytes is a number of bytes"),
        ({"accounts": "nobody"}, "there is no account nobody in"),
        ({"timezone": "Mars/X"}, "exit code 2: invalid value 'Mars/X'"),
    ]:
        with pytest.raises(Exception, match=message):
            read(spark, store, **options).count()
    with pytest.raises(ValueError, match="is an address: name a folder"):
        reelframe.spark.write(spark, f"{store}/raw", "s3://bucket/lake")


def test_the_report_is_that_of_the_store(spark, store, lake, tmp_path):
    """Every section, finding and limit, and the page to the byte."""
    wanted = json.loads((store / "latest" / "report.json").read_text())
    spark.conf.set("spark.sql.session.timeZone", "America/New_York")
    (tmp_path / "own").mkdir()
    (tmp_path / "own" / "900_own.sql").write_text("-- title: T\n-- question: Q\nSELECT nothing FROM reels")
    text = reelframe.spark.report(spark, str(lake[0]), tmp_path / "own", run_id=wanted["run_id"])
    assert not [view.name for view in spark.catalog.listTables() if view.name in [*TABLES, "period"]]
    assert spark.conf.get("spark.sql.session.timeZone") == "America/New_York"
    got = json.loads(text)
    own = got["sections"].pop()
    assert own["name"] == "900_own" and own["is_users"] and "nothing" in own["fault"] and own["rows"] == []
    assert_same_report(got, wanted)
    page = tmp_path / "report.html"
    (tmp_path / "report.json").write_text(json.dumps(got))
    reelframe.run(["report", "--from-json", tmp_path / "report.json", "--format", "html", "--out", page])
    assert page.read_bytes() == (store / "latest" / "report.html").read_bytes()


def test_a_report_on_other_days_and_without_some_tables(spark, store, monkeypatch):
    """Of one section: what the others need is shown above."""
    monkeypatch.setenv("REELFRAME_SECTIONS", "daily")
    tables = reelframe.spark.published(spark, [store])
    made = lambda **days: json.loads(reelframe.spark.report(spark, {"accounts": tables["accounts"]}, **days))
    report = made(first="2026-10-01", last="2026-10-10", compare=False)
    period = report["period"]
    assert (period["first"], period["last"], period["days"], period["before_first"]) == ("2026-10-01", "2026-10-10", 10, None)
    assert report["summary"]["reels"] == 0 and "There are no reels in this data." in report["limits"]
    assert made(days=7)["period"]["first"] == "2026-10-13"
    with pytest.raises(ValueError, match="there is no table reel:"):
        reelframe.spark.report(spark, {"reel": tables["reels"]})
    tables["reels"].createOrReplaceTempView("reels")
    with pytest.raises(ValueError, match="temporary views called reels"):
        made()
    assert spark.table("reels").count() == 201
    spark.catalog.dropTempView("reels")
    for days, message in [
        ({"first": "2026-10-11", "last": "2026-10-10"}, "first is a later day than last"),
        ({"first": "2026-10-01", "days": 7}, "not together with first"),
        ({"days": 0}, "at least 1"),
    ]:
        with pytest.raises(ValueError, match=message):
            made(**days)
    with pytest.raises(reelframe.UsageError, match="no such folder"):
        made(queries="nowhere")


def test_spark_connect_reads_and_writes_the_same(store):
    """In a process of its own: a session with a JVM is already running here. The report by Connect: integrations/sail."""
    script = Path(__file__).with_name("checks.py")
    done = subprocess.run([sys.executable, script, store, "--engine", "connect", "--tables-only"], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr[-2000:]
    assert "reels: 201 rows are the same" in done.stdout and "written: all tables are the same" in done.stdout
