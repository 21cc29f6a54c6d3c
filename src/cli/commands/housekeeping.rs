//! The commands that look after a store: status, verify, rebuild, compact, forget. None of them makes a request.

use std::io::{BufRead, IsTerminal, Write};

use serde_json::Value;

use crate::cli::args::{AnswerFormat, LogFormat};
use crate::cli::commands::asking::print_answer;
use crate::cli::commands::ending::Ending;
use crate::cli::commands::words::{command, count, counted};
use crate::cli::housekeeping::{CompactArgs, ForgetArgs, PublishArgs, RebuildArgs, StatusArgs, VerifyArgs};
use crate::cli::output::Clean;
use crate::config::accounts::parse_account;
use crate::error::{Error, ErrorKind, Result};
use crate::formats::csv::style::CsvStyle;
use crate::pipeline::publish::PublishOptions;
use crate::pipeline::summary::Summary;
use crate::pipeline::{forgetting, publish, rollback, status, verify};
use crate::store::layout::Store;
use crate::time;
use crate::time::age;

pub fn status(args: &StatusArgs) -> Result<Ending> {
    let store = Store::new(&args.store.store);
    let status = status::status(&store, args.refresh_window, args.resume_within, time::now())?;
    let newest = match status.hours_since_observed {
        Some(hours) => format!("newest observation {}", age(hours)),
        None => "no observation yet".to_owned(),
    };
    let talk = match args.format {
        AnswerFormat::Table => format!("{}\nrun {}: {newest}\n", status.accounts.to_table(), status.run_id),
        format => {
            print_answer(&status.accounts, format, CsvStyle::PLAIN, None)?;
            String::new()
        }
    };
    let accounts: Value = serde_json::from_str(&status.accounts.to_json()?).map_err(Error::unexpected)?;
    let ending = Ending::done(talk).fact("run_id", &status.run_id)?;
    ending.fact("hours_since_observed", status.hours_since_observed)?.fact("accounts", accounts)
}

pub fn verify(args: &VerifyArgs) -> Result<Ending> {
    let store = Store::new(&args.store.store);
    let verified = verify::verify(&store)?;
    for difference in &verified.differences {
        tracing::error!("{difference}");
    }
    let tables = match verified.rows {
        Some(rows) => format!("{} of tables made again from raw/", count(rows, "row")),
        None if verified.differences.is_empty() => {
            format!("tables not compared: another version made them (`{}` rebuilds them)", command("rebuild", &store))
        }
        None => "tables not compared: first mend what differs".to_owned(),
    };
    let differences = count(verified.differences.len() as u64, "difference");
    let talk = format!(
        "{} of {} and their observations · {} in {} · {tables}\n{differences}\n",
        count(verified.files, "file"),
        count(verified.runs, "run"),
        count(verified.pages, "page"),
        count(verified.logs, "log"),
    );
    let ending = Ending::done(talk).facts(&verified)?;
    if verified.differences.is_empty() {
        return Ok(ending);
    }
    let advice = format!(
        "`{}` rebuilds runs and observations from raw/; a log that cannot be used has to come from a backup, or be \
         removed (reelframe forget ACCOUNT --log FILE)",
        command("rebuild", &store)
    );
    tracing::warn!("what to do: {advice}");
    Ok(ending.exit(ErrorKind::InvalidData).cause(differences, Some(advice)))
}

pub fn rebuild(args: &RebuildArgs) -> Result<Ending> {
    let remake = &args.remake;
    let store = Store::new(&remake.store.store);
    if let Some(run_id) = &args.rollback {
        let summary = rollback::rollback(&store, run_id, how(remake))?;
        return tell(&summary, &format!("latest is run {}", summary.run_id));
    }
    let summary = publish::rebuild(&store, args.from_run.as_deref(), how(remake))?;
    tell(&summary, "rebuilt")
}

pub fn compact(args: &CompactArgs) -> Result<Ending> {
    let remake = &args.remake;
    let store = Store::new(&remake.store.store);
    match publish::compact(&store, how(remake))? {
        Some(summary) => tell(&summary, "compacted (the files before stay until the next run is published)"),
        None => Ok(Ending::done("nothing to do: each month's observations are one file\n")),
    }
}

pub fn forget(args: &ForgetArgs, log_format: LogFormat) -> Result<Ending> {
    let remake = &args.remake;
    let store = Store::new(&remake.store.store);
    let account = parse_account(&args.account)?.account;
    let log = args.log.as_deref();
    let logs = forgetting::check_forget(&store, &account, log)?;
    let what = match log {
        Some(log) => format!("{account}: {}", log.display()),
        None => format!("{account}: {}", count(logs as u64, "page log")),
    };
    if !args.yes && !confirmed(&what, log_format)? {
        return Ok(Ending::done("nothing was removed\n"));
    }
    let summary = forgetting::forget(&store, &account, log, how(remake))?;
    if let Some(log) = log {
        return tell(&summary, &format!("{account} is without {}", log.display()));
    }
    let old: Vec<String> = store.runs()?.into_iter().map(|run| run.run_id).collect();
    let old: Vec<&str> = old.iter().map(String::as_str).filter(|run| *run != summary.run_id).collect();
    if !old.is_empty() {
        tracing::info!(
            "older runs still hold {account} until they are removed (--keep-runs): {}; the observations of the run before \
             (in {}) go when the next run is published",
            old.join(", "),
            store.root().join(".observations").display()
        );
    }
    tell(&summary, &format!("{account} is forgotten"))?.fact("older_runs", old)
}

/// Asks whoever sits at the terminal.
fn confirmed(what: &str, log_format: LogFormat) -> Result<bool> {
    let what = format!("{what}, which cannot be bought again as it was");
    // A question is no JSON, and a program has no answer to it.
    if log_format == LogFormat::Json || !std::io::stdin().is_terminal() {
        return Err(Error::usage(format!("forget removes {what}")).hint("--yes removes without asking"));
    }
    // Where the question cannot be shown there is no answer to it either.
    let asked = Clean(std::io::stderr()).write_all(format!("Remove {what}? [y/N] ").as_bytes());
    let mut answer = String::new();
    let read = asked.and_then(|()| std::io::stdin().lock().read_line(&mut answer));
    Ok(read.is_ok() && ["y", "yes"].contains(&answer.trim().to_lowercase().as_str()))
}

fn how(args: &PublishArgs) -> PublishOptions {
    PublishOptions {
        run_id: args.run_id.clone(),
        keep_runs: usize::from(args.keep_runs),
        queries: args.queries.clone(),
        accept_loss: args.accept_loss,
    }
}

fn tell(summary: &Summary, what: &str) -> Result<Ending> {
    let talk = match &summary.published {
        Some(dir) => format!("{what} · {} · {}\n", count(summary.rows, "reel"), dir.display()),
        None => format!("{what} · no run was published before, and none was now\n"),
    };
    let ending = Ending::done(talk).facts(summary)?;
    if let Some(first) = summary.unusable.first() {
        summary.unusable.iter().for_each(|reason| tracing::warn!("{reason}"));
        let advice = "restore these page logs from a backup, or remove them: reelframe forget ACCOUNT --log FILE";
        tracing::warn!("what to do: {advice}");
        return Ok(ending.exit(ErrorKind::Partial).cause(first.clone(), Some(advice.to_owned())));
    }
    Ok(match summary.faults {
        0 => ending,
        faults => ending.exit(ErrorKind::Partial).cause(
            format!("{} of the report could not be made", counted(faults, "section", "sections")),
            Some("correct the sections of --queries that are named above".to_owned()),
        ),
    })
}
