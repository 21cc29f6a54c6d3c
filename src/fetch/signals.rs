//! SIGINT and SIGTERM: the first lets requests in flight end and be stored, the second quits at once.

use std::io;
use std::sync::Arc;

use tokio::runtime::Builder;
use tokio::signal::unix::{Signal, SignalKind, signal};

use crate::error::{Error, Result};
use crate::fetch::shutdown::{Reason, Shutdown};

/// Listens from now on until the process ends, on a thread of its own: a second signal counts also while tables are
/// made, when the runtime of the walks is gone. Whenever it comes, the store is one that the next run can take up.
pub fn listen(stop: &Arc<Shutdown>) -> Result<()> {
    let cannot = |error: io::Error| Error::unexpected(format!("cannot listen for signals: {error}"));
    let runtime = Builder::new_current_thread().enable_all().build().map_err(cannot)?;
    let (interrupts, terminations) = {
        let _inside = runtime.enter();
        (signal(SignalKind::interrupt()).map_err(cannot)?, signal(SignalKind::terminate()).map_err(cannot)?)
    };
    let heed = heed(interrupts, terminations, Arc::clone(stop));
    std::thread::Builder::new().name("signals".to_owned()).spawn(move || runtime.block_on(heed)).map_err(cannot)?;
    Ok(())
}

async fn heed(mut interrupts: Signal, mut terminations: Signal, stop: Arc<Shutdown>) {
    let mut is_first = true;
    loop {
        let reason = tokio::select! {
            _ = interrupts.recv() => Reason::Interrupted,
            _ = terminations.recv() => Reason::Terminated,
        };
        if !is_first {
            std::process::exit(if reason == Reason::Interrupted { 130 } else { 143 });
        }
        is_first = false;
        stop.now(reason);
        tracing::warn!(
            "stopping: requests in flight are finished and stored, what was got is published; once more quits at once"
        );
    }
}
