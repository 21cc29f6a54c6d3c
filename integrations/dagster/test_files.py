"""What the program writes for monitoring, read back by the clients of OpenLineage and Prometheus."""

import json
import subprocess
from pathlib import Path

import pytest
from openlineage.client.event_v2 import InputDataset, Job, OutputDataset, Run, RunEvent, RunState
from openlineage.client.facet_v2 import (
    dataset_version_dataset,
    error_message_run,
    output_statistics_output_dataset,
    schema_dataset,
)
from prometheus_client.parser import text_string_to_metric_families

SAMPLE = Path(__file__).parents[2] / "sample_data"
FACETS = {
    "schema": schema_dataset.SchemaDatasetFacet,
    "version": dataset_version_dataset.DatasetVersionDatasetFacet,
    "outputStatistics": output_statistics_output_dataset.OutputStatisticsOutputDatasetFacet,
    "errorMessage": error_message_run.ErrorMessageRunFacet,
}


@pytest.fixture
def run(tmp_path, program):
    """Runs the program with both files, and returns its exit code, the events and the metrics so far."""

    def run(*arguments):
        files = ["--metrics-file", "x.prom", "--lineage-file", "events.jsonl"]
        done = subprocess.run([program, *arguments, *files, "-q"], cwd=tmp_path, env={}, capture_output=True)
        events = [read(json.loads(line)) for line in (tmp_path / "events.jsonl").read_text().splitlines()]
        families = text_string_to_metric_families((tmp_path / "x.prom").read_text())
        return done.returncode, events, {family.name: family for family in families}

    return run


def facets(said):
    """Each facet by the client's own class, which refuses what it does not know."""
    known = {}
    for name, facet in said.items():
        members = {member: value for member, value in facet.items() if not member.startswith("_")}
        known[name] = FACETS[name](**members, producer=facet["_producer"]) if name in FACETS else facet
        if name in FACETS:
            assert facet["_schemaURL"].rpartition("#")[2] == known[name]._get_schema().rpartition("#")[2]
    return known


def read(event):
    outputs = [
        OutputDataset(
            namespace=output["namespace"],
            name=output["name"],
            facets=facets(output["facets"]),
            outputFacets=facets(output["outputFacets"]),
        )
        for output in event["outputs"]
    ]
    read = RunEvent(
        eventType=RunState(event["eventType"]),
        eventTime=event["eventTime"],
        producer=event["producer"],
        run=Run(runId=event["run"]["runId"], facets=facets(event["run"]["facets"])),
        job=Job(**event["job"]),
        inputs=[InputDataset(**dataset) for dataset in event["inputs"]],
        outputs=outputs,
    )
    assert read.schemaURL == event["schemaURL"]
    return read


def test_a_run_and_a_failure_are_read_back(run):
    exit_code, events, metrics = run("run", "--replay", str(SAMPLE))
    assert exit_code == 0
    started, completed = events
    assert [event.eventType for event in events] == [RunState.START, RunState.COMPLETE]
    assert started.run.runId == completed.run.runId
    reels = next(output for output in completed.outputs if output.name.endswith("/latest/reels.parquet"))
    assert reels.outputFacets["outputStatistics"].rowCount == 201
    assert {"reel_key", "posted_at", "views"} <= {field["name"] for field in reels.facets["schema"].fields}
    [success] = metrics["reelframe_run_last_success_timestamp_seconds"].samples
    by_status = {sample.labels["status"]: sample.value for sample in metrics["reelframe_run_accounts"].samples}
    assert by_status["complete"] == 3 and sum(by_status.values()) == 3

    exit_code, events, metrics = run("run", "jane")
    assert exit_code == 6
    assert [event.eventType for event in events[2:]] == [RunState.START, RunState.FAIL]
    assert "no API key" in events[-1].run.facets["errorMessage"].message and not events[-1].outputs
    assert metrics["reelframe_run_exit_code"].samples[0].value == 6
    assert metrics["reelframe_run_last_success_timestamp_seconds"].samples == [success]
