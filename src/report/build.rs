//! Builds the report: runs every query, and collects facts, findings and caveats.
//!
//! Each answer is computed once; the renderers only format it. Nothing here reads a clock: the same tables give the same
//! bytes.

use std::ops::Range;
use std::panic::resume_unwind;
use std::sync::Mutex;

use crate::error::{Error, Result};
use crate::query::engine::{QueryEngine, Question};
use crate::query::file::{Chart, Query, bare_name};
use crate::query::{answer::Answer, period::Period, sql::ReferencedColumns};
use crate::report::findings::{self, Finding};
use crate::report::{caveats, caveats::Caveat, data_summary::DataSummary, render::format};
use crate::schema::column::Table;
use crate::schema::display::{FEW, counted_by};
use crate::schema::value::Value;

/// Where the numbers come from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Provenance {
    pub run_id: String,
    pub program_version: String,
}

/// The answers to all queries over the tables of one run.
pub struct Report {
    pub(crate) provenance: Provenance,
    pub(crate) data: DataSummary,
    /// What stands out.
    pub findings: Vec<Finding>,
    pub(crate) caveats: Vec<Caveat>,
    pub(crate) sections: Vec<Section>,
    pub(crate) period: Period,
}

/// Answers the next queries until none is left.
fn answered(
    tables: &QueryEngine,
    queries: &[&Query],
    questions: &[ReferencedColumns],
    next: &Mutex<Range<usize>>,
) -> Result<Vec<Section>> {
    let mut sections = Vec::new();
    loop {
        let (query, question) = {
            // One thread loads at a time, so that none evicts a column that another is about to use.
            let mut next = next.lock().expect("no thread panics while it holds the lock");
            let Some(at) = next.next() else { return Ok(sections) };
            tables.keep_for(&questions[at..]);
            (queries[at], tables.question(&queries[at].sql))
        };
        sections.push(Section::of(query, question)?);
    }
}

/// A query with its answer.
pub(crate) struct Section {
    pub(crate) name: String,
    pub(crate) title: String,
    pub(crate) question: String,
    pub(crate) chart: Option<Chart>,
    pub(crate) answer: Answer,
    /// Why a user's own section could not be computed.
    pub(crate) fault: Option<String>,
    /// From the user's own folder.
    pub(crate) is_users: bool,
}

impl Section {
    fn of(query: &Query, asked: Result<Question>) -> Result<Section> {
        let Query { name, title, question, chart, .. } = query.clone();
        let answer = match &query.fault {
            Some(fault) => Err(Error::usage(fault.clone())),
            None => asked.and_then(Question::answer),
        };
        let (answer, fault) = match answer {
            Ok(answer) => (answer, None),
            Err(error) if query.is_users => {
                (Answer { columns: Vec::new(), rows: Vec::new() }, Some(error.on_one_line()))
            }
            Err(mut error) => {
                error.message = format!("query {}: {}", query.name, error.message);
                return Err(error);
            }
        };
        Ok(Section { name, title, question, chart, answer, fault, is_users: query.is_users })
    }

    /// Whether it has numbers of reels, and all are under 3.
    pub(crate) fn rests_on_few(&self) -> bool {
        let counts = |name: &str| name == "n" || counted_by(name).is_some();
        let columns = self.answer.columns.iter().enumerate();
        let counts: Vec<usize> = columns.filter(|(_, column)| counts(&column.name)).map(|(at, _)| at).collect();
        let few = |row: &Vec<Value>| counts.iter().all(|at| row[*at].as_int().is_none_or(|n| n < FEW));
        !counts.is_empty() && self.answer.rows.iter().all(few)
    }
}

/// The answer of the section of that name.
fn answer_of<'s>(sections: &'s [Section], name: &str) -> Option<&'s Answer> {
    sections.iter().find(|section| bare_name(&section.name) == name).map(|section| &section.answer)
}

impl Report {
    /// Runs each query. An error in a user's own query is shown in place of its section.
    pub fn build(tables: &QueryEngine, queries: &[Query], provenance: &Provenance) -> Result<Report> {
        let mut queries: Vec<&Query> = queries.iter().collect();
        queries.sort_by(|a, b| a.name.cmp(&b.name));
        let questions: Vec<(&Query, ReferencedColumns)> =
            queries.into_iter().map(|query| (query, ReferencedColumns::of(&query.sql))).collect();
        // Queries over the largest table run first, one at a time, while few columns of other tables are loaded.
        let (large, small): (Vec<_>, Vec<_>) =
            questions.into_iter().partition(|(_, mentioned)| mentioned.names(Table::Hashtags));
        let (queries, questions): (Vec<&Query>, Vec<ReferencedColumns>) = large.iter().chain(&small).cloned().unzip();
        let data = DataSummary::of(tables)?;
        let period = tables.period()?;
        let next = Mutex::new(0..large.len());
        let mut sections = answered(tables, &queries, &questions, &next)?;
        // One query does not keep all cores busy throughout; two at a time do.
        let next = Mutex::new(large.len()..queries.len());
        let both = std::thread::scope(|scope| {
            let beside = scope.spawn(|| answered(tables, &queries, &questions, &next));
            [answered(tables, &queries, &questions, &next), beside.join().unwrap_or_else(|panic| resume_unwind(panic))]
        });
        for answers in both {
            sections.extend(answers?);
        }
        Ok(Report::of(provenance.clone(), data, period, sections))
    }

    /// Adds to the answers what follows from them.
    pub(crate) fn of(
        provenance: Provenance,
        mut data: DataSummary,
        period: Period,
        mut sections: Vec<Section>,
    ) -> Report {
        sections.sort_by(|a, b| a.name.cmp(&b.name));
        if let Some(overview) = answer_of(&sections, "overview") {
            data.take_followers_sources(overview);
        }
        let findings =
            findings::findings(|name| answer_of(&sections, name), &data.last_observation, period.is_current());
        Report { provenance, findings, caveats: caveats::caveats(&data, period), sections, data, period }
    }

    /// Number of reels in the report.
    pub fn reels(&self) -> i64 {
        self.data.reels
    }

    /// The days of the period, where the data has reels and none was posted then.
    pub fn period_without_reels(&self) -> Option<String> {
        let is_empty = self.data.reels > 0 && self.data.reels_of_period == 0;
        self.period.text().filter(|_| is_empty)
    }

    pub fn run_id(&self) -> &str {
        &self.provenance.run_id
    }

    /// The user's own sections that could not be computed: name and error.
    pub fn faults(&self) -> Vec<(String, String)> {
        let fault = |section: &Section| Some((section.name.clone(), section.fault.clone()?));
        self.sections.iter().filter_map(fault).collect()
    }

    /// Whose reels it is about.
    pub(crate) fn subject(&self) -> String {
        match self.data.accounts.as_slice() {
            [] => "Reels of no account".to_owned(),
            [one] => format!("Reels of {}", format::display_text(&one.account)),
            all => format!("Reels of {} accounts", all.len()),
        }
    }

    pub(crate) fn title(&self) -> String {
        let subject = self.subject();
        self.period.words().map_or(subject.clone(), |days| format!("{subject}, {days}"))
    }

    /// The section of that name, without its number.
    pub(crate) fn section(&self, name: &str) -> Option<&Section> {
        self.sections.iter().find(|section| bare_name(&section.name) == name)
    }

    pub(crate) fn answer_of(&self, name: &str) -> Option<&Answer> {
        answer_of(&self.sections, name)
    }
}
