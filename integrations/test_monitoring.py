"""The dashboard and the alert rules name only metrics, labels and exit codes that the program has.

Needs pytest==9.2.0 and PyYAML==6.0.3, and the program: REELFRAME, or `reelframe` on the PATH.
"""

import json
import os
import re
import subprocess
from pathlib import Path

import pytest
import yaml

# Name: its labels.
METRICS = {
    "reelframe_run_last_success_timestamp_seconds": {"store"},
    "reelframe_run_last_end_timestamp_seconds": {"store"},
    "reelframe_run_exit_code": {"store"},
    "reelframe_run_duration_seconds": {"store"},
    "reelframe_run_accounts": {"store", "status"},
    "reelframe_run_pages": {"store"},
    "reelframe_run_calls": {"store"},
    "reelframe_run_calls_billed": {"store"},
    "reelframe_run_retries": {"store"},
    "reelframe_run_cost_dollars": {"store"},
    "reelframe_run_new_reels": {"store"},
    "reelframe_newest_observation_timestamp_seconds": {"store"},
    "reelframe_credits_remaining": {"store"},
}
# Written only if they are known: costs with a price per call, credits if the API reports them.
OPTIONAL = {"reelframe_run_cost_dollars", "reelframe_credits_remaining"}

HERE = Path(__file__).parent
ROOT = HERE.parent
DASHBOARD = json.loads((HERE / "grafana/reelframe.json").read_text())
RULES = [rule for group in yaml.safe_load((HERE / "prometheus/alerts.yml").read_text())["groups"] for rule in group["rules"]]
VARIABLES = DASHBOARD["templating"]["list"]
EXPRESSIONS = [target["expr"] for panel in DASHBOARD["panels"] for target in panel["targets"]]


def names(text):
    return set(re.findall(r"\breelframe_\w+", text))


def table(path, heading):
    """The first cells of the table below a heading."""
    section = (ROOT / path).read_text().split(heading)[1].split("\n## ")[0]
    return [match.strip("`") for match in re.findall(r"^\| (`?\w+`?) \|", section, re.MULTILINE)][1:]


@pytest.fixture(scope="module")
def written(tmp_path_factory):
    """The metrics file of a run: for each metric the sets of its samples' labels."""
    folder = tmp_path_factory.mktemp("metrics")
    file = folder / "x.prom"
    program = os.environ.get("REELFRAME", "reelframe")
    args = ["run", "--replay", ROOT / "sample_data", "--store", folder / "reels", "--metrics-file", file, "-q"]
    subprocess.run([program, *args], check=True)
    samples = {}
    for line in file.read_text().splitlines():
        if line and not line.startswith("#"):
            name, labels = re.fullmatch(r"(\w+)\{(.*)\} \S+", line).groups()
            samples.setdefault(name, []).append(dict(re.findall(r'(\w+)="((?:[^"\\]|\\.)*)"', labels)))
    return samples


def test_the_list_of_metrics_is_what_a_run_writes(written):
    assert METRICS.keys() - OPTIONAL <= written.keys() <= METRICS.keys()
    for name, samples in written.items():
        assert all(set(labels) == METRICS[name] for labels in samples), name


def test_alerts_and_dashboard_name_only_known_metrics():
    assert names("\n".join(rule["expr"] for rule in RULES)) <= METRICS.keys()
    assert names("\n".join(EXPRESSIONS)) == METRICS.keys()
    assert names(json.dumps(VARIABLES)) <= METRICS.keys()


def test_each_alert_says_what_is_wrong_and_what_to_do():
    assert len({rule["alert"] for rule in RULES}) == len(RULES)
    for rule in RULES:
        assert rule["labels"]["severity"] in {"warning", "critical"}
        assert rule["annotations"].keys() == {"summary", "description"}


def test_every_panel_uses_the_variables():
    assert DASHBOARD["schemaVersion"] >= 39
    assert [variable["name"] for variable in VARIABLES] == ["datasource", "store"]
    assert all('{store=~"$store"}' in expression for expression in EXPRESSIONS)
    sources = {part["datasource"]["uid"] for panel in DASHBOARD["panels"] for part in [panel, *panel["targets"]]}
    assert sources == {"${datasource}"}


def test_panels_have_titles_of_their_own_and_do_not_overlap():
    panels = DASHBOARD["panels"]
    cells = [
        (x, y)
        for at in (panel["gridPos"] for panel in panels)
        for x in range(at["x"], at["x"] + at["w"])
        for y in range(at["y"], at["y"] + at["h"])
    ]
    assert len(set(cells)) == len(cells)
    assert max(x for x, _ in cells) < 24
    for key in ("id", "title"):
        assert len({panel[key] for panel in panels}) == len(panels)


def test_exit_codes_and_statuses_are_those_of_the_documentation():
    by_title = {panel["title"]: panel["fieldConfig"] for panel in DASHBOARD["panels"]}
    mappings = by_title["Last exit code"]["defaults"]["mappings"]
    assert list(mappings[0]["options"]) == table("README.md", "## Exit codes")
    statuses = [override["matcher"]["options"] for override in by_title["Accounts by status"]["overrides"]]
    assert statuses == table("docs/operations.md", "## Account status")
