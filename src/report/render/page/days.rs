//! Views by day: the chart of the first screen, and the small lines of the tiles.

use std::collections::BTreeMap;

use chrono::Datelike;

use crate::query::period::Period;
use crate::report::render::dates;
use crate::report::render::format::{Precision, format_value, grouped, plural};
use crate::report::render::svg::{Anchor, Axis, Figure, Svg, ticks};
use crate::report::row::Row;
use crate::schema::cell::Day;
use crate::schema::value::Value;

/// Longer spans are drawn by week.
const MAX_DAYS: i32 = 130;
/// Height of the chart, and of its plot within it, in pixels.
const HEIGHT: f64 = 250.0;
const BOTTOM: f64 = 208.0;
const TOP: f64 = 40.0;

/// What was posted and gained on each day up to the last of the period.
pub(crate) struct Days {
    period: Period,
    by_day: BTreeMap<i32, DayOf>,
}

#[derive(Clone, Copy)]
struct DayOf {
    reels: i64,
    /// Null where the gains of that day are not known.
    views: Option<f64>,
}

/// The first day of some days, and the reels posted and views gained on them, as far as known.
type Span = (i32, Option<i64>, Option<f64>);

impl Days {
    /// `is_known` says of a row whether its views are those of (nearly) all reels.
    pub(crate) fn of(rows: &[Row], period: Period, is_known: impl Fn(&Row) -> bool) -> Self {
        let day = |row: &Row| {
            let Value::Day(day) = row.value("day") else { return None };
            let views = row.number("views_gained").filter(|_| is_known(row));
            Some((day.0, DayOf { reels: row.whole("reels_posted").unwrap_or(0), views }))
        };
        Self { period, by_day: rows.iter().filter_map(day).collect() }
    }

    /// Sums over spans of that many days, the last of which ends with the period. A sum of views is known if those of all
    /// days but one in seven are.
    fn spans(&self, first: i32, days: i32) -> Vec<Span> {
        let Some(last) = self.period.last.map(|day| day.0) else { return Vec::new() };
        let mut starts: Vec<i32> =
            (0..).map(|number| last + 1 - days * (number + 1)).take_while(|start| *start >= first).collect();
        starts.reverse();
        let span = |start: i32| {
            let found: Vec<&DayOf> = self.by_day.range(start..start + days).map(|(_, day)| day).collect();
            let known = found.iter().filter(|day| day.views.is_some()).count();
            let views: f64 = found.iter().filter_map(|day| day.views).sum();
            let is_known = known > 0 && 7 * known >= 6 * days as usize;
            // A missing day in a week counts as the mean of the others.
            let views = is_known.then(|| views * f64::from(days) / known as f64);
            let reels = (!found.is_empty()).then(|| found.iter().map(|day| day.reels).sum());
            (start, reels, views)
        };
        starts.into_iter().map(span).collect()
    }

    /// The twelve weeks up to the end of the period: (reels posted, views gained) of each.
    pub(crate) fn weeks(&self) -> Vec<(Option<i64>, Option<f64>)> {
        let Some(last) = self.period.last else { return Vec::new() };
        self.spans(last.0 - 83, 7).into_iter().map(|(_, reels, views)| (reels, views)).collect()
    }

    /// How many days the period has.
    pub(crate) fn of_period(&self) -> i32 {
        self.period.days.unwrap_or(0)
    }

    /// Whether the period ends with the newest observation or before.
    pub(crate) fn is_over(&self) -> bool {
        self.period.newest.is_none() || self.period.last <= self.period.newest
    }

    /// How many of the twelve weeks are of the period.
    pub(crate) fn weeks_of_period(&self) -> usize {
        usize::try_from(self.period.days.unwrap_or(0) / 7).unwrap_or(0).clamp(1, 12)
    }

    /// Views by day of the period and of the days before it, with a mark for each day on which reels were posted. `None`
    /// where too few days are known to draw a line.
    pub(crate) fn chart(&self) -> Option<Figure> {
        let (first, last) = (self.period.first?.0, self.period.last?.0);
        let start = self.period.before_first.map_or(first, |day| day.0);
        let step = if last - start >= MAX_DAYS { 7 } else { 1 };
        // Days before the first that is known would leave the chart half empty.
        let spans: Vec<Span> = self.spans(start, step).into_iter().skip_while(|span| span.2.is_none()).collect();
        let start = spans.first()?.0;
        let known = |from: i32| spans.iter().filter(move |span| span.0 >= from && span.2.is_some()).count();
        if known(first) < 2 || known(start) < 4 {
            return None;
        }
        let most = spans.iter().filter_map(|span| span.2).fold(0.0, f64::max).max(1.0);
        let least = spans.iter().filter_map(|span| span.2).fold(0.0, f64::min);
        let axis = Axis { bottom: BOTTOM, top: TOP, least, most };
        let x = |day: i32| 1.0 + 98.0 * f64::from(day - start) / f64::from((last + 1 - step - start).max(1));
        let mut svg = Svg::new(HEIGHT);
        let unit = if step == 7 { "views a week" } else { "views a day" };
        draw_grid(&mut svg, axis, unit);
        let point = |span: &Span| Some((x(span.0), axis.y(span.2?)));
        // The two lines meet at the first day of the period.
        svg.path("line-before", spans.iter().filter(|span| span.0 <= first).map(point));
        svg.path("line-now", spans.iter().filter(|span| span.0 >= first).map(point));
        for span in spans.iter().filter(|span| span.1 > Some(0)) {
            svg.line("post", (x(span.0), BOTTOM + 1.0), (x(span.0), BOTTOM + 8.0));
        }
        self.draw_labels(&mut svg, &spans, &x, axis);
        Some(svg.finish("chart", &self.alt(&spans, unit)))
    }

    fn draw_labels(&self, svg: &mut Svg, spans: &[Span], x: &impl Fn(i32) -> f64, axis: Axis) {
        let (Some(first), Some(last)) = (self.period.first, self.period.last) else { return };
        let Some(end) = last.date() else { return };
        let start = spans.first().map_or(first.0, |span| span.0);
        // A chart that begins within the period has none of the days before.
        let first = Day(first.0.max(start));
        let at_last = spans.last().map_or(last.0, |span| span.0);
        let mut days = vec![start, first.0, (first.0 + at_last) / 2, at_last];
        if start < first.0 {
            days.insert(1, (start + first.0) / 2);
        }
        days.dedup();
        for (at, day) in days.iter().enumerate() {
            let Some(date) = Day(*day).date() else { continue };
            // A phone shows every other label.
            let class = if at % 2 == 1 && days.len() > 3 { "wide" } else { "" };
            svg.text(class, (x(*day), BOTTOM + 24.0), Anchor::near(x(*day)), &dates::short(date, end.year()));
        }
        if start < first.0 {
            svg.text("", (x((start + first.0) / 2), TOP - 28.0), Anchor::Middle, "period before");
            svg.line("base", (x(first.0), TOP - 8.0), (x(first.0), BOTTOM));
        }
        svg.text("label-now", (x((first.0 + at_last) / 2), TOP - 28.0), Anchor::Middle, "this period");
        let highest = |is_now: bool| {
            let of_one = spans.iter().filter(|span| (span.0 >= first.0) == is_now && span.2.is_some());
            of_one.max_by(|a, b| a.2.partial_cmp(&b.2).expect("numbers"))
        };
        let (now, before) = (highest(true), highest(false));
        // The higher of the two is named in any case.
        let before = before.filter(|before| before.2 > now.and_then(|now| now.2));
        for (span, class) in [(now, "now"), (before, "before")] {
            let Some((day, _, Some(views))) = span else { continue };
            let y = axis.y(*views);
            svg.dot(&format!("dot-{class}"), (x(*day), y), 3.5);
            let date = Day(*day).date().map_or(String::new(), |date| format!(", {}", dates::short(date, end.year())));
            svg.text(
                &format!("label-{class}"),
                (x(*day), y - 8.0),
                Anchor::near(x(*day)),
                &format!("{}{date}", tiny(*views)),
            );
        }
        svg.text("", (1.0, BOTTOM + 40.0), Anchor::Start, "Marks below the axis: days with new reels");
    }

    /// In words, for readers who do not see it.
    fn alt(&self, spans: &[Span], unit: &str) -> String {
        let first = self.period.first.map_or(i32::MIN, |day| day.0);
        let mean = |is_of: &dyn Fn(i32) -> bool| {
            let known: Vec<f64> = spans.iter().filter(|span| is_of(span.0)).filter_map(|span| span.2).collect();
            (!known.is_empty()).then(|| known.iter().sum::<f64>() / known.len() as f64)
        };
        let now = mean(&|day| day >= first).map_or(String::new(), tiny);
        let before =
            mean(&|day| day < first).map_or(String::new(), |mean| format!(", {} in the period before", tiny(mean)));
        let posted: i64 = spans.iter().filter(|span| span.0 >= first).filter_map(|span| span.1).sum();
        format!("Line of {unit}: {now} on average in the period{before}; {} posted.", plural(posted, "reel", "reels"))
    }
}

/// A count for small print: 9.5 k.
pub(crate) fn tiny(views: f64) -> String {
    format_value("views", &Value::Int(views.round() as i64), Precision::Tiny)
}

/// Lines at round values, labelled above them.
pub(crate) fn draw_grid(svg: &mut Svg, axis: Axis, unit: &str) {
    svg.line("base", (0.0, axis.y(0.0)), (100.0, axis.y(0.0)));
    let ticks: Vec<f64> = ticks(axis.most).into_iter().filter(|tick| *tick <= axis.most).collect();
    for (at, tick) in ticks.iter().enumerate() {
        let y = axis.y(*tick);
        svg.line("gridline", (0.0, y), (100.0, y));
        let unit = if at + 1 == ticks.len() { format!(" {unit}") } else { String::new() };
        svg.text("", (0.0, y - 4.0), Anchor::Start, &format!("{}{unit}", grouped(*tick as i64)));
    }
}

/// A small line of values, the last `now` of them in the colour of the period.
pub(crate) fn spark(values: &[Option<f64>], now: usize, label: &str) -> Option<Figure> {
    const HEIGHT: f64 = 30.0;
    let leading = values.iter().take_while(|value| value.is_none()).count();
    let values = &values[leading..];
    let known: Vec<f64> = values.iter().flatten().copied().collect();
    if known.len() < 3 || known.iter().all(|value| *value == 0.0) {
        return None;
    }
    let (least, most) = (known.iter().copied().fold(0.0, f64::min), known.iter().copied().fold(0.0, f64::max));
    let axis = Axis { bottom: HEIGHT - 3.0, top: 3.0, least, most: most.max(f64::MIN_POSITIVE) };
    let last = values.len() - 1;
    let point = |(at, value): (usize, &Option<f64>)| Some((2.0 + 96.0 * at as f64 / last as f64, axis.y((*value)?)));
    let from = values.len().saturating_sub(now);
    let mut svg = Svg::new(HEIGHT);
    svg.path("line-before", values.iter().enumerate().take(from + 1).map(point));
    svg.path("line-now", values.iter().enumerate().skip(from).map(point));
    if let Some((x, y)) = values.iter().enumerate().filter_map(point).next_back() {
        svg.dot("dot-now", (x, y), 2.5);
    }
    Some(svg.finish("spark", label))
}

#[cfg(test)]
mod tests;
