//! Median views by month of posting, with likely ranges and the number of reels behind each.

use chrono::{Datelike, NaiveDate};

use crate::report::render::dates;
use crate::report::render::format::grouped;
use crate::report::render::page::days::{draw_grid, tiny};
use crate::report::render::svg::{Anchor, Axis, Figure, Svg};
use crate::report::row::Row;

const HEIGHT: f64 = 250.0;
const BOTTOM: f64 = 190.0;
const TOP: f64 = 26.0;
/// Months shown.
const MONTHS: i32 = 12;

struct Month {
    number: i32,
    first: NaiveDate,
    median: Option<f64>,
    range: Option<(f64, f64)>,
    n: i64,
    is_open: bool,
}

/// Of a trend section: its title line and drawing.
pub(crate) struct MonthlyViews {
    pub figure: Figure,
    /// Whether they are views at 7 days, which compare fairly.
    pub is_at_7_days: bool,
}

/// `today` is the day of the newest observation: its month is unfinished. `None` with fewer than two months to draw.
pub(crate) fn monthly_views(rows: &[Row], today: Option<NaiveDate>) -> Option<MonthlyViews> {
    let at_7_days = months(rows, today, "median_views_7d", "median_views_7d_n");
    let is_enough = |months: &[Month]| months.iter().filter(|month| month.median.is_some()).count() >= 2;
    let is_at_7_days = is_enough(&at_7_days);
    let months = if is_at_7_days { at_7_days } else { months(rows, today, "median_views", "n") };
    is_enough(&months).then(|| MonthlyViews { figure: draw(&months, is_at_7_days), is_at_7_days })
}

fn months(rows: &[Row], today: Option<NaiveDate>, column: &str, n: &str) -> Vec<Month> {
    let month = |row: &Row| {
        let first = dates::month(row.text("posted_month")?)?;
        let [low, high] = ["low", "high"].map(|end| row.number(&format!("{column}_{end}")));
        let is_drawn = !row.is_few(n);
        Some(Month {
            number: first.year() * 12 + first.month0() as i32,
            first,
            median: row.number(column).filter(|_| is_drawn),
            range: low.zip(high).filter(|_| is_drawn),
            n: row.whole(n).unwrap_or(0),
            is_open: today.is_some_and(|today| (today.year(), today.month()) == (first.year(), first.month())),
        })
    };
    let months: Vec<Month> = rows.iter().filter_map(month).collect();
    let last = months.last().map_or(0, |month| month.number);
    let recent = months.into_iter().filter(|month| month.number > last - MONTHS);
    // Months before the first that is known would leave the chart half empty.
    recent.skip_while(|month| month.median.is_none()).collect()
}

fn draw(months: &[Month], is_at_7_days: bool) -> Figure {
    let (first, last) = (months[0].number, months[months.len() - 1].number);
    let x = |month: &Month| 6.0 + 88.0 * f64::from(month.number - first) / f64::from((last - first).max(1));
    let medians = months.iter().filter_map(|month| month.median);
    let highest = months.iter().filter_map(|month| Some(month.range?.1));
    let (most_median, most) = (medians.clone().fold(1.0, f64::max), medians.chain(highest).fold(1.0, f64::max));
    // An upper end far above all medians would flatten them: it is cut off at the top.
    let axis = Axis { bottom: BOTTOM, top: TOP, least: 0.0, most: most.min(2.5 * most_median) };
    let mut svg = Svg::new(HEIGHT);
    draw_grid(&mut svg, axis, "views");
    for month in months {
        if let Some((low, high)) = month.range {
            svg.line("whisker", (x(month), axis.y(low)), (x(month), axis.y(high)));
        }
    }
    let point = |month: &Month| Some((x(month), axis.y(month.median?)));
    let mut line: Vec<Option<(f64, f64)>> = Vec::new();
    for (at, month) in months.iter().enumerate().filter(|(_, month)| !month.is_open) {
        if at > 0 && months[at - 1].number + 1 < month.number {
            line.push(None);
        }
        line.push(point(month));
    }
    svg.path("line-now", line);
    if let [.., before, open] = months
        && open.is_open
    {
        svg.path("line-open", [point(before), point(open)]);
    }
    draw_months(&mut svg, months, axis, &x);
    svg.finish("chart", &alt(months, is_at_7_days))
}

fn draw_months(svg: &mut Svg, months: &[Month], axis: Axis, x: &impl Fn(&Month) -> f64) {
    let finished = |month: &&Month| !month.is_open && month.median.is_some();
    let newest = months.iter().rfind(finished).map(|month| month.number);
    for (at, month) in months.iter().enumerate() {
        if let Some(median) = month.median {
            let (class, radius) = if month.is_open { ("dot-open", 4.5) } else { ("dot-now", 3.5) };
            svg.dot(class, (x(month), axis.y(median)), radius);
            if month.is_open || Some(month.number) == newest {
                let so_far = if month.is_open { " so far" } else { "" };
                let below = month.is_open;
                let y = axis.y(median) + if below { 18.0 } else { -9.0 };
                svg.text("label-now", (x(month), y), Anchor::near(x(month)), &format!("{}{so_far}", tiny(median)));
            }
        }
        // A phone shows every other label, the newest among them.
        let class = if (months.len() - 1 - at) % 2 == 1 && months.len() > 6 { "wide" } else { "" };
        let name = month.first.format(if month.first.month() == 1 { "%b ’%y" } else { "%b" }).to_string();
        svg.text(class, (x(month), BOTTOM + 18.0), Anchor::Middle, &name);
        svg.text(class, (x(month), BOTTOM + 34.0), Anchor::Middle, &grouped(month.n));
    }
    svg.text("", (0.0, BOTTOM + 52.0), Anchor::Start, "Number of reels below each month");
}

fn alt(months: &[Month], is_at_7_days: bool) -> String {
    let known: Vec<String> = months
        .iter()
        .filter_map(|month| Some(format!("{} in {}", tiny(month.median?), month.first.format("%B %Y"))))
        .collect();
    let what = if is_at_7_days { "Median views at 7 days" } else { "Median views so far" };
    let open = if months.last().is_some_and(|month| month.is_open) { " The last month is unfinished." } else { "" };
    format!("{what} by month of posting: {}.{open}", known.join(", "))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::test_rows::{Fields, answer, text};
    use crate::schema::value::Value;

    fn month(name: &str, at_7_days: Option<(f64, i64)>, n: i64) -> Fields {
        let (views, known) = at_7_days.map_or((Value::Null, 0), |(views, known)| (Value::Float(views), known));
        vec![
            ("posted_month", text(name)),
            ("median_views_7d", views),
            ("median_views_7d_n", Value::Int(known)),
            ("median_views_7d_low", Value::Int(50)),
            ("median_views_7d_high", Value::Int(900)),
            ("median_views", Value::Float(70.0)),
            ("n", Value::Int(n)),
        ]
    }

    fn drawn(rows: Vec<Fields>) -> Option<(String, bool)> {
        let answer = answer(rows);
        let today = NaiveDate::from_ymd_opt(2026, 10, 19);
        let views = monthly_views(&Row::all(&answer).collect::<Vec<_>>(), today)?;
        Some((views.figure.svg, views.is_at_7_days))
    }

    #[test]
    fn the_unfinished_month_is_open_and_dashed() {
        let (svg, is_at_7_days) = drawn(vec![
            month("2026-08", Some((100.0, 8)), 9),
            month("2026-09", Some((200.0, 9)), 9),
            month("2026-10", Some((150.0, 3)), 5),
        ])
        .unwrap();
        assert!(is_at_7_days && svg.contains("class=\"line-open\"") && svg.contains(">150 so far<"), "{svg}");
        assert_eq!((svg.matches("dot-now").count(), svg.matches("dot-open").count()), (2, 1));
        // The ends of the ranges lie far above the medians: the axis ends at 2.5 times the highest of these, 500.
        assert!(svg.contains("y2=\"26\""), "{svg}");
        let alt = "Median views at 7 days by month of posting: 100 in August 2026, 200 in September 2026, 150 in October 2026. \
                   The last month is unfinished.";
        assert!(svg.contains(alt), "{svg}");
        // The number of reels below each month.
        assert!(svg.contains(">8<") && svg.contains(">9<") && svg.contains(">3<"), "{svg}");
    }

    #[test]
    fn a_missing_month_breaks_the_line_and_months_of_few_reels_are_not_drawn() {
        let months = |last: i64| {
            vec![
                month("2026-05", Some((100.0, 8)), 9),
                month("2026-06", Some((200.0, 2)), 9),
                month("2026-08", Some((300.0, 8)), 9),
                month("2026-09", Some((400.0, last)), 9),
            ]
        };
        let (svg, _) = drawn(months(8)).unwrap();
        assert_eq!(svg.split("line-now\" d=\"").nth(1).unwrap().split('"').next().unwrap().matches('M').count(), 2);
        assert_eq!(svg.matches("dot-now").count(), 3);
        // Of one month alone at 7 days, the latest views are drawn.
        let alone = vec![month("2026-08", Some((300.0, 8)), 9), month("2026-09", Some((400.0, 2)), 9)];
        assert!(!drawn(alone).unwrap().1);
        assert!(drawn(vec![month("2026-08", Some((300.0, 8)), 9)]).is_none());
    }
}
