"""Compares what an engine reads and computes with what a store has published: all tables, and the report.

    python integrations/spark/checks.py STORE --engine cluster|connect|sail

`cluster` are two executors with JVMs of their own, `connect` is Spark Connect, and `sail` is the engine of the package
pysail, without a JVM. Ends with an error at the first difference.
"""

import argparse
import json
import math
import os
import sys
import tempfile
import time
from pathlib import Path

import pyarrow as pa
from pyarrow import parquet

import reelframe
import reelframe.spark


# Many queries over few rows: compiling them, to Java and to machine code, would take longer than running them.
SETTINGS = {
    "spark.sql.adaptive.enabled": "false",
    "spark.sql.codegen.wholeStage": "false",
    "spark.sql.shuffle.partitions": "2",
    "spark.task.maxFailures": "2",
    "spark.ui.enabled": "false",
}
JAVA = "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC"


def session_of(builder):
    os.environ.setdefault("JDK_JAVA_OPTIONS", JAVA)
    for name, value in SETTINGS.items():
        builder = builder.config(name, value)
    return builder.getOrCreate()


def cluster():
    from pyspark.sql import SparkSession

    session = session_of(SparkSession.builder.master(os.environ.get("SPARK_MASTER", "local-cluster[2,1,1024]")))
    session.sparkContext.setLogLevel("OFF")
    return session


def connect():
    from pyspark.sql import SparkSession

    return session_of(SparkSession.builder.remote("local[2]"))


def sail():
    os.environ.setdefault("SAIL_MODE", "local-cluster")
    from pysail.spark import SparkConnectServer
    from pyspark.sql import SparkSession

    server = SparkConnectServer(port=0)
    server.start(background=True)
    session = SparkSession.builder.remote(f"sc://localhost:{server.listening_address[1]}").getOrCreate()
    # It ends with its last reference.
    session.server = server
    return session


ENGINES = {"cluster": cluster, "connect": connect, "sail": sail}


def in_order(table):
    """The rows in an order of their own, whatever their columns are."""
    return table.sort_by([(name, "ascending") for name in table.column_names])


def without_metadata(table):
    fields = [pa.field(field.name, field.type, field.nullable) for field in table.schema]
    return table.cast(pa.schema(fields))


def assert_same_table(got, table, store):
    """The rows and the schema of a table of the store."""
    got = without_metadata(got)
    wanted = without_metadata(reelframe.read(table, store=store).to_arrow())
    assert got.schema == wanted.schema, f"{table}: {got.schema}"
    assert in_order(got).equals(in_order(wanted)), table


def assert_same_report(got, wanted):
    """Equal, but for the last digits of numbers: engines add in another order."""
    assert [section["name"] for section in got["sections"]] == [section["name"] for section in wanted["sections"]]
    for section, other in zip(got["sections"], wanted["sections"]):
        names = [column["name"] for column in other["columns"]]
        assert [column["name"] for column in section["columns"]] == names
        assert len(section["rows"]) == len(other["rows"]), section["name"]
        for row, other_row in zip(section["rows"], other["rows"]):
            for name, value, other_value in zip(names, row, other_row):
                assert is_close(value, other_value), (section["name"], name, value, other_value)
    assert len(got["findings"]) == len(wanted["findings"])
    for finding, other in zip(got["findings"], wanted["findings"]):
        assert all(is_close(finding[name], other[name]) for name in other), (finding, other)
    for member in wanted.keys() - {"sections", "findings"}:
        assert got[member] == wanted[member], member


def is_close(value, other):
    numbers = [one for one in (value, other) if isinstance(one, (int, float)) and not isinstance(one, bool)]
    return math.isclose(value, other, rel_tol=1e-9) if len(numbers) == 2 else value == other


def check(spark, store, partition_bytes, program, tables_only=False):
    """All tables by the data source, those that are written, and the report over what the store has published."""
    reelframe.spark.register(spark)
    for table in reelframe.tables():
        begin = time.perf_counter()
        options = {"table": table, "partition_bytes": partition_bytes, "program": program}
        got = spark.read.format("reelframe").options(**options).load(f"{store}/raw").toArrow()
        assert_same_table(got, table, store)
        print(f"{table}: {got.num_rows} rows are the same ({time.perf_counter() - begin:.1f} s)", flush=True)
    with tempfile.TemporaryDirectory() as folder:
        reelframe.spark.write(spark, f"{store}/raw", f"{folder}/lake", partition_bytes=partition_bytes, program=program)
        for table in reelframe.tables():
            assert_same_table(parquet.read_table(f"{folder}/lake/{table}"), table, store)
    print("written: all tables are the same", flush=True)
    if tables_only:
        return
    begin = time.perf_counter()
    wanted = json.loads((Path(store) / "latest" / "report.json").read_text(encoding="utf-8"))
    tables = reelframe.spark.published(spark, [store])
    assert_same_report(json.loads(reelframe.spark.report(spark, tables, run_id=wanted["run_id"])), wanted)
    seconds = time.perf_counter() - begin
    print(f"report: {len(wanted['sections'])} sections are the same ({seconds:.1f} s)", flush=True)


def main():
    options = argparse.ArgumentParser(description="Compares an engine's tables and report with those of a store.")
    options.add_argument("store", type=Path)
    options.add_argument("--engine", choices=list(ENGINES), required=True)
    options.add_argument("--partition-bytes", type=int, default=1, help="page logs per partition; an account each if not given")
    options.add_argument("--program", default=reelframe.program(), help="another build of the program, on the executors")
    options.add_argument("--tables-only", action="store_true", help="not the report, which takes minutes on Spark")
    chosen = options.parse_args()
    os.environ["PYSPARK_PYTHON"] = sys.executable
    session = ENGINES[chosen.engine]()
    check(session, chosen.store.resolve(), chosen.partition_bytes, chosen.program, chosen.tables_only)
    session.stop()


if __name__ == "__main__":
    main()
