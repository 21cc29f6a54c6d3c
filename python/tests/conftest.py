"""A store made of the sample data, once for all tests. Tests run in the folder above `python/`."""

import os
from pathlib import Path

import pytest

import reelframe

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="session", autouse=True)
def in_root():
    os.chdir(ROOT)


@pytest.fixture(scope="session")
def store(tmp_path_factory, in_root):
    path = tmp_path_factory.mktemp("sample") / "reels"
    reelframe.run(["run", "--replay", "sample_data", "--store", str(path)])
    return path


@pytest.fixture
def own_store(tmp_path):
    """A store that a test may break."""
    path = tmp_path / "reels"
    reelframe.run(["run", "--replay", "sample_data", "--store", str(path)])
    return path


@pytest.fixture(autouse=True)
def in_doctests(doctest_namespace, store):
    doctest_namespace["reelframe"], doctest_namespace["store"] = reelframe, str(store)
