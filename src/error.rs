//! Everything that can go wrong: its kind, what happened to what, what would help, and what caused it.
//!
//! Nothing here knows the command line: `cli` names the flags, words the hints and assigns the exit codes.

use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// What kind of failure it is, the mildest first: where several kinds meet, the greatest is the one to report.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ErrorKind {
    /// Some accounts are partial, not found or failed; partial results are published.
    Partial,
    /// No item could be parsed, or a check failed.
    InvalidData,
    /// A temporary failure, and no results: retry later.
    Transient,
    /// A bug.
    Unexpected,
    /// The command line, the accounts file, the config file or a query is wrong.
    Usage,
    /// Terminated (SIGTERM); partial results are published.
    Terminated,
    /// Interrupted (SIGINT); partial results are published.
    Interrupted,
    /// The credits or the call budget are exhausted.
    QuotaExhausted,
    /// The API key is missing or was refused.
    Auth,
    /// Another run is using the store.
    StoreLocked,
    /// A read or write failed.
    Disk,
}

/// What the caller can set, and an error can be about. Each front end has its own name for it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Parameter {
    BaseUrl,
    FromRun,
    Log,
    ObservedAt,
    Queries,
    Replay,
    Rollback,
    Store,
}

/// What would help. Hints that name a parameter or a command are worded by the front end.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Hint {
    Text(String),
    /// Continue without the lost page logs, or restore them.
    AcceptLoss,
    /// Set the clock, or say when the pages were fetched.
    ClockOrObservedAt,
    /// Choose another CSV delimiter, or a decimal point.
    DelimiterOrDecimal,
    /// Choose an empty folder, or allow a store in this one.
    EmptyFolderOrInit,
    /// Give an API key, or replay pages from disk.
    GiveKey,
    /// Keep long lists of values out of the query.
    FilterAnswers,
    /// Move the file away, and forget the account again.
    ForgetAgain,
    /// Look at the queries that are built in.
    ListQueries,
    /// Say whose pages these are.
    NameAccountOfPages,
    /// Name accounts, or replay pages from disk.
    NameAccounts,
    /// Name a newer run, or rebuild.
    NewerRunOrRebuild,
    /// Say when the pages were fetched.
    ObservedAt,
    /// Choose another run id, or the accounts and settings of before.
    OtherRunId,
    /// Rebuild the tables of this store, which an older version made.
    Rebuild(PathBuf),
    /// Rebuild from raw/ alone.
    RebuildFromRaw,
    /// Rebuild the tables, which another version made.
    RebuildOfOtherVersion,
    /// Remove the file that marks the store; the next run writes it again.
    RemoveMarker,
    /// Restore the page log, or remove it.
    RestoreLog,
    /// Make a run first, or choose another store.
    RunFirst,
    /// As [`Hint::RunFirst`], or replay pages from disk.
    RunOrReplay,
}

impl From<String> for Hint {
    fn from(text: String) -> Self {
        Self::Text(text)
    }
}

impl From<&str> for Hint {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

type DynError = dyn std::error::Error + Send + Sync;

/// One error. Its message names the thing it is about.
#[derive(Debug, Clone)]
pub struct Error {
    pub kind: ErrorKind,
    /// The parameter that the message is about: a front end puts its name before the message.
    pub parameter: Option<Parameter>,
    pub message: String,
    pub hint: Option<Hint>,
    /// The file or folder that could not be read or written.
    pub path: Option<PathBuf>,
    pub(crate) source: Option<Arc<DynError>>,
}

pub type Result<T> = std::result::Result<T, Error>;

impl Error {
    pub fn new(kind: ErrorKind, message: impl Into<String>) -> Self {
        Self { kind, parameter: None, message: message.into(), hint: None, path: None, source: None }
    }

    pub fn usage(message: impl Into<String>) -> Self {
        Self::new(ErrorKind::Usage, message)
    }

    /// A parameter with a wrong value: the message begins with the value.
    pub fn parameter(parameter: Parameter, message: impl Into<String>) -> Self {
        Self { parameter: Some(parameter), ..Self::usage(message) }
    }

    /// A request was to be sent without a key.
    pub fn no_key() -> Self {
        Self::new(ErrorKind::Auth, "no API key: AISA_API_KEY is not set").hint(Hint::GiveKey)
    }

    pub fn unexpected(message: impl fmt::Display) -> Self {
        Self::new(ErrorKind::Unexpected, message.to_string())
    }

    /// Input that could not be parsed; the message names the file and the line, page or position.
    pub fn invalid_data(message: impl Into<String>) -> Self {
        Self::new(ErrorKind::InvalidData, message)
    }

    /// `verb` completes "could not {verb} {path}".
    pub fn disk(verb: &str, path: &Path, cause: impl Into<Box<DynError>>) -> Self {
        let cause: Arc<DynError> = cause.into().into();
        let message = format!("could not {verb} {}: {cause}", path.display());
        Self { path: Some(path.to_owned()), source: Some(cause), ..Self::new(ErrorKind::Disk, message) }
    }

    pub fn hint(mut self, hint: impl Into<Hint>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    /// For a log line or a table cell: the message and, where it is the same for every front end, the hint.
    pub(crate) fn on_one_line(&self) -> String {
        self.hint_text().map_or_else(|| self.message.clone(), |hint| format!("{}; {hint}", self.message))
    }

    /// The hint, where it is the same for every front end.
    pub fn hint_text(&self) -> Option<&str> {
        match &self.hint {
            Some(Hint::Text(text)) => Some(text),
            _ => None,
        }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        self.source.as_deref().map(|cause| cause as _)
    }
}

#[cfg(test)]
mod tests {
    use std::error::Error as _;
    use std::io;

    use super::*;

    #[test]
    fn a_disk_error_keeps_its_path_and_its_cause() {
        let cause = io::Error::from(io::ErrorKind::StorageFull);
        let error = Error::disk("write", Path::new("reels/raw"), cause);
        assert_eq!(error.path.as_deref(), Some(Path::new("reels/raw")));
        let source = error.source().unwrap().downcast_ref::<io::Error>().unwrap();
        assert_eq!(source.kind(), io::ErrorKind::StorageFull);
        assert_eq!(error.to_string(), format!("could not write reels/raw: {source}"));
    }

    #[test]
    fn of_several_kinds_the_greatest_tells_an_operator_most() {
        use ErrorKind::*;
        assert_eq!([Partial, Disk, Usage].into_iter().max(), Some(Disk));
        assert_eq!([Partial, Auth, Transient].into_iter().max(), Some(Auth));
        assert_eq!(None.max(Some(Partial)), Some(Partial));
    }
}
