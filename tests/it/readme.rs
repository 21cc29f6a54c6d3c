//! The README stays short, begins with the two commands that the gate runs, and lists the program's exit codes.

use crate::docs::{commands, text};

#[test]
fn the_readme_is_at_most_ten_kilobytes() {
    let bytes = text("README.md").len();
    assert!(bytes <= 10_240, "README.md has {bytes} bytes: move what few need to docs/");
}

#[test]
fn the_readme_begins_with_the_two_commands_of_the_gate() {
    let commands = commands("README.md");
    assert_eq!(commands[..2], ["cargo run --locked -- run --replay sample_data", "cargo test --locked"]);
    let gate = text(".ci/run");
    assert!(commands[..2].iter().all(|command| gate.contains(command)), "the gate runs other commands");
}

#[test]
fn the_exit_codes_of_the_readme_are_those_of_the_program() {
    let readme = text("README.md");
    let (_, rest) = readme.split_once("<!-- exit codes -->").expect("the README has the exit codes' beginning");
    let (table, _) = rest.split_once("<!-- end of exit codes -->").expect("the README has the exit codes' end");
    assert_eq!(table.trim(), reelframe::internals::exit_codes().trim());
}
