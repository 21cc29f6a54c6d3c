//! What a run tells monitoring, and that none of it changes how a run ends.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpListener;
use std::sync::{Arc, Mutex};
use std::thread;

use serde_json::Value;
use testkit::mock_api::{At, Fault, KEY, MockApi, Script};

use crate::fetch::{maple, on, run, willow};
use crate::harness::{Output, Reelframe};

/// The value of a metric with these labels beside the store.
fn metric(output: &Output, name: &str, labels: &str) -> Option<f64> {
    let text = std::fs::read_to_string(output.path("x.prom")).expect("metrics were written");
    let begin = format!("{name}{{store=\"{}\"{labels}}} ", real(output, "reels"));
    text.lines().find_map(|line| line.strip_prefix(&begin)).map(|value| value.parse().expect("a number"))
}

fn real(output: &Output, path: &str) -> String {
    output.dir().canonicalize().expect("a folder").join(path).display().to_string()
}

fn events(output: &Output) -> Vec<Value> {
    let text = std::fs::read_to_string(output.path("events.jsonl")).expect("events were written");
    text.lines().map(|line| serde_json::from_str(line).expect("an event a line")).collect()
}

const FILES: [&str; 4] = ["--metrics-file", "x.prom", "--lineage-file", "events.jsonl"];

#[test]
fn metrics_are_written_after_success_and_failure() {
    let api = MockApi::start(Script::serving([maple(), willow()]));
    let args = |accounts: &[&'static str]| [accounts, &FILES].concat();
    let output = run(&api, &args(&["maple", "nobody"])).status(3).run();
    let is = |output: &Output, name: &str| metric(output, &format!("reelframe_run_{name}"), "");
    assert_eq!(is(&output, "exit_code"), Some(3.0));
    assert_eq!(metric(&output, "reelframe_run_accounts", ",status=\"complete\""), Some(1.0));
    assert_eq!(metric(&output, "reelframe_run_accounts", ",status=\"not_found\""), Some(1.0));
    // Three pages and a 404, which is not billed.
    assert_eq!(["pages", "calls", "calls_billed"].map(|name| is(&output, name)), [Some(3.0), Some(4.0), Some(3.0)]);
    assert_eq!(is(&output, "cost_dollars"), Some(0.036));
    let success = is(&output, "last_success_timestamp_seconds").expect("maple was crawled to its end");
    assert_eq!(is(&output, "last_end_timestamp_seconds"), Some(success));

    let refused = output.then().args(["run", "maple"]).args(FILES).api(&api).key("another-key").status(6).run();
    assert_eq!(is(&refused, "exit_code"), Some(6.0));
    assert_eq!(is(&refused, "last_success_timestamp_seconds"), Some(success), "it is kept");
    assert!(is(&refused, "last_end_timestamp_seconds") > Some(success));
    // Where no account at all could be crawled, the run did not succeed.
    let nobody = on(refused.then(), &api, &args(&["nobody"])).status(3).run();
    assert_eq!(is(&nobody, "last_success_timestamp_seconds"), Some(success));
}

#[test]
fn a_run_that_never_succeeded_has_no_time_of_success() {
    let api = MockApi::start(Script::serving([maple()]));
    let args = ["run", "maple"].iter().chain(&FILES).copied();
    let output = Reelframe::new().args(args).api(&api).key("another-key").status(6).run();
    assert_eq!(metric(&output, "reelframe_run_last_success_timestamp_seconds", ""), None);
    assert_eq!(metric(&output, "reelframe_newest_observation_timestamp_seconds", ""), None);
}

#[test]
fn a_run_has_a_start_and_an_end_with_its_tables() {
    let api = MockApi::start(Script::serving([maple()]));
    let output = run(&api, &[&["maple"], &FILES[2..]].concat()).run();
    let run_id = std::fs::read_link(output.path("reels/latest")).expect("a run").file_name().expect("it").to_owned();
    let events_of_run = events(&output);
    let types: Vec<&Value> = events_of_run.iter().map(|event| &event["eventType"]).collect();
    assert_eq!(types, ["START", "COMPLETE"]);
    assert_eq!(events_of_run[0]["run"]["runId"], events_of_run[1]["run"]["runId"]);
    assert_eq!(events_of_run[1]["inputs"][0]["namespace"], api.base_url());
    let outputs = events_of_run[1]["outputs"].as_array().expect("a list");
    let named = |name: &str| {
        let name = real(&output, name);
        outputs.iter().find(|output| output["name"] == name).unwrap_or_else(|| panic!("{name} is an output"))
    };
    let reels = named("reels/latest/reels.parquet");
    assert_eq!(reels["outputFacets"]["outputStatistics"]["rowCount"], 6);
    assert_eq!(reels["facets"]["version"]["datasetVersion"], run_id.to_string_lossy().as_ref());
    assert_eq!(named("reels/observations")["outputFacets"]["outputStatistics"]["rowCount"], 6);
    // What publishes nothing has no outputs.
    let again = ["run", "maple", "--run-id"].map(str::to_owned);
    let id = run_id.to_string_lossy().into_owned();
    let again = output.then().args(again).arg(id).args(FILES[2..].iter().copied()).api(&api).key(KEY).run();
    let last = events(&again).pop().expect("an event");
    assert_eq!((&last["eventType"], last["outputs"].as_array().map(Vec::len)), (&Value::from("COMPLETE"), Some(0)));
    assert_ne!(last["run"]["runId"], events_of_run[0]["run"]["runId"]);
}

#[test]
fn a_signal_aborts_and_a_dry_run_is_none() {
    let api = MockApi::start(Script::serving([maple()]).once(At::Page("maple", 2), Fault::UntilFaultsEnd));
    let dry = run(&api, &[&["maple", "--dry-run"], &FILES[..]].concat()).run();
    assert!(!dry.path("x.prom").exists() && !dry.path("events.jsonl").exists());
    let running = on(dry.then(), &api, &[&["maple"], &FILES[..]].concat()).status(143).spawn();
    api.wait_for_calls(2);
    running.signal("TERM");
    api.end_faults();
    let output = running.wait();
    assert_eq!(events(&output)[1]["eventType"], "ABORT");
    assert_eq!(metric(&output, "reelframe_run_exit_code", ""), Some(143.0));
}

#[test]
fn what_cannot_be_written_or_sent_is_a_warning() {
    let api = MockApi::start(Script::serving([maple()]));
    let args = [
        "--metrics-file",
        "absent/x.prom",
        "--lineage-file",
        "absent/e.jsonl",
        "--ping-url",
        "http://127.0.0.1:9/s3cret",
    ];
    let output = run(&api, &[&["maple"], &args[..]].concat()).run();
    for said in ["--metrics-file: ", "--lineage-file: ", "the ping did not arrive: "] {
        assert!(output.stderr.contains(said), "{said} is not in\n{}", output.stderr);
    }
    assert!(!output.stderr.contains("s3cret"), "{}", output.stderr);
    assert_eq!(output.table("reels").len(), 6);
}

#[test]
fn an_address_that_is_none_is_refused_before_the_first_call() {
    let api = MockApi::start(Script::serving([maple()]));
    let refused = run(&api, &["maple", "--ping-url", "s3cret"]).status(2).stderr_has("--ping-url is not an http").run();
    assert!(!refused.stderr.contains("s3cret"), "{}", refused.stderr);
    assert_eq!(api.request_log().calls().len(), 0);
    // Nor may a config file set it that happens to lie there.
    let found = refused.then().file("reelframe.toml", "ping_url = 'http://127.0.0.1:9/x'\n").args(["run", "maple"]);
    found.status(2).stderr_has("cannot be set in a config file that was not named").run();
}

/// What a service was sent: the first line and the body of each request.
type Pings = Arc<Mutex<Vec<(String, String)>>>;

/// The address of a service that answers to pings, and what it was sent.
fn ping_service(status: &'static str) -> (String, Pings) {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let (url, pings) = (format!("http://{}/ping/s3cret", listener.local_addr().expect("bound")), Arc::default());
    let received: Pings = Arc::clone(&pings);
    thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let mut reader = BufReader::new(&stream);
            let (mut first, mut length, mut all) = (String::new(), 0, String::new());
            reader.read_line(&mut first).expect("a request");
            loop {
                let mut line = String::new();
                reader.read_line(&mut line).expect("a header");
                all += &line;
                if let Some(value) = line.to_lowercase().strip_prefix("content-length:") {
                    length = value.trim().parse().expect("a number");
                }
                if line.trim().is_empty() {
                    break;
                }
            }
            let mut body = vec![0; length];
            reader.read_exact(&mut body).expect("a body");
            let body = String::from_utf8(body).expect("text");
            assert!(!format!("{all}{body}").contains(KEY) && !body.contains("maple"), "{all}{body}");
            received.lock().expect("no panic").push((first.trim().to_owned(), body));
            (&stream).write_all(format!("HTTP/1.1 {status}\r\nConnection: close\r\n\r\n").as_bytes()).expect("sent");
        }
    });
    (url, pings)
}

#[test]
fn pings_tell_start_success_and_failure_and_nothing_else() {
    let api = MockApi::start(Script::serving([maple()]));
    let (url, pings) = ping_service("200 OK");
    let output = run(&api, &["maple", "--ping-url", &url]).run();
    output.then().args(["run", "maple", "--ping-url", &url]).api(&api).key("another-key").status(6).run();
    let expected = [
        ("POST /ping/s3cret/start HTTP/1.1", ""),
        ("POST /ping/s3cret HTTP/1.1", "exit code 0"),
        ("POST /ping/s3cret/start HTTP/1.1", ""),
        ("POST /ping/s3cret/fail HTTP/1.1", "exit code 6"),
    ];
    let pings = pings.lock().expect("no panic").clone();
    assert_eq!(pings, expected.map(|(first, body)| (first.to_owned(), body.to_owned())));
    let (url, _) = ping_service("404 Not Found");
    let missing = on(output.then(), &api, &["maple", "--ping-url", &url]).stderr_has("did not arrive: HTTP 404").run();
    assert!(!missing.stderr.contains("s3cret"), "{}", missing.stderr);
}

#[test]
fn a_merge_is_monitored_too() {
    let api = MockApi::start(Script::serving([maple()]));
    let output = run(&api, &["maple", "--store", "shards/1"]).run();
    let output = output.then().args(["merge", "shards/1"]).args(FILES).run();
    assert_eq!(metric(&output, "reelframe_run_new_reels", ""), Some(6.0));
    let last = events(&output).pop().expect("an event");
    assert_eq!(last["job"]["name"], format!("merge {}", real(&output, "reels")));
    assert_eq!(last["inputs"][0]["name"], real(&output, "shards/1"));
}
