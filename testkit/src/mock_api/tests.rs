//! The fake API itself, seen through a bare socket.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::{Duration, Instant};

use flate2::read::GzDecoder;
use serde_json::{Value, json};

use super::{Account, At, Fault, KEY, MockApi, Script, Target, cursor};
use crate::pages::reel;

/// `maple` with three pages of one reel each.
fn maple() -> Account {
    Account::wrapped("maple", "5005", &[vec![reel(30)], vec![reel(20)], vec![reel(10)]])
}

/// What came back over the wire; all empty when the connection closed without an answer.
struct Answer {
    head: String,
    body: Vec<u8>,
}

impl Answer {
    fn status(&self) -> u16 {
        self.head.split(' ').nth(1).and_then(|status| status.parse().ok()).unwrap_or(0)
    }

    fn header(&self, name: &str) -> Option<&str> {
        self.head.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(": "))
    }

    fn json(&self) -> Value {
        serde_json::from_slice(&self.body).expect("the body is JSON")
    }

    /// The pk of the first reel of a page: which page it is.
    fn first_pk(&self) -> Value {
        self.json()["items"][0]["media"]["pk"].clone()
    }
}

/// Sends a request as it is given and reads until the server closes.
fn exchange(api: &MockApi, request: &str) -> Answer {
    let mut stream = TcpStream::connect(api.address()).expect("the server listens");
    stream.write_all(request.as_bytes()).expect("the server reads");
    let mut bytes = Vec::new();
    stream.read_to_end(&mut bytes).expect("the server closes");
    let end = bytes.windows(4).position(|four| four == b"\r\n\r\n").map_or(bytes.len(), |at| at + 4);
    let body = bytes.split_off(end);
    Answer { head: String::from_utf8(bytes).expect("a head is ASCII"), body }
}

fn request(query: &str, headers: &str) -> String {
    format!("GET /apis/v1/instagram/user/reels?{query} HTTP/1.1\r\nHost: loopback\r\n{headers}\r\n")
}

/// A call with the right key.
fn get(api: &MockApi, query: &str) -> Answer {
    exchange(api, &request(query, &format!("Authorization: Bearer {KEY}\r\n")))
}

fn percent_encoded(text: &str) -> String {
    text.bytes().map(|byte| format!("%{byte:02X}")).collect()
}

#[test]
fn cursors_lead_from_page_to_page_until_one_has_none() {
    let api = MockApi::start(Script::serving([maple()]));
    let mut query = "handle=maple".to_owned();
    let mut seen = Vec::new();
    loop {
        let answer = get(&api, &query);
        assert_eq!(answer.status(), 200);
        seen.push(answer.first_pk());
        match answer.json()["paging_info"]["max_id"].as_str() {
            Some(next) => query = format!("handle=maple&max_id={}", percent_encoded(next)),
            None => break,
        }
    }
    assert_eq!(seen, ["30", "20", "10"]);
    assert_eq!(api.request_log().pages_of("maple"), [1, 2, 3]);
    assert_eq!(api.request_log().pages_served(), 3);
}

#[test]
fn only_max_id_pages() {
    let api = MockApi::start(Script::serving([maple()]));
    for query in ["handle=maple", "handle=maple&page=2&offset=12", "user_id=5005", "user_id=5005&cursor=QVFC"] {
        assert_eq!(get(&api, query).first_pk(), "30", "{query}");
    }
}

#[test]
fn a_cursor_that_is_not_percent_encoded_leads_nowhere() {
    let api = MockApi::start(Script::serving([maple()]));
    let answer = get(&api, &format!("handle=maple&max_id={}", cursor("maple", 2)));
    assert_eq!(answer.status(), 400);
    assert_eq!(answer.json()["error"]["code"], "invalid_cursor");
}

#[test]
fn flat_accounts_page_by_a_cursor_at_the_top() {
    let api = MockApi::start(Script::serving([Account::flat("maple", "5005", &[vec![reel(30)], vec![reel(20)]])]));
    let first = get(&api, "handle=maple&trim=true").json();
    assert_eq!(first["items"][0]["id"], "30_5005");
    assert_eq!(first["max_id"], cursor("maple", 2));
}

#[test]
fn who_is_not_on_sale_is_not_found() {
    let api = MockApi::start(Script::serving([maple()]));
    let answer = get(&api, "handle=nobody");
    assert_eq!((answer.status(), &answer.json()["error"]["code"]), (404, &json!("not_found")));
    assert_eq!(get(&api, "trim=true").status(), 400);
    assert_eq!(exchange(&api, "GET /elsewhere HTTP/1.1\r\n\r\n").status(), 400);
}

#[test]
fn a_wrong_or_missing_key_is_refused() {
    let api = MockApi::start(Script::serving([maple()]).key("the-right-key"));
    for headers in ["", "Authorization: Bearer a-wrong-key\r\n", "Authorization: the-right-key\r\n"] {
        let answer = exchange(&api, &request("handle=maple", headers));
        assert_eq!((answer.status(), &answer.json()["error"]["code"]), (401, &json!("invalid_api_key")), "{headers}");
    }
    let answer = exchange(&api, &request("handle=maple", "authorization: Bearer the-right-key\r\n"));
    assert_eq!(answer.status(), 200);
    assert_eq!(api.request_log().pages_served(), 1);
}

#[test]
fn the_request_log_holds_every_call_in_order() {
    let api = MockApi::start(Script::serving([maple()]).once(At::Call(2), Fault::PaymentRequired));
    let second = percent_encoded(&cursor("maple", 2));
    exchange(&api, &request("handle=nobody", ""));
    get(&api, &format!("user_id=5005&trim=true&max_id={second}"));
    get(&api, "handle=maple");

    let log = api.request_log();
    assert_eq!((log.calls().len(), log.faults(), log.pages_served()), (3, 1, 1));
    assert_eq!(log.calls_for("maple").map(|call| call.number).collect::<Vec<_>>(), [2, 3]);

    let [stranger, broken, served] = log.calls() else { panic!("three calls came in") };
    assert_eq!(stranger.target, Target::Handle("nobody".to_owned()));
    assert_eq!((stranger.status, stranger.had_authorization, stranger.page), (Some(401), false, None));
    assert_eq!(broken.target, Target::UserId("5005".to_owned()));
    assert_eq!((broken.cursor.clone(), broken.trim.as_deref()), (Some(cursor("maple", 2)), Some("true")));
    assert_eq!((broken.status, broken.page, &broken.fault), (Some(402), Some(2), &Some(Fault::PaymentRequired)));
    assert_eq!((served.status, served.page, &served.fault, &served.cursor), (Some(200), Some(1), &None, &None));
}

#[test]
fn request_ids_count_the_calls() {
    let api = MockApi::start(Script::serving([maple()]).once(At::Call(2), Fault::RetryAfter(7)));
    let answers = [1, 2, 3].map(|_| get(&api, "handle=maple"));
    assert_eq!(answers.each_ref().map(|answer| answer.header("x-request-id").unwrap()), ["req-1", "req-2", "req-3"]);
    assert_eq!(answers.each_ref().map(Answer::status), [200, 429, 200]);
    assert_eq!(answers[1].header("retry-after"), Some("7"));
}

#[test]
fn a_fault_applies_once_or_always_or_until_the_faults_end() {
    let script = Script::serving([maple()])
        .once(At::Page("maple", 2), Fault::error(503, "upstream"))
        .always(At::Page("maple", 3), Fault::error(500, "internal"));
    let api = MockApi::start(script);
    let page = |number| get(&api, &format!("handle=maple&max_id={}", percent_encoded(&cursor("maple", number))));
    assert_eq!([2, 2, 3, 3, 2].map(|number| page(number).status()), [503, 200, 500, 500, 200]);
    api.end_faults();
    assert_eq!(page(3).status(), 200);
}

#[test]
fn every_fault_looks_as_it_should() {
    let redirect = Fault::Redirect("http://127.0.0.1:1/".to_owned());
    let custom = Fault::Status(418, "short and stout".to_owned(), Vec::new()).header("x-pot", "tea");
    let expected: [(Fault, u16, &str, &str); 9] = [
        (custom, 418, "x-pot: tea", "short and stout"),
        (Fault::HtmlInstead, 200, "content-type: text/html", "<!doctype html>"),
        (Fault::SuccessFalse200, 200, "application/json", r#""success":false"#),
        (Fault::ErrorNotFound200, 200, "application/json", r#""error":"not_found""#),
        (Fault::EmptyItems, 200, "application/json", r#""items":[]"#),
        (Fault::QuotaExceeded, 429, "application/json", "quota_exceeded"),
        (Fault::PaymentRequired, 402, "application/json", "payment_required"),
        (redirect, 302, "location: http://127.0.0.1:1/", ""),
        (Fault::GarbageJson, 200, "application/json", r#"{"items":[{"#),
    ];
    for (fault, status, in_head, in_body) in expected {
        let api = MockApi::start(Script::serving([maple()]).once(At::EveryCall, fault.clone()));
        let answer = get(&api, "handle=maple");
        assert_eq!(answer.status(), status, "{fault:?}");
        assert!(answer.head.contains(in_head), "{fault:?}: {}", answer.head);
        assert!(String::from_utf8_lossy(&answer.body).contains(in_body), "{fault:?}");
        assert_eq!(answer.header("content-length"), Some(answer.body.len().to_string().as_str()), "{fault:?}");
        assert_eq!(api.request_log().calls()[0].fault, Some(fault));
        assert_eq!(get(&api, "handle=maple").first_pk(), "30");
    }
}

#[test]
fn a_cut_body_is_shorter_than_promised() {
    let api = MockApi::start(Script::serving([maple()]).once(At::Call(1), Fault::CutBody));
    let (cut, whole) = (get(&api, "handle=maple"), get(&api, "handle=maple"));
    assert_eq!(cut.header("content-length"), whole.header("content-length"));
    assert_eq!(cut.body, whole.body[..whole.body.len() / 2]);
}

#[test]
fn a_reset_answers_nothing() {
    let api = MockApi::start(Script::serving([maple()]).once(At::Call(1), Fault::Reset));
    let answer = get(&api, "handle=maple");
    assert!(answer.head.is_empty() && answer.body.is_empty());
    assert_eq!(api.request_log().calls()[0].status, None);
}

#[test]
fn lies_and_news_stand_in_the_headers_of_the_true_answer() {
    let lies = Fault::Headers(vec![("content-length", "10".to_owned()), ("content-type", "image/png".to_owned())]);
    let news = [Fault::rate(true, 60, 7, 30), Fault::rate(false, 60, 7, 30)];
    let script = news
        .iter()
        .cloned()
        .fold(Script::serving([maple()]).once(At::Call(1), lies), |script, news| script.once(At::EveryCall, news));
    let api = MockApi::start(script);
    let answers = [1, 2, 3].map(|_| get(&api, "handle=maple"));
    assert_eq!(answers[0].header("content-length"), Some("10"));
    assert_eq!(answers[0].header("content-type"), Some("image/png"));
    assert_eq!(answers[1].header("x-ratelimit-remaining-requests"), Some("7"));
    assert_eq!(answers[2].header("x-ratelimit-reset"), Some("30"));
    assert!(answers.iter().all(|answer| answer.first_pk() == "30"));
}

#[test]
fn a_trickle_brings_the_whole_answer_and_a_reset_a_part_of_it() {
    let script = Script::serving([maple()]).once(At::Call(1), Fault::Trickle(5)).once(At::Call(3), Fault::ResetInBody);
    let api = MockApi::start(script);
    let (trickled, whole) = (get(&api, "handle=maple"), get(&api, "handle=maple"));
    assert_eq!(trickled.body, whole.body);
    let mut stream = TcpStream::connect(api.address()).unwrap();
    stream.write_all(request("handle=maple", &format!("Authorization: Bearer {KEY}\r\n")).as_bytes()).unwrap();
    let error = stream.read_to_end(&mut Vec::new()).unwrap_err();
    assert_eq!(error.kind(), std::io::ErrorKind::ConnectionReset);
}

#[test]
fn every_answer_takes_its_time() {
    let api = MockApi::start(Script::serving([maple()]).latency(Duration::from_millis(30)));
    let begin = Instant::now();
    assert_eq!(get(&api, "handle=maple").status(), 200);
    assert!(begin.elapsed() >= Duration::from_millis(30));
}

#[test]
fn a_huge_body_is_a_page_of_the_size_asked_for() {
    let api = MockApi::start(Script::serving([maple()]).always(At::EveryCall, Fault::HugeBody(1_000_000)));
    let plain = get(&api, "handle=maple");
    assert_eq!((plain.body.len(), &plain.json()["items"]), (1_000_000, &json!([])));

    let headers = format!("Authorization: Bearer {KEY}\r\nAccept-Encoding: gzip, br\r\n");
    let packed = exchange(&api, &request("handle=maple", &headers));
    assert_eq!(packed.header("content-encoding"), Some("gzip"));
    assert!(packed.body.len() < 10_000);
    let mut unpacked = Vec::new();
    GzDecoder::new(&packed.body[..]).read_to_end(&mut unpacked).unwrap();
    assert_eq!(unpacked, plain.body);

    let large = exchange(&MockApi::start(large_packed_twice()), &request("handle=maple", &headers));
    assert_eq!(large.header("content-encoding"), Some("gzip, gzip"));
    let mut bytes = 0;
    let mut twice = GzDecoder::new(GzDecoder::new(&large.body[..]));
    let mut buffer = vec![0; 1 << 20];
    while let read @ 1.. = twice.read(&mut buffer).unwrap() {
        bytes += read;
    }
    assert_eq!(bytes, 20_000_000);
    assert!(large.body.len() < 20_000);
}

fn large_packed_twice() -> Script {
    Script::serving([maple()]).always(At::EveryCall, Fault::HugeBodyGzippedTwice(20_000_000))
}

#[test]
fn a_hang_lasts_until_the_server_is_dropped() {
    let api = MockApi::start(Script::serving([maple()]).once(At::Page("maple", 1), Fault::Hang));
    let mut stream = TcpStream::connect(api.address()).unwrap();
    stream.write_all(request("handle=maple", &format!("Authorization: Bearer {KEY}\r\n")).as_bytes()).unwrap();
    // Others are served meanwhile; the fault is used up once the log shows the call.
    while api.request_log().calls().is_empty() {
        std::thread::yield_now();
    }
    assert_eq!(get(&api, "handle=maple").first_pk(), "30");
    drop(api);
    let mut answer = Vec::new();
    // Closed or reset, whichever comes first; but not a byte.
    let _ = stream.read_to_end(&mut answer);
    assert!(answer.is_empty());
}

#[test]
fn what_is_held_back_goes_out_when_the_faults_end_or_the_server_stops() {
    let api = MockApi::start(Script::serving([maple()]).once(At::Page("maple", 1), Fault::UntilFaultsEnd));
    let answer = std::thread::scope(|scope| {
        let held = scope.spawn(|| get(&api, "handle=maple"));
        api.wait_for_calls(1);
        assert_eq!(get(&api, "handle=maple").first_pk(), "30", "others are served meanwhile");
        assert!(!held.is_finished());
        api.end_faults();
        held.join().unwrap()
    });
    assert_eq!(answer.first_pk(), "30");

    let stopping = MockApi::start(Script::serving([maple()]).once(At::Page("maple", 1), Fault::UntilFaultsEnd));
    let mut stream = TcpStream::connect(stopping.address()).unwrap();
    stream.write_all(request("handle=maple", &format!("Authorization: Bearer {KEY}\r\n")).as_bytes()).unwrap();
    stopping.wait_for_calls(1);
    drop(stopping);
}

#[test]
fn a_client_that_says_nothing_keeps_nobody_waiting() {
    let api = MockApi::start(Script::serving([maple()]));
    let silent = TcpStream::connect(api.address()).unwrap();
    assert_eq!(get(&api, "handle=maple").status(), 200);
    drop(api);
    drop(silent);
}
