//! The flags of monitoring, which commands that make runs share.

use std::path::PathBuf;

use clap::Args;

use crate::cli::monitoring::ping;
use crate::error::Result;

#[derive(Debug, Args)]
#[command(next_help_heading = "Monitoring")]
pub(crate) struct MonitoringArgs {
    /// Write metrics of the run for Prometheus' textfile collector (FILE.prom), also if it fails
    #[arg(long, value_name = "FILE")]
    pub metrics_file: Option<PathBuf>,

    /// Append OpenLineage events of the run, one JSON object per line
    #[arg(long, value_name = "FILE")]
    pub lineage_file: Option<PathBuf>,

    /// Send a ping to URL/start, and to URL after success or URL/fail after failure; without key and accounts
    #[arg(long, value_name = "URL")]
    pub ping_url: Option<String>,
}

impl MonitoringArgs {
    /// Checks what needs no network.
    ///
    /// # Errors
    /// `Usage` for a ping address that is none.
    pub(crate) fn check(&self) -> Result<()> {
        self.ping_url.as_deref().map_or(Ok(()), |url| ping::address(url, "").map(drop))
    }
}
