//! Names of runs.

use crate::error::Result;

use super::{Manifest, Store};

impl Store {
    /// The id, or where a run of that name is published already the first of `<id>~2`, `<id>~3`, … that is not.
    pub fn free_run_id(&self, run_id: &str) -> Result<String> {
        let mut id = run_id.to_owned();
        let mut number = 2;
        while Manifest::published(&self.run_dir(&id))?.is_some() {
            id = format!("{run_id}~{number}");
            number += 1;
        }
        Ok(id)
    }
}
