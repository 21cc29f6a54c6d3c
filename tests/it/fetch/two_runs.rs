//! Two processes and one store: one run at a time, readers at any time, and no lock outlives its holder.

use testkit::mock_api::{At, Fault, MockApi, Script};

use super::{KEY, maple, on, pks, published, run};
use crate::stores::sample_data;

const RUN_ID: &str = "20260301T060000000Z";

#[test]
fn a_second_run_is_refused_and_names_who_holds_the_store() {
    let api = MockApi::start(Script::serving([maple()]).once(At::Page("maple", 2), Fault::UntilFaultsEnd));
    let first = run(&api, &["maple", "--run-id", RUN_ID]).spawn();
    api.wait_for_calls(2);
    let holder = format!("reels is in use by process {}, run {RUN_ID}", first.process());
    let replay = ["run", "--replay", &sample_data()];
    for args in [&["run", "maple"][..], &["fetch", "maple"], &replay] {
        // It ends while the first still waits for its page.
        first.then().args(args.iter().copied()).api(&api).key(KEY).status(8).stderr_has(&holder).run();
    }
    assert_eq!(api.request_log().calls().len(), 2, "a refused run sends no request");
    api.end_faults();
    assert_eq!(published(&first.wait()), pks(0..6));
    assert_eq!(api.request_log().pages_of("maple"), [1, 2, 3]);
}

#[test]
fn a_killed_run_holds_nothing() {
    let api = MockApi::start(Script::serving([maple()]).once(At::Page("maple", 2), Fault::Hang));
    let first = run(&api, &["maple"]).spawn();
    api.wait_for_calls(2);
    let killed = first.kill();
    assert!(killed.path("reels/.lock").exists(), "the file is there, and nobody holds it");
    assert_eq!(published(&on(killed.then(), &api, &["maple"]).run()), pks(0..6));
    assert_eq!(api.request_log().pages_of("maple"), [1, 2, 2, 3]);
}

#[test]
#[ignore = "slow"]
fn slow_what_is_published_can_be_read_while_a_run_holds_the_store() {
    let api = MockApi::start(Script::serving([maple()]));
    let before = run(&api, &["maple"]).run();
    api.add(At::Call(5), Fault::UntilFaultsEnd);
    let second = on(before.then(), &api, &["maple"]).spawn();
    api.wait_for_calls(5);
    before.then().args(["query", "SELECT COUNT(*) AS n FROM reels", "--format", "csv"]).stdout("n\n6\n").run();
    before.then().args(["report", "--format", "markdown"]).stdout_has("maple").run();
    before.then().args(["lint", "reels"]).stdout_has("0 violations").run();
    let run_id = std::fs::read_link(before.path("reels/latest")).expect("latest is there");
    let run_id = run_id.file_name().expect("a run").to_string_lossy().into_owned();
    before.then().arg("status").stdout_has(&format!("run {run_id}: ")).run();
    // An export is of pages, not of a run, and says so.
    let export = before.then().args(["export", "--out", "tables"]);
    export.status(3).stderr_has("pages that no run of this version has published yet").run();
    before.then().arg("verify").status(8).stderr_has("in use by process").run();
    api.end_faults();
    let after = second.wait();
    assert_eq!(published(&after), pks(0..6));
    assert_eq!(api.request_log().pages_of("maple"), [1, 2, 3, 1, 2, 3]);
    after.then().args(["export", "--out", "tables"]).stderr_lacks("has published yet").run();
}
