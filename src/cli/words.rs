//! Phrases that several commands print: counts with their nouns, and commands that work as printed.

use std::path::Path;

use crate::store::layout::Store;

/// `1 call`, `2 calls`.
pub(crate) fn count(number: impl Into<i128>, one: &str) -> String {
    counted(number, one, &format!("{one}s"))
}

/// `1 retry`, `2 retries`.
pub(crate) fn counted(number: impl Into<i128>, one: &str, many: &str) -> String {
    let number = number.into();
    format!("{number} {}", if number == 1 { one } else { many })
}

/// A command on this store, ready to be typed.
pub(crate) fn command(words: &str, store: &Store) -> String {
    command_by(&program(), words, store.root())
}

fn command_by(program: &str, words: &str, store: &Path) -> String {
    match store.to_string_lossy() {
        root if root == "reels" => format!("{program} {words}"),
        root => format!("{program} {words} --store {}", quoted(&root)),
    }
}

/// How the program was started: by its name, or by cargo, which sets a variable.
pub(crate) fn program() -> String {
    let by_cargo = std::env::var_os("CARGO").is_some();
    let release = if cfg!(debug_assertions) { "" } else { "--release " };
    if by_cargo { format!("cargo run {release}--") } else { "reelframe".to_owned() }
}

/// A word for a shell, quoted if necessary.
pub(crate) fn quoted(word: &str) -> String {
    let is_plain = |c: char| c.is_alphanumeric() || "_-./:@%+=,".contains(c);
    if !word.is_empty() && word.chars().all(is_plain) {
        return word.to_owned();
    }
    format!("'{}'", word.replace('\'', r"'\''"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_has_the_noun_that_fits() {
        assert_eq!([0, 1, 2].map(|number| counted(number, "retry", "retries")), ["0 retries", "1 retry", "2 retries"]);
        assert_eq!([count(1_u64, "call"), count(-1_i64, "day")], ["1 call", "-1 days"]);
    }

    #[test]
    fn a_command_names_the_store_where_it_has_to() {
        let by = |store: &str| command_by("reelframe", "query top_reels", Path::new(store));
        assert_eq!(by("reels"), "reelframe query top_reels");
        assert_eq!(by("/data/my-reels"), "reelframe query top_reels --store /data/my-reels");
        assert_eq!(by("my reels"), "reelframe query top_reels --store 'my reels'");
        assert_eq!(by("it's $HOME"), r"reelframe query top_reels --store 'it'\''s $HOME'");
        assert_eq!(quoted(""), "''");
    }
}
