#!/usr/bin/env python3
"""reelframe beside DuckDB, Polars, pandas and dlt: the same pages to Parquet, in one go, alternating, best of several.

    pip install -r benches/compare/requirements.txt
    cargo build --release --workspace
    target/release/generate --shape flat --accounts 40 --reels 1000 --out /tmp/pages
    target/release/generate --shape flat --accounts 40 --reels 1000 --kind logs --out /tmp/logs
    python3 benches/compare/compare.py --shape flat --pages /tmp/pages --logs /tmp/logs

Each reader is a process of its own: wall and CPU time and peak memory are the whole process's, its start included. All
outputs have to agree on the columns that they share before any time is printed.
"""

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

HERE = Path(__file__).resolve().parent
RELEASE = HERE.parents[1] / "target" / "release"
SHARED = [
    "account", "reel_id", "shortcode", "owner_username", "posted_at", "caption", "views", "play_count", "like_count",
    "comment_count", "engagement_rate", "duration_s",
]  # fmt: skip


@dataclass
class Cost:
    wall_s: float
    cpu_s: float
    peak_mb: float


def measured(command, stdout=subprocess.DEVNULL):
    """Runs a command to its end. Memory is that of the largest process where there are several.

    A child's high-water mark begins at the size of the process that starts it, so this one stays small until all is
    measured: it imports none of the peers before that.
    """
    begin = time.perf_counter()
    child = subprocess.Popen([str(word) for word in command], stdin=subprocess.DEVNULL, stdout=stdout)
    _, status, usage = os.wait4(child.pid, 0)
    wall = time.perf_counter() - begin
    child.returncode = os.waitstatus_to_exitcode(status)
    if child.returncode != 0:
        sys.exit(f"{command[0]} … {command[-1]} ended with {child.returncode}")
    # Linux counts in KiB, macOS in bytes.
    kib = usage.ru_maxrss / 1024 if sys.platform == "darwin" else usage.ru_maxrss
    return Cost(wall, usage.ru_utime + usage.ru_stime, kib * 1024 / 1e6)


def best(costs):
    """The fastest run, with the highest peak of all."""
    fastest = min(costs, key=lambda cost: cost.wall_s)
    return Cost(fastest.wall_s, fastest.cpu_s, max(cost.peak_mb for cost in costs))


def files(path, pattern="*"):
    return [path] if path.is_file() else [file for file in path.rglob(pattern) if file.is_file()]


def size(path, pattern="*"):
    return sum(file.stat().st_size for file in files(path, pattern))


class Reader:
    """reelframe or a peer, on one set of pages."""

    def __init__(self, name, arguments, work):
        self.name, self.arguments, self.out = name, arguments, work / name.replace(" ", "_")
        self.costs = []

    def run(self):
        shutil.rmtree(self.out, ignore_errors=True)
        self.out.unlink(missing_ok=True)
        pages = self.arguments.pages
        if self.name.startswith("reelframe"):
            formats = "parquet,csv" if self.name.endswith("CSV") else "parquet"
            export = ["export", "-q", "--replay", pages, "--format", formats, "--out", self.out]
            command = [self.arguments.reelframe, *export]
        else:
            if self.name == "dlt":
                self.out.mkdir()
            command = [sys.executable, __file__, "--peer", self.name, "--shape", self.arguments.shape]
            command += ["--pages", pages, "--out", self.out]
        self.costs.append(measured(command))

    def runs(self):
        return self.arguments.slow_runs if self.name == "dlt" else self.arguments.runs

    def output_bytes(self):
        """Of the table of reels alone: reelframe and dlt write others besides."""
        if self.name.startswith("reelframe"):
            return size(self.out / "reels.parquet")
        return size(self.out / "files" / "reels" / "reels") if self.name == "dlt" else size(self.out)

    def rows(self):
        """The shared columns in fixed types, in one order."""
        import pyarrow as pa
        import pyarrow.parquet as pq

        if self.name == "dlt":
            table = shared_of_dlt(self.out / "files" / "reels" / "reels", self.arguments.shape)
        else:
            path = self.out / "reels.parquet" if self.out.is_dir() else self.out
            table = pq.read_table(path, columns=SHARED)
        whole = {"views", "play_count", "like_count", "comment_count"}
        broken = {"engagement_rate", "duration_s"}

        def kind(name):
            if name == "posted_at":
                return pa.timestamp("us", "UTC")
            return pa.int64() if name in whole else pa.float64() if name in broken else pa.large_string()

        table = table.select(SHARED).cast(pa.schema([(name, kind(name)) for name in SHARED]))
        return table.sort_by([("account", "ascending"), ("reel_id", "ascending")]).combine_chunks()


def shared_of_dlt(path, shape):
    """dlt flattens and computes nothing: what is worked out of its columns is worked out here, outside of its time."""
    import pyarrow as pa
    import pyarrow.compute as pc
    import pyarrow.parquet as pq
    from peers import COLUMNS

    file_columns = {name: source.replace(".", "__") for name, (source, _) in COLUMNS[shape].items()}
    raw = pq.read_table(path)
    got = {name: raw[column] for name, column in file_columns.items() if column in raw.column_names}
    views, likes = got["ig_play_count"], got["raw_like_count"]
    hidden = pc.less(likes, 0)
    if "likes_hidden" in got:
        hidden = pc.or_(hidden, pc.fill_null(got["likes_hidden"], False))
    likes = pc.if_else(hidden, pa.scalar(None, pa.int64()), likes)
    engaged = pc.cast(pc.add(likes, got["comment_count"]), pa.float64())
    got |= {
        "account": raw["account"],
        "reel_id": pc.list_element(pc.split_pattern(got["media_id"], "_"), 0),
        "posted_at": pc.cast(pc.multiply(got["taken_at"], 1_000_000), pa.timestamp("us", "UTC")),
        "views": views,
        "like_count": likes,
        "engagement_rate": pc.divide(engaged, pc.cast(views, pa.float64())),
        "duration_s": pc.round(got["raw_duration"], 3),
    }
    return pa.table({name: got[name] for name in SHARED})


def check(readers):
    """Every reader's rows are reelframe's, to the last bit."""
    ours, *others = readers
    expected = ours.rows()
    if expected.num_rows == 0:
        sys.exit("there are no rows to compare")
    for reader in others:
        rows = reader.rows()
        if rows.num_rows != expected.num_rows:
            sys.exit(f"{reader.name} has {rows.num_rows} rows, reelframe {expected.num_rows}")
        for name in SHARED:
            if not rows[name].equals(expected[name]):
                pairs = zip(rows["reel_id"].to_pylist(), rows[name].to_pylist(), expected[name].to_pylist())
                different = [(reel, theirs, mine) for reel, theirs, mine in pairs if theirs != mine]
                reel, theirs, mine = different[0]
                where = f"{name} of {len(different)} rows; reel {reel}: {theirs!r}, reelframe {mine!r}"
                sys.exit(f"{reader.name} differs in {where}")
    print(f"All rows agree on {', '.join(SHARED)}.\n")
    return expected.num_rows


def table(readers, megabytes, rows):
    own = best(readers[0].costs)
    columns = "runs | wall s | CPU s | MB/s of JSON | rows/s | peak MB | reels MB"
    print(f"| reader | {columns} | wall ÷ reelframe's | CPU ÷ reelframe's |")
    print("|---|---|---|---|---|---|---|---|---|---|")
    for reader in readers:
        cost = best(reader.costs)
        print(
            f"| {reader.name} | {len(reader.costs)} | {cost.wall_s:.2f} | {cost.cpu_s:.2f} "
            f"| {megabytes / cost.wall_s:,.0f} | {rows / cost.wall_s:,.0f} | {cost.peak_mb:,.0f} "
            f"| {reader.output_bytes() / 1e6:.1f} | {cost.wall_s / own.wall_s:.1f} "
            f"| {cost.cpu_s / own.cpu_s:.1f} |"
        )
    print()


def sizes(ours, work):
    """reelframe's own tables, written again by DuckDB: the same columns and rows."""
    import duckdb

    print("| table | reelframe MB | DuckDB's zstd file of the same rows and columns MB | ratio |\n|---|---|---|---|")
    for file in sorted(ours.out.glob("*.parquet")):
        copy = work / "copy.parquet"
        duckdb.sql(f"COPY (FROM '{file}') TO '{copy}' (FORMAT parquet, COMPRESSION zstd)")
        here, there = size(file), size(copy)
        print(f"| {file.stem} | {here / 1e6:.3f} | {there / 1e6:.3f} | {here / there:.2f} |")
    print()


def measure_readers(arguments, work):
    names = ["reelframe", "reelframe with CSV", *filter(None, arguments.peers.split(","))]
    readers = [Reader(name, arguments, work) for name in names]
    for round_number in range(max(reader.runs() for reader in readers)):
        for reader in readers:
            if round_number < reader.runs():
                reader.run()
                print(f"{reader.name}: {reader.costs[-1].wall_s:.2f} s", file=sys.stderr)
    return readers


def measure_floor(arguments, work):
    """Decompressing, hashing and validating the same logs and nothing else, beside the export of them."""
    out, costs = work / "from_logs", {"floor": [], "reelframe": []}
    said = work / "floor.txt"
    for _ in range(arguments.runs):
        with open(said, "w") as text:
            costs["floor"].append(measured([arguments.floor, arguments.logs], text))
        shutil.rmtree(out, ignore_errors=True)
        export = ["export", "-q", "--replay", arguments.logs, "--format", "parquet", "--out", out]
        costs["reelframe"].append(measured([arguments.reelframe, *export]))
    return costs, int(said.read_text().split()[0]) / 1e6


def floor_table(arguments, costs, megabytes):
    own = best(costs["floor"])
    print(f"From page logs ({size(arguments.logs) / 1e6:,.0f} MB, {megabytes:,.0f} MB of JSON):\n")
    print("| | runs | wall s | CPU s | MB/s of JSON | peak MB | wall ÷ the floor's | CPU ÷ the floor's |")
    print("|---|---|---|---|---|---|---|---|")
    for name, of in costs.items():
        cost = best(of)
        print(
            f"| {name} | {len(of)} | {cost.wall_s:.2f} | {cost.cpu_s:.2f} | {megabytes / cost.wall_s:,.0f} "
            f"| {cost.peak_mb:,.0f} | {cost.wall_s / own.wall_s:.2f} | {cost.cpu_s / own.cpu_s:.2f} |"
        )
    print()


def parse():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--shape", required=True, choices=["flat", "wrapped"])
    parser.add_argument("--pages", type=Path, help="plain pages, a folder an account: <account>/*.ndjson")
    parser.add_argument("--logs", type=Path, help="page logs, for the floor")
    parser.add_argument("--peers", default="duckdb,polars,pandas,dlt", help="those to run, joined by commas")
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--slow-runs", type=int, default=2, help="of dlt, which takes minutes")
    parser.add_argument("--reelframe", type=Path, default=RELEASE / "reelframe")
    parser.add_argument("--floor", type=Path, default=RELEASE / "floor")
    parser.add_argument("--work", type=Path, help="where the outputs go for as long as this runs; the temporary folder")
    parser.add_argument("--peer", help=argparse.SUPPRESS)
    parser.add_argument("--out", type=Path, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.peer:
        # The process that started this one has looked at its arguments.
        return arguments
    if arguments.runs < 1 or arguments.slow_runs < 1:
        parser.error("--runs and --slow-runs begin at 1")
    if not (arguments.pages or arguments.logs):
        parser.error("give --pages, --logs or both")
    if arguments.pages and not files(arguments.pages, "*.ndjson"):
        parser.error(f"{arguments.pages} holds no .ndjson files")
    for path in (arguments.pages, arguments.logs, arguments.reelframe, arguments.logs and arguments.floor):
        if path and not path.exists():
            parser.error(f"{path} is not there")
    for name in ("pages", "logs"):
        path = getattr(arguments, name)
        setattr(arguments, name, path and path.resolve())
    return arguments


def main():
    arguments = parse()
    if arguments.peer:
        from peers import PEERS

        return PEERS[arguments.peer](arguments.pages, arguments.shape, arguments.out)
    with tempfile.TemporaryDirectory(dir=arguments.work) as work:
        compare(arguments, Path(work))


def compare(arguments, work):
    load = os.getloadavg()[0]
    pages = files(arguments.pages, "*.ndjson") if arguments.pages else []
    # Nobody pays for bringing the files into memory.
    for file in pages + (files(arguments.logs) if arguments.logs else []):
        with open(file, "rb") as content:
            while content.read(1 << 20):
                pass
    readers = measure_readers(arguments, work) if pages else []
    logs = measure_floor(arguments, work) if arguments.logs else None
    best_of = f"best of {arguments.runs} (dlt: of {arguments.slow_runs})"
    print(f"{arguments.shape} shape, {os.cpu_count()} cores, {best_of}; the load was {load:.1f} before it.\n")
    if readers:
        megabytes = sum(file.stat().st_size for file in pages) / 1e6
        print(f"From plain pages ({megabytes:,.0f} MB in {len(pages)} files).", end=" ")
        rows = check(readers)
        table(readers, megabytes, rows)
        sizes(readers[0], work)
    if logs:
        floor_table(arguments, *logs)


if __name__ == "__main__":
    main()
