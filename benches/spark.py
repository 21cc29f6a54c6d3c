"""What Spark adds to the program, and how far it goes: for BENCHMARKS.md and docs/scale.md.

    pip install -r integrations/spark/requirements.txt ./python
    cargo build --release && cargo build --release -p tools
    target/release/generate --shape flat --accounts 400 --reels 250 --crawls 5 --kind logs --out /tmp/logs
    python benches/spark.py throughput /tmp/logs
    python benches/spark.py lake /tmp/logs /tmp/lake            # all tables, then the report over them

Executors have one core and 1 GiB (`--memory` in MiB) and are JVMs of their own. One JSON object a line: seconds, rows, and the peak
memory of one program, one Python worker and one executor.
"""

import argparse
import json
import os
import subprocess
import sys
import threading
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
PEAKS = {"program": b"--log-format\0json", "python": b"pyspark.daemon", "executor": b"CoarseGrainedExecutorBackend"}


class Peaks:
    """The largest resident set of each kind of process while it is open, in MB; the system keeps a high-water mark each."""

    def __enter__(self):
        self.mb = dict.fromkeys(PEAKS, 0)
        self.is_over = threading.Event()
        self.watcher = threading.Thread(target=self.watch)
        self.watcher.start()
        return self

    def __exit__(self, *_):
        self.is_over.set()
        self.watcher.join()

    def watch(self):
        while not self.is_over.wait(0.1):
            for process in Path("/proc").iterdir():
                try:
                    command = (process / "cmdline").read_bytes()
                    kind = next((kind for kind, word in PEAKS.items() if word in command), None)
                    if kind:
                        status = (process / "status").read_text()
                        kib = int(status.split("VmHWM:")[1].split()[0])
                        self.mb[kind] = max(self.mb[kind], round(kib * 1024 / 1e6))
                except (OSError, IndexError):
                    continue


def say(**facts):
    print(json.dumps(facts), flush=True)


def timed(step, work, **facts):
    with Peaks() as peaks:
        begin = time.perf_counter()
        rows = work()
        seconds = time.perf_counter() - begin
    say(step=step, **facts, seconds=round(seconds, 1), rows=rows, rows_per_s=round(rows / seconds), peak_mb=peaks.mb)


def session(executors, memory):
    import reelframe.spark
    from pyspark.sql import SparkSession

    os.environ["PYSPARK_PYTHON"] = sys.executable
    builder = SparkSession.builder.master(f"local-cluster[{executors},1,{memory}]")
    settings = {"spark.ui.enabled": "false", "spark.executor.memory": f"{memory}m", "spark.driver.memory": "2g"}
    settings |= {"spark.sql.shuffle.partitions": str(4 * executors), "spark.ui.showConsoleProgress": "false"}
    for name, value in settings.items():
        builder = builder.config(name, value)
    spark = builder.getOrCreate()
    spark.sparkContext.setLogLevel("OFF")
    reelframe.spark.register(spark)
    # The first task starts the executors' Python.
    spark.range(executors).repartition(executors).mapInArrow(lambda batches: batches, "id long").collect()
    return spark


def command(options, table):
    words = [options.program, "export", "--replay", options.raw, "--table", table, "--stdout", "arrow"]
    return [*words, "--log-format", "json", "-q"]


def rows_of(stream):
    import pyarrow

    return sum(batch.num_rows for batch in pyarrow.ipc.open_stream(stream))


def single(options, table):
    """The program alone, and with Python at the end of its pipe."""
    rows = 0

    def to_nothing():
        subprocess.run(command(options, table), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=True)
        return rows

    def to_python():
        child = subprocess.Popen(command(options, table), stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
        found = rows_of(child.stdout)
        assert child.wait() == 0
        return found

    rows = to_python()
    timed("program alone", to_nothing, table=table)
    timed("program and Python", to_python, table=table)


def by_spark(options, table):
    spark = session(options.executors, options.memory)
    settings = {"table": table, "program": options.program, "partition_bytes": options.partition_bytes}
    read = lambda: spark.read.format("reelframe").options(**settings).load(options.raw)

    def to_nothing():
        from pyspark.sql import Observation, functions

        seen = Observation()
        read().observe(seen, functions.count("*").alias("rows")).write.format("noop").mode("overwrite").save()
        return seen.get["rows"]

    timed("Spark", to_nothing, table=table, executors=options.executors, partitions=read().rdd.getNumPartitions())
    spark.stop()


def throughput(options):
    for table in ["reels", "observations"]:
        single(options, table)
        for executors in [1, 2]:
            again = [sys.executable, __file__, "by_spark", options.raw, table, "--executors", str(executors)]
            again += ["--program", options.program, "--partition-bytes", str(options.partition_bytes)]
            subprocess.run([*again, "--memory", str(options.memory)], check=True)


def lake(options):
    import reelframe.spark

    spark = session(options.executors, options.memory)
    write = reelframe.spark.write

    def tables():
        counts = write(
            spark, options.raw, options.out, program=options.program, partition_bytes=options.partition_bytes
        )
        say(tables=counts)
        return counts["observations"]

    def report():
        text = reelframe.spark.report(spark, options.out)
        Path(options.out, "report.json").write_text(text, encoding="utf-8")
        return json.loads(text)["summary"]["reels"]

    if not Path(options.out, "reels").is_dir():
        timed("write", tables, executors=options.executors)
    timed("report", report, executors=options.executors)
    spark.stop()


def main():
    options = argparse.ArgumentParser(description="Times Spark with the program on its executors.")
    options.add_argument("step", choices=["throughput", "lake", "by_spark"])
    options.add_argument("raw", help="page logs, a folder for each account")
    options.add_argument("out", nargs="?", help="lake: the folder of tables; by_spark: the table")
    options.add_argument("--executors", type=int, default=2)
    options.add_argument("--memory", type=int, default=1024, help="of an executor, in MiB")
    options.add_argument("--partition-bytes", type=int, default=96 << 20)
    options.add_argument("--program", default=str(ROOT / "target" / "release" / "reelframe"))
    chosen = options.parse_args()
    if chosen.step == "by_spark":
        by_spark(chosen, chosen.out)
    else:
        {"throughput": throughput, "lake": lake}[chosen.step](chosen)


if __name__ == "__main__":
    main()
