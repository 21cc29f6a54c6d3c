//! The commands: each takes what was typed to the room that does it and prints what comes back. stdout is data.

mod housekeeping;
mod reporting;

use std::io::Write;
use std::path::{Path, PathBuf};

use crate::cli::{
    AnswerFormat, Cli, Command, ExportArgs, LintArgs, LogFormat, QueryArgs, RunArgs, SchemaArgs, SchemaFormat,
};
use clap::CommandFactory;

use crate::columns::Table;
use crate::config::{Settings, Source};
use crate::doctor;
use crate::error::{Error, Exit, Result};
use crate::pipeline::{self, Summary};
use crate::progress::Progress;
use crate::report;
use crate::schema;
use crate::sink::{self, CsvStyle};
use crate::store::{self, Store};

/// Does what was asked and says how it went.
pub fn run(cli: &Cli, progress: &Progress) -> Result<Exit> {
    match &cli.command {
        Command::Run(args) => run_pipeline(args, cli.log_format, progress),
        Command::Fetch(args) => fetch(args, cli.log_format, progress),
        Command::Export(args) => export(args, cli.log_format),
        Command::Report(args) => reporting::report(args),
        Command::Query(args) => query(args),
        Command::Schema(args) => print_schema(args),
        Command::Lint(args) => lint(args),
        Command::Status(args) => housekeeping::status(args),
        Command::Verify(args) => housekeeping::verify(args, cli.log_format),
        Command::Rebuild(args) => housekeeping::rebuild(args, cli.log_format),
        Command::Compact(args) => housekeeping::compact(args, cli.log_format),
        Command::Forget(args) => housekeeping::forget(args, cli.log_format),
        Command::Doctor(args) => examine(args),
        Command::Completions { shell } => completions(*shell),
        Command::Man { command } => man(command.as_deref()),
    }
}

fn run_pipeline(args: &RunArgs, log_format: LogFormat, progress: &Progress) -> Result<Exit> {
    let (store, mut settings) = (Store::new(&args.store.store), args.tables.settings()?);
    settings.keep_runs = usize::from(args.keep_runs);
    settings.queries.clone_from(&args.queries);
    let source = source(args, progress)?;
    if args.dry_run {
        return dry_run(&store, &settings, &source, args.run_id.as_deref());
    }
    let summary = pipeline::run(&store, &settings, &source, args.run_id.as_deref())?;
    let mut text = summary.terminal.clone();
    text.push_str(&fetched_line(&summary));
    match &summary.published {
        Some(dir) if summary.was_published => {
            text.push_str(&format!("run {} is published already: {}\n", summary.run_id, dir.display()));
        }
        Some(dir) => text.push_str(&next_steps(&store, dir, &settings)),
        None => text.push_str("nothing new: no run was published\n"),
    }
    let exit = close(&summary, &text, log_format)?;
    let nothing_new = summary.published.is_none() || summary.was_published;
    Ok(if args.skip_code && nothing_new && exit == Exit::Done { Exit::NothingNew } else { exit })
}

fn source(args: &RunArgs, progress: &Progress) -> Result<Source> {
    let mut source = args.source()?;
    if let Source::Api(config) = &mut source {
        config.progress = progress.clone();
    }
    Ok(source)
}

/// What to do where a run did not come to its end.
fn advice(exit: Exit, accounts: &[crate::store::AccountEntry]) -> Option<&'static str> {
    match exit {
        Exit::Key => Some("check the key in AISA_API_KEY or --api-key-file, then run again"),
        Exit::Money => Some("top up (or raise --max-calls), then run again: it goes on where it stopped"),
        Exit::TryAgain => Some("run again later: what was got is kept, and walks go on where they stopped"),
        Exit::NotUnderstood => Some("look at the findings table: reelframe query \"SELECT * FROM findings\""),
        Exit::Interrupted | Exit::Terminated => Some("run again: walks go on where they stopped"),
        Exit::Partial if accounts.iter().any(|entry| entry.status == "not_found") => {
            Some("check how the accounts that were not found are written; run again for the others")
        }
        Exit::Partial => Some("run again: walks go on where they stopped"),
        _ => None,
    }
}

/// What would be fetched, account by account, and the calls in all.
fn dry_run(store: &Store, settings: &Settings, source: &Source, run_id: Option<&str>) -> Result<Exit> {
    let Source::Api(config) = source else {
        return Err(Error::usage("--dry-run: a replay costs nothing").hint("leave one of --dry-run and --replay out"));
    };
    let expected = pipeline::dry_run(store, settings, config, run_id)?;
    let number = |number: Option<i32>| number.map_or("?".to_owned(), |number| number.to_string());
    let mut text = format!("{:<32}{:>12}{:>8}  {}\n", "account", "last pages", "calls", "would");
    for line in &expected {
        let (pages, calls) = (number(line.last_pages), number(line.calls));
        text.push_str(&format!("{:<32}{pages:>12}{calls:>8}  {}\n", line.account, line.action));
    }
    let known: i32 = expected.iter().filter_map(|line| line.calls).sum();
    let unknown = expected.iter().filter(|line| line.calls.is_none()).count();
    text.push_str(&format!("{known} calls to expect"));
    if unknown > 0 {
        text.push_str(&format!(", and those of {unknown} accounts that were never walked before"));
    }
    text.push('\n');
    print(&text)?;
    Ok(Exit::Done)
}

/// What the API was asked for; nothing where it was not asked.
fn fetched_line(summary: &Summary) -> String {
    if summary.calls == 0 && summary.calls_saved == 0 {
        return String::new();
    }
    let credits = summary.credits_remaining.map(|left| format!(" · {left} credits left")).unwrap_or_default();
    format!(
        "\n{} calls · {} saved by resuming · {} by the window · {} new pages · {} retries · \
         {:.0} s waited for the rate limit{credits}\n",
        summary.calls,
        summary.calls_saved,
        summary.calls_saved_by_window,
        summary.pages,
        summary.retries,
        summary.waited_s
    )
}

/// The last words of a command: its accounts on stderr, its summary on stdout, its exit code.
fn close(summary: &Summary, text: &str, log_format: LogFormat) -> Result<Exit> {
    say_accounts(summary);
    if let Some(advice) = advice(summary.exit(), &summary.accounts) {
        tracing::warn!("what to do: {advice}");
    }
    match log_format {
        LogFormat::Human => print(text)?,
        LogFormat::Json => {
            let json = serde_json::to_string(summary).map_err(Error::unexpected)?;
            print(&format!("{json}\n"))?;
        }
    }
    Ok(summary.exit())
}

fn next_steps(store: &Store, published: &Path, settings: &Settings) -> String {
    let latest = store.root().join("latest");
    let latest = if latest.is_symlink() { &latest } else { published };
    let formats = sink::Format::ALL.into_iter().filter(|format| settings.output.formats.contains(format));
    // Parquet is there in any case.
    let others = formats.filter(|format| *format != sink::Format::Parquet);
    let others: String = others.map(|format| format!(", *.{}", format.extension())).collect();
    let elsewhere = store_flag(store);
    format!(
        "\nTables  {0}/*.parquet{others}\nReport  {0}/report.html\nAsk     reelframe query top_reels{elsewhere}\n",
        latest.display()
    )
}

/// The flag that the next command needs where the store is not the default one.
fn store_flag(store: &Store) -> String {
    match store.root().to_string_lossy() {
        root if root == "reels" => String::new(),
        root => format!(" --store {root}"),
    }
}

/// The accounts that are not complete, on stderr: each with its status and its reason.
fn say_accounts(summary: &Summary) {
    for entry in &summary.accounts {
        let (account, status) = (&entry.account, entry.status.as_str());
        let reason = entry.reason.as_deref().unwrap_or("no reason given");
        match status {
            "complete" => {}
            "windowed" | "limited" => tracing::info!(account, status, "{reason}"),
            _ => tracing::warn!(account, status, "{reason}"),
        }
    }
}

fn fetch(args: &RunArgs, log_format: LogFormat, progress: &Progress) -> Result<Exit> {
    let (store, settings) = (Store::new(&args.store.store), args.tables.settings()?);
    let source = source(args, progress)?;
    if args.dry_run {
        return dry_run(&store, &settings, &source, args.run_id.as_deref());
    }
    let summary = pipeline::fetch_only(&store, &settings, &source, args.run_id.as_deref())?;
    let text = format!("{} new pages in {}\n{}", summary.pages, store.raw_dir().display(), fetched_line(&summary));
    let exit = close(&summary, &text, log_format)?;
    Ok(if args.skip_code && summary.pages == 0 && exit == Exit::Done { Exit::NothingNew } else { exit })
}

fn export(args: &ExportArgs, log_format: LogFormat) -> Result<Exit> {
    let (store, settings) = (Store::new(&args.store.store), args.tables.settings()?);
    let summary = pipeline::export(&store, &settings, args.tables.replay().as_ref(), &args.out)?;
    let accounts = summary.accounts.len();
    let plural = |number: u64, one: &str| format!("{number} {one}{}", if number == 1 { "" } else { "s" });
    let (reels, accounts) = (plural(summary.rows, "reel"), plural(accounts as u64, "account"));
    let text = format!("{reels} of {accounts} in {}\n", args.out.display());
    close(&summary, &text, log_format)
}

fn query(args: &QueryArgs) -> Result<Exit> {
    let Some(query) = &args.query else {
        let queries = report::built_in_queries();
        let lines = queries.iter().map(|query| format!("{:<24}{}\n", query.name, query.title));
        print(&lines.collect::<String>())?;
        return Ok(Exit::Done);
    };
    let csv = args.csv.style()?;
    let sql = find_query(query)?;
    let (tables, _) = pipeline::open_latest(&Store::new(&args.store.store))?;
    let answer = tables.query(&sql)?;
    print_answer(&answer, args.format, csv, args.out.as_deref())?;
    Ok(Exit::Done)
}

/// An answer to stdout, or whole into a file.
fn print_answer(answer: &report::Answer, format: AnswerFormat, csv: CsvStyle, out: Option<&Path>) -> Result<()> {
    let bytes = match format {
        AnswerFormat::Table => answer.to_table().into_bytes(),
        AnswerFormat::Csv => answer.to_csv(csv)?.into_bytes(),
        AnswerFormat::Json => answer.to_json().into_bytes(),
        AnswerFormat::Parquet => sink::to_parquet(&answer.to_batch()?)?,
    };
    match out {
        Some(path) => store::write_whole(path, &bytes),
        None if matches!(format, AnswerFormat::Parquet) => {
            Err(Error::usage("--format parquet goes into a file").hint("name one with --out answer.parquet"))
        }
        None => print(&String::from_utf8_lossy(&bytes)),
    }
}

/// A .sql file, a built-in query by its name with or without its number, or the SQL itself.
fn find_query(text: &str) -> Result<String> {
    if text.ends_with(".sql") {
        let file = std::fs::read_to_string(text);
        return file.map_err(|error| Error::usage(format!("could not read the query {text}: {error}")));
    }
    let queries = report::built_in_queries();
    let bare = |name: &str| name.trim_start_matches(|c: char| c.is_ascii_digit() || c == '_').to_owned();
    if let Some(query) = queries.iter().find(|query| query.name == text || bare(&query.name) == text) {
        return Ok(query.sql.clone());
    }
    if text.contains(char::is_whitespace) {
        return Ok(text.to_owned());
    }
    let names: Vec<String> = queries.iter().map(|query| bare(&query.name)).collect();
    Err(Error::usage(format!("'{text}' is no built-in query, no .sql file and no SQL"))
        .hint(format!("the built-in queries are {}", names.join(", "))))
}

fn print_schema(args: &SchemaArgs) -> Result<Exit> {
    let tables = match &args.table {
        Some(name) => {
            let names: Vec<&str> = Table::ALL.into_iter().map(Table::name).collect();
            let table = Table::named(name).ok_or_else(|| {
                Error::usage(format!("--table {name}: no such table"))
                    .hint(format!("the tables are {}", names.join(", ")))
            })?;
            vec![table]
        }
        None => Table::ALL.to_vec(),
    };
    print(&match args.format {
        SchemaFormat::Table => schema::to_table(&tables),
        SchemaFormat::Json => schema::to_json(&tables),
        SchemaFormat::Markdown => schema::to_markdown(&tables),
    })?;
    Ok(Exit::Done)
}

fn lint(args: &LintArgs) -> Result<Exit> {
    let mut files = Vec::new();
    for path in &args.paths {
        parquet_files(path, &mut files)?;
    }
    if files.is_empty() {
        return Err(Error::usage("no Parquet file there").hint("name .parquet files, or folders that hold some"));
    }
    let (mut text, mut breaches) = (String::new(), 0);
    let mut exit = Exit::Done;
    for file in &files {
        let found = match sink::lint(file) {
            Ok(found) => found,
            // One file that cannot be read hides nothing of the others.
            Err(error) => {
                tracing::error!("{error}");
                exit = Exit::worst([exit, error.exit]);
                continue;
            }
        };
        for breach in found {
            breaches += 1;
            let column = breach.column.map(|column| format!(" {column}")).unwrap_or_default();
            text.push_str(&format!("{}: {}{column}: {}\n", file.display(), breach.rule, breach.message));
        }
    }
    text.push_str(&format!("{breaches} breaches in {} files\n", files.len()));
    print(&text)?;
    Ok(if breaches == 0 { exit } else { Exit::worst([exit, Exit::NotUnderstood]) })
}

/// Prints what the doctor found, a line each; the exit is the worst of them.
fn examine(args: &RunArgs) -> Result<Exit> {
    let checks = doctor::examine(args);
    let mut text = String::new();
    for check in &checks {
        match &check.found {
            Ok(found) => text.push_str(&format!("ok    {:<12}{found}\n", check.name)),
            Err(error) => {
                text.push_str(&format!("FAIL  {:<12}{}\n", check.name, error.message));
                text.push_str(&error.hint.as_ref().map_or(String::new(), |hint| format!("{:18}{hint}\n", "")));
            }
        }
    }
    print(&text)?;
    Ok(Exit::worst(checks.iter().filter_map(|check| check.found.as_ref().err().map(|error| error.exit))))
}

fn completions(shell: clap_complete::Shell) -> Result<Exit> {
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut Cli::command(), "reelframe", &mut script);
    print(&String::from_utf8_lossy(&script))?;
    Ok(Exit::Done)
}

/// The man page of the program, or of one command.
fn man(name: Option<&str>) -> Result<Exit> {
    let mut program = Cli::command();
    program.build();
    let command = match name {
        Some(name) => program.find_subcommand(name).cloned().ok_or_else(|| {
            Error::usage(format!("'{name}' is no command")).hint("`reelframe help` lists the commands")
        })?,
        None => program,
    };
    let mut page = Vec::new();
    clap_mangen::Man::new(command).render(&mut page).map_err(Error::unexpected)?;
    print(&String::from_utf8_lossy(&page))?;
    Ok(Exit::Done)
}

fn parquet_files(path: &Path, files: &mut Vec<PathBuf>) -> Result<()> {
    if !path.is_dir() {
        files.push(path.to_owned());
        return Ok(());
    }
    let entries = std::fs::read_dir(path).map_err(|error| Error::disk("list", path, error))?;
    let mut paths: Vec<PathBuf> = entries.flatten().map(|entry| entry.path()).collect();
    paths.sort();
    for path in paths {
        // What is hidden is under way or old, `_` is a program's own, and `latest` leads to what is met anyway.
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        if name.starts_with(['.', '_']) || path.is_symlink() && name == "latest" {
            continue;
        }
        if path.is_dir() || path.extension().is_some_and(|extension| extension == "parquet") {
            parquet_files(&path, files)?;
        }
    }
    Ok(())
}

/// Writes to stdout; a reader that has gone away (`| head`) is no error.
fn print(text: &str) -> Result<()> {
    let mut stdout = std::io::stdout().lock();
    match stdout.write_all(text.as_bytes()).and_then(|()| stdout.flush()) {
        Err(error) if error.kind() != std::io::ErrorKind::BrokenPipe => {
            Err(Error::new(Exit::Disk, format!("could not write to stdout: {error}")))
        }
        _ => Ok(()),
    }
}
