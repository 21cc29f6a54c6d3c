//! Findings: statements that the numbers of the sections support, each only if enough reels do. None claims a cause.

mod of_groups;
mod of_period;
mod of_updates;
mod rows;
#[cfg(test)]
mod tests;

use std::collections::HashMap;

use serde::Serialize;

use crate::query::answer::Answer;
use crate::report::findings::rows::AnswerRows;
use crate::report::render::format::display_text;
use crate::schema::value::Value;

/// From this multiple on, or below its inverse, a difference is reported.
const MIN_RATIO: f64 = 1.3;
/// At most this many of a kind and account, the strongest.
const MAX_PER_KIND: usize = 3;

/// What a finding rests on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Basis {
    /// The days of the period.
    Period,
    /// What is new since the previous update.
    NewestUpdate,
    AllHistory,
}

/// Where a finding stands on a page.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Topic {
    /// The period against the one before, and what has changed since.
    Change,
    Worked,
    /// What goes with more views than usual.
    Try,
    /// Anything else that holds over all history.
    Standing,
}

/// A statement about an account.
#[derive(Debug, Clone, PartialEq)]
pub struct Finding {
    pub account: String,
    pub kind: &'static str,
    pub basis: Basis,
    /// What was measured: a share, a count, or a multiple of the usual views.
    pub value: Option<f64>,
    /// `value` relative to what it is compared with, less 1: 0.25 is a quarter more.
    pub change: Option<f64>,
    /// Number of reels that it rests on.
    pub n: Option<i64>,
    /// The rank-sum z, where the finding compares reels.
    pub z: Option<f64>,
    /// The statement itself, without the account, and its numbers.
    pub(crate) claim: String,
    pub(crate) details: String,
    pub(crate) topic: Topic,
    /// How strong it is, among all findings: the logarithm of a ratio, or what is worth as much.
    pub(crate) strength: f64,
    /// The section that shows it.
    pub(crate) section: &'static str,
}

impl Finding {
    /// The whole sentence.
    pub fn text(&self) -> String {
        format!("{}: {}{}", display_text(&self.account), self.claim, self.details)
    }
}

/// Finds what stands out in an answer.
type Find = fn(&AnswerRows) -> Vec<Finding>;

/// The section of each kind of question, and what finds it, in the order of reading.
const KINDS: [(&str, Find); 17] = [
    ("overview", of_period::views_gained),
    ("comparison", of_period::median_views),
    ("comparison", of_period::engagement),
    ("overview", of_period::followers),
    ("outliers", of_period::breakouts),
    ("cadence", of_updates::silence),
    ("since_last_run", of_updates::no_longer_listed),
    ("since_last_run", of_updates::new_reels),
    ("monthly_trend", of_period::trend),
    ("best_times", of_groups::best_times),
    ("durations", of_groups::durations),
    ("hashtags", of_groups::hashtags),
    ("captions", of_groups::captions),
    ("audio", of_groups::audio),
    ("collabs", of_groups::collabs),
    ("paid", of_groups::paid),
    ("concentration", of_groups::concentration),
];

/// What stands out, strongest first within each kind of question. Dates of the year of `last_observation` leave it out.
/// `is_current` says whether the period reaches the newest observation.
pub fn findings<'a>(
    answer_of: impl Fn(&str) -> Option<&'a Answer>,
    last_observation: &Value,
    is_current: bool,
) -> Vec<Finding> {
    let this_year = rows::year(last_observation);
    let mut all = Vec::new();
    for (section, find) in KINDS {
        let Some(answer) = answer_of(section) else { continue };
        let mut found = find(&AnswerRows { answer, this_year, section });
        found.retain(|finding| is_current || finding.basis != Basis::NewestUpdate);
        found.sort_by(|a, b| b.strength.total_cmp(&a.strength));
        let mut of_account: HashMap<String, usize> = HashMap::new();
        found.retain(|finding| {
            let before = of_account.entry(finding.account.clone()).or_default();
            *before += 1;
            *before <= MAX_PER_KIND
        });
        all.extend(found);
    }
    all
}

fn is_notable(ratio: f64) -> bool {
    ratio >= MIN_RATIO || ratio <= 1.0 / MIN_RATIO
}
