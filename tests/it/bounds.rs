//! However large, many or odd the input is, memory and time stay bounded.

#![cfg(target_os = "linux")]

mod talk;
mod time;

use testkit::pages::{Reel, reel, wrapped_page};
use testkit::store::{MANIFEST, SUCCESS, Store, edit_manifest};
use testkit::tables::column;

use crate::harness::{Output, Reelframe};

fn published() -> Output {
    let page = wrapped_page(&[reel(3_840_000_000_000_000_000)], None);
    Reelframe::new().file("maple/1.json", page).args(["run", "--replay", "maple"]).run()
}

#[test]
fn a_store_that_keeps_hundreds_of_large_runs_needs_the_memory_of_one() {
    const RUNS: usize = 200;
    let output = published();
    let (dir, _) = Store::new(output.path("reels")).latest();
    edit_manifest(&dir, |manifest| {
        let mut account = manifest["accounts"][0].clone();
        account["reason"] = "a reason of some length, as the API gives them".into();
        manifest["accounts"] = (0..2000)
            .map(|number| {
                account["account"] = format!("account_{number:06}").into();
                account.clone()
            })
            .collect();
    });
    for number in 0..RUNS {
        let copy = dir.with_file_name(format!("copy{number}"));
        std::fs::create_dir(&copy).expect("a folder can be made");
        for name in [MANIFEST, SUCCESS] {
            std::fs::hard_link(dir.join(name), copy.join(name)).expect("a link can be made");
        }
    }
    // All manifests at a time would be more than 150 MiB beside the program itself.
    // Where nothing leads to the newest run it is found among all.
    for lead in ["reels/latest", "reels/latest.json"] {
        std::fs::remove_file(output.path(lead)).expect("it was there");
    }
    output
        .then()
        .address_space_mib(480)
        .args(["query", "SELECT 1 AS one"])
        .stderr_has("does not point to a published run")
        .run();
}

#[test]
#[ignore = "slow"]
fn slow_pages_that_are_all_small_values_need_little_memory() {
    let many = vec!["{}"; 700_000].join(",");
    let of = |page: String| Reelframe::new().file("maple/1.json", page).address_space_mib(450);
    let refused = of(format!(r#"{{"items":[{many}]}}"#)).args(["run", "--replay", "maple"]).status(4);
    refused.stderr_has("1.json: ").stderr_has("more than 5000 items").run();
    // A list within an item is as bounded.
    let item = format!(r#"{{"media":{{"pk":"3840000000000000000","coauthor_producers":[{many}]}}}}"#);
    let output = of(format!(r#"{{"items":[{item}]}}"#)).args(["run", "--replay", "maple"]).run();
    assert_eq!((output.table("reels").len(), output.table("people").len()), (1, 0));
    assert_eq!(column(&output.table("findings"), "detail"), ["coauthor_producers"]);
}

#[test]
fn ever_new_keys_are_counted_in_a_bounded_number_of_rows() {
    let item = |number: u64| {
        let new = |reel: Reel, key| reel.set(&format!("new_{number}_{key}"), 0);
        (0..1_500).fold(reel(3_840_000_000_000_000_000 + number), new).set(&"x".repeat(5_000), 0)
    };
    let page = wrapped_page(&[item(1), item(2), item(3)], None);
    let output = Reelframe::new().file("maple/1.json", page).args(["run", "--replay", "maple"]).run();
    let findings = output.table("findings");
    let details = column(&findings, "detail");
    assert!(details.len() <= 2_001 && details.contains(&"(others)".into()), "{}", details.len());
    assert!(details.iter().all(|detail| detail.to_string().chars().count() <= 210), "{details:?}");
}
