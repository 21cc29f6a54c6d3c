//! The published runs of a store: finding, publishing and removing them.

use std::path::{Path, PathBuf};
use std::sync::Once;

use crate::error::{Error, Result};
use crate::fs::{self, is_hidden, list, remove_dir, remove_file, sync_dir};
use crate::store::delta_tables::KEPT;
use crate::store::latest::LATEST_FILE;
use crate::store::layout::{Store, going_from};
use crate::store::manifest::{Lookup, MANIFEST, Manifest, PublishedRun, SUCCESS};

impl Store {
    /// The id, or if it is taken, the first of `<id>~2`, `<id>~3`, … that is free.
    pub fn free_run_id(&self, run_id: &str) -> Result<String> {
        let id = |number: u32| match number {
            1 => run_id.to_owned(),
            _ => format!("{run_id}~{number}"),
        };
        fs::first_free((1..).map(id), |id| Ok(fs::kind(&self.run_dir(id))?.is_none()))
    }

    /// The published runs, oldest first. A run whose manifest was changed is skipped, with a warning.
    ///
    /// # Errors
    /// A manifest that cannot be read: its run may be the newest.
    pub fn runs(&self) -> Result<Vec<PublishedRun>> {
        let (runs, changed) = self.runs_and_changed()?;
        changed.iter().for_each(|error| tracing::warn!("skipping run: {}", error.on_one_line()));
        Ok(runs)
    }

    /// The same, with an error for each run whose manifest was changed.
    pub fn runs_and_changed(&self) -> Result<(Vec<PublishedRun>, Vec<Error>)> {
        let (mut runs, mut changed) = (Vec::new(), Vec::new());
        for dir in list(&self.runs_dir())?.into_iter().filter(|dir| !is_hidden(dir)) {
            match PublishedRun::find(dir)? {
                // A copy of a run's folder under another name is the user's own.
                Lookup::Whole(run) if !run.dir.ends_with(&run.run_id) => {}
                Lookup::Whole(run) => runs.push(run),
                Lookup::Changed(error) => changed.push(error),
                Lookup::Absent => {}
            }
        }
        runs.sort_by(|a, b| (a.sequence, &a.run_id).cmp(&(b.sequence, &b.run_id)));
        Ok((runs, changed))
    }

    /// Removes the oldest published runs until `keep` are left; never the newest, and nothing of raw/.
    pub fn remove_old_runs(&self, keep: usize) -> Result<()> {
        let runs = self.runs()?;
        for run in &runs[..runs.len().saturating_sub(keep.max(1))] {
            self.remove_run(&run.dir, &run.manifest()?)?;
        }
        self.remove_old_delta_files(KEPT)
    }

    /// Removes a run; other files in its folder stay there.
    fn remove_run(&self, dir: &Path, manifest: &Manifest) -> Result<()> {
        let listed = manifest.files.iter().map(|file| file.path.as_str());
        // What makes it a run goes first.
        let own: Vec<PathBuf> = [SUCCESS, MANIFEST].into_iter().chain(listed).map(|path| dir.join(path)).collect();
        let folders: Vec<PathBuf> = own.iter().filter_map(|path| path.parent()).map(Path::to_owned).collect();
        let mut others = 0;
        for folder in folders.iter().filter(|folder| *folder != dir).chain([&dir.to_owned()]) {
            others += list(folder)?.iter().filter(|path| !own.contains(path) && !folders.contains(path)).count();
        }
        if others == 0 {
            return self.remove_whole(dir);
        }
        tracing::info!("{} is no longer a run: files that are not reelframe's stay in it", dir.display());
        for path in &own {
            if fs::kind(path)?.is_some() {
                remove_file(path)?;
            }
        }
        sync_dir(dir)
    }

    /// Removes a folder so that no reader sees half of it: one rename takes its name away first.
    pub fn remove_whole(&self, dir: &Path) -> Result<()> {
        let going = going_from(dir);
        fs::rename(dir, &going)?;
        dir.parent().map_or(Ok(()), sync_dir)?;
        remove_dir(&going)
    }

    /// Publishes a staged run: its folder gets its name, then `latest` and `observations` point to it. Each is one rename.
    pub fn publish(&self, manifest: &Manifest) -> Result<PathBuf> {
        let (staged, dir) = (self.staging_dir(&manifest.run_id), self.run_dir(&manifest.run_id));
        assert!(fs::is_file(&staged.join(SUCCESS))?, "a run without {SUCCESS} would not count as published");
        for folder in list(&staged)? {
            if fs::is_dir(&folder)? {
                sync_dir(&folder)?;
            }
        }
        sync_dir(&staged)?;
        if !fs::rename_new(&staged, &dir)? {
            return Err(Error::unexpected(format!("{} already exists", dir.display())));
        }
        sync_dir(&self.runs_dir())?;
        static WARNING: Once = Once::new();
        if !self.point_at(manifest)? {
            // A command may publish two runs, and warns once.
            WARNING.call_once(|| {
                tracing::warn!(
                    "{} is on a file system without links: only {LATEST_FILE} says which run is the newest and where \
                     its observations are",
                    self.root.display()
                );
            });
        }
        Ok(dir)
    }
}
