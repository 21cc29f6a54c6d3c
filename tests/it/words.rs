//! The words of the project: plain English and the terms of docs/glossary.md. Words of its old dialect stay out.

use std::fs;
use std::path::{Path, PathBuf};

/// Words and phrases of the old dialect, each with the number of places that still have it. These numbers only go down.
const DIALECT: [(&str, usize); 62] = [
    ("walk", 6),
    ("walks", 4),
    ("walked", 0),
    ("walking", 0),
    ("told", 4),
    ("anew", 1),
    ("heed", 0),
    ("heeds", 0),
    ("heeded", 0),
    ("mend", 0),
    ("mends", 0),
    ("mended", 0),
    ("mending", 0),
    ("bought", 0),
    ("buy", 0),
    ("buys", 0),
    ("buying", 0),
    ("room", 0),
    ("rooms", 0),
    ("fold", 2),
    ("folds", 0),
    ("folded", 4),
    ("folding", 2),
    ("windowed", 13),
    ("breach", 20),
    ("breaches", 110),
    ("judge", 2),
    ("judges", 0),
    ("judged", 21),
    ("strike", 0),
    ("strikes", 0),
    ("struck", 0),
    ("spoil", 0),
    ("spoils", 0),
    ("spoiled", 0),
    ("readings", 2),
    ("ledger", 0),
    ("sells", 0),
    ("selling", 0),
    ("sold", 0),
    ("what was got", 0),
    ("so many", 1),
    ("take up", 0),
    ("takes up", 0),
    ("taken up", 0),
    ("took up", 0),
    ("taking up", 0),
    ("no hope", 0),
    ("by the window", 0),
    ("goes on", 0),
    ("going on", 0),
    ("passed over", 1),
    ("passes over", 0),
    ("handed on", 0),
    ("hands on", 0),
    ("put right", 0),
    ("puts right", 0),
    ("lets go", 0),
    ("let go", 0),
    ("gone back", 0),
    ("told apart", 2),
    ("tells apart", 0),
];

/// Files that have such words for a reason: the captions of invented accounts, this list, and old names that are still read.
const EXEMPT: [&str; 4] =
    ["testkit/src/generator/captions.rs", "tools/make_sample_data", "tools/compare/changes.rs", "tests/it/words.rs"];

/// Uses that are no dialect: a method of iterators, and a term of Unicode.
const OTHER_MEANINGS: [&str; 5] = [".fold(", ".try_fold(", "case folding", "case-folding", "case folded"];

/// The texts that people read.
const FOLDERS: [&str; 8] = ["src", "tests", "testkit", "tools", "benches", "examples", "queries", "docs"];
const FILES: [&str; 5] = ["README.md", "BENCHMARKS.md", "ARCHITECTURE.md", "CONTRIBUTING.md", "Cargo.toml"];

fn texts(path: &Path, files: &mut Vec<PathBuf>) {
    if path.is_dir() {
        let entries = fs::read_dir(path).expect("a folder can be listed");
        entries.for_each(|entry| texts(&entry.expect("a folder can be listed").path(), files));
    } else if path.extension().is_some_and(|end| ["rs", "sql", "md", "toml", "j2"].iter().any(|text| end == *text)) {
        files.push(path.to_owned());
    }
}

/// The words of a text in lower case; names such as `crawl_started_at` and `CrawlStart` are several.
fn words(text: &str) -> Vec<String> {
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
    words
}

fn count(words: &[String], phrase: &str) -> usize {
    let phrase: Vec<&str> = phrase.split(' ').collect();
    words.windows(phrase.len()).filter(|window| window.iter().eq(phrase.iter())).count()
}

#[test]
fn the_old_dialect_stays_out() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut files = Vec::new();
    FOLDERS.iter().chain(&FILES).for_each(|name| texts(&root.join(name), &mut files));
    files.retain(|file| !EXEMPT.iter().any(|exempt| file.starts_with(root.join(exempt))));
    let texts: Vec<(PathBuf, Vec<String>)> =
        files.into_iter().map(|file| (file.clone(), words(&fs::read_to_string(&file).expect("a text")))).collect();
    let mut failures = Vec::new();
    for (phrase, allowed) in DIALECT {
        let found: Vec<(usize, &PathBuf)> =
            texts.iter().map(|(file, words)| (count(words, phrase), file)).filter(|(count, _)| *count > 0).collect();
        let total: usize = found.iter().map(|(count, _)| count).sum();
        if total > allowed {
            let places: Vec<String> =
                found.iter().map(|(count, file)| format!("  {count} in {}", file.display())).collect();
            failures.push(format!("{phrase:?}: {total} instead of {allowed}\n{}", places.join("\n")));
        }
    }
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}

#[test]
fn names_are_split_into_words() {
    assert_eq!(
        words("walkStarted_at, WalkStart::new().fold(x) ünd"),
        ["walk", "started", "at", "walk", "start", "new", "x", "ünd"]
    );
    assert_eq!(count(&words("so_many: So many so"), "so many"), 2);
}
