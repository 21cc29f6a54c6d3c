//! One card per row, if the rows are few enough to be read one by one.

use serde::Serialize;

use crate::report::render::format::NOTHING;
use crate::report::render::table::{RowView, TableView};
use crate::schema::display::counted_by;

/// Medians without an interval: in the table only, where they are not shown large.
const IN_TABLE_ONLY: [&str; 3] = ["median_comment_rate", "median_share_rate", "median_comments_per_like"];

/// More rows than this are shown as a table, where a reader can compare down a column.
pub(crate) const CARDS: usize = 6;

#[derive(Serialize)]
pub(crate) struct CardView {
    pub heading: String,
    /// How the account's latest crawl ended.
    pub status: Option<String>,
    pub figures: Vec<CardFigure>,
}

#[derive(Serialize)]
pub(crate) struct CardFigure {
    pub heading: String,
    pub value: String,
    /// The ends of its 95 % interval.
    pub range: Option<String>,
    /// How many values it is based on.
    pub n: Option<String>,
    pub few: bool,
}

/// The first column heads the card, with a status next to it; each n and the ends of each interval are shown with the
/// value that they belong to.
pub(crate) fn cards(table: &TableView) -> Vec<CardView> {
    let card = |row: &RowView| {
        let mut card = CardView { heading: String::new(), status: None, figures: Vec::new() };
        let text = |name: &str| {
            let at = table.columns.iter().position(|column| column.name == name)?;
            row.cells.get(at).map(|cell| cell.text.clone()).filter(|text| text != NOTHING)
        };
        for (at, (column, cell)) in table.columns.iter().zip(&row.cells).enumerate() {
            let name = column.name.as_str();
            let figure = counted_by(name).unwrap_or(name);
            let is_end = ["_low", "_high"].iter().any(|end| name.ends_with(end));
            let counted = card.figures.last_mut().filter(|_| counted_by(name).is_some());
            match (at, name, counted) {
                (0, _, _) => card.heading.clone_from(&cell.text),
                (_, "status", _) => card.status = Some(cell.text.clone()),
                _ if IN_TABLE_ONLY.contains(&figure) || is_end => {}
                (_, _, Some(figure)) => (figure.n, figure.few) = (Some(cell.text.clone()), cell.marked),
                _ => card.figures.push(CardFigure {
                    heading: column.heading.clone(),
                    value: cell.text.clone(),
                    range: text(&format!("{name}_low"))
                        .zip(text(&format!("{name}_high")))
                        .map(|(low, high)| format!("{low} to {high}")),
                    n: None,
                    few: false,
                }),
            }
        }
        card
    };
    table.rows.iter().map(card).collect()
}
