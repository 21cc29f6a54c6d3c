//! Takes page logs of other stores into this one: by a hard link where that is possible, else by a copy.

use std::io::Read;
use std::path::{Path, PathBuf};

use crate::error::{Error, Result};
use crate::fs::{self, DiskFile};
use crate::store::layout::{Store, staged_in};
use crate::store::page_log::{name, reader};

/// The end of a log by which it is compared: its last lines.
const TAIL_BYTES: u64 = 1 << 16;

/// What became of a log that was to be taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Taken {
    /// It was taken before, and has not changed since.
    Known,
    New,
    /// Its crawl was resumed since it was taken: the longer log replaced the shorter one.
    Grown,
}

/// How a log in this store compares with one that is to be taken.
enum Compared {
    HasAll,
    /// It is the beginning of it.
    HasFirst,
    Differs,
}

impl Store {
    /// Takes a page log into an account's folder. For the holder of the lock, while nobody writes the other store.
    ///
    /// # Errors
    /// `InvalidData` for a log that cannot be used, also where the checksum of a page is wrong; `Disk`.
    pub(crate) fn take_log(&self, key: &str, log: &Path) -> Result<Taken> {
        let dir = self.account_dir(key);
        let file_name = name::without_partial(log);
        let (stem, end) = name::split(&file_name);
        let candidates: Vec<PathBuf> = self.logs(key)?.into_iter().filter(|there| is_version_of(there, stem)).collect();
        for there in &candidates {
            if is_taken(log, there)? {
                return Ok(Taken::Known);
            }
        }
        let bytes = whole_bytes(log)?;
        let blake3 = fs::blake3_of_first(log, bytes)?;
        for there in candidates {
            match compare(log, bytes, &blake3, &there)? {
                Compared::HasAll => {
                    rename_if_ended(log, &there)?;
                    return Ok(Taken::Known);
                }
                Compared::HasFirst => {
                    self.copy_to(log, bytes, &blake3, &there)?;
                    fs::sync_dir(&dir)?;
                    rename_if_ended(log, &there)?;
                    return Ok(Taken::Grown);
                }
                Compared::Differs => {}
            }
        }
        self.add_log(log, bytes, &blake3, (&dir, stem, end))
    }

    /// Adds a log under the first name that is free. An interrupted crawl is copied: it may still grow.
    fn add_log(&self, log: &Path, bytes: u64, blake3: &str, (dir, stem, end): (&Path, &str, &str)) -> Result<Taken> {
        fs::create_dir(dir)?;
        let mut to = name::first_free(dir, stem, end)?;
        if fs::is_partial(log) {
            to = fs::partial_of(&to);
        }
        if fs::is_partial(log) || bytes != fs::size(log)? || !fs::hard_link(log, &to)? {
            self.copy_to(log, bytes, blake3, &to)?;
        }
        fs::sync_dir(dir)?;
        Ok(Taken::New)
    }

    /// Puts a copy of a log's first bytes into a place, whole or not at all.
    fn copy_to(&self, log: &Path, bytes: u64, blake3: &str, to: &Path) -> Result<()> {
        // Where the next command looks for what a killed one left behind.
        let copied = staged_in(&self.raw_dir(), &name::without_partial(log));
        let done = copy(log, bytes, blake3, &copied).and_then(|()| fs::rename(&copied, to));
        if done.is_err() && fs::exists(&copied)? {
            fs::remove_file(&copied)?;
        }
        done
    }
}

/// Whether a log has the name that one with this stem gets here: its own, or one with a number.
fn is_version_of(there: &Path, stem: &str) -> bool {
    let name = name::without_partial(there);
    let number = name::split(&name).0.strip_prefix(stem);
    number.is_some_and(|number| {
        let digits = number.strip_prefix('~').unwrap_or(number);
        digits.bytes().all(|byte| byte.is_ascii_digit()) && (number.is_empty() || digits.len() < number.len())
    })
}

/// Without reading its pages: whether a log is another name of this one, or its copy of a crawl that has ended.
fn is_taken(log: &Path, there: &Path) -> Result<bool> {
    if fs::is_same_file(log, there)? {
        return Ok(true);
    }
    let is_like = !fs::is_partial(log) && log.file_name() == there.file_name() && fs::size(log)? == fs::size(there)?;
    // Two crawls, and two ways to resume one, differ in their last lines, which have times.
    Ok(is_like && fs::blake3_of_last(log, TAIL_BYTES)? == fs::blake3_of_last(there, TAIL_BYTES)?)
}

/// The bytes of a log that are whole lines, all of which can be used.
fn whole_bytes(log: &Path) -> Result<u64> {
    let tail = reader::for_each_line(log, |_| Ok(()))?;
    tail.warn(log);
    if tail.is_torn() { Ok(tail.whole_bytes.unwrap_or(fs::size(log)?)) } else { fs::size(log) }
}

fn compare(log: &Path, bytes: u64, blake3: &str, there: &Path) -> Result<Compared> {
    let held = fs::size(there)?;
    if held >= bytes {
        let same = fs::blake3_of_first(there, bytes)? == blake3;
        return Ok(if same { Compared::HasAll } else { Compared::Differs });
    }
    let same = fs::blake3_of_first(log, held)? == fs::blake3_of(there)?;
    Ok(if same { Compared::HasFirst } else { Compared::Differs })
}

/// A durable copy of a log's first bytes, whose hash is checked.
fn copy(log: &Path, bytes: u64, blake3: &str, copied: &Path) -> Result<()> {
    let mut file = DiskFile::create(copied)?;
    std::io::copy(&mut fs::open(log)?.take(bytes), &mut file).map_err(|error| Error::disk("copy", log, error))?;
    file.sync()?;
    if fs::blake3_of(copied)? != blake3 {
        return Err(Error::invalid_data(format!("{} changed while it was copied", log.display()))
            .hint("run the command again once nothing writes to its store"));
    }
    Ok(())
}

/// The log gets the name of a crawl that has ended if the other one has it.
fn rename_if_ended(log: &Path, there: &Path) -> Result<()> {
    if !fs::is_partial(log) && fs::is_partial(there) && fs::rename_new(there, &there.with_extension(""))? {
        return there.parent().map_or(Ok(()), fs::sync_dir);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    #[test]
    fn a_number_makes_another_version_of_a_name() {
        let is = |there: &str, stem: &str| is_version_of(Path::new(there), stem);
        for (there, stem) in [("a.ndjson.zst", "a"), ("a.ndjson.zst.partial", "a"), ("a~2.ndjson.zst", "a")] {
            assert!(is(there, stem), "{there} of {stem}");
        }
        for (there, stem) in
            [("a~.ndjson.zst.x", "b"), ("ab.ndjson.zst", "a"), ("a2.ndjson.zst", "a"), ("a~b.ndjson", "a")]
        {
            assert!(!is(there, stem), "{there} of {stem}");
        }
    }

    /// Writes lines as a log of another store, and takes it.
    fn take(dir: &Path, file: &str, lines: &[&str]) -> Taken {
        let log = dir.join("other").join(file);
        fs::create_dir_all(log.parent().unwrap()).unwrap();
        fs::write(&log, lines.concat()).unwrap();
        Store::new(&dir.join("reels")).take_log("maple", &log).unwrap()
    }

    fn taken(dir: &Path) -> Vec<(String, String)> {
        let logs = Store::new(&dir.join("reels")).logs("maple").unwrap();
        let name = |log: &PathBuf| log.file_name().unwrap().to_string_lossy().into_owned();
        logs.iter().map(|log| (name(log), fs::read_to_string(log).unwrap())).collect()
    }

    const START: &str = concat!(
        r#"{"line":"start","account":"maple","account_id":null,"label":null,"timezone":"UTC","followers":null,"#,
        r#""followers_as_of":null,"run_id":"one","version":"0.1.0","started_at":"2026-03-01T06:00:00.000Z"}"#,
        "\n"
    );
    const END: &str = concat!(
        r#"{"line":"end","status":"complete","reason":null,"attempts":0,"ended_at":"2026-03-01T06:00:01.000Z"}"#,
        "\n"
    );

    #[test]
    fn a_log_is_taken_once_and_what_grew_replaces_what_was_there() {
        let dir = tempfile::tempdir().unwrap();
        let dir = dir.path();
        let (torn, partial) = (&END[..20], "a.ndjson.partial");
        assert_eq!(take(dir, partial, &[START, torn]), Taken::New);
        // Without the torn line.
        assert_eq!(taken(dir), [(partial.to_owned(), START.to_owned())]);
        assert_eq!(take(dir, partial, &[START, torn]), Taken::Known);
        let whole = [START, END].concat();
        assert_eq!(take(dir, "a.ndjson", &[START, END]), Taken::Grown);
        assert_eq!(taken(dir), [("a.ndjson".to_owned(), whole.clone())]);
        assert_eq!(take(dir, "a.ndjson", &[START, END]), Taken::Known);
        // An older copy of it has nothing new.
        assert_eq!(take(dir, partial, &[START]), Taken::Known);
        // Another crawl with that name is kept beside it.
        let other = START.replace("\"one\"", "\"two\"");
        assert_eq!(take(dir, "a.ndjson", &[&other, END]), Taken::New);
        assert_eq!(take(dir, "a.ndjson", &[&other, END]), Taken::Known);
        assert_eq!(
            taken(dir),
            [("a.ndjson".to_owned(), whole), ("a~2.ndjson".to_owned(), [other.as_str(), END].concat())]
        );
    }

    #[test]
    fn a_log_that_cannot_be_used_is_not_taken() {
        let dir = tempfile::tempdir().unwrap();
        let log = dir.path().join("a.ndjson");
        fs::write(&log, [START, "{\"line\":\"page\"}\n", END].concat()).unwrap();
        let store = Store::new(&dir.path().join("reels"));
        let error = store.take_log("maple", &log).unwrap_err();
        assert_eq!(error.kind, crate::error::ErrorKind::InvalidData, "{error}");
        assert!(!store.account_dir("maple").exists());
    }
}
