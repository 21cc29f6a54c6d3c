//! One card per row, if the rows are few enough to be read one by one.

use serde::Serialize;

use crate::report::render::table::{RowView, TableView};
use crate::schema::display::counted_by;

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
    /// How many values it is based on.
    pub n: Option<String>,
    pub few: bool,
}

/// The first column heads the card, with a status next to it; each n is shown with the value that it counts.
pub(crate) fn cards(table: &TableView) -> Vec<CardView> {
    let card = |row: &RowView| {
        let mut card = CardView { heading: String::new(), status: None, figures: Vec::new() };
        for (at, (column, cell)) in table.columns.iter().zip(&row.cells).enumerate() {
            let counted = card.figures.last_mut().filter(|_| counted_by(&column.name).is_some());
            match (at, column.name.as_str(), counted) {
                (0, _, _) => card.heading.clone_from(&cell.text),
                (_, "status", _) => card.status = Some(cell.text.clone()),
                (_, _, Some(figure)) => (figure.n, figure.few) = (Some(cell.text.clone()), cell.marked),
                _ => card.figures.push(CardFigure {
                    heading: column.heading.clone(),
                    value: cell.text.clone(),
                    n: None,
                    few: false,
                }),
            }
        }
        card
    };
    table.rows.iter().map(card).collect()
}
