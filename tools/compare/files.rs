//! Pairs the files of two stores or folders and compares each pair in the way of its format.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use testkit::store::Store;
use testkit::tables::tree;

use crate::changes::Changes;
use crate::{columns, text, workbook};

/// Files that name the run's moment or hash the others, and texts for people: they are not compared.
const NOT_COMPARED: [&str; 5] = ["manifest.json", "_SUCCESS", "report.html", "report.md", "latest.json"];

pub struct Comparison {
    changes: Changes,
    identical: usize,
    equal_values: usize,
    differences: Vec<String>,
}

impl Comparison {
    pub fn new(changes: Changes) -> Self {
        Self { changes, identical: 0, equal_values: 0, differences: Vec::new() }
    }

    pub fn is_equal(&self) -> bool {
        self.differences.is_empty() && self.files() > 0
    }

    /// The number of pairs of files that were found equal.
    pub fn files(&self) -> usize {
        self.identical + self.equal_values
    }

    pub fn differ(&mut self, what: String) {
        self.differences.push(what);
    }

    pub fn print(&self) {
        const MOST: usize = 50;
        self.differences.iter().take(MOST).for_each(|difference| println!("{difference}"));
        if let more @ 1.. = self.differences.len().saturating_sub(MOST) {
            println!("and {more} more");
        }
        println!(
            "{} files with equal bytes, {} with equal values after the changes that are meant, {} differences",
            self.identical,
            self.equal_values,
            self.differences.len()
        );
    }

    /// Compares the latest runs of two stores, their observations and page logs; or two folders of tables.
    pub fn stores(&mut self, old: &Path, new: &Path) {
        let is_store = |path: &Path| path.join("latest").is_symlink();
        match (is_store(old), is_store(new)) {
            (true, true) => {
                let [(old_run, old_manifest), (new_run, new_manifest)] =
                    [old, new].map(|root| Store::new(root).latest());
                self.folders(&old_run, &new_run);
                // Their names may hold a hash: they are paired by month and order.
                let paths = |root: &Path, files: &[testkit::store::StoredFile]| {
                    let mut paths: Vec<PathBuf> = files.iter().map(|file| root.join(&file.path)).collect();
                    paths.sort_by_key(|path| path.parent().and_then(Path::file_name).map(ToOwned::to_owned));
                    paths
                };
                self.lists(&paths(old, &old_manifest.observations), &paths(new, &new_manifest.observations));
                self.folders(&old.join("raw"), &new.join("raw"));
            }
            (false, false) => self.folders(old, new),
            _ => self.differ(format!("{} and {}: one is a store and one is not", old.display(), new.display())),
        }
    }

    /// Compares all files of two folders by their names.
    fn folders(&mut self, old: &Path, new: &Path) {
        let changes = &self.changes;
        let named = |path: PathBuf| (changes.name(&path.to_string_lossy()).to_owned(), path);
        let is_compared = |path: &PathBuf| !NOT_COMPARED.iter().any(|name| path.ends_with(name));
        let files = |dir: &Path| tree(dir).into_keys().filter(is_compared);
        let old_files: BTreeMap<String, PathBuf> = files(old).map(named).collect();
        let new_files: BTreeMap<String, PathBuf> =
            files(new).map(|path| (path.to_string_lossy().into_owned(), path)).collect();
        let names: BTreeSet<&String> = old_files.keys().chain(new_files.keys()).collect();
        for name in names {
            match (old_files.get(name), new_files.get(name)) {
                (Some(one), Some(other)) => self.pair(&old.join(one), &new.join(other)),
                (Some(_), None) => self.differ(format!("{}: {name} is missing", new.display())),
                _ => self.differ(format!("{}: {name} is additional", new.display())),
            }
        }
    }

    fn lists(&mut self, old: &[PathBuf], new: &[PathBuf]) {
        if old.len() != new.len() {
            return self.differ(format!("{} observation files, and {} in the new store", old.len(), new.len()));
        }
        old.iter().zip(new).for_each(|(old, new)| self.pair(old, new));
    }

    fn pair(&mut self, old: &Path, new: &Path) {
        let read = |path: &Path| fs::read(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        let (old_bytes, new_bytes) = (read(old), read(new));
        if old_bytes == new_bytes {
            self.identical += 1;
            return;
        }
        let table = match new.iter().any(|part| part == ".observations") {
            true => "observations".into(),
            false => new.file_stem().unwrap_or_default().to_string_lossy(),
        };
        let compared = match new.extension().and_then(|extension| extension.to_str()) {
            Some("parquet") => columns::parquet(old, new, &table, &self.changes),
            Some("arrow") => columns::arrow(old, new, &table, &self.changes),
            Some("csv") => text::csv(&old_bytes, &new_bytes, &table, &self.changes),
            Some("jsonl") => text::jsonl(&old_bytes, &new_bytes, &table, &self.changes),
            Some("xlsx") => workbook::compare(old_bytes, new_bytes, &self.changes),
            Some("json") => text::report(&old_bytes, &new_bytes),
            _ => Err("its bytes differ".to_owned()),
        };
        match compared {
            Ok(()) => self.equal_values += 1,
            Err(difference) => self.differ(format!("{}: {difference}", new.display())),
        }
    }
}
