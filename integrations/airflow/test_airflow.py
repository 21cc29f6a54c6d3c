"""The example DAG by `airflow dags test`, against a fake API: what succeeds, what is skipped, tried again, or fails at once."""

import json
import re
import shutil
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

DAG_FILE = Path(__file__).parent / "reelframe_daily.py"
AIRFLOW = Path(sys.executable).parent / "airflow"


@pytest.fixture(scope="session")
def database(tmp_path_factory):
    """An empty Airflow, copied for each test: making one takes ten seconds."""
    home = tmp_path_factory.mktemp("airflow")
    call(home, {}, "db", "migrate")
    # It names the folder.
    (home / "airflow.cfg").unlink()
    return home


@pytest.fixture
def airflow(tmp_path, database, environment):
    home = tmp_path / "airflow"
    shutil.copytree(database, home)
    (home / "dags").mkdir()
    # Without waiting between the tries.
    text = DAG_FILE.read_text().replace("timedelta(minutes=10)", "timedelta(seconds=0)")
    (home / "dags" / DAG_FILE.name).write_text(text)
    environment["AIRFLOW_CONN_REELFRAME"] = json.dumps({"conn_type": "generic", "password": environment.pop("AISA_API_KEY")})
    return home


def call(home, environment, *args):
    settings = {"AIRFLOW_HOME": str(home), "AIRFLOW__CORE__LOAD_EXAMPLES": "False", "PATH": "/usr/bin:/bin"}
    return subprocess.run([AIRFLOW, *args], env={**environment, **settings}, capture_output=True, text=True)


def run(home, environment, day="2026-11-28"):
    """Runs the DAG, and returns what was printed and the state and tries of each task."""
    done = call(home, environment, "dags", "test", "reelframe_daily", day)
    with sqlite3.connect(next(home.glob("*.db"))) as database:
        rows = database.execute(
            "SELECT task_id, map_index, task_instance.state, try_number FROM task_instance JOIN dag_run USING (dag_id, run_id)"
            " WHERE logical_date LIKE ? ORDER BY dag_run.id",
            (f"{day}%",),
        ).fetchall()
    states = {f"{task}[{index}]" if index >= 0 else task: (state, tries) for task, index, state, tries in rows}
    return done.stdout + done.stderr, states


def states_of(states, task):
    return [state for name, (state, _) in sorted(states.items()) if name.partition("[")[0] == task]


def test_shards_are_mapped_and_merged_and_a_second_run_is_skipped(airflow, environment, home, api):
    text, states = run(airflow, environment)
    assert states_of(states, "fetch") == ["success"] * 4, text[-3000:]
    assert [states_of(states, task) for task in ("merge", "report", "check")] == [["success"]] * 3, text[-3000:]
    # Two pages of each account.
    assert api.calls == 24
    assert (home / "report.html").stat().st_size > 10_000
    manifest = json.loads((home / "reels/latest/manifest.json").read_text())
    assert len(manifest["accounts"]) == 12
    with sqlite3.connect(next(airflow.glob("*.db"))) as database:
        [(extra,)] = database.execute("SELECT extra FROM asset_event").fetchall()
        [(value,)] = database.execute("SELECT value FROM xcom WHERE task_id = 'merge' AND key = 'return_value'").fetchall()
    event = json.loads(extra)
    assert (event["run_id"], event["rows"], event["new_reels"]) == (manifest["run_id"], 288, 288)
    assert manifest["run_id"] in value
    # The same day once more.
    text, states = run(airflow, environment)
    assert states_of(states, "fetch") == ["skipped"] * 4 and "nothing new" in text, text[-3000:]
    assert [states_of(states, task) for task in ("merge", "report", "check")] == [["skipped"], ["skipped"], ["success"]]
    assert api.calls == 24


def test_a_dead_api_is_tried_again_and_a_wrong_key_is_not(airflow, environment, api):
    api.status = 503
    text, states = run(airflow, environment, "2026-11-26")
    assert states["fetch[0]"] == ("failed", 4), text[-3000:]
    assert [states_of(states, task) for task in ("merge", "report", "check")] == [["upstream_failed"]] * 3
    assert "DagRun failed" in text
    api.status = 401
    text, states = run(airflow, environment, "2026-11-27")
    assert states["fetch[0]"] == ("failed", 1), text[-3000:]
    assert "no retry helps" in text and "AISA_API_KEY" in text


def test_some_accounts_that_fail_are_a_warning(airflow, environment, home):
    with (home / "accounts.csv").open("a") as accounts:
        accounts.write("nobody.there\n")
    text, states = run(airflow, environment)
    assert states_of(states, "fetch") == ["success"] * 4, text[-3000:]
    assert re.search(r"exit code 3, some accounts failed: .*nobody.there", text), text[-3000:]


def test_a_killed_task_publishes_what_was_fetched(environment, home, api):
    """`on_kill` sends one SIGTERM, also to a process that Airflow does not know."""
    import threading

    from reelframe.airflow import ReelframeOperator

    environment["AISA_API_KEY"] = environment.get("AISA_API_KEY", "a-fake-key")
    arguments = ["run", "--config", str(home / "daily.toml"), "--store", str(home / "reels"), "--requests-per-minute", "60"]
    operator = ReelframeOperator(task_id="fetch", arguments=arguments, env=environment)
    killing = threading.Thread(target=lambda: (wait_for(lambda: api.calls >= 2), operator.on_kill()))
    killing.start()
    with pytest.raises(Exception, match="exit code 143"):
        operator.execute({})
    killing.join()
    assert (home / "reels/latest/_SUCCESS").exists() and api.calls < 24


def wait_for(condition):
    import time

    deadline = time.monotonic() + 60
    while not condition() and time.monotonic() < deadline:
        time.sleep(0.05)
