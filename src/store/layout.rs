//! Paths: where everything in a store is, and how accounts are named there.

use std::path::{Path, PathBuf};

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};

use crate::fs::PARTIAL;

/// A folder that holds raw pages, observations and the published runs.
#[derive(Debug, Clone)]
pub struct Store {
    pub(crate) root: PathBuf,
    /// A folder that holds other files may become a store.
    pub(crate) init: bool,
}

/// Begins the name of everything that is being added or removed; nobody else gives such names.
const STAGED: &str = ".reelframe-";
const GOING: &str = ".going";

impl Store {
    pub fn new(root: &Path) -> Self {
        Self { root: root.to_owned(), init: false }
    }

    pub fn root(&self) -> &Path {
        &self.root
    }

    pub fn raw_dir(&self) -> PathBuf {
        self.root.join("raw")
    }

    /// The folder of an account's page logs, by its key.
    pub fn account_dir(&self, key: &str) -> PathBuf {
        self.raw_dir().join(path_form(key))
    }

    /// The folder of an account's responses that are not pages, by its key.
    pub fn rejected_dir(&self, key: &str) -> PathBuf {
        self.root.join("rejected").join(path_form(key))
    }

    pub fn runs_dir(&self) -> PathBuf {
        self.root.join("runs")
    }

    pub fn run_dir(&self, run_id: &str) -> PathBuf {
        self.runs_dir().join(run_id)
    }

    /// Where a run is built before one rename publishes it.
    pub fn staging_dir(&self, run_id: &str) -> PathBuf {
        staged_in(&self.runs_dir(), run_id)
    }
}

/// The path in a folder of what is being added to it.
pub(crate) fn staged_in(dir: &Path, name: &str) -> PathBuf {
    dir.join(format!("{STAGED}{name}{PARTIAL}"))
}

/// The path that something gets, beside its own, before it is removed.
pub(crate) fn going_from(path: &Path) -> PathBuf {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    path.with_file_name(format!("{STAGED}{name}{GOING}"))
}

/// Whether a name is one that only this program gives to what is being added or removed.
pub(crate) fn is_staged(path: &Path) -> bool {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    name.starts_with(STAGED) && (name.ends_with(PARTIAL) || name.ends_with(GOING))
}

const ESCAPED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'_').remove(b'-').remove(b'.');

/// An account as a folder name: lower case; letters, digits, `_`, `-` and inner dots stay, everything else is %XX.
pub(crate) fn path_form(account: &str) -> String {
    const DOT: &str = "%2E";
    let mut form = utf8_percent_encode(&account.to_lowercase(), ESCAPED).to_string();
    if form.ends_with('.') {
        form.replace_range(form.len() - 1.., DOT);
    }
    if form.starts_with('.') {
        form.replace_range(..1, DOT);
    }
    form
}

/// The account key of a folder of raw/; `None` if the name is not a path form.
pub(crate) fn from_path_form(name: &str) -> Option<String> {
    let account = percent_decode_str(name).decode_utf8().ok()?;
    Some(account.into_owned()).filter(|account| !account.is_empty() && path_form(account) == name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_account_leaves_its_folder() {
        assert_eq!(path_form("Harbor.Bakery_1"), "harbor.bakery_1");
        assert_eq!(path_form(".."), "%2E%2E");
        assert_eq!(path_form("../a"), "%2E.%2Fa");
        assert_eq!(path_form("a b"), "a%20b");
        assert_eq!((path_form("."), path_form("a.b.")), ("%2E".into(), "a.b%2E".into()));
        for account in ["harbor.bakery_1", ".", "..", "../a", "a.b.", "a b", "a%b", "ü", "12345"] {
            assert_eq!(from_path_form(&path_form(account)).as_deref(), Some(account));
        }
        assert_eq!(from_path_form("Not-A-Form"), None);
        assert_eq!(from_path_form("%2"), None);
    }
}
