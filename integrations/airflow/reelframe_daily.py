"""Every night: crawl the accounts by four workers at a time, merge their pages, write the report and check the data.

Needs a folder, /srv/reels or REELS_HOME, with daily.toml and accounts.csv (docs/operations.md), and an Airflow
connection `reelframe` whose password is the API key: `airflow connections add reelframe --conn-type generic
--conn-password KEY`.
"""

import os
from datetime import datetime, timedelta

from airflow.sdk import DAG, Asset

from reelframe.airflow import ReelframeOperator, shards

HOME = os.environ.get("REELS_HOME", "/srv/reels")
SHARDS = 4
# A task that is cleared and runs again for the same day fetches nothing twice.
RUN_ID = "{{ (dag_run.logical_date or dag_run.run_after) | ts_nodash }}"
STORES = [f"{HOME}/shards/{number}" for number in range(1, SHARDS + 1)]

with DAG(
    "reelframe_daily",
    schedule="0 6 * * *",
    start_date=datetime(2026, 1, 1),
    catchup=False,
    # A store is for one run at a time.
    max_active_runs=1,
    default_args={"retries": 3, "retry_delay": timedelta(minutes=10)},
):
    fetch = ReelframeOperator.partial(
        task_id="fetch",
        env={"AISA_API_KEY": "{{ conn.reelframe.password }}"},
    ).expand(arguments=shards(SHARDS, ["run", "--config", f"{HOME}/daily.toml", "--run-id", RUN_ID], f"{HOME}/shards"))

    merge = ReelframeOperator(
        task_id="merge",
        arguments=["merge", *STORES, "--store", f"{HOME}/reels"],
        outlets=[Asset(name="reels", uri=f"file://{HOME}/reels")],
        # Shards without new pages are skipped.
        trigger_rule="none_failed_min_one_success",
    )

    report = ReelframeOperator(
        task_id="report",
        arguments=["report", "--store", f"{HOME}/reels", "--format", "html", "--out", f"{HOME}/report.html"],
    )

    # Also after a night on which nothing came. It is the last task, so that it must not run where one before it failed: the
    # state of a DAG run is that of its last tasks.
    check = ReelframeOperator(
        task_id="check",
        arguments=["check", "--store", f"{HOME}/reels", "--max-age", "25h", "--min-complete", "95%"],
        trigger_rule="none_failed",
        retries=0,
    )

    fetch >> merge >> report >> check
