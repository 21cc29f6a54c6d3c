//! What is a page, what is not, and what is known of a page.

use super::*;

fn page(items: usize, next: Option<&str>) -> Result<PageContents, NotPage> {
    Ok(PageContents { reels: vec![String::new(); items], next: next.map(str::to_owned), ..PageContents::default() })
}

#[test]
fn items_are_identified_by_pk_id_or_code() {
    let body = r#"{"items":[{"media":{"pk":7,"id":"7_1"}},{"id":"8_1"},{"code":"abc"},{},5],"credits_remaining":9}"#;
    let Ok(page) = classify(body) else { panic!("a page") };
    assert_eq!(page.reels, ["7", "8", "abc", "", ""]);
    assert_eq!(page.credits_remaining, Some(9));
}

/// The newest unpinned time of a page of these items.
fn newest(items: &str) -> Option<String> {
    let Ok(page) = classify(&format!(r#"{{"items":[{items}]}}"#)) else { panic!("a page") };
    page.newest_unpinned.map(|at| at.to_rfc3339_opts(chrono::SecondsFormat::AutoSi, true))
}

#[test]
fn a_posting_time_has_many_forms() {
    for time in [
        r#""taken_at":1748371310"#,
        r#""taken_at":1748371310.0"#,
        r#""taken_at":"1748371310""#,
        r#""taken_at":"2025-05-27T18:41:50.000Z""#,
        r#""taken_at":"2025-05-27T20:41:50+0200""#,
        r#""taken_at":"2025-05-27 18:41:50""#,
        r#""taken_at":0,"created_at":"2025-05-27T18:41:50Z""#,
        r#""taken_at":1748371310000,"created_at":"2025-05-27T18:41:50Z""#,
        r#""taken_at":null,"created_at":1748371310,"pk":7"#,
    ] {
        for item in [format!("{{{time}}}"), format!(r#"{{"media":{{{time}}}}}"#)] {
            assert_eq!(newest(&item).as_deref(), Some("2025-05-27T18:41:50Z"), "{item}");
        }
    }
    for item in [
        r#"{"taken_at":[],"id":"3641924023820356866_5"}"#,
        r#"{"media":{"pk":3641924023820356866}}"#,
        r#"{"code":"DKKtpqaxg0C"}"#,
    ] {
        assert_eq!(newest(item).as_deref(), Some("2025-05-27T18:39:57.198Z"), "the clock in the id: {item}");
    }
    for item in ["{}", "5", r#"{"code":"no!"}"#, r#"{"media":null}"#, r#"{"taken_at":true}"#] {
        assert_eq!(newest(item), None, "{item}");
    }
}

#[test]
fn the_newest_unpinned_reel_shows_how_far_back_a_page_goes() {
    let (old, new) = (r#""taken_at":1500000000"#, r#""taken_at":1700000000"#);
    let (old_time, new_time) = (Some("2017-07-14T02:40:00Z".to_owned()), Some("2023-11-14T22:13:20Z".to_owned()));
    assert_eq!(newest(&format!("{{{old}}},{{{new}}},{{{old}}}")), new_time);
    for pins in ["clips_tab_pinned_user_ids", "timeline_pinned_user_ids"] {
        let page = |users: &str| newest(&format!(r#"{{{old}}},{{"media":{{"{pins}":{users},{new}}}}}"#));
        assert_eq!(page("[5]"), old_time, "{pins}");
        assert_eq!((page("[]"), page("null")), (new_time.clone(), new_time.clone()), "{pins}");
    }
    assert_eq!(newest(&format!("{{{old}}},{{}}")), None, "one has no posting time");
    assert_eq!(newest(&format!(r#"{{"timeline_pinned_user_ids":["5"],{old}}}"#)), None, "all are pinned");
    assert_eq!(newest(""), None);
}

#[test]
fn cursors_of_both_shapes_and_every_end() {
    assert_eq!(classify(r#"{"items":[{}],"paging_info":{"max_id":"a=","more_available":true}}"#), page(1, Some("a=")));
    assert_eq!(classify(r#"{"items":[{}],"paging_info":{"max_id":"a=","more_available":false}}"#), page(1, None));
    assert_eq!(classify(r#"{"items":[],"max_id":"b+/"}"#), page(0, Some("b+/")));
    for end in [r#""#, r#","max_id":null"#, r#","max_id":"""#, r#","paging_info":{}"#, r#","paging_info":null"#] {
        assert_eq!(classify(&format!(r#"{{"items":[]{end}}}"#)), page(0, None), "{end}");
    }
}

#[test]
fn more_without_a_cursor_is_neither_the_end_nor_a_next_page() {
    let next = |tail: &str| match classify(&format!(r#"{{"items":[{{}}],{tail}}}"#)) {
        Ok(page) => (page.next, page.lacks_cursor),
        other => panic!("{other:?}"),
    };
    for more in ["true", "1", r#""true""#, r#""1""#] {
        for cursor in ["", r#","max_id":"""#, r#","max_id":null"#, r#","max_id":"  ""#] {
            let paging = format!(r#""paging_info":{{"more_available":{more}{cursor}}}"#);
            assert_eq!(next(&paging), (None, true), "{paging}");
            assert_eq!(next(&format!(r#""more_available":{more}{cursor}"#)), (None, true));
        }
        assert_eq!(
            next(&format!(r#""paging_info":{{"more_available":{more}}},"max_id":"a""#)),
            (Some("a".into()), false)
        );
    }
    for more in ["false", "0", r#""false""#, "null", "{}", "1e999"] {
        assert_eq!(next(&format!(r#""paging_info":{{"more_available":{more}}}"#)), (None, false), "{more}");
    }
}

#[test]
fn what_cannot_be_parsed_beside_the_items_costs_no_page() {
    let deep = "[".repeat(500) + &"]".repeat(500);
    for odd in [r#""message":"cut \ud83d""#, r#""credits_remaining":1e999"#, &format!(r#""error":{deep}"#)] {
        assert_eq!(
            classify(&format!(r#"{{{odd},"items":[{{"text":"\udc00"}}],"max_id":"b"}}"#)),
            page(1, Some("b")),
            "{odd}"
        );
    }
}

#[test]
fn the_manifests_of_the_items_show_when_a_response_was_made() {
    let body = r#"{"a":"FBManifestTimestamp=\"1736294201\" x","b":"FBManifestTimestamp=\"1736294300\""}"#;
    assert_eq!(made_at(body).unwrap().to_rfc3339(), "2025-01-07T23:58:20+00:00");
    assert_eq!((made_at("FBManifestTimestamp=soon"), made_at("{}")), (None, None));
}

#[test]
fn what_is_not_a_page_has_a_reason() {
    let not_found = r#"{"success":true,"error":"not_found","errorStatus":404,"message":"Account doesn't exist"}"#;
    assert_eq!(classify(not_found), Err(NotPage::NotFound("Account doesn't exist".into())));
    for (body, reason) in [
        ("<html>", "the response is HTML, not JSON"),
        ("", "the response is empty"),
        ("[[{}]]", "the response is a list, not an object"),
        ("null", "the response is a single value, not an object"),
        (r#"{"success":false,"message":"busy\n\u2028\u0085now"}"#, "the response says `success: false`: busy   now"),
        (r#"{"success":0,"items":[]}"#, "the response says `success: false`"),
        (r#"{"data":{"items":[]},"message":"moved"}"#, "the response has no list of items: moved"),
        (r#"{"items":null}"#, "the response has no list of items"),
        (r#"{"items":{}}"#, "the response has no list of items"),
    ] {
        assert_eq!(classify(body), Err(NotPage::Other(reason.into())), "{body}");
    }
    let of = |count: usize| format!(r#"{{"items":[{}]}}"#, vec!["{}"; count].join(","));
    assert!(classify(&of(5_000)).is_ok() && outline(&of(5_000)).is_ok());
    assert_eq!(classify(&of(5_001)), Err(NotPage::Other("the response has more than 5000 items".into())));
    assert!(outline(&of(5_001)).is_err());
    assert!(matches!(classify(r#"{"items":[{"a":1"#), Err(NotPage::Cut(reason)) if reason.contains("breaks off")));
    for whole in ["[]", "5", "maintenance", r#"{"items":[nonsense]}"#, "{} {}"] {
        assert!(matches!(classify(whole), Err(NotPage::Other(_))), "{whole}");
    }
    assert_eq!(error_code_of(r#"{"error":{"code":"quota_exceeded"}}"#).as_deref(), Some("quota_exceeded"));
}
