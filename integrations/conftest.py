"""What the tests of the integrations share: the program, a fake API on loopback, and a folder with a nightly set-up."""

import os
import sys
from pathlib import Path

import pytest

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE))

from fake_api import KEY, FakeApi  # noqa: E402

ACCOUNTS = [f"account{number}" for number in range(12)]


@pytest.fixture
def program():
    return os.environ.get("REELFRAME", "reelframe")


@pytest.fixture
def api():
    api = FakeApi().start()
    yield api
    api.shutdown()


@pytest.fixture
def home(tmp_path, api):
    """A folder with daily.toml and accounts.csv."""
    accounts = "handle\n" + "".join(f"{account}\n" for account in ACCOUNTS)
    (tmp_path / "accounts.csv").write_text(accounts)
    settings = {"accounts": "accounts.csv", "base_url": api.base_url, "retry_wait_ms": 1, "requests_per_minute": 60000}
    (tmp_path / "daily.toml").write_text("".join(f"{name} = {value!r}\n" for name, value in settings.items()))
    return tmp_path


@pytest.fixture
def environment(tmp_path, home):
    """The variables of a run in that folder."""
    return {**os.environ, "AISA_API_KEY": KEY, "REELS_HOME": str(home)}
