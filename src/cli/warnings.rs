//! What can be meant and hardly is.

use chrono::{DateTime, Duration, Utc};

use crate::cli::args::RunArgs;

impl RunArgs {
    /// Settings that make a run of little use, in words.
    pub fn doubts(&self, now: DateTime<Utc>) -> Vec<String> {
        if self.tables.replay.is_some() {
            return Vec::new();
        }
        let mut doubts = Vec::new();
        if let Some(since) = self.since.filter(|since| *since > now) {
            let since = since.to_rfc3339_opts(chrono::SecondsFormat::Secs, true);
            doubts.push(format!("--since {since} is in the future: every crawl stops after its first page"));
        }
        if let Some(window) = self.refresh_window.filter(|window| *window < Duration::hours(1)) {
            doubts.push(format!(
                "--refresh-window of {} min is under an hour: a crawl stops after its first page unless a reel is that new",
                window.num_minutes()
            ));
        }
        doubts
    }
}

#[cfg(test)]
mod tests {
    use std::ffi::OsString;

    use crate::cli::args::{Cli, Command};
    use clap::Parser;

    fn doubts(args: &[&str]) -> Vec<String> {
        let args = ["reelframe", "run", "maple"].iter().chain(args).map(OsString::from);
        let Command::Run(args) = Cli::try_parse_from(args).unwrap().command else { unreachable!("run was asked for") };
        args.doubts("2026-11-27T12:00:00Z".parse().unwrap())
    }

    #[test]
    fn a_date_in_the_future_and_a_window_of_minutes_are_doubted() {
        assert_eq!(doubts(&["--since", "2026-11-27"]), [""; 0]);
        assert!(doubts(&["--since", "2026-11-27T12:00:01Z"])[0].starts_with("--since 2026-11-27T12:00:01Z is in the"));
        assert_eq!(doubts(&["--refresh-window", "1h"]), [""; 0]);
        assert!(doubts(&["--refresh-window", "59m"])[0].contains("59 min is under an hour"));
        assert_eq!(doubts(&["--refresh-window", "30s", "--since", "2027-01-01"]).len(), 2);
    }
}
