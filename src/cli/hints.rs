//! Errors in the words of the command line: its flags and its commands.

use crate::cli::words::command;
use crate::error::{Error, Hint, Parameter};
use crate::store::layout::Store;

/// The message, behind the flag that it is about.
pub fn message(error: &Error) -> String {
    match error.parameter {
        Some(parameter) => format!("{} {}", flag(parameter), error.message),
        None => error.message.clone(),
    }
}

/// What to do about it.
pub fn hint(error: &Error) -> Option<String> {
    error.hint.as_ref().map(words)
}

/// The message, and the hint on a line of its own.
pub fn in_full(error: &Error) -> String {
    match hint(error) {
        Some(hint) => format!("{}\nhint: {hint}", message(error)),
        None => message(error),
    }
}

fn flag(parameter: Parameter) -> &'static str {
    match parameter {
        Parameter::BaseUrl => "--base-url",
        Parameter::FromRun => "--from-run",
        Parameter::Log => "--log",
        Parameter::ObservedAt => "--observed-at",
        Parameter::Queries => "--queries",
        Parameter::Replay => "--replay",
        Parameter::Rollback => "--rollback",
        Parameter::Store => "--store",
    }
}

fn words(hint: &Hint) -> String {
    let words = match hint {
        Hint::Text(text) => text,
        Hint::Rebuild(store) => {
            let rebuild = command("rebuild", &Store::new(store));
            return format!("run `{rebuild}`; the next `reelframe run` does the same, without a request");
        }
        Hint::AcceptLoss => {
            "restore them from a backup; --accept-loss continues without them, and what only they held leaves the tables"
        }
        Hint::ClockOrObservedAt => "set this machine's clock, or give the time of saved pages with --observed-at",
        Hint::DelimiterOrDecimal => "use --csv-delimiter ';' or --csv-decimal point",
        Hint::EmptyFolderOrInit => {
            "name an empty folder or one that does not exist; --init creates a store in this one anyway"
        }
        Hint::FilterAnswers => "long lists of values are better kept in a table: filter what `reelframe query` gives",
        Hint::ForgetAgain => "nothing was removed: move this file away, and run `reelframe forget` again",
        Hint::GiveKey => "set AISA_API_KEY, or name a file with --api-key-file; --replay needs no key",
        Hint::ListQueries => "each question is a file; `reelframe query` lists those built in",
        Hint::NameAccountOfPages => {
            "name the account before --replay, or put its pages into a folder named after the account"
        }
        Hint::NameAccounts => "name accounts, or a file of them with --accounts; --replay reads pages from disk",
        Hint::NewerRunOrRebuild => "name a newer run, or make one of the pages that are there with `reelframe rebuild`",
        Hint::ObservedAt => "give the time of saved pages with --observed-at",
        Hint::OtherRunId => "use another --run-id, or the same accounts and settings as before",
        Hint::RebuildFromRaw => "without --from-run, `reelframe rebuild` rebuilds from raw/ alone",
        Hint::RebuildOfOtherVersion => "the file was written by another version: run `reelframe rebuild`",
        Hint::RemoveMarker => "remove this file; the next `reelframe run` writes it again",
        Hint::RestoreLog => "restore the log from a backup, or remove it: reelframe forget ACCOUNT --log FILE",
        Hint::RunFirst => "`reelframe run` fetches pages and publishes a run; --store names another store",
        Hint::RunOrReplay => {
            "`reelframe run` fetches pages; --store names another store, --replay reads pages from disk"
        }
    };
    words.to_owned()
}
