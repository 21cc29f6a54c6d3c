"""Sail, an engine without a JVM that Spark's client talks to, reads and computes the same."""

import subprocess
import sys
from pathlib import Path

import reelframe

ROOT = Path(__file__).parents[2]


def test_sail_reads_and_computes_what_the_store_has(tmp_path):
    reelframe.run(["run", "--replay", ROOT / "sample_data", "--store", tmp_path / "reels"])
    command = [sys.executable, ROOT / "integrations" / "spark" / "checks.py", tmp_path / "reels", "--engine", "sail"]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr[-2000:]
    assert "reels: 201 rows are the same" in done.stdout and "report: 31 sections are the same" in done.stdout
