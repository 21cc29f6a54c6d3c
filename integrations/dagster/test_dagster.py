"""Dagster materializes the assets of the example, against a fake API, and shows what the program reports."""

import os
import sys
from pathlib import Path

import dagster as dg
import pytest


@pytest.fixture
def assets(environment, monkeypatch, tmp_path, program):
    """The example's module, in an environment in which `reelframe` is the program."""
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin/reelframe").symlink_to(Path(program).resolve())
    environment["PATH"] = f"{tmp_path}/bin{os.pathsep}{environment['PATH']}"
    for name, value in {**environment, "RETRY_DELAY_S": "0"}.items():
        monkeypatch.setenv(name, value)
    monkeypatch.syspath_prepend(str(Path(__file__).parent))
    sys.modules.pop("reelframe_assets", None)
    import reelframe_assets

    return reelframe_assets


def materialize(assets):
    return dg.materialize([assets.reelframe], resources={"pipes": dg.PipesSubprocessClient()}, raise_on_error=False)


def metadata(result):
    events = result.asset_materializations_for_node("reelframe")
    return {event.asset_key.to_user_string(): {name: value.value for name, value in event.metadata.items()} for event in events}


def checks(result):
    return {check.check_name: check for check in result.get_asset_check_evaluations()}


def test_assets_have_their_rows_and_checks(assets, home, api):
    result = materialize(assets)
    assert result.success
    shown = metadata(result)
    assert {table: shown[table]["dagster/row_count"] for table in assets.TABLES} == {
        "reels": 288, "observations": 288, "hashtags": 288, "people": 0, "accounts": 12, "profiles": 0, "findings": 0,
    }
    run_id = (home / "reels/latest").resolve().name
    assert shown["reels"]["run_id"] == run_id and shown["reels"]["new_reels"] == 288 and shown["reels"]["calls"] == 24
    assert Path(shown["reels"]["report"]).is_file()
    found = checks(result)
    assert {name: check.passed for name, check in found.items()} == dict.fromkeys(assets.CHECKS, True)
    assert found["complete"].metadata["complete"].value == 12 and found["lint"].metadata["violations"].value == 0


def test_an_account_that_fails_fails_its_check_alone(assets, home):
    with (home / "accounts.csv").open("a") as accounts:
        accounts.write("nobody.there\n")
    result = materialize(assets)
    assert result.success and metadata(result)["accounts"]["dagster/row_count"] == 13
    complete = checks(result)["complete"]
    assert not complete.passed and complete.severity == dg.AssetCheckSeverity.WARN
    assert complete.metadata["not_found"].value == 1 and complete.metadata["complete"].value == 12


def test_a_dead_api_is_tried_again_and_fails(assets, api):
    api.status = 503
    result = materialize(assets)
    assert not result.success and metadata(result) == {}
    assert len([event for event in result.all_events if event.is_step_restarted]) == 3
