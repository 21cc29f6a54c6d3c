//! Shards: accounts split over stores, and the stores merged into one.

mod moves;

use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::PathBuf;

use serde_json::Value;
use testkit::mock_api::{Account, At, Fault, MockApi, Script};
use testkit::pages::reel;
use testkit::store::Store;
use testkit::tables::{column, read_parquet_below, tree};

use crate::fetch::{RETRY_ARGS, run};
use crate::harness::{Output, Reelframe, step};
use crate::stores::{copy, copy_of};

/// Columns that tell when something was observed and by which run, and those that are computed from these times.
const TIMES: [&str; 19] = [
    "followers_gained_days",
    "previous_age_hours",
    "days_since_last_post",
    "last_known_views_at",
    "views_gained_hours",
    "likes_gained_hours",
    "comments_gained_hours",
    "run_id",
    "observed_at",
    "first_observed_at",
    "previous_observed_at",
    "last_listed_at",
    "crawl_started_at",
    "age_hours",
    "views_per_hour",
    "views_per_hour_recent",
    "followers_as_of",
    "fetched_at",
    "newest_page_at",
];

const TABLES: [&str; 6] = ["accounts", "reels", "hashtags", "people", "profiles", "findings"];

/// Twelve accounts of two pages. Every third is in the list by its user id, too.
fn accounts() -> Vec<Account> {
    let account = |number: u64| {
        let (name, id) = (format!("account{number}"), (5000 + number).to_string());
        let own = |reel_number: u64| {
            let pk = 3_800_000_000_000_000_000 - (number * 10 + reel_number) * 1_000_000_000_000_000;
            reel(pk).owner(&id, &name).views(1000 * number + reel_number).caption("A #pond with @willow")
        };
        Account::wrapped(&name, &id, &[vec![own(0), own(1)], vec![own(2)]])
    };
    (0..12).map(account).collect()
}

const LIST: &str = "handle,user_id,label,timezone
account0,5000,Client A,Europe/Berlin
account1,,Client B,
account2,,,America/New_York
account3,5003,,
account4,,,
account5,,,
account6,5006,,
account7,,,
account8,,,
account9,5009,,
account10,,,
account11,,,
";

fn on_api(command: Reelframe, api: &MockApi, args: &[&str]) -> Reelframe {
    let args = ["run", "--accounts", "accounts.csv", "--profiles"].iter().chain(args).chain(RETRY_ARGS);
    command.file("accounts.csv", LIST).args(args.copied()).api(api).key(testkit::mock_api::KEY)
}

/// Crawls all accounts by this number of shards.
fn crawl_shards(mut output: Output, api: &MockApi, shards: usize, args: &[&str]) -> Output {
    for number in 1..=shards {
        let (shard, store) = (format!("{number}/{shards}"), format!("shards/{number}"));
        let args = [&["--shard", &shard, "--store", &store], args].concat();
        output = on_api(output.then(), api, &args).run();
    }
    output
}

fn merge(output: &Output, shards: usize) -> Reelframe {
    output.then().arg("merge").args((1..=shards).map(|number| format!("shards/{number}")))
}

/// The rows of a table without times and run ids, in an order that does not depend on these.
fn rows(output: &Output, store: &str, table: &str) -> Vec<Value> {
    let rows = match table {
        "observations" => read_parquet_below(&output.path(store).join("observations")),
        _ => output.table_of(store, table),
    };
    let mut rows: Vec<Value> = rows
        .into_iter()
        .map(|mut row| {
            TIMES.iter().for_each(|name| drop(row.remove(*name)));
            Value::from(row)
        })
        .collect();
    rows.sort_by_key(Value::to_string);
    rows
}

#[test]
fn two_shards_merged_are_one_run() {
    merge_shards(2);
}

#[test]
#[ignore = "slow"]
fn slow_eight_shards_merged_are_one_run() {
    merge_shards(8);
}

fn merge_shards(shards: usize) {
    let api = MockApi::start(Script::serving(accounts()));
    let mut output = on_api(Reelframe::new(), &api, &["--store", "one"]).run();
    let calls = api.request_log().calls().len();
    for crawl in 1..=2 {
        if crawl == 2 {
            output = on_api(output.then(), &api, &["--store", "one"]).run();
        }
        output = crawl_shards(output, &api, shards, &["-q"]);
        assert_eq!(api.request_log().calls().len(), 2 * crawl * calls, "shards make the calls of one run");
        output = merge(&output, shards).stdout_has(&format!("12 new page logs of {shards} stores")).run();
        assert_eq!(api.request_log().calls().len(), 2 * crawl * calls, "merging needs no call");
        for table in TABLES.iter().chain(&["observations"]) {
            let (merged, one) = (rows(&output, "reels", table), rows(&output, "one", table));
            assert!(!merged.is_empty() || *table == "findings", "{table} has rows to compare");
            assert_eq!(merged.len(), one.len(), "{table} of crawl {crawl}");
            for (merged, one) in merged.iter().zip(&one) {
                let columns = merged.as_object().expect("a row").keys();
                let differing: Vec<_> = columns.filter(|name| merged[*name] != one[*name]).collect();
                assert_eq!(differing, [""; 0], "{table} of crawl {crawl}: {merged}");
            }
        }
    }
    output.then().args(["verify", "-q"]).run();
    output.then().args(["lint", "reels"]).stdout_has("0 violations").run();
}

/// One account's pages by one shard, as far as its calls go: `--max-calls` is shared, too.
fn crawl_one(command: Reelframe, api: &MockApi, args: &[&str]) -> Reelframe {
    let args = ["run", "account3", "--shard", "1/1", "--store", "shards/1"].iter().chain(args).chain(RETRY_ARGS);
    command.args(args.copied()).api(api).key(testkit::mock_api::KEY)
}

#[test]
fn an_interrupted_crawl_is_merged_and_its_rest_follows() {
    let api = MockApi::start(Script::serving(accounts()));
    let output = crawl_one(Reelframe::new(), &api, &["--max-calls", "1"]).status(7).run();
    let output = merge(&output, 1).status(3).stdout_has("1 new page log of 1 store").run();
    assert_eq!(column(&output.table("accounts"), "status"), ["partial"]);
    assert_eq!(output.table("reels").len(), 2);
    let output = crawl_one(output.then(), &api, &[]).run();
    let output = merge(&output, 1).stdout_has("1 new page log of 1 store").run();
    assert_eq!(column(&output.table("accounts"), "status"), ["complete"]);
    assert_eq!(output.table("reels").len(), 3);
    assert_eq!(Store::new(output.path("reels")).logs("account3").len(), 1, "the log grew");
    output.then().args(["verify", "-q"]).run();
    assert_eq!(api.request_log().calls().len(), 2);
}

#[test]
fn a_merge_without_new_pages_changes_nothing_and_can_be_skipped() {
    let api = MockApi::start(Script::serving(accounts()));
    let output = crawl_one(Reelframe::new(), &api, &[]).run();
    let output = merge(&output, 1).run();
    let before = tree(output.dir());
    let again = merge(&output, 1).arg("--skip-code").status(99).stdout_has("0 new page logs of 1 store").run();
    assert_eq!(tree(again.dir()), before);
}

#[test]
#[ignore = "slow"]
fn slow_a_log_that_two_stores_share_is_changed_in_neither_by_the_other() {
    let api = MockApi::start(Script::serving(accounts()));
    let output = crawl_one(Reelframe::new(), &api, &[]).run();
    let output = merge(&output, 1).run();
    let log = |store: &str| Store::new(output.path(store)).logs("account3")[0].clone();
    let inode = |log: PathBuf| fs::metadata(log).expect("a log").ino();
    assert_eq!(inode(log("shards/1")), inode(log("reels")), "no second copy on the disk");
    let before = fs::read(log("reels")).expect("a log");
    // The shard resumes its crawl for the profile that it lacks.
    let output = crawl_one(output.then(), &api, &["--profiles", "--retry-failed"]).run();
    assert_eq!(fs::read(log("reels")).expect("a log"), before);
    assert!(fs::read(log("shards/1")).expect("a log").starts_with(&before), "the shard's log grew");
    assert_ne!(before.len() as u64, fs::metadata(log("shards/1")).expect("a log").len());
    let output = merge(&output, 1).stdout_has("1 new page log of 1 store").run();
    assert_eq!(output.table("profiles").len(), 1);
    output.then().args(["verify", "-q"]).run();
}

#[test]
fn a_shard_without_accounts_has_nothing_to_do_and_can_be_merged() {
    let api = MockApi::start(Script::serving(accounts()));
    // The only account is in shard 3 of 8.
    let shard = |command: Reelframe, number: usize| {
        let args = ["run", "jane", "--shard", &format!("{number}/8"), "--store", &format!("shards/{number}")];
        command.args(args).args(["--skip-code"]).api(&api).key(testkit::mock_api::KEY)
    };
    let output =
        shard(Reelframe::new(), 1).status(99).stdout("shard 1/8 has none of the accounts: nothing to do\n").run();
    assert_eq!(api.request_log().calls().len(), 0);
    output.then().args(["merge", "shards/1", "--skip-code"]).status(99).run();
    let plan = ["plan", "jane", "--shards", "8", "--format", "csv"];
    let expected = "shard,accounts,calls_known,accounts_unknown,requests_per_minute,minutes_known,cost_usd_known\n\
                    1/8,0,0,0,7,0,0\n2/8,0,0,0,8,0,0\n3/8,1,0,1,7,0,0\n4/8,0,0,0,8,0,0\n5/8,0,0,0,7,0,0\n\
                    6/8,0,0,0,8,0,0\n7/8,0,0,0,7,0,0\n8/8,0,0,0,8,0,0\n";
    output.then().args(plan).stdout(expected).run();
}

#[test]
fn a_plan_knows_what_the_last_crawls_took() {
    let api = MockApi::start(Script::serving(accounts()));
    let output = run(&api, &["account3", "account4"]).run();
    let plan = ["plan", "account3", "account4", "account5", "--shards", "1", "--profiles", "--format", "csv"];
    // Two pages and a profile of each; the third is not known. Six calls at two a minute, $0.012 each.
    let rows = "1/1,3,6,1,2,3,0.072\n";
    output.then().args(plan).args(["--requests-per-minute", "2"]).stdout_has(rows).run();
}

#[test]
fn a_share_of_nothing_is_refused_before_the_first_call() {
    let api = MockApi::start(Script::serving(accounts()));
    for (args, said) in [
        (&["--max-calls", "5"][..], "--max-calls leaves no request for shard 3/8"),
        (&["--max-cost", "0.05"], "--max-cost leaves no request for shard 3/8"),
        (&["--requests-per-minute", "5"], "--requests-per-minute leaves no request for shard 3/8"),
        (&["--shard", "9/8"], "use the form I/N"),
    ] {
        let shard: &[&str] = if args[0] == "--shard" { &[] } else { &["--shard", "3/8"] };
        let command = Reelframe::new().args(["run", "jane"]).args(shard.iter().chain(args).copied());
        command.api(&api).key(testkit::mock_api::KEY).status(2).stderr_has(said).run();
    }
    assert_eq!(api.request_log().calls().len(), 0);
}

#[test]
fn what_cannot_be_merged_is_refused_and_nothing_is_written() {
    let api = MockApi::start(Script::serving(accounts()));
    let output = crawl_one(Reelframe::new(), &api, &[]).file("files/notes.txt", "").run();
    for (stores, said) in [
        (&["shards/1", "absent"][..], "there is no store at absent: the folder does not exist"),
        (&["shards/1", "files"], "there is no store at files: the folder is not a store of reelframe"),
        (&["shards/1", "./shards/1"], "./shards/1 is named twice"),
        (&["shards/1", "--store", "shards/1"], "shards/1 is merged into itself"),
        (&["shards/1", "--store", "shards/1/inside"], "shards/1 is merged into itself"),
        (&["shards/1", "files/notes.txt"], "a file, where a folder is needed"),
        (&["shards/1", "--store", "files"], "the folder has other files in it and is not a store"),
    ] {
        let before = tree(output.dir());
        let output = output.then().arg("merge").args(stores.iter().copied()).status(2).stderr_has(said).run();
        assert_eq!(tree(output.dir()), before, "{stores:?}");
    }
    api.add(At::Call(3), Fault::UntilFaultsEnd);
    let running = crawl_one(output.then(), &api, &[]).spawn();
    api.wait_for_calls(3);
    let refused =
        merge(&output, 1).args(["--store", "absent"]).status(8).stderr_has("shards/1 is in use by process").run();
    assert!(!refused.path("absent").exists(), "a refused merge makes no store");
    api.end_faults();
    running.wait();
}

#[test]
fn a_damaged_log_fails_its_account_alone() {
    let api = MockApi::start(Script::serving(accounts()));
    let output = crawl_shards(Reelframe::new().file("accounts.csv", LIST).arg("schema").run(), &api, 2, &["-q"]);
    let store = (1..=2).map(|number| Store::new(output.path(&format!("shards/{number}"))));
    let log =
        store.map(|store| store.logs("account3")).find(|logs| !logs.is_empty()).expect("a shard has it")[0].clone();
    let mut bytes = fs::read(&log).expect("a log");
    let middle = bytes.len() / 2;
    bytes[middle] ^= 0xff;
    fs::write(&log, bytes).expect("the log can be written");
    let output = merge(&output, 2).status(3).stderr_has("account3").stdout_has("11 new page logs of 2 stores").run();
    assert_eq!(column(&output.table("accounts"), "account").len(), 11);
}

#[test]
#[ignore = "slow"]
fn slow_a_kill_at_any_change_of_a_merge_loses_nothing() {
    kill_merges(step(6));
}

/// A copy of a store and its shards.
fn copy_of_all(template: &Output) -> Output {
    let fresh = copy_of(template);
    copy(&template.path("shards"), &fresh.dir().join("shards"));
    fresh.arg("schema").run()
}

/// A merge of a new log, and of one that has grown.
fn kill_merges(step: usize) {
    let api = MockApi::start(Script::serving(accounts()));
    let output = crawl_one(Reelframe::new(), &api, &["--max-calls", "1"]).status(7).run();
    let output = merge(&output, 1).status(3).run();
    let output = crawl_one(output.then(), &api, &[]).run();
    let args = ["run", "account4", "--shard", "1/1", "--store", "shards/1"].iter().chain(RETRY_ARGS);
    let template = output.then().args(args.copied()).api(&api).key(testkit::mock_api::KEY).run();
    let whole = merge(&copy_of_all(&template), 1).run();
    for number in (1..).step_by(step) {
        let copy = copy_of_all(&template);
        let killed = merge(&copy, 1).env("REELFRAME_FAIL_DISK", &format!("{number}:KILL")).any_status(&[0, 137]).run();
        let is_over = killed.status == 0;
        let again = merge(&killed, 1).run();
        for table in TABLES {
            assert_eq!(
                rows(&again, "reels", table),
                rows(&whole, "reels", table),
                "killed at change {number}: {table}"
            );
        }
        again.then().args(["verify", "-q"]).run();
        let left =
            tree(&again.path("reels/raw")).into_keys().find(|path| path.to_string_lossy().contains(".reelframe-"));
        assert_eq!(left, None, "killed at change {number}");
        if is_over {
            assert!(number > 20, "only {number} changes");
            return;
        }
    }
}
