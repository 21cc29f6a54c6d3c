"""The tables as Dagster assets: the program tells Dagster by Pipes what it has published.

    dagster asset materialize -f reelframe_assets.py --select '*'

Needs a folder, /srv/reels or REELS_HOME, with daily.toml (docs/operations.md), the program on the PATH, and the API key in
AISA_API_KEY.
"""

import os

import dagster as dg

HOME = os.environ.get("REELS_HOME", "/srv/reels")
TABLES = ["reels", "observations", "hashtags", "people", "accounts", "profiles", "findings"]
# Each check is reported for the asset that it is about.
CHECKS = {"lint": "reels", "complete": "accounts", "data_quality": "findings"}


@dg.multi_asset(
    # No materialization where the program published nothing.
    specs=[dg.AssetSpec(table, skippable=True) for table in TABLES],
    check_specs=[dg.AssetCheckSpec(check, asset=table) for check, table in CHECKS.items()],
    # Attempts and waits as in a crontab: temporary failures only are worth it.
    retry_policy=dg.RetryPolicy(max_retries=3, delay=float(os.environ.get("RETRY_DELAY_S", "600"))),
)
def reelframe(context: dg.AssetExecutionContext, pipes: dg.PipesSubprocessClient):
    # Exit code 3, some accounts failed, is no failure here: the check `complete` tells.
    script = 'reelframe "$@" || [ $? -eq 3 ]'
    arguments = ["run", "--config", f"{HOME}/daily.toml", "--store", f"{HOME}/reels"]
    run = pipes.run(
        command=["sh", "-c", script, "reelframe", *arguments], context=context, extras={"reelframe_checks": CHECKS}
    )
    yield from run.get_results()


defs = dg.Definitions(assets=[reelframe], resources={"pipes": dg.PipesSubprocessClient()})
