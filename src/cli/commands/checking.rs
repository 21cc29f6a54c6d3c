//! `lint` and `doctor`: what is looked at, and what is wrong with it.

use std::path::{Path, PathBuf};

use serde_json::{Value, json};

use crate::cli::args::{LintArgs, RunArgs};
use crate::cli::commands::doctor;
use crate::cli::commands::doctor::Check;
use crate::cli::commands::ending::Ending;
use crate::cli::commands::words::{count, counted};
use crate::cli::exit_code::Exit;
use crate::cli::hints;
use crate::error::{Error, ErrorKind, Result};
use crate::{fs, lint, time};

pub fn lint(args: &LintArgs) -> Result<Ending> {
    let mut files = Vec::new();
    let hint = "name .parquet files, or folders that hold some";
    for path in &args.paths {
        if !fs::exists(path)? {
            return Err(Error::usage(format!("{}: no such file or folder", path.display())).hint(hint));
        }
        parquet_files(path, &mut files)?;
    }
    if files.is_empty() {
        let paths: Vec<String> = args.paths.iter().map(|path| path.display().to_string()).collect();
        return Err(Error::usage(format!("no Parquet file in {}", paths.join(", "))).hint(hint));
    }
    let (mut lines, mut breaches) = (Vec::new(), Vec::new());
    let (mut exit, mut unreadable) = (Exit::Done, None);
    for file in &files {
        let found = match lint::lint(file) {
            Ok(found) => found,
            // One file that cannot be read hides nothing of the others.
            Err(error) => {
                tracing::error!("{}", hints::in_full(&error));
                exit = exit.or_worse(Some(error.kind));
                unreadable = unreadable.or(Some(error));
                continue;
            }
        };
        for breach in found {
            let column = breach.column.as_ref().map(|column| format!(" {column}")).unwrap_or_default();
            lines.push(format!("{}: {}{column}: {}", file.display(), breach.rule, breach.message));
            breaches.push(json!({
                "file": file, "rule": breach.rule, "column": breach.column, "message": breach.message,
            }));
        }
    }
    let found = counted(breaches.len() as u64, "breach", "breaches");
    let summary = format!("{found} in {}\n", count(files.len() as u64, "file"));
    let talk: String = lines.iter().map(|line| format!("{line}\n")).chain([summary]).collect();
    let mut ending = Ending::done(talk);
    if !breaches.is_empty() {
        exit = exit.or_worse(Some(ErrorKind::InvalidData));
        ending = ending.cause(found, None);
    }
    if let Some(error) = unreadable {
        ending = ending.cause(hints::message(&error), hints::hint(&error));
    }
    ending.exit(exit).troubles(lines).fact("files", files.len())?.fact("breaches", breaches)
}

fn parquet_files(path: &Path, files: &mut Vec<PathBuf>) -> Result<()> {
    if !fs::is_dir(path)? {
        files.push(path.to_owned());
        return Ok(());
    }
    for path in fs::list(path)? {
        // What is hidden is under way or old, `_` is a program's own, and links lead to what is met anyway, but for the
        // one to a store's observations.
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        if name.starts_with(['.', '_']) || name != "observations" && fs::is_link(&path)? {
            continue;
        }
        if path.extension().is_some_and(|extension| extension == "parquet") || fs::is_dir(&path)? {
            parquet_files(&path, files)?;
        }
    }
    Ok(())
}

/// What the doctor found, a line each; the exit is the worst of them.
pub fn examine(args: &RunArgs, config_files: &[String]) -> Result<Ending> {
    let checks = doctor::examine(args, config_files, time::now());
    let talk: String = checks.iter().map(|check| format!("{}\n", line(check))).collect();
    let troubles = checks.iter().filter(|check| check.needs_attention()).map(line).collect();
    let errors = || checks.iter().filter_map(|check| check.found.as_ref().err());
    let worst = errors().map(|error| error.kind).max();
    let mut ending = Ending::done(talk).exit(worst).troubles(troubles);
    if let Some(error) = errors().find(|error| Some(error.kind) == worst) {
        ending = ending.cause(hints::message(error), hints::hint(error));
    }
    ending.fact("checks", checks.iter().map(fact).collect::<Vec<_>>())
}

/// `ok` and what was found, or what is wrong and what to do about it on a line of its own.
fn line(check: &Check) -> String {
    let (mark, text, hint) = match &check.found {
        Ok(found) if check.advice.is_some() => ("warn", found.clone(), check.advice.clone()),
        Ok(found) => ("ok", found.clone(), None),
        Err(error) => ("FAIL", hints::message(error), hints::hint(error)),
    };
    let hint = hint.map_or(String::new(), |hint| format!("\n{:18}{hint}", ""));
    format!("{mark:<6}{:<12}{text}{hint}", check.name)
}

fn fact(check: &Check) -> Value {
    let (text, hint) = match &check.found {
        Ok(found) => (found.clone(), check.advice.clone()),
        Err(error) => (hints::message(error), hints::hint(error)),
    };
    json!({"name": check.name, "ok": check.found.is_ok(), "message": text, "hint": hint})
}
