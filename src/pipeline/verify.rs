//! `verify`: checksums of published files and of pages, and tables against a rebuild of raw/.

use std::collections::BTreeMap;
use std::path::Path;

use serde::Serialize;

use crate::config::DayRange;
use crate::error::Result;
use crate::formats::read::AccountRows;
use crate::fs;
use crate::pipeline::{lost_logs::LogRecord, newest_run, newest_run::latest, output_settings, page_source::Pages};
use crate::pipeline::{run_tables, tables, workbook};
use crate::schema::{column::Table, tables::Observation};
use crate::store::manifest::{FileEntry, MANIFEST, Manifest, SUCCESS};
use crate::store::{layout::Store, lock::SharedLock, marker, page_log::line::Line, page_log::reader};

/// What was checked, and what differs.
#[derive(Debug, Default, Serialize)]
pub struct Verified {
    pub runs: u64,
    pub files: u64,
    pub logs: u64,
    pub pages: u64,
    /// Rows of all tables that were rebuilt from raw/ and compared; `None` where another version made them.
    pub rows: Option<u64>,
    /// Each names its file, page or account.
    pub differences: Vec<String>,
}

/// Checks a store against its own checksums and against its pages.
///
/// ```no_run
/// let verified = reelframe::verify(&reelframe::Store::new("reels".as_ref()))?;
/// assert!(verified.differences.is_empty());
/// # Ok::<(), reelframe::Error>(())
/// ```
///
/// # Errors
/// `Usage` where nothing was published, `StoreLocked` where a run is under way: it would be compared half-way.
pub fn verify(store: &Store) -> Result<Verified> {
    let _lock = SharedLock::take(store)?;
    let (runs, changed) = store.runs_and_changed()?;
    let mut verified = Verified::default();
    changed.iter().for_each(|error| verified.differs(&error.message));
    let newest = match (store.pointed_to_if_whole()?, runs.last()) {
        (Some(newest), _) => newest,
        (None, Some(last)) => (last.dir.clone(), last.manifest()?),
        (None, None) if changed.is_empty() => latest(store)?,
        // All were changed, which is reported.
        (None, None) => return Ok(verified),
    };
    let (newest_dir, newest) = newest;
    if newest_run::is_newer(&newest) {
        return Err(newest_run::newer(&newest_dir, &newest));
    }
    for run in &runs {
        verified.run(store, &run.dir, &run.manifest()?, run.run_id == newest.run_id)?;
    }
    verified.uncommitted(store)?;
    verified.folder(store, &newest)?;
    for account in store.accounts()? {
        for log in store.logs(&account)? {
            verified.log(&log)?;
        }
    }
    let found = verified.differences.clone();
    for loss in LogRecord::newest(store)?.losses(store, true)? {
        // Unless the damage itself was reported, which says more.
        if !found.iter().any(|known| known.contains(&*loss.log.to_string_lossy())) {
            verified.differs(loss);
        }
    }
    let is_ours = newest.program_version == env!("CARGO_PKG_VERSION") && !newest_run::is_older(&newest);
    if is_ours && verified.differences.is_empty() {
        verified.compare(store, &newest)?;
    }
    Ok(verified)
}

impl Verified {
    fn differs(&mut self, what: impl std::fmt::Display) {
        self.differences.push(what.to_string());
    }

    /// The files of a kept run, and its observations as long as they are kept: those of the newest run are.
    fn run(&mut self, store: &Store, dir: &Path, manifest: &Manifest, is_newest: bool) -> Result<()> {
        self.runs += 1;
        manifest.files.iter().for_each(|file| self.file(dir, file));
        let tree = manifest.observation_tree.as_ref().map(|tree| store.root().join(tree));
        let is_kept = match &tree {
            Some(tree) => fs::exists(tree)?,
            None => is_newest,
        };
        if is_kept {
            manifest.observations.iter().for_each(|file| self.file(store.root(), file));
        }
        for path in store.unlisted_observations(manifest)? {
            self.differs(format!("{}: not an observation file of run {}", path.display(), manifest.run_id));
        }
        Ok(())
    }

    /// Runs whose `_SUCCESS` is missing, so that they do not count as published.
    fn uncommitted(&mut self, store: &Store) -> Result<()> {
        for dir in fs::list(&store.root().join("runs"))? {
            let success = dir.join(SUCCESS);
            if !fs::exists(&success)?
                && let Some(bytes) = fs::read_if_present(&dir.join(MANIFEST))?
                && serde_json::from_slice::<Manifest>(&bytes).is_ok_and(|manifest| dir.ends_with(manifest.run_id))
            {
                self.differs(format!("{} is missing: the run does not count as published", success.display()));
            }
        }
        Ok(())
    }

    fn file(&mut self, dir: &Path, file: &FileEntry) {
        self.files += 1;
        let path = dir.join(&file.path);
        match fs::blake3_of(&path) {
            Ok(hash) if hash == file.blake3 => {}
            Ok(_) => self.differs(format!("{} does not match its published checksum", path.display())),
            Err(error) => self.differs(error),
        }
    }

    /// What a reader of the folder `observations` finds.
    fn folder(&mut self, store: &Store, newest: &Manifest) -> Result<()> {
        if let Some(leads_to) = store.observations_target()?
            && newest.observation_tree.as_ref().is_some_and(|tree| *tree != leads_to)
        {
            self.differs(format!("`observations` points to {leads_to}, which is not of run {}", newest.run_id));
        }
        if let Some(tree) = &newest.observation_tree
            && !fs::exists(&store.root().join(tree))?
        {
            self.differs(format!("{}: the observations of run {} are missing", tree, newest.run_id));
        }
        let of_observations = store.delta_log_difference(newest)?;
        let of_tables = store.delta_table_differences(newest)?;
        of_observations.into_iter().chain(of_tables).for_each(|what| self.differs(what));
        Ok(())
    }

    fn log(&mut self, log: &Path) -> Result<()> {
        self.logs += 1;
        let (mut pages, mut has_ended) = (0, false);
        let read = reader::for_each_line(log, |line| {
            pages += u64::from(matches!(line, Line::Page(_)));
            has_ended = matches!(line, Line::End(_));
            Ok(())
        });
        self.pages += pages;
        match read {
            // A killed run leaves this, and the next run cuts it off.
            Ok(tail) if fs::is_partial(log) => tail.warn(log),
            Ok(tail) if tail.is_torn() => {
                let (log_name, bytes) = (log.display(), tail.torn_bytes);
                if has_ended && !tail.begins_a_line(log)? {
                    tracing::warn!(
                        "{log_name}: all its {pages} pages are whole; {bytes} bytes after its end line are ignored"
                    );
                } else {
                    self.differs(format!("{log_name}: its last {bytes} bytes are not a whole line"));
                }
            }
            Ok(_) => {}
            Err(error) => self.differs(error.message),
        }
        Ok(())
    }

    /// Rebuilds all tables in a folder outside the store.
    fn compare(&mut self, store: &Store, newest: &Manifest) -> Result<()> {
        let staging = std::env::temp_dir().join(format!("reelframe-verify-{}", marker::random_id()));
        fs::create_dir(&staging)?;
        let output = output_settings::with_parquet(output_settings::output_of(&newest.settings));
        let mut pages = Pages::Covered { store, watermarks: &newest.watermarks };
        let rebuilt = tables::write(&mut pages, &staging, None, &output);
        let compared = rebuilt.and_then(|mut rebuilt| {
            workbook::add(&staging, &workbook::OF_A_RUN, DayRange::default(), &output, &mut rebuilt)?;
            let rows: u64 = rebuilt.files.iter().filter_map(|file| file.rows).sum();
            self.rows = Some(rows);
            self.tables(&rebuilt.files, newest);
            self.observations(store, newest, &staging)
        });
        fs::remove_dir(&staging)?;
        compared
    }

    fn tables(&mut self, rebuilt: &[FileEntry], newest: &Manifest) {
        let rebuilt: BTreeMap<&str, &str> =
            rebuilt.iter().map(|file| (file.path.as_str(), file.blake3.as_str())).collect();
        for file in newest.files.iter().filter(|file| file.rows.is_some()) {
            if rebuilt.get(file.path.as_str()) != Some(&file.blake3.as_str()) {
                self.differs(format!("runs/{}/{} differs from a rebuild of raw/", newest.run_id, file.path));
            }
        }
    }

    /// One account in memory at a time.
    fn observations(&mut self, store: &Store, newest: &Manifest, staging: &Path) -> Result<()> {
        let open = |path: &Path| AccountRows::<Observation>::open(path);
        let mut listed =
            newest.observations.iter().map(|file| open(&store.root().join(&file.path))).collect::<Result<Vec<_>>>()?;
        let mut rebuilt = open(&staging.join(run_tables::name_of(Table::Observations)))?;
        loop {
            let mut next = rebuilt.account()?.map(str::to_owned);
            for reader in &mut listed {
                let account = reader.account()?.map(str::to_owned);
                next = match (next, account) {
                    (Some(a), Some(b)) => Some(a.min(b)),
                    (a, b) => a.or(b),
                };
            }
            let Some(account) = next else { return Ok(()) };
            let mut rows = Vec::new();
            for reader in &mut listed {
                rows.extend(reader.take(&account)?);
            }
            rows.sort_by(Observation::order);
            if rows != rebuilt.take(&account)? {
                self.differs(format!("observations of {account} differ from a rebuild of raw/"));
            }
        }
    }
}
