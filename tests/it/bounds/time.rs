//! Time grows with the size of what comes in, and not with its square.

use std::path::Path;
use std::time::Duration;

use reelframe::internals::{AccountBuilder, CrawlStart, PageInput, parse_accounts_file};
use reelframe::{Options, Settings};
use rustix::time::{ClockId, clock_gettime};
use testkit::pages::{reel, wrapped_page};

/// The processor's time of this thread, which stands still while others have the processor.
fn worked(work: impl FnOnce()) -> Duration {
    let now = || Duration::try_from(clock_gettime(ClockId::ThreadCPUTime)).expect("no time before the beginning");
    let begin = now();
    work();
    now() - begin
}

/// Eight times as much takes at most 24 times as long: the square would be 64.
fn grows_with_its_size(what: &str, of: impl Fn(usize) -> Duration) {
    const COUNT: usize = 1_000;
    let least = |count: usize| (0..2).map(|_| of(count)).min().unwrap_or_default();
    let (short, long) = (least(COUNT), least(8 * COUNT));
    // Below a millisecond it is anything but its size that counts.
    let short = short.max(Duration::from_millis(1));
    assert!(long < 24 * short, "{what}: {short:?}, and {long:?} for 8 times as much");
}

#[test]
fn captions() {
    type Piece = fn(usize) -> String;
    let pieces: [(&str, Piece); 15] = [
        ("tags", |at| format!("#a{at:05}")),
        ("tags apart", |at| format!("#é{at:05} ")),
        ("handles", |at| format!("@a{at:05} ")),
        ("signs", |_| "@".repeat(8)),
        ("tag signs", |_| "#".repeat(8)),
        ("mails", |at| format!("a{at:05}@b.c ?save ")),
        ("addresses", |at| format!("a.com/{at:05}?save follow ? ")),
        ("dots", |_| "a.b.c.d.".to_owned()),
        ("half mails", |_| "a@a@a@a@".to_owned()),
        ("families", |_| "👩\u{200D}".to_owned()),
        ("joiners", |_| "\u{200D}".repeat(4)),
        ("flags", |_| "🇩🇪".to_owned()),
        ("marks", |_| "e\u{301}\u{301}".to_owned()),
        ("syllables", |_| "क्".to_owned()),
        ("one word", |_| "abcdefgh".to_owned()),
    ];
    for (name, piece) in pieces {
        grows_with_its_size(name, |count| {
            let caption: String = (0..count).map(piece).collect();
            let body = wrapped_page(&[reel(3_840_000_000_000_000_000).caption(&caption)], None);
            let mut builder = AccountBuilder::new("maple");
            builder.start(CrawlStart { run_id: "run".into(), timezone: "UTC".into(), ..CrawlStart::default() });
            let (fetched_at, blake3) = (Default::default(), "");
            builder.page(PageInput { body: &body, number: 1, fetched_at, blake3, was_changed: false, attempts: 1 });
            worked(|| assert_eq!(builder.finish().expect("rows").reels.len(), 1))
        });
    }
}

#[test]
fn accounts_files() {
    grows_with_its_size("accounts", |count| {
        let lines: String = (0..count).map(|at| format!("account_{at},{}\n", 5_000 + at)).collect();
        worked(|| {
            let text = format!("handle,user_id\n{lines}");
            let mut settings = Settings::new(Options::new(&[]));
            settings.known_accounts = parse_accounts_file(Path::new("a.csv"), text.as_bytes()).expect("fine").accounts;
            for request in &settings.known_accounts {
                let by_name = settings.configured(&[&request.account], None);
                assert_eq!(by_name.map(|found| &found.key), Some(&request.key));
                assert!(settings.configured(&["nobody"], request.account_id.as_deref()) == by_name);
            }
        })
    });
}
