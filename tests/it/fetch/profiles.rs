//! `--profiles`: one call more per account and crawl, whose answer is stored like a page and fails nothing.

use serde_json::{Value, json};
use testkit::mock_api::{Account, At, Fault, KEY, MockApi, Script, Target};
use testkit::page_log;
use testkit::pages::{Reel, reel};
use testkit::store::Store;
use testkit::tables::{column, tree};

use super::resume::page_frames;
use super::{RETRY_ARGS, maple, on, pair, pk, pks, published, run, statuses, willow};
use crate::harness::{Output, Reelframe};

const REELS: &str = "user/reels";
const BY_ID: &str = "basic-profile";
const BY_HANDLE: &str = "profile";

/// An account without a public reel.
fn hush() -> Account {
    Account::wrapped("hush", "7007", &[Vec::<Reel>::new()])
}

fn findings(output: &Output) -> Vec<(Value, Value)> {
    let rows = output.table("findings").into_iter().filter(|row| row["finding"] == "profile_missing");
    rows.map(|row| (row["account"].clone(), row["detail"].clone())).collect()
}

/// The kinds of the lines of an account's only log.
fn line_kinds(output: &Output, account: &str) -> Vec<String> {
    let logs = Store::new(output.path("reels")).logs(account);
    let [log] = logs.as_slice() else { panic!("{logs:?}") };
    page_log::lines(log).iter().map(|line| line["line"].as_str().unwrap_or_default().to_owned()).collect()
}

#[test]
fn a_profile_is_one_call_after_the_first_page_and_gives_followers_to_every_reel_of_the_crawl() {
    let api = MockApi::start(Script::serving([maple().followers(2_000)]));
    let output = run(&api, &["maple", "--profiles"]).stdout_has("4 calls").stdout_has("1 profile").run();
    assert_eq!(api.request_log().endpoints_of("maple"), [REELS, BY_ID, REELS, REELS]);
    let id = api.request_log().calls()[1].target.clone();
    assert_eq!(id, Target::UserId("5005".into()), "the owner of the first own reel");
    assert_eq!(line_kinds(&output, "maple"), ["start", "page", "profile", "page", "page", "end"]);
    let profiles = output.table("profiles");
    let [profile] = profiles.as_slice() else { panic!("{profiles:?}") };
    let seen = ["user_id", "username", "biography", "category", "followers", "following", "media_count", "is_business"];
    let seen: Vec<Value> = seen.iter().map(|name| profile[*name].clone()).collect();
    assert_eq!(json!(seen), json!(["5005", "maple", "Bread", null, 2000, 12, 34, true]));
    assert_eq!((&profile["followers_gained"], &profile["is_private"]), (&json!(null), &json!(false)));
    let day = profile["fetched_at"].as_str().unwrap()[..10].to_owned();
    for table in ["reels", "accounts"] {
        for row in output.table(table) {
            let seen = ["followers", "followers_as_of", "followers_source"].map(|name| row[name].clone());
            assert_eq!(seen, [json!(2000), json!(day), json!("profile")], "{table}");
        }
    }
    let observed = testkit::tables::read_parquet_below(&output.path("reels/observations"));
    assert_eq!(column(&observed, "followers"), vec![json!(2000); 6]);
    for row in output.table("reels") {
        let expected = row["engagement_count"].as_f64().map(|count| count / 2000.0);
        assert_eq!(row["engagement_per_follower"].as_f64(), expected);
    }
    assert_eq!(output.table("accounts")[0]["calls"], 4);
}

#[test]
fn without_profiles_nothing_is_requested_or_stored_of_them() {
    let api = MockApi::start(Script::serving([maple()]));
    let output = run(&api, &["maple"]).run();
    assert_eq!(api.request_log().endpoints_of("maple"), [REELS; 3]);
    assert_eq!(line_kinds(&output, "maple"), ["start", "page", "page", "page", "end"]);
    assert_eq!(output.table("profiles"), []);
    assert_eq!(column(&output.table("reels"), "followers_source"), vec![Value::Null; 6]);
}

#[test]
#[ignore = "slow"]
fn slow_it_is_a_setting_of_the_config_file_and_every_crawl_fetches_its_own() {
    let api = MockApi::start(Script::serving([willow().followers(300)]));
    let config = Reelframe::new().file("reelframe.toml", "profiles = true\n");
    let first = on(config, &api, &["willow"]).run();
    let second = on(first.then(), &api, &["willow"]).run();
    assert_eq!(api.request_log().endpoints_of("willow"), [REELS, BY_ID, REELS, BY_ID]);
    let rows = second.table("profiles");
    assert_eq!(column(&rows, "followers_gained"), [json!(null), json!(0)]);
    assert_eq!(second.table("reels").len(), 2);
}

#[test]
#[ignore = "slow"]
fn slow_a_known_user_id_is_used_and_an_unknown_one_is_looked_for_on_every_page() {
    let of_others = vec![reel(pk(20)).owner("6006", "willow").coauthor("5005", "maple")];
    let pages = [of_others.clone(), vec![reel(pk(21))], vec![reel(pk(22))]];
    let api = MockApi::start(Script::serving([Account::wrapped("maple", "5005", &pages)]));
    let output = run(&api, &["maple", "--profiles"]).run();
    assert_eq!(api.request_log().endpoints_of("maple"), [REELS, REELS, BY_ID, REELS]);
    // From here on the id is remembered.
    on(output.then(), &api, &["maple", "--profiles"]).run();
    assert_eq!(api.request_log().endpoints_of("maple")[4..], [REELS, BY_ID, REELS, REELS]);
    // No page ever has it.
    let api = MockApi::start(Script::serving([Account::wrapped("maple", "5005", &[of_others])]));
    run(&api, &["maple", "--profiles"]).run();
    assert_eq!(api.request_log().endpoints_of("maple"), [REELS, BY_HANDLE]);
    // The user gives it.
    let api = MockApi::start(Script::serving([hush()]));
    let accounts = Reelframe::new().file("accounts.csv", "handle,user_id\nhush,7007\n");
    on(accounts, &api, &["--accounts", "accounts.csv", "--profiles"]).run();
    assert_eq!(api.request_log().endpoints_of("hush"), [REELS, BY_ID]);
}

#[test]
fn a_profile_tells_private_accounts_from_empty_ones() {
    for (account, status) in [(hush().private(), "private"), (hush(), "empty")] {
        let api = MockApi::start(Script::serving([account]));
        let output = run(&api, &["hush", "--profiles"]).stderr_lacks("WARN").run();
        assert_eq!(api.request_log().endpoints_of("hush"), [REELS, BY_HANDLE]);
        assert_eq!(statuses(&output), [pair("hush", status)]);
        assert_eq!(output.table("profiles")[0]["is_private"], status == "private");
    }
    let api = MockApi::start(Script::serving([hush()]).always(At::Profile("hush"), Fault::error(404, "not_found")));
    let output = run(&api, &["hush", "--profiles"]).run();
    assert_eq!(statuses(&output), [pair("hush", "empty_or_private")]);
    // An account that does not exist has no profile to ask for.
    let api = MockApi::start(Script::serving([]));
    run(&api, &["nobody", "--profiles"]).status(3).run();
    assert_eq!(api.request_log().calls().len(), 1);
}

#[test]
#[ignore = "slow"]
fn slow_a_profile_that_does_not_come_is_a_finding_and_fails_nothing() {
    let of_another = Fault::Bytes(willow().profile.flat(&willow()).into_bytes());
    for (fault, calls, words) in [
        (Fault::error(404, "not_found"), 1, "HTTP 404: Scripted by the test"),
        (Fault::error(400, "bad"), 1, "HTTP 400: Scripted by the test"),
        (Fault::error(403, "plan"), 1, "HTTP 403: Scripted by the test"),
        (Fault::error(500, "oops"), 5, "HTTP 500: Scripted by the test (5 tries)"),
        (Fault::Reset, 5, "(5 tries)"),
        (Fault::CutBody, 5, "the response was cut off"),
        (Fault::ErrorNotFound200, 1, "No reels found"),
        (Fault::HtmlInstead, 2, "response is HTML, not JSON (2 tries)"),
        (Fault::SuccessFalse200, 2, "says `success: false`: Something went wrong (2 tries)"),
        (Fault::EmptyItems, 2, "the response has no user (2 tries)"),
        (of_another, 1, "the API sent the profile of 6006 instead of 5005"),
    ] {
        let api = MockApi::start(Script::serving([maple()]).always(At::Profile("maple"), fault.clone()));
        let output = run(&api, &["maple", "--profiles"]).stderr_has(words).run();
        assert_eq!(statuses(&output), [pair("maple", "complete")], "{fault:?}");
        assert_eq!(published(&output), pks(0..6), "{fault:?}");
        let [(account, detail)] = &findings(&output)[..] else { panic!("{fault:?}: one finding") };
        assert!(account == "maple" && detail.as_str().unwrap().contains(words), "{detail}");
        assert_eq!(output.table("profiles"), []);
        assert_eq!(column(&output.table("reels"), "followers"), vec![Value::Null; 6]);
        assert_eq!(api.request_log().calls().len(), 3 + calls, "{fault:?}");
        assert_eq!(output.table("accounts")[0]["calls"], 3 + calls);
        // What was paid for and is no profile can be looked at.
        let rejected = output.path("reels/rejected");
        let files = if rejected.exists() { tree(&rejected).len() } else { 0 };
        let is_paid_for = !words.contains("HTTP")
            && !words.contains("(5 tries)")
            && !words.contains("cut off")
            && !words.contains("No reels");
        assert_eq!(files, if is_paid_for { 2 * calls } else { 0 }, "{fault:?}");
    }
}

#[test]
#[ignore = "slow"]
fn slow_the_budget_counts_profiles_and_a_crawl_without_its_profile_is_resumed_for_it_alone() {
    let api = MockApi::start(Script::serving([willow().followers(300)]));
    let first = run(&api, &["willow", "--profiles", "--max-calls", "1"]).status(7).stderr_has("--max-calls").run();
    assert_eq!(api.request_log().endpoints_of("willow"), [REELS]);
    assert_eq!(statuses(&first), [pair("willow", "partial")]);
    let second = on(first.then(), &api, &["willow", "--profiles", "--max-calls", "1"]).run();
    assert_eq!(api.request_log().endpoints_of("willow"), [REELS, BY_ID]);
    assert_eq!(statuses(&second), [pair("willow", "complete")]);
    assert_eq!(column(&second.table("reels"), "followers"), [json!(300), json!(300)]);
    // Exactly as many calls as are allowed, whatever they are for.
    for (max, endpoints) in [(1, &[REELS][..]), (2, &[REELS, BY_ID]), (3, &[REELS, BY_ID, REELS])] {
        let api = MockApi::start(Script::serving([maple()]));
        run(&api, &["maple", "--profiles", "--max-calls", &max.to_string()]).status(7).run();
        assert_eq!(api.request_log().endpoints_of("maple"), endpoints);
    }
}

#[test]
fn out_of_credits_at_the_profile_stops_the_run_and_loses_nothing() {
    let api = MockApi::start(Script::serving([maple()]).always(At::Profile("maple"), Fault::PaymentRequired));
    let first = run(&api, &["maple", "--profiles"]).status(7).run();
    assert_eq!(published(&first), pks(0..2));
    api.end_faults();
    let second = on(first.then(), &api, &["maple", "--profiles"]).run();
    assert_eq!(published(&second), pks(0..6));
    assert_eq!(api.request_log().pages_of("maple"), [1, 2, 3]);
    assert_eq!(api.request_log().endpoints_of("maple"), [REELS, BY_ID, BY_ID, REELS, REELS]);
}

#[test]
fn a_kill_between_page_and_profile_costs_the_profile_in_flight_at_most() {
    let api =
        MockApi::start(Script::serving([maple().followers(2_000)]).once(At::Profile("maple"), Fault::UntilFaultsEnd));
    let running = run(&api, &["maple", "--profiles"]).spawn();
    api.wait_for_calls(2);
    let killed = running.kill();
    api.end_faults();
    let output = on(killed.then(), &api, &["maple", "--profiles"]).run();
    assert_eq!(api.request_log().endpoints_of("maple"), [REELS, BY_ID, BY_ID, REELS, REELS]);
    assert_eq!(line_kinds(&output, "maple"), ["start", "page", "profile", "page", "page", "end"]);
    assert_eq!(column(&output.table("reels"), "followers"), vec![json!(2000); 6]);
}

/// A run that was killed while it waited for page 2, with the API that serves it from now on.
fn killed_after_the_profile() -> (MockApi, Output) {
    let held = Script::serving([maple().followers(2_000)]).once(At::Page("maple", 2), Fault::UntilFaultsEnd);
    let api = MockApi::start(held);
    let running = run(&api, &["maple", "--profiles"]).spawn();
    api.wait_for_calls(3);
    let killed = running.kill();
    api.end_faults();
    (api, killed)
}

#[test]
fn a_kill_after_the_profile_does_not_fetch_it_again() {
    let (api, killed) = killed_after_the_profile();
    let output = on(killed.then(), &api, &["maple", "--profiles"]).run();
    assert_eq!(api.request_log().endpoints_of("maple"), [REELS, BY_ID, REELS, REELS, REELS]);
    assert_eq!(output.table("profiles").len(), 1);
    assert_eq!(column(&output.table("reels"), "followers"), vec![json!(2000); 6]);
}

#[test]
fn a_log_torn_within_its_profile_line_costs_the_profile_again_and_no_page() {
    let (api, killed) = killed_after_the_profile();
    let log = Store::new(killed.path("reels")).logs("maple").pop().expect("a log");
    let bytes = std::fs::read(&log).unwrap();
    // Start, page 1, and half of the profile.
    let profile = page_frames(&bytes)[2].clone();
    std::fs::write(&log, &bytes[..usize::midpoint(profile.start, profile.end)]).unwrap();
    let output = on(killed.then(), &api, &["maple", "--profiles"]).stderr_has("the log ends within a line").run();
    assert_eq!(api.request_log().endpoints_of("maple"), [REELS, BY_ID, REELS, BY_ID, REELS, REELS]);
    assert_eq!(line_kinds(&output, "maple"), ["start", "page", "profile", "page", "page", "end"]);
    assert_eq!(column(&output.table("reels"), "followers"), vec![json!(2000); 6]);
}

#[test]
#[ignore = "slow"]
fn slow_a_signal_during_the_profile_ends_the_run_with_its_code_and_keeps_the_answer() {
    for (signal, status) in [("TERM", 143), ("INT", 130)] {
        let held = Script::serving([maple().followers(2_000)]).once(At::Profile("maple"), Fault::UntilFaultsEnd);
        let api = MockApi::start(held);
        let mut running = run(&api, &["maple", "--profiles"]).status(status).spawn();
        api.wait_for_calls(2);
        running.signal(signal);
        running.wait_until_said("press Ctrl-C again to quit now");
        api.end_faults();
        let stopped = running.wait();
        let output = on(stopped.then(), &api, &["maple", "--profiles"]).run();
        assert_eq!(api.request_log().endpoints_of("maple"), [REELS, BY_ID, REELS, REELS], "{signal}");
        assert_eq!(column(&output.table("reels"), "followers"), vec![json!(2000); 6], "{signal}");
    }
}

#[test]
fn a_finished_crawl_that_is_reused_gets_its_profile_and_no_page_again() {
    let api = MockApi::start(Script::serving([maple().followers(2_000), hush().private()]));
    let args = ["fetch", "maple", "hush"];
    let first = Reelframe::new().args(args).args(RETRY_ARGS.iter().copied()).api(&api).key(KEY).run();
    let dry = on(first.then(), &api, &["maple", "hush", "--profiles", "--dry-run"]).run();
    let plan: Vec<&str> = dry.stdout.lines().filter(|line| line.contains("fetch the profile")).collect();
    assert_eq!(plan.len(), 2, "{}", dry.stdout);
    let second = on(first.then(), &api, &["maple", "hush", "--profiles"]).run();
    assert_eq!(api.request_log().endpoints_of("maple"), [REELS, REELS, REELS, BY_ID]);
    assert_eq!(api.request_log().endpoints_of("hush"), [REELS, BY_HANDLE]);
    assert_eq!(statuses(&second), [pair("hush", "private"), pair("maple", "complete")]);
    assert_eq!(column(&second.table("reels"), "followers"), vec![json!(2000); 6]);
}

#[test]
fn a_dry_run_counts_the_profiles() {
    let api = MockApi::start(Script::serving([maple()]));
    let first = run(&api, &["maple"]).run();
    let dry = on(first.then(), &api, &["maple", "--profiles", "--dry-run"]);
    dry.stdout_has("crawl from page 1, and the profile").stdout_has("4 calls expected").run();
    on(first.then(), &api, &["maple", "--dry-run"]).stdout_has("3 calls expected").run();
}

#[test]
#[ignore = "slow"]
fn slow_pages_and_profiles_that_are_replayed_give_the_same_tables() {
    let api = MockApi::start(Script::serving([maple().followers(2_000), hush().private()]));
    let original = run(&api, &["maple", "hush", "--profiles"]).run();
    std::fs::rename(original.path("reels"), original.path("saved")).unwrap();
    for _ in 0..2 {
        let copy = original.then().args(["run", "--replay", "saved/raw"]).run();
        for table in ["reels", "profiles", "accounts", "findings"] {
            assert_eq!(copy.table(table), copy.table_of("saved", table), "{table}");
        }
    }
}

#[test]
fn profiles_that_fail_take_no_retry_away_from_pages() {
    let accounts = (0..4).map(|number| {
        let (handle, id) = (format!("acc{number}"), (9000 + number).to_string());
        let own = |reel_number: u64| reel(pk(20 + reel_number)).owner(&id, &handle);
        Account::wrapped(&handle, &id, &[vec![own(0)], vec![own(1)]])
    });
    let script = Script::serving(accounts).once(At::Page("acc3", 2), Fault::error(500, "oops"));
    let dead = ["acc0", "acc1", "acc2", "acc3"];
    let script =
        dead.iter().fold(script, |script, account| script.always(At::Profile(account), Fault::error(500, "x")));
    let api = MockApi::start(script);
    let output = run(&api, &[&dead[..], &["--profiles", "--concurrency", "1"]].concat()).run();
    assert_eq!(api.request_log().pages_of("acc3"), [1, 2, 2]);
    assert_eq!((published(&output).len(), findings(&output).len()), (8, 4));
}

#[test]
fn a_crawl_that_lacks_only_its_profile_is_complete_for_a_run_that_wants_none() {
    let api = MockApi::start(Script::serving([willow()]));
    let first = run(&api, &["willow", "--profiles", "--max-calls", "1"]).status(7).run();
    let second = on(first.then(), &api, &["willow"]).run();
    assert_eq!(api.request_log().endpoints_of("willow"), [REELS], "nothing is paid for twice");
    assert_eq!(statuses(&second), [pair("willow", "complete")]);
}

#[test]
fn a_rate_limit_before_the_profile_leaves_it_to_the_next_run() {
    let api = MockApi::start(Script::serving([willow()]).once(At::Page("willow", 1), Fault::rate(false, 60, 0, 7200)));
    let first = run(&api, &["willow", "--profiles"]).any_status(&[3, 5]).run();
    assert_eq!(line_kinds(&first, "willow"), ["start", "page", "end"]);
    on(first.then(), &api, &["willow", "--profiles"]).run();
    assert_eq!(api.request_log().endpoints_of("willow"), [REELS, BY_ID]);
}
