//! `report`: one report on all accounts, to stdout or into a file, or one per account into a folder.

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use clap::{Args, ValueEnum};

use crate::cli::args::{StoreArgs, scope::PeriodArgs};
use crate::cli::ending::{Ending, print, print_shown};
use crate::cli::paths::{expect_beside_store, expect_file, expect_folder, expect_new_file, expect_query_folder};
use crate::cli::words::{command, count};
use crate::error::{Error, ErrorKind, Result};
use crate::fs;
use crate::pipeline::reports;
use crate::query::scope::Scope;
use crate::report::build::Report;
use crate::store::{layout, layout::Store};

const EXAMPLES: &str = "\
Examples:
  reelframe report                                            a summary on the terminal
  reelframe report --format html --out report.html            everything, as one file
  reelframe report --format summary --account jane            eight lines for mail and chat
  reelframe report --account jane --from 2026-10-01 --to 2026-10-31 --format markdown
  reelframe report --last 7d                                  the last week and the week before
  reelframe report --per-account --format html --out clients/
  reelframe report --from-json report.json --format html --out report.html";

const ACCOUNT: &str = "Only this account, by its handle, a former handle or its user id; repeat for more [default: those of the latest run]";

#[derive(Debug, Args)]
#[command(after_help = EXAMPLES, mut_arg("account", |arg| arg.help(ACCOUNT)))]
pub(crate) struct ReportArgs {
    #[command(flatten)]
    pub store: StoreArgs,

    #[command(flatten)]
    pub period: PeriodArgs,

    /// Directory of .sql files that add report sections or override built-in ones
    #[arg(long, value_name = "DIR", help_heading = "Report")]
    pub queries: Option<PathBuf>,

    /// One report per account, into the folder that --out names
    #[arg(long, help_heading = "Report")]
    pub per_account: bool,

    /// Read a report.json instead of a store: the same report in another format
    #[arg(long, value_name = "FILE", help_heading = "Report", conflicts_with_all = ["account", "from", "to", "last", "compare", "queries", "per_account"])]
    pub from_json: Option<PathBuf>,

    /// terminal: an overview; summary: eight lines for mail and chat; markdown: the main figures; html: the whole page;
    /// json: all values
    #[arg(long, value_enum, default_value_t = ReportFormat::Terminal, help_heading = "Output")]
    pub format: ReportFormat,

    /// With --format markdown: all sections
    #[arg(long, help_heading = "Output")]
    pub full: bool,

    /// Write to a file instead of the terminal; with --per-account a folder
    #[arg(long, value_name = "PATH", help_heading = "Output")]
    pub out: Option<PathBuf>,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
pub(crate) enum ReportFormat {
    Terminal,
    Summary,
    Markdown,
    Html,
    Json,
}

impl ReportArgs {
    pub(crate) fn execute(&self) -> Result<Ending> {
        self.check_paths()?;
        if let Some(path) = &self.from_json {
            return single(self, &read_json(path)?, None);
        }
        let store = self.store.existing()?;
        if self.per_account {
            return per_account(self, &store, self.period.scope()?);
        }
        let report = reports::report_latest(&store, self.period.scope()?, self.queries.as_deref())?;
        warn_of_an_empty_period(self, &report, None);
        single(self, &report, Some(&store))
    }

    fn check_paths(&self) -> Result<()> {
        if self.full && !matches!(self.format, ReportFormat::Markdown) {
            return Err(Error::usage("--full needs --format markdown").hint("html and json have all sections anyway"));
        }
        self.store.check()?;
        expect_query_folder(self.queries.as_deref())?;
        self.from_json.as_deref().map_or(Ok(()), |path| expect_file("--from-json", path))?;
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

fn read_json(path: &Path) -> Result<Report> {
    let in_file = |mut error: Error| {
        error.message = format!("{}: {}", path.display(), error.message);
        error
    };
    if !fs::exists(path)? {
        return Err(in_file(Error::usage("no such file")).hint("write one: reelframe report --format json --out FILE"));
    }
    let text = fs::text_of(path).map_err(|error| in_file(Error::invalid_data(error.to_string())))?;
    Report::from_json(&text).map_err(|error| {
        in_file(error).hint("name a file that this version wrote: reelframe report --format json --out FILE")
    })
}

/// One report, of a store or of a file.
fn single(args: &ReportArgs, report: &Report, store: Option<&Store>) -> Result<Ending> {
    let text = written(report, args);
    let ending = match &args.out {
        Some(path) => {
            fs::write_whole(path, text.as_bytes())?;
            Ending::done(format!("{}\n", path.display())).fact("files", [path])?
        }
        None if matches!(args.format, ReportFormat::Terminal) => {
            print_shown(&(text + &store.map(next_steps).unwrap_or_default()))?;
            Ending::done("")
        }
        None => {
            print(&text)?;
            Ending::done("")
        }
    };
    log_faults(report, ending.fact("run_id", report.run_id())?.fact("reels", report.reels())?)
}

/// A file per account. One report at a time is in memory.
fn per_account(args: &ReportArgs, store: &Store, scope: Scope) -> Result<Ending> {
    let Some(extension) = extension(args.format) else {
        return Err(Error::usage("--per-account cannot write --format terminal")
            .hint("use --format html, markdown, json or summary"));
    };
    let Some(folder) = &args.out else {
        return Err(Error::usage("--per-account needs a folder").hint("name one with --out DIR"));
    };
    let reports = reports::report_each(store, scope.clone(), args.queries.as_deref())?;
    fs::create_dir(folder)?;
    let (mut files, mut accounts, mut replaced) = (Vec::new(), Vec::new(), 0_u32);
    let mut ending = Ending::done("");
    for made in reports {
        let (account, report) = made?;
        warn_of_an_empty_period(args, &report, Some(&account));
        let path = folder.join(format!("{}{}.{extension}", layout::path_form(&account), args.period.in_file_name()));
        replaced += u32::from(fs::exists(&path)?);
        fs::write_whole(&path, written(&report, args).as_bytes())?;
        // A section that fails does so in every report: it is reported once.
        if files.is_empty() {
            ending = log_faults(&report, ending)?;
        }
        files.push(path);
        accounts.push(account);
    }
    if matches!(args.format, ReportFormat::Html) && files.len() > 1 {
        let index = index(args, store, scope, &accounts, &files)?;
        let path = folder.join(index_name(args, &files));
        replaced += u32::from(fs::exists(&path)?);
        fs::write_whole(&path, index.as_bytes())?;
        files.push(path);
    }
    let replacing = if replaced > 0 { format!(" ({replaced} replaced)") } else { String::new() };
    let talk = format!("{} in {}{replacing}\n", count(files.len() as u64, "report"), folder.display());
    ending.talk(talk).fact("files", files)?.fact("replaced", replaced)
}

/// The page of all accounts, with links to the files of each.
fn index(args: &ReportArgs, store: &Store, scope: Scope, accounts: &[String], files: &[PathBuf]) -> Result<String> {
    let report = reports::report_latest(store, scope, args.queries.as_deref())?;
    let files = files.iter().filter_map(|file| Some(file.file_name()?.to_string_lossy().into_owned()));
    let files: HashMap<&str, String> = accounts.iter().map(String::as_str).zip(files).collect();
    let file_of = |account: &str| files.get(account).cloned();
    Ok(report.to_index(&file_of))
}

/// Beside the files of accounts, one of which may be called index.
fn index_name(args: &ReportArgs, files: &[PathBuf]) -> String {
    let name = format!("index{}.html", args.period.in_file_name());
    let is_taken = files.iter().any(|file| file.file_name().is_some_and(|file| file == name.as_str()));
    if is_taken { format!("-{name}") } else { name }
}

/// A period without reels that was asked for is more often a slip than meant.
fn warn_of_an_empty_period(args: &ReportArgs, report: &Report, account: Option<&str>) {
    if let Some(days) = report.period_without_reels().filter(|_| args.period.has_days()) {
        tracing::warn!(account, "no reel was posted in the period, {days}");
    }
}

fn written(report: &Report, args: &ReportArgs) -> String {
    match args.format {
        ReportFormat::Terminal => report.to_terminal(),
        ReportFormat::Summary => report.to_summary(),
        ReportFormat::Markdown if args.full => report.to_full_markdown(),
        ReportFormat::Markdown => report.to_markdown(),
        ReportFormat::Html => report.to_html(),
        ReportFormat::Json => report.to_json(),
    }
}

fn extension(format: ReportFormat) -> Option<&'static str> {
    match format {
        ReportFormat::Terminal => None,
        ReportFormat::Summary => Some("txt"),
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
