//! What commands say: nothing where they are asked to be quiet, one JSON object for machines, and words that help.

mod failures;
mod next_steps;
mod objects;
mod paths;
mod quiet;
mod skipped;

use serde_json::Value;
use testkit::mock_api::{MockApi, Script};

use crate::fetch::{maple, run, willow};
use crate::harness::Output;

/// An API that serves two accounts, and a store with all their pages.
pub(crate) fn store() -> (MockApi, Output) {
    let api = MockApi::start(Script::serving([maple(), willow()]));
    let output = run(&api, &["maple", "willow"]).run();
    (api, output)
}

/// The one JSON object that a command ended with, found where it belongs; every other line of stderr is JSON as well.
#[track_caller]
pub(crate) fn object(output: &Output, has_data_on_stdout: bool) -> Value {
    let objects = |text: &str| -> Vec<Value> {
        text.lines().map(|line| serde_json::from_str(line).unwrap_or(Value::Null)).collect()
    };
    let is_end = |line: &Value| line.get("exit_code").is_some() && line.get("duration_s").is_some();
    let log = objects(&output.stderr);
    assert!(log.iter().all(Value::is_object), "stderr is not all JSON:\n{}", output.stderr);
    let ends = log.iter().filter(|line| is_end(line)).count();
    let end = if has_data_on_stdout {
        assert_eq!(ends, 1, "stderr:\n{}", output.stderr);
        log.last().cloned().expect("a line")
    } else {
        assert_eq!(ends, 0, "stderr:\n{}", output.stderr);
        let said = objects(&output.stdout);
        assert_eq!(said.len(), 1, "stdout:\n{}", output.stdout);
        said[0].clone()
    };
    assert!(is_end(&end), "{end}");
    assert_eq!(end["exit_code"], output.status, "{end}");
    assert_eq!(end["ok"], [0, 99].contains(&output.status), "{end}");
    assert!(end["duration_s"].as_f64().is_some_and(|seconds| seconds >= 0.0), "{end}");
    assert!(end["bytes"].is_u64(), "{end}");
    assert_eq!(end["error"].is_null(), [0, 99].contains(&output.status), "{end}");
    end
}
