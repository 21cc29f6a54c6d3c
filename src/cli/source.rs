//! Where pages come from, by the flags: the API with its key, or a replay.

use std::path::Path;
use std::time::Duration;

use secrecy::SecretString;

use crate::cli::args::RunArgs;
use crate::cli::progress::Progress;
use crate::config::{FetchConfig, Source};
use crate::error::{Error, ErrorKind, Result};
use crate::fs;
use crate::store::kinds::expect_file;

impl RunArgs {
    pub fn source(&self) -> Result<Source> {
        if let Some(replay) = self.tables.replay() {
            return Ok(Source::Replay(replay));
        }
        // Checked here, since clap does not see what the config file sets.
        if self.full_every.is_some() && self.refresh_window.is_none() {
            return Err(Error::usage("--full-every goes with --refresh-window")
                .hint("give --refresh-window too: without it every walk is full anyway"));
        }
        Ok(Source::Api(FetchConfig {
            base_url: self.base_url.trim_end_matches('/').to_owned(),
            key: self.key()?,
            trim: self.trim,
            max_pages: self.max_pages,
            refresh_window: self.refresh_window,
            full_every: self.full_every,
            since: self.since,
            max_calls: self.max_calls,
            resume_within: self.resume_within,
            retry_failed: self.retry_failed,
            concurrency: usize::from(self.concurrency),
            requests_per_minute: self.requests_per_minute,
            retry_wait: Duration::from_millis(self.retry_wait_ms),
            max_wait: self.max_wait.to_std().unwrap_or_default(),
            progress: Progress::new(false),
        }))
    }

    /// The key from the file that was named, else from the environment.
    fn key(&self) -> Result<Option<SecretString>> {
        let text = match &self.api_key_file {
            Some(path) => Some(read_key_file(path)?),
            None => std::env::var("AISA_API_KEY").ok(),
        };
        let key = text.map(|text| text.trim().to_owned()).filter(|text| !text.is_empty());
        key.map(|key| check_key(&key).map(|()| SecretString::from(key))).transpose()
    }
}

/// What was pasted with its surroundings is no key, and could not be masked where the API repeats the key alone.
fn check_key(key: &str) -> Result<()> {
    const FEWEST_CHARS: usize = 8;
    let is_around_a_key = |char: char| char.is_whitespace() || "\"'`“”‘’«»".contains(char);
    if key.contains(is_around_a_key) {
        return Err(Error::new(ErrorKind::Auth, "the API key has white space or quotes in it (it is not shown here)")
            .hint("give the key alone, without `Bearer` and quotes"));
    }
    if key.chars().count() < FEWEST_CHARS {
        return Err(Error::new(ErrorKind::Auth, format!("the API key is shorter than {FEWEST_CHARS} characters"))
            .hint("give the whole key; what is so short is part of other words too, and could not be masked"));
    }
    Ok(())
}

/// A file with a key is its owner's alone.
fn read_key_file(path: &Path) -> Result<String> {
    let fault = |what: String| Error::new(ErrorKind::Auth, format!("--api-key-file {}: {what}", path.display()));
    expect_file("--api-key-file", path)?;
    let metadata = fs::metadata_of(path).map_err(|error| fault(error.to_string()))?;
    if std::os::unix::fs::PermissionsExt::mode(&metadata.permissions()) & 0o077 != 0 {
        return Err(fault("others can read it".to_owned()).hint(format!("chmod 600 {}", path.display())));
    }
    let text = fs::text_of(path).map_err(|error| fault(error.to_string()))?;
    if text.trim().is_empty() {
        return Err(fault("it is empty".to_owned()).hint("write the key into it, on one line"));
    }
    Ok(text)
}
