//! `report`: one about all accounts, to stdout or into a file, or one for each account into a folder.

use crate::cli::commands::ending::{Ending, print, print_shown};
use crate::cli::commands::words::{command, count};
use crate::cli::report::{ReportArgs, ReportFormat};
use crate::config::accounts::parse_account;
use crate::error::{Error, ErrorKind, Result};
use crate::fs;
use crate::pipeline::reports;
use crate::query::scope::Scope;
use crate::report::build::Report;
use crate::schema::cell::Day;
use crate::store::layout;
use crate::store::layout::Store;

pub fn report(args: &ReportArgs) -> Result<Ending> {
    let accounts: Vec<String> =
        args.account.iter().map(|account| Ok(parse_account(account)?.account)).collect::<Result<_>>()?;
    if args.from.zip(args.to).is_some_and(|(from, to)| from > to) {
        return Err(Error::usage("--from is a later day than --to"));
    }
    let scope = Scope {
        accounts: (!accounts.is_empty()).then_some(accounts),
        from: args.from.map(Day::of),
        to: args.to.map(Day::of),
    };
    let store = Store::new(&args.store.store);
    if args.per_account {
        return per_account(args, &store, scope);
    }
    let report = reports::report_latest(&store, scope, args.queries.as_deref())?;
    if report.reels() == 0 {
        warn_of_an_empty_period(args, None);
    }
    let text = written(&report, args.format);
    let ending = match &args.out {
        Some(path) => {
            fs::write_whole(path, text.as_bytes())?;
            Ending::done(format!("{}\n", path.display())).fact("files", [path])?
        }
        None if matches!(args.format, ReportFormat::Terminal) => {
            print_shown(&(text + &next_steps(&store)))?;
            Ending::done("")
        }
        None => {
            print(&text)?;
            Ending::done("")
        }
    };
    say_faults(&report, ending.fact("run_id", report.run_id())?.fact("reels", report.reels())?)
}

/// A file for each account. One is made and written at a time, so that memory is that of one.
fn per_account(args: &ReportArgs, store: &Store, scope: Scope) -> Result<Ending> {
    let Some(extension) = extension(args.format) else {
        return Err(Error::usage("--per-account makes files, which --format terminal is not")
            .hint("give --format html, markdown or json"));
    };
    let Some(folder) = &args.out else {
        return Err(Error::usage("--per-account needs a folder").hint("name one with --out DIR"));
    };
    let reports = reports::report_each(store, scope, args.queries.as_deref())?;
    fs::create_dir(folder)?;
    let (mut files, mut replaced) = (Vec::new(), 0_u32);
    let mut ending = Ending::done("");
    for made in reports {
        let (account, report) = made?;
        if report.reels() == 0 {
            warn_of_an_empty_period(args, Some(&account));
        }
        let path = folder.join(format!("{}{}.{extension}", layout::path_form(&account), period(args)));
        replaced += u32::from(fs::exists(&path)?);
        fs::write_whole(&path, written(&report, args.format).as_bytes())?;
        // What is wrong with a section is so in every report: it is said once.
        if files.is_empty() {
            ending = say_faults(&report, ending)?;
        }
        files.push(path);
    }
    let replacing = if replaced > 0 { format!(" ({replaced} replaced)") } else { String::new() };
    let talk = format!("{} in {}{replacing}\n", count(files.len() as u64, "report"), folder.display());
    ending.talk(talk).fact("files", files)?.fact("replaced", replaced)
}

/// What the name of a file says of the days that are in it, so that a month's report replaces no other's.
fn period(args: &ReportArgs) -> String {
    match (args.from, args.to) {
        (Some(from), Some(to)) => format!("_{from}_{to}"),
        (Some(from), None) => format!("_from_{from}"),
        (None, Some(to)) => format!("_to_{to}"),
        (None, None) => String::new(),
    }
}

/// Days without a reel are said, since they are more often a slip than what was meant.
fn warn_of_an_empty_period(args: &ReportArgs, account: Option<&str>) {
    let days = match (args.from, args.to) {
        (Some(from), Some(to)) => format!("from {from} to {to}"),
        (Some(from), None) => format!("from {from} on"),
        (None, Some(to)) => format!("up to {to}"),
        (None, None) => return,
    };
    tracing::warn!(account, "no reel was posted {days}: the report is empty");
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
    format!(
        "\nRead    {}\nAsk     {}\n",
        command("report --format html --out report.html", store),
        command("query top_reels", store)
    )
}

/// Names the sections that could not be made.
fn say_faults(report: &Report, ending: Ending) -> Result<Ending> {
    let faults = report.faults();
    for (name, fault) in &faults {
        tracing::warn!(query = name, "a section of the report could not be made: {fault}");
    }
    let ending = ending.fact("faults", faults.len())?;
    Ok(match faults.first() {
        None => ending,
        Some((name, fault)) => ending
            .exit(ErrorKind::Partial)
            .cause(format!("{name}: {fault}"), Some("correct the section of --queries".to_owned())),
    })
}
