//! `report`: one report on all accounts, to stdout or into a file, or one per account into a folder.

use std::path::PathBuf;

use chrono::NaiveDate;
use clap::{Args, ValueEnum};

use crate::cli::args::StoreArgs;
use crate::cli::ending::{Ending, print, print_shown};
use crate::cli::paths::{expect_beside_store, expect_folder, expect_new_file, expect_query_folder};
use crate::cli::values::{parse_day, parse_days, parse_text};
use crate::cli::words::{command, count};
use crate::config::accounts::parse_account;
use crate::error::{Error, ErrorKind, Result};
use crate::fs;
use crate::pipeline::reports;
use crate::query::scope::Scope;
use crate::report::build::Report;
use crate::schema::cell::Day;
use crate::store::{layout, layout::Store};

const EXAMPLES: &str = "\
Examples:
  reelframe report                                            a summary on the terminal
  reelframe report --format html --out report.html            everything, as one file
  reelframe report --account jane --from 2026-10-01 --to 2026-10-31 --format markdown
  reelframe report --last 7d                                  the last week and the week before
  reelframe report --per-account --format html --out clients/";

#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct ReportArgs {
    #[command(flatten)]
    pub store: StoreArgs,

    /// Only this account; repeat for more [default: those of the latest run]
    #[arg(long, value_name = "ACCOUNT", value_parser = parse_text, help_heading = "Report")]
    pub account: Vec<String>,

    /// First day of the period, in each account's time zone [default: 27 days before the last one]
    #[arg(long, value_name = "YYYY-MM-DD", value_parser = parse_day, help_heading = "Report")]
    pub from: Option<NaiveDate>,

    /// Last day of the period [default: the day of the newest observation]
    #[arg(long, value_name = "YYYY-MM-DD", value_parser = parse_day, help_heading = "Report")]
    pub to: Option<NaiveDate>,

    /// Length of the period in days, ending on --to, e.g. 7d; not with --from
    #[arg(long, value_name = "DAYS", value_parser = parse_days, conflicts_with = "from", help_heading = "Report")]
    pub last: Option<i32>,

    /// What the period is compared with: as many days before it, or nothing
    #[arg(long, value_enum, default_value_t = Compare::Previous, help_heading = "Report")]
    pub compare: Compare,

    /// Directory of .sql files that add report sections or override built-in ones
    #[arg(long, value_name = "DIR", help_heading = "Report")]
    pub queries: Option<PathBuf>,

    /// One report per account, into the folder that --out names
    #[arg(long, help_heading = "Report")]
    pub per_account: bool,

    #[arg(long, value_enum, default_value_t = ReportFormat::Terminal, help_heading = "Output")]
    pub format: ReportFormat,

    /// Write to a file instead of the terminal; with --per-account a folder
    #[arg(long, value_name = "PATH", help_heading = "Output")]
    pub out: Option<PathBuf>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Compare {
    Previous,
    None,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
pub(crate) enum ReportFormat {
    Terminal,
    Markdown,
    Html,
    Json,
}

impl ReportArgs {
    pub(crate) fn execute(&self) -> Result<Ending> {
        self.check_paths()?;
        let store = self.store.existing()?;
        report(self, &store)
    }

    fn check_paths(&self) -> Result<()> {
        self.store.check()?;
        expect_query_folder(self.queries.as_deref())?;
        let Some(out) = &self.out else { return Ok(()) };
        if self.per_account {
            expect_folder("--out", out)?;
        } else {
            let is_folder = fs::is_dir(out)?;
            expect_new_file("--out", out).map_err(|error| match error.hint_text() {
                Some(hint) if is_folder => {
                    let hint = format!("{hint}; --per-account writes one report per account into a folder");
                    error.hint(hint)
                }
                _ => error,
            })?;
        }
        expect_beside_store(out)
    }
}

fn report(args: &ReportArgs, store: &Store) -> Result<Ending> {
    let accounts: Vec<String> =
        args.account.iter().map(|account| Ok(parse_account(account)?.account)).collect::<Result<_>>()?;
    if args.from.zip(args.to).is_some_and(|(from, to)| from > to) {
        return Err(Error::usage("--from is a later day than --to"));
    }
    let scope = Scope {
        accounts: (!accounts.is_empty()).then_some(accounts),
        from: args.from.map(Day::of),
        to: args.to.map(Day::of),
        last_days: args.last,
        compares_nothing: args.compare == Compare::None,
    };
    if args.per_account {
        return per_account(args, store, scope);
    }
    let report = reports::report_latest(store, scope, args.queries.as_deref())?;
    warn_of_an_empty_period(args, &report, None);
    let text = written(&report, args.format);
    let ending = match &args.out {
        Some(path) => {
            fs::write_whole(path, text.as_bytes())?;
            Ending::done(format!("{}\n", path.display())).fact("files", [path])?
        }
        None if matches!(args.format, ReportFormat::Terminal) => {
            print_shown(&(text + &next_steps(store)))?;
            Ending::done("")
        }
        None => {
            print(&text)?;
            Ending::done("")
        }
    };
    log_faults(&report, ending.fact("run_id", report.run_id())?.fact("reels", report.reels())?)
}

/// A file per account. One report at a time is in memory.
fn per_account(args: &ReportArgs, store: &Store, scope: Scope) -> Result<Ending> {
    let Some(extension) = extension(args.format) else {
        return Err(
            Error::usage("--per-account cannot write --format terminal").hint("use --format html, markdown or json")
        );
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
        warn_of_an_empty_period(args, &report, Some(&account));
        let path = folder.join(format!("{}{}.{extension}", layout::path_form(&account), period(args)));
        replaced += u32::from(fs::exists(&path)?);
        fs::write_whole(&path, written(&report, args.format).as_bytes())?;
        // A section that fails does so in every report: it is reported once.
        if files.is_empty() {
            ending = log_faults(&report, ending)?;
        }
        files.push(path);
    }
    let replacing = if replaced > 0 { format!(" ({replaced} replaced)") } else { String::new() };
    let talk = format!("{} in {}{replacing}\n", count(files.len() as u64, "report"), folder.display());
    ending.talk(talk).fact("files", files)?.fact("replaced", replaced)
}

/// The days, as a part of the file name, so that no month's report replaces another's.
fn period(args: &ReportArgs) -> String {
    let last = args.last.map(|days| format!("_last_{days}d")).unwrap_or_default();
    match (args.from, args.to) {
        (Some(from), Some(to)) => format!("_{from}_{to}"),
        (Some(from), None) => format!("_from_{from}"),
        (None, Some(to)) => format!("{last}_to_{to}"),
        (None, None) => last,
    }
}

/// A period without reels that was asked for is more often a slip than meant.
fn warn_of_an_empty_period(args: &ReportArgs, report: &Report, account: Option<&str>) {
    let is_asked_for = args.from.is_some() || args.to.is_some() || args.last.is_some();
    if let Some(days) = report.period_without_reels().filter(|_| is_asked_for) {
        tracing::warn!(account, "no reel was posted in the period, {days}");
    }
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

/// Where to find more than the summary.
fn next_steps(store: &Store) -> String {
    format!(
        "\nRead    {}\nQuery   {}\n",
        command("report --format html --out report.html", store),
        command("query overview", store)
    )
}

/// Reports the sections that failed.
fn log_faults(report: &Report, ending: Ending) -> Result<Ending> {
    let faults = report.faults();
    for (name, fault) in &faults {
        tracing::warn!(query = name, "a section of the report failed: {fault}");
    }
    let ending = ending.fact("faults", faults.len())?;
    Ok(match faults.first() {
        None => ending,
        Some((name, fault)) => ending
            .exit(ErrorKind::Partial)
            .cause(format!("{name}: {fault}"), Some("correct the section of --queries".to_owned())),
    })
}
