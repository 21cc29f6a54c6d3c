//! Settings from files and variables, and what is said of them.

use std::path::PathBuf;

use super::*;
use crate::cli::args::{AnswerFormat, LogFormat, RunArgs};
use crate::cli::hints;
use crate::cli::report::{ReportArgs, ReportFormat};
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
        crate::cli::args::Command::Run(args) => args,
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
    assert_eq!((args.concurrency, args.trim, args.max_pages, args.keep_runs), (3, true, Some(2), 5));
    assert_eq!(args.tables.format.len(), 2);
    let variables = [("REELFRAME_CONCURRENCY", "4"), ("REELFRAME_FORMAT", "csv, arrow,xlsx")];
    let args = run_args(file, &variables, &["run", "jane"]);
    assert_eq!((args.concurrency, args.tables.format.len(), args.requests_per_minute), (4, 3, 60));
    let args = run_args(file, &variables, &["run", "jane", "--concurrency", "9", "--format", "csv"]);
    assert_eq!((args.concurrency, args.tables.format.len()), (9, 1));
}

#[test]
fn a_variable_may_end_as_a_file_with_windows_line_ends_leaves_it() {
    let variables = [("REELFRAME_STORE", "clients \r"), ("REELFRAME_MAX_PAGES", " 3\r"), ("REELFRAME_TRIM", "yes\r")];
    let args = run_args("", &variables, &["run", "jane"]);
    assert_eq!((args.store.store, args.max_pages, args.trim), (PathBuf::from("clients"), Some(3), true));
}

#[test]
fn blank_is_unset() {
    let blank = "max_pages = ''\nstore = '  '\ntrim = ''\nformat = []\naccounts = ['']\n";
    let args = run_args(blank, &[], &["run", "jane"]);
    assert_eq!((args.max_pages, args.trim, args.tables.accounts), (None, false, None));
    assert_eq!((args.store.store, args.tables.format.len()), (PathBuf::from("reels"), 2));
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
        assert_eq!((args.max_pages, args.trim, args.since), (Some(7), true, None));
    }
    // What is typed is meant.
    for args in [["--store", ""], ["--base-url", " "], ["--max-pages", ""], ["--accounts", ""], ["--since", ""]] {
        let error = parsed("", &[], &[&["run", "jane"], &args[..]].concat()).unwrap().unwrap_err();
        assert!(error.exit_code() == 2 && error.to_string().contains(args[0]), "{error}");
    }
}

#[test]
fn no_setting_but_every_setting_may_be_blank() {
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
            assert_eq!((args.trim, args.dry_run), (expected, expected), "{word}");
            assert_eq!(
                run_args(&format!("skip_code = '{word}'\n"), &[], &["run", "jane"]).skip_code,
                expected,
                "{word}"
            );
        }
    }
    assert!(run_args("trim = 1\n", &[], &["run", "jane"]).trim);
    assert!(run_args("trim = false\n", &[("REELFRAME_TRIM", "0")], &["run", "jane", "--trim"]).trim);
    let both = "'maybe' is neither on nor off: write 1, yes, true or on, or 0, no, false or off";
    assert_eq!(fault("", &[("REELFRAME_TRIM", "maybe")], &["run", "jane"]), format!("REELFRAME_TRIM: {both}"));
    assert_eq!(fault("\ntrim = 'maybe'", &[], &["run", "jane"]), format!("reelframe.toml, line 2: trim {both}"));
}

#[test]
fn a_wrong_value_is_blamed_on_where_it_stands() {
    let of = |name: &str, value: &str| fault("", &[(name, value)], &["run", "jane"]);
    assert_eq!(of("REELFRAME_CONCURRENCY", "many"), "REELFRAME_CONCURRENCY: 'many' is not a number");
    assert_eq!(of("REELFRAME_CONCURRENCY", "65"), "REELFRAME_CONCURRENCY: '65': 65 is not in 1..=64");
    assert_eq!(of("REELFRAME_LOG_FORMAT", "xml"), "REELFRAME_LOG_FORMAT: 'xml' is none of human, json");
    assert!(of("REELFRAME_FORMAT", "csv,doc").starts_with("REELFRAME_FORMAT: 'doc': the formats are parquet"));
    assert_eq!(of("REELFRAME_RESUME_WITHIN", "6"), "REELFRAME_RESUME_WITHIN: '6': write it like 90s, 30m, 6h or 7d");
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
fn a_name_that_is_no_setting_is_answered_with_the_nearest() {
    let of = |file: &str| fault(file, &[], &["run", "jane"]);
    assert_eq!(
        of("trim = true\nconcurency = 3"),
        "reelframe.toml, line 2: 'concurency' is not a setting | did you mean `concurrency`?"
    );
    assert!(of("colour = 'red'").contains("'colour' is not a setting | the settings are account, accounts,"));
    assert!(of("yes = true").contains("'yes' is not a setting"));
    assert!(of("verbose = 1").contains("'verbose' is not a setting"));
    assert!(of("[run]\ntrim = true").contains("'run' is not a setting"));
    assert!(of("trim = 1.5").contains("line 1: 'trim' takes a text, a number, true or false"));
    assert!(of("concurrency = [1, 2]").contains("line 1: 'concurrency' takes a text, a number"));
    assert!(of("max_pages = 2\nmax-pages = 3").contains("line 2: 'max_pages' is set twice"));
    assert!(
        of("trim = true\nconcurrency = \n").starts_with("reelframe.toml, line 2: "),
        "{}",
        of("trim = true\nconcurrency = \n")
    );
    assert!(
        of("store = ../reels\n").ends_with("texts are in quotes: store = \"reels\""),
        "{}",
        of("store = ../reels\n")
    );
    let warned = |variable: &str| cli("", &[(variable, "1")], &["run", "jane"]).warnings.join("\n");
    assert_eq!(
        warned("REELFRAME_CONCURENCY"),
        "REELFRAME_CONCURENCY is not a setting: did you mean REELFRAME_CONCURRENCY?"
    );
    assert_eq!(warned("REELFRAME_COLOUR"), "REELFRAME_COLOUR is not a setting");
    assert_eq!(warned("REELFRAME_YES"), "REELFRAME_YES is not a setting");
    assert_eq!(
        warned("REELFRAME_concurrency"),
        "REELFRAME_concurrency is not a setting: did you mean REELFRAME_CONCURRENCY?"
    );
    for known in ["REELFRAME_FAIL_DISK", "REELFRAME_CONFIG", "REELFRAME_TRIM", "OTHER_VARIABLE"] {
        assert_eq!(warned(known), "", "{known}");
    }
}

#[test]
fn paths_count_from_the_folder_of_the_file_that_they_stand_in() {
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
    let crate::cli::args::Command::Run(args) = with(&[], &["run"]) else { panic!() };
    let here = |name: &str| dir.path().join(name);
    assert_eq!(
        (args.store.store, args.queries, args.api_key_file),
        (here("reels"), Some(here("q")), Some(here("key")))
    );
    assert_eq!((args.tables.accounts, args.tables.replay), (Some(here("../a.csv")), Some("/pages".into())));
    assert_eq!(args.base_url, "x/y");
    let crate::cli::args::Command::Export(args) = with(&[("REELFRAME_STORE", "reels")], &["export"]) else { panic!() };
    assert_eq!((args.store.store, args.out), (PathBuf::from("reels"), here("tables")));
}

#[test]
fn a_setting_of_one_command_breaks_no_other() {
    // Each name is one kind of value, whatever the command.
    let program = Cli::command();
    let mut types = BTreeMap::new();
    for command in program.get_subcommands() {
        for arg in command.get_arguments() {
            let Some(name) = setting_name(command.get_name(), arg) else { continue };
            let this =
                (format!("{:?}", arg.get_value_parser().type_id()), Kind::of(arg).is_list, Kind::of(arg).is_switch);
            let first = types.entry(name.clone()).or_insert_with(|| this.clone());
            assert_eq!(*first, this, "{name} of {}", command.get_name());
        }
    }
    let file = "format = 'csv'\nout = 'tables'\nlog_format = 'json'\nquiet = true\nreport_format = 'html'\n";
    let query = cli(file, &[], &["query", "overview"]);
    assert_eq!((query.log_format, query.quiet), (LogFormat::Json, true));
    let crate::cli::args::Command::Query(args) = query.command else { panic!() };
    assert!(matches!(args.format, AnswerFormat::Table) && args.out.is_none());
    let report = |variables: &[(&str, &str)]| -> ReportArgs {
        match cli(file, variables, &["report"]).command {
            crate::cli::args::Command::Report(args) => args,
            other => panic!("{other:?}"),
        }
    };
    let args =
        report(&[("REELFRAME_REPORT_OUT", "a.html"), ("REELFRAME_FROM", "2026-08-01"), ("REELFRAME_ACCOUNT", "a,b")]);
    assert!(matches!(args.format, ReportFormat::Html));
    assert_eq!((args.out, args.from.map(|day| day.to_string())), (Some("a.html".into()), Some("2026-08-01".into())));
    assert_eq!(args.account, ["a", "b"]);
    cli("from = '2026-08-01'\n", &[], &["rebuild"]);
}

#[test]
fn settings_that_do_not_apply_are_passed_over_and_typed_flags_that_would_come_to_nothing_are_not() {
    let variables = [
        ("REELFRAME_REFRESH_WINDOW", "30d"),
        ("REELFRAME_SINCE", "2026-01-01"),
        ("REELFRAME_OBSERVED_AT", "2026-01-01T00:00:00Z"),
    ];
    assert!(run_args("", &variables, &["run", "--replay", "pages"]).tables.replay.is_some());
    assert!(run_args("", &variables, &["run", "jane"]).refresh_window.is_some());
    let replay = [("REELFRAME_REPLAY", "pages")];
    assert_eq!(
        fault("", &replay, &["run", "--refresh-window", "30d"]),
        "--refresh-window does not go with REELFRAME_REPLAY | leave --refresh-window out, or take REELFRAME_REPLAY back"
    );
    let args = run_args("", &replay, &["run", "--observed-at", "2026-01-01T00:00:00Z"]);
    assert!(args.tables.replay().unwrap().observed_at.is_some());
    assert_eq!(
        fault("", &[], &["run", "jane", "--observed-at", "2026-01-01T00:00:00Z"]),
        "--observed-at goes with --replay"
    );
    // Both typed is for the parser to refuse.
    assert!(parsed("", &[], &["run", "--replay", "p", "--since", "2026-01-01"]).unwrap().is_err());
}

#[test]
fn an_error_of_later_names_the_setting_in_place_of_the_flag() {
    let blamed = |cli: &Cli| {
        hints::in_full(&cli.blame(Error::usage("could not read --accounts a.csv: --accounts-x").hint("--accounts")))
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
        crate::cli::args::Command::Run(args) => args.concurrency,
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
