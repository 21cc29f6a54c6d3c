//! The program: parse, run, report how it ended, exit.

use std::ffi::OsString;
use std::io::IsTerminal;
use std::panic::{self, PanicHookInfo};
use std::process::ExitCode;
use std::sync::Mutex;
use std::time::Instant;

use rustix::process::{Resource, Rlimit, setrlimit};
use tracing::level_filters::LevelFilter;

use crate::cli::command_line::{Cli, Command};
use crate::cli::early::{Early, early};
use crate::cli::ending::{Audience, Ending};
use crate::cli::monitoring::Monitor;
use crate::cli::settings;
use crate::cli::{args::LogFormat, commands, early, exit_code::Exit, hints, output, output::Clean, progress::Bar};
use crate::error::{Error, ErrorKind, Result};
use crate::fs;

/// The message of the last panic.
static PANIC: Mutex<Option<String>> = Mutex::new(None);

/// The whole program.
pub fn main() -> ExitCode {
    let begin = Instant::now();
    let args: Vec<OsString> = std::env::args_os().collect();
    // A core file would hold the key. If this is refused, the machine has a rule of its own.
    let none = Rlimit { current: Some(0), maximum: Some(0) };
    let _ = setrlimit(Resource::Core, none);
    keep_panics_silent();
    panic::catch_unwind(|| program(args.clone(), begin)).unwrap_or_else(|_| broken(&args, begin))
}

/// A panic is reported once, at the end, or by the caller of the SQL engine. With RUST_BACKTRACE it is shown where it
/// happens, too.
fn keep_panics_silent() {
    let by_default = panic::take_hook();
    let is_traced = std::env::var_os("RUST_BACKTRACE").is_some_and(|value| value != "0");
    panic::set_hook(Box::new(move |info: &PanicHookInfo| {
        if is_traced {
            by_default(info);
        }
        let place = info.location().map(|place| format!(" ({}:{})", place.file(), place.line())).unwrap_or_default();
        let text = info.payload().downcast_ref::<String>().map(String::as_str);
        let what = text.or_else(|| info.payload().downcast_ref::<&str>().copied()).unwrap_or("no message");
        *PANIC.lock().unwrap_or_else(|poisoned| poisoned.into_inner()) = Some(format!("{what}{place}"));
    }));
}

/// Reports a bug.
fn broken(args: &[OsString], begin: Instant) -> ExitCode {
    let early = early(args);
    let what = PANIC.lock().map(|last| last.clone()).ok().flatten().unwrap_or_default();
    let error = Error::unexpected(format!("a bug in reelframe: {what}")).hint(
        "please report it with the command; published runs and stored pages are intact, so it is safe to run again",
    );
    begin_log(LevelFilter::WARN, early.log_format, &Bar::new(false));
    end(&stopped(&error, early.log_format), &audience_of(&early), begin)
}

/// Parses a command line without running it. For tests.
pub fn check_arguments(args: Vec<OsString>) -> Result<std::result::Result<(), clap::Error>> {
    Ok(settings::parse(args)?.map(|_| ()))
}

/// Runs a command inside this process and says how it failed; prints nothing of that. For tests.
pub fn run(args: Vec<OsString>) -> Result<Option<ErrorKind>> {
    let cli = settings::parse(args)?.map_err(|error| Error::usage(error.to_string()))?;
    Ok(commands::run(&cli, &Bar::new(false))?.exit.failure())
}

fn program(args: Vec<OsString>, begin: Instant) -> ExitCode {
    let cli = match settings::parse(args.clone()) {
        Ok(Ok(cli)) => cli,
        Ok(Err(clap)) => return refused(&early(&args), begin, &clap),
        Err(error) => {
            let early = early(&args);
            begin_log(LevelFilter::WARN, early.log_format, &Bar::new(false));
            return end(&stopped(&error, early.log_format), &audience_of(&early), begin);
        }
    };
    let bar = Bar::new(shows_progress(&cli));
    begin_log(level(&cli, &bar), cli.log_format, &bar);
    let monitor = Monitor::begin(&cli);
    let ending = commands::run(&cli, &bar).unwrap_or_else(|error| stopped(&error, cli.log_format));
    if let Some(monitor) = monitor {
        monitor.end(&ending, begin.elapsed());
    }
    let audience = Audience {
        command: Some(cli.command.name()),
        is_json: cli.log_format == LogFormat::Json,
        is_quiet: cli.quiet,
        has_data_on_stdout: cli.command.has_data_on_stdout(),
    };
    end(&ending, &audience, begin)
}

/// Reports on stderr why the command failed.
fn stopped(error: &Error, log_format: LogFormat) -> Ending {
    match log_format {
        LogFormat::Json => {
            let exit_code = Exit::from(error.kind).code();
            tracing::error!(exit_code, hint = hints::hint(error), "{}", hints::message(error));
        }
        LogFormat::Human => output::to_stderr(&format!("error: {}\n", hints::in_full(error))),
    }
    Ending::failed(error)
}

/// Help, version and usage errors: clap prints them and knows their exit code, 0 or 2.
fn refused(early: &Early, begin: Instant, clap: &clap::Error) -> ExitCode {
    let text = clap.render().to_string();
    if early.log_format == LogFormat::Human {
        if clap.exit_code() != 0 {
            output::to_stderr(&text);
            return ExitCode::from(Exit::Failed(ErrorKind::Usage).code());
        }
        // If stdout is closed, nobody reads the help.
        let _ = output::to_stdout(&text);
        return ExitCode::from(Exit::Done.code());
    }
    begin_log(LevelFilter::WARN, LogFormat::Json, &Bar::new(false));
    if clap.exit_code() == 0 {
        let _ = output::to_stdout(&text);
        return end(&Ending::done(""), &Audience { has_data_on_stdout: true, ..audience_of(early) }, begin);
    }
    end(&stopped(&early::usage_error(clap), LogFormat::Json), &audience_of(early), begin)
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
    match ending.say(audience, begin.elapsed(), fs::written_bytes()) {
        Ok(()) => ExitCode::from(ending.exit.code()),
        Err(error) => {
            output::to_stderr(&format!("error: {}\n", hints::in_full(&error)));
            ExitCode::from(ending.exit.or_worse(Some(error.kind)).code())
        }
    }
}

/// Show the progress bar only on an interactive terminal.
fn shows_progress(cli: &Cli) -> bool {
    let wanted = match &cli.command {
        Command::Run(args) => args.fetching.wants_bar(),
        Command::Fetch(args) => args.fetching.wants_bar(),
        _ => false,
    };
    wanted && !cli.quiet && cli.log_format == LogFormat::Human && std::io::stderr().is_terminal()
}

/// Next to a progress bar, only warnings and errors are logged.
fn level(cli: &Cli, bar: &Bar) -> LevelFilter {
    match (cli.quiet || bar.is_shown(), cli.verbose) {
        (true, 0) => LevelFilter::WARN,
        (false, 0) => LevelFilter::INFO,
        (_, 1) => LevelFilter::DEBUG,
        (_, _) => LevelFilter::TRACE,
    }
}

/// Logs to stderr, with the time unless it is a terminal.
fn begin_log(level: LevelFilter, log_format: LogFormat, bar: &Bar) {
    let log = tracing_subscriber::fmt().with_max_level(level).with_target(false).with_ansi(false);
    let log_writer = bar.log();
    // A line that cannot be written is not reported on the stderr that cannot be written to.
    let log = log.with_writer(move || Clean(log_writer.clone())).log_internal_errors(false);
    // The log may have been set up already when a panic is reported.
    let _ = match log_format {
        LogFormat::Json => log.json().flatten_event(true).try_init(),
        LogFormat::Human if std::io::stderr().is_terminal() => log.without_time().try_init(),
        LogFormat::Human => log.try_init(),
    };
}
