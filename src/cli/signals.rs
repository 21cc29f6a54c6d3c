//! SIGINT and SIGTERM: the first lets requests in flight finish and be stored, the second quits at once.

use std::io;
use std::sync::Arc;

use tokio::runtime::Builder;
use tokio::signal::unix::{Signal, SignalKind, signal};

use crate::cli::exit_code::Exit;
use crate::error::{Error, Result};
use crate::fetch::shutdown::{Reason, Shutdown};

/// Listens until the process ends, on a thread of its own: a second signal counts even while tables are built, when the
/// runtime of the crawls is gone. Whenever it comes, the next run can resume from the store.
pub(crate) fn listen(stop: &Arc<Shutdown>) -> Result<()> {
    let cannot = |error: io::Error| Error::unexpected(format!("cannot listen for signals: {error}"));
    let runtime = Builder::new_current_thread().enable_all().build().map_err(cannot)?;
    let (interrupts, terminations) = {
        let _inside = runtime.enter();
        (signal(SignalKind::interrupt()).map_err(cannot)?, signal(SignalKind::terminate()).map_err(cannot)?)
    };
    let listening = cancel(interrupts, terminations, Arc::clone(stop));
    std::thread::Builder::new()
        .name("signals".to_owned())
        .spawn(move || runtime.block_on(listening))
        .map_err(cannot)?;
    Ok(())
}

async fn cancel(mut interrupts: Signal, mut terminations: Signal, stop: Arc<Shutdown>) {
    let mut is_first = true;
    loop {
        let reason = tokio::select! {
            _ = interrupts.recv() => Reason::Interrupted,
            _ = terminations.recv() => Reason::Terminated,
        };
        if !is_first {
            std::process::exit(i32::from(Exit::Failed(reason.kind()).code()));
        }
        is_first = false;
        stop.now(reason);
        tracing::warn!("finishing in-flight requests and publishing what was fetched; press Ctrl-C again to quit now");
    }
}
