//! Everything that can go wrong: what happened, what to do about it, and the exit code a script can act on.

use std::fmt;
use std::path::Path;

/// The exit codes, once. Where several hold, [`Exit::worst`] says which one is given.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Exit {
    /// 0: done
    Done,
    /// 1: something nobody foresaw
    Unexpected,
    /// 2: the command line, the accounts file or the config file is wrong
    Usage,
    /// 3: some accounts are partial, not found or failed; what was got is published
    Partial,
    /// 4: pages came but nothing in them was understood, or a check does not hold
    NotUnderstood,
    /// 5: passing trouble and nothing got: try again
    TryAgain,
    /// 6: the key is missing or refused
    Key,
    /// 7: credits or the budget of calls are spent
    Money,
    /// 8: another run holds the store
    Busy,
    /// 9: the disk
    Disk,
    /// 99: nothing new was published (with `--skip-code`)
    NothingNew,
    /// 130: interrupted (SIGINT); what was got is published
    Interrupted,
    /// 143: terminated (SIGTERM); what was fetched is published
    Terminated,
}

impl Exit {
    pub fn code(self) -> u8 {
        match self {
            Self::Done => 0,
            Self::Unexpected => 1,
            Self::Usage => 2,
            Self::Partial => 3,
            Self::NotUnderstood => 4,
            Self::TryAgain => 5,
            Self::Key => 6,
            Self::Money => 7,
            Self::Busy => 8,
            Self::Disk => 9,
            Self::NothingNew => 99,
            Self::Interrupted => 130,
            Self::Terminated => 143,
        }
    }

    /// The exit to give where several hold, in the order that tells an operator most.
    pub fn worst(exits: impl IntoIterator<Item = Exit>) -> Exit {
        const ORDER: [Exit; 11] = [
            Exit::Disk,
            Exit::Busy,
            Exit::Key,
            Exit::Money,
            Exit::Interrupted,
            Exit::Terminated,
            Exit::Usage,
            Exit::Unexpected,
            Exit::TryAgain,
            Exit::NotUnderstood,
            Exit::Partial,
        ];
        let exits: Vec<Exit> = exits.into_iter().collect();
        ORDER.into_iter().find(|exit| exits.contains(exit)).unwrap_or(Exit::Done)
    }
}

/// One error: a message that names the thing, an optional hint that says what to do, and the exit code.
#[derive(Debug, Clone)]
pub struct Error {
    pub exit: Exit,
    pub message: String,
    pub hint: Option<String>,
}

pub type Result<T> = std::result::Result<T, Error>;

impl Error {
    pub fn new(exit: Exit, message: impl Into<String>) -> Self {
        Self { exit, message: message.into(), hint: None }
    }

    pub fn usage(message: impl Into<String>) -> Self {
        Self::new(Exit::Usage, message)
    }

    /// A request was to be sent, and there is no key to send with it.
    pub fn no_key() -> Self {
        Self::new(Exit::Key, "no API key: AISA_API_KEY is not set")
            .hint("set AISA_API_KEY, or name a file with --api-key-file; --replay needs no key")
    }

    pub fn unexpected(message: impl fmt::Display) -> Self {
        Self::new(Exit::Unexpected, message.to_string())
    }

    /// Input that could not be understood; the message names the file and the line, page or position.
    pub fn not_understood(message: impl Into<String>) -> Self {
        Self::new(Exit::NotUnderstood, message)
    }

    /// `doing` is a verb with its object in mind: "read", "create", "rename".
    pub fn disk(doing: &str, path: &Path, cause: impl fmt::Display) -> Self {
        Self::new(Exit::Disk, format!("could not {doing} {}: {cause}", path.display()))
    }

    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)?;
        match &self.hint {
            Some(hint) => write!(f, "\nhint: {hint}"),
            None => Ok(()),
        }
    }
}

impl std::error::Error for Error {}
