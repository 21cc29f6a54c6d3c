//! Parse, run, print one error, exit.

use std::io::IsTerminal;
use std::process::ExitCode;

use reelframe::cli::{self, Cli, LogFormat};
use reelframe::commands;
use tracing::level_filters::LevelFilter;

fn main() -> ExitCode {
    let cli = match cli::parse(std::env::args_os().collect()) {
        Ok(Ok(cli)) => cli,
        // Help, version and usage errors: clap prints them and knows their exit code, 0 or 2.
        Ok(Err(clap)) => clap.exit(),
        Err(error) => return fail(&error),
    };
    begin_log(&cli);
    match commands::run(&cli) {
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

/// stderr is talk: log lines, with the time unless a person watches.
fn begin_log(cli: &Cli) {
    let level = match (cli.quiet, cli.verbose) {
        (true, _) => LevelFilter::WARN,
        (false, 0) => LevelFilter::INFO,
        (false, 1) => LevelFilter::DEBUG,
        (false, _) => LevelFilter::TRACE,
    };
    let log = tracing_subscriber::fmt().with_max_level(level).with_target(false).with_ansi(false);
    let log = log.with_writer(std::io::stderr);
    match cli.log_format {
        LogFormat::Json => log.json().flatten_event(true).init(),
        LogFormat::Human if std::io::stderr().is_terminal() => log.without_time().init(),
        LogFormat::Human => log.init(),
    }
}
