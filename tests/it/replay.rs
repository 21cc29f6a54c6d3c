//! Pages from disk: no key, no network, and a second time changes nothing.

use std::fs;
use std::io::Write;
use std::path::Path;

use serde_json::json;
use testkit::pages::{flat_page, reel, wrapped_page};
use testkit::tables::{column, read_parquet, tree, tree_of_store};

use crate::harness::{Output, Reelframe};
use crate::stores::{sample, sample_data};

#[test]
fn the_sample_makes_a_whole_run_and_a_second_time_changes_nothing() {
    let first = sample();
    for file in [
        "reels.parquet",
        "hashtags.parquet",
        "people.parquet",
        "accounts.parquet",
        "days.parquet",
        "findings.parquet",
        "reels.csv",
        "hashtags.csv",
        "people.csv",
        "accounts.csv",
        "report.html",
        "report.md",
        "report.json",
        "manifest.json",
        "_SUCCESS",
    ] {
        assert!(first.path("reels/latest").join(file).is_file(), "{file}");
    }
    let before = tree(&first.path("reels"));
    let second = first.then().args(["run", "--replay"]).arg(sample_data()).run();
    assert_eq!(tree(&second.path("reels")), before);
    assert!(second.stdout.contains("published already"), "{}", second.stdout);
    first.then().args(["lint", "reels"]).stdout_has("0 violations").run();
}

#[test]
#[ignore = "slow"]
fn slow_the_same_pages_give_the_same_bytes_in_another_folder() {
    let bytes = |output: &Output| tree_of_store(&output.path("reels"));
    let again = Reelframe::new().args(["run", "--replay"]).arg(sample_data()).whole_report().run();
    assert_eq!(bytes(&sample()), bytes(&again));
}

#[test]
fn the_sample_holds_every_trap_and_loses_none_of_them() {
    let output = sample();
    let reels = output.table("reels");
    let count = |test: &dyn Fn(&testkit::tables::Row) -> bool| reels.iter().filter(|row| test(row)).count();
    let is = |name: &'static str, value: serde_json::Value| count(&move |row| row[name] == value);
    assert!(is("likes_hidden", json!(true)) >= 2, "hidden likes");
    assert!(is("likes_suspect", json!(true)) >= 2, "suspect likes");
    assert!(is("caption", json!(null)) >= 2, "null captions");
    assert!(is("is_own", json!(false)) >= 2, "collabs that somebody else owns");
    assert!(is("is_pinned", json!(true)) >= 1, "pinned");
    assert!(is("views_source", json!("play_minus_fb")) >= 1, "Facebook plays");
    assert!(is("duration_s", json!(null)) >= 1, "missing duration");
    assert!(is("source_shape", json!("flat")) >= 1 && is("source_shape", json!("wrapped")) >= 1, "both shapes");
    assert!(count(&|row| row["posted_at_source"] == "media_id") >= 1, "the clock of the id");
    assert!(count(&|row| row["emoji_count"].as_i64() > Some(0)) >= 1, "emoji");
    let right_to_left =
        |row: &testkit::tables::Row| row["caption"].as_str().is_some_and(|text| text.contains('\u{0627}'));
    assert!(count(&right_to_left) >= 1, "right-to-left captions");
    let findings = output.table("findings");
    let found = column(&findings, "finding");
    for kind in ["reject", "unknown_item_key", "unknown_page_key", "id_mismatch"] {
        assert!(found.contains(&json!(kind)), "{kind}");
    }
    // One reel under two accounts is two rows, each under its own key.
    let keys = column(&reels, "reel_key");
    let mut distinct: Vec<String> = keys.iter().map(ToString::to_string).collect();
    distinct.sort();
    distinct.dedup();
    assert_eq!(distinct.len(), keys.len());
}

#[test]
fn a_page_whose_reels_all_belong_to_others_is_no_fault() {
    let foreign = reel(3_800_000_000_000_000_000).owner("6006", "willow").coauthor("5005", "maple");
    let command = Reelframe::new().file("page.json", wrapped_page(&[foreign], None));
    let output = command.args(["run", "maple", "--replay", "page.json"]).run();
    let row = &output.table("reels")[0];
    assert_eq!(
        (&row["account"], &row["is_own"], &row["owner_username"]),
        (&json!("maple"), &json!(false), &json!("willow"))
    );
    assert_eq!(row["baseline_n"], 0);
}

#[test]
fn pages_come_in_every_wrapping() {
    let pages = [wrapped_page(&[reel(300), reel(200)], Some("next==")), flat_page(&[reel(100)], None)];
    let lines = format!("{}\n{}\n", pages[0], pages[1]);
    let gz = || {
        let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        encoder.write_all(lines.as_bytes()).unwrap();
        encoder.finish().unwrap()
    };
    let zst = || zstd::encode_all(lines.as_bytes(), 3).unwrap();
    let run = |command: Reelframe, path: &str| {
        let args = ["run", "maple", "--observed-at", "2026-03-03T00:00:00Z", "--replay", path];
        column(&command.args(args).run().table("reels"), "reel_id")
    };
    let new = Reelframe::new;
    let mut expected = None;
    for (name, ids) in [
        ("folder", run(new().file("maple/1.json", &pages[0]).file("maple/2.json", &pages[1]), "maple")),
        ("ndjson", run(new().file("pages.ndjson", &lines), "pages.ndjson")),
        ("gz", run(new().file("pages.ndjson.gz", gz()), "pages.ndjson.gz")),
        ("zst", run(new().file("pages.ndjson.zst", zst()), "pages.ndjson.zst")),
    ] {
        assert_eq!(ids.len(), 3, "{name}");
        assert_eq!(expected.get_or_insert(ids.clone()), &ids, "{name}");
    }
}

#[test]
fn folders_name_the_accounts_of_bare_pages_and_arguments_select() {
    let page = |id: &str, handle: &str| wrapped_page(&[reel(100).owner(id, handle)], None);
    let new = || {
        Reelframe::new().file("in/maple/1.json", page("5005", "maple")).file("in/willow/1.json", page("6006", "willow"))
    };
    let accounts = |output: Output| column(&output.table("accounts"), "account");
    assert_eq!(accounts(new().args(["run", "--replay", "in"]).run()), ["maple", "willow"]);
    assert_eq!(accounts(new().args(["run", "maple", "willow", "--replay", "in"]).run()), ["maple", "willow"]);
    // Exactly one account names every bare page.
    assert_eq!(accounts(new().args(["run", "oak", "--replay", "in"]).run()), ["oak"]);
    new()
        .args(["run", "--replay", "in/maple/1.json"])
        .status(2)
        .stderr_has("cannot tell which account this page belongs to")
        .run();
    new().args(["run", "oak", "elm", "--replay", "in"]).status(2).stderr_has("maple, willow").run();
    new().args(["run", "oak", "--replay", "nowhere"]).status(2).stderr_has("nowhere").run();
}

#[test]
fn another_time_zone_makes_another_run_from_the_same_pages() {
    // 18:41:50 UTC is 12:41:50 in Denver.
    let page = flat_page(&[reel(3_641_924_023_820_356_866).taken_at(1_748_371_310)], None);
    let command = Reelframe::new().file("page.json", page);
    let args = ["run", "maple", "--observed-at", "2025-06-01T00:00:00Z", "--replay", "page.json"];
    let first = command.args(args).run();
    assert_eq!(first.table("reels")[0]["posted_hour"], 18);
    let second = first.then().args(args).args(["--timezone", "America/Denver"]).run();
    let row = &second.table("reels")[0];
    assert_eq!((&row["posted_hour"], &row["posted_local"]), (&json!(12), &json!("2025-05-27T12:41:50")));
    assert_eq!(second.table("accounts")[0]["pages"], 1, "the crawl is still the one crawl");
    let before = tree(&second.path("reels"));
    let third = second.then().args(args).args(["--timezone", "America/Denver"]).run();
    assert_eq!(tree(&third.path("reels")), before);
}

#[test]
#[ignore = "slow"]
fn slow_other_formats_of_the_same_pages_are_another_run_and_not_another_crawl() {
    let command = Reelframe::new().file("maple/1.json", wrapped_page(&[reel(100)], None));
    let args = ["run", "--replay", "maple", "--observed-at", "2026-03-03T00:00:00Z"];
    let mut output = command.args(args).run();
    for (count, delimiter) in [(2, ";"), (3, "|"), (4, "tab"), (5, "~")] {
        // Its name comes from the settings, and may sort before or behind the others.
        output = output.then().args(args).args(["--csv-delimiter", delimiter]).run();
        assert_eq!(fs::read_dir(output.path("reels/runs")).unwrap().count(), count);
        assert_eq!(output.table("accounts")[0]["pages"], 1, "{delimiter}");
        assert_eq!(fs::read_dir(output.path("reels/raw/maple")).unwrap().count(), 1);
    }
}

#[test]
fn an_accounts_file_configures_a_replay() {
    let command = Reelframe::new()
        .file(
            "in/maple/1.json",
            wrapped_page(&[reel(3_800_000_000_000_000_000).views(5000).likes(100).comments(0)], None),
        )
        .file(
            "accounts.csv",
            "handle,label,timezone,followers,followers_as_of\nmaple,Mills,Asia/Kolkata,1000,2026-03-01\n",
        );
    let output = command.args(["run", "--accounts", "accounts.csv", "--replay", "in"]).run();
    let row = &output.table("reels")[0];
    assert_eq!((&row["account_label"], &row["timezone"]), (&json!("Mills"), &json!("Asia/Kolkata")));
    assert_eq!((&row["followers"], &row["followers_as_of"]), (&json!(1000), &json!("2026-03-01")));
    assert_eq!((&row["views_per_follower"], &row["engagement_per_follower"]), (&json!(5.0), &json!(0.1)));
}

#[test]
fn a_run_id_with_other_settings_is_refused() {
    let command = Reelframe::new().file("maple/1.json", wrapped_page(&[reel(100)], None));
    let args = ["run", "maple", "--run-id", "manual__2026-03-03", "--replay", "maple"];
    let first = command.args(args).run();
    assert!(first.path("reels/runs/manual__2026-03-03/_SUCCESS").is_file());
    first.then().args(args).args(["--timezone", "Asia/Tokyo"]).status(2).stderr_has("other accounts or settings").run();
    first.then().args(args).stdout_has("published already").run();
}

#[test]
fn an_export_leaves_no_store() {
    let output = Reelframe::new().args(["export", "--out", "tables", "--replay"]).arg(sample_data()).run();
    assert!(!output.path("reels").exists());
    let exported = tree(&output.path("tables"));
    assert_eq!(exported.len(), 16, "{exported:?}");
    // The same rows as a run's, but for the observations, which a store keeps by month.
    let run = sample();
    for table in ["reels", "hashtags", "people", "accounts", "profiles", "days", "findings"] {
        let name = format!("{table}.parquet");
        assert_eq!(
            fs::read(output.path("tables").join(&name)).unwrap(),
            fs::read(run.path("reels/latest").join(&name)).unwrap(),
            "{table}"
        );
    }
    run.then().args(["export", "--out", "again", "--format", "csv", "--csv-delimiter", "tab"]).run();
    let csv = fs::read_to_string(run.path("again/accounts.csv")).unwrap();
    assert!(csv.starts_with("account\taccount_id\t"), "{csv}");
    Reelframe::new().args(["export", "--out", "tables"]).status(2).stderr_has("there is no store").run();
}

#[test]
fn an_accounts_rows_are_the_same_whatever_else_is_exported() {
    let at = |account: &str, number: i64| {
        let page = format!(
            r#"{{"items":[{{"code":"DKKKXqPPrSE","taken_at":174837131{number},"user":{{"username":"{account}"}}}},5]}}"#
        );
        (format!("pages/{account}/1.json"), page)
    };
    let mut command = Reelframe::new();
    for (name, page) in [at("maple", 0), at("oak", 1)] {
        command = command.file(&name, page);
    }
    let export = |pages: &str| {
        ["export", "--observed-at", "2026-03-03T06:00:00Z", "--format", "parquet", "--replay", pages].map(str::to_owned)
    };
    let output = command.args(export("pages")).args(["--out", "both"]).run();
    output.then().args(export("pages/oak")).args(["--out", "one", "oak"]).run();
    let read = |path: &str| read_parquet(&output.path(path));
    for table in ["reels", "observations", "accounts", "days", "findings"] {
        let both = read(&format!("both/{table}.parquet"));
        let of_oak: Vec<_> = both.iter().filter(|row| row["account"] == "oak").cloned().collect();
        assert!(!of_oak.is_empty() && of_oak.len() < both.len(), "{table}");
        assert_eq!(read(&format!("one/{table}.parquet")), of_oak, "{table}");
    }
    let run_ids = column(&read("both/reels.parquet"), "run_id");
    assert!(run_ids.iter().all(|id| id.as_str().unwrap().starts_with("20260303T060000000Z-")), "{run_ids:?}");
    assert_ne!(run_ids[0], run_ids[1]);
    let example = &read("one/findings.parquet")[0]["example"];
    assert_eq!(*example, json!(format!("run {}, page 1, item 2", run_ids[1].as_str().unwrap())));
}

#[test]
fn a_log_whose_page_was_changed_is_refused_and_one_cut_off_is_read_to_the_cut() {
    let log =
        fs::read_to_string(Path::new(&sample_data()).join("harbor.bakery.example/20261012T060000000Z.ndjson")).unwrap();
    let changed = log.replacen("\"play_count\":", "\"play_count\":1", 1);
    let command = Reelframe::new().file("in/changed.ndjson", changed);
    command
        .args(["run", "--replay", "in"])
        .status(4)
        .stderr_has("in/changed.ndjson, line ")
        .stderr_has("checksum mismatch")
        .run();
    let lines: Vec<&str> = log.split('\n').collect();
    let cut = format!("{}\n{}\n{}", lines[0], lines[1], &lines[2][..200]);
    let output = Reelframe::new()
        .file("in/cut.ndjson", cut)
        .args(["run", "--replay", "in"])
        .status(3)
        .stderr_has("ends within a line")
        .run();
    let account = &output.table("accounts")[0];
    assert_eq!((&account["status"], &account["pages"]), (&json!("partial"), &json!(1)));
}
