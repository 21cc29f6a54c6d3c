//! Errors of reelframe as the exceptions of `reelframe._errors`, by exit code, with their hint.

use pyo3::prelude::*;
use reelframe::internals::{exit_code, hint, message};

pub(crate) fn exception(py: Python<'_>, error: &reelframe::Error) -> PyErr {
    raised(py, exit_code(error.kind), &message(error), hint(error).as_deref())
}

/// A panic: a bug of reelframe's, whose text is on stderr.
pub(crate) fn bug(py: Python<'_>) -> PyErr {
    let code = exit_code(reelframe::ErrorKind::Unexpected);
    raised(py, code, "reelframe failed unexpectedly: the details are on stderr", Some("please report it"))
}

fn raised(py: Python<'_>, code: u8, message: &str, hint: Option<&str>) -> PyErr {
    let made =
        py.import("reelframe._errors").and_then(|module| module.call_method1("of_exit_code", (code, message, hint)));
    made.map_or_else(|error| error, PyErr::from_value)
}
