//! A tile of the first screen.

use serde::Serialize;

use crate::report::render::page::change::Change;
use crate::report::render::svg::Figure;

#[derive(Serialize)]
pub(crate) struct Tile {
    pub label: &'static str,
    pub value: String,
    pub href: Option<String>,
    pub change: Option<Change>,
    /// What the value rests on: the value before, its interval, its n.
    pub notes: Vec<String>,
    pub spark: Option<Figure>,
}

impl Tile {
    pub(crate) fn new(label: &'static str, value: String) -> Self {
        Self { label, value, href: None, change: None, notes: Vec::new(), spark: None }
    }
}
