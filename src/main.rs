//! Parse, run, print one error, exit.

use std::io::IsTerminal;
use std::process::ExitCode;

use reelframe::cli::{self, Cli, Command, LogFormat};
use reelframe::commands;
use reelframe::progress::Progress;
use tracing::level_filters::LevelFilter;

fn main() -> ExitCode {
    let cli = match cli::parse(std::env::args_os().collect()) {
        Ok(Ok(cli)) => cli,
        // Help, version and usage errors: clap prints them and knows their exit code, 0 or 2.
        Ok(Err(clap)) => clap.exit(),
        Err(error) => return fail(&error),
    };
    let progress = Progress::new(shows_progress(&cli));
    begin_log(&cli, &progress);
    match commands::run(&cli, &progress) {
        Ok(exit) => ExitCode::from(exit.code()),
        Err(error) if cli.log_format == LogFormat::Json => {
            tracing::error!(exit_code = error.exit.code(), hint = error.hint, "{}", error.message);
            ExitCode::from(error.exit.code())
        }
        Err(error) => fail(&error),
    }
}

fn fail(error: &reelframe::error::Error) -> ExitCode {
    eprintln!("error: {error}");
    ExitCode::from(error.exit.code())
}

/// A bar is for a person who watches pages come in.
fn shows_progress(cli: &Cli) -> bool {
    let wanted = match &cli.command {
        Command::Run(args) | Command::Fetch(args) => !args.no_progress && args.tables.replay.is_none() && !args.dry_run,
        _ => false,
    };
    wanted && !cli.quiet && cli.log_format == LogFormat::Human && std::io::stderr().is_terminal()
}

/// stderr is talk: log lines, with the time unless a person watches. Beside a bar only what needs attention is said.
fn begin_log(cli: &Cli, progress: &Progress) {
    let level = match (cli.quiet || progress.is_shown(), cli.verbose) {
        (true, 0) => LevelFilter::WARN,
        (false, 0) => LevelFilter::INFO,
        (_, 1) => LevelFilter::DEBUG,
        (_, _) => LevelFilter::TRACE,
    };
    let log = tracing_subscriber::fmt().with_max_level(level).with_target(false).with_ansi(false);
    let bar = progress.log();
    let log = log.with_writer(move || bar.clone());
    match cli.log_format {
        LogFormat::Json => log.json().flatten_event(true).init(),
        LogFormat::Human if std::io::stderr().is_terminal() => log.without_time().init(),
        LogFormat::Human => log.init(),
    }
}
