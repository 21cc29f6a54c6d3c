//! The files that a source file imports from: a path names the file of its longest part that is a module.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use super::sources;

/// The modules of `src`, as `store::page_log::line`, with the modules that each imports from.
pub(super) type Imports = BTreeMap<String, BTreeSet<String>>;

/// Reads the imports of all files but those of tests, `lib.rs` and `main.rs`.
pub(super) fn read(src: &Path) -> Imports {
    let module = |path: &Path| {
        let path = path.strip_prefix(src).expect("below src").with_extension("");
        path.iter().map(|part| part.to_string_lossy()).collect::<Vec<_>>().join("::")
    };
    let code: BTreeMap<String, String> =
        sources(src).iter().map(|path| (module(path), code(&fs::read_to_string(path).expect("a source")))).collect();
    let is_test = |module: &str| module.ends_with("tests") || module.contains("tests::");
    let modules: BTreeSet<&String> = code.keys().collect();
    let imports = |(module, text): (&String, &String)| {
        let paths = paths(module, text).into_iter();
        let imported = paths.filter_map(|path| longest_module(&path, &modules)).filter(|other| other != module);
        (module.clone(), imported.collect())
    };
    code.iter()
        .filter(|(module, _)| !is_test(module) && !["lib", "main"].contains(&module.as_str()))
        .map(imports)
        .collect()
}

/// A source without its comments and its tests.
pub(super) fn code(text: &str) -> String {
    let text = text.split("#[cfg(test)]\nmod ").next().unwrap_or_default();
    text.lines().map(|line| line.split("//").next().unwrap_or_default().trim_end()).collect::<Vec<_>>().join("\n")
}

/// Every path of a file that begins with `crate`, `super`, `self` or one of its child modules, from the root.
fn paths(module: &str, text: &str) -> Vec<Vec<String>> {
    let own: Vec<String> = module.split("::").map(str::to_owned).collect();
    let parent = own[..own.len() - 1].to_vec();
    let declared = |line: &str| {
        let rest =
            line.trim_start().trim_start_matches("pub ").trim_start_matches("pub(crate) ").strip_prefix("mod ")?;
        rest.strip_suffix(';').map(str::to_owned)
    };
    let children = text.lines().filter_map(declared).map(|child| {
        let base = own.iter().cloned().chain([child.clone()]).collect();
        (child, base)
    });
    let roots = [("crate".to_owned(), Vec::new()), ("super".to_owned(), parent), ("self".to_owned(), own.clone())];
    let mut paths = Vec::new();
    for (root, base) in roots.into_iter().chain(children) {
        for (at, found) in text.match_indices(&format!("{root}::")) {
            let is_begin = !text[..at].ends_with(|c: char| c.is_alphanumeric() || "_:.".contains(c));
            if is_begin {
                let rest = use_tree(&text[at + found.len()..]).0.into_iter();
                paths.extend(rest.map(|rest| base.iter().cloned().chain(rest).collect()));
            }
        }
    }
    paths
}

/// The paths at the beginning of a text such as `a::{b, c::D}`, and what follows them.
fn use_tree(text: &str) -> (Vec<Vec<String>>, &str) {
    if let Some(mut rest) = text.strip_prefix('{') {
        let mut paths = Vec::new();
        loop {
            rest = rest.trim_start_matches(|c: char| c.is_whitespace() || c == ',');
            if rest.is_empty() || rest.starts_with('}') {
                return (paths, rest.get(1..).unwrap_or_default());
            }
            let (more, after) = use_tree(rest);
            paths.extend(more);
            // Behind `as name`.
            rest = &after[after.find([',', '}']).unwrap_or(after.len())..];
        }
    }
    let end = text.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(text.len());
    let (name, rest) = (text[..end].to_owned(), &text[end..]);
    if name.is_empty() {
        return (vec![Vec::new()], rest.get(1..).unwrap_or_default());
    }
    match rest.strip_prefix("::") {
        Some(rest) if rest.starts_with(|c: char| c.is_alphanumeric() || "_{".contains(c)) => {
            let (paths, rest) = use_tree(rest);
            (paths.into_iter().map(|path| [vec![name.clone()], path].concat()).collect(), rest)
        }
        _ => (vec![vec![name]], rest),
    }
}

fn longest_module(path: &[String], modules: &BTreeSet<&String>) -> Option<String> {
    let part = |length: usize| path[..length].join("::");
    (1..=path.len()).rev().map(part).find(|part| modules.contains(part))
}

/// The modules that import each other in a circle, one line per circle.
pub(super) fn circles(imports: &Imports) -> Vec<String> {
    let reached: BTreeMap<&String, BTreeSet<&String>> =
        imports.keys().map(|module| (module, reachable(module, imports))).collect();
    let is_circle = |one: &String, other: &String| reached[one].contains(other) && reached[other].contains(one);
    let mut circles: BTreeSet<Vec<&String>> = BTreeSet::new();
    for module in imports.keys() {
        let circle: Vec<&String> = imports.keys().filter(|other| is_circle(module, other)).collect();
        circles.extend((circle.len() > 1).then_some(circle));
    }
    let edges = |circle: &Vec<&String>| {
        let uses = |module: &&String| {
            let imported: Vec<&str> =
                imports[*module].iter().filter(|m| circle.contains(m)).map(String::as_str).collect();
            format!("  {module} imports {}", imported.join(", "))
        };
        circle.iter().map(uses).collect::<Vec<_>>().join("\n")
    };
    circles.iter().map(|circle| format!("a circle of {} files:\n{}", circle.len(), edges(circle))).collect()
}

fn reachable<'a>(from: &String, imports: &'a Imports) -> BTreeSet<&'a String> {
    let (mut reached, mut open) = (BTreeSet::new(), imports.get(from).into_iter().flatten().collect::<Vec<_>>());
    while let Some(module) = open.pop() {
        if reached.insert(module) {
            open.extend(imports.get(module).into_iter().flatten());
        }
    }
    reached
}

#[test]
fn paths_are_found_in_lists_and_in_code() {
    let text = code(
        "mod child; // crate::comment\nuse crate::a::{b::C, d::{E, f as g}, h};\nuse super::i;\n\
         fn x() { child::j(crate::k::l(), my_crate::m()) }\n#[cfg(test)]\nmod tests { use crate::n; }",
    );
    let mut found: Vec<String> = paths("up::own", &text).iter().map(|path| path.join("::")).collect();
    found.sort();
    assert_eq!(found, ["a::b::C", "a::d::E", "a::d::f", "a::h", "k::l", "up::i", "up::own::child::j"]);
}

#[test]
fn circles_are_found() {
    let module = |names: &[&str]| names.iter().map(ToString::to_string).collect::<BTreeSet<_>>();
    let imports = [("a", module(&["b"])), ("b", module(&["c"])), ("c", module(&["b"])), ("d", module(&["a"]))];
    let imports = imports.map(|(name, imported)| (name.to_owned(), imported)).into();
    assert_eq!(circles(&imports), ["a circle of 2 files:\n  b imports c\n  c imports b"]);
}
