//! The rows of an answer, and what they say in a sentence.

use chrono::{DateTime, Datelike, NaiveDate, Utc};

use crate::query::answer::Answer;
use crate::report::findings::{Basis, Finding, Topic, is_notable};
use crate::report::render::dates;
use crate::report::row::Row;
use crate::schema::value::Value;

/// The answer of a section. A column that a user's own section lacks is null.
pub(super) struct AnswerRows<'a> {
    pub answer: &'a Answer,
    /// Left out of dates.
    pub this_year: Option<i32>,
    pub section: &'static str,
}

impl<'a> AnswerRows<'a> {
    pub(super) fn all(&self) -> impl Iterator<Item = Row<'a>> + use<'a> {
        Row::all(self.answer)
    }

    /// 19 October, or 19 October 2024.
    pub(super) fn day(&self, day: NaiveDate) -> String {
        let format = if Some(day.year()) == self.this_year { "%-d %B" } else { "%-d %B %Y" };
        day.format(format).to_string()
    }

    /// October, or October 2024, of 2024-10.
    pub(super) fn month(&self, row: &Row) -> String {
        let text = row.words("posted_month");
        let Some(first) = dates::month(&text) else { return text };
        let format = if Some(first.year()) == self.this_year { "%B" } else { "%B %Y" };
        first.format(format).to_string()
    }

    /// Consecutive rows of one account.
    pub(super) fn by_account(&self) -> Vec<Vec<Row<'a>>> {
        let rows: Vec<Row> = self.all().collect();
        rows.chunk_by(|a, b| a.account() == b.account()).map(<[Row]>::to_vec).collect()
    }

    /// A finding about the account of that row, without numbers yet.
    pub(super) fn finding(&self, row: &Row, kind: &'static str, basis: Basis, topic: Topic, claim: String) -> Finding {
        Finding {
            account: row.account().to_owned(),
            kind,
            basis,
            value: None,
            change: None,
            n: None,
            z: None,
            claim,
            details: ".".to_owned(),
            topic,
            strength: 0.0,
            section: self.section,
        }
    }
}

/// By how much a group differs from the account's other reels, if that is more than chance does and notable.
pub(super) fn ratio_to(others: &str, row: &Row) -> Option<f64> {
    let ratio = row.number("median_multiple")? / row.number(others).filter(|others| *others > 0.0)?;
    Some(ratio).filter(|ratio| row.beyond_chance("z").is_some() && is_notable(*ratio))
}

pub(super) fn instant(value: &Value) -> Option<DateTime<Utc>> {
    match value {
        Value::Utc(time) => DateTime::from_timestamp_micros(time.0),
        _ => None,
    }
}

pub(super) fn year(value: &Value) -> Option<i32> {
    instant(value).map(|time| time.year())
}
