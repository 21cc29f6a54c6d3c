//! The words of the project: plain English and the terms of docs/glossary.md. Words of its old dialect stay out.

use std::fs;
use std::path::{Path, PathBuf};

/// Words and phrases of the old dialect.
const DIALECT: [&str; 62] = [
    "breach",
    "breaches",
    "judged",
    "walk",
    "walks",
    "walked",
    "walking",
    "told",
    "anew",
    "heed",
    "heeds",
    "heeded",
    "mend",
    "mends",
    "mended",
    "mending",
    "bought",
    "buy",
    "buys",
    "buying",
    "room",
    "rooms",
    "fold",
    "folds",
    "folded",
    "folding",
    "windowed",
    "judge",
    "judges",
    "strike",
    "strikes",
    "struck",
    "spoil",
    "spoils",
    "spoiled",
    "readings",
    "ledger",
    "sells",
    "selling",
    "sold",
    "what was got",
    "so many",
    "take up",
    "takes up",
    "taken up",
    "took up",
    "taking up",
    "no hope",
    "by the window",
    "goes on",
    "going on",
    "passed over",
    "passes over",
    "handed on",
    "hands on",
    "put right",
    "puts right",
    "lets go",
    "let go",
    "gone back",
    "told apart",
    "tells apart",
];

/// Files that have such words for a reason.
const EXEMPT: [&str; 13] = [
    // The captions of invented accounts.
    "testkit/src/generator/captions.rs",
    "tools/make_sample_data",
    // What captions ask for.
    "src/transform/caption/call_phrases.rs",
    // Old names that are still read.
    "src/query/renamed.rs",
    "src/schema/values.rs",
    "src/store/manifest.rs",
    "src/store/page_log/tests.rs",
    "src/transform/account/checkpoint.rs",
    "testkit/src/store.rs",
    "tests/it/history/updates.rs",
    "tools/compare",
    // This list, and that of the words that no client reads.
    "tests/it/words.rs",
    "tests/it/pages/sizes.rs",
];

/// Uses that are no dialect: a method of iterators, and a term of Unicode.
const OTHER_MEANINGS: [&str; 5] = [".fold(", ".try_fold(", "case folding", "case-folding", "case-folded"];

/// The texts that people read.
const FOLDERS: [&str; 10] =
    ["src", "tests", "testkit", "tools", "benches", "examples", "queries", "docs", "python", "integrations"];
const FILES: [&str; 5] = ["README.md", "BENCHMARKS.md", "ARCHITECTURE.md", "CONTRIBUTING.md", "Cargo.toml"];

fn texts(path: &Path, files: &mut Vec<PathBuf>) {
    if path.is_dir() {
        let entries = fs::read_dir(path).expect("a folder can be listed");
        entries.for_each(|entry| texts(&entry.expect("a folder can be listed").path(), files));
    } else if path
        .extension()
        .is_some_and(|end| ["rs", "sql", "md", "toml", "j2", "py", "service", "cron"].iter().any(|text| end == *text))
    {
        files.push(path.to_owned());
    }
}

/// The words of a text in lower case; names such as `crawl_started_at` and `CrawlStart` are several.
fn spaced_words(text: &str) -> String {
    let text = OTHER_MEANINGS.iter().fold(text.to_owned(), |text, other| text.replace(other, " "));
    let mut words = vec![String::new()];
    let mut was_lower = false;
    for c in text.chars() {
        if !c.is_alphabetic() || was_lower && c.is_uppercase() {
            words.push(String::new());
        }
        if c.is_alphabetic() {
            words.last_mut().expect("never empty").extend(c.to_lowercase());
        }
        was_lower = c.is_lowercase();
    }
    words.retain(|word| !word.is_empty());
    format!("  {}  ", words.join("  "))
}

/// How often a text has a phrase of whole words; the words of the text have two blanks between them and around them.
fn count(words: &str, phrase: &str) -> usize {
    words.matches(&format!(" {} ", phrase.replace(' ', "  "))).count()
}

#[test]
fn the_old_dialect_stays_out() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut files = Vec::new();
    FOLDERS.iter().chain(&FILES).for_each(|name| texts(&root.join(name), &mut files));
    files.retain(|file| !EXEMPT.iter().any(|exempt| file.starts_with(root.join(exempt))));
    let texts: Vec<(PathBuf, String)> = files
        .into_iter()
        .map(|file| (file.clone(), spaced_words(&fs::read_to_string(&file).expect("a text"))))
        .collect();
    let mut failures = Vec::new();
    for phrase in DIALECT {
        let found: Vec<(usize, &PathBuf)> =
            texts.iter().map(|(file, words)| (count(words, phrase), file)).filter(|(count, _)| *count > 0).collect();
        let total: usize = found.iter().map(|(count, _)| count).sum();
        if total > 0 {
            let places: Vec<String> =
                found.iter().map(|(count, file)| format!("  {count} in {}", file.display())).collect();
            failures.push(format!("{phrase:?}: {total} times\n{}", places.join("\n")));
        }
    }
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}

#[test]
fn names_are_split_into_words() {
    assert_eq!(
        spaced_words("walkStarted_at, WalkStart::new().fold(x) ünd").split_whitespace().collect::<Vec<_>>(),
        ["walk", "started", "at", "walk", "start", "new", "x", "ünd"]
    );
    assert_eq!(count(&spaced_words("so_many: So many so"), "so many"), 2);
}
