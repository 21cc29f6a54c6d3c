//! The report: the SQL files of `queries/` run by Polars SQL, with the answers as a terminal summary, Markdown, HTML and
//! JSON.
//!
//! Each answer is computed once; the renderers only format it. Nothing here reads a clock: the same tables give the same
//! bytes.

use std::ops::Range;
use std::panic::resume_unwind;
use std::sync::Mutex;

use serde::Serialize;

use crate::error::{Error, Result};
use crate::json;
use crate::query::answer::{Answer, AnswerColumn};
use crate::query::engine::{QueryEngine, Question};
use crate::query::file::{Chart, Query};
use crate::query::scope::Scope;
use crate::query::sql::ReferencedColumns;
use crate::report::caveats::Limit;
use crate::report::data_summary::Facts;
use crate::report::render::{format, html, markdown, terminal, view};
use crate::report::{caveats, findings};
use crate::schema::column::Table;
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
    pub(crate) facts: Facts,
    /// What stands out, in sentences.
    pub(crate) findings: Vec<String>,
    pub(crate) limits: Vec<Limit>,
    pub(crate) sections: Vec<Section>,
    scope: Scope,
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
            Err(error) if query.is_users => (Answer { columns: Vec::new(), rows: Vec::new() }, Some(error.message)),
            Err(mut error) => {
                error.message = format!("query {}: {}", query.name, error.message);
                return Err(error);
            }
        };
        Ok(Section { name, title, question, chart, answer, fault })
    }
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
        let facts = Facts::of(tables)?;
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
        sections.sort_by(|a, b| a.name.cmp(&b.name));
        Ok(Report {
            provenance: provenance.clone(),
            findings: findings::findings(&sections, &facts.last_observation),
            limits: caveats::limits(&facts),
            sections,
            facts,
            scope: tables.scope().clone(),
        })
    }

    /// Number of reels in the report.
    pub fn reels(&self) -> i64 {
        self.facts.reels
    }

    pub fn run_id(&self) -> &str {
        &self.provenance.run_id
    }

    /// The user's own sections that could not be computed: name and error.
    pub fn faults(&self) -> Vec<(String, String)> {
        let fault = |section: &Section| Some((section.name.clone(), section.fault.clone()?));
        self.sections.iter().filter_map(fault).collect()
    }

    /// A single self-contained file: no script, no external request.
    pub fn to_html(&self) -> String {
        html::render(&view::View::of(self, &view::PAGE))
    }

    /// The report for mail and chat.
    pub fn to_markdown(&self) -> String {
        markdown::render(&view::View::of(self, &view::MAIL))
    }

    /// The overview, key findings and limits of the data, within 80 columns.
    pub fn to_terminal(&self) -> String {
        terminal::summary(self)
    }

    /// The raw values, all rows.
    pub fn to_json(&self) -> String {
        let report = JsonReport {
            report_version: 1,
            run_id: &self.provenance.run_id,
            program_version: &self.provenance.program_version,
            scope: self.scope.days(),
            first_observation: &self.facts.first_observation,
            last_observation: &self.facts.last_observation,
            timezones: self
                .facts
                .zones()
                .into_iter()
                .map(|(timezone, accounts)| JsonZone { timezone, accounts })
                .collect(),
            sections: self.sections.iter().map(JsonSection::of).collect(),
            key_findings: self.findings.iter().map(String::as_str).collect(),
            limits: self.limits.iter().map(|limit| limit.text.as_str()).collect(),
        };
        let json = serde_json::to_string(&report).expect("text keys and plain values") + "\n";
        json::escaped(json)
    }

    pub(crate) fn title(&self) -> String {
        let title = match self.facts.accounts.as_slice() {
            [] => "Reels of no account".to_owned(),
            [one] => format!("Reels of {}", format::shown(&one.account)),
            all => format!("Reels of {} accounts", all.len()),
        };
        self.scope.days().map_or(title.clone(), |days| format!("{title}, {days}"))
    }
}

#[derive(Serialize)]
struct JsonReport<'a> {
    report_version: u32,
    run_id: &'a str,
    program_version: &'a str,
    /// The days of posting that it covers; null for all.
    scope: Option<String>,
    first_observation: &'a Value,
    last_observation: &'a Value,
    timezones: Vec<JsonZone<'a>>,
    key_findings: Vec<&'a str>,
    sections: Vec<JsonSection<'a>>,
    limits: Vec<&'a str>,
}

#[derive(Serialize)]
struct JsonZone<'a> {
    timezone: &'a str,
    accounts: Vec<&'a str>,
}

#[derive(Serialize)]
struct JsonSection<'a> {
    name: &'a str,
    title: &'a str,
    question: &'a str,
    columns: Vec<JsonColumn<'a>>,
    rows: &'a [Vec<Value>],
    fault: &'a Option<String>,
}

#[derive(Serialize)]
struct JsonColumn<'a> {
    name: &'a str,
    #[serde(rename = "type")]
    column_type: &'static str,
}

impl<'a> JsonSection<'a> {
    fn of(section: &'a Section) -> Self {
        let Section { name, title, question, chart: _, answer, fault } = section;
        let column =
            |column: &'a AnswerColumn| JsonColumn { name: &column.name, column_type: column.column_type.word() };
        JsonSection {
            name,
            title,
            question,
            columns: answer.columns.iter().map(column).collect(),
            rows: &answer.rows,
            fault,
        }
    }
}
