//! The config file and the environment: their values become the defaults of the flags, so that one parser checks them
//! all and a flag that is typed wins.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::path::{Path, PathBuf};

use clap::{Arg, ArgAction, CommandFactory, FromArgMatches};

use crate::error::{Error, Result};
use crate::store::expect_file;

use super::Cli;

const OWN_FORMAT: [&str; 4] = ["report", "query", "schema", "status"];

const DEFAULT_FILE: &str = "reelframe.toml";

/// These are for one call.
const NOT_SETTINGS: [&str; 7] = ["help", "version", "verbose", "config", "yes", "from", "rollback"];

/// What parsing came to: a command, or a text that clap wants printed (help, version, a usage error).
pub type Parsed = std::result::Result<Cli, clap::Error>;

/// Parses the command line with the config file and the environment behind it.
///
/// # Errors
/// A config file that cannot be read, or sets something that is no flag.
pub fn parse(args: Vec<OsString>) -> Result<Parsed> {
    let settings = match config_path(&args) {
        Some(path) => read_settings(&path)?,
        None => BTreeMap::new(),
    };
    let subcommands: Vec<String> = Cli::command().get_subcommands().map(|c| c.get_name().to_owned()).collect();
    let mut command = Cli::command().mut_args(|arg| with_settings(arg, &settings));
    for name in subcommands {
        // `--format` of these is the form of one answer, not that of the tables.
        let has_own_format = OWN_FORMAT.contains(&name.as_str());
        let own = |arg: &Arg| has_own_format && arg.get_long() == Some("format");
        command = command.mut_subcommand(name, |sub| {
            sub.mut_args(|arg| if own(&arg) { arg } else { with_settings(arg, &settings) })
        });
    }
    let parsed = command.try_get_matches_from(args).and_then(|matches| Cli::from_arg_matches(&matches));
    Ok(parsed)
}

/// The file that was named, by flag or environment, else the default one where it is there.
pub(super) fn config_path(args: &[OsString]) -> Option<PathBuf> {
    let mut rest = args.iter().skip(1);
    while let Some(arg) = rest.next() {
        let text = arg.to_string_lossy();
        if text == "--config" {
            return rest.next().map(PathBuf::from);
        }
        if let Some(path) = text.strip_prefix("--config=") {
            return Some(PathBuf::from(path));
        }
    }
    let from_environment = std::env::var_os("REELFRAME_CONFIG").map(PathBuf::from);
    from_environment.or_else(|| Some(PathBuf::from(DEFAULT_FILE)).filter(|path| path.exists()))
}

/// The settings of a file by flag name; every one is a flag of some command.
fn read_settings(path: &Path) -> Result<BTreeMap<String, Vec<String>>> {
    let fault = |what: String| Error::usage(format!("{}: {what}", path.display()));
    expect_file("--config", path)?;
    let text = std::fs::read_to_string(path).map_err(|error| fault(error.to_string()))?;
    let table: toml::Table = text.parse().map_err(|error: toml::de::Error| fault(error.to_string()))?;
    let mut known: Vec<String> = Cli::command()
        .get_subcommands()
        .flat_map(|command| command.get_arguments())
        .chain(Cli::command().get_arguments())
        .filter_map(|arg| arg.get_long().map(str::to_owned))
        .filter(|long| !NOT_SETTINGS.contains(&long.as_str()))
        .collect();
    known.sort();
    known.dedup();
    let mut settings = BTreeMap::new();
    for (key, value) in table {
        let name = key.replace('_', "-");
        if !known.contains(&name) {
            return Err(fault(format!("'{key}' is no setting")).hint(format!("the settings are {}", known.join(", "))));
        }
        let values =
            values(&value).ok_or_else(|| fault(format!("'{key}' is a text, a number, true or false, or a list")))?;
        settings.insert(name, values);
    }
    Ok(settings)
}

fn values(value: &toml::Value) -> Option<Vec<String>> {
    match value {
        toml::Value::String(text) => Some(vec![text.clone()]),
        toml::Value::Integer(number) => Some(vec![number.to_string()]),
        toml::Value::Boolean(flag) => Some(vec![flag.to_string()]),
        toml::Value::Datetime(at) => Some(vec![at.to_string()]),
        toml::Value::Array(list) => {
            list.iter().map(|value| values(value)?.pop()).collect::<Option<Vec<_>>>().map(|list| vec![list.join(",")])
        }
        toml::Value::Float(_) | toml::Value::Table(_) => None,
    }
}

/// A flag with its environment variable, and the file's value as its default.
fn with_settings(arg: Arg, settings: &BTreeMap<String, Vec<String>>) -> Arg {
    let Some(long) = arg.get_long().map(str::to_owned) else { return arg };
    if NOT_SETTINGS.contains(&long.as_str()) {
        return arg;
    }
    let variable = format!("REELFRAME_{}", long.to_uppercase().replace('-', "_"));
    let mut arg = arg.env(clap::builder::OsStr::from(variable)).hide_env(true);
    if let Some(values) = settings.get(&long) {
        let values = values.iter().map(|value| clap::builder::OsStr::from(value.clone()));
        // A switch is off by default; its value in the file says what it is.
        arg = match arg.get_action() {
            ArgAction::SetTrue => arg.default_value(values.clone().next().unwrap_or_default()),
            _ => arg.default_values(values),
        };
        // What the file sets is no longer something the command line must give.
        arg = arg.required(false);
    }
    arg
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::Command;

    fn run(config: &str, args: &[&str]) -> Result<Parsed> {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("reelframe.toml");
        std::fs::write(&path, config).unwrap();
        let mut all = vec![OsString::from("reelframe"), "--config".into(), path.into()];
        all.extend(args.iter().map(OsString::from));
        parse(all)
    }

    fn run_args(config: &str, args: &[&str]) -> crate::cli::RunArgs {
        match run(config, args).unwrap().unwrap().command {
            Command::Run(args) => args,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn a_flag_beats_the_file_and_the_file_the_default() {
        let file = "concurrency = 3\ntrim = true\nformat = ['csv', 'parquet']\nmax_pages = 2\nstore = 'elsewhere'\n";
        let args = run_args(file, &["run", "jane"]);
        assert_eq!((args.concurrency, args.trim, args.max_pages), (3, true, Some(2)));
        assert_eq!(args.tables.format.len(), 2);
        assert_eq!(args.store.store, PathBuf::from("elsewhere"));
        let args = run_args(file, &["run", "jane", "--concurrency", "9", "--format", "csv"]);
        assert_eq!((args.concurrency, args.tables.format.len(), args.requests_per_minute), (9, 1, 60));
    }

    #[test]
    fn what_the_file_has_wrong_is_named() {
        let error = run("colour = 'red'", &["run", "jane"]).unwrap_err();
        assert!(error.message.contains("reelframe.toml: 'colour' is no setting"), "{error}");
        assert!(error.hint.unwrap().contains("concurrency"));
        let error = run("concurrency = ", &["run", "jane"]).unwrap_err();
        assert!(error.message.contains("reelframe.toml"), "{error}");
        let error = run("concurrency = 'many'", &["run", "jane"]).unwrap().unwrap_err();
        assert!(error.to_string().contains("--concurrency"), "{error}");
    }

    #[test]
    fn the_form_of_an_answer_is_not_that_of_the_tables() {
        let file = "format = 'csv'\nlog_format = 'json'\nquiet = true\n";
        let cli = run(file, &["query", "overview"]).unwrap().unwrap();
        assert!(matches!(cli.command, Command::Query(args) if matches!(args.format, crate::cli::AnswerFormat::Table)));
        assert_eq!((cli.log_format, cli.quiet), (crate::cli::LogFormat::Json, true));
    }

    #[test]
    fn the_command_line_is_sound() {
        Cli::command().debug_assert();
    }
}
