//! Query files: title, question and optional chart in comments, then one SELECT.

use std::path::Path;

use crate::error::{Error, Hint, Parameter, Result};
use crate::fs;

/// One query of the report.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Query {
    /// The file name without `.sql`; sections are ordered by it.
    pub name: String,
    pub title: String,
    pub question: String,
    pub chart: Option<Chart>,
    pub sql: String,
    /// From the user's own folder: an error in it is shown in place of its section.
    pub is_users: bool,
    pub fault: Option<String>,
}

/// How an answer is drawn. Without it, only the table is shown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Chart {
    /// One row of totals, shown as large figures.
    Figures,
    /// One card per row, headed by its first column; a table if there are many.
    Cards,
    /// One grid per account: one column of the answer across, one down, one as shade, one in small print.
    Heatmap { x: String, y: String, value: String, label: String },
    /// A bar per x with the height y; with `by`, one per value of that column.
    Bar { x: String, y: String, by: Option<String> },
    /// A bar per y with the length x.
    HorizontalBar { x: String, y: String },
    /// A line along x, in the order of the rows; with `by`, one per value of that column.
    Line { x: String, y: String, by: Option<String> },
    /// A point per row.
    Scatter { x: String, y: String, by: Option<String> },
}

macro_rules! built_in {
    ($($name:literal),* $(,)?) => {
        [$(($name, include_str!(concat!("../../queries/", $name, ".sql"))),)*]
    };
}

const BUILT_IN: [(&str, &str); 31] = built_in![
    "005_all_accounts",
    "006_daily",
    "007_daily_by_account",
    "010_overview",
    "015_comparison",
    "020_since_last_run",
    "030_changes",
    "040_league_table",
    "050_top_reels",
    "060_outliers",
    "070_posting_heatmap",
    "080_best_times",
    "090_monthly_trend",
    "100_durations",
    "110_hashtags",
    "120_captions",
    "130_audio",
    "140_sounds",
    "150_collabs",
    "152_collab_neighbours",
    "154_partners",
    "156_places",
    "160_paid",
    "170_cadence",
    "180_gaps",
    "190_concentration",
    "195_followers",
    "200_growth",
    "205_forecast",
    "210_velocity",
    "220_data_quality",
];

/// The queries of `queries/`, ordered by name.
pub fn built_in_queries() -> Vec<Query> {
    BUILT_IN.map(|(name, text)| parse_query(name, text).expect("the tests parse each of them")).into()
}

/// The built-in query that is the first sheet of the workbook, and the one that only reports on several accounts show.
pub const OVERVIEW: &str = "overview";
pub const LEAGUE_TABLE: &str = "league_table";

/// A built-in query by its name, with or without the number.
pub fn built_in_query(name: &str) -> Option<Query> {
    built_in_queries().into_iter().find(|query| query.name == name || bare_name(&query.name) == name)
}

/// The built-in queries and those of a folder, which override built-in ones of the same name.
///
/// # Errors
/// `Usage` if the folder cannot be read or has no .sql file.
pub fn queries(folder: Option<&Path>) -> Result<Vec<Query>> {
    let mut queries = built_in_queries();
    #[cfg(debug_assertions)]
    keep_named(&mut queries);
    let Some(folder) = folder else { return Ok(queries) };
    let wrong = |what: String| Error::parameter(Parameter::Queries, format!("{}: {what}", folder.display()));
    if !fs::exists(folder)? {
        return Err(wrong("no such folder".to_owned()));
    }
    let mut files = fs::list(folder)?;
    files.retain(|path| path.extension().is_some_and(|extension| extension == "sql"));
    if files.is_empty() {
        return Err(wrong("it holds no .sql file".to_owned()).hint(Hint::ListQueries));
    }
    for file in files {
        let name = file.file_stem().unwrap_or_default().to_string_lossy().into_owned();
        let read = fs::text_of(&file).map_err(|error| wrong(error.to_string()));
        let query = read.and_then(|text| parse_query(&name, &text)).unwrap_or_else(|error| Query {
            name: name.clone(),
            title: name.clone(),
            question: String::new(),
            chart: None,
            sql: String::new(),
            is_users: true,
            fault: Some(error.message),
        });
        queries.retain(|built_in| built_in.name != name);
        queries.push(Query { is_users: true, ..query });
    }
    queries.sort_by(|a, b| a.name.cmp(&b.name));
    Ok(queries)
}

/// Debug builds only: `REELFRAME_SECTIONS=overview,changes` leaves the other built-in queries out of reports, for tests
/// about something else. A whole report takes most of the time of a small run.
#[cfg(debug_assertions)]
fn keep_named(queries: &mut Vec<Query>) {
    if let Ok(names) = std::env::var("REELFRAME_SECTIONS") {
        queries.retain(|query| names.split(',').any(|name| name == bare_name(&query.name)));
    }
}

/// Parses a query file; `name` is its name, with or without `.sql`.
pub fn parse_query(name: &str, text: &str) -> Result<Query> {
    let wrong = |what: &str| {
        Error::usage(format!("query {name}: {what}"))
            .hint("a query file is `-- title: …`, `-- question: …`, perhaps `-- chart: …`, then one SELECT")
    };
    let header = |key: &str| {
        let lines = text.lines().filter_map(|line| line.trim().strip_prefix("--")?.trim().strip_prefix(key));
        lines.map(str::trim).filter(|line| !line.is_empty()).collect::<Vec<_>>().join(" ")
    };
    let (title, question, chart) = (header("title:"), header("question:"), header("chart:"));
    if title.is_empty() {
        return Err(wrong("it has no `-- title:` line"));
    }
    if question.is_empty() {
        return Err(wrong("it has no `-- question:` line"));
    }
    if !is_select(text) {
        return Err(wrong("after its comments comes no SELECT"));
    }
    let chart = match chart.as_str() {
        "" => None,
        line => Some(parse_chart(line).map_err(|what| wrong(&what))?),
    };
    let name = name.strip_suffix(".sql").unwrap_or(name).to_owned();
    Ok(Query { name, title, question, chart, sql: text.to_owned(), is_users: false, fault: None })
}

impl Chart {
    /// The `-- chart:` line that gives it.
    pub fn to_line(&self) -> String {
        let with_by = |kind: &str, x: &str, y: &str, by: &Option<String>| {
            let by = by.as_ref().map(|by| format!(" by={by}")).unwrap_or_default();
            format!("{kind} x={x} y={y}{by}")
        };
        match self {
            Self::Figures => "figures".to_owned(),
            Self::Cards => "cards".to_owned(),
            Self::Heatmap { x, y, value, label } => format!("heatmap x={x} y={y} value={value} label={label}"),
            Self::Bar { x, y, by } => with_by("bar", x, y, by),
            Self::HorizontalBar { x, y } => with_by("horizontal_bar", x, y, &None),
            Self::Line { x, y, by } => with_by("line", x, y, by),
            Self::Scatter { x, y, by } => with_by("scatter", x, y, by),
        }
    }
}

pub(crate) fn parse_chart(line: &str) -> std::result::Result<Chart, String> {
    let mut words = line.split_whitespace();
    let kind = words.next().unwrap_or_default();
    let settings: Vec<(&str, &str)> = words
        .map(|word| word.split_once('=').ok_or(format!("its chart line has `{word}` where `name=column` is wanted")))
        .collect::<std::result::Result<_, _>>()?;
    let column = |name: &str| {
        let found = settings.iter().find(|(key, _)| *key == name);
        found.map(|(_, column)| (*column).to_owned()).ok_or(format!("its {kind} lacks `{name}=column`"))
    };
    let by = || settings.iter().find(|(key, _)| *key == "by").map(|(_, column)| (*column).to_owned());
    match kind {
        "figures" => Ok(Chart::Figures),
        "cards" => Ok(Chart::Cards),
        "heatmap" => {
            Ok(Chart::Heatmap { x: column("x")?, y: column("y")?, value: column("value")?, label: column("label")? })
        }
        "bar" => Ok(Chart::Bar { x: column("x")?, y: column("y")?, by: by() }),
        "horizontal_bar" => Ok(Chart::HorizontalBar { x: column("x")?, y: column("y")? }),
        "line" => Ok(Chart::Line { x: column("x")?, y: column("y")?, by: by() }),
        "scatter" => Ok(Chart::Scatter { x: column("x")?, y: column("y")?, by: by() }),
        _ => Err(format!("its chart `{kind}` is none of figures, cards, bar, horizontal_bar, line, scatter, heatmap")),
    }
}

/// The name of a query without its leading number.
pub(crate) fn bare_name(name: &str) -> &str {
    name.trim_start_matches(|letter: char| letter.is_ascii_digit() || letter == '_')
}

/// Whether the first word outside comments starts a SELECT.
pub(crate) fn is_select(sql: &str) -> bool {
    let mut rest = sql.trim_start();
    loop {
        rest = match rest {
            _ if rest.starts_with("--") => rest.split_once('\n').map_or("", |(_, after)| after),
            _ if rest.starts_with("/*") => rest.split_once("*/").map_or("", |(_, after)| after),
            _ => break,
        }
        .trim_start();
    }
    let word: String = rest.chars().take_while(char::is_ascii_alphabetic).collect();
    word.eq_ignore_ascii_case("select") || word.eq_ignore_ascii_case("with")
}
