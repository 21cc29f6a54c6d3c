//! What a command did to the published runs, and to each account.

use std::path::{Path, PathBuf};

use serde::ser::SerializeStruct;
use serde::{Serialize, Serializer};

use crate::error::ErrorKind;
use crate::schema::values::AccountStatus;
use crate::store::manifest::AccountEntry;

/// What a command did to the published runs.
#[derive(Debug, Default)]
pub enum Publication {
    #[default]
    Nothing,
    /// New tables, in this folder.
    New(PathBuf),
    /// The run id was published before, in this folder: nothing was done.
    AlreadyThere(PathBuf),
}

impl Publication {
    /// The folder that holds the tables.
    pub fn dir(&self) -> Option<&Path> {
        match self {
            Self::Nothing => None,
            Self::New(dir) | Self::AlreadyThere(dir) => Some(dir),
        }
    }

    pub fn is_new(&self) -> bool {
        matches!(self, Self::New(_))
    }
}

impl Serialize for Publication {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut fields = serializer.serialize_struct("Publication", 2)?;
        fields.serialize_field("published", &self.dir())?;
        fields.serialize_field("was_published", &matches!(self, Self::AlreadyThere(_)))?;
        fields.end()
    }
}

/// The outcome of one account.
#[derive(Debug, Clone, Default, Serialize)]
pub struct AccountOutcome {
    pub account: String,
    pub account_id: Option<String>,
    pub status: AccountStatus,
    pub reason: Option<String>,
    /// Of its newest crawl.
    pub pages: i32,
    /// In the tables; `None` where none were written.
    pub reels: Option<i64>,
    pub new_reels: Option<i64>,
}

impl AccountOutcome {
    pub fn of(entry: &AccountEntry) -> Self {
        Self {
            account: entry.account.clone(),
            account_id: entry.account_id.clone(),
            status: entry.status,
            reason: entry.reason.clone(),
            pages: entry.pages,
            reels: Some(entry.reels),
            new_reels: None,
        }
    }
}

/// The failure that an account's status stands for.
pub(crate) fn failure_of(status: AccountStatus) -> Option<ErrorKind> {
    if status.is_success() { None } else { Some(ErrorKind::Partial) }
}
