//! The rows of an answer by column name, and their values in the words of a sentence.

use chrono::{DateTime, Datelike, NaiveDate, Utc};

use crate::query::answer::Answer;
use crate::report::findings::{Basis, Finding, Topic, is_notable};
use crate::report::render::format::{Precision, display_text, format_value, grouped};
use crate::schema::value::Value;

/// An answer by row and column name. A column that a user's own section lacks is null.
pub(super) struct AnswerRows<'a> {
    pub answer: &'a Answer,
    /// Left out of dates.
    pub this_year: Option<i32>,
    pub section: &'static str,
}

impl AnswerRows<'_> {
    pub(super) fn all(&self) -> std::ops::Range<usize> {
        0..self.answer.rows.len()
    }

    pub(super) fn value(&self, row: usize, name: &str) -> &Value {
        self.answer.value(row, name)
    }

    pub(super) fn whole(&self, row: usize, name: &str) -> Option<i64> {
        self.value(row, name).as_int()
    }

    pub(super) fn number(&self, row: usize, name: &str) -> Option<f64> {
        self.value(row, name).as_number()
    }

    pub(super) fn is(&self, row: usize, name: &str, text: &str) -> bool {
        self.value(row, name).as_text() == Some(text)
    }

    /// The value in words.
    pub(super) fn words(&self, row: usize, name: &str) -> String {
        display_text(&format_value(name, self.value(row, name), Precision::Short))
    }

    /// 19 October, or 19 October 2024.
    pub(super) fn day(&self, day: NaiveDate) -> String {
        let format = if Some(day.year()) == self.this_year { "%-d %B" } else { "%-d %B %Y" };
        day.format(format).to_string()
    }

    /// October, or October 2024, of 2024-10.
    pub(super) fn month(&self, row: usize) -> String {
        let text = self.words(row, "posted_month");
        let Ok(first) = NaiveDate::parse_from_str(&format!("{text}-01"), "%Y-%m-%d") else { return text };
        let format = if Some(first.year()) == self.this_year { "%B" } else { "%B %Y" };
        first.format(format).to_string()
    }

    /// 10 times, 2.4 times, 1.66 times
    pub(super) fn times(&self, row: usize, name: &str) -> String {
        match self.number(row, name) {
            Some(multiple) if multiple >= 9.95 => format!("{} times", grouped(multiple.round() as i64)),
            _ => format!("{} times", self.words(row, name).trim_end_matches('×')),
        }
    }

    /// Consecutive rows of one account.
    pub(super) fn by_account(&self) -> Vec<Vec<usize>> {
        let rows: Vec<usize> = self.all().collect();
        rows.chunk_by(|a, b| self.value(*a, "account") == self.value(*b, "account")).map(<[usize]>::to_vec).collect()
    }

    /// By how much a group differs from the account's other reels, if that is more than chance does and notable.
    pub(super) fn ratio_to(&self, others: &str, row: usize) -> Option<f64> {
        let ratio = self.number(row, "median_multiple")? / self.number(row, others).filter(|others| *others > 0.0)?;
        Some(ratio).filter(|ratio| self.is_beyond_chance(row, "z") && is_notable(*ratio))
    }

    pub(super) fn is_beyond_chance(&self, row: usize, z: &str) -> bool {
        self.number(row, z).zip(self.number(row, "z_needed")).is_some_and(|(z, needed)| z.abs() >= needed)
    }

    /// A finding about the account of that row, without numbers yet.
    pub(super) fn finding(&self, row: usize, kind: &'static str, basis: Basis, topic: Topic, claim: String) -> Finding {
        Finding {
            account: self.value(row, "account").as_text().unwrap_or_default().to_owned(),
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

pub(super) fn instant(value: &Value) -> Option<DateTime<Utc>> {
    match value {
        Value::Utc(time) => DateTime::from_timestamp_micros(time.0),
        _ => None,
    }
}

pub(super) fn year(value: &Value) -> Option<i32> {
    instant(value).map(|time| time.year())
}
