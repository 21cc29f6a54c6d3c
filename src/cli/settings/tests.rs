//! Settings from files and variables, and the messages about them.

use std::path::PathBuf;

use super::*;
use crate::cli::args::{AnswerFormat, LogFormat};
use crate::cli::commands::report::{ReportArgs, ReportFormat};
use crate::cli::{command_line, commands::run::RunArgs, hints};
use crate::error::{Error, ErrorKind};

/// The command line behind a config file and an environment.
fn parsed(config: &str, variables: &[(&str, &str)], args: &[&str]) -> Result<Parsed> {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("reelframe.toml");
    std::fs::write(&path, config).unwrap();
    let mut all = vec![OsString::from("reelframe"), "--config".into(), path.into()];
    all.extend(args.iter().map(OsString::from));
    parse_with(all, variables.iter().map(|(name, value)| (name.into(), value.into())).collect())
}

fn cli(config: &str, variables: &[(&str, &str)], args: &[&str]) -> Cli {
    parsed(config, variables, args).unwrap().unwrap()
}

fn run_args(config: &str, variables: &[(&str, &str)], args: &[&str]) -> RunArgs {
    match cli(config, variables, args).command {
        command_line::Command::Run(args) => args,
        other => panic!("{other:?}"),
    }
}

/// What is said, without the folder that the config file is in.
fn fault(config: &str, variables: &[(&str, &str)], args: &[&str]) -> String {
    let error = parsed(config, variables, args).unwrap_err();
    assert_eq!(error.kind, ErrorKind::Usage);
    let message = error.message.split('/').next_back().unwrap().to_owned();
    message + &hints::hint(&error).map(|hint| format!(" | {hint}")).unwrap_or_default()
}

#[test]
fn a_flag_beats_the_environment_that_the_file_and_that_the_default() {
    let file = "concurrency = 3\ntrim = true\nformat = ['csv', 'parquet']\nmax_pages = 2\nkeep-runs = 5\n";
    let args = run_args(file, &[], &["run", "jane"]);
    assert_eq!(
        (args.fetching.concurrency, args.fetching.cost.trim, args.fetching.cost.max_pages, args.publish.keep_runs),
        (3, true, Some(2), 5)
    );
    assert_eq!(args.output.format.len(), 2);
    let variables = [("REELFRAME_CONCURRENCY", "4"), ("REELFRAME_FORMAT", "csv, arrow,xlsx")];
    let args = run_args(file, &variables, &["run", "jane"]);
    assert_eq!((args.fetching.concurrency, args.output.format.len(), args.fetching.requests_per_minute), (4, 3, 60));
    let args = run_args(file, &variables, &["run", "jane", "--concurrency", "9", "--format", "csv"]);
    assert_eq!((args.fetching.concurrency, args.output.format.len()), (9, 1));
}

#[test]
fn a_variable_may_end_as_a_file_with_windows_line_ends_leaves_it() {
    let variables = [("REELFRAME_STORE", "clients \r"), ("REELFRAME_MAX_PAGES", " 3\r"), ("REELFRAME_TRIM", "yes\r")];
    let args = run_args("", &variables, &["run", "jane"]);
    assert_eq!(
        (args.fetching.to.store.store, args.fetching.cost.max_pages, args.fetching.cost.trim),
        (PathBuf::from("clients"), Some(3), true)
    );
}

#[test]
fn blank_is_unset() {
    let blank = "max_pages = ''\nstore = '  '\ntrim = ''\nformat = []\naccounts = ['']\n";
    let args = run_args(blank, &[], &["run", "jane"]);
    assert_eq!(
        (args.fetching.cost.max_pages, args.fetching.cost.trim, args.fetching.input.accounts.accounts),
        (None, false, None)
    );
    assert_eq!((args.fetching.to.store.store, args.output.format.len()), (PathBuf::from("reels"), 2));
    // A blank variable leaves the word to the file, as one that is not there.
    for value in ["", "  ", "\t"] {
        let variables = [
            ("REELFRAME_MAX_PAGES", value),
            ("REELFRAME_TRIM", value),
            ("REELFRAME_FORMAT", value),
            ("REELFRAME_STORE", value),
            ("REELFRAME_SINCE", value),
            ("REELFRAME_LOG_FORMAT", value),
        ];
        let args = run_args("max_pages = 7\ntrim = true\n", &variables, &["run", "jane"]);
        assert_eq!((args.fetching.cost.max_pages, args.fetching.cost.trim, args.fetching.since), (Some(7), true, None));
    }
    // What is typed is meant.
    for args in [["--store", ""], ["--base-url", " "], ["--max-pages", ""], ["--accounts", ""], ["--since", ""]] {
        let error = parsed("", &[], &[&["run", "jane"], &args[..]].concat()).unwrap().unwrap_err();
        assert!(error.exit_code() == 2 && error.to_string().contains(args[0]), "{error}");
    }
}

#[test]
fn every_setting_may_be_blank() {
    for name in known().keys() {
        let variable = format!("{PREFIX}{}", name.to_uppercase());
        for args in [&["run", "jane"][..], &["report"], &["query", "overview"], &["status"], &["schema"], &["rebuild"]]
        {
            let cli = cli(&format!("{name} = ''\n"), &[(&variable, " ")], args);
            assert_eq!((cli.warnings, cli.in_force), (Vec::new(), BTreeMap::new()), "{name}");
        }
    }
}

#[test]
fn switches_take_the_words_that_people_use() {
    for (words, expected) in [
        (["1", "yes", "true", "on", "YES", "True", " On "], true),
        (["0", "no", "false", "off", "NO", "False", "Off"], false),
    ] {
        for word in words {
            let args = run_args("", &[("REELFRAME_TRIM", word), ("REELFRAME_DRY_RUN", word)], &["run", "jane"]);
            assert_eq!((args.fetching.cost.trim, args.fetching.cost.dry_run), (expected, expected), "{word}");
            assert_eq!(
                run_args(&format!("skip_code = '{word}'\n"), &[], &["run", "jane"]).fetching.to.skip_code,
                expected,
                "{word}"
            );
        }
    }
    assert!(run_args("trim = 1\n", &[], &["run", "jane"]).fetching.cost.trim);
    assert!(run_args("trim = false\n", &[("REELFRAME_TRIM", "0")], &["run", "jane", "--trim"]).fetching.cost.trim);
    let both = "'maybe' is neither on nor off: write 1, yes, true or on, or 0, no, false or off";
    assert_eq!(fault("", &[("REELFRAME_TRIM", "maybe")], &["run", "jane"]), format!("REELFRAME_TRIM: {both}"));
    assert_eq!(fault("\ntrim = 'maybe'", &[], &["run", "jane"]), format!("reelframe.toml, line 2: trim {both}"));
}

#[test]
fn an_error_in_a_value_names_where_it_was_set() {
    let of = |name: &str, value: &str| fault("", &[(name, value)], &["run", "jane"]);
    assert_eq!(of("REELFRAME_CONCURRENCY", "many"), "REELFRAME_CONCURRENCY: 'many' is not a number");
    assert_eq!(of("REELFRAME_CONCURRENCY", "65"), "REELFRAME_CONCURRENCY: '65': 65 is not in 1..=64");
    assert_eq!(of("REELFRAME_LOG_FORMAT", "xml"), "REELFRAME_LOG_FORMAT: 'xml' is none of human, json");
    assert!(of("REELFRAME_FORMAT", "csv,doc").starts_with("REELFRAME_FORMAT: 'doc' is none of parquet, csv"));
    assert_eq!(of("REELFRAME_RESUME_WITHIN", "6"), "REELFRAME_RESUME_WITHIN: '6': use the form 90s, 30m, 6h or 7d");
    let file = "trim = true\n# slow\nconcurrency = 'many'\n";
    assert_eq!(fault(file, &[], &["run", "jane"]), "reelframe.toml, line 3: concurrency 'many' is not a number");
    assert_eq!(
        fault("report_format = 'pdf'", &[], &["report"]).split(" is ").next().unwrap(),
        "reelframe.toml, line 1: report_format 'pdf'"
    );
    // It is another command's, or another value is typed.
    cli(file, &[], &["query", "overview"]);
    cli(file, &[], &["run", "jane", "--concurrency", "2"]);
    let typed = parsed(file, &[], &["run", "jane", "--concurrency=some"]).unwrap().unwrap_err();
    assert!(typed.to_string().contains("'some' for '--concurrency"), "{typed}");
}

#[test]
fn an_unknown_setting_is_answered_with_the_nearest_name() {
    let of = |file: &str| fault(file, &[], &["run", "jane"]);
    assert_eq!(
        of("trim = true\nconcurency = 3"),
        "reelframe.toml, line 2: unknown setting `concurency` | did you mean `concurrency`?"
    );
    assert!(of("colour = 'red'").contains("unknown setting `colour` | the settings are account, accounts,"));
    assert!(of("yes = true").contains("unknown setting `yes`"));
    assert!(of("verbose = 1").contains("unknown setting `verbose`"));
    assert!(of("[run]\ntrim = true").contains("unknown setting `run`"));
    assert!(of("trim = { a = 1 }").contains("line 1: 'trim' takes a text, a number, true or false"));
    assert!(of("concurrency = [1, 2]").contains("line 1: 'concurrency' takes a text, a number"));
    assert!(of("max_pages = 2\nmax-pages = 3").contains("line 2: 'max_pages' is set twice"));
    assert!(
        of("trim = true\nconcurrency = \n").starts_with("reelframe.toml, line 2: "),
        "{}",
        of("trim = true\nconcurrency = \n")
    );
    assert!(
        of("store = ../reels\n").ends_with("with texts in quotes: store = \"reels\""),
        "{}",
        of("store = ../reels\n")
    );
    let warned = |variable: &str| cli("", &[(variable, "1")], &["run", "jane"]).warnings.join("\n");
    assert_eq!(
        warned("REELFRAME_CONCURENCY"),
        "unknown setting REELFRAME_CONCURENCY: did you mean REELFRAME_CONCURRENCY?"
    );
    assert_eq!(warned("REELFRAME_COLOUR"), "unknown setting REELFRAME_COLOUR");
    assert_eq!(warned("REELFRAME_YES"), "unknown setting REELFRAME_YES");
    assert_eq!(
        warned("REELFRAME_concurrency"),
        "unknown setting REELFRAME_concurrency: did you mean REELFRAME_CONCURRENCY?"
    );
    for known in ["REELFRAME_FAIL_DISK", "REELFRAME_CONFIG", "REELFRAME_TRIM", "OTHER_VARIABLE"] {
        assert_eq!(warned(known), "", "{known}");
    }
}

#[test]
fn paths_count_from_the_folder_of_their_config_file() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("clients.toml");
    std::fs::write(
        &path,
        "store = 'reels'\nreplay = '/pages'\naccounts = '../a.csv'\nbase_url = 'x/y'\nqueries = 'q'\n\
        api_key_file = 'key'\nout = 'tables'\n",
    )
    .unwrap();
    let with = |variables: &[(&str, &str)], command: &[&str]| {
        let args = [&["reelframe", "--config", path.to_str().unwrap()], command].concat();
        let variables = variables.iter().map(|(name, value)| (name.into(), value.into())).collect();
        parse_with(args.into_iter().map(OsString::from).collect(), variables).unwrap().unwrap().command
    };
    let command_line::Command::Run(args) = with(&[], &["run"]) else { panic!() };
    let here = |name: &str| dir.path().join(name);
    assert_eq!(
        (args.fetching.to.store.store, args.publish.queries, args.fetching.api.api_key_file),
        (here("reels"), Some(here("q")), Some(here("key")))
    );
    assert_eq!(
        (args.fetching.input.accounts.accounts, args.fetching.input.replay.replay),
        (Some(here("../a.csv")), Some("/pages".into()))
    );
    assert_eq!(args.fetching.api.base_url, "x/y");
    let command_line::Command::Export(args) = with(&[("REELFRAME_STORE", "reels")], &["export"]) else { panic!() };
    assert_eq!((args.store.store, args.out), (PathBuf::from("reels"), Some(here("tables"))));
}

#[test]
fn a_setting_of_one_command_breaks_no_other() {
    // Each name is one kind of value, whatever the command.
    let program = Cli::command();
    let mut types = BTreeMap::new();
    for command in program.get_subcommands() {
        for arg in command.get_arguments() {
            let Some(name) = setting_name(command.get_name(), arg) else { continue };
            let this = (
                format!("{:?}", arg.get_value_parser().type_id()),
                ValueShape::of(arg).is_list,
                ValueShape::of(arg).is_switch,
            );
            let first = types.entry(name.clone()).or_insert_with(|| this.clone());
            assert_eq!(*first, this, "{name} of {}", command.get_name());
        }
    }
    let file = "format = 'csv'\nout = 'tables'\nlog_format = 'json'\nquiet = true\nreport_format = 'html'\n";
    let query = cli(file, &[], &["query", "overview"]);
    assert_eq!((query.log_format, query.quiet), (LogFormat::Json, true));
    let command_line::Command::Query(args) = query.command else { panic!() };
    assert!(matches!(args.format, AnswerFormat::Table) && args.out.is_none());
    let report = |variables: &[(&str, &str)]| -> ReportArgs {
        match cli(file, variables, &["report"]).command {
            command_line::Command::Report(args) => args,
            other => panic!("{other:?}"),
        }
    };
    let args =
        report(&[("REELFRAME_REPORT_OUT", "a.html"), ("REELFRAME_FROM", "2026-08-01"), ("REELFRAME_ACCOUNT", "a,b")]);
    assert!(matches!(args.format, ReportFormat::Html));
    assert_eq!(
        (args.out, args.period.within.from.map(|day| day.to_string())),
        (Some("a.html".into()), Some("2026-08-01".into()))
    );
    assert_eq!(args.period.within.account, ["a", "b"]);
    cli("from = '2026-08-01'\n", &[], &["rebuild"]);
}

#[test]
fn settings_that_do_not_apply_are_ignored_and_typed_flags_that_would_do_nothing_are_refused() {
    let variables = [
        ("REELFRAME_REFRESH_WINDOW", "30d"),
        ("REELFRAME_SINCE", "2026-01-01"),
        ("REELFRAME_OBSERVED_AT", "2026-01-01T00:00:00Z"),
    ];
    assert!(run_args("", &variables, &["run", "--replay", "pages"]).fetching.input.replay.replay.is_some());
    assert!(run_args("", &variables, &["run", "jane"]).fetching.refresh_window.is_some());
    let replay = [("REELFRAME_REPLAY", "pages")];
    assert_eq!(
        fault("", &replay, &["run", "--refresh-window", "30d"]),
        "--refresh-window cannot be used with REELFRAME_REPLAY | omit --refresh-window, or unset REELFRAME_REPLAY"
    );
    let args = run_args("", &replay, &["run", "--observed-at", "2026-01-01T00:00:00Z"]);
    assert!(args.fetching.input.replay.config().unwrap().observed_at.is_some());
    assert_eq!(
        fault("", &[], &["run", "jane", "--observed-at", "2026-01-01T00:00:00Z"]),
        "--observed-at needs --replay"
    );
    // Both typed is for the parser to refuse.
    assert!(parsed("", &[], &["run", "--replay", "p", "--since", "2026-01-01"]).unwrap().is_err());
}

#[test]
fn a_later_error_names_the_setting_in_place_of_the_flag() {
    let blamed = |cli: &Cli| {
        let error = Error::usage("could not read --accounts a.csv: --accounts-x").hint("--accounts");
        hints::in_full(&fault::blame(error, &cli.in_force))
    };
    let set = cli("", &[("REELFRAME_ACCOUNTS", "a.csv")], &["run"]);
    assert_eq!(blamed(&set), "could not read REELFRAME_ACCOUNTS a.csv: --accounts-x\nhint: --accounts");
    let typed = cli("", &[("REELFRAME_ACCOUNTS", "b.csv")], &["run", "--accounts", "a.csv"]);
    assert_eq!(blamed(&typed), "could not read --accounts a.csv: --accounts-x\nhint: --accounts");
    let file = cli("\n\naccounts = 'a.csv'\n", &[], &["run"]);
    assert!(blamed(&file).contains("`accounts` (") && blamed(&file).contains("reelframe.toml, line 3) a.csv: "));
}

#[test]
fn the_config_file_is_named_by_flag_or_variable_and_blank_names_none() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("own.toml");
    std::fs::write(&path, "\u{FEFF}concurrency = 7\r\n").unwrap();
    let run = |args: &[&str], config: &str| {
        let args = [&["reelframe", "run", "jane"], args].concat().into_iter().map(OsString::from).collect();
        parse_with(args, vec![(CONFIG.into(), config.into())])
    };
    let concurrency = |parsed: Result<Parsed>| match parsed.unwrap().unwrap().command {
        command_line::Command::Run(args) => args.fetching.concurrency,
        other => panic!("{other:?}"),
    };
    let named = path.to_str().unwrap();
    assert_eq!(concurrency(run(&[], named)), 7);
    assert_eq!(concurrency(run(&["--config", named], "nowhere.toml")), 7);
    assert_eq!(concurrency(run(&[&format!("--config={named}")], "")), 7);
    assert_eq!(concurrency(run(&[], " ")), 5);
    assert!(run(&[], "nowhere.toml").unwrap_err().message.starts_with("REELFRAME_CONFIG: nowhere.toml: "));
    assert!(run(&["--config", ""], named).unwrap().unwrap_err().to_string().contains("--config"));
}

#[test]
fn a_flag_of_another_command_is_refused_with_the_commands_that_have_it() {
    let of = |args: &[&str]| fault("", &[], args);
    let csv =
        "unexpected argument '--csv-dialect' found | --csv-dialect is a flag of `run`, `export`, `query` and `merge`";
    for command in [&["fetch", "jane"][..], &["doctor"], &["report"]] {
        assert_eq!(of(&[command, &["--csv-dialect", "excel"]].concat()), csv, "{command:?}");
    }
    let keep = "unexpected argument '--keep-runs' found | --keep-runs is a flag of `run`, `rebuild`, `compact`, `forget` and `merge`";
    assert_eq!(of(&["fetch", "jane", "--keep-runs=3"]), keep);
    assert!(of(&["fetch", "jane", "--queries", "q"]).contains("is a flag of `run`, `report`, "));
    assert!(of(&["run", "jane", "--rollback", "r"]).ends_with("--rollback is a flag of `rebuild`"));
    // No command has it: the parser's own error suggests a flag.
    assert!(parsed("", &[], &["run", "jane", "--concurency", "3"]).unwrap().is_err());
    // As a setting it is another command's business.
    cli("csv_dialect = 'excel'\n", &[("REELFRAME_KEEP_RUNS", "3")], &["fetch", "jane"]);
}

#[test]
fn every_command_has_examples_and_a_heading_for_each_group_of_flags() {
    for command in Cli::command().get_subcommands() {
        let examples = command.get_after_help().map(ToString::to_string).unwrap_or_default();
        assert!(examples.starts_with("Examples:\n  reelframe "), "{}", command.get_name());
        assert!(examples.lines().all(|line| line.chars().count() <= 100), "{examples}");
    }
    let run = Cli::command().find_subcommand("run").unwrap().clone();
    let headings: std::collections::BTreeSet<&str> = run.get_arguments().filter_map(Arg::get_help_heading).collect();
    assert_eq!(
        headings.into_iter().collect::<Vec<_>>(),
        ["Accounts", "Cost", "Fetching", "Logging", "Monitoring", "Output", "Report"]
    );
}

#[test]
fn the_command_line_is_sound() {
    Cli::command().debug_assert();
}

proptest::proptest! {
    /// Whatever is typed or set for any flag of any command is a command or an error.
    #[test]
    fn any_value_of_any_flag_is_taken_or_refused(
        command in 0_usize..100, flag in 0_usize..100, value in "\\PC{0,8}|-?[0-9]{1,40}[smhd]?|[\u{0}-\u{9f}\u{202e}]{0,4}"
    ) {
        let program = Cli::command();
        let commands: Vec<&Command> = program.get_subcommands().collect();
        let command = commands[command % commands.len()];
        let flags: Vec<&str> = command.get_arguments().filter_map(Arg::get_long).collect();
        let name = command.get_name();
        if let Some(flag) = flags.get(flag % flags.len().max(1)) {
            let typed = parsed("", &[], &[name, &format!("--{flag}={value}")]);
            let variable = format!("REELFRAME_{}", flag.to_uppercase().replace('-', "_"));
            let set = parsed("", &[(&variable, &value)], &[name]);
            let _ = (typed.map(|parsed| parsed.is_ok()), set.map(|parsed| parsed.is_ok()));
        }
    }
}
