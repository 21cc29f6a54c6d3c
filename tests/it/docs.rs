//! The documents are true: commands run, flags exist, links lead somewhere, columns are those of the program.
//!
//! A page's commands run in order in one folder with the sample's store:
//!
//! - `sh` blocks: each line is a command of reelframe, also behind `cargo run --locked -- `
//! - `sql` blocks: one query each
//! - inline code that begins with `reelframe` and has no PLACEHOLDER
//! - `<!-- file: NAME -->` above a block: the block is written to this file
//! - `<!-- needs: key -->` above a block: the commands end with exit 6, for there is no key
//! - `<!-- needs: … -->` of anything else: the block is not run

mod names;

use std::collections::{BTreeSet, HashSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::{Mutex, OnceLock};

use crate::harness::Reelframe;

const PAGES: [&str; 15] = [
    "README.md",
    "docs/analysts.md",
    "docs/columns.md",
    "docs/formats.md",
    "docs/glossary.md",
    "docs/lake.md",
    "docs/metrics.md",
    "docs/operations.md",
    "docs/packages.md",
    "docs/python.md",
    "docs/reliability.md",
    "docs/reports.md",
    "docs/scale.md",
    "docs/scheduling.md",
    "docs/store.md",
];

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn sample_data() -> String {
    root().join("sample_data").to_string_lossy().into_owned()
}

/// The text of a file of the project.
pub(crate) fn text(path: &str) -> String {
    fs::read_to_string(root().join(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}

/// A fenced block with what the comments right above it say.
#[derive(Default)]
struct Block {
    language: String,
    needs: Option<String>,
    file: Option<String>,
    text: String,
}

/// The blocks of a page, and its text without them.
fn parse(page: &str) -> (Vec<Block>, String) {
    let (mut blocks, mut prose) = (Vec::new(), String::new());
    let mut lines = page.lines();
    let mut next = Block::default();
    while let Some(line) = lines.next() {
        let comment =
            |name: &str| Some(line.strip_prefix("<!-- ")?.strip_prefix(name)?.strip_suffix(" -->")?.to_owned());
        if let Some(language) = line.trim_start().strip_prefix("```") {
            next.language = language.to_owned();
            for line in lines.by_ref().take_while(|line| line.trim_start() != "```") {
                next.text.push_str(line);
                next.text.push('\n');
            }
            blocks.push(std::mem::take(&mut next));
        } else if let Some(needs) = comment("needs: ") {
            next.needs = Some(needs);
        } else if let Some(file) = comment("file: ") {
            next.file = Some(file);
        } else {
            prose.push_str(line);
            prose.push('\n');
        }
    }
    (blocks, prose)
}

/// Inline code.
fn spans(prose: &str) -> impl Iterator<Item = &str> {
    prose.lines().flat_map(|line| line.split('`').skip(1).step_by(2))
}

/// The lines of all `sh` blocks of a page, without their comments.
pub(crate) fn commands(page: &str) -> Vec<String> {
    let (blocks, _) = parse(&text(page));
    blocks.iter().filter(|block| block.language == "sh").flat_map(|block| lines(&block.text)).collect()
}

fn lines(block: &str) -> Vec<String> {
    block.lines().map(|line| line.split(" #").next().unwrap_or(line).trim().to_owned()).collect()
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

/// A folder that the commands of one page run in.
struct Folder {
    next: Reelframe,
}

/// What ran on any page: inline code that did is not run again.
static RAN: Mutex<BTreeSet<String>> = Mutex::new(BTreeSet::new());

fn runs_first(command: &str) -> bool {
    RAN.lock().expect("no test panicked while it held this").insert(command.to_owned())
}

impl Folder {
    fn with_sample_store() -> Folder {
        static SAMPLE: OnceLock<PathBuf> = OnceLock::new();
        let sample = SAMPLE.get_or_init(|| {
            let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("docs");
            let _ = fs::remove_dir_all(&folder);
            let store = folder.join("reels");
            Reelframe::new().args(["run", "--replay", &sample_data(), "--store", &store.to_string_lossy()]).run();
            store
        });
        let next = Reelframe::new();
        let copied = Command::new("cp").arg("-a").arg(sample).arg(next.dir()).status();
        assert!(copied.expect("cp can be started").success());
        Folder { next }
    }

    fn run(&mut self, page: &str, command: &str, needs_key: bool) {
        let Some(arguments) =
            command.strip_prefix("reelframe ").or_else(|| command.strip_prefix("cargo run --locked -- "))
        else {
            assert!(text(".ci/run").contains(command), "{page}: mark what `{command}` needs");
            return;
        };
        let arguments = words(arguments).into_iter();
        let arguments = arguments.map(|word| if word == "sample_data" { sample_data() } else { word });
        self.query_or_command(arguments.collect(), needs_key);
    }

    fn query_or_command(&mut self, arguments: Vec<String>, needs_key: bool) {
        let has = |flag: &str| arguments.iter().any(|argument| argument == flag);
        let fetches = matches!(arguments[0].as_str(), "run" | "fetch") && !has("--replay") && !has("--dry-run");
        let command = std::mem::replace(&mut self.next, Reelframe::new());
        let command = command.env("REELFRAME_BASE_URL", "http://127.0.0.1:9").args(arguments.clone());
        let command = if fetches || (needs_key && arguments[0] == "doctor") { command.status(6) } else { command };
        self.next = command.run().then();
    }
}

fn check(page: &str) {
    let (blocks, prose) = parse(&text(page));
    let mut folder = Folder::with_sample_store();
    for block in blocks {
        if let Some(file) = &block.file {
            folder.next = folder.next.file(file, &block.text);
            continue;
        }
        let needs_key = block.needs.as_deref() == Some("key");
        match block.language.as_str() {
            _ if block.needs.is_some() && !needs_key => {}
            "sh" => lines(&block.text).iter().for_each(|line| {
                runs_first(line);
                folder.run(page, line, needs_key);
            }),
            "sql" => folder.query_or_command(vec!["query".to_owned(), block.text], false),
            language => assert_eq!(language, "text", "{page}: mark what this block needs:\n{}", block.text),
        }
    }
    let is_placeholder = |word: &str| word.len() > 1 && word.bytes().all(|byte| byte.is_ascii_uppercase());
    for span in spans(&prose).filter(|span| span.starts_with("reelframe ")) {
        let is_whole = !span.split_whitespace().any(is_placeholder) && span.split_whitespace().count() > 2;
        if is_whole && runs_first(span) {
            folder.run(page, span, false);
        }
    }
}

#[test]
fn the_readme_runs() {
    check("README.md");
}

#[test]
#[ignore = "slow"]
fn slow_analysts_runs() {
    check("docs/analysts.md");
}

#[test]
#[ignore = "slow"]
fn slow_formats_runs() {
    check("docs/formats.md");
}

#[test]
#[ignore = "slow"]
fn slow_lake_runs() {
    check("docs/lake.md");
}

#[test]
#[ignore = "slow"]
fn slow_operations_runs() {
    check("docs/operations.md");
}

#[test]
fn packages_runs() {
    check("docs/packages.md");
}

#[test]
fn python_runs() {
    check("docs/python.md");
}

#[test]
#[ignore = "slow"]
fn slow_reports_runs() {
    check("docs/reports.md");
}

#[test]
#[ignore = "slow"]
fn slow_store_runs() {
    check("docs/store.md");
}

#[test]
fn the_other_pages_have_no_commands_and_no_page_is_forgotten() {
    for page in ["docs/columns.md", "docs/glossary.md", "docs/metrics.md", "docs/reliability.md"] {
        assert_eq!(parse(&text(page)).0.len(), 0, "{page}");
    }
    let mut pages: Vec<String> = fs::read_dir(root().join("docs"))
        .expect("docs/ can be listed")
        .map(|entry| format!("docs/{}", entry.expect("docs/ can be listed").file_name().to_string_lossy()))
        .filter(|name| name.ends_with(".md"))
        .collect();
    pages.sort();
    assert_eq!(pages, PAGES[1..]);
}

#[test]
fn every_built_in_query_is_explained() {
    let reports = text("docs/reports.md");
    for entry in fs::read_dir(root().join("queries")).expect("queries/ can be listed") {
        let name = entry.expect("queries/ can be listed").file_name().to_string_lossy().into_owned();
        let name = name.trim_start_matches(|c: char| c.is_ascii_digit() || c == '_').trim_end_matches(".sql");
        assert!(reports.contains(&format!("`{name}`")), "docs/reports.md says nothing of {name}");
    }
}

#[test]
fn every_flag_and_command_that_is_named_exists() {
    let completions = Reelframe::new().args(["completions", "bash"]).run().stdout;
    let known: HashSet<&str> = completions.split([' ', '"', '\n', ')']).collect();
    for page in PAGES.into_iter().chain(["CHANGELOG.md"]) {
        let (_, prose) = parse(&text(page));
        for span in spans(&prose).filter(|span| span.starts_with("reelframe ") || span.starts_with("--")) {
            let words = span.split_whitespace().skip_while(|word| *word == "reelframe");
            let (first, rest) = (words.clone().next(), words.skip(1));
            for word in first.into_iter().chain(rest.filter(|word| word.starts_with("--"))) {
                let word = word.split('=').next().unwrap_or(word);
                let is_known = known.contains(word) || word.chars().all(|letter| letter.is_ascii_uppercase());
                assert!(is_known, "{page}: `{span}`: there is no `{word}`");
            }
        }
    }
}

#[test]
fn every_link_leads_somewhere() {
    for page in PAGES.into_iter().chain(["ARCHITECTURE.md", "CONTRIBUTING.md", "CHANGELOG.md", "BENCHMARKS.md"]) {
        let (_, prose) = parse(&text(page));
        let folder = root().join(page).parent().expect("a page has a folder").to_owned();
        for link in prose.split("](").skip(1).filter_map(|rest| rest.split(')').next()) {
            if link.starts_with("https://") {
                continue;
            }
            let (path, anchor) = link.split_once('#').unwrap_or((link, ""));
            let target = if path.is_empty() { root().join(page) } else { folder.join(path) };
            assert!(target.exists(), "{page}: {link}");
            let is_there = anchor.is_empty() || anchors(&target).contains(anchor);
            assert!(is_there, "{page}: {link}: no such heading");
        }
    }
}

/// The headings of a page as the web addresses them.
fn anchors(page: &PathBuf) -> HashSet<String> {
    let text = fs::read_to_string(page).expect("a page can be read");
    let headings = text.lines().filter(|line| line.starts_with('#')).map(|line| line.trim_start_matches('#').trim());
    headings
        .map(|heading| {
            let kept = |letter: &char| letter.is_alphanumeric() || matches!(letter, ' ' | '-' | '_');
            heading.to_lowercase().chars().filter(kept).map(|letter| if letter == ' ' { '-' } else { letter }).collect()
        })
        .collect()
}

#[test]
fn the_page_of_columns_is_the_schema() {
    const BEGIN: &str = "<!-- made by `reelframe schema --format markdown` -->\n\n";
    const END: &str = "<!-- end of what `reelframe schema` made -->";
    let page = text("docs/columns.md");
    let schema = Reelframe::new().args(["schema", "--format", "markdown"]).run().stdout;
    let (before, rest) = page.split_once(BEGIN).expect("the page has the beginning of the schema");
    let (columns, after) = rest.split_once(END).expect("the page has the end of the schema");
    if std::env::var_os("UPDATE_DOCS").is_some() {
        let page = format!("{before}{BEGIN}{schema}{END}{after}");
        return fs::write(root().join("docs/columns.md"), page).expect("docs/columns.md is written");
    }
    assert!(columns == schema, "docs/columns.md is out of date: UPDATE_DOCS=1 cargo test --test it page_of_columns");
}
