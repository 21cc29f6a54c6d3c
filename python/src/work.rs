//! How work is done for Python: without the GIL, so that Ctrl-C ends the wait, and never in a forked child.

use std::sync::OnceLock;
use std::sync::mpsc::{RecvTimeoutError, channel};
use std::thread;
use std::time::Duration;

use pyo3::exceptions::PyRuntimeError;
use pyo3::prelude::*;

/// How soon Ctrl-C is noticed.
const LOOK: Duration = Duration::from_millis(50);

/// Runs `work` on a thread of its own. Ctrl-C raises at once; the work then ends by itself and its result is dropped.
///
/// # Errors
/// The exception of the work's error, of a signal handler, or of [`refuse_in_a_forked_child`].
pub(crate) fn run<T: Send + 'static>(
    py: Python<'_>,
    work: impl FnOnce() -> reelframe::Result<T> + Send + 'static,
) -> PyResult<T> {
    refuse_in_a_forked_child()?;
    let (sender, mut receiver) = channel();
    thread::spawn(move || sender.send(work()));
    loop {
        let (back, result) = py.detach(move || {
            let result = receiver.recv_timeout(LOOK);
            (receiver, result)
        });
        receiver = back;
        match result {
            Ok(result) => return result.map_err(|error| crate::errors::exception(py, &error)),
            Err(RecvTimeoutError::Timeout) => py.check_signals()?,
            Err(RecvTimeoutError::Disconnected) => return Err(crate::errors::bug(py)),
        }
    }
}

/// The threads that answer queries do not exist in a forked child, so that it would wait for ever.
///
/// # Errors
/// `RuntimeError` in a child that was forked after the first call.
pub(crate) fn refuse_in_a_forked_child() -> PyResult<()> {
    static FIRST: OnceLock<u32> = OnceLock::new();
    let here = std::process::id();
    if *FIRST.get_or_init(|| here) == here {
        return Ok(());
    }
    Err(PyRuntimeError::new_err(
        "reelframe cannot be used in a process that was forked after it was used: start processes with \
         multiprocessing.get_context(\"spawn\")",
    ))
}
