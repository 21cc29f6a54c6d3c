//! The commands that look after a store: status, verify, rebuild, compact, forget. None of them makes a request.

use std::io::{BufRead, IsTerminal, Write};

use chrono::Utc;

use crate::cli::{CompactArgs, ForgetArgs, LogFormat, RebuildArgs, RemakeArgs, StatusArgs, VerifyArgs};
use crate::config::parse_account;
use crate::error::{Error, Exit, Result};
use crate::pipeline::{self, Remake, Summary};
use crate::sink::CsvStyle;
use crate::store::Store;

use super::{print, print_answer};

pub fn status(args: &StatusArgs) -> Result<Exit> {
    let store = Store::new(&args.store.store);
    let answer = pipeline::status(&store, args.refresh_window, args.resume_within, Utc::now())?;
    print_answer(&answer, args.format, CsvStyle::PLAIN, None)?;
    Ok(Exit::Done)
}

pub fn verify(args: &VerifyArgs, log_format: LogFormat) -> Result<Exit> {
    let verified = pipeline::verify(&Store::new(&args.store.store))?;
    for difference in &verified.differences {
        tracing::error!("{difference}");
    }
    let tables = match verified.rows {
        Some(rows) => format!("{rows} rows of tables made again from raw/"),
        None if verified.differences.is_empty() => {
            "tables not compared: another version made them (`reelframe rebuild` makes them anew)".to_owned()
        }
        None => "tables not compared: first mend what differs".to_owned(),
    };
    let count = verified.differences.len();
    let text = format!(
        "{} files of {} runs and their observations · {} pages in {} logs · {tables}\n{count} differences\n",
        verified.files, verified.runs, verified.pages, verified.logs
    );
    match log_format {
        LogFormat::Human => print(&text)?,
        LogFormat::Json => print(&format!("{}\n", serde_json::to_string(&verified).map_err(Error::unexpected)?))?,
    }
    if count > 0 {
        tracing::warn!(
            "what to do: `reelframe rebuild` makes runs and observations anew from raw/; a damaged log has to come from \
             a backup, or be moved out of the store"
        );
    }
    Ok(if count == 0 { Exit::Done } else { Exit::NotUnderstood })
}

pub fn rebuild(args: &RebuildArgs, log_format: LogFormat) -> Result<Exit> {
    let remake = &args.remake;
    let store = Store::new(&remake.store.store);
    if let Some(run_id) = &args.rollback {
        let summary = pipeline::rollback(&store, run_id, how(remake))?;
        return tell(&summary, &format!("latest is run {}", summary.run_id), log_format);
    }
    let summary = pipeline::rebuild(&store, args.from.as_deref(), how(remake))?;
    tell(&summary, "rebuilt", log_format)
}

pub fn compact(args: &CompactArgs, log_format: LogFormat) -> Result<Exit> {
    let remake = &args.remake;
    let store = Store::new(&remake.store.store);
    match pipeline::compact(&store, how(remake))? {
        Some(summary) => {
            tell(&summary, "compacted (the files before stay until the next run is published)", log_format)
        }
        None => {
            print("nothing to do: each month's observations are one file\n")?;
            Ok(Exit::Done)
        }
    }
}

pub fn forget(args: &ForgetArgs, log_format: LogFormat) -> Result<Exit> {
    let remake = &args.remake;
    let store = Store::new(&remake.store.store);
    let account = parse_account(&args.account)?.account;
    let key = pipeline::check_known(&store, &account)?;
    if !args.yes && !confirmed(&store, &account, &key)? {
        print("nothing was removed\n")?;
        return Ok(Exit::Done);
    }
    let summary = pipeline::forget(&store, &account, how(remake))?;
    let old: Vec<String> = store.runs()?.into_iter().map(|(_, manifest)| manifest.run_id).collect();
    let old: Vec<&str> = old.iter().map(String::as_str).filter(|run| *run != summary.run_id).collect();
    if !old.is_empty() {
        tracing::warn!(
            "older runs still hold {account} until they are removed (--keep-runs): {}; the observations of the run before \
             (in {}) go when the next run is published",
            old.join(", "),
            store.root().join(".observations").display()
        );
    }
    tell(&summary, &format!("{account} is forgotten"), log_format)
}

/// Asks whoever sits at the terminal.
fn confirmed(store: &Store, account: &str, key: &str) -> Result<bool> {
    let logs = store.logs(key)?.len();
    let what = format!("{account}: {logs} page logs, which cannot be bought again as they were");
    if !std::io::stdin().is_terminal() {
        return Err(Error::usage(format!("forget removes {what}")).hint("--yes removes them without asking"));
    }
    let mut stderr = std::io::stderr();
    // Where the question cannot be shown there is no answer to it either.
    let asked = write!(stderr, "Remove {what}? [y/N] ").and_then(|()| stderr.flush());
    let mut answer = String::new();
    let read = asked.and_then(|()| std::io::stdin().lock().read_line(&mut answer));
    Ok(read.is_ok() && ["y", "yes"].contains(&answer.trim().to_lowercase().as_str()))
}

fn how(args: &RemakeArgs) -> Remake {
    Remake { run_id: args.run_id.clone(), keep_runs: usize::from(args.keep_runs), queries: args.queries.clone() }
}

fn tell(summary: &Summary, what: &str, log_format: LogFormat) -> Result<Exit> {
    match (log_format, &summary.published) {
        (LogFormat::Json, _) => print(&format!("{}\n", serde_json::to_string(summary).map_err(Error::unexpected)?))?,
        (LogFormat::Human, Some(dir)) => print(&format!("{what} · {} reels · {}\n", summary.rows, dir.display()))?,
        (LogFormat::Human, None) => print(&format!("{what} · no run was published before, and none was now\n"))?,
    }
    Ok(if summary.faults > 0 { Exit::Partial } else { Exit::Done })
}
