//! What the sheets of the report hold. The words are the caller's; how they look is decided here and beside.

use crate::schema::value::Value;

/// A sheet: a title, a line on what it shows, a line of notes, and a table under headings.
pub(crate) struct ReportSheet {
    pub name: &'static str,
    pub title: String,
    pub line: String,
    /// What a reader has to know of the values.
    pub notes: String,
    /// Stands in place of a table without rows.
    pub no_data: &'static str,
    pub table: ReportTable,
    /// Below the table, where a chart needs a column per line.
    pub below: Option<(String, ReportTable)>,
    /// Of the table below, if there is one.
    pub chart: Option<ReportChart>,
}

#[derive(Default)]
pub(crate) struct ReportTable {
    pub columns: Vec<ReportColumn>,
    pub rows: Vec<Vec<ReportCell>>,
}

pub(crate) struct ReportColumn {
    pub heading: String,
    pub style: NumberStyle,
}

/// How the numbers of a column are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum NumberStyle {
    Text,
    /// 1,234
    Whole,
    /// 1,234.5
    Decimal,
    /// 0.45, 12.3
    Ratio,
    /// 4.3%
    Percent,
    /// +4%
    Change,
    /// 1.7×; two decimals around 1
    Multiple,
    Seconds,
    /// 2026-10-19
    Day,
    /// Oct 2026
    Month,
}

impl NumberStyle {
    pub(crate) fn number_format(self) -> &'static str {
        match self {
            Self::Text => "General",
            Self::Whole => "#,##0",
            Self::Decimal => "#,##0.0",
            Self::Ratio => "[<10]0.00;#,##0.0",
            // Shares and comments are often under one in a hundred views.
            Self::Percent => "[<0.01]0.00%;0.0%",
            Self::Change => "+0%;-0%;0%",
            Self::Multiple => "[<1.5]0.00\"×\";#,##0.0\"×\"",
            Self::Seconds => "#,##0\" s\"",
            Self::Day => "yyyy-mm-dd",
            Self::Month => "mmm yyyy",
        }
    }
}

#[derive(Debug, Clone, PartialEq)]
pub(crate) struct ReportCell {
    pub value: Value,
    /// Where a click on the text leads.
    pub address: Option<String>,
    pub look: Look,
}

impl ReportCell {
    pub(crate) fn plain(value: Value) -> Self {
        Self { value, address: None, look: Look::Plain }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Look {
    Plain,
    /// Based on too few reels.
    Faint,
    /// Stands out above.
    Above,
    /// Stands out below.
    Below,
}

/// A chart of the first rows of a table.
pub(crate) struct ReportChart {
    pub kind: ChartKind,
    pub title: String,
    /// The column along the axis, and the title of the axis.
    pub category: usize,
    pub category_title: String,
    /// A bar, or a line, of each of these columns.
    pub values: Vec<usize>,
    pub value_title: String,
    pub rows: usize,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ChartKind {
    /// A bar a row, the first at the top.
    Bars,
    Columns,
    /// Along months.
    Lines,
}
