//! Money beside calls: every answer that the vendor bills counts, and none that it does not.

use serde_json::{Value, json};
use testkit::mock_api::{At, Fault, MockApi, Script};
use testkit::page_log;
use testkit::pages::{reel, wrapped_page};
use testkit::store::Store;

use super::{maple, on, pair, run, statuses, willow};
use crate::harness::{Output, Reelframe};

/// The lines of an account's newest log, each with what it says of calls.
fn calls(output: &Output, account: &str) -> Vec<(Value, Value, Value)> {
    let log = Store::new(output.path("reels")).logs(account).pop().expect("a log");
    let lines = page_log::lines(&log).into_iter().filter(|line| line["line"] != "start");
    lines.map(|line| (line["line"].clone(), line["attempts"].clone(), line["billed"].clone())).collect()
}

fn summary(output: &Output) -> Value {
    serde_json::from_str(output.stdout.lines().last().expect("an object")).expect("JSON")
}

#[test]
fn a_run_says_what_its_calls_cost_at_the_list_price() {
    let api = MockApi::start(Script::serving([maple(), willow()]));
    let words = "about $0.048 for 4 calls at $0.012, list price of 2026-09-01";
    let output = run(&api, &["maple", "willow"]).stdout_has(words).run();
    let next = "next full crawl: about $0.048 for 4 calls at $0.012, list price of 2026-09-01";
    output.then().arg("status").stdout_has(next).run();
    let with_profiles = "next full crawl: about $0.072 for 6 calls at";
    output.then().args(["status", "--profiles"]).stdout_has(with_profiles).run();
    let words = "about $0.002 for 4 calls at $0.0005\n";
    on(output.then(), &api, &["maple", "willow", "--price-per-call", "0.0005"]).stdout_has(words).run();
    let dry = ["maple", "willow", "--dry-run", "--price-per-call", "1.5"];
    on(output.then(), &api, &dry).stdout_has("about $6.00 for 4 calls at $1.50\n").run();
    let json = on(output.then(), &api, &["maple", "--log-format", "json", "--profiles"]).run();
    let facts = ["calls", "calls_billed", "price_per_call_usd", "cost_usd"].map(|name| summary(&json)[name].clone());
    assert_eq!(facts, [json!(4), json!(4), json!(0.012), json!(0.048)]);
}

#[test]
fn price_and_limit_are_settings() {
    let api = MockApi::start(Script::serving([maple()]));
    let config = Reelframe::new().file("reelframe.toml", "price_per_call = 0.01\nmax_cost = 0.025\n");
    on(config, &api, &["maple"]).status(7).stdout_has("about $0.02 for 2 calls at $0.01\n").run();
}

#[test]
fn a_price_of_0_hides_money() {
    let api = MockApi::start(Script::serving([maple()]));
    let free = ["maple", "--price-per-call", "0"];
    let output = run(&api, &free).run();
    let dry = on(output.then(), &api, &[&free[..], &["--dry-run"]].concat()).run();
    let status = output.then().args(["status", "--price-per-call", "0"]).run();
    let costs = output.then().args(["status", "--costs", "--price-per-call", "0"]).run();
    for said in [&output, &dry, &status, &costs] {
        assert!(!said.stdout.contains('$'), "{}", said.stdout);
    }
    let json = on(output.then(), &api, &[&free[..], &["--log-format", "json"]].concat()).run();
    let facts = ["calls_billed", "price_per_call_usd", "cost_usd"].map(|name| summary(&json)[name].clone());
    assert_eq!(facts, [json!(3), json!(null), json!(null)]);
}

#[test]
#[ignore = "slow"]
fn slow_every_2xx_is_billed_and_nothing_else() {
    for (fault, made, billed, of_page_2) in [
        (Fault::error(500, "oops"), 4, 3, (2, None)),
        (Fault::error(429, "slow_down"), 4, 3, (2, None)),
        (Fault::Reset, 4, 3, (2, None)),
        (Fault::HtmlInstead, 4, 4, (2, Some(2))),
        (Fault::CutBody, 4, 4, (2, Some(2))),
    ] {
        let api = MockApi::start(Script::serving([maple()]).once(At::Page("maple", 2), fault.clone()));
        let cost = format!(
            "for {}",
            if made == billed { "4 calls at".into() } else { format!("{billed} billed of 4 calls at") }
        );
        let output = run(&api, &["maple"]).stdout_has(&cost).run();
        let page_2 = calls(&output, "maple")[1].clone();
        assert_eq!(page_2, (json!("page"), json!(of_page_2.0), json!(of_page_2.1)), "{fault:?}");
        // The log of the API agrees.
        let served =
            api.request_log().calls().iter().filter(|call| call.status.is_some_and(|status| status < 300)).count();
        assert_eq!(served, billed, "{fault:?}");
    }
}

#[test]
fn what_ends_a_crawl_is_billed_as_it_came() {
    for (fault, status, end) in [
        (Fault::error(404, "not_found"), "not_found", (1, None)),
        (Fault::ErrorNotFound200, "not_found", (1, Some(1))),
        (Fault::HtmlInstead, "failed", (2, Some(2))),
        (Fault::error(500, "oops"), "failed", (5, None)),
    ] {
        let api = MockApi::start(Script::serving([maple()]).always(At::Page("maple", 1), fault.clone()));
        let output = run(&api, &["maple"]).any_status(&[3, 5]).run();
        assert_eq!(calls(&output, "maple"), [(json!("end"), json!(end.0), json!(end.1))], "{fault:?}");
        if output.path("reels/latest").exists() {
            assert_eq!(statuses(&output), [pair("maple", status)]);
        }
    }
}

#[test]
fn an_ordinary_log_has_no_field_of_money() {
    let api = MockApi::start(Script::serving([maple()]));
    let output = run(&api, &["maple", "--profiles"]).run();
    let log = Store::new(output.path("reels")).logs("maple").pop().expect("a log");
    assert!(!page_log::read(&log).contains("billed"));
}

#[test]
#[ignore = "slow"]
fn slow_max_cost_is_max_calls_in_money() {
    for (args, calls, status, flag) in [
        (&["--max-cost", "0.03"][..], 2, 7, "--max-cost"),
        (&["--max-cost", "0.036"], 3, 0, ""),
        (&["--max-cost", "$0.04", "--price-per-call", "0.04"], 1, 7, "--max-cost"),
        (&["--max-cost", "5", "--max-calls", "1"], 1, 7, "--max-calls"),
        (&["--max-cost", "0.024", "--max-calls", "3", "--profiles"], 2, 7, "--max-cost"),
    ] {
        let api = MockApi::start(Script::serving([maple()]));
        run(&api, &[&["maple"], args].concat()).status(status).stderr_has(flag).run();
        assert_eq!(api.request_log().calls().len(), calls, "{args:?}");
    }
    for (args, words) in [
        (
            &["--max-cost", "0.011"][..],
            "--max-cost $0.011 pays for no call: a call is $0.012, list price of 2026-09-01",
        ),
        (&["--max-cost", "5", "--price-per-call", "0"], "--price-per-call is 0"),
        (&["--max-cost", "-5"], "use an amount in US dollars"),
        (&["--max-cost", "much"], "use an amount in US dollars"),
        (&["--price-per-call", "0.0000001"], "at most 6 decimals"),
    ] {
        let api = MockApi::start(Script::serving([maple()]));
        run(&api, &[&["maple"], args].concat()).status(2).stderr_has(words).run();
        assert_eq!(api.request_log().calls().len(), 0, "{args:?}");
    }
}

/// A log of two pages and what came after them; all texts by hand.
fn log(account: &str, sequence: u64, pages: [(&str, u32, &str); 2], rest: &str) -> String {
    let start = format!(
        r#"{{"line":"start","account":"{account}","account_id":null,"label":null,"timezone":"UTC","followers":null,"followers_as_of":null,"run_id":"r","version":"0.1.0","started_at":"{}","sequence":{sequence}}}"#,
        pages[0].0
    );
    let page = |(number, (at, attempts, billed)): (usize, &(&str, u32, &str))| {
        let body = wrapped_page(&[reel(100 + number as u64)], None);
        let hash = page_log::hash(&body);
        format!(
            r#"{{"line":"page","page":{},"cursor":null,"fetched_at":"{at}","status":200,"request_id":null,"attempts":{attempts}{billed},"blake3":"{hash}","body":{body}}}"#,
            number + 1
        )
    };
    let pages: Vec<String> = pages.iter().enumerate().map(page).collect();
    format!("{start}\n{}\n{rest}", pages.join("\n"))
}

#[test]
fn costs_are_by_account_and_month_and_leave_out_what_was_imported() {
    let api = MockApi::start(Script::serving([willow()]));
    let output = run(&api, &["willow"]).run();
    std::fs::remove_dir_all(output.path("reels/raw/willow")).unwrap();
    let end = |at: &str, attempts: u32, billed: &str| {
        format!(r#"{{"line":"end","status":"partial","reason":"x","attempts":{attempts}{billed},"ended_at":"{at}"}}"#)
    };
    // Five tries without an answer, and a profile that took two.
    let profile = r#"{"line":"profile","endpoint":"profile","fetched_at":"2026-02-01T00:00:01.000Z","request_id":null,"attempts":2,"billed":0,"missing":"HTTP 500"}"#;
    let ash = [
        log("ash", 1, [("2026-01-31T23:59:58.000Z", 1, ""), ("2026-02-01T00:00:00.000Z", 3, ",\"billed\":2")], profile),
        log(
            "ash",
            2,
            [("2026-02-10T06:00:00.000Z", 1, ""), ("2026-02-10T06:00:01.000Z", 1, "")],
            &end("2026-02-10T06:00:09.000Z", 5, ",\"billed\":1"),
        ),
        // Of another store.
        log(
            "ash",
            0,
            [("2026-02-20T06:00:00.000Z", 1, ""), ("2026-02-20T06:00:01.000Z", 1, "")],
            &end("2026-02-20T06:00:09.000Z", 5, ""),
        ),
    ];
    let birch = [log(
        "birch",
        1,
        [("2026-02-03T06:00:00.000Z", 1, ""), ("2026-02-03T06:00:01.000Z", 1, "")],
        &end("2026-02-03T06:00:02.000Z", 0, ""),
    )];
    for (account, logs) in [("ash", &ash[..]), ("birch", &birch)] {
        let folder = output.path(&format!("reels/raw/{account}"));
        std::fs::create_dir_all(&folder).unwrap();
        for (number, text) in logs.iter().enumerate() {
            std::fs::write(folder.join(format!("2026010{number}T000000000Z.ndjson")), format!("{text}\n")).unwrap();
        }
    }
    let csv = output.then().args(["status", "--costs", "--format", "csv"]).run();
    let expected = "account,month,pages,profiles,calls,calls_billed,cost_usd\n\
                    ash,2026-01,1,0,1,1,0.012\n\
                    ash,2026-02,3,0,12,5,0.06\n\
                    birch,2026-02,2,0,2,2,0.024\n";
    assert_eq!(csv.stdout.replace("\r\n", "\n"), expected);
    let total = "2026-01: about $0.012 for 1 billed call at $0.012, list price of 2026-09-01\n\
                 2026-02: about $0.084 for 7 billed calls at $0.012, list price of 2026-09-01\n\
                 in all: about $0.096 for 8 billed calls at $0.012, list price of 2026-09-01\n";
    output.then().args(["status", "--costs"]).stdout_has(total).run();
    // A log that a backup brought back under another name is the same calls.
    let copy = output.path("reels/raw/ash/20260109T000000000Z.ndjson");
    std::fs::copy(output.path("reels/raw/ash/20260101T000000000Z.ndjson"), &copy).unwrap();
    output.then().args(["status", "--costs"]).stdout_has(total).run();
    // A log that cannot be used is named; the others count.
    std::fs::write(output.path("reels/raw/birch/20260101T000000000Z.ndjson"), "{\"line\":\"end\"}\n{}\n").unwrap();
    output.then().args(["status", "--costs"]).stdout_has(total).stderr_has("20260101T000000000Z.ndjson").run();
}

#[test]
fn pages_that_were_replayed_cost_nothing_here() {
    let command = Reelframe::new().file("maple/1.json", wrapped_page(&[reel(100)], None));
    let output = command.args(["run", "--replay", "maple", "maple"]).run();
    assert!(!output.stdout.contains("about $"), "{}", output.stdout);
    output.then().args(["status", "--costs"]).stdout_has("in all: about $0.00 for 0 billed calls").run();
}
