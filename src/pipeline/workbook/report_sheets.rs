//! Fills the report sheets of a workbook with the answers of the built-in queries.

use crate::error::{Error, Result};
use crate::formats::xlsx::report::{Look, ReportSheet, ReportTable};
use crate::pipeline::workbook::answer_table::{MOST_ROWS, position, table};
use crate::pipeline::workbook::plans::{BEST_TIMES, LEAGUE, PLANS, SheetPlan, Span, TREND};
use crate::pipeline::workbook::{best_times, report_charts};
use crate::query::file::Query;
use crate::query::{answer::Answer, engine::QueryEngine, file, period::Period, sql::ReferencedColumns};
use crate::report::render::format::{display_text, grouped};

/// The report sheets over the tables of a run.
///
/// # Errors
/// As those of the queries.
pub(crate) fn build(run: &QueryEngine) -> Result<Vec<ReportSheet>> {
    let query = |plan: &SheetPlan| file::built_in_query(plan.query).expect("a test holds that it exists");
    let queries: Vec<Query> = PLANS.iter().map(query).collect();
    let columns: Vec<ReferencedColumns> = queries.iter().map(|query| ReferencedColumns::of(&query.sql)).collect();
    let period = run.period()?;
    let mut accounts = Vec::new();
    let mut sheets = Vec::new();
    for (at, (plan, query)) in PLANS.iter().zip(&queries).enumerate() {
        // A single account has none to compare with.
        if plan.name == LEAGUE && accounts.len() < 2 {
            continue;
        }
        run.keep_for(&columns[at..]);
        let answer = run.query(&query.sql).map_err(|mut error: Error| {
            error.message = format!("query {}: {}", query.name, error.message);
            error
        })?;
        if query.name.ends_with(file::OVERVIEW) {
            accounts = by_reels(&answer);
        }
        sheets.push(sheet(plan, query, &answer, &accounts, period));
    }
    Ok(sheets)
}

/// The accounts, those with the most reels first.
fn by_reels(overview: &Answer) -> Vec<String> {
    let account = |row: usize| {
        let name = overview.value(row, "account").as_text().unwrap_or_default().to_owned();
        (overview.value(row, "all_reels").as_int().unwrap_or(0), name)
    };
    let mut accounts: Vec<(i64, String)> = (0..overview.rows.len()).map(account).collect();
    accounts.sort_by(|(a, first), (b, second)| b.cmp(a).then_with(|| first.cmp(second)));
    accounts.into_iter().map(|(_, name)| name).collect()
}

/// Up to `most` of the accounts, in the order of their names, and a note where some are left out.
pub(crate) fn first(accounts: &[String], most: usize, note: (&str, &str)) -> (Vec<String>, String) {
    let mut first = accounts[..accounts.len().min(most)].to_vec();
    first.sort();
    let (before, after) = note;
    let all = grouped(accounts.len() as i64);
    let note = format!("{before} the {most} accounts with the most reels, of {all}{after}");
    (first, if accounts.len() > most { note } else { String::new() })
}

fn sheet(plan: &SheetPlan, query: &Query, answer: &Answer, accounts: &[String], period: Period) -> ReportSheet {
    let mut notes = Vec::new();
    let (mut table, mut below) = (table(answer, plan.columns), None);
    let chart = match plan.name {
        BEST_TIMES => {
            let (names, note) =
                first(accounts, best_times::MOST_ACCOUNTS, ("Shown are", "; `reelframe query best_times` has all."));
            notes.push(note);
            table = best_times::grid(answer, &names.iter().map(String::as_str).collect::<Vec<_>>());
            let is_coloured = table.rows.iter().flatten().any(|cell| matches!(cell.look, Look::Above | Look::Below));
            if !is_coloured && !table.rows.is_empty() {
                notes.push("No time stands out.".to_owned());
            }
            None
        }
        TREND => {
            let (names, note) = first(accounts, report_charts::MOST_LINES, ("The chart is of", "."));
            notes.push(note);
            let months = report_charts::months(answer, &names.iter().map(String::as_str).collect::<Vec<_>>());
            let chart = match &months {
                Some(months) => report_charts::trend(months, (1..months.columns.len()).collect()),
                None => position(&table, "median_views").and_then(|at| report_charts::trend(&table, vec![at])),
            };
            below =
                chart.as_ref().and(months).map(|months| ("Median views by month, as in the chart".to_owned(), months));
            chart
        }
        LEAGUE => report_charts::league(&table),
        _ if plan.query == file::OVERVIEW => report_charts::overview(&table),
        _ => None,
    };
    notes.extend(row_notes(plan, answer, &table));
    notes.retain(|note| !note.is_empty());
    ReportSheet {
        name: plan.name,
        title: title(plan, query, period),
        line: plan.line.to_owned(),
        notes: notes.join(" "),
        no_data: plan.no_data,
        table,
        below,
        chart,
    }
}

/// The words of the query, and the days.
fn title(plan: &SheetPlan, query: &Query, period: Period) -> String {
    let until = Period { first: period.last, ..period }.text();
    let days = match plan.span {
        Span::Period => period.text(),
        Span::NewestReels => until.map(|day| format!("newest reels up to {day}")),
        Span::AllHistory => until.map(|day| format!("all history up to {day}")),
    };
    let title = display_text(&query.title);
    days.map_or(title.clone(), |days| format!("{title}, {days}"))
}

/// That rows are left out, and what grey values are.
fn row_notes(plan: &SheetPlan, answer: &Answer, table: &ReportTable) -> Vec<String> {
    let all = answer.rows.len();
    let left_out = format!(
        "The first {} of {} rows; `reelframe query {}` has all.",
        grouped(MOST_ROWS as i64),
        grouped(all as i64),
        plan.query
    );
    let is_left_out = plan.name != BEST_TIMES && all > MOST_ROWS;
    let is_faint = table.rows.iter().flatten().any(|cell| cell.look == Look::Faint);
    let few = "Grey: fewer than 3 reels, too few to interpret.";
    [is_left_out.then_some(left_out), is_faint.then(|| few.to_owned())].into_iter().flatten().collect()
}
