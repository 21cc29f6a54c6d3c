//! Reports and answers of the newest run, made from its tables.

use std::path::{Path, PathBuf};

use crate::error::{Error, Result};
use crate::pipeline::newest_run::current;
use crate::query::scope::Scope;
use crate::query::{engine, file};
use crate::report::build::{Provenance, Report};
use crate::schema::column::Table;
use crate::store::layout::Store;
use crate::store::manifest::Manifest;

pub fn build_report(tables: &engine::QueryEngine, run_id: &str, queries: Option<&Path>) -> Result<Report> {
    let provenance = Provenance { run_id: run_id.to_owned(), program_version: env!("CARGO_PKG_VERSION").to_owned() };
    Report::build(tables, &file::queries(queries)?, &provenance)
}

pub fn load_tables(dir: &Path, observations: Vec<PathBuf>) -> engine::QueryEngine {
    let files = |table: Table| match table {
        Table::Observations => observations.clone(),
        _ => vec![dir.join(format!("{}.parquet", table.name()))],
    };
    let files = Table::ALL.into_iter().map(|table| (table, files(table))).collect();
    engine::QueryEngine::new(files)
}

/// The tables of the newest published run, ready for questions, and that run's id.
///
/// # Errors
/// `Usage` where nothing was published yet.
pub fn open_latest(store: &Store) -> Result<(engine::QueryEngine, String)> {
    let (dir, mut manifest) = current(store)?;
    let observations = manifest.observations.iter().map(|file| store.root().join(&file.path)).collect();
    let mut tables = load_tables(&dir, observations);
    if without_the_forgotten(store, &mut manifest)? {
        tables = tables.within(Scope { accounts: Some(names(&manifest)), ..Scope::default() });
    }
    Ok((tables, manifest.run_id))
}

/// Leaves out of a run what is on its way out of the store; whether there was something to leave out.
pub fn without_the_forgotten(store: &Store, manifest: &mut Manifest) -> Result<bool> {
    let forgettings = store.forgettings()?;
    let goes = |key: &str| forgettings.iter().any(|forgetting| forgetting.log.is_none() && forgetting.key == key);
    let count = manifest.accounts.len();
    let keys = manifest.requested_keys();
    let mut stays = keys.iter().map(|key| !goes(key));
    manifest.requested.retain(|_| stays.next().unwrap_or(true));
    manifest.accounts.retain(|entry| !goes(entry.key()));
    Ok(manifest.accounts.len() < count)
}

fn names(manifest: &Manifest) -> Vec<String> {
    manifest.accounts.iter().map(|entry| entry.account.clone()).collect()
}

/// The report of the newest published run, made again from its tables. Without accounts it is about those that the run
/// was asked for: others of the store appear when they are named.
///
/// # Errors
/// `Usage` where nothing was published yet, or an account is not in the store.
pub fn report_latest(store: &Store, scope: Scope, queries: Option<&Path>) -> Result<Report> {
    let newest = Newest::of(store, &scope)?;
    let scope = Scope { accounts: scope.accounts.or_else(|| asked_for(&newest.manifest.requested)), ..scope };
    newest.report(scope, queries)
}

/// The same as a report for each account, made one after the other of one and the same run.
///
/// # Errors
/// `Usage` as of [`report_latest`].
pub fn report_each(
    store: &Store,
    scope: Scope,
    queries: Option<&Path>,
) -> Result<impl Iterator<Item = Result<(String, Report)>>> {
    let newest = Newest::of(store, &scope)?;
    let manifest = &newest.manifest;
    let asked = scope.accounts.clone().or_else(|| asked_for(&manifest.requested));
    let mut accounts = asked.unwrap_or_else(|| names(manifest));
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

/// The newest published run and where its files lie.
struct Newest {
    dir: PathBuf,
    manifest: Manifest,
    observations: Vec<PathBuf>,
    /// Whether its tables hold accounts that are on their way out.
    holds_more: bool,
}

impl Newest {
    /// Holds the accounts of a scope against those of the run.
    fn of(store: &Store, scope: &Scope) -> Result<Newest> {
        let (dir, mut manifest) = current(store)?;
        let holds_more = without_the_forgotten(store, &mut manifest)?;
        let known: Vec<&str> = manifest.accounts.iter().map(|entry| entry.account.as_str()).collect();
        let is_unknown = |account: &&String| manifest.account(account).is_none();
        let unknown: Vec<&str> = scope.accounts.iter().flatten().filter(is_unknown).map(String::as_str).collect();
        if !unknown.is_empty() {
            return Err(Error::usage(format!("{} has no account {}", store.root().display(), unknown.join(", ")))
                .hint(format!("it has {}", known.join(", "))));
        }
        let observations = manifest.observations.iter().map(|file| store.root().join(&file.path)).collect();
        Ok(Newest { dir, manifest, observations, holds_more })
    }

    fn report(&self, mut scope: Scope, queries: Option<&Path>) -> Result<Report> {
        // An account that was renamed is found by its old names, too.
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
        let tables = load_tables(&self.dir, self.observations.clone()).within(scope);
        build_report(&tables, &self.manifest.run_id, queries)
    }
}

/// The accounts that a run's report is about: all where the run was asked for none.
pub fn asked_for(requested: &[String]) -> Option<Vec<String>> {
    (!requested.is_empty()).then(|| requested.to_vec())
}
