//! The README says what is so: its data dictionary is the table of columns, its commands run, its words are the CLI's.

use std::fs;
use std::path::{Path, PathBuf};

use crate::harness::Reelframe;

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).to_owned()
}

fn readme() -> String {
    fs::read_to_string(root().join("README.md")).expect("there is a README")
}

#[test]
fn the_data_dictionary_is_the_table_of_columns() {
    const BEGIN: &str = "<!-- data dictionary: made by `reelframe schema --format markdown` -->\n\n";
    const END: &str = "<!-- end of the data dictionary -->";
    let readme = readme();
    let schema = Reelframe::new().args(["schema", "--format", "markdown"]).run().stdout;
    let (before, rest) = readme.split_once(BEGIN).expect("the README has the dictionary's beginning");
    let (dictionary, after) = rest.split_once(END).expect("the README has the dictionary's end");
    if dictionary == schema {
        return;
    }
    if std::env::var_os("UPDATE_README").is_some() {
        fs::write(root().join("README.md"), format!("{before}{BEGIN}{schema}{END}{after}"))
            .expect("README.md is written");
        return;
    }
    panic!("the README's data dictionary is out of date: run `UPDATE_README=1 cargo test data_dictionary`");
}

/// Every `reelframe …` line of the README's shell blocks that needs neither key nor network, run in order over one store.
#[test]
fn every_command_of_the_readme_runs() {
    let readme = readme();
    let blocks: Vec<&str> =
        readme.split("```sh\n").skip(1).map(|block| block.split("```").next().unwrap_or_default()).collect();
    let commands: Vec<&str> = blocks.iter().flat_map(|block| block.lines()).collect();
    let mut ran = 0;
    let mut command = Reelframe::new();
    for line in commands {
        let line = line.split(" #").next().unwrap_or(line).trim();
        let Some(arguments) = line.strip_prefix("reelframe ").or_else(|| line.strip_prefix("cargo run -- ")) else {
            continue;
        };
        let mut arguments = words(arguments);
        let has = |flag: &str| arguments.iter().any(|argument| argument == flag);
        let needs_key = matches!(arguments[0].as_str(), "run" | "fetch") && !has("--replay") && !has("--dry-run");
        if needs_key {
            command.status(6).stderr_has("AISA_API_KEY").file("accounts.csv", "handle\njane\n").args(arguments).run();
            command = Reelframe::new();
            continue;
        }
        for argument in &mut arguments {
            if argument == "sample_data" {
                *argument = root().join("sample_data").to_string_lossy().into_owned();
            }
        }
        let output = command.args(arguments).run();
        command = output.then();
        ran += 1;
    }
    assert!(ran >= 6, "only {ran} commands of the README were run");
}

/// Splits as a shell does with double quotes.
fn words(line: &str) -> Vec<String> {
    let mut words = Vec::new();
    for (at, part) in line.split('"').enumerate() {
        match at % 2 {
            0 => words.extend(part.split_whitespace().map(str::to_owned)),
            _ => words.push(part.to_owned()),
        }
    }
    words
}

#[test]
fn the_exit_codes_of_the_readme_are_those_of_the_program() {
    use reelframe::error::Exit;
    let readme = readme();
    for exit in [
        Exit::Done,
        Exit::Unexpected,
        Exit::Usage,
        Exit::Partial,
        Exit::NotUnderstood,
        Exit::TryAgain,
        Exit::Key,
        Exit::Money,
        Exit::Busy,
        Exit::Disk,
        Exit::NothingNew,
        Exit::Interrupted,
        Exit::Terminated,
    ] {
        assert!(readme.contains(&format!("\n| {} | ", exit.code())), "{exit:?}");
    }
}
