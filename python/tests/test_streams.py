"""`reelframe export --stdout arrow`, as readers take it."""

import subprocess

import polars
import pyarrow
import pytest

import reelframe


def streamed(*arguments):
    return subprocess.run([reelframe.program(), "export", "--stdout", "arrow", *arguments], stdout=subprocess.PIPE)


def test_one_accounts_stream_is_its_file(store, tmp_path):
    account = "harbor.bakery.example"
    chosen = ["--store", str(store), account]
    got = streamed("--table", "reels", *chosen)
    reelframe.run(["export", "--out", str(tmp_path), "--format", "parquet", *chosen])
    expected = polars.read_parquet(tmp_path / "reels.parquet")
    table = pyarrow.ipc.open_stream(got.stdout).read_all()
    assert got.returncode == 0 and polars.from_arrow(table).equals(expected)
    assert polars.read_ipc_stream(got.stdout).equals(expected)


def test_a_stream_that_an_error_ends_makes_readers_fail(own_store):
    logs = sorted((own_store / "raw").rglob("*.zst"))
    data = bytearray(logs[-1].read_bytes())
    middle = len(data) // 2
    data[middle : middle + 64] = bytes(64)
    logs[-1].write_bytes(data)
    got = streamed("--table", "reels", "--store", str(own_store))
    assert got.returncode not in (0, 130, 143) and got.stdout.endswith(b"\xff\xff\xff\xff")
    with pytest.raises((pyarrow.ArrowException, OSError)):
        pyarrow.ipc.open_stream(got.stdout).read_all()
    with pytest.raises((polars.exceptions.PolarsError, OSError)):
        polars.read_ipc_stream(got.stdout)
