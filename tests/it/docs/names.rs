//! The pages for developers name paths, types, macros and tests that exist.

use std::fs;
use std::path::Path;

use super::{parse, root, spans, text};

#[test]
fn what_developers_read_names_what_exists() {
    let mut code = String::new();
    for folder in ["src", "tests", "testkit", "tools", "benches", "examples"] {
        collect_code(&root().join(folder), &mut code);
    }
    for page in ["ARCHITECTURE.md", "CONTRIBUTING.md", "docs/reliability.md", "BENCHMARKS.md"] {
        let (_, prose) = parse(&text(page));
        for span in spans(&prose) {
            assert!(exists(span, &code), "{page}: there is no `{span}`");
        }
    }
}

/// Whether a piece of inline code names what exists, or nothing of ours.
fn exists(span: &str, code: &str) -> bool {
    let defines = |keywords: &[&str], name: &str| {
        keywords.iter().any(|keyword| {
            let definition = format!("{keyword} {name}");
            let ends =
                |at: usize| !code[at + definition.len()..].starts_with(|c: char| c.is_alphanumeric() || c == '_');
            code.match_indices(&definition).any(|(at, _)| ends(at))
        })
    };
    let folder = span.split('/').next().unwrap_or_default();
    if ["src", "tests", "testkit", "tools", "benches", "examples", "queries", "docs"].contains(&folder) {
        return span.contains("NNN") || root().join(span).exists();
    }
    if let Some((modules, name)) = span.rsplit_once("::") {
        let module = modules.rsplit("::").next().unwrap_or_default();
        return if name == "*" { defines(&["mod"], module) } else { defines(&["fn"], name) };
    }
    if let Some(name) = span.strip_suffix('!').filter(|name| name.starts_with(char::is_alphabetic)) {
        return defines(&["macro_rules!"], name);
    }
    if is_constant(span) {
        return code.contains(span.split('=').next().unwrap_or(span));
    }
    // A macro's enum begins with its name alone.
    let by_macro = format!("    {span} {{\n");
    !is_type(span) || defines(&["struct", "enum", "trait", "type"], span) || code.contains(&by_macro)
}

/// Whether it is spelled as a type, and not as one of a library.
fn is_type(span: &str) -> bool {
    let is_foreign = ["RecordBatch", "Option", "IgnoredAny"].contains(&span);
    let is_camel_case = span.starts_with(char::is_uppercase) && span.contains(char::is_lowercase);
    is_camel_case && !is_foreign && span.chars().all(char::is_alphanumeric)
}

/// Whether it is spelled as a constant or an environment variable, and not as one of cargo.
fn is_constant(span: &str) -> bool {
    let name = span.split('=').next().unwrap_or(span);
    name.contains('_')
        && !name.starts_with(['_', '-'])
        && !name.starts_with("CARGO_")
        && name.chars().all(|c| c.is_ascii_uppercase() || c == '_')
}

fn collect_code(folder: &Path, code: &mut String) {
    for entry in fs::read_dir(folder).expect("a folder of code can be listed") {
        let path = entry.expect("a folder of code can be listed").path();
        if path.is_dir() {
            collect_code(&path, code);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            code.push_str(&fs::read_to_string(&path).expect("code can be read"));
        }
    }
}

#[test]
fn names_are_looked_up_whole() {
    let code = "pub struct PageLine<'a> {}\nmod raw;\nfn it_holds() {}\nmacro_rules! item {";
    for span in ["PageLine", "raw::*", "raw::it_holds", "item!", "src/lib.rs", "latest", "//!", "CARGO_X=1"] {
        assert!(exists(span, code), "{span}");
    }
    for span in ["Page", "ra::*", "raw::it_hold", "ite!", "src/library.rs", "NO_SUCH=1"] {
        assert!(!exists(span, code), "{span}");
    }
}
