"""The dbt package on a store made of the sample data.

    pip install -r requirements.txt
    REELFRAME=../../target/debug/reelframe pytest test_dbt.py
"""

import datetime
import json
import math
import os
import pathlib
import shutil
import subprocess
import sys

import duckdb
import pytest

PACKAGE = pathlib.Path(__file__).resolve().parent
ROOT = PACKAGE.parents[1]
PROGRAM = os.path.abspath(shutil.which(os.environ.get("REELFRAME", "reelframe")) or "reelframe")
QUERIES = sorted(path.stem.lstrip("0123456789_") for path in (ROOT / "queries").glob("*.sql"))


def reelframe(*arguments):
    return subprocess.run([PROGRAM, *map(str, arguments)], stdout=subprocess.PIPE, text=True, check=True).stdout


def dbt(folder, command, target, project=PACKAGE):
    """Runs dbt in a folder, with the example profile; the folder `target` keeps the parsed project."""
    paths = ["--project-dir", project, "--profiles-dir", PACKAGE, "--log-path", folder / "logs"]
    process = [pathlib.Path(sys.executable).with_name("dbt"), "--no-use-colors", *command, *paths]
    environment = os.environ | {"DBT_SEND_ANONYMOUS_USAGE_STATS": "false", "DBT_TARGET_PATH": str(target)}
    output = {"stdout": subprocess.PIPE, "stderr": subprocess.STDOUT, "text": True}
    return subprocess.run(process, cwd=folder, env=environment, **output)


@pytest.fixture(scope="session")
def store(tmp_path_factory):
    path = tmp_path_factory.mktemp("sample") / "reels"
    reelframe("run", "--replay", ROOT / "sample_data", "--store", path, "--quiet")
    return path


@pytest.fixture(scope="session")
def built(store):
    """The database that `dbt build` makes, with the default places of the store."""
    build = dbt(store.parent, ["build"], store.parent / "target")
    assert build.returncode == 0, build.stdout
    assert "WARN=0 ERROR=0 SKIP=0" in build.stdout
    assert "Deprecat" not in build.stdout
    with duckdb.connect(store.parent / "reelframe.duckdb", read_only=True) as database:
        yield database


def test_there_is_one_model_for_each_query(built):
    made = built.sql("SELECT table_name FROM duckdb_tables() ORDER BY table_name").fetchall()
    assert [name for (name,) in made] == sorted(f"reelframe_{name}" for name in [*QUERIES, "period"])


@pytest.mark.parametrize("name", QUERIES)
def test_models_have_the_rows_of_the_queries(built, store, name):
    compare(built, name, "--store", store)


def compare(database, name, *arguments):
    expected = json.loads(reelframe("query", name, "--format", "json", *arguments))
    found = database.sql(f"FROM reelframe_{name}")
    rows = [dict(zip(found.columns, row)) for row in found.fetchall()]
    assert len(rows) == len(expected)
    for row, answer in zip(rows, expected):
        assert list(row) == list(answer)
        different = {column: (row[column], answer[column]) for column in row if not same(row[column], answer[column])}
        assert not different


def same(found, expected):
    if isinstance(found, datetime.datetime):
        return found == datetime.datetime.fromisoformat(expected.replace("Z", "+00:00"))
    if isinstance(found, datetime.date):
        return found.isoformat() == expected
    if isinstance(found, float) and expected is not None:
        return math.isclose(found, expected, rel_tol=1e-9)
    return found == expected and isinstance(found, bool) == isinstance(expected, bool)


def test_nulls_and_repeated_keys_fail_the_build(built, store, tmp_path):
    run = tmp_path / "reels" / "latest"
    shutil.copytree(store / "latest", run)
    (run / "hashtags.parquet").unlink()
    hashtags = f"read_parquet('{store}/latest/hashtags.parquet')"
    broken = f"(FROM {hashtags} UNION ALL SELECT * REPLACE (NULL AS account) FROM (FROM {hashtags} LIMIT 1))"
    duckdb.sql(f"COPY {broken} TO '{run}/hashtags.parquet'")
    build = dbt(tmp_path, ["build", "--select", "source:reelframe.hashtags+"], store.parent / "target")
    assert build.returncode == 1
    failures = [line for line in build.stdout.splitlines() if " FAIL " in line]
    assert sorted(failure.split(" FAIL 1 ")[1].split(" .")[0] for failure in failures) == [
        "source_not_null_reelframe_hashtags_account",
        "source_unique_key_reelframe_hashtags_reel_key__hashtag",
    ]
    assert "SKIP relation main.reelframe_hashtags" in build.stdout


def test_another_project_installs_it_and_sets_the_period(store, tmp_path):
    project = tmp_path / "project"
    (project / "models").mkdir(parents=True)
    (project / "packages.yml").write_text(f"packages:\n  - local: {PACKAGE}\n")
    settings = {"name": "mine", "version": "1.0.0", "profile": "reelframe"}
    settings["models"] = {"reelframe": {"+schema": "instagram"}}
    settings["vars"] = {"reelframe_latest": str(store / "latest"), "reelframe_to": "2026-10-10"}
    (project / "dbt_project.yml").write_text(json.dumps(settings))
    (project / "models" / "best.sql").write_text("SELECT * FROM {{ ref('reelframe', 'reelframe_top_reels') }}")
    target = tmp_path / "target"
    installed = dbt(tmp_path, ["deps"], target, project)
    assert installed.returncode == 0, installed.stdout
    models = ["reelframe_period", "reelframe_overview", "reelframe_top_reels", "reelframe_comparison", "best"]
    first_day = ["--vars", "{reelframe_from: 2026-09-01}"]
    build = dbt(tmp_path, ["build", "--select", *models, *first_day], target, project)
    assert build.returncode == 0, build.stdout
    with duckdb.connect(tmp_path / "reelframe.duckdb") as database:
        database.sql("USE main_instagram")
        for name in ["overview", "top_reels", "comparison"]:
            compare(database, name, "--store", store, "--from", "2026-09-01", "--to", "2026-10-10")
        assert database.sql("FROM main.best").fetchall() == database.sql("FROM reelframe_top_reels").fetchall()


def generate(program, *arguments):
    command = [sys.executable, PACKAGE / "generate.py", *arguments]
    environment = os.environ | {"REELFRAME": str(program)}
    return subprocess.run(command, env=environment, stderr=subprocess.PIPE, text=True)


def test_the_generated_files_are_current():
    check = generate(PROGRAM, "--check")
    assert (check.returncode, check.stderr) == (0, "")


@pytest.mark.parametrize(("old", "new"), [('"int64"', '"int32"'), ("Web address", "Address"), ('"url"', '"link"')])
def test_a_changed_column_is_noticed(tmp_path, old, new):
    program = tmp_path / "changed"
    program.write_text(f"#!/bin/sh\n'{PROGRAM}' \"$@\" | sed 's/{old}/{new}/'\n")
    program.chmod(0o755)
    check = generate(program, "--check")
    assert (check.returncode, check.stderr) == (1, "models/sources.yml is not current; run generate.py\n")
