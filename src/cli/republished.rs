//! The end of a command that published a run without new pages.

use crate::cli::ending::Ending;
use crate::cli::words::count;
use crate::error::{ErrorKind, Result};
use crate::pipeline::summary::Summary;

/// `what` is what was done.
pub(crate) fn ending(summary: &Summary, what: &str) -> Result<Ending> {
    let talk = match summary.publication.dir() {
        Some(dir) => format!("{what} · {} · {}\n", count(summary.rows, "reel"), dir.display()),
        None => format!("{what} · no run has been published yet\n"),
    };
    let ending = Ending::done(talk).facts(summary)?;
    if let Some(first) = summary.unusable.first() {
        summary.unusable.iter().for_each(|reason| tracing::warn!("{reason}"));
        let advice = "restore these page logs from a backup, or remove them: reelframe forget ACCOUNT --log FILE";
        tracing::warn!("what to do: {advice}");
        return Ok(ending.exit(ErrorKind::Partial).cause(first.clone(), Some(advice.to_owned())));
    }
    Ok(match summary.faults {
        0 => ending,
        faults => ending.exit(ErrorKind::Partial).cause(
            format!("{} of the report failed", count(faults, "section")),
            Some("correct the sections of --queries named above".to_owned()),
        ),
    })
}
