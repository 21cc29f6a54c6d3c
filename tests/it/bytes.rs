//! Any bytes as a page: an error or rejects, never a panic, and nothing is lost in silence.

use proptest::prelude::*;
use reelframe::internals::{AccountBuilder, AccountTables, CrawlStart, PageInput, UtcMicros};
use testkit::pages::{flat_page, reel, wrapped_page};

use crate::harness::Reelframe;

/// The rows that the transform makes of a body.
fn rows(body: &str) -> AccountTables {
    let mut builder = AccountBuilder::new("maple");
    builder.start(CrawlStart { run_id: "run".into(), timezone: "UTC".into(), ..CrawlStart::default() });
    builder.page(PageInput {
        body,
        number: 1,
        fetched_at: UtcMicros(1_800_000_000_000_000),
        blake3: "",
        was_changed: false,
        attempts: 1,
    });
    builder.finish().expect("UTC is a zone")
}

/// A page with everything in it that the transform reads.
fn full_page() -> String {
    let full = reel(3_800_000_000_000_000_000).caption("Bread? #one @two https://example.com 👨‍👩‍👧 link in bio").pinned();
    let full =
        full.coauthor("6006", "willow").set("location", serde_json::json!({"name": "Pond", "lat": 1.5, "lng": 2}));
    let short = reel(3_700_000_000_000_000_000).without("user").set("taken_at", "2026-01-01T00:00:00Z");
    let (full, short) = (serde_json::Value::from(full), serde_json::Value::from(short));
    let wrapped = wrapped_page(&[full.clone(), short.clone()], Some("a=="));
    assert_eq!(rows(&wrapped).reels.len(), 2);
    assert_eq!(rows(&flat_page(&[full, short], None)).reels.len(), 2);
    wrapped
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, ..ProptestConfig::default() })]

    #[test]
    fn any_text_is_an_error_or_rejects(text in "\\PC{0,200}") {
        let tables = rows(&text);
        prop_assert!(tables.reels.is_empty());
        prop_assert_eq!(tables.findings.len(), 1);
    }

    #[test]
    fn a_page_with_any_stretch_replaced_never_panics(at in 0.0..1.0f64, cut in 0usize..40, put in "[\\PC\\\\\"{}\\[\\],:0-9a-z-]{0,12}") {
        let page = full_page();
        let boundary = |index: usize| (index..=page.len()).find(|&i| page.is_char_boundary(i)).unwrap_or(page.len());
        let from = boundary((page.len() as f64 * at) as usize);
        let to = boundary((from + cut).min(page.len()));
        let damaged = format!("{}{put}{}", &page[..from], &page[to..]);
        let tables = rows(&damaged);
        let rejects: i64 = tables.findings.iter().filter(|f| f.finding == "reject").map(|f| f.count).sum();
        prop_assert_eq!(tables.reels.len() as i64 + rejects, tables.checkpoint.items as i64, "{:?}", tables.findings);
        if let Ok(json) = serde_json::from_str::<serde_json::Value>(&damaged)
            && let Some(items) = json.get("items").and_then(serde_json::Value::as_array)
        {
            prop_assert_eq!(tables.checkpoint.items, items.len() as u64);
        }
    }

    #[test]
    fn a_field_of_any_json_costs_no_row(field in 0usize..FIELDS.len(), value in any_json()) {
        let item = reel(3_800_000_000_000_000_000).set(FIELDS[field], value);
        let tables = rows(&wrapped_page(&[item], None));
        prop_assert_eq!(tables.reels.len(), 1, "{:?}", tables.findings);
    }
}

/// Fields that are no identity: whatever stands in them, the reel is known by its pk.
const FIELDS: [&str; 24] = [
    "caption",
    "caption_text",
    "user",
    "owner",
    "coauthor_producers",
    "usertags",
    "sponsor_tags",
    "is_paid_partnership",
    "clips_tab_pinned_user_ids",
    "taken_at",
    "created_at",
    "play_count",
    "ig_play_count",
    "like_count",
    "comment_count",
    "like_and_view_counts_disabled",
    "video_versions",
    "video_duration",
    "has_audio",
    "original_width",
    "image_versions2",
    "display_uri",
    "clips_metadata",
    "location",
];

fn any_json() -> impl Strategy<Value = serde_json::Value> {
    let leaf = prop_oneof![
        Just(serde_json::Value::Null),
        any::<bool>().prop_map(serde_json::Value::from),
        any::<i64>().prop_map(serde_json::Value::from),
        prop_oneof![Just(i64::MAX), Just(i64::MIN), Just(1_000_000_000_000)].prop_map(serde_json::Value::from),
        any::<u64>().prop_map(serde_json::Value::from),
        any::<f64>().prop_map(serde_json::Value::from),
        "\\PC{0,20}".prop_map(serde_json::Value::from),
    ];
    leaf.prop_recursive(3, 16, 4, |inner| {
        let keys = prop_oneof!["[a-z_]{1,8}", Just("text".to_owned()), Just("url".to_owned()), Just("in".to_owned())];
        prop_oneof![
            proptest::collection::vec(inner.clone(), 0..4).prop_map(serde_json::Value::from),
            proptest::collection::btree_map(keys, inner, 0..4)
                .prop_map(|map| serde_json::Value::Object(map.into_iter().collect())),
        ]
    })
}

#[test]
fn bytes_that_are_no_page_are_refused_by_name() {
    for (name, bytes) in [
        ("html.json", b"<html>busy</html>".as_slice()),
        ("cut.json", br#"{"items":[{"pk":"1""#),
        ("binary.json", &[0xFF, 0xFE, 0x00, 0x80]),
        ("empty.json", b""),
        ("list.json", b"[]"),
        ("error.json", br#"{"success":false,"error":"not_found","message":"gone"}"#),
        ("lines.ndjson", b"{\"items\":\n[]\n"),
    ] {
        let command = Reelframe::new().file(name, bytes).args(["run", "maple", "--replay", name]);
        command.status(4).stderr_has(name).run();
    }
}

#[test]
fn numbers_that_cannot_be_are_named_and_the_run_goes_through() {
    let absurd =
        |pk: u64| reel(pk).set("play_count", i64::MAX).set("ig_play_count", i64::MAX).set("like_count", i64::MAX);
    let items = [absurd(300).set("comment_count", 1), absurd(200).set("reshare_count", i64::MAX), reel(100)];
    let command = Reelframe::new().file("page.json", wrapped_page(&items, None));
    let output = command.args(["run", "maple", "--replay", "page.json"]).run();
    assert_eq!(output.table("reels").len(), 3);
    let findings = output.table("findings");
    assert!(findings.iter().any(|row| row["detail"] == "play_count" && row["count"] == 2), "{findings:?}");
}

#[test]
fn pages_in_which_nothing_is_understood_are_exit_4() {
    let page = r#"{"items":[{"media":{"caption":null}},{"nothing":1}]}"#;
    let command = Reelframe::new().file("page.json", page).args(["run", "maple", "--replay", "page.json"]);
    let output = command.status(4).run();
    let findings = output.table("findings");
    assert_eq!(findings[0]["detail"], "neither id nor code");
    assert_eq!(findings[0]["count"], 2);
    assert!(findings[0]["example"].as_str().is_some_and(|text| text.ends_with("page 1, item 1")), "{findings:?}");
}
