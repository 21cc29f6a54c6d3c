//! Calls to action: whether a caption asks for something, in the ten languages of
//! [`WITH_CALLS`](super::language::WITH_CALLS). One automaton holds the phrases of all languages and reads the prose once.

use std::cell::RefCell;
use std::sync::LazyLock;

use regex::Regex;
use regex_automata::Input;
use regex_automata::hybrid::dfa::{Cache, DFA};
use regex_automata::nfa::thompson::{self, WhichCaptures};

use crate::transform::caption::call_phrases::{CALLS, JAPANESE};
use crate::transform::caption::language::WITH_CALLS;
use crate::transform::caption::prose::{Prose, plain};

/// The end of a phrase: of its last word, or the line break that it ends with.
const END: &str = r"(?:[ \n]|(?-u:\b)|$)";

/// `regex` would also make what finds the begin and the groups of a match, in three times the time: a tenth of a small run.
static PHRASES: LazyLock<DFA> = LazyLock::new(|| {
    let mut branches = Vec::new();
    for calls in &CALLS {
        branches.extend(calls.anywhere.iter().map(|phrase| format!("[ \n](?:{}){END}", plain(phrase))));
        if !calls.opening.is_empty() {
            let (lead, opening) = (plain(calls.lead), plain(&calls.opening.join("|")));
            branches.push(format!("\n(?:(?:{lead}) )*(?:{opening}){END}"));
        }
    }
    branches.extend(JAPANESE.iter().map(|phrase| plain(phrase)));
    DFA::builder()
        .configure(DFA::config().cache_capacity(1 << 23))
        .thompson(thompson::Config::new().which_captures(WhichCaptures::None))
        .build(&branches.join("|"))
        .expect("constant patterns")
});

thread_local! {
    /// The states of [`PHRASES`] that the thread has met.
    static STATES: RefCell<Cache> = RefCell::new(PHRASES.create_cache());
}

fn has_phrase(text: &str) -> bool {
    STATES.with_borrow_mut(|states| {
        let found = PHRASES.try_search_fwd(states, &Input::new(text).earliest(true));
        found.expect("it neither quits at a byte nor gives up").is_some()
    })
}

/// A comment that is asked for by a word in quotes or capitals, which the prose has no more: "Comment BREAD".
static KEYWORD: LazyLock<Regex> = LazyLock::new(|| {
    let verbs: Vec<&str> = CALLS.iter().map(|calls| calls.keyword).collect();
    let verbs = verbs.join("|");
    Regex::new(&format!(
        r#"(?-u:\b)(?:{verbs})[\s:]+(?:["“”„«»‘'「]+\s*[\pL\d]|[A-ZÀ-ÖØ-ÞĞİŞ][A-ZÀ-ÖØ-ÞĞİŞ\d]+(?:[^\pL]|$))"#
    ))
    .expect("a constant pattern")
});

/// `None` where no phrase is found and the language is none of the ten. A phrase of one of them counts whatever the rest
/// of the caption is, since people add "link in bio" to every language; where there are no words, nobody asks.
pub(crate) fn has_call(caption: &str, prose: &Prose, language: Option<&str>) -> Option<bool> {
    if has_phrase(&prose.text) || KEYWORD.is_match(caption) {
        return Some(true);
    }
    (!prose.has_words() || language.is_some_and(|code| WITH_CALLS.contains(&code))).then_some(false)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::transform::caption::language::language;

    /// Ten calls and ten lookalikes a language.
    #[test]
    fn calls_and_their_lookalikes_in_ten_languages() {
        let (mut counts, mut wrong) = (std::collections::BTreeMap::new(), Vec::new());
        for line in include_str!("../../../tests/captions/calls.tsv").lines() {
            let mut cells = line.splitn(3, '\t');
            let mut cell = || cells.next().expect("three cells");
            let (code, kind, caption) = (cell(), cell(), cell());
            let prose = Prose::of(caption, &[]);
            let found = has_call(caption, &prose, language(&prose));
            let expected = match kind {
                "unknown" => None,
                kind => Some(kind == "call"),
            };
            if found != expected {
                wrong.push(format!("{line}: {found:?}"));
            }
            *counts.entry((code, kind)).or_insert(0) += 1;
        }
        assert!(wrong.is_empty(), "{}", wrong.join("\n"));
        counts.retain(|(_, kind), _| *kind != "unknown");
        assert_eq!(counts.len(), 20);
        assert!(counts.values().all(|count| *count >= 10), "{counts:?}");
    }
}
