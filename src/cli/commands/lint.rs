//! `lint`: Parquet files against the portable profile.

use std::path::{Path, PathBuf};

use clap::Args;
use serde_json::json;

use crate::cli::paths::NOTHING_THERE;
use crate::cli::words::count;
use crate::cli::{ending::Ending, exit_code::Exit, hints};
use crate::error::{Error, ErrorKind, Result};
use crate::{fs, lint};

const EXAMPLES: &str = "\
Examples:
  reelframe lint reels                                        every Parquet file of a store
  reelframe lint other.parquet                                a file from another program";

#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct LintArgs {
    /// Parquet files, or folders of them
    #[arg(required = true, value_name = "PATH")]
    pub paths: Vec<PathBuf>,
}

impl LintArgs {
    pub(crate) fn execute(&self) -> Result<Ending> {
        let mut files = Vec::new();
        let hint = "name .parquet files, or folders that hold some";
        for path in &self.paths {
            if !fs::exists(path)? {
                return Err(Error::usage(format!("{}: {NOTHING_THERE}", path.display())).hint(hint));
            }
            parquet_files(path, &mut files)?;
        }
        if files.is_empty() {
            let paths: Vec<String> = self.paths.iter().map(|path| path.display().to_string()).collect();
            return Err(Error::usage(format!("no Parquet file in {}", paths.join(", "))).hint(hint));
        }
        let (mut lines, mut violations) = (Vec::new(), Vec::new());
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
            for violation in found {
                let column = violation.column.as_ref().map(|column| format!(" {column}")).unwrap_or_default();
                lines.push(format!("{}: {}{column}: {}", file.display(), violation.rule, violation.message));
                violations.push(json!({
                    "file": file, "rule": violation.rule, "column": violation.column, "message": violation.message,
                }));
            }
        }
        let found = count(violations.len() as u64, "violation");
        let summary = format!("{found} in {}\n", count(files.len() as u64, "file"));
        let talk: String = lines.iter().map(|line| format!("{line}\n")).chain([summary]).collect();
        let mut ending = Ending::done(talk);
        if !violations.is_empty() {
            exit = exit.or_worse(Some(ErrorKind::InvalidData));
            ending = ending.cause(found, None);
        }
        if let Some(error) = unreadable {
            ending = ending.cause(hints::message(&error), hints::hint(&error));
        }
        ending.exit(exit).troubles(lines).fact("files", files.len())?.fact("violations", violations)
    }
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
