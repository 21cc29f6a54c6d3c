//! Parse, run, say how it ended, exit.

use std::ffi::OsString;
use std::io::IsTerminal;
use std::process::ExitCode;
use std::time::Instant;

use reelframe::cli::{self, Cli, Command, Early, LogFormat};
use reelframe::commands::{self, Audience, Ending};
use reelframe::disk;
use reelframe::error::{Error, Exit};
use reelframe::progress::Progress;
use tracing::level_filters::LevelFilter;

fn main() -> ExitCode {
    let begin = Instant::now();
    let args: Vec<OsString> = std::env::args_os().collect();
    let cli = match cli::parse(args.clone()) {
        Ok(Ok(cli)) => cli,
        Ok(Err(clap)) => return refused(&cli::early(&args), begin, &clap),
        Err(error) => {
            let early = cli::early(&args);
            begin_log(LevelFilter::WARN, early.log_format, &Progress::new(false));
            return end(&stopped(&error, early.log_format), &audience_of(&early), begin);
        }
    };
    let progress = Progress::new(shows_progress(&cli));
    begin_log(level(&cli, &progress), cli.log_format, &progress);
    let ending = commands::run(&cli, &progress).unwrap_or_else(|error| stopped(&error, cli.log_format));
    let audience = Audience {
        command: Some(cli.command.name()),
        is_json: cli.log_format == LogFormat::Json,
        is_quiet: cli.quiet,
        has_data_on_stdout: cli.command.has_data_on_stdout(),
    };
    end(&ending, &audience, begin)
}

/// Says on stderr what the command stopped at.
fn stopped(error: &Error, log_format: LogFormat) -> Ending {
    match log_format {
        LogFormat::Json => tracing::error!(exit_code = error.exit.code(), hint = error.hint, "{}", error.message),
        LogFormat::Human => eprintln!("error: {error}"),
    }
    Ending::failed(error)
}

/// Help, version and usage errors: clap prints them and knows their exit code, 0 or 2.
fn refused(early: &Early, begin: Instant, clap: &clap::Error) -> ExitCode {
    if early.log_format == LogFormat::Human {
        clap.exit();
    }
    begin_log(LevelFilter::WARN, LogFormat::Json, &Progress::new(false));
    if clap.exit_code() == 0 {
        // Where stdout is gone nobody reads the help.
        let _ = clap.print();
        return end(&Ending::done(""), &Audience { has_data_on_stdout: true, ..audience_of(early) }, begin);
    }
    end(&stopped(&cli::usage_error(clap), LogFormat::Json), &audience_of(early), begin)
}

fn audience_of(early: &Early) -> Audience<'_> {
    Audience {
        command: early.command.as_deref(),
        is_json: early.log_format == LogFormat::Json,
        is_quiet: false,
        has_data_on_stdout: early.has_data_on_stdout,
    }
}

fn end(ending: &Ending, audience: &Audience, begin: Instant) -> ExitCode {
    match ending.say(audience, begin.elapsed(), disk::written_bytes()) {
        Ok(()) => ExitCode::from(ending.exit.code()),
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::from(Exit::worst([ending.exit, error.exit]).code())
        }
    }
}

/// A bar is for a person who watches pages come in.
fn shows_progress(cli: &Cli) -> bool {
    let wanted = match &cli.command {
        Command::Run(args) | Command::Fetch(args) => !args.no_progress && args.tables.replay.is_none() && !args.dry_run,
        _ => false,
    };
    wanted && !cli.quiet && cli.log_format == LogFormat::Human && std::io::stderr().is_terminal()
}

/// Beside a bar only what needs attention is said.
fn level(cli: &Cli, progress: &Progress) -> LevelFilter {
    match (cli.quiet || progress.is_shown(), cli.verbose) {
        (true, 0) => LevelFilter::WARN,
        (false, 0) => LevelFilter::INFO,
        (_, 1) => LevelFilter::DEBUG,
        (_, _) => LevelFilter::TRACE,
    }
}

/// stderr is talk: log lines, with the time unless a person watches.
fn begin_log(level: LevelFilter, log_format: LogFormat, progress: &Progress) {
    let log = tracing_subscriber::fmt().with_max_level(level).with_target(false).with_ansi(false);
    let bar = progress.log();
    let log = log.with_writer(move || bar.clone());
    match log_format {
        LogFormat::Json => log.json().flatten_event(true).init(),
        LogFormat::Human if std::io::stderr().is_terminal() => log.without_time().init(),
        LogFormat::Human => log.init(),
    }
}
