//! Run ids that are free.

use crate::error::Result;
use crate::fs;
use crate::store::layout::Store;

impl Store {
    /// The id, or if it is taken, the first of `<id>~2`, `<id>~3`, … that is free.
    pub fn free_run_id(&self, run_id: &str) -> Result<String> {
        let id = |number: u32| match number {
            1 => run_id.to_owned(),
            _ => format!("{run_id}~{number}"),
        };
        fs::first_free((1..).map(id), |id| Ok(fs::kind(&self.run_dir(id))?.is_none()))
    }
}
