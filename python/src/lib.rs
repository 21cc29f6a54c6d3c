//! What the Python package needs of reelframe: tables as Arrow streams, queries, and errors as exceptions.
//!
//! `python/reelframe/` is the package that users see; this module is its private part.

mod errors;
mod report;
mod run;
mod source;
mod work;

use pyo3::prelude::*;

#[pymodule]
fn _reelframe(module: &Bound<'_, PyModule>) -> PyResult<()> {
    module.add_class::<run::Run>()?;
    module.add_class::<source::Source>()?;
    module.add_class::<source::TableSchema>()?;
    module.add_function(wrap_pyfunction!(run::open, module)?)?;
    module.add_function(wrap_pyfunction!(run::scan, module)?)?;
    module.add_function(wrap_pyfunction!(run::schema, module)?)?;
    module.add_function(wrap_pyfunction!(run::tables, module)?)?;
    module.add_function(wrap_pyfunction!(run::queries, module)?)?;
    module.add_function(wrap_pyfunction!(run::check_process, module)?)?;
    module.add_function(wrap_pyfunction!(report::report_queries, module)?)?;
    module.add_function(wrap_pyfunction!(report::report_period, module)?)?;
    module.add_function(wrap_pyfunction!(report::summary_queries, module)?)?;
    module.add("REPORT_VERSION", reelframe::internals::REPORT_VERSION)?;
    module.add("__version__", env!("CARGO_PKG_VERSION"))
}
