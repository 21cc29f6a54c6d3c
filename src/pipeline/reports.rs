//! `report` and `query`: reports and answers from the tables of the latest run.

use std::path::{Path, PathBuf};

use crate::config::accounts::parse_account;
use crate::error::{Error, Result};
use crate::formats::scan::TableScan;
use crate::pipeline::{forgetting, newest_run::current, run_tables};
use crate::query::{answer::Answer, engine::QueryEngine, scope::Scope};
use crate::report::build::Report;
use crate::schema::column::Table;
use crate::store::{layout::Store, manifest::Manifest};

/// The tables of the newest run within a scope, ready for queries, and its id.
///
/// # Errors
/// `Usage` where nothing was published yet, or an account is not in the store.
pub(crate) fn open_latest(store: &Store, scope: Scope) -> Result<(QueryEngine, String)> {
    let newest = LatestRun::of(store)?;
    let scope = newest.resolve(scope)?;
    Ok((newest.tables(scope), newest.manifest.run_id))
}

/// The days of the period, where tables have reels and none was posted then.
pub(crate) fn period_without_reels(tables: &QueryEngine) -> Result<Option<String>> {
    const REELS: &str = "SELECT COUNT(*) AS reels, COUNT(CASE WHEN posted_date >= p.first AND posted_date <= p.last THEN 1 \
        END) AS posted FROM reels CROSS JOIN period AS p";
    let answer = tables.query(REELS)?;
    let count = |name: &str| answer.value(0, name).as_int().unwrap_or(0);
    let is_empty = count("reels") > 0 && count("posted") == 0;
    Ok(tables.period()?.text().filter(|_| is_empty))
}

/// The report of the newest published run, made again from its tables. Without accounts it is about those that the run
/// was asked for: others of the store appear when they are named.
///
/// # Errors
/// `Usage` where nothing was published yet, or an account is not in the store.
pub(crate) fn report_latest(store: &Store, scope: Scope, queries: Option<&Path>) -> Result<Report> {
    let newest = LatestRun::of(store)?;
    let scope = newest.of_report(scope)?;
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
    let newest = LatestRun::of(store)?;
    let scope = newest.of_report(scope)?;
    let mut accounts = scope.accounts.clone().unwrap_or_else(|| newest.names());
    accounts.sort_unstable();
    accounts.dedup();
    let queries = queries.map(Path::to_owned);
    Ok(accounts.into_iter().map(move |account| {
        let scope = Scope { accounts: Some(vec![account.clone()]), ..scope.clone() };
        Ok((account, newest.report(scope, queries.as_deref())?))
    }))
}

/// The latest run and its files: what is read and asked through it is of this one run, also while others are published.
pub struct LatestRun {
    store: Store,
    dir: PathBuf,
    manifest: Manifest,
    observations: Vec<PathBuf>,
    /// Whether its tables hold accounts that are being forgotten.
    holds_more: bool,
}

impl LatestRun {
    /// # Errors
    /// `Usage` if nothing has been published yet, or another version made the tables; `InvalidData` for a damaged run.
    pub fn of(store: &Store) -> Result<Self> {
        let (dir, mut manifest) = current(store)?;
        let holds_more = forgetting::leave_out(store, &mut manifest)?;
        let observations = manifest.observations.iter().map(|file| store.root().join(&file.path)).collect();
        Ok(Self { store: store.clone(), dir, manifest, observations, holds_more })
    }

    pub fn id(&self) -> &str {
        &self.manifest.run_id
    }

    /// The accounts of its tables, by name.
    pub fn accounts(&self) -> Vec<String> {
        let mut names = self.names();
        names.sort_unstable();
        names
    }

    /// A table, or these columns of it in this order, with the rows of these accounts: all without. It is not yet read.
    ///
    /// # Errors
    /// `Usage` for a column that the table does not have, or an account that is not in the run.
    pub fn read(&self, table: Table, columns: Option<&[String]>, accounts: Option<&[String]>) -> Result<TableScan> {
        let parsed =
            |names: &[String]| names.iter().map(|name| Ok(parse_account(name)?.account)).collect::<Result<_>>();
        let scope = Scope { accounts: accounts.map(parsed).transpose()?, ..Scope::default() };
        let accounts = self.resolve(scope)?.accounts.or_else(|| self.holds_more.then(|| self.names()));
        TableScan::new(table, run_tables::files(table, &self.dir, &self.observations), columns, accounts)
    }

    /// Runs a SELECT on its tables; see [`query`](crate::query).
    ///
    /// # Errors
    /// `Usage` for SQL that is not one SELECT on these tables.
    pub fn query(&self, sql: &str) -> Result<Answer> {
        self.tables(self.resolve(Scope::default())?).query(sql)
    }

    fn names(&self) -> Vec<String> {
        self.manifest.accounts.iter().map(|entry| entry.account.clone()).collect()
    }

    /// The scope of a report: without accounts it is about those that the run was asked for.
    fn of_report(&self, scope: Scope) -> Result<Scope> {
        let scope = self.resolve(scope)?;
        Ok(Scope { accounts: scope.accounts.or_else(|| run_tables::scope_accounts(&self.manifest.requested)), ..scope })
    }

    /// A scope with the current names of its accounts, which are also found by their former names.
    fn resolve(&self, mut scope: Scope) -> Result<Scope> {
        let mut unknown = Vec::new();
        for account in scope.accounts.iter_mut().flatten() {
            match self.manifest.account(account) {
                Some(entry) => account.clone_from(&entry.account),
                None => unknown.push(account.as_str()),
            }
        }
        if !unknown.is_empty() {
            return Err(Error::usage(format!("no account {} in {}", unknown.join(", "), self.store.root().display()))
                .hint(format!("accounts in it: {}", self.names().join(", "))));
        }
        Ok(scope)
    }

    fn tables(&self, scope: Scope) -> QueryEngine {
        let scope = if self.holds_more {
            Scope { accounts: scope.accounts.or_else(|| Some(self.names())), ..scope }
        } else {
            scope.among(self.manifest.accounts.iter().map(|entry| entry.account.as_str()))
        };
        run_tables::open(&self.dir, self.observations.clone()).within(scope)
    }

    fn report(&self, scope: Scope, queries: Option<&Path>) -> Result<Report> {
        run_tables::build_report(&self.tables(scope), &self.manifest.run_id, queries)
    }
}
