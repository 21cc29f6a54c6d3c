//! `--metrics-file`: figures of a run in Prometheus' text format. What is not known is left out.

use std::path::Path;

use serde_json::Value;

use crate::cli::monitoring::finished::{Finished, Outcome, statuses};
use crate::error::Result;
use crate::pipeline::freshness;
use crate::schema::values::AccountStatus;
use crate::{fs, time};

const LAST_SUCCESS: &str = "reelframe_run_last_success_timestamp_seconds";

/// A metric without its values.
struct Metric {
    name: &'static str,
    help: &'static str,
}

const fn metric(name: &'static str, help: &'static str) -> Metric {
    Metric { name, help }
}

const SUCCESS: Metric = metric(
    LAST_SUCCESS,
    "When the last run ended that succeeded: exit code 0 or 99, or 3 with at least one account crawled to its end.",
);
const END: Metric = metric("reelframe_run_last_end_timestamp_seconds", "When the last run ended.");
const EXIT_CODE: Metric = metric("reelframe_run_exit_code", "Exit code of the last run.");
const DURATION: Metric = metric("reelframe_run_duration_seconds", "Wall time of the last run.");
const ACCOUNTS: Metric = metric("reelframe_run_accounts", "Accounts of the last run by status.");
const OBSERVED: Metric =
    metric("reelframe_newest_observation_timestamp_seconds", "When the newest observation of the store was made.");

/// The members of a run's JSON object that are metrics.
const OF_FACTS: [(&str, Metric); 7] = [
    ("pages", metric("reelframe_run_pages", "New pages of the last run.")),
    ("calls", metric("reelframe_run_calls", "Requests of the last run, retries included.")),
    ("calls_billed", metric("reelframe_run_calls_billed", "Requests of the last run that the vendor bills.")),
    ("retries", metric("reelframe_run_retries", "Requests of the last run that were sent again.")),
    ("cost_usd", metric("reelframe_run_cost_dollars", "Estimated cost of the last run in US dollars.")),
    ("new_reels", metric("reelframe_run_new_reels", "Reels of the last run that the tables did not have before.")),
    ("credits_remaining", metric("reelframe_credits_remaining", "Credits left, where the vendor reports them.")),
];

/// Replaces the file with the figures of this run. The time of the last success is kept if this one failed.
///
/// # Errors
/// `Disk`.
pub(crate) fn write(path: &Path, run: &Finished) -> Result<()> {
    let before = fs::read_if_present(path)?.map(|bytes| String::from_utf8_lossy(&bytes).into_owned());
    // A store that cannot be read is why the run failed.
    let observed = freshness::newest_observation(run.store).ok().flatten().map(|micros| micros as f64 / 1e6);
    let now = time::now().timestamp_millis() as f64 / 1e3;
    fs::write_whole(path, text(run, now, observed, before.as_deref().unwrap_or_default()).as_bytes())
}

/// `observed` and `now` are in seconds since 1970; `before` is the file of the run before.
fn text(run: &Finished, now: f64, observed: Option<f64>, before: &str) -> String {
    let store = format!("store=\"{}\"", escaped(&run.place));
    let last_success = match run.outcome {
        Outcome::Succeeded => Some(now),
        Outcome::Failed | Outcome::Aborted => value_in(before, LAST_SUCCESS, &store),
    };
    let mut text = String::new();
    let mut add = |metric: &Metric, values: Vec<(String, f64)>| {
        if !values.is_empty() {
            text.push_str(&format!("# HELP {0} {1}\n# TYPE {0} gauge\n", metric.name, metric.help));
        }
        for (labels, value) in values {
            text.push_str(&format!("{}{{{labels}}} {value}\n", metric.name));
        }
    };
    let one = |value: Option<f64>| value.map(|value| (store.clone(), value)).into_iter().collect::<Vec<_>>();
    add(&SUCCESS, one(last_success));
    add(&END, one(Some(now)));
    add(&EXIT_CODE, one(Some(run.exit_code.into())));
    add(&DURATION, one(Some(run.duration.as_millis() as f64 / 1e3)));
    if run.facts.contains_key("accounts") {
        let count = |status: AccountStatus| statuses(run.facts).filter(|other| *other == status).count() as f64;
        let value = |status| (format!("{store},status=\"{status}\""), count(status));
        add(&ACCOUNTS, AccountStatus::ALL.map(value).into());
    }
    for (name, metric) in &OF_FACTS {
        add(metric, one(run.facts.get(*name).and_then(Value::as_f64)));
    }
    add(&OBSERVED, one(observed));
    text
}

fn value_in(text: &str, name: &str, labels: &str) -> Option<f64> {
    let begin = format!("{name}{{{labels}}} ");
    text.lines().find_map(|line| line.strip_prefix(&begin)?.parse().ok())
}

fn escaped(label: &str) -> String {
    label.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n")
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use serde_json::{Map, json};

    use super::*;
    use crate::store::layout::Store;

    fn text_of(outcome: Outcome, exit_code: u8, facts: &Value, before: &str) -> String {
        let store = Store::new(Path::new("reels"));
        let facts: Map<String, Value> = facts.as_object().cloned().unwrap_or_default();
        let place = "/srv/\"my\"\\reels".to_owned();
        let duration = Duration::from_millis(61_500);
        let run = Finished { store: &store, place, exit_code, outcome, duration, cause: None, facts: &facts };
        text(&run, 1_796_000_000.5, Some(1_795_999_000.0), before)
    }

    #[test]
    fn a_run_has_its_figures_and_what_is_unknown_is_left_out() {
        let facts = json!({
            "accounts": [{"status": "complete"}, {"status": "complete"}, {"status": "not_found"}],
            "pages": 12, "calls": 14, "cost_usd": 0.168, "credits_remaining": null,
        });
        let text = text_of(Outcome::Succeeded, 3, &facts, "");
        let store = r#"store="/srv/\"my\"\\reels""#;
        for line in [
            format!("reelframe_run_last_success_timestamp_seconds{{{store}}} 1796000000.5"),
            format!("reelframe_run_exit_code{{{store}}} 3"),
            format!("reelframe_run_duration_seconds{{{store}}} 61.5"),
            format!("reelframe_run_accounts{{{store},status=\"complete\"}} 2"),
            format!("reelframe_run_accounts{{{store},status=\"not_found\"}} 1"),
            format!("reelframe_run_accounts{{{store},status=\"failed\"}} 0"),
            format!("reelframe_run_pages{{{store}}} 12"),
            format!("reelframe_run_cost_dollars{{{store}}} 0.168"),
            format!("reelframe_newest_observation_timestamp_seconds{{{store}}} 1795999000"),
        ] {
            assert!(text.lines().any(|found| found == line), "{line} is not in\n{text}");
        }
        assert!(text.ends_with('\n') && !text.contains("credits_remaining"), "{text}");
    }

    #[test]
    fn a_failure_keeps_the_time_of_the_last_success() {
        let success = text_of(Outcome::Succeeded, 0, &json!({}), "");
        let later = success.replace("1796000000.5", "1790000000");
        let failed = text_of(Outcome::Failed, 6, &json!({}), &later);
        assert!(
            failed.contains("_success_timestamp_seconds{store=\"/srv/\\\"my\\\"\\\\reels\"} 1790000000\n"),
            "{failed}"
        );
        assert!(failed.contains("exit_code{store=\"/srv/\\\"my\\\"\\\\reels\"} 6\n"), "{failed}");
        assert!(!failed.contains("reelframe_run_accounts"), "{failed}");
        assert!(!text_of(Outcome::Failed, 6, &json!({}), "").contains(LAST_SUCCESS));
    }
}
