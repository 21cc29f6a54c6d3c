#!/usr/bin/env python3
"""All questions of queries/ on one store: reelframe's report beside DuckDB, which runs the same files on the same Parquet.

    pip install -r benches/compare/requirements.txt
    cargo build --release --bin reelframe
    python3 benches/compare/queries.py --store reels

reelframe's time is a whole `reelframe report`: its start, the questions one after the other, and the report in JSON
written. DuckDB's is that of its process, its start and import included, with all rows of every answer fetched and none
written. Best of several, alternating; wall and CPU time and peak memory are the whole process's.
"""

import argparse
import pathlib
import sys
import tempfile

from compare import RELEASE, best, measured

HERE = pathlib.Path(__file__).resolve().parent
ENGINES = HERE.parents[1] / "tests" / "engines"


def ask_duckdb(store):
    sys.path.insert(0, str(ENGINES))
    from check import QUERIES, on_duckdb

    ask, _ = on_duckdb(store, (store / "latest").resolve())
    for file in sorted(QUERIES.glob("*.sql")):
        ask(file.read_text(encoding="utf-8"))


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--store", type=pathlib.Path, default=pathlib.Path("reels"))
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--reelframe", type=pathlib.Path, default=RELEASE / "reelframe")
    parser.add_argument("--ask-duckdb", action="store_true", help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.ask_duckdb:
        ask_duckdb(arguments.store)
        return
    with tempfile.TemporaryDirectory() as work:
        store = ["--store", arguments.store]
        report = [arguments.reelframe, "report", "-q", *store, "--format", "json", "--out", f"{work}/report.json"]
        duckdb = [sys.executable, __file__, "--ask-duckdb", *store]
        costs = {"reelframe": [], "duckdb": []}
        for _ in range(arguments.runs):
            costs["reelframe"].append(measured(report))
            costs["duckdb"].append(measured(duckdb))
    ours = best(costs["reelframe"])
    print("| engine | wall s | CPU s | peak MB | wall ÷ reelframe's | CPU ÷ reelframe's |\n|---|---|---|---|---|---|")
    for name, runs in costs.items():
        cost = best(runs)
        ratios = f"{cost.wall_s / ours.wall_s:.2f} | {cost.cpu_s / ours.cpu_s:.2f}"
        print(f"| {name} | {cost.wall_s:.2f} | {cost.cpu_s:.2f} | {cost.peak_mb:.0f} | {ratios} |")


if __name__ == "__main__":
    main()
