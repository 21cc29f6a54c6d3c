//! `verify`: checks all checksums, and that a rebuild of raw/ gives the same tables.

use clap::Args;

use crate::cli::words::{command, count};
use crate::cli::{args::StoreArgs, ending::Ending};
use crate::error::{ErrorKind, Result};
use crate::pipeline::verify;

const EXAMPLES: &str = "\
Examples:
  reelframe verify                                            what was checked, and each difference
  reelframe verify -q                                         only differences, as for cron";

#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct VerifyArgs {
    #[command(flatten)]
    pub store: StoreArgs,
}

impl VerifyArgs {
    pub(crate) fn execute(&self) -> Result<Ending> {
        let store = self.store.existing()?;
        let verified = verify::verify(&store)?;
        for difference in &verified.differences {
            tracing::error!("{difference}");
        }
        let tables = match verified.rows {
            Some(rows) => format!("{} rebuilt from raw/", count(rows, "table row")),
            None if verified.differences.is_empty() => {
                format!(
                    "tables not compared: another version wrote them (`{}` rebuilds them)",
                    command("rebuild", &store)
                )
            }
            None => "tables not compared: fix the differences above first".to_owned(),
        };
        let differences = count(verified.differences.len() as u64, "difference");
        let talk = format!(
            "{} of {} and their observations · {} in {} · {tables}\n{differences}\n",
            count(verified.files, "file"),
            count(verified.runs, "run"),
            count(verified.pages, "page"),
            count(verified.logs, "log"),
        );
        let ending = Ending::done(talk).facts(&verified)?;
        if verified.differences.is_empty() {
            return Ok(ending);
        }
        let advice = format!(
            "`{}` rebuilds runs and observations from raw/; a log that cannot be used has to come from a backup, or be \
             removed (reelframe forget ACCOUNT --log FILE)",
            command("rebuild", &store)
        );
        tracing::warn!("what to do: {advice}");
        Ok(ending.exit(ErrorKind::InvalidData).cause(differences, Some(advice)))
    }
}
