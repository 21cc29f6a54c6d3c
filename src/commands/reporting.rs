//! `report`: one about all accounts, to stdout or into a file, or one for each account into a folder.

use chrono::NaiveDate;

use crate::cli::{ReportArgs, ReportFormat};
use crate::columns::Day;
use crate::config::parse_account;
use crate::error::{Error, Exit, Result};
use crate::pipeline;
use crate::report::{Report, Scope};
use crate::store::{self, Store};

use super::print;

pub fn report(args: &ReportArgs) -> Result<Exit> {
    let day = |day: NaiveDate| Day(i32::try_from((day - NaiveDate::default()).num_days()).unwrap_or(i32::MAX));
    let accounts: Vec<String> =
        args.account.iter().map(|account| Ok(parse_account(account)?.account)).collect::<Result<_>>()?;
    if args.from.zip(args.to).is_some_and(|(from, to)| from > to) {
        return Err(Error::usage("--from is a later day than --to"));
    }
    let scope =
        Scope { accounts: (!accounts.is_empty()).then_some(accounts), from: args.from.map(day), to: args.to.map(day) };
    let store = Store::new(&args.store.store);
    if args.per_account {
        return per_account(args, &store, scope);
    }
    let report = pipeline::report_latest(&store, scope, args.queries.as_deref())?;
    let text = written(&report, args.format);
    match &args.out {
        Some(path) => store::write_whole(path, text.as_bytes())?,
        None if matches!(args.format, ReportFormat::Terminal) => print(&(text + &next_steps(&store)))?,
        None => print(&text)?,
    }
    Ok(say_faults(&report))
}

/// A file for each account. One is made and written at a time, so that memory is that of one.
fn per_account(args: &ReportArgs, store: &Store, scope: Scope) -> Result<Exit> {
    let Some(extension) = extension(args.format) else {
        return Err(Error::usage("--per-account makes files, which --format terminal is not")
            .hint("give --format html, markdown or json"));
    };
    let Some(folder) = &args.out else {
        return Err(Error::usage("--per-account needs a folder").hint("name one with --out DIR"));
    };
    let reports = pipeline::report_each(store, scope, args.queries.as_deref())?;
    store::create_dir(folder)?;
    let (mut written_files, mut exit) = (0, Exit::Done);
    for made in reports {
        let (account, report) = made?;
        let path = folder.join(format!("{}.{extension}", store::path_form(&account)));
        store::write_whole(&path, written(&report, args.format).as_bytes())?;
        // What is wrong with a section is so in every report: it is said once.
        if written_files == 0 {
            exit = say_faults(&report);
        }
        written_files += 1;
    }
    let reports = if written_files == 1 { "report" } else { "reports" };
    print(&format!("{written_files} {reports} in {}\n", folder.display()))?;
    Ok(exit)
}

fn written(report: &Report, format: ReportFormat) -> String {
    match format {
        ReportFormat::Terminal => report.to_terminal(),
        ReportFormat::Markdown => report.to_markdown(),
        ReportFormat::Html => report.to_html(),
        ReportFormat::Json => report.to_json(),
    }
}

fn extension(format: ReportFormat) -> Option<&'static str> {
    match format {
        ReportFormat::Terminal => None,
        ReportFormat::Markdown => Some("md"),
        ReportFormat::Html => Some("html"),
        ReportFormat::Json => Some("json"),
    }
}

/// Where there is more to read than the summary.
fn next_steps(store: &Store) -> String {
    let elsewhere = super::store_flag(store);
    format!(
        "\nRead    reelframe report --format html --out report.html{elsewhere}\n\
         Ask     reelframe query top_reels{elsewhere}\n"
    )
}

/// Names the sections that could not be made.
fn say_faults(report: &Report) -> Exit {
    let faults = report.faults();
    for (name, fault) in &faults {
        tracing::warn!(query = name, "a section of the report could not be made: {fault}");
    }
    if faults.is_empty() { Exit::Done } else { Exit::Partial }
}
