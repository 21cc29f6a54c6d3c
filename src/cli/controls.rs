//! What a run gets from the command line besides its settings: signals, a progress bar and a TLS provider.

use std::sync::Arc;

use crate::cli::{progress::Bar, signals};
use crate::config::Source;
use crate::error::Result;
use crate::fetch::controls::Controls;

/// # Errors
/// Where signals cannot be received.
pub(crate) fn controls(source: &Source, bar: &Bar) -> Result<Controls> {
    let controls = Controls { observer: Arc::new(bar.clone()), ..Controls::default() };
    if let Source::Api(_) = source {
        // The process-wide choice of cryptography; a second call finds it made.
        let _ = rustls::crypto::ring::default_provider().install_default();
        signals::listen(&controls.stop)?;
    }
    Ok(controls)
}
