//! What can be read from a command line before it is parsed, so that even a usage error is printed in the requested
//! form.

use std::ffi::OsString;
use std::path::Path;

use clap::CommandFactory;

use crate::cli::{args::LogFormat, command_line::Cli, config_file::config_files};
use crate::error::Error;
use crate::fs;

/// What a command line requests, as far as it can be read.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Early {
    pub command: Option<String>,
    /// As `Command::has_data_on_stdout`.
    pub has_data_on_stdout: bool,
    pub log_format: LogFormat,
}

/// Reads the arguments, then the environment, then the config files.
pub(crate) fn early(args: &[OsString]) -> Early {
    let words: Vec<String> = args.iter().skip(1).map(|arg| arg.to_string_lossy().into_owned()).collect();
    let given = flag(&words)
        .or_else(|| std::env::var("REELFRAME_LOG_FORMAT").ok().filter(|text| !text.trim().is_empty()))
        .or_else(|| {
            let variables: Vec<_> = std::env::vars_os().collect();
            let files = config_files(args, &variables, &mut Vec::new());
            files.iter().find_map(|file| setting(&file.path))
        });
    let is_json = given.is_some_and(|text| text.trim().eq_ignore_ascii_case("json"));
    let command = command(&words);
    Early {
        has_data_on_stdout: command.as_deref().is_some_and(|command| has_data_on_stdout(command, &words)),
        command,
        log_format: if is_json { LogFormat::Json } else { LogFormat::Human },
    }
}

fn has_data_on_stdout(command: &str, words: &[String]) -> bool {
    let has = |flag: &str| words.iter().any(|word| word == flag || word.starts_with(&format!("{flag}=")));
    match command {
        "query" | "report" => !has("--out"),
        "schema" | "completions" | "man" => true,
        _ => false,
    }
}

/// An error of clap, as an error like any other.
pub(crate) fn usage_error(clap: &clap::Error) -> Error {
    use clap::error::ErrorKind;
    if clap.kind() == ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand {
        return Error::usage("no command was given").hint("`reelframe --help` lists the commands");
    }
    let text = clap.render().to_string();
    let text = text.trim().strip_prefix("error: ").unwrap_or(text.trim());
    match text.split_once("\n\n") {
        Some((message, hint)) => {
            Error::usage(message.trim()).hint(hint.split_whitespace().collect::<Vec<_>>().join(" "))
        }
        None => Error::usage(text),
    }
}

/// The first word that is a command and not the value of a flag.
fn command(words: &[String]) -> Option<String> {
    let names: Vec<String> = Cli::command().get_subcommands().map(|command| command.get_name().to_owned()).collect();
    let is_value = |at: usize| at > 0 && ["--config", "--log-format"].contains(&words[at - 1].as_str());
    let found = words.iter().enumerate().find(|(at, word)| names.contains(word) && !is_value(*at));
    found.map(|(_, word)| word.clone())
}

fn flag(words: &[String]) -> Option<String> {
    let at = words.iter().rposition(|word| word == "--log-format" || word.starts_with("--log-format="))?;
    match words[at].split_once('=') {
        Some((_, value)) => Some(value.to_owned()),
        None => words.get(at + 1).cloned(),
    }
}

/// The setting of a config file, line by line: the error may be in another line.
fn setting(path: &Path) -> Option<String> {
    let text = fs::text_of(path).ok()?;
    text.lines().find_map(|line| {
        let table = line.parse::<toml::Table>().ok()?;
        let value = table.get("log_format").or_else(|| table.get("log-format"))?;
        value.as_str().map(str::to_owned)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(words: &[&str]) -> Early {
        let args: Vec<OsString> = ["reelframe"].iter().chain(words).map(OsString::from).collect();
        early(&args)
    }

    #[test]
    fn the_command_and_the_log_format_are_found_in_a_command_line_that_is_wrong() {
        let found = |words: &[&str]| {
            let early = of(words);
            (early.command, early.log_format)
        };
        assert_eq!(found(&["--log-format", "json", "run", "--no-such"]), (Some("run".to_owned()), LogFormat::Json));
        assert_eq!(found(&["query", "x", "--log-format=json"]), (Some("query".to_owned()), LogFormat::Json));
        assert_eq!(found(&["--config", "run", "fetch"]), (Some("fetch".to_owned()), LogFormat::Human));
        assert_eq!(found(&["--log-format"]), (None, LogFormat::Human));
        assert_eq!(found(&["nonsense", "--log-format", "xml"]), (None, LogFormat::Human));
    }

    #[test]
    fn where_the_data_goes_is_the_same_before_and_after_parsing() {
        for words in [
            &["query", "overview"][..],
            &["query", "overview", "--out", "x.csv"],
            &["report"],
            &["report", "--out=x.html"],
            &["schema"],
            &["man"],
            &["completions", "bash"],
            &["status"],
            &["verify"],
            &["run", "maple"],
            &["fetch", "maple"],
            &["export", "--out", "x"],
            &["rebuild"],
            &["compact"],
            &["forget", "maple"],
            &["lint", "x"],
            &["doctor"],
        ] {
            let args: Vec<OsString> = ["reelframe"].iter().chain(words).map(OsString::from).collect();
            let cli = <Cli as clap::Parser>::try_parse_from(&args).unwrap();
            let early = early(&args);
            assert_eq!(early.command.as_deref(), Some(cli.command.name()));
            assert_eq!(early.has_data_on_stdout, cli.command.has_data_on_stdout(), "{words:?}");
        }
    }

    #[test]
    fn a_usage_error_has_a_message_and_a_hint_without_line_breaks() {
        let error = |words: &[&str]| {
            let args = ["reelframe"].iter().chain(words).map(OsString::from);
            usage_error(&<Cli as clap::Parser>::try_parse_from(args).unwrap_err())
        };
        let unknown = error(&["run", "maple", "--concurency", "3"]);
        assert_eq!(unknown.message, "unexpected argument '--concurency' found");
        let hint = unknown.hint_text().unwrap();
        assert!(hint.contains("--concurrency") && !hint.contains('\n'), "{hint}");
        assert_eq!(error(&[]).message, "no command was given");
    }

    #[test]
    fn a_config_file_is_read_even_if_another_line_is_broken() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("broken.toml");
        std::fs::write(&path, "concurrency = \nlog_format = 'json' # for the log collector\n").unwrap();
        let config = path.to_string_lossy();
        assert_eq!(of(&["run", "--config", &config]).log_format, LogFormat::Json);
        // What is typed wins.
        assert_eq!(of(&["run", "--config", &config, "--log-format", "human"]).log_format, LogFormat::Human);
        assert_eq!(of(&["run", "--config", "/no/such/file"]).log_format, LogFormat::Human);
    }
}
