//! Ways in which a good input goes wrong: bytes that change, and values that become other values.

use std::fmt::Debug;
use std::time::{Duration, Instant};

use proptest::prelude::*;
use proptest::sample::{Index, select};
use proptest::test_runner::{Config, RngAlgorithm, TestCaseError, TestCaseResult, TestRng, TestRunner};

/// One change of an input. Places are relative to its length, so that a change fits whatever came before it.
#[derive(Debug, Clone)]
enum Mutation {
    Flip(Index, u8),
    Insert(Index, String),
    /// The value around this place becomes another.
    Replace(Index, String),
    /// The value around this place becomes the one around another place.
    Copy(Index, Index),
    Remove(Index, usize),
    Repeat(Index, usize, usize),
    Cut(Index),
}

/// Values that programs trip over, in any of the formats.
const VALUES: [&str; 40] = [
    "null",
    "true",
    "0",
    "-0",
    "-1",
    "0.1",
    "1e400",
    "1e-400",
    "-1e308",
    "NaN",
    "2147483648",
    "9223372036854775807",
    "9223372036854775808",
    "18446744073709551616",
    "253402300800",
    "99999999999999999999999999999999999999",
    "[]",
    "{}",
    "[[]]",
    "[{}]",
    "\"\"",
    "\" \"",
    "\"maple\"",
    "\"willow\"",
    "\"-1\"",
    "\"\\ud800\"",
    "\"\\u0000\"",
    "\"../../up\"",
    "\"9999-12-31T23:59:59.999Z\"",
    "\"0000-00-00T00:00:00Z\"",
    "2262-04-12",
    "\u{2028}",
    "\u{202e}\u{1b}[31m",
    "\u{feff}",
    "\"",
    ",",
    "\n",
    "\r",
    "\0",
    "99999999d",
];

fn mutation() -> impl Strategy<Value = Mutation> {
    let at = any::<Index>;
    let value = || select(&VALUES[..]).prop_map(str::to_owned);
    prop_oneof![
        3 => (at(), 0..8u8).prop_map(|(at, bit)| Mutation::Flip(at, bit)),
        3 => (at(), value()).prop_map(|(at, value)| Mutation::Insert(at, value)),
        6 => (at(), value()).prop_map(|(at, value)| Mutation::Replace(at, value)),
        2 => (at(), at()).prop_map(|(at, from)| Mutation::Copy(at, from)),
        2 => (at(), 1..200usize).prop_map(|(at, bytes)| Mutation::Remove(at, bytes)),
        1 => (at(), 1..200usize, 1..40usize).prop_map(|(at, bytes, times)| Mutation::Repeat(at, bytes, times)),
        1 => at().prop_map(Mutation::Cut),
    ]
}

impl Mutation {
    fn apply(&self, bytes: &mut Vec<u8>) {
        let length = bytes.len();
        let place = |at: &Index| at.index(length + 1);
        match self {
            _ if length == 0 => {}
            Self::Flip(at, bit) => bytes[at.index(length)] ^= 1 << bit,
            Self::Insert(at, value) => {
                bytes.splice(place(at)..place(at), value.bytes());
            }
            Self::Replace(at, value) => {
                bytes.splice(value_around(bytes, place(at)), value.bytes());
            }
            Self::Copy(at, from) => {
                let value = bytes[value_around(bytes, place(from))].to_vec();
                bytes.splice(value_around(bytes, place(at)), value);
            }
            Self::Remove(at, count) => drop(bytes.drain(place(at)..(place(at) + count).min(length))),
            Self::Repeat(at, count, times) => {
                let part = bytes[place(at)..(place(at) + count).min(length)].repeat(*times);
                bytes.splice(place(at)..place(at), part);
            }
            Self::Cut(at) => bytes.truncate(place(at)),
        }
    }
}

/// The number, word or text around a place, as JSON, TOML and CSV separate them.
fn value_around(bytes: &[u8], place: usize) -> std::ops::Range<usize> {
    let separates = |byte: &u8| b"{}[],:;=\n".contains(byte);
    let begin = bytes[..place].iter().rposition(separates).map_or(0, |at| at + 1);
    let end = bytes[place..].iter().position(separates).map_or(bytes.len(), |at| place + at);
    begin..end
}

/// What a finding shows: text where it can be read.
#[derive(Debug)]
struct Input<K> {
    kind: K,
    bytes: Readable,
}

struct Readable(Vec<u8>);

impl Debug for Readable {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{:?}", String::from_utf8_lossy(&self.0))
    }
}

/// Runs `check` over the corpus as it is, then over mutations of it: a number that are the same each time, or for
/// `FUZZ_SECONDS` ones that nobody has seen.
///
/// Each input has a kind, which stays as it is.
pub(super) fn fuzz<K: Clone + Debug + 'static>(
    corpus: Vec<(K, Vec<u8>)>,
    cases: u32,
    check: impl Fn(&K, &[u8]) -> TestCaseResult,
) {
    for (number, (kind, bytes)) in corpus.iter().enumerate() {
        if let Err(fault) = check(kind, bytes) {
            panic!("input {number} of the corpus: {fault}");
        }
    }
    let changes = prop::collection::vec(mutation(), 1..6);
    let strategy = (select(corpus), changes).prop_map(|((kind, mut bytes), changes)| {
        changes.iter().for_each(|change| change.apply(&mut bytes));
        Input { kind, bytes: Readable(bytes) }
    });
    let config = Config { cases, failure_persistence: None, ..Config::default() };
    let fixed = TestRng::deterministic_rng(RngAlgorithm::ChaCha);
    let run = |runner: &mut TestRunner| {
        let checked = runner.run(&strategy, |input| check(&input.kind, &input.bytes.0));
        if let Err(fault) = checked {
            panic!("{fault}");
        }
    };
    run(&mut TestRunner::new_with_rng(config.clone(), fixed));
    let seconds = std::env::var("FUZZ_SECONDS").ok().and_then(|seconds| seconds.parse().ok()).unwrap_or(0);
    let begin = Instant::now();
    let mut rounds = 0_u64;
    while begin.elapsed() < Duration::from_secs(seconds) {
        run(&mut TestRunner::new(config.clone()));
        rounds += 1;
    }
    if rounds > 0 {
        eprintln!("{} inputs, no finding", rounds * u64::from(cases));
    }
}

/// An assertion that names the input.
pub(super) fn must(holds: bool, what: impl FnOnce() -> String) -> TestCaseResult {
    if holds { Ok(()) } else { Err(TestCaseError::fail(what())) }
}
