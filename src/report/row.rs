//! The rows of a section, all or those of one account, by column name.

use chrono::NaiveDate;

use crate::query::answer::Answer;
use crate::report::build::Report;
use crate::report::render::format::{Precision, cut, display_text, format_value, grouped};
use crate::schema::value::Value;

/// A row of a section. A column that the section lacks is null.
#[derive(Clone, Copy)]
pub(crate) struct Row<'a> {
    answer: &'a Answer,
    at: usize,
}

impl<'a> Row<'a> {
    pub(crate) fn of(answer: &'a Answer, at: usize) -> Self {
        Row { answer, at }
    }

    pub(crate) fn all(answer: &'a Answer) -> impl Iterator<Item = Row<'a>> + use<'a> {
        (0..answer.rows.len()).map(move |at| Row { answer, at })
    }

    pub(crate) fn value(&self, column: &str) -> &'a Value {
        self.answer.value(self.at, column)
    }

    pub(crate) fn number(&self, column: &str) -> Option<f64> {
        self.value(column).as_number().filter(|number| number.is_finite())
    }

    pub(crate) fn whole(&self, column: &str) -> Option<i64> {
        self.value(column).as_int()
    }

    pub(crate) fn text(&self, column: &str) -> Option<&'a str> {
        self.value(column).as_text()
    }

    pub(crate) fn is(&self, column: &str) -> bool {
        *self.value(column) == Value::Bool(true)
    }

    pub(crate) fn day(&self, column: &str) -> Option<NaiveDate> {
        match self.value(column) {
            Value::Day(day) => day.date(),
            _ => None,
        }
    }

    /// The value as a page shows it.
    pub(crate) fn words(&self, column: &str) -> String {
        display_text(&format_value(column, self.value(column), Precision::Short))
    }

    /// 10 times, 2.4 times, 1.66 times
    pub(crate) fn times(&self, column: &str) -> String {
        match self.number(column) {
            Some(multiple) if multiple >= 9.95 => format!("{} times", grouped(multiple.round() as i64)),
            _ => format!("{} times", self.words(column).trim_end_matches('×')),
        }
    }

    /// A text in words, cut to that many letters.
    pub(crate) fn label(&self, column: &str, letters: usize) -> String {
        cut(&self.words(column), letters)
    }

    /// Whether the value is based on so few reels that it means nothing.
    pub(crate) fn is_few(&self, n: &str) -> bool {
        self.whole(n).unwrap_or(0) < 3
    }

    /// Above or below what chance explains: `Some(true)` for above, `None` within chance.
    pub(crate) fn beyond_chance(&self, z: &str) -> Option<bool> {
        let (z, needed) = (self.number(z)?, self.number("z_needed")?);
        (z.abs() >= needed).then_some(z > 0.0)
    }

    pub(crate) fn account(&self) -> &'a str {
        self.text("account").unwrap_or_default()
    }
}

/// All rows of a section; none where a report lacks it or it could not be computed.
pub(crate) fn rows<'a>(report: &'a Report, section: &str) -> Vec<Row<'a>> {
    let Some(answer) = report.answer_of(section) else { return Vec::new() };
    Row::all(answer).collect()
}

pub(crate) fn rows_of<'a>(report: &'a Report, section: &str, account: &str) -> Vec<Row<'a>> {
    rows(report, section).into_iter().filter(|row| row.account() == account).collect()
}
