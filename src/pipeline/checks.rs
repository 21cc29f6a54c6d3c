//! Checks without network that run before the first paid request.

use crate::config::{Settings, Source};
use crate::error::{Error, Hint, Parameter, Result};
use crate::fs;
use crate::query::file;
use crate::store::{layout::Store, manifest::Manifest};

/// Reads the user's queries. A broken one does not stop the run: the report shows the error in its place.
///
/// # Errors
/// `Usage` where their folder cannot be read or holds none.
pub(crate) fn queries(settings: &Settings) -> Result<()> {
    for query in file::queries(settings.queries.as_deref())? {
        if let Some(fault) = query.fault {
            tracing::warn!("the report will be without a section: {fault}");
        }
    }
    Ok(())
}

/// Checks where the pages are to come from.
///
/// # Errors
/// `Usage` where no account is named or the path of a replay is not there, `Auth` without a key. (A run that is published
/// already needs none.)
pub(crate) fn source(store: &Store, settings: &Settings, source: &Source, run_id: Option<&str>) -> Result<()> {
    match source {
        Source::Api(config) => {
            accounts(settings)?;
            let dir = run_id.map(|run_id| store.run_dir(run_id));
            let published = dir.map(|dir| Manifest::published(&dir)).transpose()?.flatten();
            if config.key.is_none() && published.is_none() { Err(Error::no_key()) } else { Ok(()) }
        }
        Source::Replay(config) if !fs::exists(&config.path)? => {
            Err(Error::parameter(Parameter::Replay, format!("{}: no such file or folder", config.path.display())))
        }
        Source::Replay(_) => Ok(()),
    }
}

pub(crate) fn accounts(settings: &Settings) -> Result<()> {
    if settings.requests().is_empty() {
        return Err(Error::usage("no account to fetch").hint(Hint::NameAccounts));
    }
    Ok(())
}
