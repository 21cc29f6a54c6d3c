//! The charts of report sheets, and the table by month and account that the trend is drawn from.

use std::collections::BTreeMap;

use crate::formats::xlsx::report::{ChartKind, NumberStyle, ReportCell, ReportChart, ReportColumn, ReportTable};
use crate::pipeline::workbook::answer_table::{month, position};
use crate::query::answer::Answer;
use crate::report::render::format::{display_text, heading};
use crate::schema::cell::Day;
use crate::schema::value::Value;

/// How many accounts have a bar, and how many a line.
const MOST_BARS: usize = 30;
pub(crate) const MOST_LINES: usize = 6;

const MEDIAN: &str = "Median views per reel";

/// Views gained per account, or their median views where gains are not known yet; `None` with fewer than two accounts.
pub(crate) fn overview(table: &ReportTable) -> Option<ReportChart> {
    bars(table, "views_gained", ChartKind::Columns).or_else(|| bars(table, "median_views", ChartKind::Columns))
}

pub(crate) fn league(table: &ReportTable) -> Option<ReportChart> {
    bars(table, "median_views", ChartKind::Bars)
}

fn bars(table: &ReportTable, value: &str, kind: ChartKind) -> Option<ReportChart> {
    let (category, at) = (position(table, "account")?, position(table, value)?);
    let has_value = |row: &&Vec<ReportCell>| row[at].value != Value::Null;
    if table.rows.iter().filter(has_value).count() < 2 {
        return None;
    }
    let (rows, all) = (table.rows.len().min(MOST_BARS), table.rows.len());
    let first = if rows < all { format!(", first {rows} of {all} accounts") } else { String::new() };
    Some(ReportChart {
        kind,
        title: format!("{} per account{first}", heading(value)),
        category,
        category_title: heading("account"),
        values: vec![at],
        value_title: if value == "median_views" { MEDIAN } else { "Views gained in the period" }.to_owned(),
        rows,
    })
}

/// Median views by month, a column per account; `None` for one account, whose own table has them.
pub(crate) fn months(answer: &Answer, accounts: &[&str]) -> Option<ReportTable> {
    let mut months: BTreeMap<Day, Vec<ReportCell>> = BTreeMap::new();
    for row in 0..answer.rows.len() {
        let account = answer.value(row, "account").as_text();
        let Some(at) = accounts.iter().position(|name| Some(*name) == account) else { continue };
        let Value::Day(day) = month(answer.value(row, "posted_month")) else { continue };
        let cells = months.entry(day).or_insert_with(|| vec![ReportCell::plain(Value::Null); accounts.len()]);
        cells[at] = ReportCell::plain(answer.value(row, "median_views").clone());
    }
    let column = |account: &&str| ReportColumn { heading: display_text(account), style: NumberStyle::Whole };
    let month = ReportColumn { heading: heading("posted_month"), style: NumberStyle::Month };
    let row = |(day, cells)| [vec![ReportCell::plain(Value::Day(day))], cells].concat();
    (accounts.len() > 1).then(|| ReportTable {
        columns: [month].into_iter().chain(accounts.iter().map(column)).collect(),
        rows: months.into_iter().map(row).collect(),
    })
}

/// A line per column of the table by month, or of the only account; `None` with fewer than two months.
pub(crate) fn trend(table: &ReportTable, values: Vec<usize>) -> Option<ReportChart> {
    let category = position(table, "posted_month")?;
    let is_known = |row: &Vec<ReportCell>| values.iter().any(|at| row[*at].value != Value::Null);
    let are_days = table.rows.iter().all(|row| matches!(row[category].value, Value::Day(_)));
    (table.rows.iter().filter(|row| is_known(row)).count() >= 2 && are_days).then(|| ReportChart {
        kind: ChartKind::Lines,
        title: "Median views by month posted".to_owned(),
        category,
        category_title: heading("posted_month"),
        values,
        value_title: MEDIAN.to_owned(),
        rows: table.rows.len(),
    })
}
