//! `report` and `query`: reports and answers from the tables of the newest run.

use std::path::{Path, PathBuf};

use crate::error::{Error, Result};
use crate::pipeline::{newest_run::current, run_tables, without_forgotten};
use crate::query::{engine::QueryEngine, scope::Scope};
use crate::report::build::Report;
use crate::store::{layout::Store, manifest::Manifest};

/// The tables of the newest run, ready for queries, and its id.
///
/// # Errors
/// `Usage` where nothing was published yet.
pub(crate) fn open_latest(store: &Store) -> Result<(QueryEngine, String)> {
    let (dir, mut manifest) = current(store)?;
    let observations = manifest.observations.iter().map(|file| store.root().join(&file.path)).collect();
    let mut tables = run_tables::open(&dir, observations);
    if without_forgotten::remove(store, &mut manifest)? {
        tables = tables.within(Scope { accounts: Some(names(&manifest)), ..Scope::default() });
    }
    Ok((tables, manifest.run_id))
}

fn names(manifest: &Manifest) -> Vec<String> {
    manifest.accounts.iter().map(|entry| entry.account.clone()).collect()
}

/// The report of the newest published run, made again from its tables. Without accounts it is about those that the run
/// was asked for: others of the store appear when they are named.
///
/// # Errors
/// `Usage` where nothing was published yet, or an account is not in the store.
pub(crate) fn report_latest(store: &Store, scope: Scope, queries: Option<&Path>) -> Result<Report> {
    let newest = ReportSource::of(store, &scope)?;
    let scope =
        Scope { accounts: scope.accounts.or_else(|| run_tables::scope_accounts(&newest.manifest.requested)), ..scope };
    newest.report(scope, queries)
}

/// The same as a report for each account, made one after the other of one and the same run.
///
/// # Errors
/// `Usage` as of [`report_latest`].
pub(crate) fn report_each(
    store: &Store,
    scope: Scope,
    queries: Option<&Path>,
) -> Result<impl Iterator<Item = Result<(String, Report)>>> {
    let newest = ReportSource::of(store, &scope)?;
    let manifest = &newest.manifest;
    let requested = scope.accounts.clone().or_else(|| run_tables::scope_accounts(&manifest.requested));
    let mut accounts = requested.unwrap_or_else(|| names(manifest));
    for account in &mut accounts {
        if let Some(entry) = manifest.account(account) {
            account.clone_from(&entry.account);
        }
    }
    accounts.sort_unstable();
    accounts.dedup();
    let queries = queries.map(Path::to_owned);
    Ok(accounts.into_iter().map(move |account| {
        let scope = Scope { accounts: Some(vec![account.clone()]), ..scope.clone() };
        Ok((account, newest.report(scope, queries.as_deref())?))
    }))
}

/// The newest run and its files.
struct ReportSource {
    dir: PathBuf,
    manifest: Manifest,
    observations: Vec<PathBuf>,
    /// Whether its tables hold accounts that are being forgotten.
    holds_more: bool,
}

impl ReportSource {
    /// Checks the accounts of a scope against those of the run.
    fn of(store: &Store, scope: &Scope) -> Result<Self> {
        let (dir, mut manifest) = current(store)?;
        let holds_more = without_forgotten::remove(store, &mut manifest)?;
        let known: Vec<&str> = manifest.accounts.iter().map(|entry| entry.account.as_str()).collect();
        let is_unknown = |account: &&String| manifest.account(account).is_none();
        let unknown: Vec<&str> = scope.accounts.iter().flatten().filter(is_unknown).map(String::as_str).collect();
        if !unknown.is_empty() {
            return Err(Error::usage(format!("{} has no account {}", store.root().display(), unknown.join(", ")))
                .hint(format!("it has {}", known.join(", "))));
        }
        let observations = manifest.observations.iter().map(|file| store.root().join(&file.path)).collect();
        Ok(Self { dir, manifest, observations, holds_more })
    }

    fn report(&self, mut scope: Scope, queries: Option<&Path>) -> Result<Report> {
        // A renamed account is also found by its former names.
        for account in scope.accounts.iter_mut().flatten() {
            if let Some(entry) = self.manifest.account(account) {
                account.clone_from(&entry.account);
            }
        }
        let scope = if self.holds_more {
            Scope { accounts: scope.accounts.or_else(|| Some(names(&self.manifest))), ..scope }
        } else {
            scope.among(self.manifest.accounts.iter().map(|entry| entry.account.as_str()))
        };
        let tables = run_tables::open(&self.dir, self.observations.clone()).within(scope);
        run_tables::build_report(&tables, &self.manifest.run_id, queries)
    }
}
